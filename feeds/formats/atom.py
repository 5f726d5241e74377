"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from feeds.formats import MEDIA_TYPES
from feeds.formats.context import EntryContext
from feeds.formats.head_templates import fill_head
from feeds.formats.xml import (
    HTML_MARK,
    add_style_sheet,
    escape_attribute,
    escape_html,
    escape_text,
    escape_twice,
    join_entry,
    make_topics_scheme,
    write_text_element,
)
from feeds.lib.text.dates import format_rfc3339
from feeds.model import Article, Feed

if TYPE_CHECKING:
    from feeds.formats.entries import EntryContent

__all__ = ["MEDIA_TYPE", "render_entry", "render_feed"]
MEDIA_TYPE = MEDIA_TYPES["atom"]


def render_feed(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """Splice a feed: what feedgen writes for an empty feed, with the entries inserted."""
    # Imported here: a process that only renders entries does not need feedgen.
    from feeds.formats.feedgen_heads import ATOM_END, write_atom_head

    head = add_style_sheet(fill_head(feed, write_atom_head, format_rfc3339), feed.style)
    return b"".join((head, *entries, ATOM_END))


def render_entry(content: EntryContent, context: EntryContext) -> bytes:
    """Write the entry of an article."""
    article = content.article
    foreign = article.language and article.language != context.language
    language = f' xml:lang="{escape_attribute(article.language)}"' if foreign else ""
    entry = f"<entry{language}>{''.join(_write_elements(content, context))}</entry>"
    return join_entry(entry, escape_html(content.encoded) if _shows_html(content, context) else b"")


def _write_elements(content: EntryContent, context: EntryContext) -> Iterator[str]:
    article = content.article
    updated = format_rfc3339(article.updated)
    yield (
        f"<id>{escape_text(article.id)}</id>{write_text_element('title', article.title)}<updated>{updated}</updated>"
    )
    for name in content.authors:
        yield f"<author><name>{escape_text(name)}</name></author>"
    if _shows_html(content, context):
        yield f'<content type="html">{HTML_MARK if content.html else escape_twice(article.title)}</content>'
    if article.summary:
        yield write_text_element("summary", article.summary, ' type="text"')
    scheme = make_topics_scheme(context.base_url)
    for topic in map(escape_attribute, content.topics):
        yield f'<category term="{topic}" scheme="{scheme}" label="{topic}"/>'
    # What a curator chose from a list has a scheme; what an author made up has none.
    for tag in map(escape_attribute, content.tags):
        yield f'<category term="{tag}"/>'
    published = updated if article.published == article.updated else format_rfc3339(article.published)
    yield f"<published>{published}</published>"
    yield from _write_links(article, content.url)
    if (feed := context.sources.get(article.provider.domain)) is not None:
        yield _write_source(article.provider.name, feed, updated)
    yield content.media


def _shows_html(content: EntryContent, context: EntryContext) -> bool:
    # An entry without a link must have content (RFC 4287, 4.1.1.1).
    return context.content == "full" or not content.url


def _write_links(article: Article, url: str) -> Iterator[str]:
    if url:
        yield f'<link rel="alternate" href="{escape_attribute(url)}"/>'
    if article.via:
        yield f'<link rel="via" href="{escape_attribute(article.via)}"/>'
    if (media := article.media) is not None and media.file and media.type:
        file, kind = escape_attribute(media.file), escape_attribute(media.type)
        length = f' length="{media.length}"' if media.length else ""
        yield f'<link rel="enclosure" href="{file}"{length} type="{kind}"/>'
    for piece in article.related:
        address, title = escape_attribute(piece.url), escape_attribute(piece.title)
        yield f'<link rel="related" href="{address}" title="{title}"/>'


def _write_source(name: str, feed: str, updated: str) -> str:
    """Write the provider's own feed as the source, with the id and date it needs.

    RFC 4287, section 4.2.11.
    """
    about = f"<id>{escape_text(feed)}</id><title>{escape_text(name)}</title><updated>{updated}</updated>"
    return f'<source>{about}<link rel="self" href="{escape_attribute(feed)}"/></source>'
