"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from feeds.formats import MEDIA_TYPES
from feeds.formats.context import EntryContext
from feeds.formats.head_templates import head
from feeds.formats.xml import encoded, quoted, styled, text
from feeds.lib.text.dates import rfc3339
from feeds.model import Article, Feed

if TYPE_CHECKING:
    from feeds.formats.content import EntryContent

__all__ = ["MEDIA_TYPE", "document", "entry"]
MEDIA_TYPE = MEDIA_TYPES["atom"]


def document(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """Splice a feed: what feedgen writes without entries, with the entries put in."""
    # Loaded for documents only: who renders entries has no use for feedgen.
    from feeds.formats.atom_head import END, written

    return styled(head(feed, written, rfc3339), feed.style) + b"".join(entries) + END


def entry(material: EntryContent, context: EntryContext) -> bytes:
    """Write the entry of an article."""
    article = material.article
    foreign = article.language and article.language != context.language
    language = f' xml:lang="{quoted(article.language)}"' if foreign else ""
    return encoded(f"<entry{language}>{''.join(_elements(material, context))}</entry>")


def _elements(material: EntryContent, context: EntryContext) -> Iterator[str]:
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
