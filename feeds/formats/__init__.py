"""The formats: article to entry, feed and entries to bytes. Pure functions.

Each format is a module with a ``MEDIA_TYPE``, ``render_entry`` (an article's content to its
entry) and ``render_feed`` (a feed's metadata and its entries to a document's bytes).

An entry depends on its article alone, never on the feed that contains it. So it is rendered
once, and a feed is spliced from its head, its entries in order and its tail.

``make_article``, ``make_feed`` and ``render`` are for programs that have entries of their own, and no folder.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

from feeds.config.schema import FormatName
from feeds.formats.context import EntryContext
from feeds.model import Feed

if TYPE_CHECKING:
    from feeds.formats.entries import EntryContent
    from feeds.formats.own import make_article, make_feed, render

__all__ = [
    "EMPTY_UPDATED", "MEDIA_TYPES", "RENDERER_VERSION", "STYLED", "EntryContext", "Format", "load", "make_article", "make_feed",
    "render",
]  # fmt: skip

# Raise it whenever entries come out differently: the index then renders the entries that it keeps again.
RENDERER_VERSION = 9

# A feed must have a date (RFC 4287, 4.1.1), even if it is empty, and the date must not come from a clock.
EMPTY_UPDATED = datetime(2000, 1, 1, tzinfo=UTC)
MEDIA_TYPES: dict[FormatName, str] = {
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "json": "application/feed+json",
}
# Those that browsers can show by a style sheet.
STYLED: frozenset[FormatName] = frozenset(("atom", "rss"))


class Format(Protocol):
    """What the module of each format offers."""

    MEDIA_TYPE: str

    def render_entry(self, content: EntryContent, context: EntryContext) -> bytes:
        """Render an article as every feed of this format shows it."""

    def render_feed(self, feed: Feed, entries: Sequence[bytes]) -> bytes:
        """Splice a feed from its metadata and its rendered entries."""


@cache
def load(name: FormatName) -> Format:
    """Return the module of a format, imported on first use."""
    module = {"json": "jsonfeed"}.get(name, name)
    return cast(Format, importlib.import_module(f"feeds.formats.{module}"))


if not TYPE_CHECKING:  # A type checker that saw it would take any name for one of ours.

    def __getattr__(name: str) -> object:
        """Load what renders a program's own entries (PEP 562); no room here needs it."""
        if name not in ("make_article", "make_feed", "render"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module("feeds.formats.own"), name)
