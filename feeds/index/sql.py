"""What the index asks of a database, whichever it is: plain SQL, with ``?`` for each value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from feeds.model import TextSearch

_CHUNK = 500
T = TypeVar("T")


class Rows(Protocol):
    """What a statement gives."""

    def fetchone(self) -> Any:
        """The next row; None where there is none."""

    def fetchall(self) -> list[Any]:
        """All rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class FullText(Protocol):
    """How a database finds articles by their words."""

    def add(self, connection: Any, texts: Sequence[tuple[int, str, str, str]], /) -> None:
        """Take in the title, excerpt and content of some articles, by key."""

    def build_match(self, match: Sequence[TextSearch], /) -> tuple[str, list[str | list[str]]]:
        """A statement, with its values, for the keys of the articles that have the words of any of some searches."""


class Connection(Protocol):
    """A connection within a transaction. Statements are put together from our own words; values go in as parameters."""

    @property
    def full_text(self) -> FullText:
        """How to find articles by their words here."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> Rows:
        """Do one statement."""

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Do one statement with each row of values."""

    def insert(self, table: str, rows: Sequence[Sequence[Any]], /) -> None:
        """Add whole rows to a table, in the way that is quickest here."""

    def stream(self, statement: str, values: Sequence[Any] = ..., /) -> Iterable[Any]:
        """The rows of a statement that may be too many for the memory."""


def placeholders(number: int) -> str:
    """So many parameters of a statement, for ``IN``; a null, which equals nothing, where there are none."""
    return f"({','.join('?' * number) or 'NULL'})"


def make_chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Items in such numbers as a statement takes parameters."""
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
