"""All feeds in one file: OPML 2.0 for readers, JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from lxml import etree

from feeds.channels.build import KINDS, Channels
from feeds.channels.metadata import Metadata, feed_id
from feeds.config.schema import Config
from feeds.formats import MEDIA_TYPES
from feeds.lib.text.dates import rfc822, rfc3339
from feeds.lib.text.localised_dates import short_date
from feeds.model import Channel, Kind
from feeds.paths import CATALOGUES, page_path

_GROUPS: dict[Kind, str] = {
    "feeds": "Custom",
    "all": "Everything",
    "topics": "Topics",
    "providers": "Providers",
    "categories": "Categories",
}
Groups = Sequence[tuple[Kind, Sequence[Channel]]]


def write(path: str, config: Config, groups: Groups, metadata: Metadata) -> tuple[str, bytes]:
    """The media type and bytes of ``feeds.opml`` or ``feeds.json``."""
    found = [(kind, found) for kind, found in groups if found]
    make = _opml if path.endswith(".opml") else _json
    return CATALOGUES[path], make(config, found, metadata)


def _opml(config: Config, groups: Groups, metadata: Metadata) -> bytes:
    """OPML 2.0 (opml.org/spec2.opml): an outline for each group, in it one for each feed.

    The format has no place for counts; they stand in the descriptions.
    """
    name = next((n for n in ("atom", "rss") if n in config.feeds.formats), config.feeds.formats[0])
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = config.site.title
    newest = max((c.newest for _, found in groups for c in found if c.newest), default=None)
    if newest is not None:
        etree.SubElement(head, "dateModified").text = rfc822(newest)
    etree.SubElement(head, "ownerName").text = config.site.author or config.site.title
    body = etree.SubElement(root, "body")
    titles = _titles(groups)
    for kind, found in groups:
        group = etree.SubElement(body, "outline", text=_GROUPS[kind])
        for channel in found:
            attributes = {
                "type": "rss",
                "text": titles[channel.path],
                "title": titles[channel.path],
                "xmlUrl": f"{config.site.base_url}{channel.path}.{name}",
                "htmlUrl": config.site.base_url + page_path(channel),
                "description": metadata.summary(channel),
                "language": config.site.language,
            }
            etree.SubElement(group, "outline", attributes)
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return written


def _titles(groups: Groups) -> dict[str, str]:
    """The title of each feed by its path; those that are told apart by their groups only name these,
    since some readers import nothing where two feeds have one title."""  # noqa: D205, D209 - one sentence
    count = Counter(channel.title for _, found in groups for channel in found)
    return {
        channel.path: channel.title if count[channel.title] == 1 else f"{channel.title} ({_GROUPS[kind]})"
        for kind, found in groups
        for channel in found
    }


def _json(config: Config, groups: Groups, metadata: Metadata) -> bytes:
    base = config.site.base_url
    titles = _titles(groups)
    catalogue: dict[str, Any] = {
        "title": config.site.title,
        "home_page_url": base,
        "description": config.site.description,
        "feeds": [
            {
                "group": _GROUPS[kind],
                "id": feed_id(config, channel),
                "title": titles[channel.path],
                "description": metadata.summary(channel),
                "page_url": base + page_path(channel),
                "articles": channel.count,
                "updated": rfc3339(channel.newest) if channel.newest else None,
                "urls": {name: f"{base}{channel.path}.{name}" for name in config.feeds.formats},
                "types": {name: MEDIA_TYPES[name] for name in config.feeds.formats},
            }
            for kind, found in groups
            for channel in found
        ],
    }
    return msgspec.json.format(msgspec.json.encode(catalogue), indent=1)


def findable(config: Config, channels: Channels) -> bytes:
    """The list that the script of the pages searches: of each feed its path, title, number of articles,
    last day as a date and as people write it, and description where there is one."""  # noqa: D205, D209 - one sentence
    language = config.site.language
    rows = [
        [
            channel.path,
            channel.title,
            channel.count,
            *(
                (channel.newest.date().isoformat(), short_date(channel.newest, language))
                if channel.newest
                else ("", "")
            ),
            *([channel.description] if channel.description else []),
        ]
        for kind in KINDS
        for channel in channels.of(kind)
    ]
    return msgspec.json.encode({"feeds": rows})
