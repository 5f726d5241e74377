"""Turn a feed's entry into an article's fields; leave out what it does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from feeds.collect.new import escape_markup
from feeds.collect.source_feeds import Entry, SourceFeed, read_names, read_text
from feeds.lib.text.dates import DateError, parse, parse_length
from feeds.lib.text.languages import is_language
from feeds.lib.text.media_types import find_media_type, find_medium, read_media_type
from feeds.lib.text.plain import shorten, strip_html
from feeds.lib.text.tags import list_tags
from feeds.lib.text.urls import canonicalise, canonicalise_domain

UTC_ZONE = ZoneInfo("UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_TITLE, _LONGEST_EXCERPT, _LONGEST_NAME, _LONGEST_TEXT = 80, 400, 200, 2000
_MOST_TAGS, _MOST_IMAGES = 30, 5
# What WordPress puts below each text.
_BOILERPLATE = re.compile(r"\s*The post .{1,300} (?:appeared first on|first appeared on) .{1,200}$")
_READ_MORE = re.compile(
    r"\s*(?:\[(?:…|\.{3})\]|(?:…|\.{3})?\s*(?:Continue reading|Read more)\b.{0,200})\s*(?:→|»)?$"
)
# Pictures of one pixel count readers, so smaller ones than this are left out.
_SMALLEST_PICTURE = 3


def make_fields(entry: Entry, feed: SourceFeed, zone: ZoneInfo = UTC_ZONE) -> dict[str, Any]:
    """Return the fields of the article about an entry, by our names and in our order.

    Values are texts, numbers, times in UTC, lists and mappings. ``zone`` is that of a date without one.
    What the entry does not have is left out, also title, date and address.
    """
    address = find_address(entry, feed)
    published = _read_date(entry, "published", zone) or _read_date(entry, "updated", zone)
    updated = _read_date(entry, "updated", zone)
    title = read_text(entry, "title")
    excerpt = _read_excerpt(entry, title)
    if not title:
        # A short note has no title; readers of feeds show its beginning.
        title, excerpt = shorten(excerpt, _LONGEST_TITLE), excerpt if len(excerpt) > _LONGEST_TITLE else ""
    featured = _find_featured(entry, feed, address)
    fields: dict[str, Any] = {
        "title": escape_markup(title),
        "excerpt": escape_markup(excerpt),
        "publishedDateTime": published,
        "updatedDateTime": updated if published and updated and updated > published else None,
        "originalUrl": address,
        "type": _find_type(entry, featured.get("medium")),
        "length": parse_length(str(entry.get("itunes_duration") or "")),
        "locale": _read_language(entry, feed),
        "provider": _describe_provider(entry, feed, address),
        "tags": list(dict.fromkeys(name for _, name in list_tag_names(entry)))[:_MOST_TAGS],
        "images": _list_images(entry, feed),
        "featuredContent": featured.get("content"),
    }
    return {name: value for name, value in fields.items() if value}


def find_address(entry: Entry, feed: SourceFeed) -> str:
    """Return the address of what an entry is about, "" if it has none.

    That of the file that it encloses counts if there is no other.
    """
    links = entry.get("links") or ()
    pages = [
        link.get("href")
        for link in links
        if link.get("rel", "alternate") == "alternate" and "html" in (link.get("type") or "text/html")
    ]
    named = [entry.get("feedburner_origlink"), *pages, *([entry.get("link")] if links else [])]
    own_id = str(entry.get("id") or "")
    named += [own_id] if own_id.startswith(("http://", "https://")) else []
    named += [link.get("href") for link in links if link.get("rel") == "enclosure"]
    base = _find_base(entry, feed)
    found = next((url for one in named if one and (url := canonicalise(str(one), base))), "")
    return _remove_trackers(found) if "?" in found else found


def _remove_trackers(url: str) -> str:
    # Loaded for the first address that may have any.
    from feeds.collect.page import remove_trackers

    return remove_trackers(url)


def _find_base(entry: Entry, feed: SourceFeed) -> str:
    """Return what relative addresses of an entry count from (XML Base)."""
    details = [entry.get("title_detail"), entry.get("summary_detail"), *(entry.get("content") or ())]
    return next((str(one["base"]) for one in details if one and one.get("base")), feed.url)


def _read_date(entry: Entry, name: str, zone: ZoneInfo) -> datetime | None:
    """Return a date of an entry, None if it has none that can be read in one way only."""
    # By its own method, because feedparser's gives one date in place of the other.
    written = dict(entry).get(name)
    if not isinstance(written, str):
        return None
    try:
        moment = parse(written, zone)
    except DateError:
        return None
    # Programs without a date write this one.
    return None if moment == _EPOCH else moment


def _read_excerpt(entry: Entry, title: str) -> str:
    """Return the beginning of what an entry says beside its title."""
    text = read_text(entry, "summary")
    for content in entry.get("content") or ():
        value = str(content.get("value") or "")
        text = text or (value if content.get("type") == "text/plain" else strip_html(value))
    text = " ".join(text.split())
    if len(text) < _LONGEST_TEXT:
        # The end of a longer one is cut off anyway.
        text = _READ_MORE.sub("…", _BOILERPLATE.sub("", text))
    return "" if text in {title, "…"} else shorten(text, _LONGEST_EXCERPT)


def _read_language(entry: Entry, feed: SourceFeed) -> str:
    details = [entry, *(entry.get("content") or ()), entry.get("title_detail") or {}]
    named = [*(one.get("language") for one in details), feed.language]
    written = next((str(one).replace("_", "-") for one in named if one), "")
    return written if is_language(written) else ""


def _describe_provider(entry: Entry, feed: SourceFeed, address: str) -> dict[str, Any]:
    """Return who published what an entry is about: the feed's site or another one."""
    domain = canonicalise_domain(urlsplit(address).hostname or "") or ""
    source = entry.get("source") or {}
    name = read_text(source, "title") if isinstance(source, Mapping) else ""
    home = canonicalise_domain(urlsplit(feed.link or feed.url).hostname or "") or ""
    is_own = not domain or domain == home or domain.endswith(f".{home}") or home.endswith(f".{domain}")
    if not name and is_own:
        name = feed.title
    authors = list(dict.fromkeys(read_names(entry))) or (list(feed.authors) if is_own else [])
    found = {
        "name": escape_markup(name),
        "domain": domain or home,
        "authors": [{"name": escape_markup(author)} for author in authors if len(author) <= _LONGEST_NAME],
    }
    return {key: value for key, value in found.items() if value}


