"""RSS 2.0 with the Advisory Board's profile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
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
    join_entry,
    make_topics_scheme,
)
from feeds.lib.text.dates import format_rfc822
from feeds.model import Feed

if TYPE_CHECKING:
    from feeds.formats.entries import EntryContent

__all__ = ["MEDIA_TYPE", "render_entry", "render_feed"]
MEDIA_TYPE = MEDIA_TYPES["rss"]
# The references of the profile for & and <.
_AMPERSAND, _ANGLE = "&#x26;", "&#x3C;"


def render_feed(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """Splice a feed: what feedgen writes for an empty feed, with the items inserted."""
    # Imported here: a process that only renders items does not need feedgen.
    from feeds.formats.feedgen_heads import RSS_END, write_rss_head

    head = apply_profile(fill_head(feed, write_rss_head, format_rfc822).decode()).encode()
    return b"".join((add_style_sheet(head, feed.style), *entries, RSS_END))


def render_entry(content: EntryContent, context: EntryContext) -> bytes:
    """Write the item of an article."""
    item = f"<item>{''.join(_write_elements(content, context))}</item>"
    html = content.encoded if context.content == "full" else b""
    return join_entry(apply_profile(item), escape_html(html, _AMPERSAND.encode(), _ANGLE.encode()))


def apply_profile(xml: str) -> str:
    """Write & and < as hexadecimal references, as the profile recommends.

    Some readers take the plain text of RSS for HTML. For XML, both forms are the same characters.
    """
    return xml.replace("&amp;", _AMPERSAND).replace("&lt;", _ANGLE)


def _write_elements(content: EntryContent, context: EntryContext) -> Iterator[str]:
    article = content.article
    yield f"<title>{escape_text(article.title)}</title>"
    if content.url:
        yield f"<link>{escape_text(content.url)}</link>"
    summary = escape_text(escape(article.summary, quote=False))
    full = HTML_MARK if context.content == "full" and content.html else ""
    if summary or full:
        yield f"<description>{summary or full}</description>"
    if summary and full:
        yield f"<content:encoded>{full}</content:encoded>"
    yield f'<guid isPermaLink="false">{escape_text(article.guid or article.id)}</guid>'
    domain = make_topics_scheme(context.base_url)
    for topic in content.topics:
        yield f'<category domain="{domain}">{escape_text(topic)}</category>'
    for tag in content.tags:
        yield f"<category>{escape_text(tag)}</category>"
    if (media := article.media) is not None and media.file and media.type:
        # If the length in bytes is not known, it is 0 (RSS Advisory Board, RSS profile, "enclosure").
        address, kind = escape_attribute(media.file), escape_attribute(media.type)
        yield f'<enclosure url="{address}" length="{media.length}" type="{kind}"/>'
    if (feed := context.sources.get(article.provider.domain)) is not None:
        yield f'<source url="{escape_attribute(feed)}">{escape_text(article.provider.name)}</source>'
    for name in content.authors:
        yield f"<dc:creator>{escape_text(name)}</dc:creator>"
    yield f"<pubDate>{format_rfc822(article.published)}</pubDate>"
    yield content.media
