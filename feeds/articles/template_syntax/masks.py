"""Hides code from the search for template syntax: posts about templates show it.

Each line of code becomes a mark of its own, after the white space that the block stands behind. So lines stay
lines, and who moves a block to the left moves its code too.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from feeds.articles.template_syntax.work import Work

_FENCE = re.compile(r"([ \t>]*+(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]++)?+)(`{3,}+|~{3,}+)(?!.*`)(.*)")
# After such a line, what stands behind four spaces is its text, and no code.
_HOLDS_TEXT = re.compile(r"[ \t>]*+(?:[-*+] |[0-9]{1,9}[.)] |!!!|\?\?\?|===|///|\[\^|: )")
_SYNTAX_AHEAD = re.compile(r"[ \t]*+(?:\{[{%]|</?[A-Z]|:::)")
# Letter by letter, because a pattern that ignores case is slow.
_ELEMENT = "|".join(
    "".join(f"[{letter}{letter.upper()}]" for letter in name)
    for name in ("pre", "code", "script", "style", "textarea", "svg", "math")
)
_INLINE = re.compile(rf"`++|<(?:!--|(?:{_ELEMENT})(?=[\s>]))")
_BLANK = re.compile(r"\n[ \t]*+\n")
# Code in which no later step finds anything.
_HARMLESS = re.compile(r"[`\w .,;()'/-]*+")
_MATH = re.compile(r"\$\$[^$]++\$\$|\$(?![\s$])[^$\n]*+(?<!\s)\$(?![0-9])")
_CLASS = re.compile(r"(?:^|\s)\.([\w+#-]++)")
_ENGINE = re.compile(r"\{\{?\s*+([A-Za-z][\w+#.-]*+)")
_OPTION = re.compile(r"(?:#|//|%%|--|<!--|/\*|\*|')\|\s?(.*)")
_NOT_SHOWN = re.compile(r"include\s*+[:=]\s*+(?:false|FALSE|F)\b")
# Engines whose cells show nothing but their code.
_STYLES_AND_SCRIPTS = re.compile(r"\{\s*+(?:css|js)\b")
_NOT_ECHOED = re.compile(r"echo\s*+[:=]\s*+(?:false|FALSE|F)\b")
# A cell of R that shows a file and nothing else.
_PICTURE_CELL = re.compile(
    r"""^(?P<margin>[ \t>]*+)(?P<signs>`{3,}+|~{3,}+)[ \t]*+\{r\b(?P<info>[^\n]*+)\n(?P<options>(?:[ \t>]*+(?:\#\|[^\n]*+)?\n)*+)"""
    r"""[ \t>]*+(?:knitr::)?include_graphics\(\s*+(?:path\s*+=\s*+)?(?P<quote>["'])(?P<path>[^"'\n]++)(?P=quote)(?:,[^()\n]*+)?\)[ \t]*+\n"""
    r"""(?:[ \t>]*+\n)*+[ \t>]*+(?P=signs)[ \t]*+$""",
    re.MULTILINE,
)
_CAPTION = re.compile(r"""fig[.-]cap\s*+[:=]\s*+(["'])([^"'\n]++)\1""")
_QUERIES = frozenset(["base", "dataview", "dataviewjs", "query", "tasks"])
_MDX_BLOCK = re.compile(r"[ \t]*+(`{3,}+)mdx-code-block[ \t]*+")
_CODE_INDENT = 4


class CodeTag(NamedTuple):
    """A pair of template tags around code: the first one's pattern, and the end."""

    begin: re.Pattern[str]
    end: re.Pattern[str]
    find_language: Callable[[str], str]


class Masking(NamedTuple):
    """What counts as code: template tags around it, indented lines, and mathematics.

    ``read_info`` gets what is written after a fence, and returns the language, or "=html" if the block is no
    code but HTML. ``read_code`` gets that and the lines, and returns the last of them that are shown; None if
    the site shows nothing of the block.
    """

    tags: tuple[CodeTag, ...] = ()
    indented: bool = True
    math: bool = False
    read_info: Callable[[str], str] | None = None
    read_code: Callable[[str, list[str]], list[str] | None] | None = None


