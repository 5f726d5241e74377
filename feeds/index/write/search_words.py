"""Adds the words of new articles to the full-text search.

Only servers do that, after their syncs: a freeze neither needs the search nor waits for it.
"""

from __future__ import annotations

from feeds.index.index import Index
from feeds.index.sql import Connection, get_meta, set_meta
from feeds.index.stored_articles import open_article
from feeds.lib.text.plain import strip_html
from feeds.model import Article

_CHUNK = 1000


def update_search_words(index: Index) -> None:
    """Add the articles that the search does not know yet.

    Each transaction is short, so that no other writer waits long.
    """
    while _is_behind(index):
        with index.writing() as connection:
            _add_words(connection)


def erase_words(index: Index) -> None:
    """Delete what is left of withdrawn articles' words, if any went since last time.

    That takes time in proportion to all words: about 4 s for 100,000 articles.
    """
    with index.reading() as connection:
        if get_meta(connection, "withdrawn") is None:
            return
    with index.writing() as connection:
        connection.full_text.erase(connection)
        connection.execute("DELETE FROM meta WHERE key = 'withdrawn'")


def _is_behind(index: Index) -> bool:
    with index.reading() as connection:
        (newest,) = connection.execute("SELECT max(key) FROM articles").fetchone()
        return (newest or 0) > _read_searched(connection)


def _read_searched(connection: Connection) -> int:
    """Return the key of the newest article that the search knows; -1 if it knows none."""
    return int(get_meta(connection, "searched") or -1)


def _join_words(article: Article) -> str:
    """Return the words of an article that are neither in its title nor in its excerpt."""
    return "\n".join((strip_html(article.body), *article.tags))


def _add_words(connection: Connection) -> None:
    after = max(_read_searched(connection), 0)
    rows = connection.execute(
        "SELECT key, article, seal FROM articles WHERE key > ? ORDER BY key LIMIT ?", (after, _CHUNK)
    ).fetchall()
    found = [(key, open_article(connection, body, seal)) for key, body, seal in rows]
    connection.full_text.add(
        connection,
        [(key, article.title, article.summary, _join_words(article)) for key, article in found],
    )
    set_meta(connection, "searched", str(max([after, *(key for key, _ in found)])))
