"""The documents of feeds: a channel's entries and its metadata in one format."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property

import msgspec

from feeds import formats
from feeds.channels.metadata import Metadata
from feeds.channels.pagination import Window
from feeds.config.schema import FormatName
from feeds.formats import EMPTY_UPDATED, MEDIA_TYPES
from feeds.index.read import channels, overview
from feeds.index.read.channels import Offsets
from feeds.index.read.matches import Matches
from feeds.index.sql import Connection
from feeds.model import Channel, Document, Feed, Image, Problem
from feeds.publisher.entry_source import Entry, EntrySource, FeedEntries
from feeds.publisher.routes import Router
from feeds.publisher.targets import FeedTarget

Rows = Sequence[Entry]


class FeedWriter:
    """Writes the feeds of one state of the site."""

    def __init__(
        self,
        router: Router,
        metadata: Metadata,
        connection: Connection,
        matches: Matches,
        entries: EntrySource,
    ) -> None:
        self._router = router
        self._metadata = metadata
        self._connection = connection
        self._matches = matches
        self._offsets = Offsets(connection)
        self._entries = entries
        # By key, for the last channel asked for: its formats are written one after the other.
        self._pictures: tuple[int, Sequence[Image]] = (-1, ())

    def write(self, target: FeedTarget) -> Document:
        """Write a document of a feed that the site has."""
        return self._write_archive(target) if target.number else self._write_subscription(target)

    def write_delta(self, target: FeedTarget, since: int) -> Document | None:
        """Write the subscription document with only the entries that are new or changed.

        Returns None if it is not known which entries changed after the generation, or if leaving
        out the others saves nothing.
        """
        query = target.channel.query
        if target.number or target.channel.by_quality:
            return None
        key = self._router.channels.by_path["all"].key if query else target.channel.key
        news = channels.find_news(self._connection, key, since)
        found = self._find_entries(target)
        rows = found.rows
        # An article that was edited may no longer match the query, so that an older one came in.
        if news is None or (query and not news.edited <= {row.age for row in rows}):
            return None
        kept = [row for row in rows if news.has(row.age)]
        if not kept or len(kept) == len(rows):
            return None
        feed = msgspec.structs.replace(self._describe(target, rows), complete=False)
        return self._assemble(target, feed, found._replace(rows=kept))

    def _write_subscription(self, target: FeedTarget) -> Document:
        found = self._find_entries(target)
        return self._assemble(target, self._describe(target, found.rows), found)

    def _write_archive(self, target: FeedTarget) -> Document:
        pagination = self._router.paginate(target.channel)
        assert pagination is not None  # noqa: S101 - only archive documents have a number
        found = self._find_window(
            target.channel, target.format, pagination.find_archive_window(target.number)
        )
        feed = self._metadata.describe_archive(
            target.channel, target.format, _find_last_update(found.rows), pagination, target.number
        )
        document = self._assemble(target, feed, found)
        return msgspec.structs.replace(document, final=target.number < pagination.last)

    def _describe(self, target: FeedTarget, rows: Rows) -> Feed:
        """Return the metadata of a subscription document."""
        channel = target.channel
        feed = self._metadata.describe_subscription(
            channel,
            target.format,
            _find_last_update(rows, channel.emptied),
            self._router.paginate(channel),
            self._find_provider_pictures(channel),
        )
        if not self._tells_of_deleted_entries:
            return feed
        deleted = channels.read_deleted_entries(self._connection, channel.key)
        return msgspec.structs.replace(feed, tombstones=deleted)

    @cached_property
    def _tells_of_deleted_entries(self) -> bool:
        """Whether any entry was deleted; in most states none was, and every feed asks."""
        return self._router.config.feeds.tombstones and channels.has_deleted_entries(self._connection)

    def _find_entries(self, target: FeedTarget) -> FeedEntries:
        """Return the entries of a subscription document."""
        channel = target.channel
        if channel.by_quality:
            since = find_window_start(channel)
            rows = channels.read_best_entries(
                self._connection, channel.key, target.format, since, channel.limit
            )
            return self._entries.complete(rows, target.format)
        return self._find_window(channel, target.format, Window(0, channel.limit))

    def _find_window(self, channel: Channel, name: FormatName, window: Window) -> FeedEntries:
        if channel.query is not None:
            rows = self._matches.read_entries(channel.query, name, window, channel.count)
            return self._entries.complete(rows, name)
        start = self._offsets.find(channel.key, window.skip)
        if start is None:
            return FeedEntries()
        rows = channels.read_channel_entries(self._connection, channel.key, name, start, window.take)
        return self._entries.complete(rows, name)

    def _assemble(self, target: FeedTarget, feed: Feed, found: FeedEntries) -> Document:
        body = formats.load(target.format).render_feed(feed, [row.body for row in found.rows])
        changed = self._router.find_change_date(target.channel)
        return make_document(target.path, MEDIA_TYPES[target.format], body, changed, found.problems)

    def _find_provider_pictures(self, channel: Channel) -> Sequence[Image]:
        if channel.kind != "providers":
            return ()
        if self._pictures[0] != channel.key:
            newest = channels.read_channel_articles(self._connection, channel.key, 1)
            self._pictures = (channel.key, newest[0].provider.images if newest else ())
        return self._pictures[1]


def make_document(
    path: str, media_type: str, body: bytes, changed: datetime, problems: tuple[Problem, ...] = ()
) -> Document:
    """Make a document of these bytes, with its tag."""
    return Document(path, media_type, body, make_etag(body), changed, problems=problems)


def make_etag(body: bytes) -> str:
    """Return the hash by which a document is recognised, without quotes."""
    return hashlib.sha256(body).hexdigest()[:32]


def find_window_start(channel: Channel) -> datetime | None:
    """Return when a channel's window begins, None if it has no window.

    The window ends when the channel last changed, so it holds the same articles until the next change.
    """
    if channel.window is None or channel.changed is None:
        return None
    return channel.changed - timedelta(seconds=channel.window)


def _find_last_update(rows: Rows, emptied: datetime | None = None) -> datetime:
    """Return when the newest entry was updated; without any, when the last one went."""
    return overview.to_datetime(max(row.updated for row in rows)) if rows else emptied or EMPTY_UPDATED
