"""The formats: article to entry, feed and entries to bytes. Pure functions.

Each format is a module with a ``MEDIA_TYPE``, ``render_entry`` (an article's content to its
entry) and ``render_feed`` (a feed's metadata and its entries to a document's bytes).

An entry depends on its article alone, never on the feed that contains it. So it is rendered
once, and a feed is spliced from its head, its entries in order and its tail.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, cast

from feeds.config.schema import FormatName
from feeds.formats.context import EntryContext
from feeds.model import Feed

if TYPE_CHECKING:
    from feeds.formats.entries import EntryContent

__all__ = ["MEDIA_TYPES", "RENDERER_VERSION", "EntryContext", "Format", "load"]

# Raise it whenever entries come out differently: the index then renders the entries that it keeps again.
RENDERER_VERSION = 9

MEDIA_TYPES: dict[FormatName, str] = {
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "json": "application/feed+json",
}


class Format(Protocol):
    """What the module of each format offers."""

    MEDIA_TYPE: str

    def render_entry(self, content: EntryContent, context: EntryContext) -> bytes:
        """Render an article as every feed of this format shows it."""

    def render_feed(self, feed: Feed, entries: Sequence[bytes]) -> bytes:
        """Splice a feed from its metadata and its rendered entries."""


def load(name: FormatName) -> Format:
    """Return the module of a format, imported on first use."""
    module = {"json": "jsonfeed"}.get(name, name)
    return cast(Format, importlib.import_module(f"feeds.formats.{module}"))
