"""Quote the line that a problem is about, with a marker under the place."""

from __future__ import annotations

import os
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from feeds.check.private_lines import find_quotable
from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.lib.storage.files import read_file
from feeds.lib.text.plain import has_unwanted, remove_unwanted
from feeds.model import Problem
from feeds.sync.object_articles import read_original

# In cells of a terminal: the widest quote, and how much of it is before the marker if the line is cut.
_WIDEST = 100
_BEFORE = 40
# More characters than this on one side are never shown, however narrow they are.
_MOST_SIGNS = 4 * _WIDEST
_TAB = "    "
_HANGUL_JOINED = range(0x1160, 0x1200)


class Quote(NamedTuple):
    """A line of a file as shown; ``start`` and ``width`` mark cells of the terminal."""

    line: int
    text: str
    start: int
    width: int


class _Cell(NamedTuple):
    text: str
    width: int


class Quoter:
    """Finds the lines that problems are about, in what ``encoding`` can show."""

    def __init__(self, config: Config, encoding: str) -> None:
        self._config = config
        self._encoding = encoding
        self._path = ""
        self._find_line: Callable[[int], str | None] = _find_nothing

    def quote(self, problem: Problem) -> Quote | None:
        """Return the line of a problem, None if it cannot be read or may not be shown."""
        if not problem.line:
            return None
        if problem.path != self._path:
            self._path, self._find_line = problem.path, self._read(problem.path)
        line = self._find_line(problem.line)
        if line is None:
            return None
        at = _find_column(line, max(problem.column - 1, 0))
        return _make_quote(problem.line, line, at, _measure_name(problem.field, line[at:]), self._encoding)

    def _read(self, path: str) -> Callable[[int], str | None]:
        """Read a file and return the function that finds its lines."""
        try:
            data = self._read_bytes(path)
            text = None if data is None else data.decode("utf-8-sig")
        except (OSError, StorageError, ValueError):
            text = None
        return _find_nothing if text is None else find_quotable(text, yaml=path.endswith((".yaml", ".yml")))

    def _read_bytes(self, path: str) -> bytes | None:
        """Read a file of articles, topics or providers.

        Others, such as config.toml, may hold passwords.
        """
        config = self._config
        if (address := config.articles_address) and path.startswith(f"{address}/"):
            return read_original(config, path.removeprefix(f"{address}/"))
        file = Path(path).absolute()
        if not address and file.is_relative_to(config.articles_path):
            return read_original(config, str(file.relative_to(config.articles_path)))
        # The path goes up from the folder of articles, so it has to be made straight.
        file = Path(os.path.normpath(file))
        folders = [config.folder / folder for folder in (config.topics_path, config.providers_path) if folder]
        folders = [Path(os.path.normpath(folder)) for folder in folders]
        return read_file(file, config.articles.max_bytes) if file.parent in folders else None


def _find_nothing(_number: int) -> None:
    """Find no line: the file cannot be read, or must not be shown."""


def _make_cell(sign: str, encoding: str) -> _Cell:
    """Return what is shown of a character, and how many cells it takes."""
    if sign == "\t":
        return _Cell(_TAB, len(_TAB))
    try:
        sign.encode(encoding)
    except UnicodeEncodeError:
        text = sign.encode("ascii", "backslashreplace").decode()
        return _Cell(text, len(text))
    if not sign.isprintable():
        text = repr(sign)[1:-1]
        return _Cell(text, len(text))
    if unicodedata.category(sign) in ("Mn", "Me") or ord(sign) in _HANGUL_JOINED:
        return _Cell(sign, 0)
    return _Cell(sign, 2 if unicodedata.east_asian_width(sign) in "WF" else 1)


def _find_column(line: str, column: int) -> int:
    """Return where a column is in a line, whose illegal characters are not counted."""
    if has_unwanted(line):
        places = [n for n, sign in enumerate(line) if remove_unwanted(sign)]
        column = places[column] if column < len(places) else len(line)
    return min(column, len(line))


def _measure_name(field: str, rest: str) -> int:
    """Return how many characters at the beginning are the field's name, at least 1."""
    name = field.rpartition(".")[2].partition("[")[0]
    quotes = 2 * rest.startswith(("'", '"'))
    return len(name) + quotes if name and rest[quotes // 2 :].startswith(name) else 1


def _make_quote(number: int, line: str, at: int, marked: int, encoding: str) -> Quote:
    """Quote a line with a marker at a character, cut on both sides if it is too wide."""
    left = [_make_cell(sign, encoding) for sign in line[max(at - _MOST_SIGNS, 0) : at]]
    right = [_make_cell(sign, encoding) for sign in line[at : at + _MOST_SIGNS]]
    left_kept = _take(left[::-1], max(_BEFORE, _WIDEST - _count(right)))[::-1]
    right_kept = _take(right, _WIDEST - _count(left_kept))
    more = "…" if _make_cell("…", encoding).width == 1 else "..."
    before = more if len(left_kept) < at else ""
    after = more if len(right_kept) < len(line) - at else ""
    text = "".join(cell.text for cell in (*left_kept, *right_kept))
    width = max(_count(right_kept[:marked]), 1)
    return Quote(number, f"{before}{text}{after}", len(before) + _count(left_kept), width)


def _take(cells: Sequence[_Cell], room: int) -> list[_Cell]:
    """Return the first cells that there is room for."""
    ends = list(accumulate(cell.width for cell in cells))
    return list(cells[: bisect_right(ends, room)])


def _count(cells: Iterable[_Cell]) -> int:
    return sum(cell.width for cell in cells)
