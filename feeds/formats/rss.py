"""RSS 2.0 with the Advisory Board's profile, written by feedgen and mended in its extensions."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from html import escape
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.formats import MEDIA_TYPES, media
from feeds.formats.atom import HISTORY, add_history
from feeds.formats.categories import categories
from feeds.formats.content import authors, entry_html
from feeds.formats.context import EntryContext
from feeds.formats.kinds import media_type
from feeds.model import Article, Feed, Image
from feeds.text.dates import rfc822

MEDIA_TYPE = MEDIA_TYPES["rss"]
_ITEM = re.compile(rb"<item>.*?</item>", re.DOTALL)
_END = b"</channel></rss>"
_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
_DC = "http://purl.org/dc/elements/1.1/"
_SY = "http://purl.org/rss/1.0/modules/syndication/"
# The largest picture that the specification allows a channel, in pixels.
_MAX_IMAGE = (144, 400)

# feedgen formats lastBuildDate with the locale of the process switched.
_ONE_AT_A_TIME = threading.Lock()


class _FeedMending(BaseExtension):  # type: ignore[misc] # feedgen carries no types
    feed: Feed

    def extend_ns(self) -> dict[str, str]:
        return {"dc": _DC, "fh": HISTORY, "media": media.NAMESPACE, "sy": _SY}

    def extend_rss(self, root: Any) -> None:
        if not hasattr(self, "feed"):
            return
        channel = root.find("channel")
        channel.find("lastBuildDate").text = rfc822(self.feed.updated)
        # feedgen writes the first self link only, and no other.
        for link in channel.findall(_ATOM_LINK):
            channel.remove(link)
        for link in self.feed.links:
            if link.href != self.feed.home:
                etree.SubElement(channel, _ATOM_LINK, link.attributes())
        add_history(channel, self.feed)
        # feedgen misspells these two.
        period, frequency = _rhythm(self.feed.ttl)
        etree.SubElement(channel, f"{{{_SY}}}updatePeriod").text = period
        etree.SubElement(channel, f"{{{_SY}}}updateFrequency").text = str(frequency)


class _EntryMending(BaseEntryExtension):  # type: ignore[misc] # feedgen carries no types
    article: Article

    def extend_rss(self, root: Any) -> None:
        # feedgen drops an author without e-mail, and formats dates by switching the locale.
        for name in authors(self.article):
            etree.SubElement(root, f"{{{_DC}}}creator").text = name
        etree.SubElement(root, "pubDate").text = rfc822(self.article.published)
        media.add_media(root, self.article)


def entries(articles: Sequence[Article], context: EntryContext) -> list[bytes]:
    """Render articles in one feed, and cut it apart."""
    generator = _generator()
    generator.title("none")
    generator.link(href="urn:none")
    generator.description("none")
    for article in articles:
        _add(generator, article, context)
    return _ITEM.findall(_written(generator))


def document(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """Splice a feed: what feedgen writes without items, with the items put in."""
    generator = _generator()
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
    if feed.logo and _may_be_channel_image(feed.logo):
        size = {"width": feed.logo.width, "height": feed.logo.height}
        sizes = {name: str(pixels) for name, pixels in size.items() if pixels}
        generator.image(url=feed.logo.url, title=feed.title, link=feed.home, **sizes)
    head = _written(generator).removesuffix(_END)
    return head + b"".join(entries) + _END


def _may_be_channel_image(image: Image) -> bool:
    fits = (image.width or 0) <= _MAX_IMAGE[0] and (image.height or 0) <= _MAX_IMAGE[1]
    return fits and media_type(image.url) in ("image/jpeg", "image/png", "image/gif")


def _rhythm(minutes: int) -> tuple[str, int]:
    """The period and the frequency in it that come nearest to an update every so many minutes."""
    period, length = next(
        ((name, length) for name, length in (("hourly", 60), ("daily", 1440)) if minutes <= length),
        ("weekly", 10080),
    )
    return period, max(1, round(length / minutes))


def _written(generator: FeedGenerator) -> bytes:
    with _ONE_AT_A_TIME:
        written: bytes = generator.rss_str()
    # Plain-text elements of RSS are read as HTML by some: the profile has & and < as
    # hexadecimal references, which XML holds for the same characters.
    return written.replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;")


def _generator() -> FeedGenerator:
    generator = FeedGenerator()
    generator.register_extension("house", _FeedMending, _EntryMending, atom=False)
    return generator


def _add(generator: FeedGenerator, article: Article, context: EntryContext) -> None:
    entry = generator.add_entry(order="append")
    entry.house.article = article
    entry.title(article.title)
    entry.guid(article.id, permalink=False)
    if article.url:
        entry.link(href=article.url)
    if article.summary:
        entry.description(escape(article.summary, quote=False))
    if context.content == "full" and (html := entry_html(article, context)):
        entry.content(html)
    if found := categories(article, context):
        entry.category(found)
    if (feed := context.sources.get(article.provider.domain)) is not None:
        entry.source(feed, article.provider.name)
