"""Every address of the site, as a path below its base URL."""

from __future__ import annotations

from feeds.config.schema import FormatName
from feeds.lib.text.slugs import path_slug
from feeds.model import Article, Channel, Kind

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


def article_page(article: Article) -> str:
    """The path of the page that an article without a link of its own has; empty for one with a link.

    It follows from the name of the article's file, so it does not change.
    """
    return f"articles/{path_slug(article.path)}/" if article.body and not article.url else ""
