"""The heads of feeds, written by feedgen and corrected by an extension each.

See RFC 4287, section 4.1.1, for Atom.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from feedgen.ext.base import BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.formats.xml import MEDIA
from feeds.lib.text.dates import format_rfc822, format_rfc3339
from feeds.lib.text.media_types import find_media_type
from feeds.model import Feed, Image

ATOM_END = b"</feed>"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
HISTORY = "http://purl.org/syndication/history/1.0"
RSS_END = b"</channel></rss>"
_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
_DC = "http://purl.org/dc/elements/1.1/"
_SY = "http://purl.org/rss/1.0/modules/syndication/"
# The largest picture that the specification allows a channel, in pixels.
_MAX_IMAGE = (144, 400)
# feedgen switches the locale of the whole process to format lastBuildDate.
_ONE_AT_A_TIME = threading.Lock()


class _AtomExtension(BaseExtension):  # type: ignore[misc] # feedgen has no type hints
    feed: Feed

    def extend_ns(self) -> dict[str, str]:
        known = {"fh": HISTORY, "media": MEDIA}
        # Declared only if used: validators warn of every namespace that they do not know.
        return known | {"at": _TOMBSTONES} if hasattr(self, "feed") and self.feed.tombstones else known

    def extend_atom(self, root: Any) -> None:
        if not hasattr(self, "feed"):
            return
        # feedgen writes +00:00; the profile of RFC 3339 that readers expect has Z.
        root.find("updated").text = format_rfc3339(self.feed.updated)
        _replace_links(root, [link.list_attributes() for link in self.feed.links])
        add_history(root, self.feed)
        for deleted in self.feed.tombstones:
            attributes = {"ref": deleted.id, "when": format_rfc3339(deleted.when)}
            etree.SubElement(root, f"{{{_TOMBSTONES}}}deleted-entry", attributes)


def write_atom_head(feed: Feed) -> bytes:
    """Return what feedgen writes before the entries."""
    generator = _make_atom_generator()
    generator.house.feed = feed
    generator.id(feed.id)
    generator.title(feed.title)
    generator.updated(feed.updated)
    generator.author({"name": feed.author})
    generator.link(href=feed.home, rel="alternate")
    generator.language(feed.language)
    generator.generator("feeds", version=feed.generator)
    if feed.logo:
        generator.logo(feed.logo.url)
    for name in ("subtitle", "icon", "rights"):
        if value := getattr(feed, name):
            getattr(generator, name)(value)
    text: bytes = generator.atom_str()
    return text.removesuffix(ATOM_END)


def add_history(parent: Any, feed: Feed) -> None:
    """Mark an archive document or a complete feed (RFC 5005, sections 2 and 4)."""
    if feed.archive:
        etree.SubElement(parent, f"{{{HISTORY}}}archive")
    elif feed.complete:
        etree.SubElement(parent, f"{{{HISTORY}}}complete")


def _make_atom_generator() -> FeedGenerator:
    generator = FeedGenerator()
    generator.register_extension("house", _AtomExtension, rss=False)
    return generator


def _replace_links(root: Any, links: Sequence[dict[str, str]]) -> None:
    """Replace feedgen's links by complete ones; feedgen keeps only their addresses."""
    for link in root.findall("link"):
        root.remove(link)
    for link in links:
        etree.SubElement(root, "link", link)


class _RssExtension(BaseExtension):  # type: ignore[misc] # feedgen has no type hints
    feed: Feed

    def extend_ns(self) -> dict[str, str]:
        return {"dc": _DC, "fh": HISTORY, "media": MEDIA, "sy": _SY}

    def extend_rss(self, root: Any) -> None:
        if not hasattr(self, "feed"):
            return
        channel = root.find("channel")
        channel.find("lastBuildDate").text = format_rfc822(self.feed.updated)
        # feedgen writes only the first self link, and no other link.
        for link in channel.findall(_ATOM_LINK):
            channel.remove(link)
        for link in self.feed.links:
            if link.href != self.feed.home:
                etree.SubElement(channel, _ATOM_LINK, link.list_attributes())
        add_history(channel, self.feed)
        # feedgen misspells these two.
        period, frequency = _update_rhythm(self.feed.ttl)
        etree.SubElement(channel, f"{{{_SY}}}updatePeriod").text = period
        etree.SubElement(channel, f"{{{_SY}}}updateFrequency").text = str(frequency)


def write_rss_head(feed: Feed) -> bytes:
    """Return what feedgen writes before the items."""
    generator = _make_rss_generator()
    generator.house.feed = feed
    generator.title(feed.title)
    generator.link(href=feed.home, rel="alternate")
    generator.description(feed.subtitle or feed.title)
    generator.language(feed.language)
    generator.lastBuildDate(feed.updated)
    generator.ttl(feed.ttl)
    generator.generator(f"feeds {feed.generator}")
    if feed.rights:
        generator.rights(feed.rights)
    if feed.cloud:
        # The procedure is for XML-RPC; over HTTP it has no name.
        generator.cloud(feed.cloud.domain, str(feed.cloud.port), feed.cloud.path, "", "http-post")
    if feed.logo and _fits_as_channel_image(feed.logo):
        size = {"width": feed.logo.width, "height": feed.logo.height}
        sizes = {name: str(pixels) for name, pixels in size.items() if pixels}
        generator.image(url=feed.logo.url, title=feed.title, link=feed.home, **sizes)
    with _ONE_AT_A_TIME:
        text: bytes = generator.rss_str()
    return text.removesuffix(RSS_END)


def _fits_as_channel_image(image: Image) -> bool:
    fits = (image.width or 0) <= _MAX_IMAGE[0] and (image.height or 0) <= _MAX_IMAGE[1]
    return fits and find_media_type(image.url) in ("image/jpeg", "image/png", "image/gif")


def _update_rhythm(minutes: int) -> tuple[str, int]:
    """Return the period and frequency nearest to one update every ``minutes``."""
    period, length = next(
        ((name, length) for name, length in (("hourly", 60), ("daily", 1440)) if minutes <= length),
        ("weekly", 10080),
    )
    return period, max(1, round(length / minutes))


def _make_rss_generator() -> FeedGenerator:
    generator = FeedGenerator()
    generator.register_extension("house", _RssExtension, atom=False)
    return generator
