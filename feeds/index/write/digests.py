"""Writes digests into the index. They are articles that have no file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from feeds.index.index import Index
from feeds.index.rows import Result
from feeds.index.sql import Connection, begin_generation, get_meta, set_meta
from feeds.index.write.batch import Batch
from feeds.model import DIGEST_PATH

Render = Callable[[Connection, Sequence[str]], Sequence[Result]]


def has_digests(index: Index) -> bool:
    """Return whether the index has any digest."""
    with index.reading() as connection:
        return bool(_read_paths(connection))


def are_stored(index: Index, fingerprint: str) -> bool:
    """Return whether the stored digests are those of the articles and fingerprint.

    The fingerprint is that of all that digests depend on beside the articles.
    """
    with index.reading() as connection:
        return get_meta(connection, "digests_state") == _name_state(connection, fingerprint)


def store_digests(
    index: Index, versions: Mapping[str, str], render: Render, fingerprint: str, now: datetime
) -> None:
    """Make the index hold exactly these digests, in these versions, in a transaction.

    ``render`` makes those that it lacks or has in another version.
    """
    with index.writing() as connection:
        there, known = _read_paths(connection), _read_versions(connection)
        same = {path for path in there if path in versions and known.get(path) == versions[path]}
        changed = [path for path in versions if path not in same]
        if changed or there - same:
            generation = int(get_meta(connection, "generation") or 0) + 1
            batch = Batch(connection, generation, now)
            batch.remove(sorted(there - same))
            batch.store_articles(render(connection, changed))
            batch.finish()
            begin_generation(connection, generation)
        set_meta(connection, "digests_made", msgspec.json.encode(versions).decode())
        set_meta(connection, "digests_state", _name_state(connection, fingerprint))


def _name_state(connection: Connection, fingerprint: str) -> str:
    return f"{get_meta(connection, 'generation')} {fingerprint}"


def _read_versions(connection: Connection) -> dict[str, str]:
    """Return the version of each digest that the last call stored, by path."""
    try:
        return msgspec.json.decode(get_meta(connection, "digests_made") or "{}", type=dict[str, str])
    except msgspec.DecodeError:
        return {}


def _read_paths(connection: Connection) -> set[str]:
    """Return the paths of the digests that the index holds."""
    # The character after ":" is ";": between them lies what begins with the prefix.
    bounds = (DIGEST_PATH, DIGEST_PATH.replace(":", ";"))
    rows = connection.execute("SELECT path FROM articles WHERE path >= ? AND path < ?", bounds)
    return {path for (path,) in rows}
