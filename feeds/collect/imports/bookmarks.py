"""Read bookmarks in Netscape's HTML, which all browsers and services write.

Pocket's are a little different.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple
from zoneinfo import ZoneInfo

from feeds.collect.imports.records import (
    LONGEST_EXCERPT,
    LONGEST_NAME,
    USUAL_FOLDERS,
    Record,
    Source,
    drop_empty,
    make_title,
    name_provider,
    read_address,
    read_line,
    read_moment,
)
from feeds.lib.text.plain import shorten, strip_html
from feeds.lib.text.tags import Tag, decode_value, list_tags

_NAMES = ("a", "dd", "dt", "dl", "h3", "ul", "li", "p")
_SEEN = re.compile(r"<(?:!DOCTYPE\s+NETSCAPE-Bookmark-file|title>\s*Pocket Export)", re.IGNORECASE)
_IS_LINK = re.compile(r"<a\s[^>]*\b(?:add_date|time_added)=", re.IGNORECASE)
_BEGIN = 4000
_LONGEST_DESCRIPTION, _MOST_FOLDERS = 20_000, 20
# What linkding puts around notes, and calls its own marks.
_NOTES, _OWN_MARK = re.compile(r"\[/?linkding-notes\]"), "linkding:"
_OF_A_BROWSER = {"personal_toolbar_folder", "unfiled_bookmarks_folder"}


class _Link(NamedTuple):
    """A bookmark as written: attributes, text, the text below, the folders around."""

    attributes: dict[str, str]
    title: str
    about: str
    folders: tuple[str, ...]


def is_bookmarks(text: str) -> bool:
    """Return whether HTML is a file of bookmarks."""
    return _SEEN.search(text[:_BEGIN]) is not None or _IS_LINK.search(text[:_BEGIN]) is not None


def read_bookmarks(text: str, zone: ZoneInfo) -> Source:
    """Return the records of a file of bookmarks."""
    kind = "an export of Pocket" if "Pocket Export" in text[:_BEGIN] else "a file of bookmarks"
    return Source(
        kind, [_make_record(number, link, zone) for number, link in enumerate(_list_links(text), start=1)]
    )


def _list_links(text: str) -> Iterator[_Link]:
    """Yield the bookmarks, in time that is proportional to the length of the file."""
    folders: list[str] = []
    heading = ""
    tags = [tag for tag in list_tags(text, _NAMES) if tag.name != "p"]
    for place, tag in enumerate(tags):
        after = tags[place + 1] if place + 1 < len(tags) else None
        if tag.name == "h3" and not tag.is_end:
            attributes = {name.lower() for name in tag.list_attributes()}
            heading = "" if attributes & _OF_A_BROWSER else _read_text(text, tag, after)
        elif tag.name == "dl":
            if not tag.is_end:
                folders.append(heading)
                heading = ""
            elif folders:
                folders.pop()
        elif tag.name == "a" and not tag.is_end:
            yield _Link(
                # Some programs write addresses as they are, so "&copy=1" is no sign.
                {name: decode_value(value) for name, value in tag.list_attributes().items()},
                _read_text(text, tag, after),
                _find_description(text, tags, place + 1),
                tuple(
                    folder
                    for folder in folders[-_MOST_FOLDERS:]
                    if folder and folder.lower() not in USUAL_FOLDERS
                ),
            )


def _find_description(text: str, tags: list[Tag], place: int) -> str:
    """Return what is in the ``dd`` behind a link, "" if the next one comes first."""
    for number in range(place, min(place + 3, len(tags))):
        tag = tags[number]
        if tag.name == "dd" and not tag.is_end:
            end = tags[number + 1].start if number + 1 < len(tags) else len(text)
            return text[tag.end : min(end, tag.end + _LONGEST_DESCRIPTION)]
        if tag.name in {"dt", "dl"} or (tag.name == "a" and not tag.is_end):
            break
    return ""


def _read_text(text: str, tag: Tag, after: Tag | None) -> str:
    end = after.start if after else len(text)
    return strip_html(text[tag.end : min(end, tag.end + _LONGEST_DESCRIPTION)])


def _make_record(number: int, link: _Link, zone: ZoneInfo) -> Record:
    written = link.attributes.get("href", "")
    address = read_address(written)
    about = unescape(_NOTES.sub(" ", link.about))
    excerpt = shorten(read_line(about), LONGEST_EXCERPT)
    added = link.attributes.get("add_date") or link.attributes.get("time_added") or ""
    tags = [*re.split(r"\s*,\s*", link.attributes.get("tags", "").strip()), *link.folders]
    fields = {
        "title": make_title(read_line(link.title), excerpt, address),
        "excerpt": excerpt,
        "publishedDateTime": read_moment(added, zone),
        "originalUrl": address,
        "provider": name_provider(address),
    }
    return Record(
        number,
        drop_empty(fields),
        private=link.attributes.get("private") == "1" or link.attributes.get("shared") == "0",
        tags=[
            tag
            for tag in dict.fromkeys(map(read_line, tags))
            if tag and len(tag) <= LONGEST_NAME and not tag.startswith(_OWN_MARK)
        ],
        problem="" if address else f'"{shorten(written, 60)}" is not an http(s) address',
    )
