"""A feed's metadata: its id, texts, links and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from feeds.archive import Archive
from feeds.config import Config, FormatName
from feeds.formats import MEDIA_TYPES
from feeds.model import Channel, Feed, Image, Kind, Link, icon_and_logo
from feeds.naming import Names
from feeds.text.urls import canonical
from feeds.text.urns import OF_URLS, named
from feeds.version import __version__

HTML = "text/html"
# The lists of all feeds, by path, with their media types.
CATALOGUES = {"feeds.opml": "text/x-opml", "feeds.json": "application/json"}
# The page on which people choose articles for a feed of their own.
BUILDER = "build/"
# The list of all feeds that the script of pages searches, and the page of that search.
FINDABLE = "search/feeds.json"
SEARCH = "search/"
LOOK, FEED_STYLE = "static/site.css", "static/feed.css"
MISSING, ROBOTS, SITEMAP = "404.html", "robots.txt", "sitemap.xml"
# What gives way to a file that the site has of its own.
YIELDING = frozenset({MISSING, ROBOTS, SITEMAP})
# What there is once and follows from the configuration alone, and what follows from the channels.
STANDING = {SEARCH: HTML, MISSING: HTML, ROBOTS: "text/plain"}
LISTING = {"": HTML, BUILDER: HTML, FINDABLE: "application/json", SITEMAP: "application/xml"}
# The path of the feeds that readers select with parameters.
SELECTIONS = "feed"
_WORDS = {"topics": "about", "providers": "from", "categories": "in"}


class Metadata:
    """Makes the metadata of the feeds of one site."""

    def __init__(self, config: Config, names: Names) -> None:
        self._config = config
        self._base = config.site.base_url
        self._names = names

    def subscription(
        self,
        channel: Channel,
        name: FormatName,
        updated: datetime,
        archive: Archive | None,
        pictures: Sequence[Image],
    ) -> Feed:
        """The metadata of the document that readers subscribe to.

        ``pictures`` are those that the channel's provider has of itself.
        """
        feed = self._feed(channel, name, updated, feed_path(channel, name))
        icon, logo = icon_and_logo(pictures)
        links = (*feed.links, *self._hubs(channel))
        if archive is not None and archive.linked:
            links = (*links, self._link("prev-archive", archive_path(channel, archive.linked, name), name))
        return msgspec.structs.replace(
            feed,
            subtitle=channel.description or _subtitle(channel, channel.count),
            links=links,
            icon=feed.icon or icon,
            logo=feed.logo or logo,
            complete=archive is not None and not archive.linked,
        )

    def archived(
        self, channel: Channel, name: FormatName, updated: datetime, archive: Archive, number: int
    ) -> Feed:
        """The metadata of an archive document: nothing in it depends on newer articles."""
        feed = self._feed(channel, name, updated, archive_path(channel, number, name))
        links = [*feed.links, self._link("current", feed_path(channel, name), name)]
        if number > 1:
            links.append(self._link("prev-archive", archive_path(channel, number - 1, name), name))
        if number < archive.last:
            links.append(self._link("next-archive", archive_path(channel, number + 1, name), name))
        return msgspec.structs.replace(feed, links=tuple(links), archive=True)

    def summary(self, channel: Channel) -> str:
        """A channel in one line: its description, and how many articles it has."""
        counted = _subtitle(channel, channel.count)
        return f"{channel.description} ({counted})" if channel.description else counted

    def _feed(self, channel: Channel, name: FormatName, updated: datetime, path: str) -> Feed:
        site = self._config.site
        home = self._base + page_path(channel)
        others = [other for other in self._config.feeds.formats if other != name]
        provider = self._names.provider_config(channel.name) if channel.kind == "providers" else None
        return Feed(
            id=feed_id(self._config, channel),
            title=site.title if channel.kind == "all" else f"{channel.title} · {site.title}",
            subtitle=channel.description or _subtitle(channel),
            home=home,
            self_url=self._base + path,
            links=(
                Link("alternate", home, HTML),
                self._link("self", path, name),
                # As related: newsboat opens the last alternate, whatever its type.
                *(self._link("related", feed_path(channel, other), other) for other in others),
            ),
            updated=updated,
            language=site.language,
            author=site.author or site.title,
            generator=__version__,
            ttl=self._config.feeds.ttl,
            rights=site.rights,
            icon=self._url((provider.icon if provider else "") or site.icon),
            logo=self._image((provider.logo if provider else "") or site.logo),
            style=self._style(path),
        )

    def _style(self, path: str) -> str:
        """The style sheet of a feed at a path; empty where none is wanted, or none is frozen."""
        wanted = self._config.feeds.stylesheet and self._config.output.pages
        folders = path.partition("?")[0].count("/")
        return "../" * folders + FEED_STYLE if wanted else ""

    def _hubs(self, channel: Channel) -> Iterator[Link]:
        """Where changes of a feed are pushed from: hubs are not told of readers' own selections."""
        if not channel.selection:
            yield from (Link("hub", hub) for hub in self._config.websub.hubs)

    def _link(self, rel: str, path: str, name: FormatName) -> Link:
        return Link(rel, self._base + path, MEDIA_TYPES[name])

    def _url(self, url: str) -> str:
        return (canonical(url, self._base) or "") if url else ""

    def _image(self, url: str) -> Image | None:
        absolute = self._url(url)
        return Image(absolute) if absolute else None


def page_path(channel: Channel) -> str:
    """The path of a channel's page; a reader's selection has none but the site's."""
    return "" if channel.selection else f"{channel.path}/"


def page_archive_path(channel: Channel, number: int) -> str:
    """The path of a page of older articles."""
    return f"{channel.path}/archive/{number}/"


def list_path(kind: Kind, number: int = 1) -> str:
    """The path of a page of the list of all channels of a kind."""
    return f"{kind}/" if number == 1 else f"{kind}/page/{number}/"


def sitemap_path(number: int) -> str:
    """The path of a part of the sitemap, where it is too long for one file."""
    return f"sitemap-{number}.xml"


def feed_path(channel: Channel, name: FormatName) -> str:
    """The path of the document to subscribe to; a reader's selection has its parameters there."""
    return f"{channel.path}.{name}?{channel.name}" if channel.selection else f"{channel.path}.{name}"


def archive_path(channel: Channel, number: int, name: FormatName) -> str:
    """The path of an archive document."""
    if channel.selection:
        return f"{feed_path(channel, name)}&archive={number}"
    return f"{channel.path}/archive/{number}.{name}"


def feed_id(config: Config, channel: Channel) -> str:
    """A feed's id: it follows the site and the channel's name, not host or path of the feed."""
    site_id = config.site.id or config.site.base_url
    return named(OF_URLS, f"{site_id}#{channel.kind}/{channel.name}")


def _subtitle(channel: Channel, count: int | None = None) -> str:
    articles = "Articles" if count is None else "1 article" if count == 1 else f"{count:,} articles"
    return f"{articles} {_WORDS[channel.kind]} {channel.title}" if channel.kind in _WORDS else articles
