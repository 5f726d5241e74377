"""Writes digests into the index. They are articles that have no file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from feeds.index.index import Index
from feeds.index.meta import begin_generation, get_meta, set_meta
from feeds.index.migrations import DIGEST_PATH
from feeds.index.rows import Result
from feeds.index.sql import Connection
from feeds.index.write.batch import Batch


def store_digests(
    index: Index,
    paths: Sequence[str],
    render: Callable[[list[str]], Sequence[Result]],
    work: str,
    now: datetime,
) -> None:
    """Make the index hold the digests of these paths and no others, in one transaction.

    ``render`` makes those that it lacks, or all of them if ``work``, the fingerprint of what rendering
    depends on, is not the last one.
    """
    with index.reading() as connection:
        known = _read_paths(connection)
        outdated = get_meta(connection, "digests_work") != work
    if known == set(paths) and not (outdated and paths):
        return
    with index.writing() as connection:
        known = _read_paths(connection)
        generation = int(get_meta(connection, "generation") or 0) + 1
        batch = Batch(connection, generation, now)
        batch.remove(sorted(known if outdated else known - set(paths)))
        batch.store_articles(render([path for path in paths if outdated or path not in known]))
        batch.finish()
        set_meta(connection, "digests_work", work)
        begin_generation(connection, generation)


def _read_paths(connection: Connection) -> set[str]:
    """Return the paths of the digests that the index holds."""
    # The character after ":" is ";": between them lies what begins with the prefix.
    bounds = (DIGEST_PATH, DIGEST_PATH.replace(":", ";"))
    rows = connection.execute("SELECT path FROM articles WHERE path >= ? AND path < ?", bounds)
    return {path for (path,) in rows}
