"""Atom 1.0 (RFC 4287), written by feedgen and mended in its extensions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.formats import MEDIA_TYPES, media
from feeds.formats.categories import categories
from feeds.formats.content import authors, entry_html
from feeds.formats.context import EntryContext
from feeds.model import Article, Feed
from feeds.text.dates import rfc3339

MEDIA_TYPE = MEDIA_TYPES["atom"]
_ENTRY = re.compile(rb"<entry\b.*?</entry>", re.DOTALL)
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_END = b"</feed>"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
HISTORY = "http://purl.org/syndication/history/1.0"


class _FeedMending(BaseExtension):  # type: ignore[misc] # feedgen carries no types
    feed: Feed

    def extend_ns(self) -> dict[str, str]:
        known = {"fh": HISTORY, "media": media.NAMESPACE}
        # Validators that do not know a namespace warn of it wherever it is declared.
        return known | {"at": _TOMBSTONES} if hasattr(self, "feed") and self.feed.deleted else known

    def extend_atom(self, root: Any) -> None:
        if not hasattr(self, "feed"):
            return
        # feedgen writes +00:00 where the profile of RFC 3339 that readers expect has Z.
        root.find("updated").text = rfc3339(self.feed.updated)
        _replace_links(root, [link.attributes() for link in self.feed.links])
        add_history(root, self.feed)
        for entry in self.feed.deleted:
            attributes = {"ref": entry.id, "when": rfc3339(entry.when)}
            etree.SubElement(root, f"{{{_TOMBSTONES}}}deleted-entry", attributes)


class _EntryMending(BaseEntryExtension):  # type: ignore[misc] # feedgen carries no types
    article: Article
    context: EntryContext

    def extend_atom(self, root: Any) -> None:
        article = self.article
        if article.language and article.language != self.context.language:
            root.set(_LANG, article.language)
        root.find("updated").text = rfc3339(article.updated)
        root.find("published").text = rfc3339(article.published)
        _replace_links(root, _entry_links(article))
        _add_source(root, article, self.context.sources.get(article.provider.domain))
        media.add_media(root, article)


def entries(articles: Sequence[Article], context: EntryContext) -> list[bytes]:
    """Render articles in one feed, and cut it apart."""
    generator = _generator()
    generator.id("urn:none")
    generator.title("none")
    for article in articles:
        _add(generator, article, context)
    return _ENTRY.findall(generator.atom_str())


def document(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """Splice a feed: what feedgen writes without entries, with the entries put in."""
    generator = _generator()
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
    head: bytes = generator.atom_str().removesuffix(_END)
    return head + b"".join(entries) + _END


def add_history(parent: Any, feed: Feed) -> None:
    """Say whether this is an archive document, or all there is (RFC 5005, sections 2 and 4)."""
    if feed.archive:
        etree.SubElement(parent, f"{{{HISTORY}}}archive")
    elif feed.complete:
        etree.SubElement(parent, f"{{{HISTORY}}}complete")


def _generator() -> FeedGenerator:
    generator = FeedGenerator()
    generator.register_extension("house", _FeedMending, _EntryMending, rss=False)
    return generator


def _add(generator: FeedGenerator, article: Article, context: EntryContext) -> None:
    entry = generator.add_entry(order="append")
    entry.house.article, entry.house.context = article, context
    entry.id(article.id)
    entry.title(article.title)
    entry.published(article.published)
    entry.updated(article.updated)
    entry.author([{"name": name} for name in authors(article)])
    if article.url:
        entry.link(href=article.url)
    if article.summary:
        entry.summary(article.summary, type="text")
    # An entry without a link must have content (RFC 4287, 4.1.1.1).
    if context.content == "full" or not article.url:
        entry.content(entry_html(article, context) or article.title, type="html")
    if found := categories(article, context):
        entry.category(found)


def _entry_links(article: Article) -> list[dict[str, str]]:
    links = []
    if article.url:
        links.append({"rel": "alternate", "href": article.url})
    if article.via:
        links.append({"rel": "via", "href": article.via})
    links.extend({"rel": "related", "href": piece.url, "title": piece.title} for piece in article.related)
    return links


def _add_source(root: Any, article: Article, feed: str | None) -> None:
    """The provider's own feed (RFC 4287, 4.2.11): feedgen leaves out the id and the date that it needs."""
    if feed is None:
        return
    source = etree.SubElement(root, "source")
    etree.SubElement(source, "id").text = feed
    etree.SubElement(source, "title").text = article.provider.name
    etree.SubElement(source, "updated").text = rfc3339(article.updated)
    etree.SubElement(source, "link", {"rel": "self", "href": feed})


def _replace_links(root: Any, links: Sequence[dict[str, str]]) -> None:
    """Put whole links in place of feedgen's, which keep only their address."""
    for link in root.findall("link"):
        root.remove(link)
    for link in links:
        etree.SubElement(root, "link", link)
