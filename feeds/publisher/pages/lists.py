"""Which feeds the lists show, and how they lie below each other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from feeds.channels.build import LISTED, Channels
from feeds.channels.pagination import LISTED_ON_A_PAGE
from feeds.config.names import Names
from feeds.lib.text.plain import searchable
from feeds.model import Channel, Kind
from feeds.paths import list_path

# How many feeds the index shows, and of those few kinds that come before and after topics and
# providers: so many that it stays below 60 KB with a full chart and an icon at each.
MOST_SHOWN = 72
_MOST_FEEDS, _MOST_CATEGORIES = 12, 8
HEADINGS: dict[Kind, str] = {
    "feeds": "Selections",
    "topics": "Topics",
    "providers": "Providers",
    "categories": "Categories",
}


# What one of each kind is called, where they stand together.
SINGULAR: dict[Kind, str] = {
    "feeds": "Selection",
    "all": "Everything",
    "topics": "Topic",
    "providers": "Provider",
    "categories": "Category",
}


class Node(NamedTuple):
    """A feed in a list, and those below it."""

    channel: Channel
    below: tuple[Node, ...]


class Group(NamedTuple):
    """The feeds of a kind on the index: those with the most articles, and how many there are."""

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


def groups(channels: Channels, names: Names) -> list[Group]:
    """What the index shows of each kind that has a feed."""
    every = {kind: channels.of(kind) for kind in LISTED}
    shares = _shares({kind: len(found) for kind, found in every.items()})
    return [_group(names, kind, every[kind], shares[kind]) for kind in LISTED if every[kind]]


def shown(found: Sequence[Group]) -> Iterator[Channel]:
    """Every feed in some groups."""
    for group in found:
        yield from _all(group.nodes)


def list_nodes(channels: Channels, names: Names, kind: Kind, number: int) -> tuple[Node, ...]:
    """What a page of a list shows: as a tree where it is the only one."""
    every = channels.of(kind)
    if len(every) <= LISTED_ON_A_PAGE:
        return _tree(every, names, kind)
    return tuple(
        Node(channel, ()) for channel in every[(number - 1) * LISTED_ON_A_PAGE : number * LISTED_ON_A_PAGE]
    )


def list_pages(channels: Channels, kind: Kind) -> list[ChannelList]:
    """The pages of the list of a kind; there is always a first one."""
    every = channels.of(kind)
    starts = range(0, max(len(every), 1), LISTED_ON_A_PAGE)
    return [
        ChannelList(number, list_path(kind, number), every[start].title if every else "")
        for number, start in enumerate(starts, start=1)
    ]


def matching(channels: Channels, words: str) -> list[Channel]:
    """The feeds whose title, address or description has all of some words, the largest first."""
    wanted = searchable(words).split()
    if not wanted:
        return []
    found = [channel for channel in channels.by_path.values() if _has(channel, wanted)]
    return sorted(found, key=lambda channel: (-channel.count, channel.path))


def _has(channel: Channel, words: list[str]) -> bool:
    text = searchable(f"{channel.title} {channel.path.partition('/')[2]} {channel.description}")
    return all(word in text for word in words)


def _shares(counts: Mapping[Kind, int]) -> dict[Kind, int]:
    """How many feeds of each kind there is room for: topics and providers share what others leave."""
    feeds, categories = min(counts["feeds"], _MOST_FEEDS), min(counts["categories"], _MOST_CATEGORIES)
    rest = MOST_SHOWN - feeds - categories
    topics = min(counts["topics"], max(rest // 2, rest - counts["providers"]))
    return {"feeds": feeds, "topics": topics, "providers": rest - topics, "categories": categories}


def _group(names: Names, kind: Kind, every: Sequence[Channel], share: int) -> Group:
    chosen = {channel.path for channel in sorted(every, key=_rank)[:share]}
    nodes = _tree([channel for channel in every if channel.path in chosen], names, kind)
    return Group(kind, HEADINGS[kind], nodes, len(chosen), len(every))


def _rank(channel: Channel) -> tuple[int, str]:
    return -channel.count, channel.path


def _tree(found: Sequence[Channel], names: Names, kind: Kind) -> tuple[Node, ...]:
    """Topics below their parents, as far as these are among them; all else side by side."""
    if kind != "topics":
        return tuple(Node(channel, ()) for channel in found)
    here = {channel.name for channel in found}
    parents = {channel.name: _parent(names, channel.name, here) for channel in found}

    def below(name: str | None) -> tuple[Node, ...]:
        return tuple(Node(channel, below(channel.name)) for channel in found if parents[channel.name] == name)

    return below(None)


def _parent(names: Names, name: str, here: set[str]) -> str | None:
    """The nearest topic above one that is in the list; None also where the way leads in a circle."""
    above = [identity for identity, _ in names.above(name)]
    in_a_circle = above and name in (identity for identity, _ in names.above(above[-1]))
    return None if in_a_circle else next((parent for parent in above if parent in here), None)


def _all(nodes: Sequence[Node]) -> Iterator[Channel]:
    for node in nodes:
        yield node.channel
        yield from _all(node.below)
