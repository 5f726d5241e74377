"""Atom entries (RFC 4287, 4.1.2), in the order of elements that feedgen has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lxml import etree

from feeds.formats import media
from feeds.formats.categories import topic_names
from feeds.formats.content import authors, entry_html
from feeds.formats.context import EntryContext
from feeds.formats.elements import add, cut
from feeds.model import Article
from feeds.text.dates import rfc3339

_HTML, _TEXT = {"type": "html"}, {"type": "text"}
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def entries(articles: Sequence[Article], context: EntryContext) -> list[bytes]:
    """Render articles in one feed, and cut it apart."""
    root = etree.Element("feed", nsmap={"media": media.NAMESPACE})
    for article in articles:
        _add(root, article, context)
    return cut(root, b"entry")


def _add(root: Any, article: Article, context: EntryContext) -> None:
    entry = etree.SubElement(root, "entry")
    if article.language and article.language != context.language:
        entry.set(_LANG, article.language)
    updated = rfc3339(article.updated)
    add(entry, "id", article.id)
    add(entry, "title", article.title)
    add(entry, "updated", updated)
    for name in authors(article):
        add(add(entry, "author"), "name", name)
    # An entry without a link must have content (RFC 4287, 4.1.1.1).
    if context.content == "full" or not article.url:
        add(entry, "content", entry_html(article, context) or article.title, _HTML)
    if article.summary:
        add(entry, "summary", article.summary, _TEXT)
    scheme = f"{context.base_url}topics/"
    for name in topic_names(article, context):
        add(entry, "category", None, {"term": name, "scheme": scheme, "label": name})
    add(entry, "published", rfc3339(article.published))
    _add_links(entry, article)
    if (feed := context.sources.get(article.provider.domain)) is not None:
        _add_source(entry, article.provider.name, feed, updated)
    media.add_media(entry, article)


def _add_links(entry: Any, article: Article) -> None:
    if article.url:
        add(entry, "link", None, {"rel": "alternate", "href": article.url})
    if article.via:
        add(entry, "link", None, {"rel": "via", "href": article.via})
    for piece in article.related:
        add(entry, "link", None, {"rel": "related", "href": piece.url, "title": piece.title})


def _add_source(entry: Any, name: str, feed: str, updated: str) -> None:
    """The provider's own feed, with the id and the date that it needs (RFC 4287, 4.2.11)."""
    source = add(entry, "source")
    add(source, "id", feed)
    add(source, "title", name)
    add(source, "updated", updated)
    add(source, "link", None, {"rel": "self", "href": feed})
