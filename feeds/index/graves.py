"""Remembers for a while which entries were withdrawn from which channels (RFC 6721)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

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


def revive(connection: Connection, joined: Mapping[int, set[str]]) -> None:
    """Forget what stands in its channel again."""
    rows = connection.execute(select(tombstones.c.channel, tombstones.c.id)).all()
    for channel, entry_id in rows:
        if entry_id in joined.get(channel, ()):
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
