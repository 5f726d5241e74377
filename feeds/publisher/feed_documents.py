"""Makes the documents of feeds: a channel's entries, its metadata and a format together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from feeds import formats
from feeds.channels.metadata import Metadata
from feeds.channels.pagination import Window
from feeds.config.schema import FormatName
from feeds.formats import MEDIA_TYPES
from feeds.index.read import channels, matches, overview
from feeds.index.read.offsets import Offsets
from feeds.index.sql import Connection
from feeds.model import Channel, Document, Feed, Image, Problem
from feeds.publisher.entries import Entries, Entry, FeedEntries
from feeds.publisher.routes import FeedTarget, Router

# A feed must have a date (RFC 4287, 4.1.1), an empty one too, and it may not come from a clock.
EMPTY_UPDATED = datetime(2000, 1, 1, tzinfo=UTC)
Rows = Sequence[Entry]


class FeedWriter:
    """Writes the feeds of one state of the site."""

    def __init__(self, site: Router, metadata: Metadata, connection: Connection, entries: Entries) -> None:
        self._site = site
        self._metadata = metadata
        self._connection = connection
        self._places = Offsets(connection)
        self._entries = entries
        # Of the channel that was asked for last: its formats are written one after the other.
        self._pictures: tuple[int, Sequence[Image]] = (-1, ())

    def write(self, place: FeedTarget) -> Document:
        """The document of a place that the site has."""
        return self._archived(place) if place.number else self._subscription(place)

    def delta(self, place: FeedTarget, since: int) -> Document | None:
        """The subscription document with those entries only that are new or changed after a
        generation; None where that cannot be told or saves nothing."""  # noqa: D205, D209 - one sentence
        selection = place.channel.selection
        if place.number or place.channel.by_quality:
            return None
        key = self._site.channels.by_path["all"].key if selection else place.channel.key
        news = channels.find_news(self._connection, key, since)
        found = self._found(place)
        rows = found.rows
        # An article that was edited may have left a selection, and let an older one in.
        if news is None or (selection and not news.edited <= {row.age for row in rows}):
            return None
        kept = [row for row in rows if news.has(row.age)]
        if not kept or len(kept) == len(rows):
            return None
        feed = msgspec.structs.replace(self._feed(place, rows), complete=False)
        return self._written(place, feed, found._replace(rows=kept))

    def _subscription(self, place: FeedTarget) -> Document:
        found = self._found(place)
        return self._written(place, self._feed(place, found.rows), found)

    def _feed(self, place: FeedTarget, rows: Rows) -> Feed:
        channel = place.channel
        feed = self._metadata.subscription(
            channel,
            place.format,
            _updated(rows),
            self._site.archive(channel),
            self._provider_pictures(channel),
        )
        if not self._site.config.feeds.tombstones:
            return feed
        deleted = channels.read_deleted_entries(self._connection, channel.key)
        return msgspec.structs.replace(feed, deleted=deleted)

    def _archived(self, place: FeedTarget) -> Document:
        archive = self._site.archive(place.channel)
        assert archive is not None  # noqa: S101 - a place with a number is one of an archive
        found = self._window(place.channel, place.format, archive.document(place.number))
        updated = _updated(found.rows)
        feed = self._metadata.archived(place.channel, place.format, updated, archive, place.number)
        document = self._written(place, feed, found)
        return msgspec.structs.replace(document, final=place.number < archive.last)

    def _found(self, place: FeedTarget) -> FeedEntries:
        """The entries of a subscription document."""
        channel = place.channel
        if channel.by_quality:
            since = window_start(channel)
            rows = channels.read_best_entries(
                self._connection, channel.key, place.format, since, channel.limit
            )
            return self._entries.complete(rows, place.format)
        archive = self._site.archive(channel)
        window = archive.subscription if archive else Window(0, channel.limit)
        return self._window(channel, place.format, window)

    def _window(self, channel: Channel, name: FormatName, window: Window) -> FeedEntries:
        if channel.selection is not None:
            rows = matches.read_selected_entries(self._connection, channel.selection, name, window)
            return self._entries.complete(rows, name)
        start = self._places.find(channel.key, window.skip)
        if start is None:
            return FeedEntries()
        rows = channels.read_channel_entries(self._connection, channel.key, name, start, window.take)
        return self._entries.complete(rows, name)

    def _written(self, place: FeedTarget, feed: Feed, found: FeedEntries) -> Document:
        body = formats.load(place.format).render_feed(feed, [row.body for row in found.rows])
        changed = self._site.changed(place.channel)
        return document(place.path, MEDIA_TYPES[place.format], body, changed, found.problems)

    def _provider_pictures(self, channel: Channel) -> Sequence[Image]:
        if channel.kind != "providers":
            return ()
        if self._pictures[0] != channel.key:
            newest = channels.read_channel_articles(self._connection, channel.key, 1)
            self._pictures = (channel.key, newest[0].provider.images if newest else ())
        return self._pictures[1]


def document(
    path: str, media_type: str, body: bytes, changed: datetime, faults: tuple[Problem, ...] = ()
) -> Document:
    """A document of these bytes, with its tag."""
    return Document(path, media_type, body, etag(body), changed, faults=faults)


def etag(body: bytes) -> str:
    """What tells the bytes of a document from others: their hash, without quotes."""
    return hashlib.sha256(body).hexdigest()[:32]


def window_start(channel: Channel) -> datetime | None:
    """Where a channel's window begins. It ends when the channel last changed: until the
    next change, the window holds the same articles."""  # noqa: D205, D209 - two sentences
    if channel.window is None or channel.changed is None:
        return None
    return channel.changed - timedelta(seconds=channel.window)


def _updated(rows: Rows) -> datetime:
    return overview.to_datetime(max(row.updated for row in rows)) if rows else EMPTY_UPDATED
