"""What stands at which path of one state of the site. Pure: asks no database."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from feeds.channels.build import LISTED, Channels
from feeds.channels.pagination import CARDS, LISTED_ON_A_PAGE, ROWS, Pagination
from feeds.config.names import Names
from feeds.config.schema import Config, FormatName
from feeds.index.read.overview import State
from feeds.model import Channel, Kind
from feeds.paths import (
    CATALOGUES,
    LISTING,
    LOOK,
    STANDING,
    archive_path,
    feed_path,
    list_path,
    page_archive_path,
    page_path,
    sitemap_path,
)
from feeds.publisher.pages.static_files import static_files, static_type

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
# More addresses than this a sitemap may not have (sitemaps.org/protocol).
MOST_ADDRESSES = 50_000
_SITEMAP_PART = re.compile(r"sitemap-([1-9][0-9]{0,3})\.xml")


class Fixed(NamedTuple):
    """What there is once: the index page, a catalogue, a static file and the like."""

    path: str


class Page(NamedTuple):
    """A page of a channel: its own, or one of older articles by its number."""

    channel: Channel
    number: int = 0

    @property
    def path(self) -> str:
        """Its path below the base URL."""
        return page_archive_path(self.channel, self.number) if self.number else page_path(self.channel)


class ListPage(NamedTuple):
    """A page of the list of all channels of a kind."""

    kind: Kind
    number: int

    @property
    def path(self) -> str:
        """Its path below the base URL."""
        return list_path(self.kind, self.number)


class ArticlePage(NamedTuple):
    """The page of an article without a link. Only the index knows whether there is one."""

    path: str


class SitemapPart(NamedTuple):
    """A part of a long sitemap. Only the index knows whether it is as long as that."""

    number: int


class Search(NamedTuple):
    """The page of the feeds that have some words."""

    words: str


class FeedTarget(NamedTuple):
    """A document of a channel: the one to subscribe to, or an archive document by its number."""

    channel: Channel
    format: FormatName
    number: int = 0

    @property
    def path(self) -> str:
        """Its path below the base URL."""
        if self.number:
            return archive_path(self.channel, self.number, self.format)
        return feed_path(self.channel, self.format)


Target = Fixed | Page | ListPage | ArticlePage | SitemapPart | Search | FeedTarget


class Router:
    """The channels and addresses of one state of the site."""

    def __init__(self, config: Config, names: Names, channels: Channels, state: State) -> None:
        self.config = config
        self.names = names
        self.channels = channels
        self.state = state
        self._layout = tuple(channels.layout())
        self.standing = _standing(config)
        counts = Counter(channel.kind for channel in channels.by_path.values())
        # How many pages the list of each kind has.
        self.lists = {kind: max(1, -(-counts[kind] // LISTED_ON_A_PAGE)) for kind in LISTED}

    def find(self, path: str) -> Target | None:
        """What stands at a path, None where nothing does."""
        if path in self.standing or path in LISTING or path in CATALOGUES:
            return Fixed(path)
        if (part := _SITEMAP_PART.fullmatch(path)) is not None:
            return SitemapPart(int(part[1]))
        return self._find_page(path[:-1]) if path.endswith("/") else self._find_feed(path)

    def _find_page(self, stem: str) -> Page | ListPage | ArticlePage | None:
        if (channel := self.channels.by_path.get(stem)) is not None:
            return Page(channel)
        if stem.startswith("articles/"):
            return ArticlePage(f"{stem}/")
        for kind, last in self.lists.items():
            if stem == kind:
                return ListPage(kind, 1)
            if stem.startswith(f"{kind}/page/"):
                number = _number(stem.removeprefix(f"{kind}/page/"), last)
                return ListPage(kind, number) if number > 1 else None
        stem, _, written = stem.rpartition("/archive/")
        channel = self.channels.by_path.get(stem)
        archive = channel and self.page_archive(channel)
        number = _number(written, archive.last) if archive else 0
        return Page(channel, number) if channel and number else None

    def _find_feed(self, path: str) -> FeedTarget | None:
        stem, _, ending = path.rpartition(".")
        name = next((name for name in self.config.feeds.formats if name == ending), None)
        if name is None:
            return None
        if (channel := self.channels.by_path.get(stem)) is not None:
            return FeedTarget(channel, name)
        stem, _, number = stem.rpartition("/archive/")
        channel = self.channels.by_path.get(stem)
        if channel is None or not _NUMBER.fullmatch(number) or not self.has_archive(channel, int(number)):
            return None
        return FeedTarget(channel, name, int(number))

    def has_archive(self, channel: Channel, number: int) -> bool:
        """Whether a channel has an archive document of this number."""
        archive = self.archive(channel)
        return archive is not None and 0 < number <= archive.last

    def moved(self, path: str) -> str | None:
        """Where the document of an old path stands now, None where it is not known."""
        for ending in self.endings:
            if path.endswith(ending) and (new := self.channels.moved.get(path.removesuffix(ending))):
                return new + ending
        return None

    @property
    def endings(self) -> Sequence[str]:
        """What follows a channel's path in the addresses of its documents."""
        return [*(f".{name}" for name in self.config.feeds.formats), "/"]

    def archive(self, channel: Channel) -> Pagination | None:
        """How a channel is divided into documents; None where older articles are not kept."""
        config = self.config.feeds
        if not config.archive or channel.by_quality:
            return None
        # A reader who chose a short feed gets it: no page is longer than the limit.
        page_size = min(config.page_size, channel.limit) if channel.selection else config.page_size
        return Pagination(channel.count, channel.limit, page_size)

    def page_archive(self, channel: Channel) -> Pagination | None:
        """How a channel is divided into pages; None where older articles are not shown."""
        if not self.config.feeds.archive or channel.by_quality:
            return None
        return Pagination(channel.count, CARDS, ROWS)

    def sitemap_parts(self, articles: int) -> list[str]:
        """The paths of the parts of the sitemap, where it needs any; so many articles have a page."""
        # Beside the index and the page for building a feed.
        addresses = 2 + sum(self.lists.values()) + len(self.channels.by_path) + articles
        parts = -(-addresses // MOST_ADDRESSES)
        return [sitemap_path(number) for number in range(1, parts + 1)] if parts > 1 else []

    def version(self, target: Target) -> object:
        """Equal as long as the bytes at a target are: what documents are remembered by."""
        state = self.state
        if isinstance(target, Fixed) and target.path in self.standing:
            return state.birth, state.site_changed
        if not isinstance(target, Page | FeedTarget):
            return state.birth, state.site_changed, state.generation
        channel = target.channel
        searched = state.searched if channel.selection and channel.selection.match else 0
        # A path may pass to another channel, and pages link to paths.
        at = (state.birth, state.site_changed, channel.key, channel.generation, searched, self._layout)
        # A selection's title names topics that it leaves out, and that may lose their last article.
        return (*at, channel.title)

    def changed(self, channel: Channel) -> datetime:
        """When the documents of a channel last changed."""
        return max(channel.changed or self.state.site_changed, self.state.site_changed)

    def newest_change(self) -> datetime:
        """When any document last changed."""
        return max(self.changed(channel) for channel in self.channels.by_path.values())


def _standing(config: Config) -> Mapping[str, str]:
    """The paths of what follows from the configuration alone, with their media types."""
    files = {path: static_type(path) for path in static_files()}
    return files | STANDING | ({LOOK: static_type(LOOK)} if config.pages.accent else {})


def _number(text: str, last: int) -> int:
    """A number as it stands in a path, from 1 to the last; 0 for any other text."""
    return int(text) if _NUMBER.fullmatch(text) and int(text) <= last else 0
