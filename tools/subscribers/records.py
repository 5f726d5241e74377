"""What a reader keeps of a feed, in one shape for all readers."""

from __future__ import annotations

import calendar
import html
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

_IMAGE = re.compile(r"""<img\b[^>]*?\ssrc\s*=\s*["']([^"']+)""", re.IGNORECASE)
FIELDS = ("id", "title", "link", "published", "pictures")


@dataclass(frozen=True)
class Record:
    """An entry as a reader keeps it: empty if it has nothing, ``None`` if it keeps no such thing.

    ``published`` is in UTC, as ISO 8601 writes it. ``pictures`` are addresses, the leading one first.
    """

    id: str | None = None
    title: str | None = None
    link: str | None = None
    published: str | None = None
    pictures: tuple[str, ...] | None = None


@dataclass(frozen=True)
class View:
    """A feed as a reader keeps it: its title, the address of its page, and its entries."""

    records: Sequence[Record]
    title: str | None = None
    home: str | None = None


@dataclass(frozen=True)
class Outline:
    """A subscription that was imported: its address, title and group."""

    url: str
    title: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Reader:
    """A program or library that reads feeds.

    ``version`` gives its version, or nothing if it is not installed. ``read`` and ``outlines``
    take an address and an empty folder to work in.
    """

    name: str
    version: Callable[[], str | None]
    formats: tuple[str, ...] = ()
    read: Callable[[str, Path], View] | None = None
    outlines: Callable[[str, Path], list[Outline]] | None = field(default=None)


def moment(value: str | float | datetime | time.struct_time | None) -> str:
    """A moment in UTC as ISO 8601, whatever a reader keeps it as; empty if it is not a moment."""
    if not value:
        return ""
    if isinstance(value, time.struct_time):
        value = calendar.timegm(value)
    if isinstance(value, (int, float)):
        value = datetime.fromtimestamp(value, UTC)
    elif isinstance(value, str):
        value = _parsed(value)
    return value.astimezone(UTC).isoformat() if value else ""


def pictures_in(content: str) -> tuple[str, ...]:
    """The addresses of the pictures in HTML, each once."""
    return unique(html.unescape(found) for found in _IMAGE.findall(content))


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """The values that are not empty, each once, in their order."""
    return tuple(dict.fromkeys(value for value in values if value))


def _parsed(text: str) -> datetime | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return parse(text)
        except ValueError:
            continue
    return None
