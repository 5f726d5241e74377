"""The tables of config.toml that are about channels and sources: topics, providers, selections, private feeds."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

_WINDOW = re.compile(r"([1-9]\d{0,3})([hdw])")
_UNITS = {"h": 3600, "d": 86400, "w": 604800}


class TopicConfig(Struct, frozen=True):
    """One topic: its address, its texts, its other spellings, and the topic above it.

    With ``include_children``, its feed also has the articles of the topics below it. A ``retired`` topic
    has no feed any more: its address answers 410.
    """

    slug: str = ""
    title: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()
    parent: str = ""
    include_children: bool = False
    retired: bool = False


class ProviderConfig(Struct, frozen=True):
    """One provider, by domain; ``feed`` is the address of its own feed.

    A ``retired`` provider has no feed here any more: its address answers 410.
    """

    name: str = ""
    description: str = ""
    icon: str = ""
    logo: str = ""
    feed: str = ""
    aliases: tuple[str, ...] = ()
    retired: bool = False


class CategoryConfig(Struct, frozen=True):
    """One category, by name. A ``retired`` one has no feed any more: its address answers 410."""

    retired: bool = False


class TagsConfig(Struct, frozen=True):
    """The tags of articles. With ``feeds``, each has feeds of its own."""

    feeds: bool = False


class Conditions(Struct, frozen=True, kw_only=True):
    """Conditions that an article must meet: one value of each list, and every condition."""

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
    """A feed for those who have its token; with ``include_unpublished`` it has drafts too.

    The token is in the environment variable ``token_env`` or in the file ``token_file``.
    """

    title: str = ""
    include_unpublished: bool = False
    token_env: str = ""
    token_file: str = ""


class SelectionConfig(Conditions, frozen=True, kw_only=True):
    """A channel that config.toml names.

    ``sort = "quality"`` puts the best articles first, only those of the last ``window`` (such as
    "7d") if there is one. ``digest`` makes one entry for each day, week or month. A ``retired`` selection
    has no feed any more: its address answers 410.
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
    """A feed of somebody else, whose new entries ``feeds pull`` writes as articles.

    An article gets these ``topics``. Only entries with one of the ``words`` are taken, if there are any, and none with
    one of ``exclude``; of those, the newest ``max`` of the feed. Unless ``draft``, they are published at once.
    """

    url: str
    topics: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max: int = 20
    draft: bool = True
