"""Writes digests into the index. They are articles that have no file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from feeds.index.index import Index
from feeds.index.migrations import DIGEST_PATH
from feeds.index.rows import Result
from feeds.index.sql import Connection, begin_generation, get_meta, set_meta
from feeds.index.write.batch import Batch

# The character after ":" is ";": between them lies what begins with the prefix.
_BOUNDS = (DIGEST_PATH, DIGEST_PATH.replace(":", ";"))


def store_digests(
    index: Index,
    bodies: Mapping[str, bytes],
    render: Callable[[list[str]], Sequence[Result]],
    work: str,
    now: datetime,
) -> None:
    """Make the index hold the digests of these paths, with these articles, and no others, in one transaction.

    ``render`` makes those that it lacks and those that are recorded otherwise now, or all of them if
    ``work``, the fingerprint of what rendering depends on, is not the last one.
    """
    record = hashlib.sha256(b"\n".join([*map(str.encode, bodies), *bodies.values()])).hexdigest()
    with index.reading() as connection:
        known = _read_paths(connection)
        outdated = get_meta(connection, "digests_work") != work
        recorded = get_meta(connection, "digests_record") == record
    if known == set(bodies) and (recorded or not bodies) and not (outdated and bodies):
        return
    with index.writing() as connection:
        known = _read_paths(connection)
        same = set() if outdated else _find_same(connection, bodies)
        wanted = [path for path in bodies if path not in same]
        if wanted or known - same:
            generation = int(get_meta(connection, "generation") or 0) + 1
            batch = Batch(connection, generation, now)
            batch.remove(sorted(known - same))
            batch.store_articles(render(wanted))
            batch.finish()
            begin_generation(connection, generation)
        set_meta(connection, "digests_work", work)
        set_meta(connection, "digests_record", record)


def _find_same(connection: Connection, bodies: Mapping[str, bytes]) -> set[str]:
    """Return the paths of the digests that the index holds as they are recorded."""
    rows = connection.execute("SELECT path, article FROM articles WHERE path >= ? AND path < ?", _BOUNDS)
    return {path for path, body in rows if bodies.get(path) == bytes(body)}


def _read_paths(connection: Connection) -> set[str]:
    """Return the paths of the digests that the index holds."""
    rows = connection.execute("SELECT path FROM articles WHERE path >= ? AND path < ?", _BOUNDS)
    return {path for (path,) in rows}
