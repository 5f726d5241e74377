"""Read the feeds of others, in any format, from their bytes.

Entries are as feedparser has them, whatever the format; a JSON Feed is brought into that form.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import unescape
from importlib.util import find_spec
from typing import Any, NamedTuple

import msgspec

from feeds.errors import FeedsError
from feeds.lib.bounded_work import BoundedWork, EndedError, TooSlowError
from feeds.lib.text.plain import strip_html
from feeds.lib.text.tags import list_tags
from feeds.lib.text.urls import canonicalise

Entry = Mapping[str, Any]
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_MOST_NAMED = 3
# A page names its feeds in its head.
_MOST_OF_PAGE = 200_000
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!doctype\s+html|<html)\b", re.IGNORECASE
)
# What is shorter takes a second at most, whatever is in it. Others take three for each megabyte on a usual machine,
# and may take ten times as long.
_QUICK, _MOST_SECONDS, _MEGABYTE = 50_000, 30, 1_000_000


class SourceFeed(NamedTuple):
    """Somebody else's feed: ``url`` is its address, ``link`` its page, "" for none.

    ``authors`` are those of entries that name none. ``damage`` says where its XML is broken.
    """

    title: str
    url: str
    link: str
    language: str
    authors: tuple[str, ...]
    entries: Sequence[Entry]
    damage: str = ""


class NoFeedError(FeedsError):
    """Something is not a feed; ``feeds`` are those that it names, if it is a page."""

    def __init__(self, text: str, feeds: Sequence[str] = ()) -> None:
        self.feeds = tuple(feeds)
        super().__init__(text)


def parse_feed(data: bytes, url: str, content_type: str = "", *, sanitised: bool = True) -> SourceFeed:
    """Return what a feed says.

    Raises :class:`NoFeedError` if the bytes are not one. ``url`` is where they were found, which relative
    addresses count from, "" for a file. Unless ``sanitised``, HTML is as it was written, but for addresses
    that count from a base that the feed names.
    """
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _parse_json_feed(data, url)
    # A page may be written as XML, and takes long to be read as a feed.
    found = None if _PAGE.match(data) else _parse_xml(_ParseRequest(data, url, content_type, sanitised))
    if found is None:
        raise _make_error(data, url)
    return found


class _ParseRequest(NamedTuple):
    """What :func:`parse_feed` was asked."""

    data: bytes
    url: str
    content_type: str
    sanitised: bool


def _parse_xml(request: _ParseRequest) -> SourceFeed | None:
    """Return what feedparser finds, None for no feed.

    A long text is read by a process that can be ended.
    """
    if find_spec("feedparser") is None:
        raise ModuleNotFoundError(name="feedparser")
    asked = _encode(request)
    seconds = _MOST_SECONDS * (1 + len(request.data) // _MEGABYTE)
    try:
        answer = parse_for_parent(asked) if len(request.data) < _QUICK else _parse_elsewhere(asked, seconds)
    except TooSlowError:
        raise NoFeedError(f"takes more than {seconds} seconds of a processor to be read.") from None
    except EndedError:
        raise NoFeedError("ends each process that reads it.") from None
    found = _decode_feed(answer)
    if isinstance(found, str):
        raise NoFeedError(f"is not a feed that can be read ({found}).")
    return found


def parse_for_parent(asked: bytes) -> bytes:
    """Return what feedparser finds for the parent: a feed, None, or an error's name."""
    request = _decode_request(asked)
    try:
        return _encode(_run_feedparser(request))
    except Exception as error:  # noqa: BLE001 - whatever a parser makes of garbage, the other feeds go on
        return _encode(type(error).__name__)


def _run_feedparser(request: _ParseRequest) -> SourceFeed | None:
    # Loaded for the first feed, because that takes a tenth of a second.
    import feedparser

    # What is UTF-8 by its bytes is so whatever server and declaration say.
    content_type = "application/xml; charset=utf-8" if _is_utf8(request.data) else request.content_type
    headers = {"content-location": request.url, "content-type": content_type}
    # A stream, because it opens what looks like an address or the name of a file.
    found = feedparser.parse(
        io.BytesIO(request.data),
        response_headers={name: value for name, value in headers.items() if value},
        sanitize_html=request.sanitised,
        resolve_relative_uris=request.sanitised or b"xml:base" in request.data,
    )
    version, feed = found.get("version", ""), found.feed
    if not version and not found.entries:
        return None
    return SourceFeed(
        title=read_text(feed, "title"),
        url=request.url,
        link=canonicalise(str(feed.get("link") or ""), request.url) or "",
        language=str(feed.get("language") or ""),
        # In RSS, the feed names the editor here, who did not write the entries.
        authors=tuple(read_names(feed)) if version.startswith("atom") else (),
        entries=tuple(found.entries),
        damage=_describe_damage(found.get("bozo_exception")),
    )


def _is_utf8(data: bytes) -> bool:
    """Return whether a text has other letters than those of ASCII, and all in UTF-8."""
    if data.isascii():
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


_encode = msgspec.msgpack.Encoder().encode
_decode_request = msgspec.msgpack.Decoder(_ParseRequest).decode
_decode_feed: Callable[[bytes], SourceFeed | str | None] = msgspec.msgpack.Decoder(
    SourceFeed | str | None
).decode
_parse_elsewhere = BoundedWork(__name__, parse_for_parent.__name__)


