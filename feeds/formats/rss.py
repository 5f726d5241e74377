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
from feeds.formats.categories import categories
from feeds.formats.content import authors, entry_html
from feeds.formats.context import EntryContext
from feeds.model import Article, Feed
from feeds.text.dates import rfc822

MEDIA_TYPE = MEDIA_TYPES["rss"]
_ITEM = re.compile(rb"<item>.*?</item>", re.DOTALL)
_END = b"</channel></rss>"
_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
_DC = "http://purl.org/dc/elements/1.1/"

# feedgen formats lastBuildDate with the locale of the process switched.
_ONE_AT_A_TIME = threading.Lock()


class _FeedMending(BaseExtension):  # type: ignore[misc] # feedgen carries no types
    feed: Feed

    def extend_ns(self) -> dict[str, str]:
        return {"dc": _DC, "media": media.NAMESPACE}

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
                attributes = {"rel": link.rel, "href": link.href, "type": link.type}
                etree.SubElement(channel, _ATOM_LINK, attributes)


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
    if feed.logo and media.media_type(feed.logo) in ("image/jpeg", "image/png", "image/gif"):
        generator.image(url=feed.logo, title=feed.title, link=feed.home)
    head = _written(generator).removesuffix(_END)
    return head + b"".join(entries) + _END


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
