"""RSS 2.0 with the Advisory Board's profile."""

from __future__ import annotations

from collections.abc import Sequence

from feeds.formats import MEDIA_TYPES
from feeds.formats.elements import styled
from feeds.formats.heads import head
from feeds.formats.rss_items import entry, profiled
from feeds.model import Feed
from feeds.text.dates import rfc822

__all__ = ["MEDIA_TYPE", "document", "entry"]

MEDIA_TYPE = MEDIA_TYPES["rss"]


def document(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """Splice a feed: what feedgen writes without items, with the items put in."""
    # Loaded for documents only: who renders items has no use for feedgen.
    from feeds.formats.rss_head import END, written

    return styled(profiled(head(feed, written, rfc822)), feed.style) + b"".join(entries) + END
