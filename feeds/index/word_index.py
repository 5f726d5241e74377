"""The words of articles for the search of a frozen site, as the index keeps them.

Each function works inside the caller's transaction. A part is 1,024 articles by key, a cell the words that begin with
the same letters. What a part has of a cell changes only with its own articles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, cast

import msgspec

from feeds.errors import IndexDamagedError
from feeds.index.sql import Connection, make_chunks, make_decoder, placeholders
from feeds.lib.text.folding import take_letters

PART = 1024
# How many first letters the words of a cell have in common, and those of a part of it.
CELL_LETTERS, LEAF_LETTERS = 2, 3
# The articles of each word that is in titles, and of each that is elsewhere: their keys from the part's first.
Words = tuple[dict[str, list[int]], dict[str, list[int]]]
decode_divided = make_decoder(dict[str, int])
_decode_words: Callable[[bytes], Words] = msgspec.msgpack.Decoder(Words).decode


class Cell(NamedTuple):
    """The words that begin with some letters, and the generation of the last change.

    If they are so many that those with one more letter in common are a file of their own, ``divided`` has these
    letters, with the generation of each.
    """

    letters: str
    generation: int
    divided: Mapping[str, int]


def read_cells(connection: Connection) -> list[Cell]:
    """Read every cell that has words, by its letters.

    Raises :class:`IndexDamagedError` for one that is none of ours, because the paths of files are made of them.
    """
    rows = connection.execute("SELECT cell, generation, divided FROM word_cells ORDER BY cell").fetchall()
    return [_check_cell(*row) for row in rows]


def _check_cell(letters: object, generation: object, divided: object) -> Cell:
    begins = {} if divided is None else decode_divided(divided)
    is_ours = (
        isinstance(generation, int)
        and _are_letters(letters, CELL_LETTERS)
        and all(_are_letters(one, LEAF_LETTERS) and one.startswith(str(letters)) for one in begins)
    )
    if not is_ours:
        raise IndexDamagedError
    return Cell(cast("str", letters), cast("int", generation), begins)


def _are_letters(text: object, most: int) -> bool:
    return isinstance(text, str) and text.isalnum() and take_letters(text, most) == text


def read_words(connection: Connection, cells: Sequence[str]) -> Iterator[tuple[int, Words]]:
    """Yield the words of some cells by part, with the part's first key."""
    for chunk in make_chunks(cells):
        rows = connection.execute(
            f"SELECT part, body FROM word_parts WHERE cell IN {placeholders(len(chunk))} ORDER BY part", chunk
        )
        yield from ((part * PART, decode_words(body)) for part, body in rows)


def decode_words(body: bytes) -> Words:
    """Decode what a part has of a cell. Raises :class:`IndexDamagedError`."""
    try:
        return _decode_words(body)
    except (TypeError, ValueError):
        raise IndexDamagedError from None


def read_places(connection: Connection, channel: int) -> dict[int, list[int]]:
    """Return the places of each part's articles in a channel, from the oldest.

    They are by the first key of the part, each at the number of its key in the part; -1 if it is not in the channel.
    """
    keys = connection.execute(
        "SELECT article FROM members WHERE channel = ? ORDER BY age DESC, id DESC", (channel,)
    )
    places: dict[int, list[int]] = defaultdict(lambda: [-1] * PART)
    for place, (key,) in enumerate(keys):
        places[key // PART * PART][key % PART] = place
    return places
