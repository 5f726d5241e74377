"""Holds a text while its template syntax is rewritten, with hidden pieces.

A piece that must stay as it is, such as code, is replaced by a mark. A mark is a number between two control
characters, which no text of an article holds (``feeds.lib.text.plain.remove_unwanted``).
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlsplit

_MARK = re.compile("\x01([0-9]+)\x02")
# What stands for an address that nobody knows.
NO_ADDRESS = "\x03"
# The end of an excerpt, as a comment that needs no template.
MORE = "<!--more-->"
# Only white space and the signs of quotes are before a block.
_MARGIN = re.compile(r"[ \t>]*+")
# A block would end the list that such a line begins.
_NO_BLOCK_AFTER = re.compile(r"[ \t>]*+(?:[-*+#]|[0-9]{1,9}[.)])")
# A table whose rows need not begin with "|": a row of names, one of dashes, and all that follow.
_TABLE = re.compile(
    r"(?m)^[^\n|]*+\|[^\n]*+\n[ \t>]*+\|?+(?:[ \t]*+:?+-++:?+[ \t]*+(?:\||(?=\n|\Z)))++(?:\n[^\n|]*+\|[^\n]*+)*+"
)
_LINK_WITHOUT_ADDRESS = re.compile(r"(!?)\[([^\[\]]*+)\]\([^()\n\x03]*+\x03[^()\n]*+\)")
_ATTRIBUTE_WITHOUT_ADDRESS = re.compile(
    r"""\s[\w:-]++=(?:"[^"<>\n\x03]*+\x03[^"<>\n]*+"|'[^'<>\n\x03]*+\x03[^'<>\n]*+'|[^\s"'<>\x03]*+\x03[^\s"'<>]*+)"""
)
_NAMED_AT_MOST = 40
_LONGEST_LINE = 1000


class TemplateSite(NamedTuple):
    """What templates know about the site of an article.

    ``base_url`` is where the articles are, "" if unknown. ``find_page`` returns the address of another article
    by what a template calls it, such as ``posts/first.md`` or ``2020-01-02-first``, and "" if it knows none.
    ``values`` are texts of expressions, such as ``page.title``.
    """

    base_url: str = ""
    find_page: Callable[[str], str] | None = None
    values: Mapping[str, str] = MappingProxyType({})

    def make_path(self, path: str) -> str:
        """Return a path below the site as the path of an address: ``/blog/a.png``."""
        return f"{self._split().path.rstrip('/')}/{path.lstrip('/')}"

    def make_address(self, path: str) -> str:
        """Return a path below the site as an address, as far as that is known."""
        return f"{self.origin}{self.make_path(path)}"

    @property
    def origin(self) -> str:
        """Scheme and host of the site, "" if unknown."""
        parts = self._split()
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""

    @property
    def folder(self) -> str:
        """The path of the site without its last slash."""
        return self._split().path.rstrip("/")

    def find_address(self, target: str) -> str:
        """Return another page's address by its template name, or :data:`NO_ADDRESS`."""
        if target.startswith(("http://", "https://", "mailto:", "#")):
            return target
        name, sign, fragment = target.partition("#")
        found = self.find_page(name) if self.find_page is not None and name else ""
        return f"{found}{sign}{fragment}" if found else NO_ADDRESS

    def _split(self) -> _UrlParts:
        try:
            parts = urlsplit(self.base_url)
        except ValueError:
            return _UrlParts("", "", "")
        return _UrlParts(parts.scheme, parts.netloc, parts.path)


class _UrlParts(NamedTuple):
    scheme: str
    netloc: str
    path: str


class Removal(NamedTuple):
    """A removal that shows nothing: kind, name, number, and how it was written.

    ``line`` is the number of the first one's line in the body, from 0.
    """

    kind: str
    name: str
    times: int
    line: int
    written: str


class Work:
    """One body while it is rewritten."""

    def __init__(self, site: TemplateSite) -> None:
        self.site = site
        self.values = dict(site.values)
        # Of each line of the body with marks, its number in the body as it was.
        self.line_numbers: list[int] = []
        # What the marks stand for.
        self._kept: list[str] = []
        # By kind and name: how often, and how the first one is written.
        self._removed: dict[tuple[str, str], tuple[int, str]] = {}

    def mask(self, text: str) -> str:
        """Return a mark that stands for a piece of one line."""
        self._kept.append(self.restore(text))
        return f"\x01{len(self._kept) - 1}\x02"

    def mask_each(self, lines: Sequence[str]) -> list[str]:
        """Return a mark for each line; what is empty stays so."""
        numbers = itertools.count(len(self._kept))
        self._kept += map(self.restore, filter(None, lines))
        return [f"\x01{next(numbers)}\x02" if line else "" for line in lines]

    def mask_lines(self, text: str) -> str:
        """Return marks for the lines of a piece; what is empty stays so."""
        return "\n".join(self.mask_each(text.split("\n")))

    def restore(self, text: str) -> str:
        """Return a text with what the marks stand for."""
        return _MARK.sub(lambda match: self._kept[int(match[1])], text) if "\x01" in text else text

    def change_kept(self, change: Callable[[str], str]) -> None:
        """Change what the marks stand for."""
        self._kept = [change(text) for text in self._kept]

    def remove(self, kind: str, name: str, written: str) -> str:
        """Note a removal that may have shown more than its text; return ""."""
        name = " ".join(self.restore(name).split())
        if len(name) > _NAMED_AT_MOST:
            name = name[:_NAMED_AT_MOST].rstrip() + "…"
        count, first = self._removed.get((kind, name), (0, written))
        self._removed[kind, name] = count + 1, first
        return ""

    def list_removals(self, masked: str) -> tuple[Removal, ...]:
        """Return what was removed, in the order of the lines of the masked body."""
        found: list[Removal] = []
        for (kind, name), (count, written) in self._removed.items():
            place = masked.find(written) if len(found) < _NAMED_AT_MOST else -1
            line = masked.count("\n", 0, place) if place >= 0 else 0
            number = self.line_numbers[line] if line < len(self.line_numbers) else line
            found.append(Removal(kind, name, count, number, self.restore(written)))
        return tuple(sorted(found, key=lambda removal: removal.line))


class TemplateRewriter:
    """Replaces pieces of a text one after the other, each in its line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts: list[str] = []
        self._place = 0
        # All of its line before this place is replaced by nothing, or by a block.
        self._cleared = -1
        # Of each table, where it begins and ends; None if nobody has asked.
        self._tables: list[tuple[int, int]] | None = None

    def replace(self, start: int, end: int, by: str) -> None:
        """Replace a piece by something in its line."""
        if not by:
            begin = self._find_line(start)
            if start in (self._cleared, _skip_margin(self.text, begin, start)):
                self._cleared = end
        self._write(start, end, by)

    def _write(self, start: int, end: int, by: str) -> None:
        if ("|" in by or "\n" in by) and self._is_in_table(start):
            by = by.replace("|", "&#124;").replace("\n", " ")
        self._parts += self.text[self._place : start], by
        self._place = end

    def _is_in_table(self, place: int) -> bool:
        """Return whether a line break at a place would end a row, and "|" a cell."""
        begin = self._find_line(place)
        if self.text.startswith("|", _skip_margin(self.text, begin, place)):
            return True
        if self._tables is None:
            self._tables = [match.span() for match in _TABLE.finditer(self.text)]
        at = bisect_right(self._tables, (place, place)) - 1
        return at >= 0 and place < self._tables[at][1]

    def _find_line(self, start: int) -> int:
        begin = self.text.rfind("\n", max(0, start - _LONGEST_LINE), start) + 1
        # In a longer line, there is no block.
        return begin if begin or start <= _LONGEST_LINE else start - 1

    def replace_by_block(self, start: int, end: int, block: str) -> None:
        """Replace a piece by a block between blank lines, in its line's list or quote."""
        text = self.text
        begin = self._find_line(start)
        margin = text[begin : _skip_margin(text, begin, start)]
        is_first, is_last = start in (begin + len(margin), self._cleared), _is_at_line_end(text, end)
        in_line = block.strip("\n").replace("\n", "")
        if self._is_in_table(start):
            self._write(start, end, in_line)
            if is_first:
                # An element at the beginning of a row would end the table.
                self._parts.insert(-1, "|")
            return
        if not is_first and (not is_last or _NO_BLOCK_AFTER.match(text, begin)):
            self._write(start, end, in_line)
            return
        blank = "\n" + margin.rstrip()
        lines = "".join(f"\n{margin}{line}" if line else blank for line in block.strip("\n").split("\n"))
        after = blank if is_last else f"{blank}\n{margin}"
        self._write(start, end, f"{'' if is_first else blank}{lines}{after}")
        self._cleared = end

    def finish(self) -> str:
        """Return the whole text."""
        return "".join([*self._parts, self.text[self._place :]])


def is_alone_in_line(text: str, start: int, end: int) -> bool:
    """Return whether only white space and quote signs are beside a piece of text."""
    before = text[max(0, start - _LONGEST_LINE) : start]
    return not before[before.rfind("\n") + 1 :].strip(" \t>") and _is_at_line_end(text, end)


def _skip_margin(text: str, begin: int, end: int) -> int:
    match = _MARGIN.match(text, begin, end)
    return match.end() if match else begin


def _is_at_line_end(text: str, place: int) -> bool:
    place = _skip_margin(text, place, len(text))
    return place >= len(text) or text[place] == "\n"


def drop_missing_addresses(text: str) -> str:
    """Leave out links, pictures and attributes without a known address; keep texts."""
    if NO_ADDRESS not in text:
        return text
    text = _LINK_WITHOUT_ADDRESS.sub(lambda match: "" if match[1] else match[2], text)
    return _ATTRIBUTE_WITHOUT_ADDRESS.sub("", text).replace(NO_ADDRESS, "")


def is_in_address(text: str, start: int) -> bool:
    """Return whether a place is in a link's address or an attribute's value."""
    before = text[max(0, start - 300) : start]
    before = before[before.rfind("\n") + 1 :]
    link = before.rfind("](")
    if link >= 0 and ")" not in before[link:]:
        return True
    tag = before.rfind("<")
    if tag >= 0 and ">" not in before[tag:]:
        is_open = before.count('"', tag) % 2 == 1 or before.count("'", tag) % 2 == 1
        return is_open or before.endswith("=")
    return False


def quote(text: str) -> str:
    """Return a text as the value of an attribute."""
    return escape(text.strip())
