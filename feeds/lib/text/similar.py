"""Which of many words somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice

_MOST_COMPARED, _SLIP = 300, 8


def nearest(word: str, words: Iterable[str], begin: str, most: int = 1) -> list[str]:
    """The words that are most like another one, so many at most.

    Only those with the same beginning and about the same length are compared, in any case of letters
    and three hundred at most: a thorough look at thousands would let anybody keep a server busy.
    """
    begin = begin.lower()
    alike = (
        known for known in words if abs(len(known) - len(word)) <= _SLIP and known.lower().startswith(begin)
    )
    return difflib.get_close_matches(word, islice(alike, _MOST_COMPARED), n=most, cutoff=0.6)
