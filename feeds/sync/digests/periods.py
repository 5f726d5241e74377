"""Days, ISO weeks and months in UTC, by name. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

Rhythm = Literal["daily", "weekly", "monthly"]


class Period(NamedTuple):
    """A stretch of time: its name (2024-01-31, 2024-W05 or 2024-01), beginning, and end (not included)."""

    name: str
    start: datetime
    end: datetime


def period_of(moment: datetime, rhythm: Rhythm) -> Period:
    """The day, ISO week (ISO 8601, from Monday on) or month that a moment is in."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if rhythm == "daily":
        return Period(day.strftime("%Y-%m-%d"), day, day + timedelta(days=1))
    if rhythm == "weekly":
        year, week, weekday = day.isocalendar()
        start = day - timedelta(days=weekday - 1)
        return Period(f"{year}-W{week:02}", start, start + timedelta(weeks=1))
    start = day.replace(day=1)
    return Period(start.strftime("%Y-%m"), start, (start + timedelta(days=31)).replace(day=1))


def due(first: datetime, now: datetime, rhythm: Rhythm) -> Iterator[Period]:
    """The periods from the one of ``first`` on that are over by ``now``."""
    period = period_of(first, rhythm)
    while period.end <= now:
        yield period
        period = period_of(period.end, rhythm)
