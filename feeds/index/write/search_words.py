"""Has the database know the words of the articles, for searching.

They are kept by servers only, after their syncs: a freeze neither needs nor waits for them.
"""

from __future__ import annotations

import msgspec

from feeds.index.index import Index
from feeds.index.meta import get_meta, set_meta
from feeds.index.sql import Connection
from feeds.lib.text.plain import plain
from feeds.model import Article

_CHUNK = 1000
_article = msgspec.json.Decoder(Article).decode


def update_search_words(index: Index) -> None:
    """Take in the words of the articles that are not known to the search yet.

    Each transaction is short, so that no other writer waits long.
    """
    while _is_behind(index):
        with index.writing() as connection:
            _fill(connection)


def _is_behind(index: Index) -> bool:
    with index.reading() as connection:
        (newest,) = connection.execute("SELECT max(key) FROM articles").fetchone()
        return (newest or 0) > _searched(connection)


def _searched(connection: Connection) -> int:
    """The key of the newest article whose words were taken in; -1 before any were."""
    return int(get_meta(connection, "searched") or -1)


def _fill(connection: Connection) -> None:
    after = max(_searched(connection), 0)
    rows = connection.execute(
        "SELECT key, article FROM articles WHERE key > ? ORDER BY key LIMIT ?", (after, _CHUNK)
    ).fetchall()
    found = [(key, _article(body)) for key, body in rows]
    connection.full_text.add(
        connection, [(key, article.title, article.summary, plain(article.body)) for key, article in found]
    )
    set_meta(connection, "searched", str(max([after, *(key for key, _ in found)])))
