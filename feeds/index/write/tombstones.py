"""Remembers, for 90 days, which entries were withdrawn from which channels (RFC 6721)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from feeds.index.sql import Connection

RETENTION = timedelta(days=90)


def add_tombstones(connection: Connection, withdrawn: Mapping[int, Iterable[str]], now: datetime) -> None:
    """Add tombstones for the ids that were withdrawn, by channel."""
    when = int(now.timestamp())
    rows = [(channel, entry_id, when) for channel, ids in withdrawn.items() for entry_id in sorted(ids)]
    connection.insert("tombstones", rows)


def remove_tombstones(connection: Connection, find_new: Callable[[int], AbstractSet[str]]) -> None:
    """Remove the tombstones of what is in its channel again; ``find_new`` gives the ids that came to one."""
    known = connection.execute("SELECT channel, id FROM tombstones ORDER BY channel").fetchall()
    for channel, rows in groupby(known, key=itemgetter(0)):
        again = find_new(channel) & {entry_id for _, entry_id in rows}
        here = [(channel, entry_id) for entry_id in sorted(again)]
        connection.executemany("DELETE FROM tombstones WHERE channel = ? AND id = ?", here)


def find_expired(connection: Connection, now: datetime) -> set[int]:
    """Find the channels with a tombstone that is old enough to go."""
    rows = connection.execute("SELECT DISTINCT channel FROM tombstones WHERE withdrawn <= ?", (_oldest(now),))
    return {channel for (channel,) in rows}


def clear_expired(connection: Connection, now: datetime) -> None:
    """Delete the tombstones that are old enough to go."""
    connection.execute("DELETE FROM tombstones WHERE withdrawn <= ?", (_oldest(now),))


def _oldest(now: datetime) -> int:
    return int((now - RETENTION).timestamp())
