"""Holds digests in the index beside the articles: they have no file, but all else alike."""

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
    """Have the index hold the digests of these paths and no others, in one transaction.

    ``render`` makes those that it lacks; all of them where ``work``, the fingerprint of what
    rendering depends on, is another than the last one.
    """
    with index.reading() as connection:
        known = _held(connection)
        anew = get_meta(connection, "digests_work") != work
    if known == set(paths) and not (anew and paths):
        return
    with index.writing() as connection:
        known = _held(connection)
        generation = int(get_meta(connection, "generation") or 0) + 1
        batch = Batch(connection, generation, now)
        batch.remove(sorted(known if anew else known - set(paths)))
        batch.store_articles(render([path for path in paths if anew or path not in known]))
        batch.settle()
        set_meta(connection, "digests_work", work)
        begin_generation(connection, generation)


def _held(connection: Connection) -> set[str]:
    """The paths of the digests that the index holds."""
    # The character after ":" is ";": between them lies what begins with the prefix.
    bounds = (DIGEST_PATH, DIGEST_PATH.replace(":", ";"))
    rows = connection.execute("SELECT path FROM articles WHERE path >= ? AND path < ?", bounds)
    return {path for (path,) in rows}
