"""Shows the Markdown in elements that say they have some: ``<div markdown="1">``.

So it is in kramdown (Jekyll) and in Python-Markdown's "md_in_html" (MkDocs, Pelican, Nikola). CommonMark has Markdown
in an element only between blank lines, and not indented like code.
"""

from __future__ import annotations

import re

from feeds.articles.template_syntax.work import TemplateRewriter, Work

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
_SUMMARY = re.compile(r"(<summary[^<>]*>[^\n]*?</summary>)[ \t]*\n?", re.IGNORECASE)
_MOST_NESTED, _MOST_UNCLOSED = 20, 10


def rewrite_markdown_elements(text: str, _work: Work) -> str:
    """Set Markdown in elements apart from their tags, as CommonMark needs it."""
    return _rewrite(text, 0)


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
