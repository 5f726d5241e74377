"""Makes documents: channels, entries, formats and pages meet here."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from feeds.channels.channel_set import Channels, Collision
from feeds.channels.metadata import Metadata, make_feed_id
from feeds.channels.rebuild import HEAD_BYTES, Built, is_head_of, rebuild
from feeds.config.names import Names
from feeds.config.schema import Config
from feeds.errors import IndexDamagedError, StorageError
from feeds.formats.context import make_entry_context
from feeds.images.store import Pictures, PictureStore
from feeds.index.index import Index, SlowPermit, TimeLimit
from feeds.index.read import channels as read_channels
from feeds.index.read import overview
from feeds.index.read.matches import Matches
from feeds.index.read.overview import State
from feeds.index.sql import Connection
from feeds.lib.storage.files import PRIVATE_FILE, read_file, read_own_file, replace_file
from feeds.lib.text.media_types import find_media_type
from feeds.model import Article, Channel, Document
from feeds.paths import FEED_LISTS
from feeds.publisher.article_files import ArticleFiles
from feeds.publisher.changes import Earlier, Place, SiteChanges, list_changes, list_places
from feeds.publisher.entry_source import EntrySource
from feeds.publisher.feed_documents import FeedWriter, find_window_start, make_document
from feeds.publisher.fingerprint import fingerprint
from feeds.publisher.listings import lists_say_the_same
from feeds.publisher.pages.static_files import find_own_files
from feeds.publisher.routes import UNDATED, Router
from feeds.publisher.small_pictures import show_small
from feeds.publisher.targets import (
    ArticlePage,
    FeedListPart,
    FeedTarget,
    FileTarget,
    Fixed,
    PictureTarget,
    SearchFile,
    SitemapPart,
    Target,
)

if TYPE_CHECKING:
    from feeds.publisher.page_documents import PageWriter
    from feeds.publisher.pages.builder import BuilderState
    from feeds.publisher.pages.templates import Templates


class Publisher:
    """Makes documents from the index by one configuration.

    Safe to share between threads.
    """

    def __init__(self, config: Config, index: Index, *, served: bool = True) -> None:
        """With ``served``, pages offer what needs an application."""
        self.config = config
        self.index = index
        self._served = served
        self._names = Names(config)
        self.metadata = Metadata(config, self._names)
        self._context = make_entry_context(config, self._names)
        self._own_files = find_own_files(config)
        self.pictures = PictureStore(config)
        # The state that refresh found last, and the one that any snapshot built last.
        self._newest: Router | None = None
        self._built: Router | None = None
        # What the latter was built from, and whether a file keeps that.
        self._built_from: Built | None = None
        self._is_kept = False
        self._history = 0
        self._kept_templates: Templates | None = None
        self._lock = threading.Lock()

    def for_files(self) -> Publisher:
        """Return a publisher of the same site for a tree of files, without an application."""
        return Publisher(self.config, self.index, served=False) if self._served else self

    def make_feed_writer(self, router: Router, connection: Connection, matches: Matches) -> FeedWriter:
        """Make what writes the feeds of a state."""
        adapt = None
        if self.config.images.cache and self.config.images.feeds:
            adapt = partial(show_small, pictures=router.pictures, base_url=self.config.site.base_url)
        entries = EntrySource(connection, self._context, adapt)
        return FeedWriter(router, self.metadata, connection, matches, entries)

    def get_templates(self) -> Templates:
        """Return the templates of the site, compiled when the first page is made."""
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
        """Look in the index for a newer state.

        Only one thread at a time may call this, or an older state could replace a newer one.
        """
        with self.snapshot() as found:
            self._newest = found.router
        return self._newest

    @contextmanager
    def snapshot(self, time_limit: TimeLimit | None = None) -> Iterator[Snapshot]:
        """Lend one state of the site, whatever is written meanwhile.

        All that is done with it obeys the time limit.
        """
        try:
            with (
                time_limit.permit() if time_limit else nullcontext() as permit,
                self.index.reading(permit) as connection,
            ):
                yield Snapshot(self, connection, permit)
        except IndexDamagedError:
            self.index.doubt()
            raise

    def make_router(self, connection: Connection, state: State, pictures: Pictures) -> Router:
        """Return the channels and addresses of a transaction's state, built if needed."""
        with self._lock:
            if (router := self._find_router(state, pictures)) is not None:
                return router
            former = self._built_from or self._load_channels(connection)
            built = rebuild(self.config, self._names, connection, state, former)
            self._is_kept = former is built
            self._built_from, channels = built, built.channels
            _count_windows(connection, channels)
            last = self._built.state if self._built else state
            if last != state and not overview.has_been(connection, last.generation, last.token):
                self._history += 1
            self._built = Router(
                self.config, self._names, channels, state, self._own_files,
                history=self._history, served=self._served, pictures=pictures,
                listed_as=former.token if former and lists_say_the_same(former.channels, channels) else "",
            )  # fmt: skip
            return self._built

    def _find_router(self, state: State, pictures: Pictures) -> Router | None:
        for router in (self._newest, self._built):
            if router is not None and router.state == state and router.pictures is pictures:
                return router
        return None

    def find_collisions(
        self, connection: Connection, state: State, pictures: Pictures
    ) -> Sequence[Collision]:
        """Return the channels that want one path; do not build those that were kept."""
        if self._find_router(state, pictures) is None and not self._served:
            with suppress(OSError):
                head = read_file(self._channels_path, HEAD_BYTES)
                if is_head_of(head, connection.seals, fingerprint(self.config), state.token):
                    return ()
        return self.make_router(connection, state, pictures).channels.collisions

    def _load_channels(self, connection: Connection) -> Built | None:
        """Read the channels that the last freeze kept; a server keeps its own in memory."""
        if self._served:
            return None
        try:
            body = read_own_file(self._channels_path)
        except OSError:
            return None
        return Built.decode(body, self.config, connection.seals, fingerprint(self.config))

    def keep_channels(self) -> None:
        """Keep the channels that were built last, for the next process that freezes."""
        if self._built_from is None or self._is_kept:
            return
        body = self._built_from.encode(self.index.seals, fingerprint(self.config))
        if body is not None:
            # Without it, the next freeze builds them all.
            with suppress(StorageError):
                replace_file(self._channels_path, body, mode=PRIVATE_FILE)

    @property
    def _channels_path(self) -> Path:
        return self.config.index_path.with_suffix(".channels")


