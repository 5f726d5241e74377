"""Every document of the site, in order, and which of them may have changed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from itertools import compress
from operator import not_
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from feeds.channels.pagination import CARDS, Pagination
from feeds.index.read import article_pages, channels
from feeds.index.sql import Connection
from feeds.model import Channel
from feeds.paths import (
    FEED_LISTS,
    FROM_CHANNELS,
    GUESSED_FILES,
    SEARCH_LIST,
    SITEMAP,
    make_archive_path,
    make_feed_list_path,
    make_feed_path,
    make_page_archive_path,
    make_page_path,
)
from feeds.publisher.article_files import Findings, Stamp
from feeds.publisher.guesses import choose_format
from feeds.publisher.listings import hash_parts
from feeds.publisher.routes import Router
from feeds.publisher.search_files import SearchIndex
from feeds.publisher.small_pictures import Touched, find_touched_places
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
    SitemapPart,
    Target,
)

# A list that shows all channels, and nothing else.
_OF_ALL = "feeds.opml"


class Place(NamedTuple):
    """A path, its document, and whether that may have changed since a generation.

    Documents link to earlier ones of the same ``channel``, and to those of earlier stages. ``source`` tells the
    files that a document is made of from an earlier state of them, for they change without a generation. ``inputs``
    is the hash of all that a list shows of channels: if that is the same, the list has not changed.
    """

    path: str
    target: Target
    changed: bool
    stage: int
    channel: str = ""
    source: Stamp | None = None
    inputs: str = ""


class SiteChanges(NamedTuple):
    """Every path of a state: places of what may have changed, other paths alone.

    Places are of all but unchanged channels.
    """

    places: Sequence[Place]
    unchanged: Collection[str]


class Earlier(NamedTuple):
    """A state of the site to compare with; since the default, all has changed.

    ``pictures`` is the name of the state of the small pictures then. ``inputs`` has what lists showed then, by path,
    if they show the same now; else it is empty.
    """

    generation: int = -1
    pictures: str = ""
    inputs: Mapping[str, str] = {}


def list_places(router: Router, connection: Connection, files: Findings, earlier: Earlier) -> Iterator[Place]:
    """List every path: static files, feeds, then the pages that link to them.

    An archive document comes before the one that links to it. The old path of a renamed
    channel is listed too, with the document of the new path.
    """
    return _make_lister(router, connection, files, earlier).list_places()


def list_changes(router: Router, connection: Connection, files: Findings, earlier: Earlier) -> SiteChanges:
    """List every path as :func:`list_places`, but of unchanged channels paths alone.

    There may be a hundred thousand of them.
    """
    lister = _make_lister(router, connection, files, earlier)
    return SiteChanges(list(lister.list_places(is_brief=True)), lister.unchanged)


class _Unchanged(Collection[str]):
    """The paths of documents that have not changed, counted without a list of them."""

    def __init__(self, router: Router) -> None:
        self.channels: Sequence[Channel] = ()
        self.others: list[str] = []
        self._router = router
        self._formats = router.config.feeds.formats
        self._has_pages = router.config.output.pages

    def __len__(self) -> int:
        of_each = len(self._formats) + self._has_pages
        archives = sum(map(self._count_archives, filter(_may_have_archive, self.channels)))
        return of_each * len(self.channels) + archives + len(self.others)

    def __iter__(self) -> Iterator[str]:
        for channel in self.channels:
            for name in self._formats:
                yield make_feed_path(channel, name)
            if self._has_pages:
                yield make_page_path(channel)
            if _may_have_archive(channel):
                feeds, pages = self._find_last(channel)
                for number in range(1, feeds + 1):
                    yield from (make_archive_path(channel, number, name) for name in self._formats)
                for number in range(1, pages + 1):
                    yield make_page_archive_path(channel, number)
        yield from self.others

    def __contains__(self, path: object) -> bool:
        return any(path == one for one in self)

    def _count_archives(self, channel: Channel) -> int:
        feeds, pages = self._find_last(channel)
        return feeds * len(self._formats) + pages

    def _find_last(self, channel: Channel) -> tuple[int, int]:
        """Return the numbers of the last archive documents: of feeds, and of pages."""
        feeds = self._router.paginate(channel)
        pages = self._router.paginate_pages(channel) if self._has_pages else None
        return feeds.last if feeds else 0, pages.last if pages else 0


def _may_have_archive(channel: Channel) -> bool:
    return channel.count > CARDS or channel.count > channel.limit


def _make_lister(router: Router, connection: Connection, files: Findings, earlier: Earlier) -> _Lister:
    """Make what compares two states; since an unknown one, all has changed."""
    known = earlier.generation >= 0
    touched = find_touched_places(router, connection, earlier.pictures) if known else None
    if touched is None:
        return _Lister(router, connection, files, Earlier(inputs=earlier.inputs), {})
    return _Lister(router, connection, files, earlier, touched)


class _Lister:
    """Lists the paths of one state of the site, compared with an earlier one."""

    def __init__(
        self,
        router: Router,
        connection: Connection,
        files: Findings,
        earlier: Earlier,
        touched: Touched,
    ) -> None:
        """``touched`` has, by channel key, the ages of articles whose pictures changed."""
        # If the list is brief, the paths that have no place in it.
        self.unchanged = _Unchanged(router)
        self._known_inputs = earlier.inputs
        self._since = earlier.generation
        self._touched = touched
        self._router = router
        self._files = files
        self._config = router.config
        self._channels = router.channels
        self._connection = connection

    def list_places(self, *, is_brief: bool = False) -> Iterator[Place]:
        """Yield every place; if brief, note the paths of what has not changed instead."""
        pages = self._config.output.pages
        every = self._channels.by_path.values()
        yield from self._list_own_files()
        if pages:
            yield from (_make_place(Fixed(path), self._since < 0, 0) for path in self._router.from_config)
            yield from self._list_article_pages()
        made: Iterable[Channel] = every
        if is_brief:
            since, touched = self._since, self._touched
            is_new = [one.generation > since or one.key in touched for one in every]
            made = list(compress(every, is_new))
            self.unchanged.channels = list(compress(every, map(not_, is_new)))
        for channel in made:
            yield from self._list_feeds(channel)
        for channel in made if pages else ():
            yield from self._list_channel_pages(channel)
        yield from self._list_moved(pages=pages)
        if "github-pages" in self._config.output.hosts:
            yield from self._list_guessed(pages=pages)
        if pages and self._router.has_search_index:
            yield from self._list_search_files(is_brief=is_brief)
        for target in self._list_overviews(pages=pages):
            changed = self._router.state.generation > self._since or bool(self._touched)
            yield Place(target.path, target, changed, 2, inputs=self._find_inputs(target) if changed else "")

    def _list_own_files(self) -> Iterator[Place]:
        """List the files that pages show: those beside articles, and small pictures."""
        for path, file in self._files.files.items():
            yield Place(path, FileTarget(path), changed=self._since < 0, stage=0, source=file.stamp)
        for path in sorted(self._router.picture_paths):
            yield _make_place(PictureTarget(path), self._since < 0, 0)

    def _list_search_files(self, *, is_brief: bool) -> Iterator[Place]:
        """List the files of the search index; those made of the same follow each other."""
        files = SearchIndex(self._router, self._connection).list_files(self._since)
        for path, source, changed in files:
            if is_brief and not changed:
                self.unchanged.others.append(path)
            else:
                yield _make_place(SearchFile(path), changed, 2, source)

    def _list_article_pages(self) -> Iterator[Place]:
        """List the pages of articles: entries link to them, so they come first.

        A page names the articles before and after it, so it changes with what is between these, too.
        """
        everything = self._channels.by_path["all"]
        news = channels.find_touched(self._connection, everything.key, self._since)
        touched = sorted(news.edited if news.came is None else {*news.edited, news.came})
        ages = sorted({age for _, age in self._paged})
        sources = self._files.stamp_pages(self._config)
        shown = self._touched.get(everything.key, frozenset())
        for path, age in self._paged:
            place = bisect_left(ages, age)
            newer = bisect_left(touched, ages[place - 1]) if place else 0
            older = bisect_right(touched, ages[place + 1]) if place + 1 < len(ages) else len(touched)
            changed = self._since < 0 or news.has(age) or newer < older or age in shown
            yield Place(path, ArticlePage(path), changed, 0, path, sources.get(path))

    def _list_feeds(self, channel: Channel) -> Iterator[Place]:
        formats = self._config.feeds.formats
        pagination = self._router.paginate(channel)
        if pagination is not None and pagination.last:
            changed = self._find_changed_documents(channel, pagination, is_feed=True)
            for number in range(1, pagination.last + 1):
                for name in formats:
                    yield _make_place(FeedTarget(channel, name, number), number in changed, 0, channel.path)
        for name in formats:
            yield _make_place(
                FeedTarget(channel, name), self._is_changed(channel, is_feed=True), 0, channel.path
            )

    def _list_channel_pages(self, channel: Channel) -> Iterator[Place]:
        pagination = self._router.paginate_pages(channel)
        if pagination is not None and pagination.last:
            changed = self._find_changed_documents(channel, pagination)
            for number in range(1, pagination.last + 1):
                yield _make_place(ChannelPage(channel, number), number in changed, 1, channel.path)
        yield _make_place(ChannelPage(channel), self._is_changed(channel), 1, channel.path)

    def _list_moved(self, *, pages: bool) -> Iterator[Place]:
        """List the old paths of renamed channels."""
        for old, new in self._channels.moved.items():
            channel = self._channels.by_path[new]
            former = replace(channel, path=old)
            changed = self._is_changed(channel)
            for name in self._config.feeds.formats:
                path = FeedTarget(former, name).path
                yield Place(path, FeedTarget(channel, name), changed, 2, new)
            if pages:
                yield Place(ChannelPage(former).path, ChannelPage(channel), changed, 2, new)

    def _list_guessed(self, *, pages: bool) -> Iterator[Place]:
        """List copies of the site's feed and page at guessed paths."""
        channel = self._channels.by_path["all"]
        changed = self._is_changed(channel)
        for path in GUESSED_FILES:
            if not path.endswith("/"):
                name = choose_format(self._config.feeds, path)
                yield Place(path, FeedTarget(channel, name), changed, 2, channel.path)
            elif pages:
                yield Place(path, ChannelPage(channel), changed, 2, channel.path)

    def _list_overviews(self, *, pages: bool) -> Iterator[Target]:
        """List what lists channels or pages."""
        yield from map(Fixed, FEED_LISTS)
        yield from (FeedListPart(number) for number in range(2, self._router.feed_list_length + 1))
        if not pages:
            return
        for kind, last in self._router.list_lengths.items():
            yield from (ListPage(kind, number) for number in range(1, last + 1))
        yield from map(Fixed, FROM_CHANNELS)
        yield from self._router.list_sitemap_parts(len(self._paged))

    def _find_inputs(self, target: Target) -> str:
        """Return the hash of all that a list shows of channels, "" for other documents."""
        listings, path = self._router.listings, target.path
        if known := self._known_inputs:
            every = known.get(_OF_ALL, "")
            return f"{every} {self._hash_of_pages}" if every and _is_sitemap(target) else known.get(path, "")
        if isinstance(target, ListPage):
            return listings.hash_page(target.kind, target.number)
        if isinstance(target, FeedListPart) or path == make_feed_list_path(1):
            return listings.hash_part(target.number if isinstance(target, FeedListPart) else 1)
        if _is_sitemap(target):
            return f"{listings.hash_all} {self._hash_of_pages}"
        return listings.hash_all if path in (*FEED_LISTS, SEARCH_LIST) else ""

    @cached_property
    def _hash_of_pages(self) -> str:
        return hash_parts([msgspec.msgpack.encode(self._paged)])

    def _find_ages(self, channel: Channel, *, is_feed: bool) -> AbstractSet[int]:
        if is_feed and not self._config.images.feeds:
            return frozenset()
        return self._touched.get(channel.key, frozenset())

    def _is_changed(self, channel: Channel, *, is_feed: bool = False) -> bool:
        return channel.generation > self._since or bool(self._find_ages(channel, is_feed=is_feed))

    def _find_changed_documents(
        self, channel: Channel, pagination: Pagination, *, is_feed: bool = False
    ) -> Container[int]:
        """Return the numbers of the archive documents that may have changed."""
        if not self._is_changed(channel, is_feed=is_feed):
            return ()
        if self._since < 0:
            return range(1, pagination.last + 1)
        ages = self._find_ages(channel, is_feed=is_feed)
        ranks = [
            *channels.find_changed_ranks(self._connection, channel.key, self._since),
            *channels.find_ranks(self._connection, channel.key, ages),
        ]
        return pagination.find_changed_documents(ranks)

    @cached_property
    def _paged(self) -> list[tuple[str, int]]:
        return article_pages.read_article_pages(self._connection)


def _is_sitemap(target: Target) -> bool:
    return isinstance(target, SitemapPart) or target.path == SITEMAP


def _make_place(target: Target, changed: bool, stage: int, channel: str = "") -> Place:  # noqa: FBT001 - as in Place
    return Place(target.path, target, changed, stage, channel)
