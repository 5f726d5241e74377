"""How many articles channels had in each week of a year. Works within the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from feeds.index.schema import members

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


def years(connection: Connection, keys: Iterable[int], newest: datetime) -> Mapping[int, Year]:
    """The year of each channel, by its key, that ends with the week of a moment."""
    end = _end_of_week(newest)
    last = end.date() - timedelta(days=1)
    counts = {key: [0] * WEEKS for key in keys}
    wanted = list(counts)
    for start in range(0, len(wanted), _CHUNK):
        rows = connection.execute(_query(wanted[start : start + _CHUNK], int(end.timestamp())))
        for key, back, number in rows:
            counts[key][WEEKS - 1 - back] = number
    return {key: Year(tuple(found), last) for key, found in counts.items()}


def _query(keys: list[int], end: int) -> Select[Any]:
    """Channel, how many weeks before the last one, and how many articles; nothing for weeks without."""
    # An age is the negative of a time, so this is how many seconds before the end an article is.
    before_end = members.c.age + end
    back = ((before_end - 1) // _SECONDS).label("back")
    return (
        select(members.c.channel, back, func.count())
        .where(members.c.channel.in_(keys), members.c.age > -end, members.c.age <= WEEKS * _SECONDS - end)
        .group_by(members.c.channel, back)
    )


def _end_of_week(moment: datetime) -> datetime:
    """The Monday, at midnight in UTC, before which the week of a moment ends."""
    day = moment.date()
    return datetime.combine(day + timedelta(days=7 - day.weekday()), time(), UTC)
