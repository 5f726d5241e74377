"""Links of pages: to reader apps, and to what is above and below a feed."""

from __future__ import annotations

from urllib.parse import quote

from feeds.channels.channel_set import Channels
from feeds.config.names import Names
from feeds.config.schema import Config
from feeds.lib.text.identifiers import fold
from feeds.lib.text.languages import make_sort_key
from feeds.lib.text.urls import canonicalise
from feeds.model import Article, Channel
from feeds.paths import make_feed_path
from feeds.publisher.pages.lists import HEADINGS
from feeds.words import Words

Link = tuple[str, str]
# Each address is followed by the escaped address of a feed.
_READERS = (
    ("Feedly", "https://feedly.com/i/subscription/feed%2F"),
    ("Inoreader", "https://www.inoreader.com/?add_feed="),
    ("The Old Reader", "https://theoldreader.com/feeds/subscribe?url="),
    ("NewsBlur", "https://www.newsblur.com/?url="),
)


def list_reader_links(config: Config, words: Words, channel: Channel) -> list[Link]:
    """Return reader apps, each with its address for subscribing to a feed."""
    feed = f"{config.site.base_url}{make_feed_path(channel, config.feeds.recommended)}"
    return [(reader, start + quote(feed, safe="")) for reader, start in _READERS] + [
        (words.gettext("Desktop reader"), f"feed:{feed}")
    ]


def list_footer_links(config: Config) -> list[Link]:
    """Return the links at the foot of each page, as absolute addresses."""
    base = config.site.base_url
    return [(name, canonicalise(url, base) or url) for name, url in config.pages.links.items()]


def list_breadcrumbs(channels: Channels, names: Names, words: Words, channel: Channel) -> list[Link]:
    """Return the way to a feed: its list, then the configured topics above it."""
    if channel.kind not in HEADINGS:
        return []
    above = [name for name, _ in names.list_ancestors(channel.name)] if channel.kind == "topics" else []
    # Not those that only articles name: they come and go with articles that are not on this page.
    known = [("topics", name) for name in reversed(above) if names.find_topic_config(name)]
    found = [channels.paths[topic] for topic in known if topic in channels.paths]
    heading = words.gettext(HEADINGS[channel.kind])
    return [(heading, channel.kind), *((channels.by_path[path].title, path) for path in found)]


def list_subtopics(channels: Channels, names: Names, channel: Channel) -> list[Link]:
    """Return the topics directly below a topic, also empty ones, but no retired ones."""
    if channel.kind != "topics":
        return []
    paths = [channels.paths.get(("topics", name)) for name in names.list_children(channel.name)]
    found = [channels.by_path[path] for path in paths if path]
    below = [(topic.title, topic.path) for topic in found if topic.path != channel.path]
    return sorted(below, key=lambda link: (make_sort_key(link[0], channels.language), link[1]))


def list_topic_links(channels: Channels, names: Names, article: Article) -> list[Link]:
    """Return the title and path of an article's topics, then of tags that have feeds.

    Titles are spelt as the article spells them, so that a page changes only with its own articles.
    """
    found = dict(names.identify_topic(name) for name in article.topics)
    paths = channels.paths
    topics = [(label, paths["topics", name]) for name, label in found.items() if ("topics", name) in paths]
    tags = {fold(tag): tag for tag in article.tags}
    return [*topics, *((tag, paths["tags", name]) for name, tag in tags.items() if ("tags", name) in paths)]