def _count_windows(connection: Connection, channels: Channels) -> None:
    """Let each channel with a window count what it shows, not all its members."""
    for path, channel in channels.by_path.items():
        if (since := find_window_start(channel)) is not None:
            shown = min(read_channels.count_since(connection, channel.key, since), channel.limit)
            channels.by_path[path] = msgspec.structs.replace(channel, count=shown)


class Snapshot:
    """The documents of one state of the site."""

    def __init__(self, publisher: Publisher, connection: Connection, permit: SlowPermit | None) -> None:
        self.config = publisher.config
        self.state = overview.read_state(connection)
        self.connection = connection
        self._matches = Matches(connection)
        # The list of pictures may change meanwhile.
        self.pictures = publisher.pictures.pictures
        self._publisher = publisher
        self._permit = permit

    @cached_property
    def router(self) -> Router:
        """The channels and addresses of this state; a freeze without news builds none."""
        return self._publisher.make_router(self.connection, self.state, self.pictures)

    @property
    def channels(self) -> Channels:
        """The channels of this state."""
        return self.router.channels

    def find_collisions(self) -> Sequence[Collision]:
        """Return the channels that want one path."""
        return self._publisher.find_collisions(self.connection, self.state, self.pictures)

    def check_time(self) -> None:
        """Raise :class:`feeds.errors.TimeLimitError` if the time for this state is over."""
        if self._permit is not None:
            self._permit.check()

    @cached_property
    def _feeds(self) -> FeedWriter:
        return self._publisher.make_feed_writer(self.router, self.connection, self._matches)

    @cached_property
    def _pages(self) -> PageWriter:
        # Loaded with the first page: many processes make none.
        from feeds.publisher.page_documents import PageWriter

        return PageWriter(
            self.router, self._publisher.get_templates(), self.connection, self._matches, self.files
        )

    @cached_property
    def files(self) -> ArticleFiles:
        """The files that are published with the pages of articles."""
        return ArticleFiles(self.config, self.connection)

    def read_token(self, generation: int) -> str | None:
        """Return the name of a state that the index has been in, None if it is not known."""
        return overview.read_token(self.connection, generation)

    def has_been(self, generation: int, token: str) -> bool:
        """Return whether the index was in this state, so changes since are known."""
        return overview.has_been(self.connection, generation, token)

    def list_places(self, since: int = -1, pictures: str = "") -> Iterator[Place]:
        """List every path, and whether its document may have changed since.

        ``pictures`` is the name of the state of the small pictures then.
        """
        return list_places(self.router, self.connection, self.files.findings, Earlier(since, pictures))

    def list_changes(self, since: int, pictures: str, inputs: Mapping[str, str]) -> SiteChanges:
        """List every path as :meth:`list_places`, but of unchanged channels paths alone.

        ``inputs`` has what lists showed then, by path, if they show the same now; else it is empty.
        """
        earlier = Earlier(since, pictures, inputs)
        return list_changes(self.router, self.connection, self.files.findings, earlier)

    def document(self, path: str) -> Document | None:
        """Make the document at a path, None if there is none."""
        target = self.router.find(path)
        return None if target is None else self.make(target)

    def has(self, path: str) -> bool:
        """Return whether there is a document at a path, without making it if possible."""
        target = self.router.find(path)
        if isinstance(target, ArticlePage | FileTarget | PictureTarget | SearchFile | SitemapPart):
            return self.make(target) is not None
        return target is not None

    def make(self, target: Target) -> Document | None:
        """Make a document of this state, None if the index says that it does not exist."""
        if isinstance(target, FeedTarget):
            return self.make_feed(target)
        if isinstance(target, FeedListPart) or (isinstance(target, Fixed) and target.path in FEED_LISTS):
            return self._make_feed_list(target)
        if isinstance(target, FileTarget):
            return self.files.make(target.path)
        if isinstance(target, PictureTarget):
            return self._make_picture(target.path)
        return self._pages.write(target)

    def make_not_found(self, near: Sequence[Channel] = (), status: int = 404) -> Document:
        """Make the page for a missing path, with the feeds that may have been meant."""
        return self._pages.write_not_found(near, status)

    def make_feed(self, target: FeedTarget) -> Document:
        """Make a document of a feed of this state."""
        return self._feeds.write(target)

    def make_delta(self, target: FeedTarget, since: int) -> Document | None:
        """Make a feed of what changed after a generation, None if that saves nothing."""
        return self._feeds.write_delta(target, since)

    def list_owners(self) -> Iterator[tuple[str, Channel]]:
        """Yield the id of each feed with its channel, and the ids under its other names."""
        for channel in self.channels.by_path.values():
            yield make_feed_id(self.config, channel), channel
        for kind, name, old in self.router.names.list_other_spellings():
            owner = self.channels.by_path.get(self.channels.paths.get((kind, name), ""))
            if owner is not None and old != name:
                yield make_feed_id(self.config, msgspec.structs.replace(owner, name=old)), owner

    def add_count(self, channel: Channel) -> Channel:
        """Return the channel of a query with the number of its articles."""
        assert channel.query is not None  # noqa: S101 - the index counts the other channels itself
        return msgspec.structs.replace(channel, count=self._matches.count(channel.query))

    def render_builder(self, state: BuilderState | None) -> str:
        """Render the page for building a feed with what somebody chose.

        The document of the page is the one without a choice.
        """
        return self._pages.render_builder(state)

    def read_newest_articles(self, channel: Channel, limit: int) -> list[Article]:
        """Return the newest articles of a query."""
        assert channel.query is not None  # noqa: S101 - only queries are asked for
        return self._matches.read_articles(channel.query, limit)

    def _make_picture(self, path: str) -> Document | None:
        body = self._publisher.pictures.read_copy(path)
        if body is None:
            return None
        # Its name has the hash of what it was made of, so it never changes.
        document = make_document(path, find_media_type(f"https://host/{path}") or "", body, UNDATED)
        return msgspec.structs.replace(document, final=True)

    def _make_feed_list(self, target: Fixed | FeedListPart) -> Document:
        from feeds.publisher.feed_lists import write_feed_list

        media_type, body = write_feed_list(target, self.router, self._publisher.metadata)
        return make_document(target.path, media_type, body, self.router.newest_change)
