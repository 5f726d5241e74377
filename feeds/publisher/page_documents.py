"""Makes the documents that are no feeds: pages, and what scripts and crawlers read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from feeds.channels.pagination import CARDS, ROWS
from feeds.index.read import channels, weeks
from feeds.index.read.offsets import Offsets
from feeds.index.read.overview import to_datetime
from feeds.index.sql import Connection
from feeds.lib.text.urls import canonical
from feeds.model import Article, Channel, Document, icon_and_logo
from feeds.paths import (
    BUILDER,
    FINDABLE,
    HTML,
    LISTING,
    LOOK,
    MISSING,
    ROBOTS,
    SEARCH,
    SITEMAP,
    list_path,
    page_path,
    sitemap_path,
)
from feeds.publisher.feed_documents import document, window_start
from feeds.publisher.pages import Overview, Pages, crawlers, lists
from feeds.publisher.pages.accent import style_sheet
from feeds.publisher.pages.builder import Chosen, Vocabulary
from feeds.publisher.pages.static_files import static_files
from feeds.publisher.pages.templates import Templates
from feeds.publisher.routes import (
    MOST_ADDRESSES,
    ArticlePage,
    Fixed,
    ListPage,
    Page,
    Router,
    Search,
    SitemapPart,
)

# Newest articles on the index.
_LATEST = 5
# Newest articles whose types and languages can be chosen when a feed is built.
_LOOKED_AT = 1000
PageTarget = Page | ListPage | ArticlePage | SitemapPart | Search | Fixed


class PageWriter:
    """Writes the pages of one state of the site."""

    def __init__(self, site: Router, templates: Templates, connection: Connection) -> None:
        self._site = site
        self._config = site.config
        self._pages = Pages(site.config, site.names, site.channels, templates)
        self._connection = connection
        self._places = Offsets(connection)

    def write(self, target: PageTarget) -> Document | None:
        """The document of a target; None where only the index knew that there is none."""
        match target:
            case Page():
                return self._page(target)
            case ListPage():
                return self._list(target)
            case ArticlePage():
                return self._article(target)
            case SitemapPart():
                return self._sitemap_part(target)
            case Search():
                return self._search(target)
        return self._fixed(target)

    def missing(self, near: Sequence[Channel], status: int) -> Document:
        """What to say of a path where there is nothing."""
        return self._document(MISSING, self._pages.missing(near, status), self._site.state.site_changed)

    def builder(self, chosen: Chosen | None) -> str:
        """The page for building a feed, with what somebody chose."""
        everything = self._site.channels.by_path["all"]
        vocabulary = channels.read_vocabulary(self._connection, everything.key, _LOOKED_AT)
        return self._pages.builder(Vocabulary(*vocabulary), chosen)

    def _page(self, place: Page) -> Document:
        channel = place.channel
        html = self._archive(channel, place.number) if place.number else self._channel(channel)
        return self._document(place.path, html, self._site.changed(channel))

    def _list(self, place: ListPage) -> Document:
        html = self._pages.list(place.kind, place.number)
        return self._document(place.path, html, self._site.newest_change())

    def _search(self, target: Search) -> Document:
        return self._document(SEARCH, self._pages.search(target.words), self._site.newest_change())

    def _article(self, place: ArticlePage) -> Document | None:
        article = channels.find_paged_article(self._connection, place.path)
        if article is None:
            return None
        everything = self._site.channels.by_path["all"]
        return self._document(place.path, self._pages.article(article), self._site.changed(everything))

    def _sitemap_part(self, place: SitemapPart) -> Document | None:
        parts = self._sitemap_parts
        if len(parts) == 1 or place.number > len(parts):
            return None
        body = crawlers.sitemap(parts[place.number - 1])
        return document(sitemap_path(place.number), LISTING[SITEMAP], body, self._site.newest_change())

    def _fixed(self, target: Fixed) -> Document:
        path, state = target.path, self._site.state
        if path in self._site.standing:
            return document(path, self._site.standing[path], self._standing(path), state.site_changed)
        body = self._listing(path)
        return document(path, LISTING[path], body, self._site.newest_change())

    def _standing(self, path: str) -> bytes:
        if path == LOOK:
            return style_sheet(self._config.pages.accent)
        if path == ROBOTS:
            return crawlers.robots(self._config.site.base_url + SITEMAP)
        if path == SEARCH:
            return self._pages.search("").encode()
        return self._pages.missing().encode() if path == MISSING else static_files()[path]

    def _listing(self, path: str) -> bytes:
        if path == SITEMAP:
            return self._sitemap()
        if path == BUILDER:
            return self.builder(None).encode()
        return self._findable() if path == FINDABLE else self._index().encode()

    def _index(self) -> str:
        site = self._site
        everything = site.channels.by_path["all"]
        groups = lists.groups(site.channels, site.names)
        shown = list(lists.shown(groups))
        years: Mapping[int, weeks.Year] = {}
        if everything.newest is not None:
            keys = [channel.key for channel in (everything, *shown) if channel.count]
            years = weeks.count_years(self._connection, keys, everything.newest)
        icons = {channel.path: icon for channel in shown if (icon := self._icon(channel))}
        latest = channels.read_channel_articles(self._connection, everything.key, _LATEST)
        return self._pages.index(Overview(groups, years, icons, latest))

    def _findable(self) -> bytes:
        from feeds.publisher.feed_lists import findable

        return findable(self._config, self._site.channels)

    def _channel(self, channel: Channel) -> str:
        year = None
        if channel.newest is not None and channel.count:
            year = weeks.count_years(self._connection, [channel.key], channel.newest)[channel.key]
        articles, older = self._newest(channel)
        return self._pages.channel(channel, articles, older, year, self._icon(channel))

    def _newest(self, channel: Channel) -> tuple[list[Article], int]:
        """The articles of a channel's page, and the page of its archive that goes on from there."""
        most = min(channel.limit, CARDS + ROWS)
        if channel.by_quality:
            since = window_start(channel)
            return channels.read_best_articles(self._connection, channel.key, since, most), 0
        archive = self._site.page_archive(channel)
        take = archive.subscription.take if archive else most
        return channels.read_channel_articles(
            self._connection, channel.key, take
        ), archive.linked if archive else 0

    def _archive(self, channel: Channel, number: int) -> str:
        archive = self._site.page_archive(channel)
        assert archive is not None  # noqa: S101 - a page with a number is one of an archive
        window = archive.document(number)
        start = self._places.find(channel.key, window.skip)
        articles = (
            channels.read_channel_articles(self._connection, channel.key, window.take, start) if start else []
        )
        return self._pages.archive(channel, number, archive.last, articles)

    def _icon(self, channel: Channel) -> str:
        """The icon of a provider: the one that is configured, else what its newest article says."""
        if channel.kind != "providers":
            return ""
        known = self._site.names.provider_config(channel.name)
        if known is not None and known.icon:
            return canonical(known.icon, self._config.site.base_url) or ""
        newest = channels.read_channel_articles(self._connection, channel.key, 1)
        return icon_and_logo(newest[0].provider.images)[0] if newest else ""

    def _sitemap(self) -> bytes:
        parts = self._sitemap_parts
        if len(parts) == 1:
            return crawlers.sitemap(parts[0])
        base = self._config.site.base_url
        return crawlers.sitemap_index(
            (base + sitemap_path(number), max((newest for _, newest in part if newest), default=None))
            for number, part in enumerate(parts, start=1)
        )

    @cached_property
    def _sitemap_parts(self) -> list[list[crawlers.Entry]]:
        every = [(self._config.site.base_url + path, newest) for path, newest in self._sitemap_entries()]
        most = MOST_ADDRESSES
        return [every[start : start + most] for start in range(0, len(every), most)]

    def _sitemap_entries(self) -> Iterator[tuple[str, datetime | None]]:
        site = self._site
        newest = site.channels.by_path["all"].newest
        yield from (("", newest), (BUILDER, newest))
        for kind, last in site.lists.items():
            yield from ((list_path(kind, number), newest) for number in range(1, last + 1))
        for channel in site.channels.by_path.values():
            yield page_path(channel), channel.newest
        yield from ((page, to_datetime(-age)) for page, age in channels.read_article_pages(self._connection))

    def _document(self, path: str, html: str, changed: datetime) -> Document:
        return document(path, HTML, html.encode(), changed)
