"""Writes results into the index: files and articles in and out, and which article an id stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from feeds.index.meta import get_meta, set_meta
from feeds.index.rows import Result, Stamp, folder_of
from feeds.index.sql import Connection, make_chunks, placeholders
from feeds.index.write.members import Linker
from feeds.index.write.tombstones import add_tombstones, clear_expired, remove_tombstones

_encode = msgspec.json.Encoder().encode


class _Kept(NamedTuple):
    """An article of the index, as far as it matters for what stands in the channels."""

    key: int
    id: str
    path: str
    published: int
    updated: int
    shown: int
    memberships: bytes


class Batch:
    """One sync's writing: articles in and out, then the ids and channels that they touch."""

    def __init__(self, connection: Connection, generation: int, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self._links = Linker(connection, generation, now)
        self._open_ids: set[str] = set()
        self._withdrawn: set[str] = set()
        self._last_key = int(get_meta(connection, "last_key") or 0)
        # What is stored into an empty index takes nothing's place.
        self._empty = connection.execute("SELECT 1 FROM files LIMIT 1").fetchone() is None

    def restamp(self, stamps: Iterable[tuple[str, Stamp]]) -> None:
        """Note new stamps of files whose bytes did not change."""
        rows = [(stamp.size, stamp.mtime, path) for path, stamp in stamps]
        self._connection.executemany("UPDATE files SET size = ?, mtime = ? WHERE path = ?", rows)

    def remove(self, paths: Sequence[str]) -> None:
        """Forget files and what came of them."""
        for chunk in make_chunks(paths):
            self._forget_articles(chunk)
            self._connection.execute(f"DELETE FROM files WHERE path IN {placeholders(len(chunk))}", chunk)

    def store(self, results: Sequence[Result], stamps: Mapping[str, Stamp]) -> None:
        """Keep results in place of what was known of their files."""
        if not self._empty:
            self.remove([result.path for result in results])
        rows = [_file_row(result, stamps[result.path]) for result in results]
        self._connection.insert("files", rows)
        self.store_articles(results)

    def store_articles(self, found: Sequence[Result]) -> None:
        """Keep articles that are not known yet.

        One whose id no other has is shown at once; the others wait until all are there.
        """
        rows = ((result, result.row) for result in found if result.row is not None)
        new = [(key, *pair) for key, pair in enumerate(rows, self._last_key + 1)]
        self._last_key += len(new)
        rivals = self._rivals([row.id for _, _, row in new])
        self._connection.insert("articles", [(key, *row, int(row.id not in rivals)) for key, _, row in new])
        self._connection.insert(
            "entries",
            [
                (key, row.updated, *map(result.entries.get, ("atom", "rss", "json")))
                for key, result, row in new
                if result.entries
            ],
        )
        for key, _, row in new:
            if row.id not in rivals:
                self._links.add(key, row.id, row.published, row.memberships)
        self._open_ids |= rivals

    def touch(self, channel: int) -> None:
        """Note that a channel changed though no article did."""
        self._links.touched.mark(channel)

    def settle(self) -> None:
        """Decide which article of each touched id readers get, and mark the touched channels."""
        for chunk in make_chunks(sorted(self._open_ids)):
            self._settle(chunk)
        self._links.flush()
        touched = self._links.touched
        remove_tombstones(self._connection, touched.present)
        add_tombstones(self._connection, touched.withdrawn(self._withdrawn), self._now)
        clear_expired(self._connection, self._now)
        self._links.settle()
        set_meta(self._connection, "last_key", str(self._last_key))

    def _rivals(self, ids: Sequence[str]) -> set[str]:
        """Those ids that more than one article may have."""
        rivals = {entry_id for entry_id, times in Counter(ids).items() if times > 1}
        rivals |= self._open_ids.intersection(ids)
        for chunk in make_chunks(ids):
            known = self._connection.execute(
                f"SELECT id FROM articles WHERE id IN {placeholders(len(chunk))}", chunk
            )
            rivals.update(entry_id for (entry_id,) in known)
        return rivals

    def _settle(self, ids: Sequence[str]) -> None:
        rows = self._kept("id", ids)
        best: dict[str, _Kept] = {}
        for row in rows:
            rival = best.get(row.id)
            if rival is None or (row.updated, row.path) > (rival.updated, rival.path):
                best[row.id] = row
        self._withdrawn.update(entry_id for entry_id in ids if entry_id not in best)
        fallen = [row for row in rows if row.shown and best[row.id] is not row]
        risen = [row for row in best.values() if not row.shown]
        for row in fallen:
            self._links.drop(row.id, row.published, row.memberships)
        for row in risen:
            self._links.add(row.key, row.id, row.published, row.memberships)
        shown = [*((0, row.key) for row in fallen), *((1, row.key) for row in risen)]
        self._connection.executemany("UPDATE articles SET shown = ? WHERE key = ?", shown)

    def _forget_articles(self, paths: Sequence[str]) -> None:
        old = self._kept("path", paths)
        for row in old:
            if row.shown:
                self._links.drop(row.id, row.published, row.memberships)
        self._open_ids.update(row.id for row in old)
        keys = [row.key for row in old]
        self._connection.execute(f"DELETE FROM entries WHERE article IN {placeholders(len(keys))}", keys)
        self._connection.execute(f"DELETE FROM articles WHERE key IN {placeholders(len(keys))}", keys)

    def _kept(self, column: str, values: Sequence[Any]) -> list[_Kept]:
        rows = self._connection.execute(
            "SELECT key, id, path, published, updated, shown, memberships FROM articles"
            f" WHERE {column} IN {placeholders(len(values))}",
            values,
        )
        return list(map(_Kept._make, rows))


def _file_row(result: Result, stamp: Stamp) -> tuple[Any, ...]:
    due = None if result.due is None else int(result.due.timestamp())
    problems = _encode(result.problems) if result.problems else None
    return (
        result.path,
        stamp.size,
        stamp.mtime,
        result.hash,
        result.state,
        due,
        problems,
        folder_of(result.path),
    )
