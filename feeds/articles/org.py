"""Renders org-mode files: headings, lists, tables, quotes, code, links, marks.

What Emacs computes, such as results of code, macros and agendas, is left out.
"""

from __future__ import annotations

import re
from html import escape

_BLOCK = re.compile(r"[ \t]*+#\+begin_(\w++)[ \t]*+(.*)", re.IGNORECASE)
_KEYWORD = re.compile(r"[ \t]*+#\+([\w-]++)(?:\[[^\[\]]*+\])?:[ \t]*+(.*)")
_HEADING = re.compile(r"(\*++)[ \t]++(?:(?:TODO|DONE)[ \t]++)?(?:\[#\w\][ \t]++)?(.*)")
_TAGS = re.compile(r"(?<![ \t])[ \t]++:(?:[\w@#%]++:)++[ \t]*+$")
_DRAWER = re.compile(r"[ \t]*+:[\w-]++:[ \t]*+")
_ITEM = re.compile(r"([ \t]*+)([-+]|[0-9]++[.)]|\*(?<=[ \t]\*))[ \t]++(?:\[@[0-9]++\][ \t]*+)?(.*)")
_PLANNING = re.compile(r"[ \t]*+(?:SCHEDULED|DEADLINE|CLOSED):[ \t]*+[<\[]")
_RULE = re.compile(r"[ \t]*+-{5,}+[ \t]*+")
_NOTE = re.compile(r"\[fn:([\w-]++)\][ \t]++(.*)")
_LINK = re.compile(r"\[\[([^\[\]\n]++)\](?:\[([^\[\]\n]++)\])?\]")
_MARK = re.compile(r"(?<![\w*/_=~+])([*/_=~+])(?=\S)((?:(?!\1)[^\n])++)(?<=\S)\1(?![\w*/_=~+])")
_NOTE_LINK = re.compile(r"\[fn:([\w-]++)\]")
_BARE = re.compile(r"(?<![\"'>=\w])(https?://[^\s<>\[\]\"']+)(?<![.,;:!?)])")
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|avif)$", re.IGNORECASE)
_ELEMENTS = {"*": "strong", "/": "em", "_": "u", "+": "del", "=": "code", "~": "code"}
_CODE_BLOCKS = frozenset(["src", "example", "fixed"])
_ENDLESS = frozenset(["comment"])
_RAW = frozenset(["html"])
_TAB = 8


def render_org(text: str) -> str:
    """Return the HTML of a text, not sanitised, in time proportional to its length."""
    return _Renderer(text.split("\n")).render()


