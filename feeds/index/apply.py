"""Writes results into the index, and keeps track of which channels they touch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, select, tuple_, update

from feeds.index import bulk
from feeds.index.graves import bury, clear, revive
from feeds.index.scan import Stamp
from feeds.index.schema import articles, channels, entries, files, members
from feeds.index.touched import Touched
from feeds.index.work import Result
from feeds.model import Membership

T = TypeVar("T")
_CHUNK = 500
_ADD_FILES = bulk.filling(files)
_ADD_ARTICLES = bulk.filling(articles, "key")
_ADD_CHANNELS = bulk.filling(channels, "key")
_ADD_ENTRIES = bulk.filling(entries)
_ADD_MEMBERS = bulk.filling(members)
_DROP_MEMBERS = delete(members).where(
    members.c.channel == bindparam("c"), members.c.age == bindparam("a"), members.c.id == bindparam("i")
)
_RESTAMP = (
    update(files).where(files.c.path == bindparam("p")).values(size=bindparam("s"), mtime=bindparam("m"))
)
_SHOW = update(articles).where(articles.c.key == bindparam("k")).values(shown=bindparam("s"))
_SUMMARISE = (
    update(channels)
    .where(channels.c.key == bindparam("key_"))
    .values({name: bindparam(f"{name}_") for name in ("count", "newest", "label", "generation", "changed")})
)
_encode = msgspec.json.Encoder().encode
_memberships = msgspec.json.Decoder(tuple[Membership, ...]).decode


class Batch:
    """One sync's writing: articles in and out, then the ids and channels that they touch."""

    def __init__(self, connection: Connection, generation: int, now: datetime) -> None:
        self._connection = connection
        self._mark = {"generation": generation, "changed": int(now.timestamp())}
        self._channels: dict[tuple[str, str], int] = {}
        self._touched = Touched()
        self._open_ids: set[str] = set()
        self._withdrawn: set[str] = set()
        self._now = now
        # What is stored into an empty index takes nothing's place.
        self._empty = connection.execute(select(files.c.path).limit(1)).first() is None

    def restamp(self, stamps: Iterable[tuple[str, Stamp]]) -> None:
        """Note new stamps of files whose bytes did not change."""
        rows = [{"p": path, "s": stamp.size, "m": stamp.mtime} for path, stamp in stamps]
        bulk.run(self._connection, _RESTAMP, rows)

    def remove(self, paths: Sequence[str]) -> None:
        """Forget files and what came of them."""
        for chunk in _chunks(paths):
            self._forget_articles(chunk)
            self._connection.execute(delete(files).where(files.c.path.in_(chunk)))

    def store(self, results: Sequence[Result], stamps: Mapping[str, Stamp]) -> None:
        """Keep results in place of what was known of their files."""
        if not results:
            return
        if not self._empty:
            self.remove([result.path for result in results])
        bulk.fill(self._connection, _ADD_FILES, [_file_row(r, stamps[r.path]) for r in results])
        self.store_articles(results)

    def store_articles(self, found: Sequence[Result]) -> None:
        """Keep articles that are not known yet."""
        rows = {result.path: result.row for result in found if result.row is not None}
        if not rows:
            return
        bulk.fill(self._connection, _ADD_ARTICLES, list(rows.values()))
        stored = select(articles.c.path, articles.c.key).where(articles.c.path.in_(list(rows)))
        keys = {path: key for path, key in self._connection.execute(stored)}  # noqa: C416 - rows are no pairs to dict()
        bodies = [
            (keys[result.path], name, body)
            for result in found
            if result.path in rows
            for name, body in result.entries.items()
        ]
        bulk.fill(self._connection, _ADD_ENTRIES, bodies)
        self._open_ids.update(row.id for row in rows.values())
        # While other processes read: where an id comes again, it is decided again.
        if len(self._open_ids) >= _CHUNK:
            self._settle_open()

    def touch(self, channel: int) -> None:
        """Note that a channel changed though no article did."""
        self._touched.mark(channel)

    def settle(self) -> None:
        """Decide which article of each touched id readers get, and mark the touched channels."""
        self._settle_open()
        revive(self._connection, self._touched.present)
        bury(self._connection, self._touched.withdrawn(self._withdrawn), self._now)
        clear(self._connection, self._now)
        for keys in _chunks(sorted(self._touched.channels)):
            self._summarise(keys)
        self._touched.store(self._connection, self._mark["generation"])

    def _settle_open(self) -> None:
        for chunk in _chunks(sorted(self._open_ids)):
            self._settle(chunk)
        self._open_ids.clear()

    def _settle(self, ids: Sequence[str]) -> None:
        rows = self._connection.execute(
            select(
                articles.c.key, articles.c.id, articles.c.path, articles.c.published,
                articles.c.updated, articles.c.shown, articles.c.memberships,
            ).where(articles.c.id.in_(ids))
        ).all()  # fmt: skip
        best: dict[str, Any] = {}
        for row in rows:
            rival = best.get(row.id)
            if rival is None or (row.updated, row.path) > (rival.updated, rival.path):
                best[row.id] = row
        self._withdrawn.difference_update(best)
        self._withdrawn.update(entry_id for entry_id in ids if entry_id not in best)
        fallen = [row for row in rows if row.shown and best[row.id] is not row]
        risen = [row for row in best.values() if not row.shown]
        self._unlink(fallen)
        self._link(risen)
        self._show(fallen, shown=0)
        self._show(risen, shown=1)

    def _summarise(self, keys: Sequence[int]) -> None:
        """Note each channel's count, newest article and prevailing label beside it."""
        summary: dict[int, dict[str, Any]] = {
            key: {"key": key, "count": 0, "newest": None, "label": "", "most": 0} | self._mark for key in keys
        }
        oldest: dict[int, int] = {}
        ages = func.min(members.c.age), func.max(members.c.age)
        spellings = select(members.c.channel, members.c.label, func.count(), *ages).where(
            members.c.channel.in_(keys)
        )
        for key, label, count, age, oldest_age in self._connection.execute(
            spellings.group_by(members.c.channel, members.c.label)
        ):
            row = summary[key]
            row["count"] += count
            row["newest"] = max(row["newest"] or -age, -age)
            oldest[key] = max(oldest.get(key, oldest_age), oldest_age)
            # The most frequent spelling; of equals the first by code points.
            if (-count, label) < (-row["most"], row["label"]):
                row["most"], row["label"] = count, label
        labels = select(channels.c.key, channels.c.label).where(channels.c.key.in_(keys))
        for key, label in self._connection.execute(labels):
            # Every document of a channel shows its name.
            if key in oldest and label not in ("", summary[key]["label"]):
                self._touched.respelt(key, oldest[key])
        bulk.run(
            self._connection,
            _SUMMARISE,
            [{f"{name}_": value for name, value in row.items()} for row in summary.values()],
        )

    def _show(self, rows: Sequence[Any], *, shown: int) -> None:
        bulk.run(self._connection, _SHOW, [{"k": row.key, "s": shown} for row in rows])

    def _forget_articles(self, paths: Sequence[str]) -> None:
        old = self._connection.execute(
            select(
                articles.c.key, articles.c.id, articles.c.published, articles.c.shown, articles.c.memberships
            ).where(articles.c.path.in_(paths))
        ).all()
        if not old:
            return
        self._unlink([row for row in old if row.shown])
        self._open_ids.update(row.id for row in old)
        keys = [row.key for row in old]
        self._connection.execute(delete(entries).where(entries.c.article.in_(keys)))
        self._connection.execute(delete(articles).where(articles.c.key.in_(keys)))

    def _link(self, rows: Sequence[Any]) -> None:
        # In the order of the table, in which a database adds rows the quickest.
        values = sorted(
            (key, -row.published, row.id, row.key, label) for row, key, label in self._channels_of(rows)
        )
        bulk.fill(self._connection, _ADD_MEMBERS, values)
        for channel, age, entry_id, _, _ in values:
            self._touched.joined(channel, age, entry_id)

    def _unlink(self, rows: Sequence[Any]) -> None:
        values = [{"c": key, "a": -row.published, "i": row.id} for row, key, _ in self._channels_of(rows)]
        bulk.run(self._connection, _DROP_MEMBERS, values)
        for value in values:
            self._touched.left(value["c"], value["a"], value["i"])

    def _channels_of(self, rows: Sequence[Any]) -> Iterator[tuple[Any, int, str]]:
        """Each row with the key of each channel that it is in, and what it calls it."""
        found = [(row, _memberships(row.memberships)) for row in rows]
        self._learn({(m.kind, m.name) for _, memberships in found for m in memberships})
        return (
            (row, self._channels[m.kind, m.name], m.label) for row, memberships in found for m in memberships
        )

    def _learn(self, names: AbstractSet[tuple[str, str]]) -> None:
        """Find out the keys of channels, making those that are not there yet."""
        for chunk in _chunks(sorted(names - self._channels.keys())):
            self._look_up(chunk)
            new = [name for name in chunk if name not in self._channels]
            blank = (0, 0, 0, None, "")  # generation, changed, count, newest, label
            bulk.fill(self._connection, _ADD_CHANNELS, [(*name, *blank) for name in new])
            self._look_up(new)

    def _look_up(self, names: Sequence[tuple[str, str]]) -> None:
        if names:
            columns = select(channels.c.kind, channels.c.name, channels.c.key)
            rows = self._connection.execute(
                columns.where(tuple_(channels.c.kind, channels.c.name).in_(names))
            )
            self._channels.update({(kind, name): key for kind, name, key in rows})


def _file_row(result: Result, stamp: Stamp) -> tuple[Any, ...]:
    due = None if result.due is None else int(result.due.timestamp())
    problems = _encode(result.problems) if result.problems else None
    return result.path, stamp.size, stamp.mtime, result.hash, result.state, due, problems


def _chunks(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
