"""Which document of the site a path names. Asks no database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from feeds.channels.channel_set import Channels, list_kinds
from feeds.channels.pagination import CARDS, LISTED_ON_A_PAGE, ROWS, Pagination
from feeds.config.names import Names
from feeds.config.schema import Config, FormatName
from feeds.errors import MissingFeedError
from feeds.images.store import COPIES, NO_PICTURES, Pictures
from feeds.index.read.overview import State
from feeds.lib.text.media_types import find_safe_file_type
from feeds.lib.text.plain import find_nearest
from feeds.model import ARTICLE_PAGES, Channel
from feeds.paths import (
    ACCENT_STYLE,
    FEED_LISTS,
    FROM_CHANNELS,
    FROM_CONFIG,
    SEARCH_INDEX,
    make_key_path,
)
from feeds.publisher.listings import FEEDS_IN_A_PART, Listings
from feeds.publisher.pages.static_files import find_static_type, list_static_files
from feeds.publisher.targets import (
    ArticlePage,
    ChannelPage,
    FeedListPart,
    FeedTarget,
    FileTarget,
    Fixed,
    ListPage,
    PictureTarget,
    SearchFile,
    SearchPage,
    SitemapPart,
    Target,
)
from feeds.words import choose_words

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
# The date of what may change without a new date: far in the future, so that it proves nothing.
UNDATED = datetime.max.replace(tzinfo=UTC)
# The most addresses that a sitemap may have (sitemaps.org/protocol).
MOST_ADDRESSES = 50_000
_FEED_LIST_PART = re.compile(r"feeds-([1-9][0-9]{0,4})\.json")
_SITEMAP_PART = re.compile(r"sitemap-([1-9][0-9]{0,3})\.xml")


class Router:
    """The channels and addresses of one state of the site."""

    def __init__(  # noqa: PLR0913 - what a publisher knows of a state
        self,
        config: Config,
        names: Names,
        channels: Channels,
        state: State,
        own_files: Mapping[str, Path],
        *,
        history: int = 0,
        served: bool = True,
        pictures: Pictures = NO_PICTURES,
        listed_as: str = "",
    ) -> None:
        """``own_files`` are the files that the site publishes as they are, by path.

        With ``served``, pages offer what needs an application. ``history`` is another number for each state that does
        not follow from those before it. ``listed_as`` is the token of an earlier state of which lists say the same, ""
        if none is known.
        """
        self.config = config
        self.names = names
        self.words = choose_words(config.site.language, config.pages.words)
        self.channels = channels
        self.state = state
        self.served = served
        # On a site of files, the script of the search looks into an index of articles.
        self.has_search_index = config.pages.search and not served
        # The small copies of pictures of other sites.
        self.pictures = pictures
        self.listed_as = listed_as
        self._history = (state.birth, history, pictures.name)
        self._layout = tuple(channels.list_layout())
        # The paths of what follows from the configuration alone, with their media types.
        self.own_files = own_files
        self.from_config = _list_from_config(config, own_files)
        counts = channels.counts
        # The types and languages of articles, once the page for building a feed has read them.
        self.vocabulary: tuple[set[str], set[str]] | None = None
        # What lists say of channels, and how many parts the one for programs has.
        self.listings = Listings(channels)
        self.feed_list_length = max(1, -(-counts.total() // FEEDS_IN_A_PART))
        # How many pages the list of each kind has.
        self.list_lengths = {
            kind: max(1, -(-counts[kind] // LISTED_ON_A_PAGE)) for kind in list_kinds(config)
        }

    def find(self, path: str) -> Target | None:
        """Parse the path of a request; None if the site has no such document."""
        if path in self.from_config or path in FROM_CHANNELS or path in FEED_LISTS:
            return Fixed(path)
        if (part := _SITEMAP_PART.fullmatch(path)) is not None:
            return SitemapPart(int(part[1]))
        if (part := _FEED_LIST_PART.fullmatch(path)) is not None:
            number = int(part[1])
            return FeedListPart(number) if 1 < number <= self.feed_list_length else None
        if path.endswith("/"):
            return self._find_page(path[:-1])
        return self._find_file(path) or self._find_feed(path)

    def _find_file(self, path: str) -> FileTarget | PictureTarget | SearchFile | None:
        if path.startswith(COPIES):
            return PictureTarget(path) if path in self.picture_paths else None
        if path.startswith(ARTICLE_PAGES) and self.config.articles.assets and find_safe_file_type(path):
            return FileTarget(path)
        return SearchFile(path) if path.startswith(SEARCH_INDEX) and self.has_search_index else None

    def _find_page(self, stem: str) -> ChannelPage | ListPage | ArticlePage | None:
        if (channel := self.channels.by_path.get(stem)) is not None:
            return ChannelPage(channel)
        if stem.startswith(ARTICLE_PAGES):
            return ArticlePage(f"{stem}/")
        for kind, last in self.list_lengths.items():
            if stem == kind:
                return ListPage(kind, 1)
            if stem.startswith(f"{kind}/page/"):
                number = _parse_number(stem.removeprefix(f"{kind}/page/"), last)
                return ListPage(kind, number) if number > 1 else None
        stem, _, text = stem.rpartition("/archive/")
        channel = self.channels.by_path.get(stem)
        pagination = channel and self.paginate_pages(channel)
        number = _parse_number(text, pagination.last) if pagination else 0
        return ChannelPage(channel, number) if channel and number else None

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

    def resolve_feed(self, path: str, name: FormatName) -> FeedTarget:
        """Return the feed of the channel at a path, or at a former path of it.

        Raises :class:`feeds.errors.MissingFeedError`.
        """
        if name not in self.config.feeds.formats:
            known = ", ".join(self.config.feeds.formats)
            raise MissingFeedError(f'The site has no feeds in the format "{name}", only: {known}.')
        return FeedTarget(self.find_channel(path), name)

    def find_channel(self, path: str, written: str = "") -> Channel:
        """Return the channel at a path or former path; messages show what was ``written``.

        Raises :class:`feeds.errors.MissingFeedError`.
        """
        if (channel := self.channels.by_path.get(self.channels.moved.get(path, path))) is not None:
            return channel
        stem = path.strip("/")
        near = find_nearest(stem, self.channels.listed_by_path, stem.rpartition("/")[0])
        hint = f'Did you mean "{near[0]}"?' if near else 'Name one such as "all" or "topics/ai".'
        raise MissingFeedError(f'"{written or path}" is not a feed of this site. {hint}')

    def has_archive(self, channel: Channel, number: int) -> bool:
        """Return whether a channel has an archive document of this number."""
        pagination = self.paginate(channel)
        return pagination is not None and 0 < number <= pagination.last

    def find_new_path(self, path: str) -> str | None:
        """Return the new path of the document of an old path, None if it is not one."""
        for ending in [*(f".{name}" for name in self.config.feeds.formats), "/"]:
            if path.endswith(ending) and (new := self.channels.moved.get(path.removesuffix(ending))):
                return new + ending
        return None

    def paginate(self, channel: Channel) -> Pagination | None:
        """Return how a channel is divided into documents, None without an archive."""
        config = self.config.feeds
        if not config.archive or channel.by_quality:
            return None
        # A reader who asked for a short feed gets one: no archive document is longer than the limit.
        page_size = min(config.page_size, channel.limit) if channel.query else config.page_size
        return Pagination(channel.count, channel.limit, page_size)

    def paginate_pages(self, channel: Channel) -> Pagination | None:
        """Return how a channel is divided into pages, None without an archive."""
        if not self.config.feeds.archive or channel.by_quality:
            return None
        return Pagination.without_overlap(channel.count, CARDS, ROWS)

    def list_sitemap_parts(self, articles: int) -> list[SitemapPart]:
        """Return the parts of the sitemap, if it needs any.

        ``articles`` is how many articles have a page.
        """
        # The front page, the search, and the page for building a feed if there is an application.
        channels = self.channels.counts.total()
        addresses = 2 + self.served + sum(self.list_lengths.values()) + channels + articles
        parts = -(-addresses // MOST_ADDRESSES)
        return [SitemapPart(number) for number in range(1, parts + 1)] if parts > 1 else []

    def find_version(self, target: Target) -> object:
        """Return a value that is equal as long as the bytes of a document are."""
        state = self.state
        if isinstance(target, Fixed) and target.path in self.from_config:
            return self._history, state.site_changed
        if isinstance(target, SearchPage):
            return self._history, state.site_changed, state.generation, state.searched
        if not isinstance(target, ChannelPage | FeedTarget):
            return self._history, state.site_changed, state.generation
        channel = target.channel
        searched = state.searched if channel.query and channel.query.match else 0
        # The layout, because pages link to paths, and a path may pass to another channel.
        version = (self._history, state.site_changed, channel.key, channel.generation, searched, self._layout)
        # A date may be corrected though nothing else changed. The title of a query names the topics that it excludes,
        # and these may lose their last article.
        return (*version, channel.title, self.find_change_date(channel))

    def find_change_date(self, channel: Channel) -> datetime:
        """Return when a channel's documents last changed; :data:`UNDATED` if unknown."""
        if channel.query and channel.query.match:
            # They also change when the search learns words, and that is no new state of the index.
            return UNDATED
        return max(channel.changed or self.state.site_changed, self.state.site_changed)

    def find_page_change_date(self, channel: Channel) -> datetime:
        """Return when a channel's pages last changed; their links may pass to others."""
        clashing = (one for clash in self.channels.collisions for one in (clash.first, clash.second))
        return max(map(self.find_change_date, (channel, *clashing)))

    @cached_property
    def picture_paths(self) -> frozenset[str]:
        """The paths of all small copies of pictures."""
        return frozenset(self.pictures.list_paths())

    @property
    def newest_change(self) -> datetime:
        """When any document last changed, as :meth:`changed_at` says of each."""
        return max(self.state.site_changed, self.channels.latest_change or self.state.site_changed)


def _list_from_config(config: Config, own_files: Mapping[str, Path]) -> Mapping[str, str]:
    accent = [ACCENT_STYLE] if config.pages.accent else []
    files = {path: find_static_type(path) for path in (*list_static_files(), *accent, *own_files)}
    key = {make_key_path(config): "text/plain"} if config.indexnow.key else {}
    return files | FROM_CONFIG | key


def _parse_number(text: str, last: int) -> int:
    """Return a number from 1 to the last, as paths write it; 0 for any other text."""
    return int(text) if _NUMBER.fullmatch(text) and int(text) <= last else 0
