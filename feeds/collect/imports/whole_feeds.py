"""Read a feed as one whose entries have readers: with ids, dates, people, texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from feeds.collect.imports.records import (
    LONGEST_NAME,
    MOST_NAMES,
    Record,
    Source,
    drop_empty,
    make_title,
    read_address,
    read_moment,
)
from feeds.collect.imports.services import make_paragraphs
from feeds.collect.new import escape_markup
from feeds.collect.source_entries import list_files, list_tag_names, make_fields
from feeds.collect.source_feeds import Entry, SourceFeed, parse_feed, read_names, read_text
from feeds.lib.text.media_types import find_media_type, find_medium, read_media_type
from feeds.lib.text.plain import remove_unwanted, shorten, strip_html
from feeds.lib.text.tags import list_tags

_LONGEST_SUMMARY = 5000
# The address below which our own feeds name topics, and what else identifies them. In these, the provider is
# the last author.
_OWN_TOPICS = "/topics/"
_OURS = re.compile(rb'<generator[^>]{0,200}>feeds\b|"_feeds":\{')


def read_feed(data: bytes, url: str, content_type: str, zone: ZoneInfo, *, full: bool) -> Source:
    """Return the records of a feed in any format.

    Raises :class:`FeedsError` if it is not one. With ``full``, it is one's own: its texts are taken whole, and
    its site is no provider.
    """
    # Without its address: feedparser would turn ids that are not addresses into addresses.
    feed = parse_feed(data, "", content_type, sanitised=False)
    is_ours = _OURS.search(data) is not None
    reader = _EntryReader(feed._replace(url=url or feed.link), zone, full=full, is_ours=is_ours)
    records = [reader.read(number, entry) for number, entry in enumerate(feed.entries, start=1)]
    damage = f", which is broken ({feed.damage}); what could be read of it was" if feed.damage else ""
    return Source(f"a feed, {feed.title or 'without a title'}{damage}", records)


class _EntryReader:
    """Makes records of the entries of one feed."""

    def __init__(self, feed: SourceFeed, zone: ZoneInfo, *, full: bool, is_ours: bool) -> None:
        self._feed = feed
        self._zone = zone
        self._full = full
        self._is_ours = is_ours

    def read(self, number: int, entry: Entry) -> Record:
        """Return the record of an entry; whatever it holds, the others are read."""
        try:
            return self._read(number, entry)
        except Exception as error:  # noqa: BLE001 - one entry must not cost the others
            return Record(number, {}, problem=f"cannot be read ({type(error).__name__})")

    def _read(self, number: int, entry: Entry) -> Record:
        fields = make_fields(entry, self._feed, self._zone)
        tags, topics = _divide_tags(entry)
        published, updated = (self._read_date(entry, name) for name in ("published", "updated"))
        body, excerpt = _read_texts(entry) if self._full else ("", fields.get("excerpt", ""))
        address = read_address(entry.get("page_url")) or fields.pop("originalUrl", "")
        fields |= {
            "title": make_title(fields.get("title", ""), excerpt, escape_markup(strip_html(body)), address),
            "excerpt": excerpt,
            "publishedDateTime": published or updated,
            "updatedDateTime": updated if published and updated and updated > published else None,
            "webUrl" if self._full else "originalUrl": address,
            "sourceUrl": _find_source(entry, address),
            "id": _find_id(entry, address),
            "provider": self._choose_provider(entry, fields.get("provider", {})),
        }
        fields.pop("tags", None)
        return Record(
            number,
            drop_empty(fields),
            body,
            tags=tags,
            topics=topics,
            problem=""
            if address or body
            else "has no address" + ("" if self._full else "; --full takes its text"),
            notes=[*self._explain_date(entry, published or updated), *_name_left_files(entry, fields)],
        )

    def _choose_provider(self, entry: Entry, found: Mapping[str, Any]) -> dict[str, Any]:
        """Return who published what an entry is about; add no author to its feed."""
        if self._full or self._is_ours:
            named = [name for name in dict.fromkeys(read_names(entry)) if len(name) <= LONGEST_NAME]
            names = list(map(escape_markup, named))
            domain = "" if self._full else str(entry.get("provider") or "")
            last = {"name": names.pop(), "domain": domain} if names and domain else {}
            return drop_empty({**last, "authors": [{"name": name} for name in names]})
        if "name" not in found and found.get("authors"):
            # Whoever shares other people's page is not among its authors.
            return {"authors": found["authors"]}
        return dict(found)

    def _read_date(self, entry: Entry, name: str) -> Any:
        """Return an entry's date in its own zone, None if it is missing or ambiguous."""
        # By its own method, because feedparser's gives one date in place of the other.
        return read_moment(dict(entry).get(name), self._zone)

    def _explain_date(self, entry: Entry, moment: object) -> Iterator[str]:
        written = dict(entry).get("published") or dict(entry).get("updated")
        if written and not moment:
            yield f'"{shorten(str(written), 40)}" is not a date that can be read in one way'


