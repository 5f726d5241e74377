"""The words of the articles, for searching (SQLite's FTS5).

They are kept by servers only, after their syncs: a freeze neither needs nor waits for them.
What leaves the index leaves them at once, by a trigger.
"""

from __future__ import annotations

from sqlite3 import Connection

import msgspec

from feeds.index.store import Index
from feeds.model import Article
from feeds.text.plain import plain

_CHUNK = 1000
_TABLE = """CREATE VIRTUAL TABLE IF NOT EXISTS words
USING fts5(title, excerpt, content, tokenize = 'unicode61 remove_diacritics 2')"""
_TRIGGER = """CREATE TRIGGER IF NOT EXISTS forget_words AFTER DELETE ON articles
BEGIN DELETE FROM words WHERE rowid = old.key; END"""
_article = msgspec.json.Decoder(Article).decode


def keep_words(index: Index) -> None:
    """Take in the words of the articles that are not known to the search yet.

    Each transaction is short, so that no other writer waits long.
    """
    while _behind(index):
        with index.writing() as connection:
            for statement in (_TABLE, _TRIGGER):
                connection.execute(statement)
            _fill(connection)


def searched(connection: Connection) -> int:
    """The key of the newest article whose words are known; -1 before any are kept."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'words'").fetchone() is None:
        return -1
    (newest,) = connection.execute("SELECT max(rowid) FROM words").fetchone()
    return int(newest or 0)


def expression(wanted: tuple[str, ...], unwanted: tuple[str, ...]) -> str:
    """The FTS5 expression for words and phrases that must and must not be there."""
    required = " AND ".join(map(_quoted, wanted))
    return f"({required})" + "".join(f" NOT {_quoted(words)}" for words in unwanted)


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'


def _behind(index: Index) -> bool:
    with index.reading() as connection:
        (newest,) = connection.execute("SELECT max(key) FROM articles").fetchone()
        return (newest or 0) > searched(connection)


def _fill(connection: Connection) -> None:
    rows = connection.execute(
        "SELECT key, article FROM articles WHERE key > ? ORDER BY key LIMIT ?", (searched(connection), _CHUNK)
    ).fetchall()
    found = [(key, _article(body)) for key, body in rows]
    words = [(key, article.title, article.summary, plain(article.body)) for key, article in found]
    connection.executemany("INSERT INTO words (rowid, title, excerpt, content) VALUES (?, ?, ?, ?)", words)
