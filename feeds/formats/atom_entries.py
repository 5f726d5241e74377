"""Atom entries (RFC 4287, 4.1.2), in the order of elements that feedgen has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from feeds.formats.context import EntryContext
from feeds.formats.elements import encoded, quoted, text
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
    yield f"<id>{text(article.id)}</id><title>{text(article.title)}</title><updated>{updated}</updated>"
    for name in material.authors:
        yield f"<author><name>{text(name)}</name></author>"
    # An entry without a link must have content (RFC 4287, 4.1.1.1).
    if context.content == "full" or not material.url:
        yield f'<content type="html">{material.markup or text(article.title)}</content>'
    if article.summary:
        yield f'<summary type="text">{text(article.summary)}</summary>'
    scheme = quoted(f"{context.base_url}topics/")
    for topic in map(quoted, material.topics):
        yield f'<category term="{topic}" scheme="{scheme}" label="{topic}"/>'
    published = updated if article.published == article.updated else rfc3339(article.published)
    yield f"<published>{published}</published>"
    yield from _links(article, material.url)
    if (feed := context.sources.get(article.provider.domain)) is not None:
        yield _source(article.provider.name, feed, updated)
    yield material.media


def _links(article: Article, url: str) -> Iterator[str]:
    if url:
        yield f'<link rel="alternate" href="{quoted(url)}"/>'
    if article.via:
        yield f'<link rel="via" href="{quoted(article.via)}"/>'
    for piece in article.related:
        yield f'<link rel="related" href="{quoted(piece.url)}" title="{quoted(piece.title)}"/>'


def _source(name: str, feed: str, updated: str) -> str:
    """The provider's own feed, with the id and the date that it needs (RFC 4287, 4.2.11)."""
    about = f"<id>{text(feed)}</id><title>{text(name)}</title><updated>{updated}</updated>"
    return f'<source>{about}<link rel="self" href="{quoted(feed)}"/></source>'