def mask_code(text: str, work: Work, masking: Masking) -> str:
    """Return a text with marks in place of its code."""
    return _BlockMasker(work, masking).mask(text.split("\n"))


class _BlockMasker:
    def __init__(self, work: Work, masking: Masking) -> None:
        self._work = work
        self._masking = masking
        self._done: list[str] = []
        # Of each line that is done, its number in the body.
        self._numbers: list[int] = []
        # The tags that have no end below.
        self._endless: set[CodeTag] = set()
        # Lines that are no block of code, and may hold code inside them.
        self._text: list[str] = []

    def mask(self, lines: list[str]) -> str:
        place = 0
        while place < len(lines):
            line = lines[place]
            if (fence := _match_fence(line)) is not None:
                place = self._mask_fence(lines, place, fence)
            elif (tag := self._find_tag(line)) is not None:
                place = self._mask_tag(lines, place, *tag)
            elif self._masking.indented and self._is_indented_code(lines, place):
                place = self._mask_indented(lines, place)
            else:
                self._text.append(line)
                place += 1
        self._finish_text(place)
        self._work.line_numbers = self._numbers
        return "\n".join(self._done)

    def _finish_text(self, place: int) -> None:
        """Hide what is code inside the lines before a place."""
        if self._text:
            text = mask_inline("\n".join(self._text), self._work, math=self._masking.math)
            self._add(text.split("\n"), place - len(self._text))
            self._text = []

    def _add(self, lines: list[str], number: int) -> None:
        self._done += lines
        self._numbers += range(number, number + len(lines))

    def _add_code(self, code: list[tuple[str, str]], number: int) -> None:
        marks = self._work.mask_each([line for _, line in code])
        self._add([before + mark for (before, _), mark in zip(code, marks, strict=True)], number)

    def _mask_fence(self, lines: list[str], place: int, fence: re.Match[str]) -> int:
        margin, signs, info = fence[1], fence[2], fence[3]
        end = place + 1
        # Farther right, it is a line of the code.
        right = len(margin.expandtabs(_CODE_INDENT)) + _CODE_INDENT
        closing = re.compile(rf"([ \t>]*+){signs[0]}{{{len(signs)},}}+[ \t]*+")
        while end < len(lines):
            found = closing.fullmatch(lines[end]) if signs in lines[end] else None
            if found is not None and len(found[1].expandtabs(_CODE_INDENT)) < right:
                break
            end += 1
        self._finish_text(place)
        code = _split_margins(lines[place + 1 : end], len(margin))
        work, masking = self._work, self._masking
        written = info.strip()
        info = written if masking.read_info is None else masking.read_info(written)
        if info == "=html":
            if any("{{<" in line for _, line in code):
                # Shortcodes in it are none of code.
                self._add([before + line for before, line in code], place + 1)
            else:
                self._add_code(code, place + 1)
            return end + 1
        first = place + 1
        if masking.read_code is not None:
            kept = masking.read_code(written, [line for _, line in code])
            if kept is None:
                # The site does not show it either, so nothing is lost.
                self._add([work.mask("")], place)
                return end + 1
            first += len(code) - len(kept)
            code = code[len(code) - len(kept) :]
        self._add([f"{margin}{work.mask(signs + (fence[3] if info == written else info))}"], place)
        self._add_code(code, first)
        if end < len(lines):
            self._add_code(_split_margins([lines[end]], len(margin)), end)
        return end + 1

    def _find_tag(self, line: str) -> tuple[CodeTag, re.Match[str]] | None:
        if "{" not in line:
            return None
        for tag in self._masking.tags:
            if (match := tag.begin.search(line)) is not None:
                return tag, match
        return None

    def _mask_tag(self, lines: list[str], place: int, tag: CodeTag, begin: re.Match[str]) -> int:
        """Write a pair of tags around code as a fence, or within one line as inline code."""
        line = lines[place]
        if tag.end.search(line, begin.end()) is not None:
            lines[place] = self._mask_tags_in_line(line, tag)
            return place
        closing = None
        end = place + 1
        while tag not in self._endless and end < len(lines):
            if (closing := tag.end.search(lines[end])) is not None:
                break
            end += 1
        if closing is None:
            # Without an end, it is an ordinary tag, which later steps remove.
            self._endless.add(tag)
            self._text.append(line)
            return place + 1
        before, after = line[: begin.start()], lines[end][closing.end() :]
        code = [line[begin.end() :], *lines[place + 1 : end], lines[end][: closing.start()]]
        while code and not code[0].strip():
            del code[0]
        while code and not code[-1].strip():
            del code[-1]
        margin = before if not before.strip(" \t>") else ""
        if before.strip(" \t>"):
            self._text.append(before)
            self._finish_text(place + 1)
        else:
            self._finish_text(place)
        signs = _make_fence("\n".join(code))
        self._add([f"{margin}{self._work.mask(signs + tag.find_language(begin[0]))}"], place)
        self._add_code(_split_margins(code, len(margin)), place + 1)
        self._add([f"{margin}{self._work.mask(signs)}"], end)
        if after.strip():
            lines[end] = after
            return end
        return end + 1

    def _mask_tags_in_line(self, line: str, tag: CodeTag) -> str:
        parts: list[str] = []
        place = 0
        for begin in tag.begin.finditer(line):
            if begin.start() < place:
                continue
            closing = tag.end.search(line, begin.end())
            if closing is None:
                break
            code = line[begin.end() : closing.start()]
            parts += (
                line[place : begin.start()],
                self._work.mask(_make_inline_code(code)) if code.strip() else "",
            )
            place = closing.end()
        return "".join([*parts, line[place:]])

    def _is_indented_code(self, lines: list[str], place: int) -> bool:
        line = lines[place]
        if not line.startswith(("    ", "\t")) or not line.strip():
            return False
        if place and lines[place - 1].strip():
            return False
        for before in reversed(lines[max(0, place - 200) : place]):
            if not before.strip() or before.startswith(("    ", "\t")):
                continue
            if before.startswith(" "):
                # Lists may stand a little to the right, and go on behind a blank line.
                if _HOLDS_TEXT.match(before) is not None:
                    return False
            else:
                # Tags in tags are often indented.
                is_nested = _SYNTAX_AHEAD.match(line) and _SYNTAX_AHEAD.match(before)
                return not is_nested and _HOLDS_TEXT.match(before) is None
        return True

    def _mask_indented(self, lines: list[str], place: int) -> int:
        self._finish_text(place)
        first = place
        while place < len(lines) and (not lines[place].strip() or lines[place].startswith(("    ", "\t"))):
            place += 1
        self._add_code(_split_margins(lines[first:place], _CODE_INDENT), first)
        return place