def list_tag_names(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield an entry's categories with the address of their list, "" for none."""
    for tag in entry.get("tags") or ():
        name = escape_markup(strip_html(str(tag.get("label") or tag.get("term") or "")))
        # Some feeds have addresses there.
        if name and len(name) <= _LONGEST_NAME and "://" not in name:
            yield str(tag.get("scheme") or ""), name


def _list_images(entry: Entry, feed: SourceFeed) -> list[dict[str, Any]]:
    """Return the pictures that an entry names, or else the first one in its text."""
    base = _find_base(entry, feed)
    found: dict[str, dict[str, Any]] = {}
    for picture in _list_named_pictures(entry) or _list_shown_pictures(entry):
        url = canonicalise(str(picture.get("url") or ""), base)
        width, height = (_read_pixels(picture.get(name)) for name in ("width", "height"))
        if url and (width or _SMALLEST_PICTURE) >= _SMALLEST_PICTURE:
            sizes = {"width": width, "height": height} if width and height else {}
            found.setdefault(url, {"url": url, **sizes})
    return list(found.values())[:_MOST_IMAGES]


def _list_named_pictures(entry: Entry) -> list[Mapping[str, Any]]:
    media = [
        one
        for one in entry.get("media_content") or ()
        if "image" in (one.get("medium"), _find_medium(one.get("url"), one.get("type")))
    ]
    enclosed = [
        {"url": one.get("href")}
        for one in entry.get("links") or ()
        if one.get("rel") == "enclosure" and _find_medium(one.get("href"), one.get("type")) == "image"
    ]
    own = entry.get("image") or {}
    return [
        *media,
        *(entry.get("media_thumbnail") or ()),
        *enclosed,
        *([{"url": own["href"]}] if own.get("href") else []),
    ]


def _list_shown_pictures(entry: Entry) -> list[Mapping[str, Any]]:
    texts = [*(entry.get("content") or ()), entry.get("summary_detail") or {}]
    for text in texts:
        for tag in list_tags(str(text.get("value") or ""), ("img",)):
            attributes = tag.list_attributes()
            if attributes.get("src", "").startswith(("http", "/")) and attributes.get("width") not in {
                "0",
                "1",
            }:
                return [{**attributes, "url": attributes["src"].replace("&amp;", "&")}]
    return []


def _read_pixels(written: object) -> int | None:
    text = str(written or "").removesuffix("px")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("100000") else None


def _find_featured(entry: Entry, feed: SourceFeed, address: str) -> dict[str, Any]:
    """Return an entry's first film or sound as ``featuredContent``, and its medium."""
    if entry.get("yt_videoid") and address:
        return {"medium": "video", "content": address}
    for url, kind in list_files(entry):
        medium, file = _find_medium(url, kind), canonicalise(url, _find_base(entry, feed))
        if file and medium in {"audio", "video"}:
            written = read_media_type(kind) or find_media_type(file)
            return {"medium": medium, "content": {"url": file, **({"type": written} if written else {})}}
    return {}


def _find_type(entry: Entry, medium: str | None) -> str | None:
    """Return an entry's kind, if it says so; a podcast feed says it by its fields."""
    is_podcast = medium == "audio" and any(name.startswith("itunes_") for name in entry)
    return "podcast" if is_podcast else medium


def list_files(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield the addresses and media types of the files that an entry names."""
    for link in entry.get("links") or ():
        if link.get("rel") == "enclosure":
            yield str(link.get("href") or ""), str(link.get("type") or "")
    for media in entry.get("media_content") or ():
        yield str(media.get("url") or ""), str(media.get("type") or "")


def _find_medium(url: object, kind: object) -> str | None:
    """Return the medium of a file by its type, else by the ending of its address."""
    return find_medium(read_media_type(str(kind or ""))) or find_medium(find_media_type(str(url or "")))
