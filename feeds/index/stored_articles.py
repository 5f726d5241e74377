"""Opens stored articles and entries, and proves by seals that none was changed."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from feeds.errors import IndexDamagedError
from feeds.index.sql import Connection, get_meta
from feeds.model import Article

_decode = msgspec.json.Decoder(Article).decode


def open_article(connection: Connection, body: object, seal: object) -> Article:
    """Return an article as stored, or sanitised again if sealed with another key.

    Raise :class:`IndexDamagedError` if it is neither.
    """
    if isinstance(body, bytes):
        if connection.seals.make("article", body) == seal:
            return _decode(body)
        if not _is_sealed_here(connection):
            # It loads the sanitiser, which an index of one's own does not need.
            from feeds.index.foreign_articles import read_foreign_article

            if (article := read_foreign_article(body)) is not None:
                return article
    raise IndexDamagedError


def open_articles(connection: Connection, rows: Iterable[tuple[object, object]]) -> list[Article]:
    """Return the articles of rows of their texts and seals."""
    return [open_article(connection, body, seal) for body, seal in rows]


def is_sound(connection: Connection, kind: str, body: object, seal: object) -> bool:
    """Return whether an entry is as it was stored; never with another key's seal.

    Raise :class:`IndexDamagedError` if it is sealed with ours and is not what was stored.
    """
    if isinstance(body, bytes) and connection.seals.make(kind, body) == seal:
        return True
    if _is_sealed_here(connection):
        raise IndexDamagedError
    return False


def _is_sealed_here(connection: Connection) -> bool:
    """Return whether the last sync sealed the index with the key of this process."""
    return (get_meta(connection, "work") or "").endswith(connection.seals.name)