class _Renderer:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._place = 0
        self._done: list[str] = []
        self._paragraph: list[str] = []
        # How far each open list is indented, its element, and whether an item of it is open.
        self._lists: list[tuple[int, str]] = []
        self._quotes: list[str] = []

    def render(self) -> str:
        """Return the whole text."""
        while self._place < len(self._lines):
            line = self._lines[self._place]
            self._place += 1
            self._add_line(line)
        self._end_lists(-1)
        self._done += reversed(self._quotes)
        return "\n".join(self._done)

    def _add_line(self, line: str) -> None:
        sign = line.lstrip(" \t")[:1]
        if not sign:
            self._end_paragraph()
        elif sign == "#" and self._add_keyword(line):
            pass
        elif line[0] == "*" and (heading := _HEADING.fullmatch(line)) is not None:
            self._end_lists(-1)
            level = min(len(heading[1]) + 1, 6)
            self._done.append(f"<h{level}>{_write_inline(_TAGS.sub('', heading[2]))}</h{level}>")
        elif sign == "|":
            self._add_table(line)
        elif sign == ":" and (_DRAWER.fullmatch(line) or line.lstrip().startswith(": ")):
            self._skip_drawer() if _DRAWER.fullmatch(line) else self._add_fixed(line)
        elif (item := _ITEM.fullmatch(line)) is not None:
            self._add_item(item)
        elif not _PLANNING.match(line):
            self._add_text(line)

    def _add_text(self, line: str) -> None:
        if _RULE.fullmatch(line):
            self._end_lists(-1)
            self._done.append("<hr>")
        elif (note := _NOTE.fullmatch(line)) is not None:
            self._end_lists(-1)
            self._paragraph.append(f"<sup>{escape(note[1])}</sup> {_write_inline(note[2])}")
        else:
            if self._lists and not self._paragraph and _count_indent(line) <= self._lists[-1][0]:
                self._end_lists(_count_indent(line) - 1)
            self._paragraph.append(_write_inline(line.strip()))

    def _add_keyword(self, line: str) -> bool:
        """Read a line that begins with a number sign; return whether it is no text."""
        written = line.strip()
        if (block := _BLOCK.fullmatch(line)) is not None:
            self._add_block(block[1].lower(), block[2])
            return True
        if written.lower().startswith("#+end_"):
            self._end_paragraph()
            if self._quotes:
                self._end_lists(-1)
                self._done.append(self._quotes.pop())
            return True
        if (keyword := _KEYWORD.fullmatch(line)) is not None:
            if keyword[1].lower() == "html":
                self._end_paragraph()
                self._done.append(keyword[2])
            return True
        # A comment.
        return written == "#" or written.startswith("# ")

    def _add_block(self, name: str, rest: str) -> None:
        self._end_paragraph()
        if name not in _CODE_BLOCKS | _ENDLESS | _RAW and name != "export":
            opened, closed = ("<blockquote>", "</blockquote>") if name == "quote" else ("<div>", "</div>")
            self._done.append(opened)
            self._quotes.append(closed)
            return
        end = f"#+end_{name}"
        start = self._place
        while self._place < len(self._lines) and self._lines[self._place].strip().lower() != end:
            self._place += 1
        inner = self._lines[start : self._place]
        self._place += 1
        if name in _CODE_BLOCKS:
            self._add_code(inner, rest.split(maxsplit=1)[0] if name == "src" and rest.split() else "")
        elif name in _RAW or (name == "export" and rest.strip().lower().startswith("html")):
            self._done.append("\n".join(inner))

    def _add_code(self, lines: list[str], language: str) -> None:
        filled = [line for line in lines if line.strip()]
        margin = min(map(_count_indent, filled), default=0)
        code = "\n".join(line.expandtabs(_TAB)[margin:] if margin else line for line in lines)
        # A comma protects what would be a heading or keyword.
        code = re.sub(r"^(\s*),(?=[*#])", r"\1", code, flags=re.MULTILINE)
        kind = f' class="language-{escape(language)}"' if language else ""
        self._done.append(f"<pre><code{kind}>{escape(code, quote=False)}\n</code></pre>")

    def _add_fixed(self, line: str) -> None:
        self._end_paragraph()
        fixed = [line]
        while self._place < len(self._lines) and self._lines[self._place].lstrip().startswith(":"):
            if _DRAWER.fullmatch(self._lines[self._place]):
                break
            fixed.append(self._lines[self._place])
            self._place += 1
        self._add_code([one.lstrip()[2:] for one in fixed], "")

    def _skip_drawer(self) -> None:
        """Leave out a drawer up to its end; without an end, only its first line."""
        for number in range(self._place, min(self._place + 100, len(self._lines))):
            if self._lines[number].strip().lower() == ":end:":
                self._place = number + 1
                return

    def _add_table(self, line: str) -> None:
        self._end_paragraph()
        rows = [line]
        while self._place < len(self._lines) and self._lines[self._place].lstrip().startswith("|"):
            rows.append(self._lines[self._place])
            self._place += 1
        has_head = len(rows) > 1 and rows[1].lstrip().startswith("|-")
        self._done.append("<table>")
        for number, row in enumerate(rows):
            if row.lstrip().startswith("|-"):
                continue
            cell = "th" if has_head and not number else "td"
            cells = "".join(
                f"<{cell}>{_write_inline(one.strip())}</{cell}>" for one in row.strip().strip("|").split("|")
            )
            self._done.append(f"<tr>{cells}</tr>")
        self._done.append("</table>")

    def _add_item(self, item: re.Match[str]) -> None:
        self._end_paragraph()
        indent = _count_indent(item[1])
        self._end_lists(indent)
        name = "ol" if item[2][0].isdigit() else "ul"
        if self._lists and self._lists[-1][0] == indent:
            self._done.append("</li>")
        else:
            self._lists.append((indent, name))
            self._done.append(f"<{name}>")
        term, sign, text = item[3].partition(" :: ")
        self._done.append("<li>")
        self._paragraph.append(
            f"<strong>{_write_inline(term)}</strong> {_write_inline(text)}"
            if sign
            else _write_inline(item[3])
        )

    def _end_lists(self, indent: int) -> None:
        """End the lists that are indented more."""
        self._end_paragraph()
        while self._lists and self._lists[-1][0] > indent:
            self._done.append(f"</li></{self._lists.pop()[1]}>")

    def _end_paragraph(self) -> None:
        if self._paragraph:
            text = "\n".join(self._paragraph)
            self._done.append(text if self._done[-1:] == ["<li>"] else f"<p>{text}</p>")
            self._paragraph = []


def _count_indent(line: str) -> int:
    expanded = line.expandtabs(_TAB)
    return len(expanded) - len(expanded.lstrip())


def _write_inline(text: str) -> str:
    """Write links, notes and marks inside a line."""
    parts: list[str] = []
    place = 0
    for match in _LINK.finditer(text):
        parts += _write_marks(text[place : match.start()]), _write_link(match[1], match[2])
        place = match.end()
    return "".join([*parts, _write_marks(text[place:])])


def _write_marks(text: str) -> str:
    text = escape(text, quote=False)
    text = _NOTE_LINK.sub(r"<sup>\1</sup>", text)
    text = _MARK.sub(lambda mark: f"<{_ELEMENTS[mark[1]]}>{mark[2]}</{_ELEMENTS[mark[1]]}>", text)
    return _BARE.sub(r'<a href="\1">\1</a>', text)


def _write_link(target: str, text: str | None) -> str:
    address = target.removeprefix("file:")
    if _PICTURE.search(address) and text is None:
        return f'<img src="{escape(address)}" alt="">'
    shown = _write_marks(text) if text else escape(address)
    if text and _PICTURE.search(text) and "/" in text:
        shown = f'<img src="{escape(text.removeprefix("file:"))}" alt="">'
    # Links to headings and ids lead nowhere in a feed.
    if address.startswith(("*", "#", "id:")) or not re.match(r"(?:https?:|mailto:|[\w.~/-])", address):
        return shown
    return f'<a href="{escape(address)}">{shown}</a>'
