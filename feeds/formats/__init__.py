"""The formats: each has MEDIA_TYPE, ``entry`` (an article's material → its rendered
entry) and ``document`` (a feed's metadata and rendered entries → bytes). Pure functions.

An entry depends on its article alone, never on the feed that it stands in; so it is
rendered once, and a feed is spliced from its head, its entries in order and its tail.
"""  # noqa: D205 - the shape of a format is one sentence

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, cast

from feeds.config.schema import FormatName
from feeds.formats.context import EntryContext
from feeds.model import Feed

if TYPE_CHECKING:
    from feeds.formats.content import EntryContent

__all__ = ["MEDIA_TYPES", "RENDERER_VERSION", "EntryContext", "Format", "load"]

# Raised whenever an entry would be written differently: kept entries are then made anew.
RENDERER_VERSION = 5

MEDIA_TYPES: dict[FormatName, str] = {
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "json": "application/feed+json",
}


class Format(Protocol):
    """What each module of this package offers."""

    MEDIA_TYPE: str

    def entry(self, material: EntryContent, context: EntryContext) -> bytes:
        """Render an article as it will stand in every feed of this format."""

    def document(self, feed: Feed, entries: Sequence[bytes]) -> bytes:
        """Splice a feed from its metadata and its rendered entries."""


def load(name: FormatName) -> Format:
    """The format of a name, imported when it is first used."""
    module = {"json": "jsonfeed"}.get(name, name)
    return cast(Format, importlib.import_module(f"feeds.formats.{module}"))