def _find_id(entry: Entry, address: str) -> str:
    """Return the id of an entry as readers have it: its own, else its link."""
    link = str(entry.get("link") or "").strip()
    own = str(entry.get("id") or "").strip() or (link if link.startswith("http") else address)
    return escape_markup(remove_unwanted(own))


def _find_source(entry: Entry, address: str) -> str:
    """Return where an entry says that it was found, "" if that is nowhere else."""
    via = [link.get("href") for link in entry.get("links") or () if link.get("rel") == "via"]
    found = read_address(next(iter(via), None) or entry.get("external_url"))
    return found if found != address else ""


def _divide_tags(entry: Entry) -> tuple[list[str], list[str]]:
    """Return the names of an entry that are tags, and those that are topics like ours."""
    tags: dict[str, None] = {}
    topics: dict[str, None] = {}
    for scheme, name in list_tag_names(entry):
        (topics if scheme.endswith(_OWN_TOPICS) else tags).setdefault(name)
    return list(tags)[:MOST_NAMES], list(topics)[:MOST_NAMES]


def _read_texts(entry: Entry) -> tuple[str, str]:
    """Return an entry's text as HTML, and its summary if it says something else."""
    contents = [one for one in entry.get("content") or () if str(one.get("value") or "").strip()]
    summary = entry.get("summary_detail") or {}
    written = str(summary.get("value") or "")
    if not contents:
        # What has markup is the text itself.
        is_text = summary.get("type") != "text/plain" and any(True for _ in list_tags(written))
        return (_make_html(summary), "") if is_text else ("", _shorten(entry))
    content = next((one for one in contents if "html" in str(one.get("type"))), contents[0])
    is_same = written.strip() in {"", str(content["value"]).strip()}
    return _make_html(content), "" if is_same else _shorten(entry)


def _shorten(entry: Entry) -> str:
    return escape_markup(shorten(read_text(entry, "summary"), _LONGEST_SUMMARY))


def _make_html(detail: Mapping[str, Any]) -> str:
    text = remove_unwanted(str(detail["value"])).strip()
    return make_paragraphs(text) if detail.get("type") == "text/plain" else text


def _name_left_files(entry: Entry, fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is said about enclosed files that no article can have."""
    featured = fields.get("featuredContent")
    taken = featured.get("url") if isinstance(featured, dict) else featured
    enclosed = {link.get("href") for link in entry.get("links") or () if link.get("rel") == "enclosure"}
    left = [
        url
        for url, kind in dict.fromkeys(list_files(entry))
        if url in enclosed
        and read_address(url) != taken
        and (find_medium(read_media_type(kind)) or find_medium(find_media_type(url))) != "image"
    ]
    if left:
        yield f"left out: {len(left)} more enclosed {'file' if len(left) == 1 else 'files'}, such as {left[0]}"
