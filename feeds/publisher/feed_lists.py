"""All feeds in one file: OPML 2.0 for readers, JSON for programs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

from feeds.channels.channel_set import KINDS, Channels, find_shared
from feeds.channels.metadata import Metadata, make_feed_id
from feeds.formats import MEDIA_TYPES
from feeds.formats.xml import escape_attribute, escape_text
from feeds.lib.text.dates import format_rfc822, format_rfc3339
from feeds.model import Channel, Kind
from feeds.paths import FEED_LISTS, make_feed_list_path, make_page_path
from feeds.publisher.marks import XML_COMMENT
from feeds.publisher.pages.lists import HEADINGS, SINGULAR
from feeds.publisher.routes import Router
from feeds.publisher.targets import FeedListPart, Fixed
from feeds.words import N_, Words

_GROUPS: dict[Kind, str] = {**HEADINGS, "all": SINGULAR["all"]}
# Before a space, the sign begins no entity.
_AMPERSAND = re.compile(r"\s*&(?=\S)")
_ANGLES = str.maketrans("<>", "‹›")


def write_feed_list(target: Fixed | FeedListPart, router: Router, metadata: Metadata) -> tuple[str, bytes]:
    """Return the media type and bytes of ``feeds.opml``, or a part of ``feeds.json``."""
    if target.path.endswith(".opml"):
        return FEED_LISTS[target.path], _write_opml(router, metadata)
    number = target.number if isinstance(target, FeedListPart) else 1
    return FEED_LISTS[make_feed_list_path(1)], _write_part(number, router, metadata)


def _write_opml(router: Router, metadata: Metadata) -> bytes:
    """Write OPML 2.0 (opml.org/spec2.opml): the feeds in groups, as outlines.

    OPML has no attribute for counts, so the descriptions have them. It is written as text, as feeds are: a
    tree of a hundred thousand outlines takes seconds, and as much memory as all else together.
    """
    config, words, channels = router.config, router.words, router.channels
    site = config.site
    name = config.feeds.recommended
    base, language = escape_attribute(site.base_url), escape_attribute(site.language)
    groups = [(kind, found) for kind in KINDS if (found := channels.list_sorted(kind))]
    titles = {one.path: _write_for_html(one.title) for _, found in groups for one in found}
    shared = find_shared((kind, titles[one.path]) for kind, found in groups for one in found)
    newest = max((c.newest for _, found in groups for c in found if c.newest), default=None)
    dated = "" if newest is None else f"    <dateModified>{format_rfc822(newest)}</dateModified>\n"
    head = (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<!--{XML_COMMENT}-->\n"
        f'<opml version="2.0">\n  <head>\n    <title>{escape_text(_write_for_html(site.title))}</title>\n{dated}'
        f"    <ownerName>{escape_text(_write_for_html(site.author or site.title))}</ownerName>\n"
    )
    lines = [head, "  </head>\n  <body>\n"]
    for kind, found in groups:
        lines.append(f'    <outline text="{escape_attribute(words.gettext(_GROUPS[kind]))}">\n')
        for channel in found:
            title = escape_attribute(_find_title(channel, titles[channel.path], shared, words))
            description = escape_attribute(_write_for_html(metadata.summarise(channel)))
            path = channel.path
            lines.append(
                f'      <outline type="rss" text="{title}" title="{title}" xmlUrl="{base}{path}.{name}"'
                f' htmlUrl="{base}{path}/" description="{description}" language="{language}"/>\n'
            )
        lines.append("    </outline>\n")
    lines.append("  </body>\n</opml>\n")
    return "".join(lines).encode()


def _write_for_html(text: str) -> str:
    """Write a plain text so that it reads the same if it is taken for HTML.

    Texts of OPML may hold markup (OPML 2.0, "text attribute"), so some readers decode them and others show
    them as they are: a text in HTML would be wrong in the latter.
    """
    if "&" in text:
        text = _AMPERSAND.sub(" & ", text)
    return text.translate(_ANGLES) if "<" in text or ">" in text else text


def _find_title(channel: Channel, written: str, shared: Mapping[str, Counter[Kind]], words: Words) -> str:
    """Return the title of a feed; if others have it too, with its group or path.

    Some readers import nothing at all if two feeds have the same title.
    """
    if written not in shared:
        return written
    alone = shared[written][channel.kind] == 1
    return f"{written} ({words.gettext(_GROUPS[channel.kind]) if alone else channel.path})"


def _write_part(number: int, router: Router, metadata: Metadata) -> bytes:
    """Write a part of the list for programs; ``next`` is the address of the next."""
    config, words = router.config, router.words
    base = config.site.base_url
    shared = router.channels.shared_titles
    follows = {"next": base + make_feed_list_path(number + 1)} if number < router.feed_list_length else {}
    listed: dict[str, Any] = {
        "title": config.site.title,
        "home_page_url": base,
        "description": config.site.description,
        **follows,
        "feeds": [
            {
                "group": words.gettext(_GROUPS[channel.kind]),
                "id": make_feed_id(config, channel),
                "title": _find_title(channel, channel.title, shared, words),
                "description": metadata.summarise(channel),
                "page_url": base + make_page_path(channel),
                "articles": channel.count,
                "updated": format_rfc3339(channel.newest) if channel.newest else None,
                "urls": {name: f"{base}{channel.path}.{name}" for name in config.feeds.formats},
                "types": {name: MEDIA_TYPES[name] for name in config.feeds.formats},
            }
            for channel in router.listings.list_part(number)
        ],
    }
    return msgspec.json.format(msgspec.json.encode(listed), indent=1)


def write_search_list(channels: Channels, words: Words) -> bytes:
    """Write the list that the pages' script searches, and the words that it shows.

    For each feed: path, title, number of articles, last day as a date and as people write it, and the
    description if it has one.
    """
    rows = [
        [
            channel.path,
            channel.title,
            channel.count,
            *(
                (channel.newest.date().isoformat(), words.write_day(channel.newest))
                if channel.newest
                else ("", "")
            ),
            *([channel.description] if channel.description else []),
        ]
        for kind in KINDS
        for channel in channels.list_sorted(kind)
    ]
    said = {"language": words.script_locale, "words": _list_script_words(words)}
    return msgspec.json.encode({"feeds": rows, **said})


def _list_script_words(words: Words) -> dict[str, str | dict[str, str]]:
    """Return the script's words by English text, and the names of kinds by folder."""
    counted = {
        "{number} articles": words.list_forms("{number} article", "{number} articles"),
        "{number} feeds with “{words}”": words.list_forms(
            "{number} feed with “{words}”", "{number} feeds with “{words}”"
        ),
    }
    texts = (N_("Articles"), N_("Feeds"), N_("More articles"), N_("the largest {number}"))
    kinds = {str(kind): words.gettext(name) for kind, name in SINGULAR.items()}
    return {**kinds, **counted, **{text: words.find(text) for text in texts}}
