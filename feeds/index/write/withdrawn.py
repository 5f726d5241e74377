"""Writes what is gone: withdrawn entries and channels without articles.

For 90 days, tombstones tell which entries were withdrawn from which channels (RFC 6721). The feed of
a channel that has no articles any more stays, but lists drop it in time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from feeds.index.index import Index
from feeds.index.migrations import LISTED_WHEN_EMPTY
from feeds.index.rows import FormerChannel
from feeds.index.sql import Connection, begin_generation, get_meta
from feeds.index.write.change_dates import choose_date, note_date

RETENTION = timedelta(days=90)


def add_tombstones(connection: Connection, withdrawn: Mapping[int, Iterable[str]], now: datetime) -> None:
    """Add tombstones for the ids that were withdrawn, by channel."""
    when = int(now.timestamp())
    rows = [(channel, entry_id, when) for channel, ids in withdrawn.items() for entry_id in sorted(ids)]
    connection.insert("tombstones", rows)


def remove_tombstones(connection: Connection, find_new: Callable[[int], AbstractSet[str]]) -> None:
    """Remove the tombstones of articles that are in their channels again.

    ``find_new`` gives the ids that came to a channel.
    """
    known = connection.execute("SELECT channel, id FROM tombstones ORDER BY channel").fetchall()
    for channel, rows in groupby(known, key=itemgetter(0)):
        again = find_new(channel) & {entry_id for _, entry_id in rows}
        here = [(channel, entry_id) for entry_id in sorted(again)]
        connection.executemany("DELETE FROM tombstones WHERE channel = ? AND id = ?", here)


def find_expired(connection: Connection, now: datetime) -> set[int]:
    """Find the channels with a tombstone that is old enough to go."""
    rows = connection.execute(
        "SELECT DISTINCT channel FROM tombstones WHERE withdrawn <= ?", (_find_oldest(now),)
    )
    return {channel for (channel,) in rows}


def clear_expired(connection: Connection, now: datetime) -> None:
    """Delete the tombstones that are old enough to go."""
    connection.execute("DELETE FROM tombstones WHERE withdrawn <= ?", (_find_oldest(now),))


def _find_oldest(now: datetime) -> int:
    return int((now - RETENTION).timestamp())


def find_long_empty(connection: Connection, now: datetime) -> set[int]:
    """Find the listed channels that have been empty for long enough to be unlisted."""
    rows = connection.execute(
        "SELECT key FROM channels WHERE emptied <= ? AND changed - emptied < ?",
        (int((now - LISTED_WHEN_EMPTY).timestamp()), int(LISTED_WHEN_EMPTY.total_seconds())),
    )
    return {key for (key,) in rows}


def add_former_channels(index: Index, former: Sequence[FormerChannel], now: datetime) -> None:
    """Add channels that only a frozen tree knows; they have no articles any more.

    If the tree does not say when a channel was emptied, that is noticed ``now``.
    """
    with index.writing() as connection:
        known = set(connection.execute("SELECT kind, name FROM channels").fetchall())
        (last,) = connection.execute("SELECT max(key) FROM channels").fetchone()
        generation = int(get_meta(connection, "generation") or 0) + 1
        date, noticed = choose_date(connection, now), int(now.timestamp())
        new = [one for one in former if (one.kind, one.name) not in known]
        if not new:
            return
        connection.insert(
            "channels",
            [
                (
                    key,
                    one.kind,
                    one.name,
                    generation,
                    date,
                    0,
                    None,
                    one.label,
                    one.emptied or noticed,
                    one.oldest,
                )
                for key, one in enumerate(new, start=(last or 0) + 1)
            ],
        )
        note_date(connection, date)
        begin_generation(connection, generation)