def _match_fence(line: str) -> re.Match[str] | None:
    return _FENCE.fullmatch(line) if "```" in line or "~~~" in line else None


def _split_margins(lines: list[str], length: int) -> list[tuple[str, str]]:
    """Return the white space and quote signs that begin each line, and the rest."""
    if not length:
        return [("", line) for line in lines]
    found: list[tuple[str, str]] = []
    for line in lines:
        place = len(line) - len(line.lstrip(" \t>"))
        place = min(place, length)
        found.append((line[:place], line[place:]))
    return found


def _make_fence(code: str) -> str:
    return "`" * max(3, 1 + max((len(run) for run in re.findall(r"`++", code)), default=0))


def _make_inline_code(code: str) -> str:
    signs = "`" * (1 + max((len(run) for run in re.findall(r"`++", code)), default=0))
    return f"{signs} {code} {signs}" if "`" in code else f"{signs}{code}{signs}"


def mask_inline(text: str, work: Work, *, math: bool = False) -> str:
    """Hide code between backticks, comments, and HTML elements that hold code."""
    if "`" in text or "<" in text:
        text = _mask_spans(text, work)
    if math and "$" in text:
        text = _MATH.sub(lambda match: work.mask_lines(match[0]), text)
    return text


def _mask_spans(text: str, work: Work) -> str:
    tokens = list(_INLINE.finditer(text))
    # By length, the places of the runs of backticks.
    runs: dict[int, list[int]] = {}
    for token in tokens:
        if token[0][0] == "`":
            runs.setdefault(len(token[0]), []).append(token.start())
    endless: set[str] = set()
    parts: list[str] = []
    place = 0
    for token in tokens:
        start = token.start()
        if start < place:
            continue
        if token[0][0] == "`":
            end = _find_span_end(text, start, len(token[0]), runs)
            if end and _HARMLESS.fullmatch(text, start, end):
                parts.append(text[place:end])
                place = end
                continue
        else:
            name = "-->" if token[0] == "<!--" else f"</{token[0][1:].lower()}"
            closing = None if name in endless else _compile_end(name).search(text, token.end())
            end = 0 if closing is None else closing.end()
            if closing is None:
                endless.add(name)
        if end:
            parts += text[place:start], work.mask_lines(text[start:end])
            place = end
    return "".join([*parts, text[place:]])


