"""Writes which articles are in which channels, and each channel's summary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from feeds.index.sql import Connection, make_chunks, placeholders
from feeds.index.write.touches import Touches
from feeds.model import Membership

# Members wait and are added in the order of the table, which is quickest: the more at a time, the better.
# But the last of them are added when nothing else is left to do, so fewer wait while there are few.
_LEAST_WAITING, _MOST_WAITING = 4_000, 20_000
_FIRST = 1
# Most channels have one label. To count by labels in all of them takes twice as long.
_TOTALS = "SELECT channel, count(*), min(age), max(age), min(label), max(label) FROM members WHERE channel IN"
_BY_LABEL = "SELECT channel, label, count(*), min(age), max(age) FROM members WHERE channel IN"
# Quality, heat, type and language of an article: what queries choose by.
Fields = tuple[int | None, int | None, str, str]
# Channel, age, id, article, label and fields: the columns of the table.
Row = tuple[int, int, str, int, str, int | None, int | None, str, str]


class MemberWriter:
    """Writes one sync's changes of members; additions wait for :meth:`flush`.

    ``date`` is that of the channels that it changes, in seconds since 1970.
    """

    def __init__(self, connection: Connection, generation: int, date: int) -> None:
        self.touches = Touches()
        self._connection = connection
        self._generation = generation
        self._date = date
        self._channels = _ChannelKeys(connection)
        self._waiting: list[Row] = []
        self._added = 0

    def add(
        self, key: int, entry_id: str, published: int, memberships: Iterable[Membership], fields: Fields
    ) -> None:
        """Add an article to its channels."""
        find_key = self._channels.find_or_add
        self._waiting += [
            (find_key((one.kind, one.name)), -published, entry_id, key, one.label, *fields)
            for one in memberships
        ]
        if len(self._waiting) >= min(max(_LEAST_WAITING, self._added // 4), _MOST_WAITING):
            self.flush()

    def remove(self, entry_id: str, published: int, memberships: Iterable[Membership]) -> None:
        """Remove an article from its channels."""
        self.flush()
        find_key = self._channels.find_or_add
        places = [(find_key((one.kind, one.name)), -published, entry_id) for one in memberships]
        self._connection.executemany("DELETE FROM members WHERE channel = ? AND age = ? AND id = ?", places)
        for place in places:
            self.touches.remove_article(*place)

    def flush(self) -> None:
        """Write the members that wait."""
        self._waiting.sort()
        self._channels.store()
        self._connection.insert("members", self._waiting)
        if self._generation == _FIRST:
            # Every article is new, so the oldest age of each channel says it all. In the sorted rows
            # that is the last one of the channel.
            for channel, age in {row[0]: row[1] for row in self._waiting}.items():
                self.touches.fill(channel, age)
        else:
            for channel, age, entry_id, *_ in self._waiting:
                self.touches.add_article(channel, age, entry_id)
        self._added += len(self._waiting)
        self._waiting = []

    def finish(self) -> None:
        """Summarise the channels that changed, and write where they changed."""
        self._summarise(sorted(self.touches.channels))
        self.touches.store(self._connection, self._generation)

    def _summarise(self, channels: Sequence[int]) -> None:
        """Write each channel's count, newest article and prevailing label into its row."""
        for chunk in make_chunks(channels):
            before = {
                key: _Before(*rest)
                for key, *rest in self._select(
                    "SELECT key, label, count, emptied, oldest FROM channels WHERE key IN", chunk
                )
            }
            labels = self._count_labels(chunk)
            summaries = {
                channel: _Summary.of(labels[channel], before[channel], self._date) for channel in chunk
            }
            for channel, summary in summaries.items():
                if summary.number and before[channel].label not in ("", summary.label):
                    self.touches.relabel(channel, max(one.oldest for one in labels[channel]))
            self._connection.executemany(
                "UPDATE channels SET count = ?, newest = ?, label = ?, emptied = ?, oldest = ?, generation = ?,"
                " changed = ? WHERE key = ?",
                [(*summary, self._generation, self._date, channel) for channel, summary in summaries.items()],
            )

    def _count_labels(self, channels: Sequence[int]) -> dict[int, list[_LabelCount]]:
        """Count the labels that the articles of each channel give it."""
        found: dict[int, list[_LabelCount]] = {channel: [] for channel in channels}
        several = []
        for channel, number, newest, oldest, first, last in self._select(
            _TOTALS, channels, "GROUP BY channel"
        ):
            if first == last:
                found[channel].append(_LabelCount(first, number, newest, oldest))
            else:
                several.append(channel)
        for channel, *counted in self._select(_BY_LABEL, several, "GROUP BY channel, label"):
            found[channel].append(_LabelCount(*counted))
        return found

    def _select(self, select: str, channels: Sequence[int], group: str = "") -> Iterable[Any]:
        return self._connection.execute(f"{select} {placeholders(len(channels))} {group}", channels)


class _ChannelKeys:
    """The key of each channel by kind and name; new ones wait for :meth:`store`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        (last,) = connection.execute("SELECT max(key) FROM channels").fetchone()
        self._has_stored = last is not None
        self._next = (last or 0) + 1
        self._known: dict[tuple[str, str], int] = {}
        self._new: list[tuple[Any, ...]] = []

    def find_or_add(self, channel: tuple[str, str]) -> int:
        """Return a channel's key: ask the database once, number new channels."""
        key = self._known.get(channel)
        if key is None:
            key = self._known[channel] = self._read(channel) or self._add(channel)
        return key

    def store(self) -> None:
        """Write the channels that are new."""
        self._connection.insert("channels", self._new)
        self._new = []

    def _read(self, channel: tuple[str, str]) -> int | None:
        """Read the key of a stored channel; an empty index need not be asked."""
        if not self._has_stored:
            return None
        select = "SELECT key FROM channels WHERE kind = ? AND name = ?"
        row = self._connection.execute(select, channel).fetchone()
        return int(row[0]) if row else None

    def _add(self, channel: tuple[str, str]) -> int:
        key = self._next
        self._next += 1
        self._new.append((key, *channel, 0, 0, 0, None, "", None, None))
        return key


class _LabelCount(NamedTuple):
    """A channel's label: how many articles give it, ages of the newest and oldest."""

    label: str
    number: int
    newest: int
    oldest: int


class _Before(NamedTuple):
    """What the index said of a channel before this sync."""

    label: str
    number: int
    emptied: int | None
    oldest: int | None


class _Summary(NamedTuple):
    """A channel's summary: its number, times of newest and oldest article, label.

    ``emptied`` is when it lost its last article, None while it has one.
    """

    number: int
    newest: int | None
    label: str
    emptied: int | None
    oldest: int | None

    @classmethod
    def of(cls, counts: Sequence[_LabelCount], before: _Before, date: int) -> _Summary:
        """Summarise all labels: the most frequent prevails, of equals the first one.

        A channel without articles keeps its label and the time of its oldest article. One whose articles came and went
        within this sync was never seen by anybody: it was not emptied.
        """
        if not counts:
            emptied = date if before.number else before.emptied
            return cls(0, None, before.label, emptied, before.oldest)
        label = min(counts, key=lambda one: (-one.number, one.label)).label
        newest, oldest = min(one.newest for one in counts), max(one.oldest for one in counts)
        return cls(sum(one.number for one in counts), -newest, label, None, -oldest)
