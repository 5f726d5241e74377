"""Articles by their words, with SQLite's FTS5. What leaves the index leaves its words at once, by a trigger."""

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
    """Take in the title, excerpt and content of some articles, by key."""
    for statement in _TABLES:
        connection.execute(statement)
    connection.executemany("INSERT INTO words (rowid, title, excerpt, content) VALUES (?, ?, ?, ?)", texts)


def build_match(match: Sequence[TextSearch]) -> tuple[str, list[str | list[str]]]:
    """A statement, with its values, for the keys of the articles that have the words of any of some searches."""
    expression = " OR ".join(f"({_expression(sought)})" for sought in match)
    return "SELECT rowid FROM words WHERE words MATCH ?", [expression]


def _expression(sought: TextSearch) -> str:
    required = " AND ".join(map(_quoted, sought.wanted))
    return f"({required})" + "".join(f" NOT {_quoted(words)}" for words in sought.unwanted)


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'
