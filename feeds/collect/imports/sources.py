"""Tell what a source is by looking at its content, and read it."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Literal, NamedTuple

from feeds.collect.imports.bookmarks import is_bookmarks, read_bookmarks
from feeds.collect.imports.records import Source
from feeds.collect.imports.spreadsheets import TableReading, read_csv, read_json
from feeds.collect.imports.whole_feeds import read_feed
from feeds.errors import FeedsError, StorageError
from feeds.lib.storage.files import read_file

MOST_BYTES = 100_000_000
Family = Literal["feed", "list", "bookmarks", "json", "csv"]
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"),
)  # fmt: skip
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]{1,40})["']""")
_OF_SERVER = re.compile(rb"""\bcharset\s*=\s*"?([\w.-]{1,40})""", re.IGNORECASE)
_ROOT = re.compile(r"<(?:\w+:)?(opml|rss|feed|rdf|channel|html|!doctype\s+html)\b", re.IGNORECASE)
_JSON_FEED = re.compile(r'"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org')
_BEGIN = 8000


class Content(NamedTuple):
    """The content of a source: bytes, text, family, and where it was found.

    ``found`` is "" for a file. ``content_type`` is what its server said. ``encoding`` is the one that was
    guessed, "" if it is what the source says.
    """

    data: bytes
    text: str
    family: Family
    url: str = ""
    content_type: str = ""
    encoding: str = ""


def read_bounded(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises :class:`StorageError` if it is unreadable or too large.
    """
    try:
        data = read_file(path, MOST_BYTES + 1)
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror}.") from None
    if len(data) > MOST_BYTES:
        raise StorageError(f"{path}: is larger than {MOST_BYTES // 10**6} MB. Divide it.")
    return data


def recognise(data: bytes, url: str = "", content_type: str = "") -> Content:
    """Tell what bytes are.

    Raises :class:`FeedsError` if they cannot be imported.
    """
    text, encoding = _decode(data, content_type)
    begin = text.lstrip()[:_BEGIN]
    if not begin:
        raise FeedsError("is empty.")
    if "\0" in begin:
        raise FeedsError("is not text. If it is an archive, unpack it first.")
    return Content(data, text, _find_family(begin, text), url, content_type, encoding)


def read_records(content: Content, how: TableReading) -> Source:
    """Return the records of any source but a list of feeds.

    Raises :class:`FeedsError` if they cannot be read.
    """
    if how.mapping and content.family not in {"csv", "json"}:
        raise FeedsError("is not a table, so --map says nothing about it.")
    match content.family:
        case "bookmarks":
            return read_bookmarks(content.text, how.zone)
        case "json":
            return read_json(content.text, how)
        case "csv":
            return read_csv(content.text, how)
        case _:
            return read_feed(content.data, content.url, content.content_type, how.zone, full=how.full)


def _find_family(begin: str, text: str) -> Family:
    if begin.startswith("<"):
        if is_bookmarks(begin):
            return "bookmarks"
        root = _ROOT.search(begin)
        if root is not None and root[1].lower() == "opml":
            return "list"
        return "feed"
    if begin.startswith(("{", "[")):
        is_feed = _JSON_FEED.search(begin) or (begin.startswith("{") and _JSON_FEED.search(text))
        return "feed" if is_feed else "json"
    return "csv"


def _decode(data: bytes, content_type: str) -> tuple[str, str]:
    """Return bytes as text, and the encoding if that is a guess."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace").removeprefix("\ufeff"), ""
    declared = _DECLARED.match(data) or _OF_SERVER.search(content_type.encode())
    try:
        return data.decode(declared[1].decode() if declared else "utf-8"), ""
    except (UnicodeDecodeError, LookupError):
        # What programs write that do not write UTF-8.
        return data.decode("windows-1252", "replace"), "Windows-1252"
