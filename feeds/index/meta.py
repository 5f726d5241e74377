"""Reads and writes what the index says about itself. Each function works inside the caller's transaction."""

from __future__ import annotations

import uuid

from feeds.index.migrations import KEPT_GENERATIONS
from feeds.index.sql import Connection


def get_meta(connection: Connection, key: str) -> str | None:
    """Return a value of the index about itself, None if it has none."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def get_all_meta(connection: Connection) -> dict[str, str]:
    """Return all that the index says about itself."""
    return dict(connection.execute("SELECT key, value FROM meta").fetchall())


def set_meta(connection: Connection, key: str, value: str) -> None:
    """Write a value of the index about itself."""
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
    )


def begin_generation(connection: Connection, generation: int) -> None:
    """Give the index a new state, and delete the tokens of states of long ago."""
    set_meta(connection, "generation", str(generation))
    connection.execute("INSERT INTO generations VALUES (?, ?)", (generation, uuid.uuid4().hex))
    connection.execute("DELETE FROM generations WHERE generation <= ?", (generation - KEPT_GENERATIONS,))


def begin_index(connection: Connection, version: int) -> None:
    """Give an index with new tables a name of its own and its first state."""
    set_meta(connection, "version", str(version))
    set_meta(connection, "birth", uuid.uuid4().hex)
    begin_generation(connection, 0)
