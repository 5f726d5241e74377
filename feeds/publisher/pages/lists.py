"""Which feeds the lists show, and how they are nested. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from feeds.channels.channel_set import LISTED, Channels
from feeds.channels.pagination import LISTED_ON_A_PAGE
from feeds.config.names import Names
from feeds.index.read.weeks import Year
from feeds.lib.text.folding import fold_for_search
from feeds.model import Channel, Kind
from feeds.paths import make_list_path
from feeds.words import N_, Words

# How many feeds of each kind the front page shows: of the largest and newest, those that were most active.
_SHOWN: Mapping[Kind, int] = {"feeds": 24, "topics": 12, "providers": 9}
# In English; translated where they are shown.
HEADINGS: dict[Kind, str] = {
    "feeds": N_("Selections"),
    "topics": N_("Topics"),
    "providers": N_("Providers"),
    "categories": N_("Categories"),
    "tags": N_("Tags"),
}
ALL_OF: Mapping[Kind, str] = {
    "feeds": N_("All selections"),
    "topics": N_("All topics"),
    "providers": N_("All providers"),
    "categories": N_("All categories"),
    "tags": N_("All tags"),
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
    """What the front page shows of a kind, the link to the rest, and their number."""

    kind: Kind
    heading: str
    all: str
    nodes: tuple[Node, ...]
    shown: int
    total: int


class ChannelList(NamedTuple):
    """A page of a list: its number, its path, and the title of its first feed."""

    number: int
    path: str
    first: str


def find_candidates(channels: Channels) -> list[Channel]:
    """Return the feeds among which the front page chooses: the largest and newest."""
    found: dict[str, Channel] = {}
    for kind in _SHOWN:
        least = 2 if kind == "providers" else 0
        chosen = chain(channels.find_newest(kind, least=least), channels.find_largest(kind, least=least))
        found.update((channel.path, channel) for channel in chosen)
    return list(found.values())


def make_groups(
    channels: Channels, words: Words, candidates: Sequence[Channel], years: Mapping[int, Year]
) -> list[Group]:
    """Return what the front page shows of each kind: all selections, else active ones.

    ``candidates`` are those of :func:`find_candidates`, ``years`` theirs by key. A provider of one article is in the
    list of all only.
    """
    return [
        _make_group(channels, words, kind, candidates, years) for kind in LISTED if channels.list_kind(kind)
    ]


def list_nodes(channels: Channels, names: Names, kind: Kind, number: int) -> tuple[Node, ...]:
    """Return what a page of a list shows: a tree if it is the only page."""
    every = channels.list_sorted(kind)
    if len(every) <= LISTED_ON_A_PAGE:
        return _build_tree(every, names, kind)
    return tuple(
        Node(channel, ()) for channel in every[(number - 1) * LISTED_ON_A_PAGE : number * LISTED_ON_A_PAGE]
    )


def list_pages(channels: Channels, kind: Kind) -> list[ChannelList]:
    """Return the pages of the list of a kind; there is always at least one."""
    every = channels.list_sorted(kind)
    starts = range(0, max(len(every), 1), LISTED_ON_A_PAGE)
    return [
        ChannelList(number, make_list_path(kind, number), every[start].title if every else "")
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


def _make_group(
    channels: Channels, words: Words, kind: Kind, candidates: Sequence[Channel], years: Mapping[int, Year]
) -> Group:
    def rank_by_activity(channel: Channel) -> tuple[int, int, str]:
        year = years.get(channel.key)
        return -(year.total if year else 0), *_rank(channel)

    every = channels.list_kind(kind)
    found = (
        channels.list_sorted(kind)
        if kind == "feeds"
        else sorted((c for c in candidates if c.kind == kind), key=rank_by_activity)
    )
    nodes = tuple(Node(channel, ()) for channel in found[: _SHOWN.get(kind, 0)])
    return Group(
        kind, words.gettext(HEADINGS[kind]), words.gettext(ALL_OF[kind]), nodes, len(nodes), len(every)
    )


def _rank(channel: Channel) -> tuple[int, str]:
    return -channel.count, channel.path


def _build_tree(found: Sequence[Channel], names: Names, kind: Kind) -> tuple[Node, ...]:
    """Put topics below those of their parents that are listed; keep the rest flat."""
    if kind != "topics":
        return tuple(Node(channel, ()) for channel in found)
    here = {channel.name for channel in found}
    parents = {channel.name: _find_parent(names, channel.name, here) for channel in found}

    def build_below(name: str | None) -> tuple[Node, ...]:
        return tuple(
            Node(channel, build_below(channel.name)) for channel in found if parents[channel.name] == name
        )

    return build_below(None)


def _find_parent(names: Names, name: str, here: set[str]) -> str | None:
    """Return the nearest listed topic above, None if there is none or a circle."""
    above = [identity for identity, _ in names.list_ancestors(name)]
    in_a_circle = above and name in (identity for identity, _ in names.list_ancestors(above[-1]))
    return None if in_a_circle else next((parent for parent in above if parent in here), None)
