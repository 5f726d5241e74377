"""Addresses that pages link to: where readers subscribe, and what stands above and below a feed."""

from __future__ import annotations

from urllib.parse import quote

from feeds.channels.build import Channels
from feeds.config.names import Names
from feeds.config.schema import Config
from feeds.model import Article, Channel
from feeds.publisher.pages.lists import HEADINGS

Link = tuple[str, str]
# What each takes behind it: the escaped address of a feed.
_READERS = (
    ("Feedly", "https://feedly.com/i/subscription/feed%2F"),
    ("Inoreader", "https://www.inoreader.com/?add_feed="),
    ("The Old Reader", "https://theoldreader.com/feeds/subscribe?url="),
    ("NewsBlur", "https://www.newsblur.com/?url="),
)


def readers(config: Config, channel: Channel) -> list[Link]:
    """The readers that people use, with the address at which each subscribes to a feed."""
    name = next((name for name in ("atom", "rss") if name in config.feeds.formats), config.feeds.formats[0])
    feed = f"{config.site.base_url}{channel.path}.{name}"
    return [(reader, start + quote(feed, safe="")) for reader, start in _READERS] + [
        ("Desktop reader", f"feed:{feed}")
    ]


def crumbs(channels: Channels, names: Names, channel: Channel) -> list[Link]:
    """The way to a feed from above: its list, and for a topic those above it that are known."""
    if channel.kind not in HEADINGS:
        return []
    above = [name for name, _ in names.above(channel.name)] if channel.kind == "topics" else []
    # One that only articles name comes and goes with them, and a page changes with its own articles only.
    found = [channels.paths["topics", name] for name in reversed(above) if names.topic_config(name)]
    return [(HEADINGS[channel.kind], channel.kind), *((channels.by_path[path].title, path) for path in found)]


def below(channels: Channels, names: Names, channel: Channel) -> list[Link]:
    """The topics right below a topic, which are there whether or not they have an article."""
    if channel.kind != "topics":
        return []
    found = [channels.by_path[channels.paths["topics", name]] for name in names.below(channel.name)]
    return sorted((topic.title, topic.path) for topic in found if topic.path != channel.path)


def topics(channels: Channels, names: Names, article: Article) -> list[Link]:
    """Title and path of each topic of an article, spelt as the article spells it: a page changes
    with its own articles only."""  # noqa: D205, D209 - one sentence
    found = dict(names.topic(name) for name in article.topics)
    paths = channels.paths
    return [(label, paths["topics", name]) for name, label in found.items() if ("topics", name) in paths]
