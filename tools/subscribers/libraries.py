"""Readers that are Python packages: feedparser, reader and listparser."""

from __future__ import annotations

import importlib.metadata
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .records import Outline, Reader, Record, View, moment, pictures_in, unique


def readers() -> list[Reader]:
    """The readers of this module."""
    return [
        Reader("feedparser", _version("feedparser"), ("atom", "rss"), read_with_feedparser),
        Reader("reader", _version("reader"), ("atom", "rss", "json"), read_with_reader),
        Reader("listparser", _version("listparser"), outlines=read_with_listparser),
    ]


def read_with_feedparser(url: str, _folder: Path) -> View:
    """What feedparser finds; a feed that is not well formed is an error."""
    import feedparser

    parsed = feedparser.parse(url)
    if parsed.bozo:
        raise ValueError(f"feedparser: {parsed.bozo_exception}")
    records = [_feedparser_record(entry) for entry in parsed.entries]
    return View(records, parsed.feed.get("title", ""), parsed.feed.get("link", ""))


def _feedparser_record(entry: Any) -> Record:
    media = [item for item in entry.get("media_content", []) if item.get("medium") == "image"]
    pictures = [item.get("url", "") for item in (*media, *entry.get("media_thumbnail", []))]
    return Record(
        id=entry.get("id", ""),
        title=entry.get("title", ""),
        link=entry.get("link", ""),
        published=moment(entry.get("published_parsed")),
        pictures=unique(pictures),
    )


def read_with_reader(url: str, folder: Path) -> View:
    """What the package ``reader`` has stored after an update."""
    from reader import make_reader

    with make_reader(str(folder / "reader.sqlite")) as store:
        store.add_feed(url)
        store.update_feed(url)
        feed = store.get_feed(url)
        records = [_reader_record(entry) for entry in store.get_entries()]
    return View(records, feed.title or "", feed.link or "")


def _reader_record(entry: Any) -> Record:
    enclosed = (item.href for item in entry.enclosures if (item.type or "").startswith("image/"))
    content = entry.get_content()
    return Record(
        id=entry.id,
        title=entry.title or "",
        link=entry.link or "",
        published=moment(entry.published),
        pictures=unique((*pictures_in(content.value if content else ""), *enclosed)),
    )


def read_with_listparser(url: str, _folder: Path) -> list[Outline]:
    """The subscriptions that listparser finds."""
    import listparser

    found = listparser.parse(fetched(url))
    if found.bozo:
        raise ValueError(f"listparser: {found.bozo_exception}")
    return [Outline(feed.url, feed.title, "/".join(feed.categories[0])) for feed in found.feeds]


def fetched(url: str) -> bytes:
    """The body of a document."""
    with urllib.request.urlopen(url, timeout=30) as response:  # noqa: S310 - an address of ours
        body: bytes = response.read()
    return body


def _version(package: str) -> Callable[[], str | None]:
    def version() -> str | None:
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            return None

    return version
