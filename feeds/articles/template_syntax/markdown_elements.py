"""Shows what is inside elements of HTML, known ones and others.

In kramdown (Jekyll) and in Python-Markdown's "md_in_html" (MkDocs, Pelican, Nikola), an element with
``markdown="1"`` has Markdown in it, in pandoc (Quarto) each block has. CommonMark has Markdown in an element only
between blank lines, and not indented like code.
"""

from __future__ import annotations

import re

from feeds.articles.template_syntax.meanings import find_meaning
from feeds.articles.template_syntax.template_tags import read_arguments
from feeds.articles.template_syntax.work import TemplateRewriter, Work
from feeds.lib.text.elements import UNKNOWN_END

# Elements that may stand around paragraphs.
_BLOCKS = (
    "address|article|aside|blockquote|center|dd|details|div|dl|dt|figure|figcaption|footer|header|li|main|nav|ol|p"
    "|section|summary|table|tbody|td|th|thead|tr|ul"
)
_ELEMENT = re.compile(
    rf"^(?P<margin>[ \t>]*+)<(?P<name>{_BLOCKS})(?P<attributes>(?:\s[^<>]{{0,500}}+)?)>",
    re.MULTILINE | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""\smarkdown(?:=["']?(\w*)["']?)?(?=\s|/|\Z)""")
# What is in each text with such an element, and in few others.
MAYBE_ELEMENT = re.compile(r"\smarkdown(?:=|/?>|\s[^<>\n]{0,200}>)")
# A line of tags of blocks and perhaps a summary, and one of text that is not indented like code.
_TAGS = re.compile(
    r" {0,3}+(?:</?(?:article|aside|blockquote|center|details|div|figure|footer|header|main|nav|section)"
    r"(?:\s[^<>]{0,500}+)?>[ \t]*+|<summary[^<>]{0,500}+>[^<>]*+</summary>[ \t]*+)++",
    re.IGNORECASE,
)
_TEXT = re.compile(r" {0,3}+[^\s<]")
# An element in a line of its own with marks of Markdown in it, and two attributes without a space between them.
_LINE_WITH_MARKS = re.compile(
    r" {0,3}+(?P<begin><(?P<name>center|div|p)(?:\s[^<>]{0,500}+)?>)(?=[^<>]*[*_\[\x01])(?P<inner>.*?)</(?P=name)>[ \t]*",
    re.IGNORECASE,
)
_GLUED = re.compile(r"""(<[a-zA-Z][^<>\n]{0,500}?=\s*+"[^"<>\n]*+")(?=[a-zA-Z-]++\s*=)""")
_MAYBE_GLUED = re.compile(r'"(?:alt|class|href|id|src|style|title|width)\s*=')
_SUMMARY = re.compile(r"(<summary[^<>]*>[^\n]*?</summary>)[ \t]*\n?", re.IGNORECASE)
# kramdown and Python-Markdown take all up to the end for the address: [a](/files/the report.pdf)
WIDE_ADDRESS = re.compile(
    r"""(\]\()([^()\s"'<>]++(?: ++[^()\s"'<>]++)++)(?=\)| ++(?:"[^"\n]*+"|'[^'\n]*+')\))"""
)
# | 1 | 2 | in two lines or more, without a line of dashes
_ROW = r"[ \t]*\|[^\n]*\|[ \t]*"
_DASHES = r"[ \t]*\|[ \t:|+-]+(?:\n|\Z)"
HEADLESS_TABLE = re.compile(
    rf"(?:(?<=\n\n)|\A)(?P<margin>[ \t]*)(?P<first>\|[^\n]*\|)[ \t]*\n(?!{_DASHES})(?P<rest>(?:{_ROW}(?:\n|\Z)(?!{_DASHES}))+)(?![ \t]*\|)"
)
# <YouTubeVideo id="a" /> of Vue or Svelte. What is written so in a line of text is a browser's to swallow.
COMPONENT = re.compile(r"<([A-Z]\w*+)((?:\s[^<>]*?)?)/>")
_MOST_NESTED, _MOST_UNCLOSED = 20, 10


def rewrite_markdown_elements(text: str, _work: Work) -> str:
    """Set Markdown in elements apart from their tags, as CommonMark needs it."""
    return _rewrite(text, 0)


def open_blocks(text: str, _work: Work) -> str:
    """Set text in blocks of HTML apart from tags, and attributes from another."""
    if _MAYBE_GLUED.search(text):
        text = _GLUED.sub(r"\1 ", text)
    lines = text.split("\n")
    written = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if "<" in line and line.lstrip(" ").startswith("<"):
            element = _LINE_WITH_MARKS.fullmatch(line)
            written.append(line if element is None else _open_line(element))
            if element is None and _TEXT.match(following) and _TAGS.fullmatch(line):
                written.append("")
        else:
            written.append(line)
    return "\n".join(written)


def _open_line(element: re.Match[str]) -> str:
    # A paragraph cannot have others in it.
    is_paragraph = element["name"].lower() == "p"
    begin, end = ("", "") if is_paragraph else (element["begin"], f"</{element['name']}>")
    return f"{begin}\n\n{element['inner']}\n\n{end}"


def drop_unknown_elements(text: str, work: Work) -> str:
    """Leave out the tags of elements that HTML does not know; their content stays.

    So does a browser. What nothing ends, such as ``Vec<u8>``, is no element.
    """
    names = set(UNKNOWN_END.findall(text))
    if not names:
        return text
    begun: dict[str, list[re.Match[str]]] = {}
    found: list[re.Match[str]] = []
    for tag in re.finditer(rf"(?<!\\)<(/?)({'|'.join(sorted(names))})(?:\s[^<>]*+)?>", text):
        if not tag[1]:
            begun.setdefault(tag[2], []).append(tag)
        elif begun.get(tag[2]):
            start = begun[tag[2]].pop()
            work.remove("element", tag[2], start[0])
            found += start, tag
    rewriter = TemplateRewriter(text)
    for tag in sorted(found, key=re.Match.start):
        rewriter.replace(tag.start(), tag.end(), "")
    return rewriter.finish()


def write_addresses(text: str, _work: Work) -> str:
    """Write the spaces of addresses as CommonMark needs them."""

    def write(match: re.Match[str]) -> str:
        before, address = match.groups()
        # Words in brackets after others are seldom meant as an address.
        is_path = "/" in address or "." in address
        return f"{before}{address.replace(' ', '%20') if is_path else address}"

    return WIDE_ADDRESS.sub(write, text)


def write_headless_tables(text: str, _work: Work) -> str:
    """Give a table of kramdown, which needs no row of names, one: its first."""

    def write(table: re.Match[str]) -> str:
        dashes = "|---" * (table["first"].count("|") - 1)
        return f"{table['margin']}{table['first']}\n{table['margin']}{dashes}|\n{table['rest']}"

    return HEADLESS_TABLE.sub(write, text)


def write_components(text: str, work: Work) -> str:
    """Write what components show that nothing is in."""
    rewriter = TemplateRewriter(text)
    for tag in COMPONENT.finditer(text):
        shown = find_meaning(tag[1], read_arguments(tag[2]), work, is_paired=False)
        if shown is None:
            rewriter.replace(tag.start(), tag.end(), work.remove("component", tag[1], tag[0]))
        elif shown.is_block:
            rewriter.replace_by_block(tag.start(), tag.end(), shown.text)
        else:
            rewriter.replace(tag.start(), tag.end(), shown.text)
    return rewriter.finish()


def _rewrite(text: str, depth: int) -> str:
    if depth == _MOST_NESTED:
        return text
    rewriter = TemplateRewriter(text)
    place = unclosed = 0
    while unclosed < _MOST_UNCLOSED and (match := _ELEMENT.search(text, place)) is not None:
        place = match.end()
        attribute = _ATTRIBUTE.search(match["attributes"])
        if attribute is None or attribute[1] == "0":
            continue
        end = _find_end(text, match["name"], place)
        if end is None:
            unclosed += 1
            continue
        inner = _rewrite(_dedent(text[place : end.start()], match["margin"]), depth + 1).strip("\n")
        inner = _SUMMARY.sub(r"\1\n\n", inner)
        # A paragraph cannot have others in it.
        tags = ("", "") if match["name"].lower() == "p" else (_open(match, attribute), end[0])
        rewriter.replace_by_block(match.end("margin"), end.end(), f"{tags[0]}\n\n{inner}\n\n{tags[1]}")
        place = end.end()
    return rewriter.finish()


def _open(element: re.Match[str], attribute: re.Match[str]) -> str:
    others = element["attributes"][: attribute.start()] + element["attributes"][attribute.end() :]
    return f"<{element['name']}{others}>"


def _find_end(text: str, name: str, place: int) -> re.Match[str] | None:
    """Return the tag that ends an element, despite others of its name; None without."""
    depth = 1
    for match in re.compile(rf"<(/?){name}(?=[\s>])[^<>]*>", re.IGNORECASE).finditer(text, place):
        depth += -1 if match[1] else 1
        if not depth:
            return match
    return None


def _dedent(inner: str, margin: str) -> str:
    """Take away the margin of the element, and what all of its lines have beyond it."""
    first, *rest = (line.removeprefix(margin) if margin else line for line in inner.split("\n"))
    # A line of code is a mark, whatever stands before it in the code.
    indents = [len(line) - len(line.lstrip(" ")) for line in rest if line.strip() and line[0] != "\x01"]
    least = min(indents, default=0)
    return "\n".join([first.lstrip(), *(line[least:] if line[:1] == " " else line for line in rest)])
