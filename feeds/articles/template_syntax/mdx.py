"""Rewrites MDX: imports and exports, components, expressions, and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from feeds.articles.template_syntax.meanings import find_meaning
from feeds.articles.template_syntax.media import Arguments, Shown
from feeds.articles.template_syntax.work import MORE, NO_ADDRESS, TemplateRewriter, Work, is_alone_in_line

_MODULE_LINE = re.compile(
    r"import\s*+(?:[\w$*][^\n]*?\bfrom\s*+[\"']|[\w$]++\s*+,\s*+\{|[\"'{*])"
    r"|export\s++(?:default|const|let|var|function|async|class|\{|\*)"
)
_IMPORT = re.compile(r"import\s++(?:\*\s*+as\s++)?([\w$]++)\s++from\s*+[\"']([^\"'\n]++)[\"']")
_CONSTANT = re.compile(r"export\s++(?:const|let|var)\s++([\w$]++)\s*+=\s*+([\"'`])([^\"'`\n]*+)\2;?\s*+")
_FILE = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|avif|mp4|webm|mp3)(?:\?[^\"']*)?$", re.IGNORECASE)
_TAG = re.compile(r"<(/?)(?:([A-Za-z][\w$.-]*+(?::\w++)?)(?=[\s/>]|$)|(?=>))")
_ATTRIBUTE_NAME = re.compile(r"[A-Za-z_:@][\w:.@-]*+")
_VALUE = re.compile(r"\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|(?=\{))")
_TEXT = re.compile(
    r"\s*+(?:\"((?:[^\"\\]|\\.)*+)\"|'((?:[^'\\]|\\.)*+)'|`([^`$]*+)`|(-?[0-9][0-9.]*+))\s*+;?", re.DOTALL
)
_REQUIRED = re.compile(
    r"\s*+(?:require|useBaseUrl|withBase)\(\s*+[\"'`]([^\"'`]++)[\"'`]\s*+\)(?:\.default)?\s*+"
)
_MORE = re.compile(r"/\*\s*+(?:truncate|more|excerpt)\s*+\*/", re.IGNORECASE)
_SIGNS = re.compile(r"\\.|[{}]", re.DOTALL)
_LIST_ITEM = re.compile(r"(?:[-*+]|[0-9]{1,9}[.)])[ \t]")
_KEPT_ATTRIBUTES = frozenset(
    [
        "alt",
        "colspan",
        "controls",
        "datetime",
        "dir",
        "height",
        "href",
        "id",
        "lang",
        "poster",
        "rowspan",
        "src",
        "start",
        "title",
        "width",
    ]
)
_BLOCKS = frozenset([
    "address", "article", "aside", "blockquote", "center", "dd", "details", "div", "dl", "dt", "figcaption",
    "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "li", "main", "nav", "ol", "p",
    "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
])  # fmt: skip
# In Markdown, a line that begins with such an element has none inside; in MDX it may.
_ELEMENT_IN_LINE = re.compile(
    r"^([ \t]*+)<(summary|td|th|li|dt|dd|figcaption|center|div)(\s[^<>\n]*+)?>"
    r"([^<>\n]*?(?:\*\*|\]\(|\x01)[^<>\n]*+)</\2>[ \t]*+$",
    re.MULTILINE,
)
# Components that are nothing but an element with another look.
_ELEMENTS = {
    "Link": "a",
    "A": "a",
    "Fragment": "",
    "React.Fragment": "",
    "Image": "img",
    "Img": "img",
    "Heading": "h2",
}
_MOST_MODULE_LINES, _MOST_UNCLOSED, _LONGEST_VALUE = 300, 10, 1000


class _JsxTag(NamedTuple):
    start: int
    end: int
    name: str
    is_end: bool
    is_single: bool
    arguments: dict[str, str]
    # The names of arguments whose values nobody knows.
    unknown: frozenset[str]


def rewrite_mdx(text: str, work: Work) -> str:
    """Replace what is code in MDX by what it shows; keep the text in components."""
    if "import" in text or "export" in text:
        text = _drop_modules(text, work)
    if "<" in text:
        rewriter = _Components(text, work)
        text = rewriter.rewrite()
        if rewriter.had_components:
            text = dedent_blocks(text)
        text = _ELEMENT_IN_LINE.sub(r"\1<\2\3>\n\n\1\4\n\n\1</\2>", text)
    return _replace_expressions(text, work) if "{" in text else text


def _drop_modules(text: str, work: Work) -> str:
    """Leave out imports and exports, up to the line where their brackets are closed."""
    written: list[str] = []
    lines = text.split("\n")
    place, unclosed = 0, 0
    while place < len(lines):
        line = lines[place]
        if not line.startswith(("import", "export")) or _MODULE_LINE.match(line) is None:
            written.append(line)
            place += 1
            continue
        end = _find_module_end(lines, place) if unclosed < _MOST_UNCLOSED else place
        unclosed += end < 0
        end = max(end, place)
        statement = work.restore("\n".join(lines[place : end + 1]))
        if (found := _IMPORT.match(statement)) is not None and _FILE.search(found[2]):
            work.values[found[1]] = found[2]
        elif (found := _CONSTANT.fullmatch(statement)) is not None:
            work.values[found[1]] = found[3]
        written.append("")
        place = end + 1
    return "\n".join(written)


def _find_module_end(lines: list[str], place: int) -> int:
    """Return the number of the line at which all brackets are closed, -1 if none is."""
    depth = 0
    for end in range(place, min(len(lines), place + _MOST_MODULE_LINES)):
        line = lines[end]
        depth += sum(map(line.count, "([{")) - sum(map(line.count, ")]}"))
        if depth <= 0 and not line.rstrip().endswith(("=", "=>", ",", "(", "from")):
            return end
    return -1


class _Components:
    """Replaces the tags of components, and mends those of elements."""

    def __init__(self, text: str, work: Work) -> None:
        self._text = text
        self._work = work
        self._rewriter = TemplateRewriter(text)
        self._braces = _match_braces(text)
        self._open: dict[str, list[Shown]] = {}
        self.had_components = False

    def rewrite(self) -> str:
        """Return the text with what components show."""
        tags = list(self._find_tags())
        ends: dict[str, int] = {}
        for tag in tags:
            if tag.is_end:
                ends[tag.name] = ends.get(tag.name, 0) + 1
        for tag in tags:
            if not tag.name:
                self._rewriter.replace(tag.start, tag.end, "")
            elif tag.name[0].islower() and "." not in tag.name:
                self._write_element(tag, tag.name)
            elif tag.is_end:
                ends[tag.name] -= 1
                self._close(tag)
            else:
                opened = len(self._open.get(tag.name, ()))
                self._open_component(tag, is_paired=not tag.is_single and ends.get(tag.name, 0) > opened)
        return self._rewriter.finish()

    def _find_tags(self) -> Iterator[_JsxTag]:
        text, place = self._text, 0
        while (match := _TAG.search(text, place)) is not None:
            tag = self._read_tag(match)
            place = match.end() if tag is None else tag.end
            if tag is not None:
                yield tag

    def _read_tag(self, match: re.Match[str]) -> _JsxTag | None:
        """Read a tag up to its end; None if it has none."""
        text, place = self._text, match.end()
        found: dict[str, str] = {}
        unknown: set[str] = set()
        while place < len(text):
            sign = text[place]
            if sign == ">":
                is_single = text[place - 1] == "/"
                return _JsxTag(
                    match.start(),
                    place + 1,
                    match[2] or "",
                    match[1] == "/",
                    is_single,
                    found,
                    frozenset(unknown),
                )
            if sign in " \t\n/,":
                place += 1
            elif sign == "{":
                place = self._braces.get(place, 0)
            else:
                place = self._read_attribute(place, found, unknown)
            if not place:
                return None
        return None

    def _read_attribute(self, place: int, found: dict[str, str], unknown: set[str]) -> int:
        """Add an attribute to the known or unknown ones; return its end, 0 without one."""
        name = _ATTRIBUTE_NAME.match(self._text, place)
        if name is None:
            return 0
        key = name[0].lower()
        value = _VALUE.match(self._text, name.end())
        if value is None:
            found[key] = "true"
            return name.end()
        if value.lastindex is not None:
            found[key] = value[value.lastindex]
            return value.end()
        end = self._braces.get(value.end(), 0)
        length = end - value.end()
        known = (
            _find_text(self._text[value.end() + 1 : end - 1], self._work)
            if 0 < length < _LONGEST_VALUE
            else None
        )
        if known is None:
            unknown.add(key)
        else:
            found[key] = known
        return end

    def _write_element(self, tag: _JsxTag, name: str) -> None:
        """Write an element with its HTML attributes; a block of its own holds Markdown."""
        if tag.is_end:
            written = f"</{name}>"
        else:
            kept = "".join(
                f' {key}="{escape(value)}"' for key, value in tag.arguments.items() if key in _KEPT_ATTRIBUTES
            )
            if name in ("img", "a") and tag.unknown & {"src", "href"}:
                name = "" if name == "img" else name
            written = f"<{name}{kept}>" if name else ""
            if tag.is_single and name not in ("img", "br", "hr", "source", "input", "wbr", "col"):
                written += f"</{name}>" if name else ""
        if "-" in name:
            # An element of the site's own, of which readers know nothing.
            written = ""
        if (name in _BLOCKS or "-" in name) and self._stands_alone(tag):
            self.had_components = True
            self._rewriter.replace_by_block(tag.start, tag.end, written)
        else:
            self._rewriter.replace(tag.start, tag.end, written)

    def _stands_alone(self, tag: _JsxTag) -> bool:
        return is_alone_in_line(self._text, tag.start, tag.end)

    def _open_component(self, tag: _JsxTag, *, is_paired: bool) -> None:
        self.had_components = True
        values = tag.arguments
        if tag.name in _ELEMENTS and not (tag.name in ("Image", "Img") and values.get("caption")):
            self._write_plain(tag, is_paired=is_paired, values=values)
            return
        shown = find_meaning(tag.name, Arguments((), values), self._work, is_paired=is_paired)
        if is_paired:
            self._open.setdefault(tag.name, []).append(shown or Shown("", is_block=self._stands_alone(tag)))
        if shown is None:
            self._work.remove("component", tag.name, self._text[tag.start : tag.end])
            if is_paired and self._stands_alone(tag):
                self._rewriter.replace_by_block(tag.start, tag.end, "")
            else:
                self._rewriter.replace(tag.start, tag.end, "")
        elif shown.is_block:
            self._rewriter.replace_by_block(tag.start, tag.end, shown.text)
        else:
            self._rewriter.replace(tag.start, tag.end, shown.text)

    def _write_plain(self, tag: _JsxTag, *, is_paired: bool, values: dict[str, str]) -> None:
        name = _ELEMENTS[tag.name]
        if name == "a" and "href" not in values and "to" in values:
            values["href"] = values["to"]
        if is_paired:
            self._open.setdefault(tag.name, []).append(Shown("", end=f"</{name}>" if name else ""))
        if name == "a" and "href" not in values:
            if is_paired:
                self._open[tag.name][-1] = Shown("")
            name = ""
        if name == "img" and "src" not in values:
            self._work.remove("component", tag.name, self._text[tag.start : tag.end])
            name = ""
        if name:
            self._write_element(tag._replace(is_single=tag.is_single and name != "a"), name)
        else:
            self._rewriter.replace(tag.start, tag.end, "")

    def _close(self, tag: _JsxTag) -> None:
        opened = self._open.get(tag.name)
        shown = opened.pop() if opened else Shown("")
        if shown.is_block:
            self._rewriter.replace_by_block(tag.start, tag.end, shown.end)
        else:
            self._rewriter.replace(tag.start, tag.end, shown.end)


def _match_braces(text: str) -> dict[int, int]:
    """Return where each brace that is closed ends, by where it begins."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for match in _SIGNS.finditer(text):
        if match[0] == "{":
            opened.append(match.start())
        elif match[0] == "}" and opened:
            found[opened.pop()] = match.end()
    return found