def _describe_damage(error: Any) -> str:
    line = getattr(error, "getLineNumber", lambda: None)()
    return f"line {line}: {error.getMessage()}" if line else ""


def read_text(part: Entry, name: str) -> str:
    """Return a text of a feed or an entry as one line of plain text."""
    detail = part.get(f"{name}_detail") or {}
    value = str(detail.get("value") or part.get(name) or "")
    is_html = detail.get("type", "text/html") != "text/plain"
    return strip_html(value) if is_html else " ".join(value.split())


def read_names(part: Entry) -> Iterator[str]:
    """Yield the names of an entry's or feed's authors, without e-mail addresses."""
    for author in part.get("authors") or ():
        name = " ".join(strip_html(str(author.get("name") or "")).split())
        if "@" in name:
            # RSS has "ada@example.org (Ada)".
            name = name.partition("(")[2].rpartition(")")[0].strip() if "(" in name else ""
        if name and "@" not in name:
            yield name


def _make_error(data: bytes, url: str) -> NoFeedError:
    if not data.strip():
        return NoFeedError("is empty.")
    page = data[:_MOST_OF_PAGE].decode("utf-8", "replace")
    if not any(list_tags(page, ("html", "head", "body"))):
        return NoFeedError("is not a feed that can be read.")
    named = list(dict.fromkeys(_find_feeds(page, url)))[:_MOST_NAMED]
    if not named:
        return NoFeedError("is a page, and names no feed.")
    return NoFeedError(f"is a page, not a feed. It names: {', '.join(named)}", named)


def _find_feeds(page: str, url: str) -> Iterator[str]:
    """Yield the addresses of the feeds that a page names (HTML, section 4.6.7.1)."""
    for tag in list_tags(page, ("link",)):
        link = {name: unescape(value) for name, value in tag.list_attributes().items()}
        kind = link.get("type", "").partition(";")[0].strip().lower()
        if (
            "alternate" in link.get("rel", "").lower().split()
            and kind in _FEED_TYPES
            and (address := canonicalise(link.get("href", ""), url))
        ):
            yield address


def _parse_json_feed(data: bytes, url: str) -> SourceFeed:
    """Return what a JSON Feed says (https://www.jsonfeed.org/version/1.1/)."""
    try:
        feed = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise NoFeedError("is not a feed that can be read.") from None
    items = feed.get("items")
    if "jsonfeed.org/version/" not in str(feed.get("version")) or not isinstance(items, list):
        raise NoFeedError("is JSON, but no JSON Feed.")
    return SourceFeed(
        title=" ".join(_take(feed, "title").split()),
        url=url,
        link=canonicalise(_take(feed, "home_page_url"), url) or "",
        language=_take(feed, "language"),
        authors=tuple(read_names({"authors": _list_authors(feed)})),
        entries=tuple(_convert_item(item, url) for item in items if isinstance(item, dict)),
    )


def _convert_item(item: Entry, url: str) -> Entry:
    """Return an item of a JSON Feed as feedparser would have it."""
    link = _take(item, "external_url") or _take(item, "url")
    html, plain = _take(item, "content_html"), _take(item, "content_text")
    content = html or plain
    kind = "text/html" if html else "text/plain"
    attached = [one for one in _list(item, "attachments") if isinstance(one, dict)]
    entry: dict[str, Any] = {
        "id": str(item.get("id") or ""),
        "link": link,
        "page_url": _take(item, "url"),
        "external_url": _take(item, "external_url"),
        # Our own extension.
        "provider": _take(item["_feeds"], "provider") if isinstance(item.get("_feeds"), dict) else "",
        "links": [{"rel": "alternate", "type": "text/html", "href": link}] if link else [],
        "language": _take(item, "language"),
        "authors": _list_authors(item),
        "tags": [{"term": tag} for tag in _list(item, "tags") if isinstance(tag, str)],
    }
    for name, written in (("title", "title"), ("summary", "summary")):
        if text := _take(item, written):
            entry[f"{name}_detail"] = {"value": text, "type": "text/plain", "base": url}
    if content:
        entry["content"] = [{"value": content, "type": kind, "base": url}]
    for name, written in (("published", "date_published"), ("updated", "date_modified")):
        if text := _take(item, written):
            entry[name] = text
    entry["links"] += [
        {"rel": "enclosure", "href": _take(one, "url"), "type": _take(one, "mime_type")} for one in attached
    ]
    if (picture := _take(item, "image") or _take(item, "banner_image")) != "":
        entry["image"] = {"href": picture}
    seconds = next((one["duration_in_seconds"] for one in attached if "duration_in_seconds" in one), None)
    if isinstance(seconds, int | float):
        entry["itunes_duration"] = str(round(seconds))
    return entry


def _take(table: Entry, name: str) -> str:
    value = table.get(name)
    return value if isinstance(value, str) else ""


def _list(table: Entry, name: str) -> list[Any]:
    value = table.get(name)
    return value if isinstance(value, list) else []


def _list_authors(table: Entry) -> list[dict[str, str]]:
    authors = _list(table, "authors") or [table.get("author")]
    return [{"name": _take(author, "name")} for author in authors if isinstance(author, dict)]
