"""The site map, and the one place where channels, articles and formats meet."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from feeds import channels, formats
from feeds.archive import Archive, Window
from feeds.assets import static_files, static_type
from feeds.channels import Channels
from feeds.config import Config, FormatName
from feeds.formats import MEDIA_TYPES
from feeds.index import Index, contents, queries
from feeds.metadata import HTML, Metadata, archive_path, page_path
from feeds.model import Channel, Document, Feed, Image
from feeds.naming import Names

CATALOGUES = ("feeds.opml", "feeds.json")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
# A feed must have a date (RFC 4287, 4.1.1), an empty one too, and it may not come from a clock.
_EMPTY_UPDATED = datetime(2000, 1, 1, tzinfo=UTC)


class Place(NamedTuple):
    """A path of the site, and whether its document may have changed since a generation."""

    path: str
    changed: bool


class Publisher:
    """Makes documents from the index by one configuration. Safe to share between threads."""

    def __init__(self, config: Config, index: Index) -> None:
        self.config = config
        self._index = index
        self._names = Names(config)
        self._metadata = Metadata(config, self._names)
        self._known: tuple[queries.State, Channels] | None = None
        self._lock = threading.Lock()

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """One state of the site, whatever is written meanwhile."""
        with self._index.reading() as connection:
            found = self._channels(connection)
            yield Snapshot(self.config, self._names, self._metadata, connection, found)

    def _channels(self, connection: Connection) -> Channels:
        state = queries.state(connection)
        with self._lock:
            if self._known is None or self._known[0] != state:
                rows = queries.all_channels(connection)
                self._known = (state, channels.build(self.config, self._names, rows))
            return self._known[1]


class Snapshot:
    """The documents of one state of the site."""

    def __init__(
        self, config: Config, names: Names, metadata: Metadata, connection: Connection, found: Channels
    ) -> None:
        self.config = config
        self._names = names
        self._metadata = metadata
        self.channels = found
        self.connection = connection
        self.state = queries.state(connection)
        self._site_changed = queries.site_changed(connection)

    def has_been(self, generation: int, token: str) -> bool:
        """Whether the index was once in this state, so that what changed since can be told."""
        return queries.token(self.connection, generation) == token

    def places(self, since: int = -1) -> Iterator[Place]:
        """Every path of the site: static files, feeds, then the pages that link to them.

        An archive document comes before the one that links to it. An old path of a renamed
        channel is a place too: it holds what the new one holds.
        """
        yield from (Place(path, since < 0) for path in static_files())
        for channel in self.channels.by_path.values():
            yield from self._archive_places(channel, since)
            changed = channel.generation > since
            yield from (Place(f"{channel.path}.{name}", changed) for name in self.config.feeds.formats)
        for channel in self.channels.by_path.values():
            yield Place(page_path(channel), channel.generation > since)
        for old, new in self.channels.moved.items():
            changed = self.channels.by_path[new].generation > since
            yield from (Place(old + ending, changed) for ending in self._endings())
        changed = self.state.generation > since
        yield from (Place(path, changed) for path in (*CATALOGUES, ""))

    def document(self, path: str) -> Document | None:
        """The document at a path, None where there is none."""
        make = self._maker(path)
        return None if make is None else make()

    def has(self, path: str) -> bool:
        """Whether there is a document at a path."""
        return self._maker(path) is not None

    def _maker(self, path: str) -> Callable[[], Document] | None:
        """What makes the document at a path."""
        if path == "":
            return self._index_page
        if path in CATALOGUES:
            return partial(self._catalogue, path)
        if path in static_files():
            body = static_files()[path]
            return partial(_document, path, static_type(path), body, self._site_changed)
        if path.endswith("/"):
            channel = self.channels.by_path.get(path[:-1])
            return None if channel is None else partial(self._channel_page, channel)
        return self._feed_maker(path)

    def _feed_maker(self, path: str) -> Callable[[], Document] | None:
        stem, _, ending = path.rpartition(".")
        name = next((name for name in self.config.feeds.formats if name == ending), None)
        if name is None:
            return None
        if (channel := self.channels.by_path.get(stem)) is not None:
            return partial(self._subscription, channel, name)
        stem, _, number = stem.rpartition("/archive/")
        channel = self.channels.by_path.get(stem)
        archive = self._archive(channel) if channel is not None else None
        if channel is None or archive is None or not _NUMBER.fullmatch(number) or int(number) > archive.last:
            return None
        return partial(self._archived, channel, name, archive, int(number))

    def moved(self, path: str) -> str | None:
        """Where the document of an old path stands now, None where it is not known."""
        for ending in self._endings():
            if path.endswith(ending) and (new := self.channels.moved.get(path.removesuffix(ending))):
                return new + ending
        return None

    def _endings(self) -> list[str]:
        return [*(f".{name}" for name in self.config.feeds.formats), "/"]

    def _archive(self, channel: Channel) -> Archive | None:
        config = self.config.feeds
        if not config.archive or channel.by_quality:
            return None
        return Archive(channel.count, channel.limit, config.page_size)

    def _archive_places(self, channel: Channel, since: int) -> Iterator[Place]:
        archive = self._archive(channel)
        if archive is None or not archive.last:
            return
        changed = self._changed_documents(channel, archive, since)
        for number in range(1, archive.last + 1):
            for name in self.config.feeds.formats:
                yield Place(archive_path(channel, number, name), number in changed)

    def _changed_documents(self, channel: Channel, archive: Archive, since: int) -> Container[int]:
        """The archive documents that may have changed since a generation."""
        if channel.generation <= since:
            return ()
        if since < 0:
            return range(1, archive.last + 1)
        ranks = contents.changed_ranks(self.connection, channel.key, since)
        return archive.documents_with(ranks)

    def _subscription(self, channel: Channel, name: FormatName) -> Document:
        archive = self._archive(channel)
        window = archive.subscription if archive else Window(0, channel.limit)
        if channel.by_quality:
            rows = contents.best_entries(self.connection, channel.key, name, _since(channel), channel.limit)
        else:
            rows = contents.channel_entries(self.connection, channel.key, name, window)
        pictures = self._provider_pictures(channel)
        feed = self._metadata.subscription(channel, name, _updated(rows), archive, pictures)
        if self.config.feeds.tombstones:
            deleted = contents.deleted_entries(self.connection, channel.key)
            feed = msgspec.structs.replace(feed, deleted=deleted)
        return self._feed_document(feed, name, rows, f"{channel.path}.{name}", channel)

    def _archived(self, channel: Channel, name: FormatName, archive: Archive, number: int) -> Document:
        rows = contents.channel_entries(self.connection, channel.key, name, archive.document(number))
        feed = self._metadata.archived(channel, name, _updated(rows), archive, number)
        return self._feed_document(feed, name, rows, archive_path(channel, number, name), channel)

    def _feed_document(
        self, feed: Feed, name: FormatName, rows: Sequence[contents.EntryRow], path: str, channel: Channel
    ) -> Document:
        body = formats.load(name).document(feed, [row.body for row in rows])
        return _document(path, MEDIA_TYPES[name], body, self._changed(channel))

    def _provider_pictures(self, channel: Channel) -> Sequence[Image]:
        if channel.kind != "providers":
            return ()
        newest = contents.channel_articles(self.connection, channel.key, 1)
        return newest[0].provider.images if newest else ()

    def _catalogue(self, path: str) -> Document:
        from feeds import catalogue

        groups = [(kind, self.channels.of(kind)) for kind in channels.KINDS]
        media_type, body = catalogue.write(path, self.config, groups, self._metadata)
        return _document(path, media_type, body, self._newest_change())

    def _channel_page(self, channel: Channel) -> Document:
        from feeds import pages

        if channel.by_quality:
            articles = contents.best_articles(self.connection, channel.key, _since(channel), channel.limit)
        else:
            articles = contents.channel_articles(self.connection, channel.key, channel.limit)
        html = pages.channel_page(self.config, self._names, self.channels, channel, articles)
        return _document(page_path(channel), HTML, html.encode(), self._changed(channel))

    def _index_page(self) -> Document:
        from feeds import pages

        everything = self.channels.by_path["all"]
        newest = contents.channel_articles(self.connection, everything.key, pages.NEWEST)
        html = pages.index_page(self.config, self._names, self.channels, newest)
        return _document("", HTML, html.encode(), self._newest_change())

    def _changed(self, channel: Channel) -> datetime:
        return max(channel.changed or self._site_changed, self._site_changed)

    def _newest_change(self) -> datetime:
        return max(self._changed(channel) for channel in self.channels.by_path.values())


def etag(body: bytes) -> str:
    """What tells the bytes of a document from others: their hash, without quotes."""
    return hashlib.sha256(body).hexdigest()[:32]


def _document(path: str, media_type: str, body: bytes, changed: datetime) -> Document:
    return Document(path, media_type, body, etag(body), changed)


def _since(channel: Channel) -> datetime | None:
    """Where a channel's window begins. It ends when the channel last changed: until the
    next change, the window holds the same articles."""  # noqa: D205, D209 - two sentences
    if channel.window is None or channel.changed is None:
        return None
    return channel.changed - timedelta(seconds=channel.window)


def _updated(rows: Sequence[contents.EntryRow]) -> datetime:
    return max((row.updated for row in rows), default=_EMPTY_UPDATED)
