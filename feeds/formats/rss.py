"""RSS 2.0 with the Advisory Board's profile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from feeds.formats import MEDIA_TYPES
from feeds.formats.context import EntryContext
from feeds.formats.head_templates import head
from feeds.formats.xml import encoded, quoted, styled, text
from feeds.lib.text.dates import rfc822
from feeds.model import Feed

if TYPE_CHECKING:
    from feeds.formats.content import EntryContent

__all__ = ["MEDIA_TYPE", "document", "entry"]
MEDIA_TYPE = MEDIA_TYPES["rss"]


def document(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """Splice a feed: what feedgen writes without items, with the items put in."""
    # Loaded for documents only: who renders items has no use for feedgen.
    from feeds.formats.rss_head import END, written

    return styled(profiled(head(feed, written, rfc822)), feed.style) + b"".join(entries) + END


def entry(material: EntryContent, context: EntryContext) -> bytes:
    """Write the item of an article."""
    return profiled(encoded(f"<item>{''.join(_elements(material, context))}</item>"))


def profiled(xml: bytes) -> bytes:
    """RSS as the profile wants it: some read its plain text as HTML, so & and < are written as
    hexadecimal references, which XML holds for the same characters."""  # noqa: D205, D209 - one sentence
    return xml.replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;")


def _elements(material: EntryContent, context: EntryContext) -> Iterator[str]:
    article = material.article
    yield f"<title>{text(article.title)}</title>"
    if material.url:
        yield f"<link>{text(material.url)}</link>"
    summary = text(escape(article.summary, quote=False))
    content = material.markup if context.content == "full" else ""
    if summary or content:
        yield f"<description>{summary or content}</description>"
    if summary and content:
        yield f"<content:encoded>{content}</content:encoded>"
    yield f'<guid isPermaLink="false">{text(article.id)}</guid>'
    domain = quoted(f"{context.base_url}topics/")
    for topic in material.topics:
        yield f'<category domain="{domain}">{text(topic)}</category>'
    if (feed := context.sources.get(article.provider.domain)) is not None:
        yield f'<source url="{quoted(feed)}">{text(article.provider.name)}</source>'
    for name in material.authors:
        yield f"<dc:creator>{text(name)}</dc:creator>"
    yield f"<pubDate>{rfc822(article.published)}</pubDate>"
    yield material.media
