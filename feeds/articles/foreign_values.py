"""Reads values as other generators take them: dates, names, pictures, switches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

from feeds.model import DateOrder

_DATE = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"(?:(?:[T ]\s*|,\s*)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    # The form of programs that print parts of a date as C does.
    r"(?:\s+(?P=year)(?=\s+[+-]))?)?"
    r"\s*(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?)?",
    re.IGNORECASE,
)
# Day and month in whichever order; only those of programs with the month first read a year of two digits so.
_DAY_AND_MONTH = re.compile(
    r"(0?[1-9]|1[0-2])([/.-])(0?[1-9]|[12]\d|3[01])\2(\d{4}|\d\d)(?!\d)(.*)", re.DOTALL
)
_SHORT_YEAR, _YEARS_OF_TWO_DIGITS, _MONTHS = 2, 50, 12
# [[2024-01-31]], [[journal/2024-01-31|that day]]
_LINK_TO_NOTE = re.compile(r"\[\[(?:[^\[\]|#]*/)?([^\[\]|#/]+)(?:[|#][^\[\]]*)?\]\]")
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})?")
_LINK = re.compile(r"\[([^\[\]]++)\]\([^()\s]*+\)")
_LINK_IN_TEXT = re.compile(
    r"!?\[([^\[\]]++)\]\((?:https?://|/|\.{1,2}/|#)[^()\s]*+(?:\([^()\s]*+\)[^()\s]*+)*+(?:\s++\"[^\"]*+\")?\)"
)
_NAMED_ADDRESS = re.compile(r"\S+@\S+\s+\(([^)]+)\)|([^<]+?)\s*<\S+@\S+>")
_NO_URL = re.compile(r"\s|\{\{|\{%|\{<")
_ATTRIBUTES = re.compile(r"\s*\{[:#.][^{}]*\}\s*\Z")
_MARKS = re.compile(r"(?<!\\)(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1|!?\[([^\]]*)\]\([^)]*\)")
_LONGEST_TITLE = 1000
_LONGEST_DATE = 100
# The keys by which objects name a picture, and what is said about it.
_PICTURE_KEYS = (
    "url",
    "src",
    "path",
    "image",
    "file",
    "filename",
    "href",
    "feature",
    "teaser",
    "thumb",
    "relative_path",
)
_CAPTION_KEYS = ("title", "caption", "alt", "image_alt", "description")
_NAME_KEYS = ("name", "display_name", "title", "label", "literal")
_SEPARATORS = {",": re.compile(r"\s*,\s*"), ";,": re.compile(r"\s*[;,]\s*"), " ": re.compile(r"\s+")}

# What hides a post, in whichever generator: a clear yes of the first, a clear no of the second, a word of the third.
YES_HIDES = frozenset(
    {"draft", "unlisted", "hidden", "private", "isdraft", "is_draft", "headless", "eleventyexcludefromcollections"}
)  # fmt: skip
NO_HIDES = frozenset({"published", "publish", "public", "visible", "ispublished"})
WORD_HIDES = frozenset({"status", "visibility", "state"})
SWITCHES = YES_HIDES | NO_HIDES | WORD_HIDES | {"removed", "deleted", "password", "permalink"}
SHOWING_WORDS = frozenset({"published", "publish", "public", "featured", "final", "live"})
HIDING_WORDS = frozenset(
    {"draft", "hidden", "private", "skip", "unlisted", "unpublished", "pending", "trash", "archived"}
)  # fmt: skip


def is_date(value: object) -> bool:
    """Return whether a value is meant as a date, and not as a switch."""
    return isinstance(value, date) or (isinstance(value, str) and value[:1].isdigit())


def normalise_date(value: object, order: DateOrder = "") -> object:
    """Return a text that other generators take for a date in ISO 8601, else the value.

    ``order`` is how 01/02/2024 is read, "" if that is unclear. A link to the note of a day is that day.
    """
    if isinstance(value, list):
        # YAML takes a link to a note for lists.
        inner: Any = value
        while isinstance(inner, list) and len(inner) == 1:
            inner = inner[0]
        value = inner if isinstance(inner, (str, date)) else value
    if not isinstance(value, str) or len(value) > _LONGEST_DATE:
        return value
    text = value.strip()
    if text.startswith("[[") and (link := _LINK_TO_NOTE.fullmatch(text)) is not None:
        text = value = link[1].strip()
    if order and (match := _DAY_AND_MONTH.fullmatch(text)) is not None:
        text = value = _order_date(match, order) or text
    found = _DATE.fullmatch(text)
    if found is None:
        return value
    day = f"{found['year']}-{int(found['month']):02}-{int(found['day']):02}"
    if found["hour"] is None:
        return day
    zone = (found["zone"] or "").upper()
    offset = _OFFSET.search(zone)
    end = f"{offset[1]}{int(offset[2]):02}:{offset[3] or '00'}" if offset else "+00:00" if zone else ""
    return f"{day}T{int(found['hour']):02}:{found['minute']}:{found['second'] or '00'}{end}"


def _order_date(match: re.Match[str], order: DateOrder) -> str:
    """Return a date of day, month and year in ISO 8601, "" if it is unclear."""
    one, _, other, year, rest = match.groups()
    if order == "day-first":
        # A first number of more than 12 is clear by itself.
        return f"{year}-{other}-{one}{rest}" if len(year) > _SHORT_YEAR and int(other) <= _MONTHS else ""
    if len(year) == _SHORT_YEAR:
        year = f"{'20' if int(year) < _YEARS_OF_TWO_DIGITS else '19'}{year}"
    return f"{year}-{one}-{other}{rest}"


def read_written(value: object) -> datetime | None:
    """Return a date as written, in whatever zone, None if it is in no plain form."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - the zone is the author's
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def clean_heading(text: str) -> str:
    """Return a heading as plain text, without attributes and Markdown's usual marks."""
    text = _ATTRIBUTES.sub("", text[:_LONGEST_TITLE])
    return _MARKS.sub(lambda match: match[2] or match[3] or "", text).strip()


