"""Articles by their words, in PostgreSQL.

PostgreSQL's own parser takes addresses and numbers with signs for words, keeps accents, and knows the place
of no word behind the 16383rd. So that a search finds what it finds in SQLite, words are divided and folded here as FTS5's
``unicode61`` does; the database finds them by an index of arrays, and phrases in the text itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from feeds.index.sql import Connection
from feeds.model import TextSearch

# Between title, excerpt and content: no word, so that no phrase goes from one into the other.
_BREAK = " . "
# The keys of an index have a limit, and so have words: nobody looks for the rest of such a one.
_LONGEST = 200
# The marks that unicode61 takes off the letter before them; others part words.
_MARKS = frozenset(
    map(chr, (*range(0x300, 0x305), *range(0x306, 0x30D), 0x30F, 0x311, 0x31B, *range(0x323, 0x329), 0x32D, 0x32E, 0x330, 0x331))
)  # fmt: skip
_HAS = "string_to_array(text, ' ') @> ?"


def add(connection: Connection, texts: Sequence[tuple[int, str, str, str]]) -> None:
    """Take in the title, excerpt and content of some articles, by key."""
    connection.insert(
        "words", [(key, _BREAK.join(" ".join(split_words(part)) for part in parts)) for key, *parts in texts]
    )


def build_match(match: Sequence[TextSearch]) -> tuple[str, list[str | list[str]]]:
    """A statement, with its values, for the keys of the articles that have the words of any of some searches."""
    conditions, values = zip(*map(_condition, match), strict=True)
    return (
        f"SELECT article FROM words WHERE {' OR '.join(conditions)}",
        [value for part in values for value in part],
    )


def split_words(text: str) -> list[str]:
    """The words of a text, folded."""
    return [word[:_LONGEST] for word in text.translate(_folds).split()]


class _Folds(dict[int, str]):
    """What each character becomes in a word: found out when it is met first."""

    def __missing__(self, point: int) -> str:
        self[point] = _folded(chr(point))
        return self[point]


_folds = _Folds()


def _folded(sign: str) -> str:
    """A letter or digit without its case, and without accents where it is Latin; a space for what is in no word."""
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


def _condition(sought: TextSearch) -> tuple[str, list[Any]]:
    parts = [*(_has(words) for words in sought.wanted), *(_lacks(words) for words in sought.unwanted)]
    return f"({' AND '.join(sql for sql, _ in parts)})", [value for _, values in parts for value in values]


def _has(phrase: str) -> tuple[str, list[Any]]:
    words = split_words(phrase)
    if len(words) == 1:
        return _HAS, [words]
    # Each word is known to begin after a space only with one put before the first.
    return f"({_HAS} AND strpos(' ' || text || ' ', ?) > 0)", [words, f" {' '.join(words)} "]


def _lacks(phrase: str) -> tuple[str, list[Any]]:
    sql, values = _has(phrase)
    return f"NOT {sql}", values
