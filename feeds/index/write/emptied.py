"""Writes the channels that have no articles any more: their feeds stay, but lists drop them in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from feeds.index.index import Index
from feeds.index.meta import begin_generation, get_meta
from feeds.index.migrations import LISTED_WHEN_EMPTY
from feeds.index.rows import FormerChannel
from feeds.index.sql import Connection
from feeds.index.write.change_dates import choose_date, note_date


def find_long_empty(connection: Connection, now: datetime) -> set[int]:
    """Find the channels that lists name though they have been empty for long enough to leave them."""
    rows = connection.execute(
        "SELECT key FROM channels WHERE emptied <= ? AND changed - emptied < ?",
        (int((now - LISTED_WHEN_EMPTY).timestamp()), int(LISTED_WHEN_EMPTY.total_seconds())),
    )
    return {key for (key,) in rows}


def add_former_channels(index: Index, former: Sequence[FormerChannel], now: datetime) -> None:
    """Add channels that a frozen tree has and the index does not know: they have no articles any more.

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
                (key, one.kind, one.name, generation, date, 0, None, one.label, one.emptied or noticed)
                for key, one in enumerate(new, start=(last or 0) + 1)
            ],
        )
        note_date(connection, date)
        begin_generation(connection, generation)
