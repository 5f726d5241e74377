"""The site map, and the one place where channels, articles and formats meet."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

import feeds
from feeds import channels, formats
from feeds.channels import Channels
from feeds.config import Config, FormatName
from feeds.formats import MEDIA_TYPES
from feeds.index import Index, queries
from feeds.model import Channel, Document, Feed, Link

HTML = "text/html"
# A feed must have a date (RFC 4287, 4.1.1), an empty one too, and it may not come from a clock.
_EMPTY_UPDATED = datetime(2000, 1, 1, tzinfo=UTC)
_STATIC_TYPES = {"css": "text/css", "svg": "image/svg+xml", "js": "text/javascript"}


class Place(NamedTuple):
    """A path of the site, and the generation in which its document may last have changed."""

    path: str
    generation: int


class Publisher:
    """Makes documents from the index by one configuration. Safe to share between threads."""

    def __init__(self, config: Config, index: Index) -> None:
        self.config = config
        self._index = index
        self._known: tuple[queries.State, Channels] | None = None
        self._lock = threading.Lock()

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """One state of the site, whatever is written meanwhile."""
        with self._index.reading() as connection:
            yield Snapshot(self.config, connection, self._channels(connection))

    def _channels(self, connection: Connection) -> Channels:
        state = queries.state(connection)
        with self._lock:
            if self._known is None or self._known[0] != state:
                rows = queries.all_channels(connection)
                self._known = (state, channels.build(self.config, rows))
            return self._known[1]


class Snapshot:
    """The documents of one state of the site."""

    def __init__(self, config: Config, connection: Connection, found: Channels) -> None:
        self.config = config
        self.channels = found
        self.connection = connection
        self.state = queries.state(connection)
        self._site_changed = queries.site_changed(connection)

    def places(self) -> Iterator[Place]:
        """Every path of the site: static files, feeds, then the pages that link to them.

        An old path of a renamed channel is a place too: it holds what the new one holds.
        """
        yield from (Place(path, 0) for path in static_files())
        for channel in self.channels.by_path.values():
            yield from (Place(path, channel.generation) for path in self.feed_paths(channel))
        for channel in self.channels.by_path.values():
            yield Place(page_path(channel), channel.generation)
        for old, new in self.channels.moved.items():
            generation = self.channels.by_path[new].generation
            yield from (Place(old + ending, generation) for ending in self._endings())
        yield Place("", self.state.generation)

    def feed_paths(self, channel: Channel) -> list[str]:
        """The paths of a channel's feeds, one for each format."""
        return [f"{channel.path}.{name}" for name in self.config.feeds.formats]

    def document(self, path: str) -> Document | None:
        """The document at a path, None where there is none."""
        if path == "":
            return self._page("", self._index_page(), self._newest_change())
        if path in static_files():
            return _document(
                path, _STATIC_TYPES[path.rpartition(".")[2]], static_files()[path], self._site_changed
            )
        if path.endswith("/"):
            channel = self.channels.by_path.get(path[:-1])
            return None if channel is None else self._channel_page(channel)
        stem, _, ending = path.rpartition(".")
        for name in self.config.feeds.formats:
            if name == ending and (channel := self.channels.by_path.get(stem)) is not None:
                return self._feed_document(channel, name)
        return None

    def moved(self, path: str) -> str | None:
        """Where the document of an old path stands now, None where it is not known."""
        for ending in self._endings():
            if path.endswith(ending) and (new := self.channels.moved.get(path.removesuffix(ending))):
                return new + ending
        return None

    def _endings(self) -> list[str]:
        return [*(f".{name}" for name in self.config.feeds.formats), "/"]

    def feed(self, channel: Channel, name: FormatName, updated: datetime) -> Feed:
        """The metadata of a channel's feed in one format."""
        site = self.config.site
        base = site.base_url
        others = [other for other in self.config.feeds.formats if other != name]
        home, self_url = base + page_path(channel), f"{base}{channel.path}.{name}"
        return Feed(
            id=_feed_id(site.id or base, channel),
            title=site.title if channel.kind == "all" else f"{channel.title} · {site.title}",
            subtitle=channel.description or _subtitle(channel),
            home=home,
            self_url=self_url,
            links=(
                Link("alternate", home, HTML),
                Link("self", self_url, MEDIA_TYPES[name]),
                *(Link("alternate", f"{base}{channel.path}.{other}", MEDIA_TYPES[other]) for other in others),
            ),
            updated=updated,
            language=site.language,
            author=site.author or site.title,
            generator=feeds.__version__,
            ttl=self.config.feeds.ttl,
            rights=site.rights,
            icon=site.icon,
            logo=site.logo,
        )

    def _feed_document(self, channel: Channel, name: FormatName) -> Document:
        rows = queries.channel_entries(self.connection, channel.key, name, channel.limit)
        updated = max((row.updated for row in rows), default=_EMPTY_UPDATED)
        body = formats.load(name).document(self.feed(channel, name, updated), [row.body for row in rows])
        return _document(f"{channel.path}.{name}", MEDIA_TYPES[name], body, self._changed(channel))

    def _channel_page(self, channel: Channel) -> Document:
        from feeds import pages

        articles = queries.channel_articles(self.connection, channel.key, channel.limit)
        html = pages.channel_page(self.config, self.channels, channel, articles)
        return self._page(page_path(channel), html, self._changed(channel))

    def _index_page(self) -> str:
        from feeds import pages

        everything = self.channels.by_path["all"]
        newest = queries.channel_articles(self.connection, everything.key, pages.NEWEST)
        return pages.index_page(self.config, self.channels, newest)

    def _page(self, path: str, html: str, changed: datetime) -> Document:
        return _document(path, HTML, html.encode(), changed)

    def _changed(self, channel: Channel) -> datetime:
        return max(channel.changed or self._site_changed, self._site_changed)

    def _newest_change(self) -> datetime:
        return max(self._changed(channel) for channel in self.channels.by_path.values())


def page_path(channel: Channel) -> str:
    """The path of a channel's page."""
    return f"{channel.path}/"


def fingerprint(config: Config) -> str:
    """Stands for all that documents depend on beside the index."""
    parts = (
        feeds.__version__, formats.RENDERER_VERSION, config.site, config.feeds,
        config.topics, config.providers, config.custom, sorted(_sources().items()),
    )  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


@cache
def static_files() -> dict[str, bytes]:
    """The files that pages need, by path."""
    folder = resources.files("feeds") / "static"
    return {
        f"static/{file.name}": file.read_bytes() for file in sorted(folder.iterdir(), key=lambda f: f.name)
    }


@cache
def _sources() -> dict[str, str]:
    folder = resources.files("feeds") / "templates"
    files = {file.name: file.read_bytes() for file in folder.iterdir()} | static_files()
    return {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}


def _document(path: str, media_type: str, body: bytes, changed: datetime) -> Document:
    return Document(path, media_type, body, hashlib.sha256(body).hexdigest()[:32], changed)


def _feed_id(site_id: str, channel: Channel) -> str:
    """A feed's id: it follows the site and the channel's name, not host or path of the feed."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{site_id}#{channel.kind}/{channel.name}')}"


def _subtitle(channel: Channel) -> str:
    words = {"topics": "about", "providers": "from", "categories": "in"}
    return f"Articles {words[channel.kind]} {channel.title}" if channel.kind in words else ""