@cache
def _compile_end(name: str) -> re.Pattern[str]:
    return re.compile(name if name == "-->" else rf"{name}[^>]*+>", re.IGNORECASE)


def _find_span_end(text: str, start: int, length: int, runs: dict[int, list[int]]) -> int:
    """Return where the code ends that begins with N backticks, 0 if it does not."""
    if start and text[start - 1] == "\\":
        return 0
    same = runs[length]
    place = bisect_right(same, start)
    if place == len(same):
        return 0
    closed = same[place]
    if text.find("\n", start, closed) >= 0 and _BLANK.search(text, start, closed):
        return 0
    return closed + length


def read_info(info: str) -> str:
    """Return the language written after a fence: ``{python}``, ``{r, echo=FALSE}``.

    "=html" for raw HTML.
    """
    if not info.startswith("{"):
        return info
    inner = info.strip("{} ")
    if inner.startswith("="):
        return "=html" if inner[1:].startswith("html") else inner[1:]
    if (match := _CLASS.search(inner)) is not None:
        return match[1]
    engine = _ENGINE.match(info)
    return engine[1] if engine is not None else ""


def open_mdx_blocks(body: str) -> str:
    """Leave out fences of blocks that hold MDX and no code, as Docusaurus writes them."""
    written: list[str] = []
    fence = ""
    for line in body.split("\n"):
        if not fence and (match := _MDX_BLOCK.fullmatch(line)) is not None:
            fence = match[1]
            written.append("")
        elif fence and line.strip() == fence:
            fence = ""
            written.append("")
        else:
            written.append(line)
    return "\n".join(written)


def read_query(info: str, code: list[str]) -> list[str] | None:
    """Return a block's lines, None for a query, of which Obsidian shows the answer."""
    return None if info.partition(" ")[0] in _QUERIES else code


def read_cell(info: str, code: list[str]) -> list[str] | None:
    """Return a cell's lines without options, None if code and result are hidden."""
    if not info.startswith("{") or info.startswith(("{.", "{=")):
        return code
    place = 0
    options = [info]
    while place < len(code) and (option := _OPTION.match(code[place].strip())) is not None:
        options.append(option[1])
        place += 1
    switches = (_NOT_SHOWN, _NOT_ECHOED) if _STYLES_AND_SCRIPTS.match(info) else (_NOT_SHOWN,)
    hidden = any(switch.search(one) is not None for switch in switches for one in options)
    return None if hidden else code[place:]


def show_pictures(body: str) -> str:
    """Write cells that show a file of a picture as pictures, in as many lines."""
    return _PICTURE_CELL.sub(_write_picture, body)


def _write_picture(cell: re.Match[str]) -> str:
    caption = _CAPTION.search(f"{cell['info']}\n{cell['options']}")
    picture = f"![{caption[2] if caption else ''}](<{cell['path']}>)"
    return f"{cell['margin']}{picture}" + f"\n{cell['margin']}" * cell[0].count("\n")