def drop_links(text: str) -> str:
    """Return a plain text with the text of each link that is written as in Markdown."""
    return _LINK_IN_TEXT.sub(r"\1", text)


@lru_cache(maxsize=64)
def is_same_title(heading: str, title: str) -> bool:
    """Return whether two titles are equal but for case and blanks."""
    return heading.casefold().split() == title.casefold().split()


@lru_cache(maxsize=64)
def is_same_language(one: str, other: str) -> bool:
    """Return whether two language tags are equal, as far as both of them say."""
    first, second = one.lower().split("-"), other.lower().split("-")
    return all(part == another for part, another in zip(first, second, strict=False))


def split_names(value: object, separator: str) -> object:
    """Return topics as texts: from one text, objects with a name, or nested lists."""
    if isinstance(value, str) and separator:
        return [name for name in _SEPARATORS[separator].split(value.strip()) if name]
    if not isinstance(value, list) or not any(isinstance(item, (dict, list)) for item in value):
        return value
    return [name for item in value for name in _flatten(item)]


def _flatten(item: object) -> Iterator[object]:
    if isinstance(item, list):
        for inner in item:
            yield from _flatten(inner)
    elif isinstance(item, dict):
        name = _find_name(item)
        yield name or item
    else:
        yield item


def _find_name(item: Mapping[Any, Any]) -> str:
    """Return the name that an object has, "" if it has none."""
    for key in _NAME_KEYS:
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, dict):
            parts = [value.get(part) for part in ("given", "family")]
            return " ".join(part for part in parts if isinstance(part, str)) or _find_name(value)
    return ""


def read_authors(value: object, separator: str, known: Mapping[str, str]) -> list[str]:
    """Return authors' names from texts, objects, or keys of the file of authors."""
    if isinstance(value, str) and separator == ";,":
        items: list[Any] = re.split(r"\s*;\s*", value) if ";" in value else [value]
    else:
        items = value if isinstance(value, list) else [value]
    names = []
    for item in items:
        name = _find_name(item) if isinstance(item, dict) else item
        if isinstance(item, dict) and not name and isinstance(item.get("key"), str):
            name = item["key"]
        if isinstance(name, (str, int)) and not isinstance(name, bool):
            text = str(name).strip()
            if "](" in text:
                text = _LINK.sub(r"\1", text)
            address = _NAMED_ADDRESS.fullmatch(text)
            names.append(known.get(text) or ((address[1] or address[2]) if address else text))
    return [name for name in names if name]


def read_author_names(text: str) -> dict[str, str]:
    """Return authors' names by key from a YAML file, none if it is unreadable."""
    # Loaded for the sites that have such a file.
    import yaml

    try:
        found = yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError):
        return {}
    # MkDocs lists them below "authors".
    authors = found.get("authors", found) if isinstance(found, dict) else {}
    named = {
        key: author.get("name") if isinstance(author, dict) else author
        for key, author in (authors.items() if isinstance(authors, dict) else ())
    }
    return {key: name for key, name in named.items() if isinstance(key, str) and isinstance(name, str)}


def read_pictures(value: object, page: str, pictures: str) -> list[dict[str, Any]]:
    """Return pictures as our front matter has them, with absolute addresses.

    ``page`` is the address that relative ones start from. Those that the generator renames ("built"), and
    those that no address can be made of, are left out.
    """
    found = []
    for item in value if isinstance(value, list) else [value]:
        picture = item if isinstance(item, dict) else {"url": item}
        written = next(
            (text for key in _PICTURE_KEYS if isinstance(text := picture.get(key), str) and text), ""
        )
        url = _locate_picture(written.strip(), page, pictures)
        if url:
            title = next(
                (text for key in _CAPTION_KEYS if isinstance(text := picture.get(key), str) and text), ""
            )
            more = {key: picture[key] for key in ("width", "height", "attribution") if key in picture}
            found.append({"url": url, **({"title": title} if title else {}), **more})
    return found


def _locate_picture(written: str, page: str, pictures: str) -> str:
    if written.startswith(("http://", "https://")):
        return written
    if not written or _NO_URL.search(written) or ":" in written.partition("/")[0]:
        return ""
    if not page or (pictures == "built" and not written.startswith("/")):
        return ""
    if written.startswith(("@", "~", "../../")):
        return ""
    if pictures == "root" and not written.startswith(("./", "../")):
        written = f"/{written.lstrip('/')}"
    try:
        return urljoin(page, written)
    except ValueError:
        return ""
