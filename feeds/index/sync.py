"""Brings the index up to date with the folder: finds what changed, and does only that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select

from feeds.index.apply import Batch
from feeds.index.scan import Listing, Stamp
from feeds.index.schema import files
from feeds.index.store import Index, get_meta, set_meta
from feeds.model import Article, Membership, Problem

_BATCH = 100
# A file changed this recently may change again within the resolution of its time.
_FRESH_NANOSECONDS = 2_000_000_000


class Task(Struct, frozen=True):
    """A file to look at; ``known`` is the hash of the bytes that the index knows."""

    path: str
    known: bytes | None


class Result(Struct, frozen=True):
    """What the index keeps of a file. ``state`` "same" means that its bytes did not change.

    ``due`` is when the file must be looked at again though it does not change.
    """

    path: str
    hash: bytes
    state: str
    article: Article | None = None
    memberships: tuple[Membership, ...] = ()
    entries: Mapping[str, bytes] = {}
    problems: tuple[Problem, ...] = ()
    due: datetime | None = None


Work = Callable[[Sequence[Task]], Sequence[Result]]
Mapper = Callable[[Work, Iterable[Sequence[Task]]], Iterable[Sequence[Result]]]


class Changes(Struct, frozen=True):
    """What a sync did: files read anew, files gone, and the generation that it made."""

    read: int
    removed: int
    generation: int


class Fingerprints(Struct, frozen=True):
    """What results depend on beside the files, and what documents depend on beside the index."""

    work: str
    site: str


class _Difference(Struct, frozen=True):
    generation: int
    tasks: tuple[Task, ...]
    gone: tuple[str, ...]
    new_site: bool


def sync(
    index: Index,
    listing: Listing,
    work: Work,
    fingerprints: Fingerprints,
    now: datetime,
    *,
    mapper: Mapper = map,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Changes:
    """Make the index agree with ``listing`` as of ``now``, in one transaction.

    ``work`` reads files; ``mapper`` decides where (as :func:`map` does, or a pool's).
    A ``work`` fingerprint other than the last one has every file read again; another
    ``site`` fingerprint is noted with its time.
    """
    with index.reading() as connection:
        difference = _difference(connection, listing, fingerprints, now)
    if not (difference.tasks or difference.gone or difference.new_site):
        return Changes(0, 0, difference.generation)
    with index.writing() as connection:
        if _generation(connection) != difference.generation:
            difference = _difference(connection, listing, fingerprints, now)
        return _apply(connection, difference, listing, work, fingerprints, now, mapper, progress)


def _difference(connection: Connection, listing: Listing, fingerprints: Fingerprints, now: datetime) -> _Difference:
    rows = connection.execute(select(files.c.path, files.c.size, files.c.mtime, files.c.hash, files.c.due))
    anew = get_meta(connection, "work") != fingerprints.work
    new_site = get_meta(connection, "site") != fingerprints.site
    moment = int(now.timestamp())
    unseen = dict(listing.files)
    tasks: list[Task] = []
    gone: list[str] = []
    for path, size, mtime, known, due in rows:
        stamp = unseen.pop(path, None)
        if stamp is None:
            gone.append(path)
        elif anew or (due is not None and due <= moment):
            tasks.append(Task(path, None))
        elif stamp != (size, mtime):
            tasks.append(Task(path, known))
    tasks.extend(Task(path, None) for path in unseen)
    tasks.sort(key=lambda task: task.path)
    return _Difference(_generation(connection), tuple(tasks), tuple(sorted(gone)), new_site)


def _apply(
    connection: Connection,
    difference: _Difference,
    listing: Listing,
    work: Work,
    fingerprints: Fingerprints,
    now: datetime,
    mapper: Mapper,
    progress: Callable[[int, int], None],
) -> Changes:
    batch = Batch(connection, difference.generation + 1, now)
    batch.remove(difference.gone)
    total, done, read = len(difference.tasks), 0, 0
    for results in mapper(work, _batches(difference.tasks)):
        batch.restamp((r.path, _stamp(listing, r.path, now)) for r in results if r.state == "same")
        changed = [result for result in results if result.state != "same"]
        batch.store(changed, {result.path: _stamp(listing, result.path, now) for result in changed})
        done, read = done + len(results), read + len(changed)
        progress(done, total)
    batch.settle()
    if difference.new_site:
        set_meta(connection, "site", fingerprints.site)
        set_meta(connection, "site_changed", str(int(now.timestamp())))
    set_meta(connection, "work", fingerprints.work)
    generation = difference.generation
    if read or difference.gone:
        generation += 1
        set_meta(connection, "generation", str(generation))
    return Changes(read, len(difference.gone), generation)


def _generation(connection: Connection) -> int:
    return int(get_meta(connection, "generation") or 0)


def _stamp(listing: Listing, path: str, now: datetime) -> Stamp:
    stamp = listing.files[path]
    fresh = stamp.mtime > now.timestamp() * 1e9 - _FRESH_NANOSECONDS
    return Stamp(stamp.size, 0) if fresh else stamp


def _batches(tasks: Sequence[Task]) -> Iterator[Sequence[Task]]:
    return (tasks[start : start + _BATCH] for start in range(0, len(tasks), _BATCH))
