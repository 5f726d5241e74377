"""Full-text search with SQLite's FTS5; a trigger deletes an article's words."""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Connection

from feeds.model import TextSearch

_TABLES = (
    """
    CREATE VIRTUAL TABLE IF NOT EXISTS words
    USING fts5(title, excerpt, content, tokenize = 'unicode61 remove_diacritics 2')
    """,
    """
    CREATE TRIGGER IF NOT EXISTS forget_words AFTER DELETE ON articles
    BEGIN DELETE FROM words WHERE rowid = old.key; END
    """,
)


def add(connection: Connection, texts: Sequence[tuple[int, str, str, str]]) -> None:
    """Add articles to the search: key, title, excerpt and content of each."""
    for statement in _TABLES:
        connection.execute(statement)
    connection.executemany("INSERT INTO words (rowid, title, excerpt, content) VALUES (?, ?, ?, ?)", texts)


def erase(connection: Connection) -> None:
    """Delete the words of deleted articles; FTS5 keeps them until it merges."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'words'").fetchone():
        connection.execute("INSERT INTO words (words) VALUES ('optimize')")


def build_match(match: Sequence[TextSearch]) -> tuple[str, list[str]]:
    """Build the statement that selects the keys of articles that any search finds.

    Return it with its values.
    """
    expression = " OR ".join(f"({_build_expression(sought)})" for sought in match)
    return "SELECT rowid FROM words WHERE words MATCH ?", [expression]


def build_first(match: Sequence[TextSearch], most: int) -> tuple[str, list[str | int]]:
    """Build the statement, with its values, that selects some of those keys."""
    statement, values = build_match(match)
    return f"{statement} LIMIT ?", [*values, most]


def _build_expression(sought: TextSearch) -> str:
    required = " AND ".join(map(_quote, sought.wanted))
    return f"({required})" + "".join(f" NOT {_quote(words)}" for words in sought.unwanted)


def _quote(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'
