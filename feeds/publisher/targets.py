"""What a path of the site names: one value for each kind of document.

A target knows its path, and asks nobody. :class:`feeds.publisher.routes.Router` finds it,
:class:`feeds.publisher.snapshot.Snapshot` makes its document.
"""

from __future__ import annotations

from typing import NamedTuple

from feeds.config.schema import FormatName
from feeds.model import Channel, Kind
from feeds.paths import (
    SEARCH,
    make_archive_path,
    make_feed_list_path,
    make_feed_path,
    make_list_path,
    make_page_archive_path,
    make_page_path,
    make_sitemap_path,
)


class Fixed(NamedTuple):
    """A document that exists once: the index page, a list of all feeds, a static file."""

    path: str


class ChannelPage(NamedTuple):
    """A page of a channel: its own, or a page of older articles by its number."""

    channel: Channel
    number: int = 0

    @property
    def path(self) -> str:
        """Its path below the base URL."""
        return (
            make_page_archive_path(self.channel, self.number) if self.number else make_page_path(self.channel)
        )


class ListPage(NamedTuple):
    """A page of the list of all channels of a kind."""

    kind: Kind
    number: int

    @property
    def path(self) -> str:
        """Its path below the base URL."""
        return make_list_path(self.kind, self.number)


class ArticlePage(NamedTuple):
    """The page of an article without a link. Only the index knows whether it exists."""

    path: str


class FileTarget(NamedTuple):
    """A file beside an article's page. Only the index knows if an article names it."""

    path: str


class PictureTarget(NamedTuple):
    """A small copy of a picture of another site."""

    path: str


class SitemapPart(NamedTuple):
    """A part of a long sitemap. Only the index knows whether it has parts."""

    number: int

    @property
    def path(self) -> str:
        """Its path below the base URL."""
        return make_sitemap_path(self.number)


class FeedListPart(NamedTuple):
    """A part of the list of all feeds for programs, after the first."""

    number: int

    @property
    def path(self) -> str:
        """Its path below the base URL."""
        return make_feed_list_path(self.number)


class SearchPage(NamedTuple):
    """The page of what is found by some words.

    ``channel`` has the articles, as the feed of the search has them; None with a ``problem`` of the words.
    """

    words: str
    channel: Channel | None = None
    problem: str = ""

    @property
    def path(self) -> str:
        """Its path below the base URL."""
        return SEARCH


class SearchFile(NamedTuple):
    """A file of the index of articles, on a site of files."""

    path: str


class FeedTarget(NamedTuple):
    """A document of a feed: its subscription document, or a numbered archive."""

    channel: Channel
    format: FormatName
    number: int = 0

    @property
    def path(self) -> str:
        """Its path below the base URL."""
        if self.number:
            return make_archive_path(self.channel, self.number, self.format)
        return make_feed_path(self.channel, self.format)


# A document that is not made yet.
Target = (
    Fixed
    | ChannelPage
    | ListPage
    | ArticlePage
    | FileTarget
    | PictureTarget
    | SitemapPart
    | FeedListPart
    | SearchPage
    | SearchFile
    | FeedTarget
)
