"""Counts channels' articles in each week of a year, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from feeds.index.sql import Connection, Rows, placeholders

WEEKS = 52
_SECONDS = 7 * 86400
# SQLite takes more values in one statement, but not any number.
_CHUNK = 5000


class Year(NamedTuple):
    """Articles in each of 52 weeks, the oldest first; weeks begin on Monday, in UTC.

    ``last`` is the Sunday that ends the last one.
    """

    counts: tuple[int, ...]
    last: date

    @property
    def total(self) -> int:
        """The number of articles in these weeks."""
        return sum(self.counts)


def count_years(connection: Connection, keys: Iterable[int], newest: datetime) -> Mapping[int, Year]:
    """Count the articles of each channel in the year that ends in ``newest``'s week.

    The counts are by key.
    """
    end = _find_end_of_week(newest)
    last = end.date() - timedelta(days=1)
    counts = {key: [0] * WEEKS for key in keys}
    wanted = list(counts)
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        for key, back, number in _count_weeks(connection, chunk, int(end.timestamp())):
            counts[key][WEEKS - 1 - back] = number
    return {key: Year(tuple(found), last) for key, found in counts.items()}


def _count_weeks(connection: Connection, keys: Sequence[int], end: int) -> Rows:
    """Select channel, weeks before the last, and number; no row for an empty week."""
    # An age is the negative of a time. So ``age + end`` is how many seconds before the end an article is.
    return connection.execute(
        f"SELECT channel, (age + ? - 1) / {_SECONDS} AS back, count(*) FROM members"
        f" WHERE channel IN {placeholders(len(keys))} AND age > ? AND age <= ? GROUP BY channel, back",
        (end, *keys, -end, WEEKS * _SECONDS - end),
    )


def _find_end_of_week(moment: datetime) -> datetime:
    """Return the Monday, at midnight in UTC, with which the week of a moment ends."""
    day = moment.date()
    return datetime.combine(day + timedelta(days=7 - day.weekday()), time(), UTC)
