"""Every address of the site, as a path below its base URL."""

from __future__ import annotations

import re
from typing import get_args

from feeds.config.schema import ArticlePages, Config, FormatName
from feeds.lib.text.identifiers import make_path_slug
from feeds.model import ARTICLE_PAGES, DIGEST_PATH, Article, Channel, Kind

HTML, TEXT = "text/html", "text/plain"
# The lists of all feeds, by path, with their media types.
FEED_LISTS = {"feeds.opml": "text/x-opml", "feeds.json": "application/json"}
# The page on which people choose articles for a feed of their own.
BUILDER = "build/"
# The list of all feeds that the script of the pages searches, and the search page.
SEARCH_LIST = "search/feeds.json"
SEARCH = "search/"
# The index of articles that this script searches on a site of files.
SEARCH_INDEX = "search/index/"
ACCENT_STYLE, FEED_STYLE = "static/site.css", "static/feed.css"
# The style sheet of a site's own, and the folder of its own files: the sheet finds a font at "own/font.woff2".
OWN_STYLE, OWN_FILES = "static/own.css", "static/own/"
NOT_FOUND, ROBOTS, SITEMAP = "404.html", "robots.txt", "sitemap.xml"
# What other programs call a feed. These names lead to a feed, beside the page of a channel and at the top of
# the site.
GUESSED_NAMES = (
    "feed", "feed.xml", "rss", "rss.xml", "index.xml", "index.rss", "feed.rss", "atom", "atom.xml", "index.atom",
    "feed.atom", "feed.json", "index.json",
)  # fmt: skip
# Copies for hosts without redirects: of the feed, or of its page, which names it.
GUESSED_FILES = tuple(name if "." in name else f"{name}/" for name in GUESSED_NAMES)
# A freeze leaves these alone if the site has a file of its own there.
YIELDING = frozenset({NOT_FOUND, ROBOTS, SITEMAP, *GUESSED_FILES})
# What exists once and follows from the configuration alone, and what follows from the channels.
FROM_CONFIG = {SEARCH: HTML, NOT_FOUND: HTML, ROBOTS: TEXT}
FROM_CHANNELS = {"": HTML, BUILDER: HTML, SEARCH_LIST: "application/json", SITEMAP: "application/xml"}
# The path of the feeds that readers make with queries.
QUERY_FEED = "feed"

# The paths that documents can have: parts of letters, digits and a few signs, none of which begins with a dot.
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_DOCUMENT_PATH = re.compile(rf"(?:{_PART}/)*(?:{_PART})?").fullmatch
_ARTICLE_PAGE = re.compile(rf"{ARTICLE_PAGES}(?:{_PART}/)+").fullmatch
_DOMAIN = re.compile(_PART).fullmatch
# The longest name of a file, without the ending of a compressed copy; the longest path of a system.
_LONGEST_PART, _LONGEST_PATH = 250, 4000


def is_document_path(path: object) -> bool:
    """Return whether a path is fit for a document; index and manifest may be forged."""
    return isinstance(path, str) and _DOCUMENT_PATH(path) is not None and _has_usable_length(path)


def is_article_page(path: object) -> bool:
    """Return whether the page of an article can have a path."""
    return isinstance(path, str) and _ARTICLE_PAGE(path) is not None and _has_usable_length(path)


def is_channel_name(kind: object, name: object) -> bool:
    """Return whether a channel of a kind can have a name; a provider's is in its path."""
    if kind == "providers":
        return isinstance(name, str) and _DOMAIN(name) is not None and len(name) <= _LONGEST_PART
    return kind in _KINDS and isinstance(name, str)


_KINDS = frozenset(get_args(Kind))


def _has_usable_length(path: str) -> bool:
    if len(path) <= _LONGEST_PART:
        return True
    return len(path) <= _LONGEST_PATH and all(len(part) <= _LONGEST_PART for part in path.split("/"))


def make_page_path(channel: Channel) -> str:
    """Return the path of a channel's page; a query has only the index page."""
    return "" if channel.query else f"{channel.path}/"


def make_page_archive_path(channel: Channel, number: int) -> str:
    """Return the path of a page of older articles."""
    return f"{channel.path}/archive/{number}/"


def make_list_path(kind: Kind, number: int = 1) -> str:
    """Return the path of a page of the list of all channels of a kind."""
    return f"{kind}/" if number == 1 else f"{kind}/page/{number}/"


def make_sitemap_path(number: int) -> str:
    """Return the path of a part of a sitemap that is too long for one file."""
    return f"sitemap-{number}.xml"


def make_key_path(config: Config) -> str:
    """Return the path of the file that proves to IndexNow who runs the site."""
    return f"{config.indexnow.key}.txt"


def make_feed_list_path(number: int) -> str:
    """Return the path of a part of the list of all feeds for programs."""
    return "feeds.json" if number == 1 else f"feeds-{number}.json"


def make_feed_path(channel: Channel, name: FormatName) -> str:
    """Return the path of the document to subscribe to, with those of a query."""
    return f"{channel.path}.{name}?{channel.name}" if channel.query else f"{channel.path}.{name}"


def make_archive_path(channel: Channel, number: int, name: FormatName) -> str:
    """Return the path of an archive document."""
    if channel.query:
        return f"{make_feed_path(channel, name)}&archive={number}"
    return f"{channel.path}/archive/{number}.{name}"


def make_article_path(article: Article, which: ArticlePages = "own") -> str:
    """Return the path of an article's page, "" if it needs none because it has a link.

    The path follows from the name of the article's file, so it does not change.
    """
    if not article.body or which == "none" or (article.url and (which == "own" or _is_digest(article))):
        return ""
    return f"{ARTICLE_PAGES}{make_path_slug(article.path)}/"


def _is_digest(article: Article) -> bool:
    return article.path.startswith(DIGEST_PATH)
