"""Fills the texts of feeds into heads that feedgen wrote for similar feeds.

The heads of a site's feeds differ only in a few texts. feedgen writes the head of a feed with
placeholders for these texts; the result is cut at the placeholders and kept as a template.
Filling a template takes a seventh of the time that feedgen takes to write a head.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from feeds.formats.xml import encode_xml, escape_attribute, escape_text
from feeds.lib.text.media_types import find_media_type
from feeds.model import Feed, Image

# A placeholder is the name of a text between two private-use characters, which no feed needs.
_OPEN, _CLOSE = "\ue000", "\ue001"
# The placeholder of a picture looks like a URL of its type: RSS shows pictures of some types only.
_URL_START = "http://-/"
_PLACEHOLDER = re.compile(rf"(?:{_URL_START})?{_OPEN}(\w+){_CLOSE}(?:\.[a-z+]+)?")
# feedgen takes no placeholder for a date, so this date is one.
_DATE = datetime(1970, 1, 1, tzinfo=UTC)
WriteHead = Callable[[Feed], bytes]
WriteDate = Callable[[datetime], str]


def fill_head(feed: Feed, write_head: WriteHead, write_date: WriteDate) -> bytes:
    """Return the same bytes as ``write_head``, but from a template.

    ``write_date`` must write dates as ``write_head`` does. Raises :class:`ValueError` for a
    character that XML forbids.
    """
    # The number of tombstones varies. Author and rights stay in the template, so they must not look
    # like placeholders.
    if feed.tombstones or _OPEN in feed.author + feed.rights:
        return write_head(feed)
    names = _name_texts(feed)
    template = _make_template(_put_placeholders(feed, names), write_head, write_date)
    texts = {name: text for text, name in names.items()}
    return encode_xml(template.fill({**texts, "updated": write_date(feed.updated)}))


class _Slot(NamedTuple):
    """A text of a template: what comes before it, its name, how to escape it."""

    before: str
    name: str
    escape: Callable[[str], str]


class _Template(NamedTuple):
    """The head of a feed without its texts."""

    slots: tuple[_Slot, ...]
    end: str

    def fill(self, texts: Mapping[str, str]) -> str:
        """Put texts, by their names, into the head."""
        return "".join([slot.before + slot.escape(texts[slot.name]) for slot in self.slots]) + self.end


def _name_texts(feed: Feed) -> dict[str, str]:
    """Return a name for each text in which feeds of one site differ.

    Equal texts share a name, because heads depend on which texts are equal: RSS leaves out a link
    to the page that the channel links to anyway.
    """
    named = [
        ("id", feed.id),
        ("title", feed.title),
        ("subtitle", feed.subtitle),
        ("home", feed.home),
        ("self_url", feed.self_url),
        ("icon", feed.icon),
        ("logo", feed.logo.url if feed.logo else ""),
        *((f"link_{number}", link.href) for number, link in enumerate(feed.links)),
    ]
    names: dict[str, str] = {}
    for name, text in named:
        names.setdefault(text, name)
    return names


def _put_placeholders(feed: Feed, names: Mapping[str, str]) -> Feed:
    """Replace the texts of a feed, but not empty ones: heads leave them out."""

    def write_placeholder(text: str) -> str:
        return f"{_OPEN}{names[text]}{_CLOSE}" if text else ""

    def replace_picture(image: Image) -> Image:
        kind = find_media_type(image.url)
        ending = "." + kind.partition("/")[2] if kind else ""
        return replace(image, url=f"{_URL_START}{write_placeholder(image.url)}{ending}")

    return replace(
        feed,
        id=write_placeholder(feed.id),
        title=write_placeholder(feed.title),
        subtitle=write_placeholder(feed.subtitle),
        home=write_placeholder(feed.home),
        self_url=write_placeholder(feed.self_url),
        icon=write_placeholder(feed.icon),
        logo=replace_picture(feed.logo) if feed.logo else None,
        links=tuple([replace(link, href=write_placeholder(link.href)) for link in feed.links]),
        updated=_DATE,
    )


@lru_cache(maxsize=256)
def _make_template(feed: Feed, write_head: WriteHead, write_date: WriteDate) -> _Template:
    """Have the head of a feed with placeholders written, and cut it at these."""
    head = write_head(feed).decode().replace(write_date(_DATE), f"{_OPEN}updated{_CLOSE}")
    slots, end = [], 0
    for found in _PLACEHOLDER.finditer(head):
        is_attribute = head[found.start() - 1] == '"'
        escape = escape_attribute if is_attribute else escape_text
        slots.append(_Slot(head[end : found.start()], found[1], escape))
        end = found.end()
    return _Template(tuple(slots), head[end:])
