"""Full-text search in PostgreSQL, which finds what SQLite's FTS5 finds.

PostgreSQL's own parser takes addresses and signed numbers for words, keeps accents, and knows no position
after the 16383rd word. So words are split and folded here, as ``unicode61`` of FTS5 does. The database
finds them by an index of arrays, and phrases in the text itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from feeds.index.sql import Connection
from feeds.model import TextSearch

# Stands between title, excerpt and content. It is no word, so no phrase spans two of them.
_BREAK = " . "
# The keys of an index have a limit, so words have one too: nobody searches for the rest of a word this long.
_LONGEST = 200
# The marks that unicode61 removes from the letter before them. Other marks separate words.
_MARKS = frozenset(
    map(chr, (*range(0x300, 0x305), *range(0x306, 0x30D), 0x30F, 0x311, 0x31B, *range(0x323, 0x329), 0x32D, 0x32E, 0x330, 0x331))
)  # fmt: skip
_HAS = "string_to_array(text, ' ') @> ?"


def add(connection: Connection, texts: Sequence[tuple[int, str, str, str]]) -> None:
    """Add articles to the search: key, title, excerpt and content of each."""
    connection.insert(
        "words", [(key, _BREAK.join(" ".join(split_words(part)) for part in parts)) for key, *parts in texts]
    )


def erase(_connection: Connection) -> None:
    """Do nothing: the words of an article went with it."""


def build_condition(
    column: str, match: Sequence[TextSearch], *, all_are_read: bool
) -> tuple[str, list[str | list[str]]]:
    """Build the condition that any search finds the article whose key a column has.

    Return it with its values. If all are read, each search stands alone: of an OR, the database would split every
    text that the index gives for any of them. If not, it looks at few texts, and need not find all first.
    """
    parts = [*map(_select_found if all_are_read else _build_condition, match)]
    if all_are_read:
        found = " OR ".join(f"{column} IN ({sql})" for sql, _ in parts)
    else:
        found = f"{column} IN (SELECT article FROM words WHERE {' OR '.join(sql for sql, _ in parts)})"
    return f"({found})", [value for _, values in parts for value in values]


def build_first(match: Sequence[TextSearch], most: int) -> tuple[str, list[Any]]:
    """Build the statement that selects some of the keys of such articles.

    Return it with its values. The database would look at each text to find the first ones, if it did not have to find
    all by the index. It makes no search that it needs no more, so the shortest comes first, and a key that several
    give counts several times. Nor does it look at more texts for what they lack.
    """
    parts = [*map(_build_condition, sorted(match, key=_count_words))]
    found = ", ".join(
        f"found{number} AS MATERIALIZED (SELECT article FROM words WHERE {sql})"
        for number, (sql, _) in enumerate(parts)
    )
    every = " UNION ALL ".join(f"SELECT article FROM found{number}" for number in range(len(match)))
    return f"WITH {found} SELECT article FROM ({every}) AS every LIMIT ?", [
        *(value for _, values in parts for value in values),
        most,
    ]


def split_words(text: str) -> list[str]:
    """Split a text into its words, folded."""
    return [word[:_LONGEST] for word in text.translate(_folds).split()]


class _WordFolds(dict[int, str]):
    """What each character becomes in a word, computed when it is first met."""

    def __missing__(self, point: int) -> str:
        self[point] = _fold(chr(point))
        return self[point]


_folds = _WordFolds()


def _fold(sign: str) -> str:
    """Fold case and Latin accents of a letter; return a space for separators."""
    if sign in _MARKS:
        return ""
    category = unicodedata.category(sign)
    if category[0] not in "LN" and category != "Co":
        return " "
    small = sign.casefold()
    apart = unicodedata.normalize("NFD", small)
    if apart[0].isascii() and all(map(unicodedata.combining, apart[1:])):
        return apart[0]
    return next(form for form in (small, sign.lower(), sign) if len(form) == 1)


def _count_words(sought: TextSearch) -> int:
    return sum(len(split_words(phrase)) for phrase in (*sought.wanted, *sought.unwanted))


def _select_found(sought: TextSearch) -> tuple[str, list[Any]]:
    """Build the SELECT of all articles that a search finds, by the index.

    EXCEPT keeps the database from looking for the unwanted words in each text that has the wanted ones, which it takes
    for cheap.
    """
    condition, values = _join_phrases(sought, "EXCEPT SELECT article FROM words WHERE")
    return f"SELECT article FROM words WHERE {condition}", values


def _build_condition(sought: TextSearch) -> tuple[str, list[Any]]:
    condition, values = _join_phrases(sought, "AND NOT")
    return f"({condition})", values


def _join_phrases(sought: TextSearch, but: str) -> tuple[str, list[Any]]:
    """Join what texts have, and after a word of SQL what they lack."""
    wanted, unwanted = ([*map(_build_has, phrases)] for phrases in (sought.wanted, sought.unwanted))
    lacks = f" {but} ({' OR '.join(sql for sql, _ in unwanted)})" if unwanted else ""
    condition = " AND ".join(sql for sql, _ in wanted) + lacks
    return condition, [value for _, values in (*wanted, *unwanted) for value in values]


def _build_has(phrase: str) -> tuple[str, list[Any]]:
    words = split_words(phrase)
    if len(words) == 1:
        return _HAS, [words]
    # With a space before the first word and after the last, every word is between spaces.
    return f"({_HAS} AND strpos(' ' || text || ' ', ?) > 0)", [words, f" {' '.join(words)} "]
