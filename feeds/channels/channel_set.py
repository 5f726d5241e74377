"""The channels of one state of the site, in the orders that lists need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from feeds.channels.leaders import MOST, ChannelTexts, Leaders, Ranking, Titles
from feeds.config.schema import Config
from feeds.lib.text.folding import fold_for_search
from feeds.lib.text.languages import make_sort_key
from feeds.model import Channel, Kind

KINDS: tuple[Kind, ...] = ("feeds", "all", "topics", "providers", "categories", "tags")
# Kinds that can have several channels, and so a list.
LISTED: tuple[Kind, ...] = ("feeds", "topics", "providers", "categories", "tags")


def list_kinds(config: Config) -> list[Kind]:
    """Return the kinds that have a list on a site."""
    return [kind for kind in LISTED if kind != "tags" or config.tags.feeds]


class Collision(NamedTuple):
    """Two channels whose names make the same path; the second one got another path.

    The path may be that of an older name of the first one.
    """

    first: Channel
    second: Channel


@dataclass(frozen=True)
class Channels:
    """Every channel by its path, and what became of other paths.

    ``moved`` maps old paths to new ones. ``retired`` are the paths of channels that config.toml
    retires, old ones too. ``paths`` has the path of each channel by kind and name. ``language`` is that of
    the site, whose order lists have.

    What requests look for is put in order once for a state of the site, at the first of them.
    """

    by_path: dict[str, Channel]
    moved: dict[str, str]
    collisions: tuple[Collision, ...]
    retired: frozenset[str]
    paths: dict[tuple[Kind, str], str]
    language: str
    # What was made of titles and descriptions; states that follow each other share it.
    texts: ChannelTexts = field(
        default_factory=lambda: ChannelTexts({}, {}, Titles()), compare=False, repr=False
    )
    leaders: Leaders = field(default_factory=Leaders, compare=False, repr=False)

    def follow(self, by_path: dict[str, Channel], changed: AbstractSet[str]) -> Channels:
        """Return the channels of a later state, in which only those at some paths changed."""
        texts = self.texts
        if any(_get_title(by_path[path]) != _get_title(self.by_path[path]) for path in changed):
            texts = texts._replace(titles=Titles())
        return replace(self, by_path=by_path, texts=texts, leaders=self.leaders.follow(changed))

    def list_layout(self) -> list[str]:
        """List the paths that do not follow from a channel's name alone.

        These are paths that collided, and old paths with the new ones.
        """
        return [clash.second.path for clash in self.collisions] + [
            f"{old} {new}" for old, new in self.moved.items()
        ]

    def find_listed(self) -> Iterator[Channel]:
        """Yield the channels that lists name: all but those that have been empty for long."""
        return (channel for channel in self.by_path.values() if channel.listed)

    def list_sorted(self, kind: Kind) -> Sequence[Channel]:
        """Return the channels of a kind that lists name, sorted by title."""
        if kind not in self._sorted:
            orders = self.texts.titles.orders
            if kind not in orders:
                orders[kind] = [one.path for one in sorted(self.list_kind(kind), key=self._sort_key)]
            self._sorted[kind] = [self.by_path[path] for path in orders[kind]]
        return self._sorted[kind]

    def map_titles(self, kind: Kind) -> Mapping[str, Channel]:
        """Return the channels of a kind that lists name by their titles."""
        if kind not in self._titles:
            self._titles[kind] = {channel.title: channel for channel in self.list_sorted(kind)}
        return self._titles[kind]

    @cached_property
    def listed_by_path(self) -> Mapping[str, Channel]:
        """The channels that lists name by their paths."""
        return {channel.path: channel for channel in self.find_listed()}

    def list_kind(self, kind: Kind) -> Sequence[Channel]:
        """Return the channels of a kind that lists name, in no order."""
        return self._by_kind.get(kind, ())

    @cached_property
    def by_size(self) -> Sequence[tuple[Channel, str]]:
        """The channels that lists name, the largest first, each with its search text."""
        found = sorted(self.find_listed(), key=_get_size)
        return [(one, self._fold(one)) for one in found]

    def _fold(self, one: Channel) -> str:
        known = self.texts.folded.get(one.path)
        if known is None or known[:2] != (one.title, one.description):
            folded = fold_for_search(f"{one.title} {one.path.partition('/')[2]} {one.description}")
            self.texts.folded[one.path] = known = one.title, one.description, folded
        return known[2]

    def find_largest(self, kind: Kind, number: int = MOST, *, least: int = 0) -> Sequence[Channel]:
        """Return the N largest channels of a kind that lists name, the largest first.

        They have ``least`` articles. N is at most :data:`feeds.channels.leaders.MOST`.
        """
        return self.leaders.find(Ranking("largest", kind, least), self.by_path, self.list_kind(kind))[:number]

    def find_newest(self, kind: Kind, *, least: int = 0) -> Sequence[Channel]:
        """Return those with the newest articles, as :meth:`find_largest` does."""
        return self.leaders.find(Ranking("newest", kind, least), self.by_path, self.list_kind(kind))

    @cached_property
    def latest_change(self) -> datetime | None:
        """When the articles of any channel last changed, None if none ever had one."""
        return self.leaders.find_latest_change(self.by_path)

    @cached_property
    def counts(self) -> Counter[Kind]:
        """How many channels of each kind lists name."""
        return Counter({kind: len(found) for kind, found in self._by_kind.items()})

    @property
    def shared_titles(self) -> Mapping[str, Counter[Kind]]:
        """The titles that several of the channels have that lists name."""
        titles = self.texts.titles
        if titles.shared is None:
            titles.shared = find_shared((channel.kind, channel.title) for channel in self.find_listed())
        return titles.shared

    @cached_property
    def _by_kind(self) -> Mapping[Kind, Sequence[Channel]]:
        found: dict[Kind, list[Channel]] = {}
        for channel in self.find_listed():
            found.setdefault(channel.kind, []).append(channel)
        return found

    @cached_property
    def _sorted(self) -> dict[Kind, Sequence[Channel]]:
        # By kind, as lists ask for them.
        return {}

    @cached_property
    def _titles(self) -> dict[Kind, Mapping[str, Channel]]:
        return {}

    def _sort_key(self, channel: Channel) -> tuple[tuple[str, str], str]:
        known = self.texts.sorted.get(channel.path)
        if known is None or known[0] != channel.title:
            key = make_sort_key(channel.title, self.language)
            self.texts.sorted[channel.path] = known = channel.title, key
        return known[1], channel.path


def find_shared(titles: Iterable[tuple[Kind, str]]) -> Mapping[str, Counter[Kind]]:
    """Return the titles of several channels, and how many of each kind have them."""
    found: dict[str, Counter[Kind]] = {}
    counted = Counter(titles)
    several = {
        title for title, number in Counter(title for _, title in counted.elements()).items() if number > 1
    }
    for (kind, title), number in counted.items():
        if title in several:
            found.setdefault(title, Counter())[kind] = number
    return found


def _get_title(channel: Channel) -> tuple[str, bool]:
    return channel.title, channel.listed


def _get_size(channel: Channel) -> tuple[int, str]:
    return -channel.count, channel.path
