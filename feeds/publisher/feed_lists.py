"""All feeds in one file: OPML 2.0 for readers, JSON for programs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from lxml import etree

from feeds.channels.build import KINDS, Channels
from feeds.channels.metadata import Metadata, feed_id
from feeds.config.schema import Config
from feeds.formats import MEDIA_TYPES
from feeds.lib.text.dates import format_rfc822, format_rfc3339
from feeds.model import Channel, Kind
from feeds.paths import FEED_LISTS, page_path
from feeds.publisher.marks import XML_COMMENT
from feeds.publisher.pages.lists import HEADINGS, SINGULAR
from feeds.words import N_, Words, words_of

_GROUPS: dict[Kind, str] = {**HEADINGS, "all": SINGULAR["all"]}
# Before a space, the sign begins no entity.
_AMPERSAND = re.compile(r"\s*&(?=\S)")
_ANGLES = str.maketrans("<>", "‹›")
Groups = Sequence[tuple[Kind, Sequence[Channel]]]


def write_feed_list(path: str, config: Config, groups: Groups, metadata: Metadata) -> tuple[str, bytes]:
    """Return the media type and the bytes of ``feeds.opml`` or ``feeds.json``."""
    groups = [(kind, found) for kind, found in groups if found]
    make = _write_opml if path.endswith(".opml") else _write_json
    return FEED_LISTS[path], make(config, groups, metadata)


def _write_opml(config: Config, groups: Groups, metadata: Metadata) -> bytes:
    """Write OPML 2.0 (opml.org/spec2.opml): the feeds in groups, as outlines.

    OPML has no attribute for counts, so the descriptions have them.
    """
    name = config.feeds.recommended
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = _write_for_html(config.site.title)
    newest = max((c.newest for _, found in groups for c in found if c.newest), default=None)
    if newest is not None:
        etree.SubElement(head, "dateModified").text = format_rfc822(newest)
    etree.SubElement(head, "ownerName").text = _write_for_html(config.site.author or config.site.title)
    body = etree.SubElement(root, "body")
    words = words_of(config.site.language, config.pages.words)
    titles = _unique_titles(groups, words, _write_for_html)
    for kind, found in groups:
        group = etree.SubElement(body, "outline", text=words.gettext(_GROUPS[kind]))
        for channel in found:
            attributes = {
                "type": "rss",
                "text": titles[channel.path],
                "title": titles[channel.path],
                "xmlUrl": f"{config.site.base_url}{channel.path}.{name}",
                "htmlUrl": config.site.base_url + page_path(channel),
                "description": _write_for_html(metadata.summarise(channel)),
                "language": config.site.language,
            }
            etree.SubElement(group, "outline", attributes)
    root.addprevious(etree.Comment(XML_COMMENT))
    written: bytes = etree.tostring(
        root.getroottree(), encoding="UTF-8", xml_declaration=True, pretty_print=True
    )
    return written


def _write_for_html(text: str) -> str:
    """Write a plain text so that it reads the same if it is taken for HTML.

    Texts of OPML may hold markup (OPML 2.0, "text attribute"), so some readers decode them and others show
    them as they are: a text in HTML would be wrong in the latter.
    """
    return _AMPERSAND.sub(" & ", text).translate(_ANGLES)


def _unique_titles(groups: Groups, words: Words, write: Callable[[str], str] = str) -> dict[str, str]:
    """Return the title of each feed by path, as it is written; equal ones get the name of the group, or the path.

    Some readers import nothing at all if two feeds have the same title.
    """
    written = {channel.path: (kind, write(channel.title)) for kind, found in groups for channel in found}
    count = Counter(title for _, title in written.values())
    in_group = Counter(written.values())
    return {
        path: title
        if count[title] == 1
        else f"{title} ({words.gettext(_GROUPS[kind]) if in_group[kind, title] == 1 else path})"
        for path, (kind, title) in written.items()
    }


def _write_json(config: Config, groups: Groups, metadata: Metadata) -> bytes:
    base = config.site.base_url
    words = words_of(config.site.language, config.pages.words)
    titles = _unique_titles(groups, words)
    listed: dict[str, Any] = {
        "title": config.site.title,
        "home_page_url": base,
        "description": config.site.description,
        "feeds": [
            {
                "group": words.gettext(_GROUPS[kind]),
                "id": feed_id(config, channel),
                "title": titles[channel.path],
                "description": metadata.summarise(channel),
                "page_url": base + page_path(channel),
                "articles": channel.count,
                "updated": format_rfc3339(channel.newest) if channel.newest else None,
                "urls": {name: f"{base}{channel.path}.{name}" for name in config.feeds.formats},
                "types": {name: MEDIA_TYPES[name] for name in config.feeds.formats},
            }
            for kind, found in groups
            for channel in found
        ],
    }
    return msgspec.json.format(msgspec.json.encode(listed), indent=1)


def write_search_list(channels: Channels, words: Words) -> bytes:
    """Write the list that the script of the pages searches, and the words with which it shows what it finds.

    For each feed: path, title, number of articles, last day as a date and as people write it, and the
    description if it has one.
    """
    rows = [
        [
            channel.path,
            channel.title,
            channel.count,
            *((channel.newest.date().isoformat(), words.day(channel.newest)) if channel.newest else ("", "")),
            *([channel.description] if channel.description else []),
        ]
        for kind in KINDS
        for channel in channels.of(kind)
    ]
    said = {"language": words.script_locale, "words": _list_script_words(words)}
    return msgspec.json.encode({"feeds": rows, **said})


def _list_script_words(words: Words) -> dict[str, str | dict[str, str]]:
    """Return what the script says of feeds by the English texts, and the names of their kinds by folder."""
    counted = {
        "{number} articles": words.list_forms("{number} article", "{number} articles"),
        "{number} feeds with “{words}”": words.list_forms(
            "{number} feed with “{words}”", "{number} feeds with “{words}”"
        ),
    }
    texts = (N_("Subscribe"), N_("Subscribe to {title}"), N_("the largest {number}"))
    kinds = {str(kind): words.gettext(name) for kind, name in SINGULAR.items()}
    return {**kinds, **counted, **{text: words.find(text) for text in texts}}
