"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from collections.abc import Sequence

from feeds.formats import MEDIA_TYPES
from feeds.formats.atom_entries import entry
from feeds.formats.elements import styled
from feeds.formats.heads import head
from feeds.model import Feed
from feeds.text.dates import rfc3339

__all__ = ["MEDIA_TYPE", "document", "entry"]

MEDIA_TYPE = MEDIA_TYPES["atom"]


def document(feed: Feed, entries: Sequence[bytes]) -> bytes:
    """Splice a feed: what feedgen writes without entries, with the entries put in."""
    # Loaded for documents only: who renders entries has no use for feedgen.
    from feeds.formats.atom_head import END, written

    return styled(head(feed, written, rfc3339), feed.style) + b"".join(entries) + END
