"""Every path of the site in the order in which documents are made, and which may have changed since a state."""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import cached_property
from typing import NamedTuple

from feeds.channels.pagination import Pagination
from feeds.index.read import channels
from feeds.index.sql import Connection
from feeds.model import Channel
from feeds.paths import CATALOGUES, LISTING, archive_path, list_path, page_archive_path, page_path
from feeds.publisher.routes import Router


class Place(NamedTuple):
    """A path of the site, and whether its document may have changed since a generation.

    Documents link to those of the same ``channel`` before them, and to those of earlier stages.
    """

    path: str
    changed: bool
    stage: int
    channel: str = ""


class Places:
    """The paths of one state of the site, as its index tells what changed."""

    def __init__(self, site: Router, connection: Connection) -> None:
        self._site = site
        self._config = site.config
        self._channels = site.channels
        self._connection = connection

    def since(self, since: int = -1) -> Iterator[Place]:
        """Every path of the site: static files, feeds, then the pages that link to them.

        An archive document comes before the one that links to it. An old path of a renamed
        channel is a place too: it holds what the new one holds.
        """
        pages = self._config.output.pages
        found = self._channels.by_path.values()
        if pages:
            yield from (Place(path, since < 0, 0) for path in self._site.standing)
            yield from self._article_places(since)
        for channel in found:
            yield from self._archive_places(channel, since)
            changed = channel.generation > since
            for name in self._config.feeds.formats:
                yield Place(f"{channel.path}.{name}", changed, 0, channel.path)
        for channel in found if pages else ():
            yield from self._page_places(channel, since)
        endings = [ending for ending in self._site.endings if pages or ending != "/"]
        for old, new in self._channels.moved.items():
            changed = self._channels.by_path[new].generation > since
            yield from (Place(old + ending, changed, 2, new) for ending in endings)
        changed = self._site.state.generation > since
        yield from (Place(path, changed, 2) for path in (*CATALOGUES, *(self._listing() if pages else ())))

    def _listing(self) -> Iterator[str]:
        """The paths of what lists channels or pages."""
        for kind, last in self._site.lists.items():
            yield from (list_path(kind, number) for number in range(1, last + 1))
        yield from LISTING
        yield from self._site.sitemap_parts(len(self._paged))

    def _article_places(self, since: int) -> Iterator[Place]:
        """The pages of articles without a link: entries link to them, so they come first."""
        everything = self._channels.by_path["all"]
        news = channels.find_touched(self._connection, everything.key, since)
        for path, age in self._paged:
            yield Place(path, since < 0 or news.has(age), 0, path)

    def _page_places(self, channel: Channel, since: int) -> Iterator[Place]:
        archive = self._site.page_archive(channel)
        if archive is not None and archive.last:
            changed = self._changed_documents(channel, archive, since)
            for number in range(1, archive.last + 1):
                yield Place(page_archive_path(channel, number), number in changed, 1, channel.path)
        yield Place(page_path(channel), channel.generation > since, 1, channel.path)

    def _archive_places(self, channel: Channel, since: int) -> Iterator[Place]:
        archive = self._site.archive(channel)
        if archive is None or not archive.last:
            return
        changed = self._changed_documents(channel, archive, since)
        for number in range(1, archive.last + 1):
            for name in self._config.feeds.formats:
                yield Place(archive_path(channel, number, name), number in changed, 0, channel.path)

    def _changed_documents(self, channel: Channel, archive: Pagination, since: int) -> Container[int]:
        """The archive documents that may have changed since a generation."""
        if channel.generation <= since:
            return ()
        if since < 0:
            return range(1, archive.last + 1)
        ranks = channels.find_changed_ranks(self._connection, channel.key, since)
        return archive.documents_with(ranks)

    @cached_property
    def _paged(self) -> list[tuple[str, int]]:
        return channels.read_article_pages(self._connection)
