"""What stands at which path of one state of the site. Pure: asks no database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from feeds.archive import Archive
from feeds.assets import static_files
from feeds.channels import Channels
from feeds.config import Config, FormatName
from feeds.index.queries import State
from feeds.metadata import BUILDER, CATALOGUES, archive_path, feed_path, page_path
from feeds.model import Channel
from feeds.naming import Names

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


class Fixed(NamedTuple):
    """The index page, the page for building a feed, a catalogue or a static file."""

    path: str


class Page(NamedTuple):
    """The page of a channel."""

    channel: Channel

    @property
    def path(self) -> str:
        """Its path below the base URL."""
        return page_path(self.channel)


class FeedPlace(NamedTuple):
    """A document of a channel: the one to subscribe to, or an archive document by its number."""

    channel: Channel
    format: FormatName
    number: int = 0

    @property
    def path(self) -> str:
        """Its path below the base URL."""
        if self.number:
            return archive_path(self.channel, self.number, self.format)
        return feed_path(self.channel, self.format)


Target = Fixed | Page | FeedPlace


class SiteMap:
    """The channels and addresses of one state of the site."""

    def __init__(self, config: Config, names: Names, channels: Channels, state: State) -> None:
        self.config = config
        self.names = names
        self.channels = channels
        self.state = state
        self._layout = tuple(channels.layout())

    def find(self, path: str) -> Target | None:
        """What stands at a path, None where nothing does."""
        if path in ("", BUILDER) or path in CATALOGUES or path in static_files():
            return Fixed(path)
        if path.endswith("/"):
            channel = self.channels.by_path.get(path[:-1])
            return None if channel is None else Page(channel)
        return self._find_feed(path)

    def _find_feed(self, path: str) -> FeedPlace | None:
        stem, _, ending = path.rpartition(".")
        name = next((name for name in self.config.feeds.formats if name == ending), None)
        if name is None:
            return None
        if (channel := self.channels.by_path.get(stem)) is not None:
            return FeedPlace(channel, name)
        stem, _, number = stem.rpartition("/archive/")
        channel = self.channels.by_path.get(stem)
        if channel is None or not _NUMBER.fullmatch(number) or not self.has_archive(channel, int(number)):
            return None
        return FeedPlace(channel, name, int(number))

    def has_archive(self, channel: Channel, number: int) -> bool:
        """Whether a channel has an archive document of this number."""
        archive = self.archive(channel)
        return archive is not None and 0 < number <= archive.last

    def moved(self, path: str) -> str | None:
        """Where the document of an old path stands now, None where it is not known."""
        for ending in self.endings:
            if path.endswith(ending) and (new := self.channels.moved.get(path.removesuffix(ending))):
                return new + ending
        return None

    @property
    def endings(self) -> Sequence[str]:
        """What follows a channel's path in the addresses of its documents."""
        return [*(f".{name}" for name in self.config.feeds.formats), "/"]

    def archive(self, channel: Channel) -> Archive | None:
        """How a channel is divided into documents; None where older articles are not kept."""
        config = self.config.feeds
        if not config.archive or channel.by_quality:
            return None
        # A reader who chose a short feed gets it: no page is longer than the limit.
        page_size = min(config.page_size, channel.limit) if channel.selection else config.page_size
        return Archive(channel.count, channel.limit, page_size)

    def version(self, target: Target) -> object:
        """Equal as long as the bytes at a target are: what documents are remembered by."""
        state = self.state
        if isinstance(target, Fixed):
            return (
                state.birth,
                state.site_changed,
                None if target.path in static_files() else state.generation,
            )
        channel = target.channel
        searched = state.searched if channel.selection and channel.selection.match else 0
        # A path may pass to another channel, and pages link to paths.
        return (state.birth, state.site_changed, channel.key, channel.generation, searched, self._layout)

    def changed(self, channel: Channel) -> datetime:
        """When the documents of a channel last changed."""
        return max(channel.changed or self.state.site_changed, self.state.site_changed)

    def newest_change(self) -> datetime:
        """When any document last changed."""
        return max(self.changed(channel) for channel in self.channels.by_path.values())
