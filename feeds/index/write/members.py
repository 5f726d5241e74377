"""Which articles stand in which channels: puts them in and takes them out, and sums the channels up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from feeds.index.sql import Connection, make_chunks, placeholders
from feeds.index.write.touches import Touched

# Rows are added in the order of the table, in which a database is quickest: the more at a time, the better.
# But the last of them are added when nothing else is left to do: so fewer while there are few.
_LEAST_WAITING, _MOST_WAITING = 4_000, 20_000
_FIRST = 1
# As bare tuples: there are several for each article.
_memberships = msgspec.json.Decoder(tuple[tuple[str, str, str], ...]).decode
# Most channels have one label: to count by labels as well takes twice as long.
_SUMS = "SELECT channel, count(*), min(age), max(age), min(label), max(label) FROM members WHERE channel IN"
_SPELLINGS = "SELECT channel, label, count(*), min(age), max(age) FROM members WHERE channel IN"
Row = tuple[int, int, str, int, str]


class Linker:
    """One sync's changes of what stands in the channels. Those of articles that come wait for :meth:`flush`."""

    def __init__(self, connection: Connection, generation: int, now: datetime) -> None:
        self.touched = Touched()
        self._connection = connection
        self._generation = generation
        self._now = now
        self._keys = _Keys(connection)
        self._coming: list[Row] = []
        self._added = 0

    def add(self, key: int, entry_id: str, published: int, memberships: bytes) -> None:
        """Put an article into its channels."""
        keys = self._keys
        self._coming += [
            (keys[kind, name], -published, entry_id, key, label)
            for kind, name, label in _memberships(memberships)
        ]
        if len(self._coming) >= min(max(_LEAST_WAITING, self._added // 4), _MOST_WAITING):
            self.flush()

    def drop(self, entry_id: str, published: int, memberships: bytes) -> None:
        """Take an article out of its channels."""
        self.flush()
        places = [
            (self._keys[kind, name], -published, entry_id) for kind, name, _ in _memberships(memberships)
        ]
        self._connection.executemany("DELETE FROM members WHERE channel = ? AND age = ? AND id = ?", places)
        for place in places:
            self.touched.left(*place)

    def flush(self) -> None:
        """Have the table hold all that were added."""
        self._coming.sort()
        self._keys.store()
        self._connection.insert("members", self._coming)
        if self._generation == _FIRST:
            # All that there is came, and nothing before it has to be told from it.
            for channel, age in {row[0]: row[1] for row in self._coming}.items():
                self.touched.began(channel, age)
        else:
            for channel, age, entry_id, _, _ in self._coming:
                self.touched.joined(channel, age, entry_id)
        self._added += len(self._coming)
        self._coming = []

    def settle(self) -> None:
        """Sum up the channels that changed, and keep where they did."""
        self._summarise(sorted(self.touched.channels))
        self.touched.store(self._connection, self._generation)

    def _summarise(self, channels: Sequence[int]) -> None:
        """Note each channel's count, newest article and prevailing label beside it."""
        for chunk in make_chunks(channels):
            before = dict(self._read("SELECT key, label FROM channels WHERE key IN", chunk))
            labels = self._spellings(chunk)
            summaries = {channel: _Summary.of(labels[channel]) for channel in chunk}
            for channel, summary in summaries.items():
                if summary.number and before[channel] not in ("", summary.label):
                    self.touched.respelt(channel, max(one.oldest for one in labels[channel]))
            now = int(self._now.timestamp())
            self._connection.executemany(
                "UPDATE channels SET count = ?, newest = ?, label = ?, generation = ?, changed = ? WHERE key = ?",
                [(*summary, self._generation, now, channel) for channel, summary in summaries.items()],
            )

    def _spellings(self, channels: Sequence[int]) -> dict[int, list[_Spelling]]:
        """The labels of each channel's articles."""
        found: dict[int, list[_Spelling]] = {channel: [] for channel in channels}
        several = []
        for channel, number, newest, oldest, first, last in self._read(_SUMS, channels, "GROUP BY channel"):
            if first == last:
                found[channel].append(_Spelling(first, number, newest, oldest))
            else:
                several.append(channel)
        for channel, *spelling in self._read(_SPELLINGS, several, "GROUP BY channel, label"):
            found[channel].append(_Spelling(*spelling))
        return found

    def _read(self, select: str, channels: Sequence[int], group: str = "") -> Iterable[Any]:
        return self._connection.execute(f"{select} {placeholders(len(channels))} {group}", channels)


class _Keys(dict[tuple[str, str], int]):
    """The key of each channel by kind and name; one that is not there yet is made with the next :meth:`store`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        (last,) = connection.execute("SELECT max(key) FROM channels").fetchone()
        self._first_new = self._next = (last or 0) + 1
        self._made: list[tuple[Any, ...]] = []

    def __missing__(self, channel: tuple[str, str]) -> int:
        key = self[channel] = self._known(channel) or self._new(channel)
        return key

    def store(self) -> None:
        """Have the table hold the channels that were made."""
        self._connection.insert("channels", self._made)
        self._made = []

    def _known(self, channel: tuple[str, str]) -> int | None:
        """The key of a channel that was there before; an empty index need not be asked."""
        if self._first_new == 1:
            return None
        found = "SELECT key FROM channels WHERE kind = ? AND name = ?"
        row = self._connection.execute(found, channel).fetchone()
        return int(row[0]) if row else None

    def _new(self, channel: tuple[str, str]) -> int:
        key = self._next
        self._next += 1
        self._made.append((key, *channel, 0, 0, 0, None, ""))
        return key


class _Spelling(NamedTuple):
    """One label of a channel's articles: how many call it so, and the ages of the newest and the oldest of them."""

    label: str
    number: int
    newest: int
    oldest: int


class _Summary(NamedTuple):
    """What is noted of a channel: how many articles it has, when the newest was published, and its name."""

    number: int
    newest: int | None
    label: str

    @classmethod
    def of(cls, spellings: Sequence[_Spelling]) -> _Summary:
        """The summary of all labels: the most frequent prevails; of equals the first by code points."""
        if not spellings:
            return cls(0, None, "")
        label = min(spellings, key=lambda one: (-one.number, one.label)).label
        return cls(sum(one.number for one in spellings), -min(one.newest for one in spellings), label)
