"""The tables of config.toml about channels: topics, providers, selections, others."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

_WINDOW = re.compile(r"([1-9]\d{0,3})([hdw])")
_UNITS = {"h": 3600, "d": 86400, "w": 604800}


class TopicConfig(Struct, frozen=True):
    """One topic.

    ``slug``: The last part of its address.
    ``title``: What it is called on pages and in feeds.
    ``description``: A sentence about it.
    ``aliases``: Other spellings of it. Their addresses lead to this one.
    ``parent``: The topic above it.
    ``include_children``: Whether its feed also has the articles of the topics below it.
    ``retired``: Whether it has no feed any more: its address and its aliases answer 410.
    """

    slug: str = ""
    title: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()
    parent: str = ""
    include_children: bool = False
    retired: bool = False


class ProviderConfig(Struct, frozen=True):
    """One provider, by domain.

    ``name``: What it is called.
    ``description``: A sentence about it.
    ``icon``: The address of a small square picture.
    ``logo``: The address of a picture.
    ``feed``: The address of its own feed.
    ``aliases``: Its other domains.
    ``retired``: Whether it has no feed here any more: its address and its aliases answer 410.
    """

    name: str = ""
    description: str = ""
    icon: str = ""
    logo: str = ""
    feed: str = ""
    aliases: tuple[str, ...] = ()
    retired: bool = False


class CategoryConfig(Struct, frozen=True):
    """One category, by name.

    ``retired``: Whether it has no feed any more: its address answers 410.
    """

    retired: bool = False


class TagsConfig(Struct, frozen=True):
    """The tags of articles.

    ``feeds``: Whether each tag has feeds and a page, at ``/tags/<tag>``.
    """

    feeds: bool = False


class Conditions(Struct, frozen=True, kw_only=True):
    """Conditions for articles: one value of each list, and every other condition.

    ``description``: A sentence about it.
    ``topics``: Any of these topics.
    ``exclude_topics``: None of these topics.
    ``providers``: Any of these providers.
    ``categories``: Any of these categories.
    ``types``: Any of these types.
    ``language``: Articles in this language: "en" also means "en-GB".
    ``min_quality``: Articles with at least this quality.
    ``min_heat``: Articles with at least this heat.
    ``limit``: How many entries its feed has; without it, ``feeds.limit``.
    """

    description: str = ""
    topics: tuple[str, ...] = ()
    exclude_topics: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    language: str = ""
    min_quality: int | None = None
    min_heat: int | None = None
    limit: int | None = None


class PrivateConfig(Conditions, frozen=True, kw_only=True):
    """A feed for those who have its token.

    ``title``: What it is called; without one, by its name.
    ``include_unpublished``: Whether it has drafts, too.
    ``token_env``: The environment variable that the token is in. One of this and ``token_file`` is required.
    ``token_file``: The file that the tokens are in, one per line, relative to config.toml.
    """

    title: str = ""
    include_unpublished: bool = False
    token_env: str = ""
    token_file: str = ""


class SelectionConfig(Conditions, frozen=True, kw_only=True):
    """A channel that config.toml names, at ``/feeds/NAME``.

    ``title``: What it is called on pages and in feeds.
    ``sort``: "quality" puts the best articles first.
    ``window``: With ``sort = "quality"``, only the articles of the last hours, days or weeks, such as "7d" (h, d, w).
    ``digest``: One entry for each day, week or month, which lists its best articles. What is withdrawn leaves it.
    ``retired``: Whether it has no feed any more: its address answers 410.
    """

    title: str
    sort: Literal["date", "quality"] = "date"
    window: str = ""
    digest: Literal["", "daily", "weekly", "monthly"] = ""
    retired: bool = False

    @property
    def window_seconds(self) -> int | None:
        """The length of the window, None if there is none or it cannot be read."""
        match = _WINDOW.fullmatch(self.window)
        return int(match[1]) * _UNITS[match[2]] if match else None


class SourceConfig(Struct, frozen=True, kw_only=True):
    """A feed of others; ``feeds pull`` writes new entries of it into ``drafts/NAME/``.

    ``url``: The address of the feed.
    ``topics``: The topics that its articles get.
    ``words``: Only entries with one of these words or phrases in title, excerpt or tags.
    ``exclude``: No entries with one of these words or phrases.
    ``max``: How many of its newest entries count, of those that meet the conditions.
    ``draft``: Whether its articles are drafts, or published at once, in the folder of articles.
    """

    url: str
    topics: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max: int = 20
    draft: bool = True
