"""The words of articles for the search of a frozen site, as the index keeps them.

Each function works inside the caller's transaction. A part is 1,024 articles by key, a cell the words that begin with the same letters. What a part has of a cell
changes only with its own articles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from feeds.errors import IndexDamagedError
from feeds.index.sql import Connection, make_chunks, make_decoder, placeholders

PART = 1024
# How many first letters the words of a cell have in common, and those of a part of it.
CELL_LETTERS, LEAF_LETTERS = 2, 3
# The articles of each word that is in titles, and of each that is elsewhere: their keys from the part's first.
Words = tuple[dict[str, list[int]], dict[str, list[int]]]
_decode_divided = make_decoder(list[str])
_decode_words: Callable[[bytes], Words] = msgspec.msgpack.Decoder(Words).decode


class Cell(NamedTuple):
    """The words that begin with some letters: the generation in which they last changed.

    ``divided`` has more of their first letters, if they are so many that each beginning is a file of its own.
    """

    letters: str
    generation: int
    divided: tuple[str, ...]


def read_cells(connection: Connection) -> list[Cell]:
    """Read every cell that has words, by its letters."""
    rows = connection.execute("SELECT cell, generation, divided FROM word_cells ORDER BY cell").fetchall()
    return [
        Cell(cell, generation, tuple(_decode_divided(body) if body else ()))
        for cell, generation, body in rows
    ]


def read_words(connection: Connection, cells: Sequence[str]) -> Iterator[tuple[int, Words]]:
    """Yield the words of some cells, part by part, each with the first key of the part."""
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


def read_places(connection: Connection, channel: int) -> dict[int, int]:
    """Return the place of each article in a channel, counted from the oldest, by its key."""
    keys = connection.execute(
        "SELECT article FROM members WHERE channel = ? ORDER BY age DESC, id DESC", (channel,)
    )
    return {key: place for place, (key,) in enumerate(keys)}
