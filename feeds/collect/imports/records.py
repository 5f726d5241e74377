"""What every reader of a source gives: records in order, and values as fields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from feeds.collect.new import escape_markup
from feeds.lib.text.dates import DateError, parse
from feeds.lib.text.plain import shorten, strip_html
from feeds.lib.text.urls import canonicalise, canonicalise_domain

LONGEST_EXCERPT = 500
_LONGEST_TITLE, _LONGEST_MADE_TITLE = 1000, 100
# An article has at most this many names, of at most this many characters.
MOST_NAMES, LONGEST_NAME = 200, 200
# Folders that every browser and service has say nothing about what is in them.
USUAL_FOLDERS = frozenset(
    {
        "archive", "bookmarks", "bookmarks bar", "bookmarks menu", "bookmarks toolbar", "favorites", "imported",
        "mobile bookmarks", "other bookmarks", "reading list", "starred", "unfiled", "unread", "unsorted",
    }
)  # fmt: skip
_OFFSET = re.compile(r":\d\d.*([+-])(\d\d):?(\d\d)\s*(?:\(.*\))?$")
_MARKUP = re.compile(r"</|<(?:p|br|div|img|blockquote|ul|ol|a\s)\b", re.IGNORECASE)
# Seconds, milliseconds and microseconds since 1970: no date of an article is near the limits between them.
_UNITS = ((10**14, 10**6), (10**11, 10**3), (10**8, 1))
_LARGEST = 10**17


class Record(NamedTuple):
    """One entry of a source: its article's fields by our names, or what is wrong.

    ``number`` counts from 1. ``body`` is HTML. ``private`` says that its owner keeps it from others there.
    ``tags`` are names that may be topics of the site, ``topics`` those that surely are topics. ``notes`` say what
    was left out.
    """

    number: int
    fields: dict[str, Any]
    body: str = ""
    private: bool = False
    tags: Sequence[str] = ()
    topics: Sequence[str] = ()
    problem: str = ""
    notes: Sequence[str] = ()


class Source(NamedTuple):
    """What a source is, in words, and its records."""

    kind: str
    records: Sequence[Record]


def read_moment(written: object, zone: ZoneInfo) -> datetime | None:
    """Return a source's date in its own zone, to the second; None if it is no date.

    A number counts seconds, milliseconds or microseconds since 1970. A date without a zone is in ``zone``.
    """
    text = str(written).strip() if isinstance(written, (str, int, float)) else ""
    if isinstance(written, bool) or not text:
        return None
    if re.fullmatch(r"\d{9,17}(\.\d+)?", text):
        return _read_number(float(text))
    try:
        moment = parse(text, zone)
    except DateError:
        return None
    if match := _OFFSET.search(text):
        sign = -1 if match[1] == "-" else 1
        offset = sign * timedelta(hours=int(match[2]), minutes=int(match[3]))
        return moment.astimezone(timezone(offset)) if abs(offset) < timedelta(days=1) else moment
    return moment if re.search(r"(?:Z|UTC?|GMT|[A-Z]{3})\s*$", text) else moment.astimezone(zone)


def _read_number(number: float) -> datetime | None:
    unit = next((unit for least, unit in _UNITS if least <= number < _LARGEST), 0)
    return datetime.fromtimestamp(number / unit, UTC).replace(microsecond=0) if unit else None


def read_line(written: object) -> str:
    """Return a text of a source as a field has it: one line, without markup."""
    text = str(written) if isinstance(written, (str, int, float)) and not isinstance(written, bool) else ""
    return escape_markup(strip_html(text) if _MARKUP.search(text) else text)


def make_title(title: str, *texts: str) -> str:
    """Return a title, or the beginning of the first text that is not empty."""
    if title:
        return shorten(title, _LONGEST_TITLE)
    return shorten(next((text for text in texts if text), ""), _LONGEST_MADE_TITLE)


def name_provider(address: str) -> dict[str, Any]:
    """Return the provider of an address by its domain, an empty one if it has none."""
    domain = canonicalise_domain(urlsplit(address).hostname or "")
    return {"domain": domain} if domain else {}


def read_address(written: object) -> str:
    """Return an http(s) address, "" if it is not one."""
    return (canonicalise(written) or "") if isinstance(written, str) else ""


def drop_empty(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that say something."""
    return {name: value for name, value in fields.items() if value not in ("", None, [], (), {})}
