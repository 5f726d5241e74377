"""Folds texts and divides them into words for searches, as the pages' script does.

The script is in ``feeds/publisher/pages/static/search.js``; a test compares both over all of Unicode.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Scripts that put no space between words: Thai, Lao, Burmese, Khmer, Chinese, Japanese. What is searched there
# is each pair of letters that follow each other.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u312f\u3190-\u9fff\U00020000-\U0003ffff"
# Compiled for the first text that may need them, because sets of so many letters take milliseconds.
_UNSPACED_LETTER = f"[{_UNSPACED}]"
_ASCII = 0x80
_RUNS = f"[{_UNSPACED}]+|[^{_UNSPACED}]+"


def fold_for_search(text: str) -> str:
    """Return a text without case, accents and other differences that a search ignores."""
    return text.lower() if text.isascii() else text.translate(_folds)


def divide_for_search(text: str) -> list[str]:
    """Return the words of a text, folded, each as often as it is there.

    Of a text without spaces it is each pair of letters, and the last letter.
    """
    if text.isascii():
        # This takes a fifth of the time of the general way.
        return text.encode().translate(_WORDS_IN_ASCII).decode().split()
    return [word for part in text.split() for word in _divide_part(part)]


def take_letters(word: str, number: int) -> str:
    """Return a word's first letters, fewer in scripts without spaces.

    These have thousands of letters.
    """
    return word[:number] if word < _UNSPACED else word[: number - is_unspaced(word)]


def is_unspaced(word: str) -> bool:
    """Return whether a word is of a script without spaces between words."""
    return word >= _UNSPACED[0] and _is_unspaced_letter(word[0])


@lru_cache(maxsize=65_536)
def _is_unspaced_letter(letter: str) -> bool:
    return re.match(_UNSPACED_LETTER, letter) is not None


@lru_cache(maxsize=65_536)
def _divide_part(part: str) -> tuple[str, ...]:
    """Return the words of a part of a text; cached, since texts share most parts."""
    folded = part.translate(_words)
    if re.search(_UNSPACED_LETTER, folded):
        return tuple(letters for word in folded.split() for letters in _divide(word))
    return tuple(folded.split())


def _divide(word: str) -> list[str]:
    """Divide a word at each change between a script with spaces and one without."""
    found: list[str] = []
    for run in re.findall(_RUNS, word):
        if is_unspaced(run):
            found += [*map(str.__add__, run, run[1:]), run[-1]]
        else:
            found.append(run)
    return found


class _Folds(dict[int, str]):
    """What each character is folded to, computed when it is first met."""

    def __missing__(self, point: int) -> str:
        self[point] = _fold(chr(point))
        return self[point]


class _Words(dict[int, str]):
    """What each character becomes in words: folded, or a space if it is no letter."""

    def __missing__(self, point: int) -> str:
        self[point] = "".join(sign if _is_in_word(sign) else " " for sign in _folds[point])
        return self[point]


def _fold(sign: str) -> str:
    apart = unicodedata.normalize("NFKD", sign)
    plain = "".join(part for part in apart if not unicodedata.category(part).startswith("M"))
    # Some letters have two small forms of one capital, or a capital of two letters. At the end of a word, sigma has
    # a form of its own.
    return plain.lower().upper().lower().replace("ς", "σ")


def _is_in_word(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LN"


_folds, _words = _Folds(), _Words()
_WORDS_IN_ASCII = bytes(ord(_words[point]) if point < _ASCII else point for point in range(2 * _ASCII))
