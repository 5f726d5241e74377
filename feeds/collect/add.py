"""Add pages of others: fetch one, take its fields, and write an article about it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from feeds.articles.players import find_player
from feeds.collect.fetch import Fetched, Fetcher, check_address
from feeds.collect.known import find_known, list_addresses, make_key
from feeds.collect.markup import Markup, Node, decode, read_markup
from feeds.collect.new import (
    escape_markup,
    find_draft_mark,
    format_fields,
    list_topics,
    name_file,
    refuse_bucket,
    write_numbered,
)
from feeds.collect.page import choose_fields, find_day, list_subjects, remove_trackers
from feeds.config.names import Names
from feeds.config.schema import Config
from feeds.errors import FeedsError, FetchError
from feeds.lib.exchange import make_printable
from feeds.lib.storage.files import read_file
from feeds.lib.text.identifiers import fold
from feeds.lib.text.media_types import find_media_type, find_medium, read_media_type
from feeds.lib.text.urls import canonicalise, make_page_key

_MOST_REFRESHES, _LONGEST_WAIT = 3, 10
_MOST_NAMED = 12
_WALL_HOST = re.compile(
    r"^(?:consent|consents|guce|myprivacy|privacy|cmp)\.|(?:^|\.)consentframework\.", re.IGNORECASE
)
_WALL_TITLE = re.compile(
    r"just a moment|attention required|access denied|are you a (?:human|robot)|before you continue|bevor sie fortfahren"
    r"|security check|checking your browser|one more step|verify (?:that )?you are (?:a )?human|pardon our interruption",
    re.IGNORECASE,
)
_BY_HAND = "Open it in a browser, and write the article with `feeds new`."
_SHORT_NAME = 3
_NO_SPACES = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


class Wishes(NamedTuple):
    """What the curator says about the pages that are added; ``note`` is why."""

    topics: Sequence[str] = ()
    note: str = ""
    draft: bool = False


class FoundPage(NamedTuple):
    """A page that a site does not have yet: its article's fields, and fitting topics.

    ``addresses`` are all that lead to it. ``day`` is the date if only the text of the page tells it, else "".
    """

    asked: str
    fields: dict[str, Any]
    topics: Sequence[str]
    addresses: Sequence[str]
    day: str = ""

    @property
    def lacks(self) -> list[str]:
        """The fields without which an article cannot be published."""
        return [name for name in ("title", "publishedDateTime") if name not in self.fields]


class Adder:
    """Reads pages and writes articles about them, for one site."""

    def __init__(self, config: Config, fetcher: Fetcher) -> None:
        """Look at what the site has.

        Raises :class:`FeedsError` if articles are in a bucket.
        """
        refuse_bucket(config)
        self.zone = ZoneInfo(config.articles.timezone)
        self._config = config
        self._fetcher = fetcher
        self._names = Names(config)
        self._known = find_known(config)

    def read(self, url: str) -> FoundPage:
        """Fetch a page and return what it says about itself.

        Raises :class:`FetchError` if it cannot be had, and :class:`FeedsError` if the site has it.
        """
        url = check_address(url if "//" in url else f"https://{url}")
        self._refuse_known(url, [url, remove_trackers(url)])
        fetched, page = _read_page(url, self._fetcher)
        fields = {"provider": {}, **choose_fields(page, self.zone)}
        addresses = [*fetched.visited, fetched.url, fields["originalUrl"]]
        self._refuse_known(url, addresses)
        fields |= self._complete(page, fields)
        fields["provider"] = self._name_provider(fields["provider"])
        day = "" if "publishedDateTime" in fields else find_day(page)
        fields |= {"publishedDateTime": day} if day else {}
        return FoundPage(url, fields, self._suggest_topics(list_subjects(page, fields)), addresses, day)

    def format(self, page: FoundPage, wishes: Wishes) -> str:
        """Return the text of the article about a page."""
        found = page.fields
        topics = [self._names.identify_topic(name)[1] for name in wishes.topics or page.topics]
        notes = {}
        if not topics and (named := list_topics(self._config)[:_MOST_NAMED]):
            notes["topics"] = f"such as {json.dumps(named, ensure_ascii=False)}"
        excerpt = found.get("excerpt", "")
        if note := escape_markup(wishes.note):
            excerpt = f"{note} \u201c{excerpt}\u201d" if excerpt else note
        if page.day:
            notes["publishedDateTime"] = "the only day in its text: look whether it is right"
        mark, value = find_draft_mark(self._config)
        if page.lacks:
            notes[mark] = f"the page does not say: {', '.join(page.lacks)}"
        fields: dict[str, Any] = {"title": found.get("title", ""), "excerpt": excerpt}
        if "publishedDateTime" in found:
            fields["publishedDateTime"] = found["publishedDateTime"]
        if wishes.draft or page.lacks:
            fields[mark] = value
        fields |= {name: value for name, value in found.items() if value and name not in fields}
        fields["topics"] = topics
        return format_fields(fields, notes)

    def write(self, page: FoundPage, wishes: Wishes) -> Path:
        """Write the article about a page, and return its file; replace nothing.

        Raises :class:`StorageError`, and :class:`FeedsError` if the site has it by now.
        """
        published = page.fields.get("publishedDateTime")
        day = datetime.fromisoformat(published) if isinstance(published, str) else published
        title = page.fields.get("title") or urlsplit(page.fields["originalUrl"]).path
        begin = self._config.articles_path / name_file(title, day)
        keys = {make_key(one) for one in page.addresses}

        def refuse_same(file: Path) -> None:
            try:
                data = read_file(file, self._config.articles.max_bytes)
            except OSError:
                return
            if any(make_key(one) in keys for one in list_addresses(data)):
                raise self._make_known_error(page.asked, file.name)

        file = write_numbered(begin, ".md", self.format(page, wishes), refuse_same)
        self._known |= dict.fromkeys(keys, file.relative_to(self._config.articles_path).as_posix())
        return file

    def _refuse_known(self, asked: str, addresses: Iterable[str]) -> None:
        for address in addresses:
            if (path := self._known.get(make_key(address))) is not None:
                raise self._make_known_error(asked, path)

    def _make_known_error(self, asked: str, path: str) -> FeedsError:
        file = os.path.relpath(self._config.articles_path / path)
        return FeedsError(f"{asked}: is there already: {file}")

    def _complete(self, page: Markup, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return what plays a film or sound, and what its host says of it (oEmbed)."""
        found: dict[str, Any] = {}
        kind = fields.get("type")
        player = find_player(fields["originalUrl"])
        if player is not None and player.kind == kind:
            found["featuredContent"] = fields["originalUrl"]
        elif kind in ("audio", "podcast", "video") and (file := _find_file(page)):
            found["featuredContent"] = file
        authors = fields["provider"].get("authors")
        if not all((fields.get("title"), kind, authors, fields.get("length") or kind == "article")):
            found |= _take_oembed(self._ask_oembed(page), fields, page.url)
        return found

    def _ask_oembed(self, page: Markup) -> Node:
        """Return the oEmbed document that a page names, empty without a readable one."""
        for link in page.tree.iter("link"):
            if (link.get("type") or "").lower() == "application/json+oembed":
                address = canonicalise(link.get("href") or "", page.url)
                try:
                    found = json.loads(self._fetcher.fetch(address).body) if address else None
                except (FetchError, ValueError, RecursionError):
                    return {}
                return found if isinstance(found, dict) else {}
        return {}

    def _name_provider(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """Return a provider as the site knows it: by its own domain and name for it."""
        domain = self._names.identify_provider(found.get("domain", ""))
        known = self._names.find_provider_config(domain)
        name = (known.name if known else "") or found.get("name") or domain
        named = {"name": name, "domain": domain, "authors": found.get("authors")}
        return {key: value for key, value in named.items() if value}

    def _suggest_topics(self, subjects: Sequence[str]) -> list[str]:
        """Return the topics whose names or aliases occur in what a page says it is about."""
        chosen = []
        for name in list_topics(self._config):
            known = self._names.find_topic_config(fold(name))
            spellings = (name, *(known[1].aliases if known else ()))
            if any(_occurs(spelling, text) for spelling in spellings for text in subjects):
                chosen.append(name)
        return chosen


def _read_page(url: str, fetcher: Fetcher) -> tuple[Fetched, Markup]:
    """Fetch a page and read what it says about itself, wherever its redirects lead.

    Raises :class:`FetchError` if that is no page: another kind of file, or a wall before it.
    """
    from w3lib.html import get_meta_refresh

    at = url
    visited: list[str] = []
    for _ in range(_MOST_REFRESHES):
        fetched = fetcher.fetch(at)
        visited += fetched.visited
        _refuse_other_kind(url, fetched)
        text = decode(fetched.body, fetched.content_type)
        seconds, target = get_meta_refresh(text, fetched.url)
        target = canonicalise(target or "") or ""
        if (
            seconds is None
            or seconds > _LONGEST_WAIT
            or not target
            or make_page_key(target) in map(make_page_key, visited)
        ):
            break
        at = target
    page = read_markup(fetched.url, text)
    if page is None:
        raise FetchError(f"{url}: the page is empty. {_BY_HAND}")
    _refuse_wall(url, page)
    return fetched._replace(visited=tuple(visited)), page


def _refuse_other_kind(url: str, fetched: Fetched) -> None:
    kind = fetched.content_type.partition(";")[0].strip().lower()
    if fetched.body[:5] == b"%PDF-" or kind == "application/pdf":
        raise FetchError(
            f"{url}: is a PDF, which does not say what an article needs. Add the page that leads to it,"
            " or write the article with `feeds new`."
        )
    begin = fetched.body[:1000].lstrip().lower()
    if kind and "html" not in kind and not begin.startswith((b"<!doctype html", b"<html")):
        if b"<rss" in begin or b"<feed" in begin or "feed" in kind:
            raise FetchError(
                f"{url}: is a feed. `feeds import` takes its entries, and `feeds pull` what is new in it."
            )
        raise FetchError(f"{url}: is not a page, but {make_printable(kind)}. Add the page that leads to it.")


def _refuse_wall(url: str, page: Markup) -> None:
    """Raise :class:`FetchError` if a page only asks for consent or for a human reader."""
    asked, found = urlsplit(url).hostname or "", urlsplit(page.url).hostname or ""
    if found != asked and _WALL_HOST.search(found):
        raise FetchError(f"{url}: {found} asks for consent first. {_BY_HAND}")
    title = " ".join(page.tree.xpath("string(//title)").split())
    if _WALL_TITLE.match(title):
        raise FetchError(
            f"{url}: the site wants to know whether a person reads it ({make_printable(title)}). {_BY_HAND}"
        )


def _find_file(page: Markup) -> dict[str, str]:
    """Return the sound or film that a page names, as ``featuredContent`` has it."""
    inner = list(page.follow_all(page.main, "associatedMedia", "audio", "video", "encoding"))
    named: list[Any] = [
        (one.get("contentUrl"), one.get("encodingFormat")) if isinstance(one, Mapping) else (one, "")
        for one in inner
    ]
    named += [
        (one, next(page.list_meta("og:audio:type"), ""))
        for one in page.list_meta("og:audio:secure_url", "og:audio", "og:audio:url")
    ]
    named += [(node.get("contentUrl"), node.get("encodingFormat")) for node in page.main]
    for address, kind in named:
        url = canonicalise(address, page.url) if isinstance(address, str) else None
        written = (read_media_type(str(kind or "")) or find_media_type(url)) if url else None
        if url and find_medium(written) in ("audio", "video"):
            return {"url": url, "type": written or ""}
    return {}


def _take_oembed(found: Node, fields: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Return the fields that an oEmbed document has and the page had not."""
    taken: dict[str, Any] = {}
    title, author = (escape_markup(str(found.get(name) or "")) for name in ("title", "author_name"))
    if title and "title" not in fields:
        taken["title"] = title
    if author and "authors" not in fields["provider"]:
        taken["provider"] = {**fields["provider"], "authors": [{"name": author}]}
    if "type" not in fields and found.get("type") == "video":
        taken["type"] = "video"
    seconds = found.get("duration")
    if "length" not in fields and isinstance(seconds, int) and seconds > 0:
        taken["length"] = seconds
    picture = canonicalise(str(found.get("thumbnail_url") or ""), base)
    if "images" not in fields and picture:
        sizes = {name: found.get(f"thumbnail_{name}") for name in ("width", "height")}
        taken["images"] = [
            {"url": picture, **(sizes if all(isinstance(one, int) for one in sizes.values()) else {})}
        ]
    return taken


def _occurs(name: str, text: str) -> bool:
    """Return whether a text has a name as whole words; short names are case-sensitive."""
    folded = (
        (name, text) if len(name) <= _SHORT_NAME and fold(text) != fold(name) else (fold(name), fold(text))
    )
    word = re.escape(folded[0])
    return (
        re.search(word if _NO_SPACES.search(name) else rf"(?<![\w+#.]){word}(?![\w+#]|\.\w)", folded[1])
        is not None
    )
