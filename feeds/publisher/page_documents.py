"""The documents that are not feeds: pages, and what scripts and crawlers read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property

import msgspec

from feeds.channels.pagination import CARDS, ROWS
from feeds.config.accent import write_style_sheet
from feeds.index.read import channels, weeks
from feeds.index.read.article_pages import ArticleReader, read_article_pages
from feeds.index.read.channels import Offsets
from feeds.index.read.matches import Matches
from feeds.index.read.overview import to_datetime
from feeds.index.sql import Connection
from feeds.lib.text.urls import canonicalise
from feeds.model import Article, Channel, Document, choose_icon_and_logo
from feeds.paths import (
    ACCENT_STYLE,
    BUILDER,
    FEED_STYLE,
    FROM_CHANNELS,
    HTML,
    NOT_FOUND,
    ROBOTS,
    SEARCH,
    SEARCH_LIST,
    SITEMAP,
    TEXT,
    make_key_path,
    make_list_path,
    make_page_path,
    make_sitemap_path,
)
from feeds.publisher.article_files import ArticleFiles
from feeds.publisher.feed_documents import find_window_start, make_document
from feeds.publisher.marks import add_mark
from feeds.publisher.pages import crawlers, lists
from feeds.publisher.pages.builder import BuilderState, Vocabulary
from feeds.publisher.pages.page_renderer import BRIEF, MOST_FOUND, PICTURED, FoundArticles, Overview, Pages
from feeds.publisher.pages.static_files import list_static_files, read_published_file
from feeds.publisher.pages.templates import Templates
from feeds.publisher.routes import MOST_ADDRESSES, UNDATED, Router
from feeds.publisher.search_files import SearchIndex
from feeds.publisher.targets import (
    ArticlePage,
    ChannelPage,
    Fixed,
    ListPage,
    SearchFile,
    SearchPage,
    SitemapPart,
)
from feeds.words import N_, Words

# The builder offers the types and languages of this many of the newest articles.
_LOOKED_AT = 1000
PageTarget = ChannelPage | ListPage | ArticlePage | SitemapPart | SearchPage | SearchFile | Fixed


class PageWriter:
    """Writes the pages of one state of the site."""

    def __init__(
        self,
        router: Router,
        templates: Templates,
        connection: Connection,
        matches: Matches,
        files: ArticleFiles,
    ) -> None:
        self._router = router
        self._files = files
        self._config = router.config
        self._pages = Pages(
            router.config, router.names, router.channels, templates, router.pictures, served=router.served
        )
        self._words = templates.words
        self._connection = connection
        self._matches = matches
        self._offsets = Offsets(connection)
        self._articles = ArticleReader(connection)

    def write(self, target: PageTarget) -> Document | None:  # noqa: PLR0911 - one for each kind of document
        """Write a document, None if the index says that it does not exist."""
        match target:
            case ChannelPage():
                return self._write_channel_page(target)
            case ListPage():
                html = self._pages.render_list(target.kind, target.number)
                return _make_page(target.path, html, self._router.newest_change)
            case ArticlePage():
                return self._write_article_page(target)
            case SitemapPart():
                return self._write_sitemap_part(target)
            case SearchFile():
                body = self._search_index.write(target.path)
                return (
                    None
                    if body is None
                    else make_document(target.path, TEXT, body, self._router.newest_change)
                )
            case SearchPage():
                return self._write_search_page(target)
        return self._write_fixed(target)

    def write_not_found(self, near: Sequence[Channel], status: int) -> Document:
        """Write the page for a path where there is nothing."""
        html = self._pages.render_not_found(near, status)
        return _make_page(NOT_FOUND, html, self._router.state.site_changed)

    def render_builder(self, state: BuilderState | None) -> str:
        """Render the page for building a feed, with what somebody chose."""
        router = self._router
        if router.vocabulary is None:
            everything = router.channels.by_path["all"]
            router.vocabulary = channels.read_vocabulary(self._connection, everything.key, _LOOKED_AT)
        return self._pages.render_builder(Vocabulary(*router.vocabulary), state)

    def _write_channel_page(self, target: ChannelPage) -> Document:
        channel = target.channel
        html = self._render_archive(target) if target.number else self._render_channel(channel)
        return _make_page(target.path, html, self._router.find_page_change_date(channel))

    def _write_article_page(self, target: ArticlePage) -> Document | None:
        article = self._articles.find_page(target.path)
        if article is None:
            return None
        everything = self._router.channels.by_path["all"]
        before, after = self._articles.find_neighbours(article)
        html = self._pages.render_article(article, before, after, self._files.measure(article))
        return _make_page(target.path, html, self._router.find_change_date(everything))

    def _write_search_page(self, target: SearchPage) -> Document:
        """Write what a search finds; the articles are those of its feed."""
        channel, articles = target.channel, list[Article]()
        if channel is not None and (query := channel.query) is not None:
            count = self._matches.count(query)
            channel = msgspec.structs.replace(channel, count=count)
            if count:
                articles = self._matches.read_articles(query, MOST_FOUND)
        html = self._pages.render_search(target.words, FoundArticles(channel, articles, target.problem))
        return _make_page(target.path, html, UNDATED)

    def _write_sitemap_part(self, target: SitemapPart) -> Document | None:
        parts = self._sitemap_parts
        if len(parts) == 1 or target.number > len(parts):
            return None
        body = crawlers.write_sitemap(parts[target.number - 1])
        return make_document(target.path, FROM_CHANNELS[SITEMAP], body, self._router.newest_change)

    def _write_fixed(self, target: Fixed) -> Document:
        path, router = target.path, self._router
        if path in router.from_config:
            body = self._write_from_config(path)
            return make_document(path, router.from_config[path], body, router.state.site_changed)
        return make_document(path, FROM_CHANNELS[path], self._write_from_channels(path), router.newest_change)

    def _write_from_config(self, path: str) -> bytes:
        if path == ACCENT_STYLE:
            return add_mark(path, write_style_sheet(self._config.pages.accent))
        if path in (ROBOTS, make_key_path(self._config)):
            robots = crawlers.write_robots(self._config.site.base_url + SITEMAP)
            return robots if path == ROBOTS else self._config.indexnow.key.encode()
        if path == SEARCH:
            return self._pages.render_search("", None).encode()
        if path in self._router.own_files:
            return read_published_file(path, self._router.own_files)
        if path == FEED_STYLE:
            return _translate_style(list_static_files()[path], self._words)
        return self._pages.render_not_found().encode() if path == NOT_FOUND else list_static_files()[path]

    def _write_from_channels(self, path: str) -> bytes:
        if path == SITEMAP:
            return self._write_sitemap()
        if path == BUILDER:
            return self.render_builder(None).encode()
        return self._write_search_list() if path == SEARCH_LIST else self._render_index().encode()

    def _render_index(self) -> str:
        router = self._router
        everything = router.channels.by_path["all"]
        candidates = lists.find_candidates(router.channels)
        years: Mapping[int, weeks.Year] = {}
        if everything.newest is not None:
            keys = [channel.key for channel in candidates if channel.count]
            years = weeks.count_years(self._connection, keys, everything.newest)
        groups = lists.make_groups(router.channels, self._words, candidates, years)
        latest = self._articles.read(everything.key, PICTURED + BRIEF)
        return self._pages.render_index(Overview(groups, years, latest))

    def _write_search_list(self) -> bytes:
        from feeds.publisher.feed_lists import write_search_list

        return write_search_list(self._router.channels, self._words)

    def _render_channel(self, channel: Channel) -> str:
        year = None
        if channel.newest is not None and channel.count:
            year = weeks.count_years(self._connection, [channel.key], channel.newest)[channel.key]
        articles, older = self._read_newest(channel)
        return self._pages.render_channel(channel, articles, older, year, self._find_icon(channel))

    def _read_newest(self, channel: Channel) -> tuple[list[Article], int]:
        """Return the articles of a channel's page, and the archive page that continues it."""
        most = min(channel.limit, CARDS + ROWS)
        if channel.by_quality:
            since = find_window_start(channel)
            return channels.read_best_articles(self._connection, channel.key, since, most), 0
        pagination = self._router.paginate_pages(channel)
        take, older = (pagination.subscription_window.take, pagination.linked) if pagination else (most, 0)
        return self._articles.read(channel.key, take), older

    def _render_archive(self, target: ChannelPage) -> str:
        channel = target.channel
        pagination = self._router.paginate_pages(channel)
        assert pagination is not None  # noqa: S101 - only archive pages have a number
        window = pagination.find_archive_window(target.number)
        start = self._offsets.find(channel.key, window.skip)
        articles = self._articles.read(channel.key, window.take, start) if start else []
        return self._pages.render_archive(channel, target.number, pagination.last, articles)

    def _find_icon(self, channel: Channel) -> str:
        """Return the icon of a provider: as configured, or of its newest article."""
        if channel.kind != "providers":
            return ""
        known = self._router.names.find_provider_config(channel.name)
        if known is not None and known.icon:
            return canonicalise(known.icon, self._config.site.base_url) or ""
        newest = self._articles.read(channel.key, 1)
        return choose_icon_and_logo(newest[0].provider.images)[0] if newest else ""

    def _write_sitemap(self) -> bytes:
        parts = self._sitemap_parts
        if len(parts) == 1:
            return crawlers.write_sitemap(parts[0])
        base = self._config.site.base_url
        return crawlers.write_sitemap_index(
            (base + make_sitemap_path(number), max((newest for _, newest in part if newest), default=None))
            for number, part in enumerate(parts, start=1)
        )

    @cached_property
    def _search_index(self) -> SearchIndex:
        return SearchIndex(self._router, self._connection, self._articles)

    @cached_property
    def _sitemap_parts(self) -> list[list[crawlers.Entry]]:
        every = [(self._config.site.base_url + path, newest) for path, newest in self._list_sitemap_entries()]
        most = MOST_ADDRESSES
        return [every[start : start + most] for start in range(0, len(every), most)]

    def _list_sitemap_entries(self) -> Iterator[tuple[str, datetime | None]]:
        router = self._router
        newest = router.channels.by_path["all"].newest
        yield "", newest
        yield SEARCH, None
        if router.served:
            yield BUILDER, newest
        for kind, last in router.list_lengths.items():
            yield from ((make_list_path(kind, number), newest) for number in range(1, last + 1))
        for channel in router.channels.find_listed():
            yield make_page_path(channel), channel.newest
        yield from ((page, to_datetime(-age)) for page, age in read_article_pages(self._connection))


# What the style sheet of feeds has in English.
_IN_STYLE = N_(
    "This is a feed. Copy its address from above into a feed reader, and the reader will tell you about new articles."
    " Its page for people is the address below."
)


def _translate_style(style: bytes, words: Words) -> bytes:
    """Put the words and the direction of the site into the style sheet of feeds."""
    text = json.dumps(words.gettext(_IN_STYLE), ensure_ascii=False)
    translated = style.replace(f'"{_IN_STYLE}"'.encode(), text.encode())
    return translated if words.direction == "ltr" else translated + b"feed, rss { direction: rtl; }\n"


def _make_page(path: str, html: str, changed: datetime) -> Document:
    return make_document(path, HTML, html.encode(), changed)
