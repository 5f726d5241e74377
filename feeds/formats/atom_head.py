"""The head of an Atom feed: written by feedgen, corrected by an extension.

See RFC 4287, section 4.1.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from feedgen.ext.base import BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.formats.media_rss import NAMESPACE as MEDIA
from feeds.lib.text.dates import format_rfc3339
from feeds.model import Feed

END = b"</feed>"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
HISTORY = "http://purl.org/syndication/history/1.0"


class _AtomExtension(BaseExtension):  # type: ignore[misc] # feedgen has no type hints
    feed: Feed

    def extend_ns(self) -> dict[str, str]:
        known = {"fh": HISTORY, "media": MEDIA}
        # Declared only if used: validators warn of every namespace that they do not know.
        return known | {"at": _TOMBSTONES} if hasattr(self, "feed") and self.feed.tombstones else known

    def extend_atom(self, root: Any) -> None:
        if not hasattr(self, "feed"):
            return
        # feedgen writes +00:00; the profile of RFC 3339 that readers expect has Z.
        root.find("updated").text = format_rfc3339(self.feed.updated)
        _replace_links(root, [link.attributes() for link in self.feed.links])
        add_history(root, self.feed)
        for deleted in self.feed.tombstones:
            attributes = {"ref": deleted.id, "when": format_rfc3339(deleted.when)}
            etree.SubElement(root, f"{{{_TOMBSTONES}}}deleted-entry", attributes)


def write_head(feed: Feed) -> bytes:
    """Return what feedgen writes before the entries."""
    generator = _make_generator()
    generator.house.feed = feed
    generator.id(feed.id)
    generator.title(feed.title)
    generator.updated(feed.updated)
    generator.author({"name": feed.author})
    generator.link(href=feed.home, rel="alternate")
    generator.language(feed.language)
    generator.generator("feeds", version=feed.generator)
    if feed.logo:
        generator.logo(feed.logo.url)
    for name in ("subtitle", "icon", "rights"):
        if value := getattr(feed, name):
            getattr(generator, name)(value)
    text: bytes = generator.atom_str()
    return text.removesuffix(END)


def add_history(parent: Any, feed: Feed) -> None:
    """Mark an archive document or a complete feed (RFC 5005, sections 2 and 4)."""
    if feed.archive:
        etree.SubElement(parent, f"{{{HISTORY}}}archive")
    elif feed.complete:
        etree.SubElement(parent, f"{{{HISTORY}}}complete")


def _make_generator() -> FeedGenerator:
    generator = FeedGenerator()
    generator.register_extension("house", _AtomExtension, rss=False)
    return generator


def _replace_links(root: Any, links: Sequence[dict[str, str]]) -> None:
    """Replace feedgen's links by complete ones; feedgen keeps only their addresses."""
    for link in root.findall("link"):
        root.remove(link)
    for link in links:
        etree.SubElement(root, "link", link)