def _find_text(expression: str, work: Work) -> str | None:
    """Return an expression's text: its own, a required file, or a named text."""
    expression = work.restore(expression)
    literal = _TEXT.fullmatch(expression)
    if literal is not None:
        text = next(part for part in literal.groups() if part is not None)
        return text.replace("\\'", "'").replace('\\"', '"').replace("\\n", "\n")
    required = _REQUIRED.fullmatch(expression)
    if required is not None:
        return required[1]
    name = expression.strip().removesuffix(".src").removesuffix(".default")
    return work.values.get(name)


def _replace_expressions(text: str, work: Work) -> str:
    braces = _match_braces(text)
    rewriter = TemplateRewriter(text)
    place = 0
    for start in sorted(braces):
        end = braces[start]
        if start < place:
            continue
        place = end
        inner = text[start + 1 : end - 1]
        stripped = inner.strip()
        if (
            not stripped
            or (stripped.startswith("/*") and stripped.endswith("*/"))
            or stripped.startswith(("#", "//"))
        ):
            # The end of an excerpt is a comment in MDX, and stays one.
            rewriter.replace(start, end, MORE if _MORE.fullmatch(stripped) else "")
            continue
        shown = _find_text(inner, work) if len(inner) < _LONGEST_VALUE else None
        if shown is None:
            work.remove("expression", stripped.split("\n", 1)[0], text[start:end])
            shown = NO_ADDRESS if text[start - 2 : start] == "](" else ""
        rewriter.replace(start, end, shown)
    return rewriter.finish()


def dedent_blocks(text: str) -> str:
    """Take indentation in components away, which means nothing in MDX, but for lists."""
    written: list[str] = []
    base, list_indent, after_blank = 0, -1, True
    for line in text.split("\n"):
        rest = line.lstrip(" \t")
        if not rest:
            written.append("")
            after_blank = True
            continue
        indent = len(line.expandtabs(4)) - len(rest.expandtabs(4))
        is_item = _LIST_ITEM.match(rest) is not None
        in_list = list_indent >= 0 and (indent > list_indent or (is_item and indent >= list_indent))
        if not in_list and list_indent >= 0 and not after_blank and not is_item and rest[0] != "<":
            # The lazy continuation of an item.
            in_list = indent > 0
        if in_list:
            written.append(" " * max(0, indent - base) + rest)
        else:
            base, list_indent = indent, indent if is_item else -1
            written.append(rest)
        after_blank = False
    return "\n".join(written)
