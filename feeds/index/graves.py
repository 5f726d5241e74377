"""Remembers for a while which entries were withdrawn from which channels (RFC 6721)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection, delete, insert, select

from feeds.index.schema import tombstones

KEPT = timedelta(days=90)


def bury(connection: Connection, withdrawn: Mapping[int, Iterable[str]], now: datetime) -> None:
    """Note the ids that were withdrawn, by channel."""
    rows = [
        {"channel": channel, "id": entry_id, "withdrawn": int(now.timestamp())}
        for channel, ids in withdrawn.items()
        for entry_id in sorted(ids)
    ]
    if rows:
        connection.execute(insert(tombstones), rows)


def revive(connection: Connection, present: Callable[[int], AbstractSet[str]]) -> None:
    """Forget what stands in its channel again; ``present`` are the ids that came to stand in one."""
    columns = select(tombstones.c.channel, tombstones.c.id).order_by(tombstones.c.channel)
    for channel, rows in groupby(connection.execute(columns).all(), key=itemgetter(0)):
        for entry_id in sorted(present(channel) & {entry_id for _, entry_id in rows}):
            here = (tombstones.c.channel == channel, tombstones.c.id == entry_id)
            connection.execute(delete(tombstones).where(*here))


def expired(connection: Connection, now: datetime) -> set[int]:
    """The channels with a tombstone that has stood long enough."""
    rows = connection.execute(
        select(tombstones.c.channel).where(tombstones.c.withdrawn <= _oldest(now)).distinct()
    )
    return set(rows.scalars())


def clear(connection: Connection, now: datetime) -> None:
    """Forget what was withdrawn long enough ago."""
    connection.execute(delete(tombstones).where(tombstones.c.withdrawn <= _oldest(now)))


def _oldest(now: datetime) -> int:
    return int((now - KEPT).timestamp())
