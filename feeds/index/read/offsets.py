"""Finds the n-th article of a channel, starting from the last lookup, because documents are made in order."""

from __future__ import annotations

from typing import NamedTuple

from feeds.index.sql import Connection


class Offset(NamedTuple):
    """The place of an article in any channel: newest first, ties by id."""

    age: int
    id: str


# Before the place of any article.
NEWEST = Offset(-(2**62), "")


class Offsets:
    """Finds places in one channel after another, inside one transaction.

    To skip a hundred thousand articles for each document of a long archive would take hours.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._key = 0
        self._known: dict[int, Offset] = {}
        self._last = 0

    def find(self, key: int, skip: int) -> Offset | None:
        """Return the place of the first article after N of a channel, None if it has no more."""
        if not skip:
            return NEWEST
        if key != self._key:
            self._key, self._known, self._last = key, {}, 0
        if skip not in self._known:
            found = self._search(skip)
            if found is None:
                return None
            self._known[skip] = found
        self._last = skip
        return self._known[skip]

    def _search(self, skip: int) -> Offset | None:
        near = self._known.get(self._last)
        if near is not None and skip < self._last and self._last - skip < skip:
            return self._row("AND (age, id) < (?, ?) ORDER BY age DESC, id DESC", near, self._last - skip - 1)
        if near is not None and skip > self._last:
            return self._row("AND (age, id) > (?, ?) ORDER BY age, id", near, skip - self._last - 1)
        return self._row("ORDER BY age, id", (), skip)

    def _row(self, order: str, values: tuple[()] | Offset, skip: int) -> Offset | None:
        row = self._connection.execute(
            f"SELECT age, id FROM members WHERE channel = ? {order} LIMIT 1 OFFSET ?",
            (self._key, *values, skip),
        ).fetchone()
        return None if row is None else Offset(*row)
