"""Collects what a sync changes in channels: only those documents are made again."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from feeds.index.migrations import CAME, EDITED, KEPT_GENERATIONS, LEFT
from feeds.index.sql import Connection

# With more edits than this, a channel counts as changed from the oldest of them on.
_MOST_EDITS = 20
# The age and the id of an article: its place in any channel.
Place = tuple[int, str]
# How often an article came to each place, less how often one left it: 1 is a new article, -1 one that
# is gone, and 0 one that left and came back, which was edited.
Balances = dict[Place, int]


class Touches:
    """Collects what one sync changes in the channels."""

    def __init__(self) -> None:
        self._balances: dict[int, Balances] = {}
        # By channel, the age from which on (towards the newest) it is filled, or has a new label.
        self._filled: dict[int, int] = {}
        self._relabelled: dict[int, int] = {}
        # Channels of which no article changed.
        self._marked: set[int] = set()

    @property
    def channels(self) -> set[int]:
        """The channels in which anything changed."""
        return self._balances.keys() | self._filled.keys() | self._marked

    def add_article(self, channel: int, age: int, entry_id: str) -> None:
        """Note that an article came to a place of a channel."""
        balances = self._balances.setdefault(channel, {})
        balances[age, entry_id] = balances.get((age, entry_id), 0) + 1

    def remove_article(self, channel: int, age: int, entry_id: str) -> None:
        """Note that an article left a place of a channel."""
        balances = self._balances.setdefault(channel, {})
        balances[age, entry_id] = balances.get((age, entry_id), 0) - 1

    def fill(self, channel: int, oldest: int) -> None:
        """Note that a new channel got articles, the oldest of them at an age."""
        self._filled[channel] = max(oldest, self._filled.get(channel, oldest))

    def relabel(self, channel: int, oldest: int) -> None:
        """Note that all of a channel's documents show another label."""
        self._relabelled[channel] = oldest

    def mark(self, channel: int) -> None:
        """Note that a channel changed though none of its articles did; its archive stays."""
        self._marked.add(channel)

    def find_new(self, channel: int) -> set[str]:
        """Return the ids that came to a channel."""
        return {entry_id for (_, entry_id), n in self._balances.get(channel, {}).items() if n > 0}

    def find_gone(self, ids: AbstractSet[str]) -> dict[int, set[str]]:
        """Return those of some ids that left a channel, by channel."""
        gone = {
            channel: {entry_id for (_, entry_id), n in balances.items() if n < 0 and entry_id in ids}
            for channel, balances in (self._balances.items() if ids else ())
        }
        return {channel: left for channel, left in gone.items() if left}

    def store(self, connection: Connection, generation: int) -> None:
        """Write what changed, and delete what is older than the kept generations."""
        rows = [
            (channel, generation, age, kind)
            for channel in (self._filled.keys() | self._balances.keys())
            for age, kind in self._summarise(channel)
        ]
        connection.insert("touches", rows)
        connection.execute("DELETE FROM touches WHERE generation <= ?", (generation - KEPT_GENERATIONS,))

    def _summarise(self, channel: int) -> list[tuple[int, int]]:
        """Return the ages at which a channel changed, each with the kind of change."""
        if channel in self._filled:
            return [(self._filled[channel], CAME)]
        balances = self._balances[channel]
        if channel in self._relabelled:
            return [(max(self._relabelled[channel], *(age for age, _ in balances)), LEFT)]
        return summarise(balances)


def summarise(balances: Mapping[Place, int]) -> list[tuple[int, int]]:
    """Return the ages of edits, and the oldest age from which on articles moved.

    An edit at a place that moved needs no row, because the documents of that place are made again anyway.
    But it makes the move a LEFT: a CAME promises that nothing happened but new articles.
    """
    edited = {age for (age, _), balance in balances.items() if balance == 0}
    moved = {age for (age, _), balance in balances.items() if balance != 0}
    if len(edited) > _MOST_EDITS:
        moved |= edited
    if not moved:
        return [(age, EDITED) for age in sorted(edited)]
    oldest = max(moved)
    covered = {age for age in edited if age <= oldest}
    only_came = not covered and all(balance >= 0 for balance in balances.values())
    return [*((age, EDITED) for age in sorted(edited - covered)), (oldest, CAME if only_came else LEFT)]
