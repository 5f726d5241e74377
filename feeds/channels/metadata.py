"""The metadata of feeds: id, texts, links and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from feeds.channels.pagination import Pagination
from feeds.config.names import Names
from feeds.config.schema import Config, FormatName
from feeds.formats import MEDIA_TYPES
from feeds.lib.text.identifiers import OF_URLS, make_uuid
from feeds.lib.text.urls import canonicalise
from feeds.model import Channel, CloudServer, Feed, Image, Link, choose_icon_and_logo
from feeds.paths import FEED_STYLE, HTML, make_archive_path, make_feed_path, make_page_path
from feeds.version import __version__
from feeds.words import N_, NN_, Words, choose_words

_ALL = NN_("{number} article", "{number} articles")
_COUNTED = {
    "topics": NN_("{number} article about {title}", "{number} articles about {title}"),
    "providers": NN_("{number} article from {title}", "{number} articles from {title}"),
    "categories": NN_("{number} article in {title}", "{number} articles in {title}"),
    "tags": NN_("{number} article tagged {title}", "{number} articles tagged {title}"),
}
_ARTICLES = N_("Articles")
_NAMED = {
    "topics": N_("Articles about {title}"),
    "providers": N_("Articles from {title}"),
    "categories": N_("Articles in {title}"),
    "tags": N_("Articles tagged {title}"),
}


class Metadata:
    """Describes the feeds of one site."""

    def __init__(self, config: Config, names: Names) -> None:
        self._config = config
        self._base = config.site.base_url
        self._names = names
        self._words = choose_words(config.site.language, config.pages.words)
        self._cloud = _parse_cloud(config.rsscloud.server)

    def describe_subscription(
        self,
        channel: Channel,
        name: FormatName,
        updated: datetime,
        pagination: Pagination | None,
        pictures: Sequence[Image],
    ) -> Feed:
        """Describe the document that readers subscribe to.

        ``pictures`` are those of the channel's provider.
        """
        subtitle = channel.description or _count_articles(self._words, channel)
        feed = self._describe(channel, name, updated, make_feed_path(channel, name), subtitle)
        icon, logo = choose_icon_and_logo(pictures)
        links = (*feed.links, *self._list_hubs(channel))
        if pagination is not None and pagination.linked:
            path = make_archive_path(channel, pagination.linked, name)
            links = (*links, self._make_link("prev-archive", path, name))
        return msgspec.structs.replace(
            feed,
            links=links,
            cloud=None if channel.query else self._cloud,
            icon=feed.icon or icon,
            logo=feed.logo or logo,
            complete=pagination is not None and not pagination.linked,
        )

    def describe_archive(
        self, channel: Channel, name: FormatName, updated: datetime, pagination: Pagination, number: int
    ) -> Feed:
        """Describe an archive document; nothing in it depends on newer articles."""
        subtitle = channel.description or _name_articles(self._words, channel)
        feed = self._describe(channel, name, updated, make_archive_path(channel, number, name), subtitle)
        links = [*feed.links, self._make_link("current", make_feed_path(channel, name), name)]
        if number > 1:
            links.append(self._make_link("prev-archive", make_archive_path(channel, number - 1, name), name))
        if number < pagination.last:
            links.append(self._make_link("next-archive", make_archive_path(channel, number + 1, name), name))
        return msgspec.structs.replace(feed, links=tuple(links), archive=True)

    def summarise(self, channel: Channel) -> str:
        """Describe a channel in one line: its description and the number of its articles."""
        counted = _count_articles(self._words, channel)
        return f"{channel.description} ({counted})" if channel.description else counted

    def _describe(
        self, channel: Channel, name: FormatName, updated: datetime, path: str, subtitle: str
    ) -> Feed:
        site = self._config.site
        home = self._base + make_page_path(channel)
        others = [other for other in self._config.feeds.formats if other != name]
        provider = self._names.find_provider_config(channel.name) if channel.kind == "providers" else None
        return Feed(
            id=make_feed_id(self._config, channel),
            title=site.title if channel.kind == "all" else f"{channel.title} · {site.title}",
            subtitle=subtitle,
            home=home,
            self_url=self._base + path,
            links=(
                Link("alternate", home, HTML),
                self._make_link("self", path, name),
                # Not as alternates: newsboat opens the last alternate link, whatever its type.
                *(self._make_link("related", make_feed_path(channel, other), other) for other in others),
            ),
            updated=updated,
            language=site.language,
            author=site.author or site.title,
            generator=__version__,
            ttl=self._config.feeds.ttl,
            rights=site.rights,
            icon=self._complete_url((provider.icon if provider else "") or site.icon),
            logo=self._make_image((provider.logo if provider else "") or site.logo),
            style=self._find_style(path),
        )

    def _find_style(self, path: str) -> str:
        """Return the style sheet of a feed at a path, empty if there is none."""
        wanted = self._config.feeds.stylesheet and self._config.output.pages
        folders = path.partition("?")[0].count("/")
        return "../" * folders + FEED_STYLE if wanted else ""

    def _list_hubs(self, channel: Channel) -> Iterator[Link]:
        """Link the hubs that push changes of a feed; nobody is told about queries."""
        if not channel.query:
            yield from (Link("hub", hub) for hub in self._config.websub.hubs)

    def _make_link(self, rel: str, path: str, name: FormatName) -> Link:
        return Link(rel, self._base + path, MEDIA_TYPES[name])

    def _complete_url(self, url: str) -> str:
        return (canonicalise(url, self._base) or "") if url else ""

    def _make_image(self, url: str) -> Image | None:
        absolute = self._complete_url(url)
        return Image(absolute) if absolute else None


def _parse_cloud(server: str) -> CloudServer | None:
    """Return the parts of a server's address that RSS names apart; None without one."""
    if not server:
        return None
    parts = urlsplit(server)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return CloudServer(parts.hostname or "", port, f"{parts.path}pleaseNotify")


def make_feed_id(config: Config, channel: Channel) -> str:
    """Return a feed's id.

    It follows from the site and the channel's name, not from the host or the path of the feed.
    """
    site_id = config.site.id or config.site.base_url
    # In ids, queries are called selections: an id must never change.
    kind = "selections" if channel.kind == "queries" else channel.kind
    return make_uuid(OF_URLS, f"{site_id}#{kind}/{channel.name}")


def _name_articles(words: Words, channel: Channel) -> str:
    """Say whose articles a feed has."""
    return words.gettext(_NAMED.get(channel.kind, _ARTICLES), title=channel.title)


def _count_articles(words: Words, channel: Channel) -> str:
    """Say how many articles a feed has, and whose."""
    one, many = _COUNTED.get(channel.kind, _ALL)
    return words.ngettext(one, many, channel.count, title=channel.title)
