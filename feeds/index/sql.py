"""What the index needs of a database, whichever it is: plain SQL, with ``?`` for each value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from feeds.model import TextSearch

_CHUNK = 500
T = TypeVar("T")


class Rows(Protocol):
    """The rows that a statement gives."""

    def fetchone(self) -> Any:
        """Return the next row, None if there is none."""

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class FullText(Protocol):
    """Full-text search in one kind of database."""

    def add(self, connection: Any, texts: Sequence[tuple[int, str, str, str]], /) -> None:
        """Add articles to the search: key, title, excerpt and content of each."""

    def build_match(self, match: Sequence[TextSearch], /) -> tuple[str, list[str | list[str]]]:
        """Build the statement, with its values, that selects the keys of the articles that any search finds."""


class Connection(Protocol):
    """A connection inside a transaction.

    Statements are built from our own words only; every value is a parameter.
    """

    @property
    def full_text(self) -> FullText:
        """The full-text search of this database."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> Rows:
        """Execute one statement."""

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Execute one statement with each row of values."""

    def insert(self, table: str, rows: Sequence[Sequence[Any]], /) -> None:
        """Add whole rows to a table, in the way that is quickest for this database."""

    def stream(self, statement: str, values: Sequence[Any] = ..., /) -> Iterable[Any]:
        """Yield the rows of a statement that may have too many for the memory."""


def placeholders(number: int) -> str:
    """Return N placeholders for ``IN``; for none, a null, which equals nothing."""
    return f"({','.join('?' * number) or 'NULL'})"


def make_chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Divide items into chunks that are small enough for the parameters of one statement."""
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
