"""Writes a sync's results into the index: files, articles, and who has an id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from feeds.index.rows import ArticleRow, Result, Stamp, find_folder
from feeds.index.sql import Connection, get_meta, make_chunks, make_decoder, placeholders, set_meta
from feeds.index.write.change_dates import choose_date, note_date
from feeds.index.write.members import MemberWriter
from feeds.index.write.withdrawn import add_tombstones, clear_expired, remove_tombstones
from feeds.model import Membership

_encode = msgspec.json.Encoder().encode
_decode_memberships = make_decoder(tuple[Membership, ...])


class _StoredArticle(NamedTuple):
    """What the index knows of an article that matters for its place in the channels."""

    key: int
    id: str
    path: str
    published: int
    updated: int
    shown: int
    quality: int | None
    heat: int | None
    type: str
    language: str
    memberships: tuple[Membership, ...]


class Batch:
    """Writes one sync: first files and articles, then the ids and channels affected.

    ``date`` is that of the documents that it changes.
    """

    def __init__(self, connection: Connection, generation: int, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self.date = choose_date(connection, now)
        self._members = MemberWriter(connection, generation, self.date)
        self._open_ids: set[str] = set()
        self._withdrawn: set[str] = set()
        self._last_key = self._key_before = int(get_meta(connection, "last_key") or 0)
        # By id, the paths of removed articles that readers had before this sync.
        self._shown_before: dict[str, str] = {}
        # In an empty index there is nothing to replace.
        self.is_empty = connection.execute("SELECT 1 FROM files LIMIT 1").fetchone() is None

    def restamp(self, stamps: Iterable[tuple[str, Stamp]]) -> None:
        """Write new stamps of files whose bytes did not change."""
        rows = [(*stamp, path) for path, stamp in stamps]
        self._connection.executemany(
            "UPDATE files SET size = ?, mtime = ?, ctime = ?, inode = ? WHERE path = ?", rows
        )

    def remove(self, paths: Sequence[str]) -> None:
        """Delete files and what came of them."""
        for chunk in make_chunks(paths):
            self._remove_articles(chunk)
            self._forget(chunk)

    def store(self, results: Sequence[Result], stamps: Mapping[str, Stamp]) -> None:
        """Write results in place of what was known of their files."""
        if not self.is_empty:
            self._forget([result.path for result in results])
            self._remove_articles([result.path for result in results if not _keeps_article(result)])
        rows = [_make_file_row(result, stamps[result.path]) for result in results]
        self._connection.insert("files", rows)
        self.store_articles(results)

    def store_articles(self, found: Sequence[Result]) -> None:
        """Write articles that are not known yet.

        One whose id no other has is shown at once; the others wait until all are there.
        """
        rows = ((result, result.row) for result in found if result.row is not None)
        new = [(key, *pair) for key, pair in enumerate(rows, self._last_key + 1)]
        self._last_key += len(new)
        rivals = self._find_rivals([row.id for _, _, row in new])
        self._connection.insert(
            "articles", [self._make_article_row(key, row, int(row.id not in rivals)) for key, _, row in new]
        )
        self._connection.insert(
            "entries",
            [
                (key, row.updated, *map(result.entries.get, ("atom", "rss", "json")))
                for key, result, row in new
                if result.entries
            ],
        )
        seals = self._connection.seals
        self._connection.insert(
            "seals", [(key, *seals.make_each(result.entries)) for key, result, _ in new if result.entries]
        )
        for key, _, row in new:
            if row.id not in rivals:
                fields = (row.quality, row.heat, row.type, row.language)
                self._members.add(key, row.id, row.published, row.memberships, fields)
        self._open_ids |= rivals

    def mark_channel(self, channel: int) -> None:
        """Note that a channel changed though none of its articles did."""
        self._members.touches.mark(channel)

    def finish(self) -> None:
        """Decide which article of each touched id readers get; update touched channels."""
        for chunk in make_chunks(sorted(self._open_ids)):
            self._choose_shown(chunk)
        self._members.flush()
        touches = self._members.touches
        remove_tombstones(self._connection, touches.find_new)
        add_tombstones(self._connection, touches.find_gone(self._withdrawn), self._now)
        clear_expired(self._connection, self._now)
        self._members.finish()
        if self._withdrawn:
            # The search still has their words: :func:`feeds.index.write.search_words.erase_words`.
            set_meta(self._connection, "withdrawn", "1")
        if touches.channels:
            note_date(self._connection, self.date)
        set_meta(self._connection, "last_key", str(self._last_key))

    def _forget(self, paths: Sequence[str]) -> None:
        self._connection.execute(f"DELETE FROM files WHERE path IN {placeholders(len(paths))}", paths)

    def _find_rivals(self, ids: Sequence[str]) -> set[str]:
        """Return those ids that more than one article may have."""
        rivals = {entry_id for entry_id, times in Counter(ids).items() if times > 1}
        rivals |= self._open_ids.intersection(ids)
        for chunk in make_chunks(ids):
            known = self._connection.execute(
                f"SELECT id FROM articles WHERE id IN {placeholders(len(chunk))}", chunk
            )
            rivals.update(entry_id for (entry_id,) in known)
        return rivals

    def _choose_shown(self, ids: Sequence[str]) -> None:
        """Show one article of each id: the one that readers have, as long as it is there.

        If they have none yet, it is the one that was updated last; of equals, the last by path.
        """
        rows = self._read_articles("id", ids)
        best: dict[str, _StoredArticle] = {}
        for row in rows:
            rival = best.get(row.id)
            if rival is None or self._rank(row) > self._rank(rival):
                best[row.id] = row
        self._withdrawn.update(entry_id for entry_id in ids if entry_id not in best)
        hidden = [row for row in rows if row.shown and best[row.id] is not row]
        shown = [row for row in best.values() if not row.shown]
        for row in hidden:
            self._members.remove(row.id, row.published, row.memberships)
        for row in shown:
            fields = (row.quality, row.heat, row.type, row.language)
            self._members.add(row.key, row.id, row.published, row.memberships, fields)
        values = [*((0, row.key) for row in hidden), *((1, row.key) for row in shown)]
        self._connection.executemany("UPDATE articles SET shown = ? WHERE key = ?", values)

    def _rank(self, row: _StoredArticle) -> tuple[bool, int, str]:
        # Of one that was shown, the row may be new, because its file was edited.
        stays = self._shown_before.get(row.id) == row.path or (row.shown == 1 and row.key <= self._key_before)
        return stays, row.updated, row.path

    def _make_article_row(self, key: int, row: ArticleRow, shown: int) -> tuple[Any, ...]:
        *columns, memberships, article, has_files = row
        seal = self._connection.seals.make("article", article)
        return (key, *columns, _encode(memberships), article, shown, seal, has_files)

    def _remove_articles(self, paths: Sequence[str]) -> None:
        old = self._read_articles("path", paths)
        for row in old:
            if row.shown:
                self._members.remove(row.id, row.published, row.memberships)
                if row.key <= self._key_before:
                    self._shown_before[row.id] = row.path
        self._open_ids.update(row.id for row in old)
        keys = [row.key for row in old]
        self._connection.execute(f"DELETE FROM entries WHERE article IN {placeholders(len(keys))}", keys)
        self._connection.execute(f"DELETE FROM seals WHERE article IN {placeholders(len(keys))}", keys)
        self._connection.execute(f"DELETE FROM articles WHERE key IN {placeholders(len(keys))}", keys)

    def _read_articles(self, column: str, values: Sequence[Any]) -> list[_StoredArticle]:
        rows = self._connection.execute(
            "SELECT key, id, path, published, updated, shown, quality, heat, type, language, memberships FROM articles"
            f" WHERE {column} IN {placeholders(len(values))}",
            values,
        )
        return [_StoredArticle._make((*row, _decode_memberships(body))) for *row, body in rows]


def _keeps_article(result: Result) -> bool:
    """Return whether the article of a faulty file stays as the index knows it."""
    return result.state == "faulty" and result.since is not None and result.row is None


def _make_file_row(result: Result, stamp: Stamp) -> tuple[Any, ...]:
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
        find_folder(result.path),
        result.since,
        result.visibility if result.since is not None else None,
        stamp.ctime,
        stamp.inode,
    )
