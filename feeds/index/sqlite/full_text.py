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
_FOUND = "SELECT rowid FROM words WHERE words MATCH ?"


def add(connection: Connection, texts: Sequence[tuple[int, str, str, str]]) -> None:
    """Add articles to the search: key, title, excerpt and content of each."""
    for statement in _TABLES:
        connection.execute(statement)
    connection.executemany("INSERT INTO words (rowid, title, excerpt, content) VALUES (?, ?, ?, ?)", texts)


def erase(connection: Connection) -> None:
    """Delete the words of deleted articles; FTS5 keeps them until it merges."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'words'").fetchone():
        connection.execute("INSERT INTO words (words) VALUES ('optimize')")


def build_condition(
    column: str,
    match: Sequence[TextSearch],
    *,
    all_are_read: bool,  # noqa: ARG001 - one way is quickest for both
) -> tuple[str, list[str]]:
    """Build the condition that any search finds the article whose key a column has.

    Return it with its values.
    """
    return f"{column} IN ({_FOUND})", [_build_any(match)]


def build_first(match: Sequence[TextSearch], most: int) -> tuple[str, list[str | int]]:
    """Build the statement that selects some of the keys of such articles.

    Return it with its values.
    """
    return f"{_FOUND} LIMIT ?", [_build_any(match), most]


def _build_any(match: Sequence[TextSearch]) -> str:
    return " OR ".join(f"({_build_expression(sought)})" for sought in match)


def _build_expression(sought: TextSearch) -> str:
    required = " AND ".join(map(_quote, sought.wanted))
    return f"({required})" + "".join(f" NOT {_quote(words)}" for words in sought.unwanted)


def _quote(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'
