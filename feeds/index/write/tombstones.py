"""Remembers for a while which entries were withdrawn from which channels (RFC 6721)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from feeds.index.sql import Connection

RETENTION = timedelta(days=90)


def add_tombstones(connection: Connection, withdrawn: Mapping[int, Iterable[str]], now: datetime) -> None:
    """Note the ids that were withdrawn, by channel."""
    when = int(now.timestamp())
    rows = [(channel, entry_id, when) for channel, ids in withdrawn.items() for entry_id in sorted(ids)]
    connection.insert("tombstones", rows)


def remove_tombstones(connection: Connection, present: Callable[[int], AbstractSet[str]]) -> None:
    """Forget what stands in its channel again; ``present`` are the ids that came to stand in one."""
    known = connection.execute("SELECT channel, id FROM tombstones ORDER BY channel").fetchall()
    for channel, rows in groupby(known, key=itemgetter(0)):
        again = present(channel) & {entry_id for _, entry_id in rows}
        here = [(channel, entry_id) for entry_id in sorted(again)]
        connection.executemany("DELETE FROM tombstones WHERE channel = ? AND id = ?", here)


def find_expired(connection: Connection, now: datetime) -> set[int]:
    """The channels with a tombstone that has stood long enough."""
    rows = connection.execute("SELECT DISTINCT channel FROM tombstones WHERE withdrawn <= ?", (_oldest(now),))
    return {channel for (channel,) in rows}


def clear_expired(connection: Connection, now: datetime) -> None:
    """Forget what was withdrawn long enough ago."""
    connection.execute("DELETE FROM tombstones WHERE withdrawn <= ?", (_oldest(now),))


def _oldest(now: datetime) -> int:
    return int((now - RETENTION).timestamp())
