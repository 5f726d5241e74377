"""What is found among all channels of a state, kept as states follow each other.

To look at a hundred thousand channels takes a tenth of a second, and an edit changes a few of them.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from feeds.model import Channel, Kind

# The most that anybody asks for; twice as many are kept, so that some may fall back before all are looked at again.
MOST = 40
_KEPT = 2 * MOST
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass
class Titles:
    """What lists make of all titles: sorted paths by kind; what several are called."""

    orders: dict[Kind, Sequence[str]] = field(default_factory=dict)
    shared: Mapping[str, Counter[Kind]] | None = None


class ChannelTexts(NamedTuple):
    """The texts of channels by path: title, description, search text, sort keys."""

    folded: dict[str, tuple[str, str, str]]
    sorted: dict[str, tuple[str, tuple[str, str]]]
    titles: Titles


Order = Literal["largest", "newest"]


class Ranking(NamedTuple):
    """Which channels come first: of a kind, with at least so many articles."""

    order: Order
    kind: Kind
    least: int


class _Firsts(NamedTuple):
    """First channels of an earlier state, and the paths of those that changed since."""

    first: Sequence[Channel]
    changed: AbstractSet[str]


class Leaders:
    """The channels of one state that come first, and when any last changed.

    Safe to share between threads, which may do the same work twice.
    """

    def __init__(self) -> None:
        self._kept: dict[Ranking, _Firsts] = {}
        # When any last changed in an earlier state, and the paths of those that changed since.
        self._latest: tuple[datetime | None, AbstractSet[str]] = None, frozenset()

    def follow(self, changed: AbstractSet[str]) -> Leaders:
        """Return those of a later state, in which only channels at some paths changed.

        It has the same paths.
        """
        found = Leaders()
        found._kept = {
            ranking: _Firsts(one.first, one.changed | changed) for ranking, one in self._kept.copy().items()
        }
        latest, before = self._latest
        found._latest = latest, before | changed
        return found

    def find(
        self, ranking: Ranking, by_path: Mapping[str, Channel], every: Sequence[Channel]
    ) -> Sequence[Channel]:
        """Return the first :data:`MOST` channels, in order.

        ``every`` are those of the kind that lists name.
        """
        kept = self._kept.get(ranking)
        if kept is not None and kept.changed:
            kept = _follow(ranking, kept, by_path)
        if kept is None:
            if ranking.least:
                every = [one for one in every if one.count >= ranking.least]
            kept = _Firsts(_FIND[ranking.order](every), frozenset())
        if len(kept.first) >= MOST:
            self._kept[ranking] = kept
        return kept.first[:MOST]

    def find_latest_change(self, by_path: Mapping[str, Channel]) -> datetime | None:
        """Return when the articles of any channel last changed, None if none ever had one."""
        latest, changed = self._latest
        if latest is None or changed:
            found = _find_latest(by_path[path] for path in changed)
            # If that is earlier, the one that changed last may have another date now.
            if latest is None or found is None or found < latest:
                found = _find_latest(by_path.values())
            self._latest = latest, _ = found, frozenset[str]()
        return latest


def _follow(ranking: Ranking, kept: _Firsts, by_path: Mapping[str, Channel]) -> _Firsts | None:
    """Find the first channels by those of an earlier state, None if that is unsafe."""
    if len(kept.changed) > _KEPT:
        # To put so many in order is no quicker than a look at all.
        return None
    key, is_descending = _ORDERS[ranking.order]
    # Whatever has not changed and is not among them comes after the last of them.
    last = key(kept.first[-1])
    paths = {one.path for one in kept.first} | kept.changed
    found = [one for one in map(by_path.__getitem__, paths) if _is_asked_for(ranking, one)]
    found.sort(key=key, reverse=is_descending)
    first = [one for one in found if (key(one) >= last if is_descending else key(one) <= last)]
    return _Firsts(first[:_KEPT], frozenset()) if len(first) >= MOST else None


def _is_asked_for(ranking: Ranking, one: Channel) -> bool:
    return one.kind == ranking.kind and one.listed and one.count >= ranking.least


def _find_newest(channels: Sequence[Channel]) -> list[Channel]:
    """Return the channels with the newest articles, the newest first."""
    found: list[Channel] = []
    least = _LONG_AGO
    # In the order of their oldest articles, those with new ones are rather at the end. Most are older than enough
    # others, and one comparison tells.
    for channel in reversed(channels):
        if (channel.newest or _LONG_AGO) >= least:
            found.append(channel)
            if len(found) == 2 * _KEPT:
                found = heapq.nlargest(_KEPT, found, key=_newness)
                least = found[-1].newest or _LONG_AGO
    return heapq.nlargest(_KEPT, found, key=_newness)


def _find_largest(channels: Iterable[Channel]) -> list[Channel]:
    """Return the channels with the most articles, the largest first."""
    found: list[Channel] = []
    count, path = -1, ""
    for channel in channels:
        if channel.count > count or (channel.count == count and channel.path < path):
            found.append(channel)
            if len(found) == 2 * _KEPT:
                found = heapq.nsmallest(_KEPT, found, key=_size)
                count, path = found[-1].count, found[-1].path
    return heapq.nsmallest(_KEPT, found, key=_size)


def _find_latest(channels: Iterable[Channel]) -> datetime | None:
    return max(filter(None, map(attrgetter("changed"), channels)), default=None)


def _newness(channel: Channel) -> tuple[datetime, str]:
    return channel.newest or _LONG_AGO, channel.path


def _size(channel: Channel) -> tuple[int, str]:
    return -channel.count, channel.path


_FIND: Mapping[Order, Callable[[Sequence[Channel]], list[Channel]]] = {
    "largest": _find_largest,
    "newest": _find_newest,
}
# What an order compares, and whether the greatest comes first.
_ORDERS: Mapping[Order, tuple[Callable[[Channel], Any], bool]] = {
    "largest": (_size, False),
    "newest": (_newness, True),
}
