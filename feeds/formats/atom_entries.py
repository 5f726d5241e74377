"""Atom entries (RFC 4287, 4.1.2), in the order of elements that feedgen has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from feeds.formats.context import EntryContext
from feeds.formats.elements import element, encoded, quoted
from feeds.formats.media import media
from feeds.model import Article
from feeds.text.dates import rfc3339

if TYPE_CHECKING:
    from feeds.formats.content import Material


def entry(material: Material, context: EntryContext) -> bytes:
    """Write the entry of an article."""
    article = material.article
    foreign = article.language and article.language != context.language
    language = f' xml:lang="{quoted(article.language)}"' if foreign else ""
    return encoded(f"<entry{language}>{''.join(_elements(material, context))}</entry>")


def _elements(material: Material, context: EntryContext) -> Iterator[str]:
    article = material.article
    updated = rfc3339(article.updated)
    yield element("id", article.id)
    yield element("title", article.title)
    yield element("updated", updated)
    for name in material.authors:
        yield f"<author>{element('name', name)}</author>"
    # An entry without a link must have content (RFC 4287, 4.1.1.1).
    if context.content == "full" or not material.url:
        yield element("content", material.html or article.title, ' type="html"')
    if article.summary:
        yield element("summary", article.summary, ' type="text"')
    scheme = quoted(f"{context.base_url}topics/")
    for topic in map(quoted, material.topics):
        yield f'<category term="{topic}" scheme="{scheme}" label="{topic}"/>'
    yield element("published", rfc3339(article.published))
    yield from _links(article, material.url)
    if (feed := context.sources.get(article.provider.domain)) is not None:
        yield _source(article.provider.name, feed, updated)
    yield from media(article)


def _links(article: Article, url: str) -> Iterator[str]:
    if url:
        yield f'<link rel="alternate" href="{quoted(url)}"/>'
    if article.via:
        yield f'<link rel="via" href="{quoted(article.via)}"/>'
    for piece in article.related:
        yield f'<link rel="related" href="{quoted(piece.url)}" title="{quoted(piece.title)}"/>'


def _source(name: str, feed: str, updated: str) -> str:
    """The provider's own feed, with the id and the date that it needs (RFC 4287, 4.2.11)."""
    about = element("id", feed) + element("title", name) + element("updated", updated)
    return f'<source>{about}<link rel="self" href="{quoted(feed)}"/></source>'
