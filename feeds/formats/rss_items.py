"""RSS items (RSS 2.0 with the Advisory Board's profile), in the order of elements that feedgen has."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from lxml import etree

from feeds.formats import media
from feeds.formats.categories import topic_names
from feeds.formats.content import authors, entry_html
from feeds.formats.context import EntryContext
from feeds.formats.elements import add, cut
from feeds.model import Article
from feeds.text.dates import rfc822

_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_NAMESPACES = {"content": _CONTENT, "dc": _DC, "media": media.NAMESPACE}
_CREATOR, _ENCODED = f"{{{_DC}}}creator", f"{{{_CONTENT}}}encoded"
_NO_PERMALINK = {"isPermaLink": "false"}


def entries(articles: Sequence[Article], context: EntryContext) -> list[bytes]:
    """Render articles in one feed, and cut it apart."""
    root = etree.Element("channel", nsmap=_NAMESPACES)
    for article in articles:
        _add(root, article, context)
    return [profiled(item) for item in cut(root, b"item")]


def profiled(xml: bytes) -> bytes:
    """RSS as the profile wants it: some read its plain text as HTML, so & and < are written as
    hexadecimal references, which XML holds for the same characters."""  # noqa: D205, D209 - one sentence
    return xml.replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;")


def _add(root: Any, article: Article, context: EntryContext) -> None:
    item = etree.SubElement(root, "item")
    add(item, "title", article.title)
    if article.url:
        add(item, "link", article.url)
    summary = escape(article.summary, quote=False)
    html = entry_html(article, context) if context.content == "full" else ""
    if summary or html:
        add(item, "description", summary or html)
    if summary and html:
        add(item, _ENCODED, html)
    add(item, "guid", article.id, _NO_PERMALINK)
    domain = {"domain": f"{context.base_url}topics/"}
    for name in topic_names(article, context):
        add(item, "category", name, domain)
    if (feed := context.sources.get(article.provider.domain)) is not None:
        add(item, "source", article.provider.name, {"url": feed})
    for name in authors(article):
        add(item, _CREATOR, name)
    add(item, "pubDate", rfc822(article.published))
    media.add_media(item, article)
