"""The one place where channels, articles and formats meet: path → document."""

from __future__ import annotations

import threading
from collections.abc import Container, Iterator
from contextlib import contextmanager
from sqlite3 import Connection
from typing import NamedTuple

import msgspec

from feeds import channels
from feeds.archive import Archive
from feeds.assets import static_files, static_type
from feeds.config import Config
from feeds.index import Index, contents, queries, selected
from feeds.index.patience import Patience
from feeds.metadata import CATALOGUES, HTML, Metadata, archive_path, page_path
from feeds.model import Channel, Document
from feeds.naming import Names
from feeds.publisher.sitemap import FeedPlace, Fixed, Page, SiteMap, Target
from feeds.publisher.writing import FeedWriter, document, etag, window_start

__all__ = ["FeedPlace", "Place", "Publisher", "SiteMap", "Snapshot", "Target", "etag"]


class Place(NamedTuple):
    """A path of the site, and whether its document may have changed since a generation.

    Documents link to those of the same ``channel`` before them, and to those of earlier stages.
    """

    path: str
    changed: bool
    stage: int
    channel: str = ""


class Publisher:
    """Makes documents from the index by one configuration. Safe to share between threads."""

    def __init__(self, config: Config, index: Index) -> None:
        self.config = config
        self.index = index
        self._names = Names(config)
        self._metadata = Metadata(config, self._names)
        self._newest: SiteMap | None = None
        self._built: SiteMap | None = None
        self._lock = threading.Lock()

    @property
    def newest(self) -> SiteMap:
        """The state that :meth:`refresh` found last."""
        return self._newest or self.refresh()

    def refresh(self) -> SiteMap:
        """Look in the index for a newer state; for one thread at a time, lest an older one come last."""
        with self.snapshot() as found:
            self._newest = found.site
        return self._newest

    @contextmanager
    def snapshot(self, patience: Patience | None = None) -> Iterator[Snapshot]:
        """One state of the site, whatever is written meanwhile, with as much time as there is patience."""
        with self.index.reading(patience) as connection:
            yield Snapshot(self._site(connection), self._metadata, connection)

    def _site(self, connection: Connection) -> SiteMap:
        state = queries.state(connection)
        with self._lock:
            for site in (self._newest, self._built):
                if site is not None and site.state == state:
                    return site
            found = channels.build(self.config, self._names, queries.all_channels(connection))
            self._built = SiteMap(self.config, self._names, found, state)
            return self._built


class Snapshot:
    """The documents of one state of the site."""

    def __init__(self, site: SiteMap, metadata: Metadata, connection: Connection) -> None:
        self.site = site
        self.config = site.config
        self.channels = site.channels
        self.state = site.state
        self.connection = connection
        self._metadata = metadata
        self._feeds = FeedWriter(site, metadata, connection)

    def token(self, generation: int) -> str | None:
        """The name of a state that the index has been in; None where it is not known."""
        return queries.token(self.connection, generation)

    def has_been(self, generation: int, token: str) -> bool:
        """Whether the index was once in this state, so that what changed since can be told."""
        return self.token(generation) == token

    def places(self, since: int = -1) -> Iterator[Place]:
        """Every path of the site: static files, feeds, then the pages that link to them.

        An archive document comes before the one that links to it. An old path of a renamed
        channel is a place too: it holds what the new one holds.
        """
        pages = self.config.output.pages
        found = self.channels.by_path.values()
        if pages:
            yield from (Place(path, since < 0, 0) for path in static_files())
        for channel in found:
            yield from self._archive_places(channel, since)
            changed = channel.generation > since
            for name in self.config.feeds.formats:
                yield Place(f"{channel.path}.{name}", changed, 0, channel.path)
        if pages:
            for channel in found:
                yield Place(page_path(channel), channel.generation > since, 1, channel.path)
        endings = [ending for ending in self.site.endings if pages or ending != "/"]
        for old, new in self.channels.moved.items():
            changed = self.channels.by_path[new].generation > since
            yield from (Place(old + ending, changed, 2, new) for ending in endings)
        changed = self.state.generation > since
        yield from (Place(path, changed, 2) for path in (*CATALOGUES, *([""] if pages else [])))

    def document(self, path: str) -> Document | None:
        """The document at a path, None where there is none."""
        target = self.site.find(path)
        return None if target is None else self.make(target)

    def make(self, target: Target) -> Document:
        """The document at a target of this state."""
        if isinstance(target, FeedPlace):
            return self._feeds.write(target)
        return self._channel_page(target.channel) if isinstance(target, Page) else self._fixed(target)

    def delta(self, place: FeedPlace, since: int) -> Document | None:
        """What is new or changed in a feed after a generation; None where that saves nothing."""
        return self._feeds.delta(place, since)

    def counted(self, channel: Channel) -> Channel:
        """A reader's selection with the number of its articles."""
        assert channel.selection is not None  # noqa: S101 - the index counts the others itself
        count = selected.count(self.connection, channel.selection)
        return msgspec.structs.replace(channel, count=count)

    def _archive_places(self, channel: Channel, since: int) -> Iterator[Place]:
        archive = self.site.archive(channel)
        if archive is None or not archive.last:
            return
        changed = self._changed_documents(channel, archive, since)
        for number in range(1, archive.last + 1):
            for name in self.config.feeds.formats:
                yield Place(archive_path(channel, number, name), number in changed, 0, channel.path)

    def _changed_documents(self, channel: Channel, archive: Archive, since: int) -> Container[int]:
        """The archive documents that may have changed since a generation."""
        if channel.generation <= since:
            return ()
        if since < 0:
            return range(1, archive.last + 1)
        ranks = contents.changed_ranks(self.connection, channel.key, since)
        return archive.documents_with(ranks)

    def _fixed(self, target: Fixed) -> Document:
        path = target.path
        if path in static_files():
            return document(path, static_type(path), static_files()[path], self.state.site_changed)
        return self._catalogue(path) if path in CATALOGUES else self._index_page()

    def _catalogue(self, path: str) -> Document:
        from feeds import catalogue

        groups = [(kind, self.channels.of(kind)) for kind in channels.KINDS]
        media_type, body = catalogue.write(path, self.config, groups, self._metadata)
        return document(path, media_type, body, self.site.newest_change())

    def _channel_page(self, channel: Channel) -> Document:
        from feeds import pages

        if channel.by_quality:
            since = window_start(channel)
            articles = contents.best_articles(self.connection, channel.key, since, channel.limit)
        else:
            articles = contents.channel_articles(self.connection, channel.key, channel.limit)
        html = pages.channel_page(self.config, self.site.names, self.channels, channel, articles)
        return document(page_path(channel), HTML, html.encode(), self.site.changed(channel))

    def _index_page(self) -> Document:
        from feeds import pages

        everything = self.channels.by_path["all"]
        newest = contents.channel_articles(self.connection, everything.key, pages.NEWEST)
        html = pages.index_page(self.config, self.site.names, self.channels, newest)
        return document("", HTML, html.encode(), self.site.newest_change())
