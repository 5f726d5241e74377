"""Keep the record of closed digests, to be committed if the site is a repository.

It has the ids of articles and no text of them: what is withdrawn must leave every copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from feeds.errors import StorageError
from feeds.lib.storage.files import read_own_file, replace_file


class ClosedDigest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A digest whose period is over; its id, title, date and order never change.

    ``articles`` has their ids, ``gone`` the ids of those that are not public now. ``updated`` is when an
    article was last found to be gone; until then it is the end of the period.
    """

    id: str
    title: str
    published: datetime
    updated: datetime
    articles: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def note_gone(self, shown: Mapping[str, int], now: datetime) -> ClosedDigest:
        """Return the digest with what is public no more; ``shown`` has the public ids."""
        gone = tuple(one for one in self.articles if one not in shown)
        is_news = not set(gone) <= set(self.gone)
        return replace(self, gone=gone, updated=max(now, self.updated) if is_news else self.updated)


class ClosedDigests(msgspec.Struct):
    """The closed digests of one feed."""

    # All digests of periods that end by this time are closed.
    until: datetime
    # Each digest by the name of its period.
    entries: dict[str, ClosedDigest] = {}
    # The ids of all articles that the digests could choose from.
    considered: list[str] = []


class Ledger(msgspec.Struct):
    """The closed digests of each feed, by the feed's name."""

    feeds: dict[str, ClosedDigests] = {}

    @classmethod
    def load(cls, path: Path) -> Ledger:
        """Read the record; it is empty if there is no file.

        Raises :class:`StorageError` if the file is broken. A new record would change digests
        that readers have seen.
        """
        try:
            return msgspec.json.decode(read_own_file(path), type=cls)
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError) as error:
            raise StorageError(
                f"{path}: the record of closed digests cannot be read: {error}."
                " Restore it, or remove it to close all digests again."
            ) from None

    def save(self, path: Path) -> None:
        """Write the record. Raises :class:`StorageError`."""
        replace_file(path, self.encode())

    def encode(self) -> bytes:
        """Return the bytes of the record."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


Rhythm = Literal["daily", "weekly", "monthly"]


class Period(NamedTuple):
    """A day, week or month: its name (2024-01-31, 2024-W05 or 2024-01) and times.

    The end is not included.
    """

    name: str
    start: datetime
    end: datetime


def find_period(moment: datetime, rhythm: Rhythm) -> Period:
    """Return the day, ISO week (ISO 8601, from Monday) or month of a moment."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if rhythm == "daily":
        return Period(day.strftime("%Y-%m-%d"), day, day + timedelta(days=1))
    if rhythm == "weekly":
        year, week, weekday = day.isocalendar()
        start = day - timedelta(days=weekday - 1)
        return Period(f"{year}-W{week:02}", start, start + timedelta(weeks=1))
    start = day.replace(day=1)
    return Period(start.strftime("%Y-%m"), start, (start + timedelta(days=31)).replace(day=1))


def find_due_periods(first: datetime, now: datetime, rhythm: Rhythm) -> Iterator[Period]:
    """Yield the periods that are over by ``now``, beginning with that of ``first``."""
    period = find_period(first, rhythm)
    while period.end <= now:
        yield period
        period = find_period(period.end, rhythm)
