"""Where in which channels a sync changed something."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from feeds.index.migrations import CAME, EDITED, KEPT_GENERATIONS, LEFT
from feeds.index.sql import Connection

# More edits than this in one channel are noted as one change from the oldest on.
_MOST_NOTED = 20


class Touched:
    """Gathers the places where articles left and joined channels during one sync."""

    def __init__(self) -> None:
        self._places: dict[int, dict[tuple[int, str], int]] = {}
        self._marked: set[int] = set()
        self._begun: dict[int, int] = {}
        self._respelt: dict[int, int] = {}

    @property
    def channels(self) -> set[int]:
        """The channels in which anything changed."""
        return self._places.keys() | self._marked | self._begun.keys()

    def mark(self, channel: int) -> None:
        """Note that a channel changed though no article in it did: its archive stays."""
        self._marked.add(channel)

    def began(self, channel: int, age: int) -> None:
        """Note that all articles of a channel came, the oldest of them at this age or before."""
        self._begun[channel] = max(age, self._begun.get(channel, age))

    def respelt(self, channel: int, oldest: int) -> None:
        """Note that a channel has another name, which all its documents show, from its oldest age on."""
        self._respelt[channel] = oldest

    def joined(self, channel: int, age: int, entry_id: str) -> None:
        """Note that an article came to stand at a place."""
        self._count(channel, age, entry_id, 1)

    def left(self, channel: int, age: int, entry_id: str) -> None:
        """Note that an article no longer stands at a place."""
        self._count(channel, age, entry_id, -1)

    def store(self, connection: Connection, generation: int) -> None:
        """Keep the places, and forget those of long ago."""
        rows = [(channel, generation, age, CAME) for channel, age in self._begun.items()]
        rows += [
            (channel, generation, age, moved)
            for channel, places in self._places.items()
            if channel not in self._begun
            for age, moved in self._noted(channel, places)
        ]
        connection.insert("touches", rows)
        connection.execute("DELETE FROM touches WHERE generation <= ?", (generation - KEPT_GENERATIONS,))

    def withdrawn(self, ids: AbstractSet[str]) -> dict[int, set[str]]:
        """Of some ids, those that left each channel."""
        found: dict[int, set[str]] = {}
        for channel, places in self._places.items() if ids else ():
            left = {i for (_, i), balance in places.items() if balance < 0 and i in ids}
            if left:
                found[channel] = left
        return found

    def present(self, channel: int) -> set[str]:
        """The ids that came to stand in a channel."""
        return {i for (_, i), balance in self._places.get(channel, {}).items() if balance > 0}

    def _noted(self, channel: int, places: dict[tuple[int, str], int]) -> list[tuple[int, int]]:
        if channel not in self._respelt:
            return _summary(places)
        return [(max([self._respelt[channel], *(age for age, _ in places)]), LEFT)]

    def _count(self, channel: int, age: int, entry_id: str, step: int) -> None:
        places = self._places.setdefault(channel, {})
        places[age, entry_id] = places.get((age, entry_id), 0) + step


def _summary(places: dict[tuple[int, str], int]) -> list[tuple[int, int]]:
    """Ages of edited articles, and the oldest place from which on articles moved.

    An article that left a place and came back to it was edited; nothing moved.
    """
    moved = [age for (age, _), balance in places.items() if balance]
    edited = {age for (age, _), balance in places.items() if not balance}
    left = any(balance < 0 for balance in places.values())
    if len(edited) > _MOST_NOTED:
        moved.extend(edited)
    oldest = max(moved, default=None)
    if oldest is None:
        return [(age, EDITED) for age in sorted(edited)]
    hidden = {age for age in edited if age <= oldest}
    return [*((age, EDITED) for age in sorted(edited - hidden)), (oldest, LEFT if left or hidden else CAME)]
