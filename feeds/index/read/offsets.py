"""Where in a channel a number of articles is past: found from where the last one was, since documents follow each other."""

from __future__ import annotations

from typing import NamedTuple

from feeds.index.sql import Connection


class Offset(NamedTuple):
    """The place of an article in any channel: newest first, ties by id."""

    age: int
    id: str


# Before all others.
NEWEST = Offset(-(2**62), "")


class Offsets:
    """The places of one channel after another, within one transaction.

    To count a hundred thousand articles past for each document of a long archive would take hours.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._key = 0
        self._known: dict[int, Offset] = {}
        self._last = 0

    def find(self, key: int, skip: int) -> Offset | None:
        """The place of the first article after so many of a channel, None where it has no more."""
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
