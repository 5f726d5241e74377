"""JSON Feed 1.1 (jsonfeed.org/version/1.1), with our own fields under ``_feeds``."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import msgspec

from feeds.formats import MEDIA_TYPES
from feeds.formats.context import EntryContext
from feeds.lib.text.dates import format_rfc3339
from feeds.lib.text.media_types import find_media_type
from feeds.model import Article, Feed

if TYPE_CHECKING:
    from feeds.formats.entries import EntryContent

MEDIA_TYPE = MEDIA_TYPES["json"]
VERSION = "https://jsonfeed.org/version/1.1"
_encode = msgspec.json.Encoder().encode


def render_entry(content: EntryContent, context: EntryContext) -> bytes:
    """Write the item of an article."""
    return _encode(_drop_empty(_make_item(content, context)))


def render_feed(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """Splice a feed: first its own keys, then its items."""
    head = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.self_url,
        "description": feed.subtitle,
        "next_url": next((link.href for link in feed.links if link.rel == "prev-archive"), ""),
        "icon": feed.logo.url if feed.logo else "",
        "favicon": feed.icon,
        "authors": [{"name": feed.author}],
        "language": feed.language,
        "hubs": [{"type": "WebSub", "url": link.href} for link in feed.links if link.rel == "hub"],
    }
    begun = _encode(_drop_empty(head)).removesuffix(b"}") + b',"items":[\n'
    return b"".join((begun, b",\n".join(entries), b"\n]}\n"))


def _make_item(content: EntryContent, context: EntryContext) -> dict[str, Any]:
    article = content.article
    item = {
        "id": article.guid or article.id,
        "url": content.url,
        "external_url": article.via,
        "title": article.title,
        "summary": article.summary,
        "image": article.images[0].url if article.images else "",
        "date_published": format_rfc3339(article.published),
        "date_modified": format_rfc3339(article.updated) if article.updated != article.published else "",
        "authors": [{"name": name} for name in content.authors],
        "tags": (*content.topics, *content.tags),
        "language": article.language,
        "attachments": _list_attachments(article),
        "_feeds": _drop_empty(
            {
                "quality": article.quality,
                "heat": article.heat,
                "provider": article.provider.domain,
                "type": article.type,
                "duration_in_seconds": article.duration,
            }
        ),
    }
    # JSON Feed requires one of the two, whatever the article has.
    if context.content == "full":
        item["content_html"] = content.html or escape(article.title, quote=False)
    else:
        item["content_text"] = article.summary or article.title
    return item


def _list_attachments(article: Article) -> list[dict[str, Any]]:
    """List the film or sound and all pictures but the first, if their types are known."""
    found = []
    if (media := article.media) is not None and media.file and media.type:
        file = {
            "url": media.file, "mime_type": media.type, "size_in_bytes": media.length or None,
            "duration_in_seconds": article.duration,
        }  # fmt: skip
        found.append(_drop_empty(file))
    found.extend(
        _drop_empty({"url": image.url, "mime_type": kind, "title": image.title})
        for image in article.images[1:]
        if (kind := find_media_type(image.url))
    )
    return found


def _drop_empty(values: dict[str, Any]) -> dict[str, Any]:
    """Drop the keys whose values are empty."""
    return {key: value for key, value in values.items() if value or value == 0}
