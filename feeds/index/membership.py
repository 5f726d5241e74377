"""Which articles stand in which channels: puts them in and takes them out, and sums the channels up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any

import msgspec

from feeds.index.sql import Connection
from feeds.index.touched import Touched
from feeds.model import Membership

# Rows are added in the order of the table, in which a database is quickest: the more at a time, the better.
_MOST_WAITING = 20_000
_FIRST = 1
_memberships = msgspec.json.Decoder(tuple[Membership, ...]).decode
Row = tuple[int, int, str, int, str]


class Linker:
    """One sync's changes of what stands in the channels. Those of articles that come wait for :meth:`flush`."""

    def __init__(self, connection: Connection, generation: int, now: datetime) -> None:
        self.touched = Touched()
        self._connection = connection
        self._generation = generation
        self._now = now
        self._keys: dict[tuple[str, str], int] = {}
        self._coming: list[Row] = []

    def add(self, key: int, entry_id: str, published: int, memberships: bytes) -> None:
        """Put an article into its channels."""
        for kind, name, label in map(_parts, _memberships(memberships)):
            self._coming.append((self._channel(kind, name), -published, entry_id, key, label))
        if len(self._coming) >= _MOST_WAITING:
            self.flush()

    def drop(self, entry_id: str, published: int, memberships: bytes) -> None:
        """Take an article out of its channels."""
        self.flush()
        places = [
            (self._channel(kind, name), -published, entry_id)
            for kind, name, _ in map(_parts, _memberships(memberships))
        ]
        self._connection.executemany("DELETE FROM members WHERE channel = ? AND age = ? AND id = ?", places)
        for place in places:
            self.touched.left(*place)

    def flush(self) -> None:
        """Have the table hold all that were added."""
        self._coming.sort()
        self._connection.insert("members", self._coming)
        if self._generation == _FIRST:
            # All that there is came, and nothing before it has to be told from it.
            for channel, age in {row[0]: row[1] for row in self._coming}.items():
                self.touched.began(channel, age)
        else:
            for channel, age, entry_id, _, _ in self._coming:
                self.touched.joined(channel, age, entry_id)
        self._coming = []

    def settle(self) -> None:
        """Sum up the channels that changed, and keep where they did."""
        self._summarise(sorted(self.touched.channels))
        self.touched.store(self._connection, self._generation)

    def _channel(self, kind: str, name: str) -> int:
        """The key of a channel, which is made where it is not there yet."""
        key = self._keys.get((kind, name))
        if key is None:
            self._connection.execute(
                "INSERT INTO channels (kind, name) VALUES (?, ?) ON CONFLICT DO NOTHING", (kind, name)
            )
            (key,) = self._connection.execute(
                "SELECT key FROM channels WHERE kind = ? AND name = ?", (kind, name)
            ).fetchone()
            self._keys[kind, name] = key
        return key

    def _label(self, channel: int) -> str:
        """The spelling of a channel's name until now."""
        (label,) = self._connection.execute("SELECT label FROM channels WHERE key = ?", (channel,)).fetchone()
        return str(label)

    def _summarise(self, channels: Iterable[int]) -> None:
        """Note each channel's count, newest article and prevailing label beside it."""
        for channel in channels:
            labels = self._connection.execute(
                "SELECT label, count(*), min(age), max(age) FROM members WHERE channel = ? GROUP BY label",
                (channel,),
            ).fetchall()
            # The most frequent spelling; of equals the first by code points.
            label = min(labels, key=lambda row: (-row[1], row[0]))[0] if labels else ""
            if labels and self._label(channel) not in ("", label):
                self.touched.respelt(channel, max(map(itemgetter(3), labels)))
            newest = -min(map(itemgetter(2), labels)) if labels else None
            values = (
                sum(map(itemgetter(1), labels)), newest, label, self._generation, int(self._now.timestamp()),
            )  # fmt: skip
            self._connection.execute(
                "UPDATE channels SET count = ?, newest = ?, label = ?, generation = ?, changed = ? WHERE key = ?",
                (*values, channel),
            )


def _parts(membership: Membership) -> tuple[Any, str, str]:
    return membership.kind, membership.name, membership.label
