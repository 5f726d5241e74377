"""What the index needs of any database: plain SQL, with ``?`` for each value.

What the index says about itself is in the table ``meta``; each function works inside the caller's transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from feeds.errors import IndexDamagedError
from feeds.index.migrations import KEPT_GENERATIONS
from feeds.index.seals import Seals
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

    def erase(self, connection: Any, /) -> None:
        """Delete what is left of the words of deleted articles."""

    def build_condition(
        self, column: str, match: Sequence[TextSearch], /, *, all_are_read: bool
    ) -> tuple[str, list[Any]]:
        """Build the condition that any search finds the article whose key a column has.

        Return it with its values. It is quickest if all that meet it are read, or the first of an order only.
        """

    def build_first(self, match: Sequence[TextSearch], most: int, /) -> tuple[str, list[Any]]:
        """Build the statement that selects N of the keys of such articles, in any order.

        Return it with its values. A key may come several times.
        """


class Connection(Protocol):
    """A connection inside a transaction.

    Statements are built from our own words only; every value is a parameter.
    """

    @property
    def full_text(self) -> FullText:
        """The full-text search of this database."""

    @property
    def same_article(self) -> str:
        """The condition that a row of ``members`` is about the article of ``base``."""

    @property
    def seals(self) -> Seals:
        """The seals of what this process writes into the index."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> Rows:
        """Execute one statement."""

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Execute one statement with each row of values."""

    def insert(self, table: str, rows: Sequence[Sequence[Any]], /) -> None:
        """Add whole rows to a table, in the way that is quickest for this database."""

    def stream(self, statement: str, values: Sequence[Any] = ..., /) -> Iterable[Any]:
        """Yield the rows of a statement that may have too many for the memory."""


def make_decoder(kind: type[T]) -> Callable[[object], T]:
    """Make a decoder of what a sync encoded.

    It raises :class:`IndexDamagedError` for anything else.
    """
    decode = msgspec.json.Decoder(kind).decode

    def decode_row(body: Any) -> T:
        try:
            return decode(body)
        except (TypeError, ValueError):
            raise IndexDamagedError from None

    return decode_row


def placeholders(number: int) -> str:
    """Return N placeholders for ``IN``; for none, a null, which equals nothing."""
    return f"({','.join('?' * number) or 'NULL'})"


def make_chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Divide items into chunks small enough for the parameters of one statement."""
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


def get_meta(connection: Connection, key: str) -> str | None:
    """Return a value of the index about itself, None if it has none."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def get_all_meta(connection: Connection) -> dict[str, str]:
    """Return all that the index says about itself."""
    return dict(connection.execute("SELECT key, value FROM meta").fetchall())


def set_meta(connection: Connection, key: str, value: str) -> None:
    """Write a value of the index about itself."""
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
    )


def begin_generation(connection: Connection, generation: int) -> None:
    """Give the index a new state, and delete the tokens of states of long ago."""
    set_meta(connection, "generation", str(generation))
    connection.execute("INSERT INTO generations VALUES (?, ?)", (generation, uuid.uuid4().hex))
    connection.execute("DELETE FROM generations WHERE generation <= ?", (generation - KEPT_GENERATIONS,))


def begin_index(connection: Connection, version: int) -> None:
    """Give an index with new tables a name of its own and its first state."""
    set_meta(connection, "version", str(version))
    set_meta(connection, "birth", uuid.uuid4().hex)
    begin_generation(connection, 0)
