"""What stands before the entries of a feed: written by feedgen once for each shape, and filled for each feed.

Feeds of one site differ in a few texts only. feedgen writes a feed that has marks in their places; that is
kept, and the texts are put in as XML wants them. It takes a hundredth of the time of writing each feed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from feeds.formats.media_rss import media_type
from feeds.formats.xml import encode_xml, escape_attribute, escape_text
from feeds.model import Feed, Image

# Signs of the private use area stand around the number of a text.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(rf"{_OPEN}(-?\d+)(?://-/)?{_CLOSE}(?:\.[a-z+]+)?")
_DATE, _DATE_MARK = datetime(1970, 1, 1, tzinfo=UTC), f"{_OPEN}-1{_CLOSE}"
Write = Callable[[Feed], bytes]
Date = Callable[[datetime], str]


class _Shape(NamedTuple):
    """A feed with a mark for each text that is its own, and these texts in order."""

    feed: Feed
    texts: tuple[str, ...]


class _Piece(NamedTuple):
    """What stands before a text in a head, the number of the text, and how it is written there."""

    before: str
    number: int
    written: Callable[[str], str]


def fill_head(feed: Feed, write: Write, date: Date) -> bytes:
    """What ``write`` makes of a feed, which depends on its texts by taking them over.

    ``date`` is how the format writes a date. Raises :class:`ValueError` where a text has a
    character that no document may hold.
    """
    if feed.deleted or _OPEN in feed.author + feed.rights:
        return write(feed)
    shape = _shape(feed)
    pieces, end = _pieces(shape.feed, write, date)
    texts = (*shape.texts, date(feed.updated))
    return encode_xml("".join([piece.before + piece.written(texts[piece.number]) for piece in pieces]) + end)


def _shape(feed: Feed) -> _Shape:
    numbers: dict[str, int] = {}

    def mark(value: str) -> str:
        return f"{_OPEN}{numbers.setdefault(value, len(numbers))}{_CLOSE}" if value else ""

    def marked(picture: Image) -> Image:
        # As an address of the same kind, since the kind decides whether it may stand there.
        kind = media_type(picture.url)
        ending = "." + kind.partition("/")[2] if kind else ""
        return replace(picture, url=mark(picture.url).replace(_CLOSE, f"//-/{_CLOSE}{ending}"))

    shape = replace(
        feed,
        id=mark(feed.id),
        home=mark(feed.home),
        self_url=mark(feed.self_url),
        links=tuple([replace(link, href=mark(link.href)) for link in feed.links]),
        title=mark(feed.title),
        subtitle=mark(feed.subtitle),
        icon=mark(feed.icon),
        logo=marked(feed.logo) if feed.logo else None,
        updated=_DATE,
    )
    return _Shape(shape, tuple(numbers))


@lru_cache(maxsize=256)
def _pieces(shape: Feed, write: Write, date: Date) -> tuple[tuple[_Piece, ...], str]:
    """The head of a shape, cut at its marks and its date; and what stands behind the last of them."""
    written = write(shape).decode().replace(date(_DATE), _DATE_MARK)
    pieces, done = [], 0
    for found in _MARK.finditer(written):
        in_tag = written[found.start() - 1] == '"'
        pieces.append(
            _Piece(written[done : found.start()], int(found[1]), escape_attribute if in_tag else escape_text)
        )
        done = found.end()
    return tuple(pieces), written[done:]
