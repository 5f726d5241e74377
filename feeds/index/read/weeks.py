"""How many articles channels had in each week of a year. Works within the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from feeds.index.sql import Connection, Rows, placeholders

WEEKS = 52
_SECONDS = 7 * 86400
# SQLite takes more values in one statement, but not without end.
_CHUNK = 5000


class Year(NamedTuple):
    """Articles in each of 52 weeks, the oldest first; weeks begin on Monday, in UTC.

    ``last`` is the Sunday that ends the last one.
    """

    counts: tuple[int, ...]
    last: date

    @property
    def total(self) -> int:
        """How many articles there were in these weeks."""
        return sum(self.counts)


def count_years(connection: Connection, keys: Iterable[int], newest: datetime) -> Mapping[int, Year]:
    """The year of each channel, by its key, that ends with the week of a moment."""
    end = _end_of_week(newest)
    last = end.date() - timedelta(days=1)
    counts = {key: [0] * WEEKS for key in keys}
    wanted = list(counts)
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        for key, back, number in _rows(connection, chunk, int(end.timestamp())):
            counts[key][WEEKS - 1 - back] = number
    return {key: Year(tuple(found), last) for key, found in counts.items()}


def _rows(connection: Connection, keys: Sequence[int], end: int) -> Rows:
    """Channel, how many weeks before the last one, and how many articles; nothing for weeks without."""
    # An age is the negative of a time, so this is how many seconds before the end an article is.
    return connection.execute(
        f"SELECT channel, (age + ? - 1) / {_SECONDS} AS back, count(*) FROM members"
        f" WHERE channel IN {placeholders(len(keys))} AND age > ? AND age <= ? GROUP BY channel, back",
        (end, *keys, -end, WEEKS * _SECONDS - end),
    )


def _end_of_week(moment: datetime) -> datetime:
    """The Monday, at midnight in UTC, before which the week of a moment ends."""
    day = moment.date()
    return datetime.combine(day + timedelta(days=7 - day.weekday()), time(), UTC)
