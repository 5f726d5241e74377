"""Which feeds the lists show, and how they are nested. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from feeds.channels.build import LISTED, Channels
from feeds.channels.pagination import LISTED_ON_A_PAGE
from feeds.config.names import Names
from feeds.lib.text.plain import fold_for_search
from feeds.model import Channel, Kind
from feeds.paths import list_path
from feeds.words import N_, Words

# How many feeds the index page shows, and how many of the kinds that are few or matter less. It stays below
# 60 KB even if each feed has a full chart and an icon.
MOST_SHOWN = 72
_MOST_FEEDS, _MOST_CATEGORIES, _MOST_TAGS = 12, 8, 12
# In English; who shows one translates it.
HEADINGS: dict[Kind, str] = {
    "feeds": N_("Selections"),
    "topics": N_("Topics"),
    "providers": N_("Providers"),
    "categories": N_("Categories"),
    "tags": N_("Tags"),
}
# What one feed of each kind is called in lists of all kinds.
SINGULAR: dict[Kind, str] = {
    "feeds": N_("Selection"),
    "all": N_("Everything"),
    "topics": N_("Topic"),
    "providers": N_("Provider"),
    "categories": N_("Category"),
    "tags": N_("Tag"),
}


class Node(NamedTuple):
    """A feed in a list, and those below it."""

    channel: Channel
    below: tuple[Node, ...]


class Group(NamedTuple):
    """The largest feeds of a kind on the index page, and how many there are."""

    kind: Kind
    heading: str
    nodes: tuple[Node, ...]
    shown: int
    total: int


class ChannelList(NamedTuple):
    """A page of a list: its number, its path, and the title of its first feed."""

    number: int
    path: str
    first: str


def make_groups(channels: Channels, names: Names, words: Words) -> list[Group]:
    """Return what the index page shows of each kind that has a feed."""
    every = {kind: channels.of(kind) for kind in LISTED}
    shares = _shares({kind: len(found) for kind, found in every.items()})
    return [_group(names, words, kind, every[kind], shares[kind]) for kind in LISTED if every[kind]]


def channels_of(found: Sequence[Group]) -> Iterator[Channel]:
    """Return every feed in some groups."""
    for group in found:
        yield from _all(group.nodes)


def list_nodes(channels: Channels, names: Names, kind: Kind, number: int) -> tuple[Node, ...]:
    """Return what a page of a list shows: a tree if it is the only page."""
    every = channels.of(kind)
    if len(every) <= LISTED_ON_A_PAGE:
        return _tree(every, names, kind)
    return tuple(
        Node(channel, ()) for channel in every[(number - 1) * LISTED_ON_A_PAGE : number * LISTED_ON_A_PAGE]
    )


def list_pages(channels: Channels, kind: Kind) -> list[ChannelList]:
    """Return the pages of the list of a kind; there is always at least one."""
    every = channels.of(kind)
    starts = range(0, max(len(every), 1), LISTED_ON_A_PAGE)
    return [
        ChannelList(number, list_path(kind, number), every[start].title if every else "")
        for number, start in enumerate(starts, start=1)
    ]


def find_channels(channels: Channels, words: str) -> list[Channel]:
    """Return the feeds with all words in title, path or description, by size."""
    wanted = fold_for_search(words).split()
    if not wanted:
        return []
    found = channels.by_size
    for word in wanted:
        found = [one for one in found if word in one[1]]
    return [channel for channel, _ in found]


def _shares(counts: Mapping[Kind, int]) -> dict[Kind, int]:
    """Return how many feeds of each kind fit; topics and providers share the rest."""
    feeds, categories = min(counts["feeds"], _MOST_FEEDS), min(counts["categories"], _MOST_CATEGORIES)
    tags = min(counts["tags"], _MOST_TAGS)
    rest = MOST_SHOWN - feeds - categories - tags
    topics = min(counts["topics"], max(rest // 2, rest - counts["providers"]))
    providers = rest - topics
    return {"feeds": feeds, "topics": topics, "providers": providers, "categories": categories, "tags": tags}


def _group(names: Names, words: Words, kind: Kind, every: Sequence[Channel], share: int) -> Group:
    chosen = {channel.path for channel in sorted(every, key=_rank)[:share]}
    nodes = _tree([channel for channel in every if channel.path in chosen], names, kind)
    return Group(kind, words.gettext(HEADINGS[kind]), nodes, len(chosen), len(every))


def _rank(channel: Channel) -> tuple[int, str]:
    return -channel.count, channel.path


def _tree(found: Sequence[Channel], names: Names, kind: Kind) -> tuple[Node, ...]:
    """Put topics below those of their parents that are listed; keep the rest flat."""
    if kind != "topics":
        return tuple(Node(channel, ()) for channel in found)
    here = {channel.name for channel in found}
    parents = {channel.name: _parent(names, channel.name, here) for channel in found}

    def below(name: str | None) -> tuple[Node, ...]:
        return tuple(Node(channel, below(channel.name)) for channel in found if parents[channel.name] == name)

    return below(None)


def _parent(names: Names, name: str, here: set[str]) -> str | None:
    """Return the nearest listed topic above, None if there is none or a circle."""
    above = [identity for identity, _ in names.ancestors(name)]
    in_a_circle = above and name in (identity for identity, _ in names.ancestors(above[-1]))
    return None if in_a_circle else next((parent for parent in above if parent in here), None)


def _all(nodes: Sequence[Node]) -> Iterator[Channel]:
    for node in nodes:
        yield node.channel
        yield from _all(node.below)
