"""The one place where channels, articles and formats meet: path → document."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from feeds.channels import build
from feeds.channels.metadata import Metadata
from feeds.config.names import Names
from feeds.config.schema import Config
from feeds.formats.context import entry_context
from feeds.index.index import Index
from feeds.index.read import matches, overview
from feeds.index.sql import Connection
from feeds.index.time_limit import TimeLimit
from feeds.model import Article, Channel, Document
from feeds.paths import CATALOGUES
from feeds.publisher.changes import Place, Places
from feeds.publisher.entries import Entries
from feeds.publisher.feed_documents import FeedWriter, document, etag
from feeds.publisher.routes import ArticlePage, FeedTarget, Fixed, Router, SitemapPart, Target

if TYPE_CHECKING:
    from feeds.publisher.page_documents import PageWriter
    from feeds.publisher.pages.builder import Chosen
    from feeds.publisher.pages.templates import Templates

__all__ = ["FeedTarget", "Publisher", "Router", "Snapshot", "Target", "etag"]


class Publisher:
    """Makes documents from the index by one configuration. Safe to share between threads."""

    def __init__(self, config: Config, index: Index) -> None:
        self.config = config
        self.index = index
        self._names = Names(config)
        self._metadata = Metadata(config, self._names)
        self._context = entry_context(config, self._names)
        self._newest: Router | None = None
        self._built: Router | None = None
        self._kept_templates: Templates | None = None
        self._lock = threading.Lock()

    def _templates(self) -> Templates:
        """The templates of the site, put together when the first page is made."""
        from feeds.publisher.pages.templates import Templates

        with self._lock:
            if self._kept_templates is None:
                self._kept_templates = Templates(self.config)
            return self._kept_templates

    @property
    def newest(self) -> Router:
        """The state that :meth:`refresh` found last."""
        return self._newest or self.refresh()

    def refresh(self) -> Router:
        """Look in the index for a newer state; for one thread at a time, lest an older one come last."""
        with self.snapshot() as found:
            self._newest = found.site
        return self._newest

    @contextmanager
    def snapshot(self, time_limit: TimeLimit | None = None) -> Iterator[Snapshot]:
        """One state of the site, whatever is written meanwhile, with as much time as there is patience."""
        with self.index.reading(time_limit) as connection:
            entries = Entries(connection, self._context)
            yield Snapshot(self._site(connection), self._metadata, self._templates, connection, entries)

    def _site(self, connection: Connection) -> Router:
        state = overview.read_state(connection)
        with self._lock:
            for site in (self._newest, self._built):
                if site is not None and site.state == state:
                    return site
            found = build.build(self.config, self._names, overview.read_channels(connection))
            self._built = Router(self.config, self._names, found, state)
            return self._built


class Snapshot:
    """The documents of one state of the site."""

    def __init__(
        self,
        site: Router,
        metadata: Metadata,
        templates: Callable[[], Templates],
        connection: Connection,
        entries: Entries,
    ) -> None:
        self.site = site
        self.config = site.config
        self.channels = site.channels
        self.state = site.state
        self.connection = connection
        self._metadata = metadata
        self._feeds = FeedWriter(site, metadata, connection, entries)
        self._templates = templates

    @cached_property
    def _pages(self) -> PageWriter:
        # Loaded for the first page: many a process makes none.
        from feeds.publisher.page_documents import PageWriter

        return PageWriter(self.site, self._templates(), self.connection)

    def token(self, generation: int) -> str | None:
        """The name of a state that the index has been in; None where it is not known."""
        return overview.read_token(self.connection, generation)

    def has_been(self, generation: int, token: str) -> bool:
        """Whether the index was once in this state, so that what changed since can be told."""
        return self.token(generation) == token

    def places(self, since: int = -1) -> Iterator[Place]:
        """Every path of the site, and whether its document may have changed since a generation."""
        return Places(self.site, self.connection).since(since)

    def document(self, path: str) -> Document | None:
        """The document at a path, None where there is none."""
        target = self.site.find(path)
        return None if target is None else self.make(target)

    def has(self, path: str) -> bool:
        """Whether there is a document at a path, found out without making it where that can be."""
        target = self.site.find(path)
        if isinstance(target, ArticlePage | SitemapPart):
            return self.make(target) is not None
        return target is not None

    def make(self, target: Target) -> Document | None:
        """The document at a target of this state; None where only the index knew that there is none."""
        if isinstance(target, FeedTarget):
            return self._feeds.write(target)
        if isinstance(target, Fixed) and target.path in CATALOGUES:
            return self._catalogue(target.path)
        return self._pages.write(target)

    def missing(self, near: Sequence[Channel] = (), status: int = 404) -> Document:
        """The page that says that there is nothing, with the feeds that may have been meant."""
        return self._pages.missing(near, status)

    def feed(self, place: FeedTarget) -> Document:
        """The document of a feed of this state."""
        return self._feeds.write(place)

    def delta(self, place: FeedTarget, since: int) -> Document | None:
        """What is new or changed in a feed after a generation; None where that saves nothing."""
        return self._feeds.delta(place, since)

    def counted(self, channel: Channel) -> Channel:
        """A reader's selection with the number of its articles."""
        assert channel.selection is not None  # noqa: S101 - the index counts the others itself
        count = matches.count_articles(self.connection, channel.selection)
        return msgspec.structs.replace(channel, count=count)

    def builder(self, chosen: Chosen | None) -> str:
        """The page for building a feed, with what somebody chose; the document is the one without."""
        return self._pages.builder(chosen)

    def newest_of(self, channel: Channel, limit: int) -> list[Article]:
        """The newest articles of a reader's selection."""
        assert channel.selection is not None  # noqa: S101 - likewise
        return matches.read_selected_articles(self.connection, channel.selection, limit)

    def _catalogue(self, path: str) -> Document:
        from feeds.publisher import feed_lists

        groups = [(kind, self.channels.of(kind)) for kind in build.KINDS]
        media_type, body = feed_lists.write(path, self.config, groups, self._metadata)
        return document(path, media_type, body, self.site.newest_change())
