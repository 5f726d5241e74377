"""Brings the index up to date with the folder: finds what changed, and does only that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from msgspec import Struct

from feeds.index import graves
from feeds.index.scan import Listing, Stamp
from feeds.index.store import Index, begin_generation, get_meta, set_meta
from feeds.index.work import Mapper, Result, Task, Work

_BATCH = 100
_FILES = "SELECT path, size, mtime, hash, due FROM files"
# A file changed this recently may change again within the resolution of its time.
_FRESH_NANOSECONDS = 2_000_000_000


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
    expired: tuple[int, ...]

    def __bool__(self) -> bool:
        return bool(self.tasks or self.gone or self.new_site or self.expired)


class Job(Struct, frozen=True):
    """A sync to be done: make the index agree with ``listing`` as of ``now``.

    ``work`` reads files; ``mapper`` decides where (as :func:`map` does, or a pool's).
    ``progress`` is told how many of how many files have been looked at. ``windows`` are the
    selections that show the articles of so many seconds only. With ``below``, the listing
    is of what stands at or below these paths, and nothing else is looked at but what is due.
    """

    listing: Listing
    work: Work
    fingerprints: Fingerprints
    now: datetime
    windows: Mapping[str, int] = {}
    mapper: Mapper = map
    progress: Callable[[int, int], None] = lambda _done, _total: None
    below: tuple[str, ...] | None = None

    def stamp(self, path: str) -> Stamp:
        """The stamp to keep of a file: none to trust while it may still be written."""
        stamp = self.listing.files.get(path, Stamp(-1, 0))
        fresh = stamp.mtime > self.now.timestamp() * 1e9 - _FRESH_NANOSECONDS
        return Stamp(stamp.size, 0) if fresh else stamp

    def listed(self, path: str) -> bool:
        """Whether a file would be in the listing if it were there."""
        return self.below is None or any(path == p or path.startswith(f"{p}/") for p in self.below)

    def stamp_of(self, result: Result) -> Stamp:
        """The stamp to keep of a result: none to trust of a file that could not be read."""
        return self.stamp(result.path) if result.hash else Stamp(-1, 0)


def sync(index: Index, job: Job) -> Changes:
    """Do a job in one transaction; where nothing changed, without one.

    Another ``work`` fingerprint than the last one has every file read again; another
    ``site`` fingerprint is noted with its time.
    """
    with index.reading() as connection:
        difference = _difference(connection, job)
    if not difference:
        return Changes(0, 0, difference.generation)
    with index.writing() as connection:
        if _generation(connection) != difference.generation:
            difference = _difference(connection, job)
        return _apply(connection, difference, job)


def _difference(connection: Connection, job: Job) -> _Difference:
    anew = get_meta(connection, "work") != job.fingerprints.work
    new_site = get_meta(connection, "site") != job.fingerprints.site
    moment = int(job.now.timestamp())
    unseen = dict(job.listing.files)
    tasks: list[Task] = []
    gone: list[str] = []
    for path, size, mtime, known, due in _known_files(connection, job, moment):
        stamp = unseen.pop(path, None)
        if stamp is None and job.listed(path):
            gone.append(path)
        elif anew or (due is not None and due <= moment):
            tasks.append(Task(path, None))
        elif stamp is not None and stamp != (size, mtime):
            tasks.append(Task(path, known))
    tasks.extend(Task(path, None) for path in unseen)
    tasks.sort(key=lambda task: task.path)
    return _Difference(
        _generation(connection), tuple(tasks), tuple(sorted(gone)), new_site, _expired(connection, job)
    )


def _apply(connection: Connection, difference: _Difference, job: Job) -> Changes:
    # Loaded when there is something to write: most syncs find nothing.
    from feeds.index.apply import Batch

    batch = Batch(connection, difference.generation + 1, job.now)
    batch.remove(difference.gone)
    done = read = 0
    for results in job.mapper(job.work, _batches(difference.tasks)):
        batch.restamp((result.path, job.stamp(result.path)) for result in results if result.state == "same")
        changed = [result for result in results if result.state != "same"]
        batch.store(changed, {result.path: job.stamp_of(result) for result in changed})
        done, read = done + len(results), read + len(changed)
        job.progress(done, len(difference.tasks))
    for channel in difference.expired:
        batch.touch(channel)
    batch.settle()
    set_meta(connection, "work", job.fingerprints.work)
    if difference.new_site:
        set_meta(connection, "site", job.fingerprints.site)
        set_meta(connection, "site_changed", str(int(job.now.timestamp())))
    generation = difference.generation
    if read or difference.gone or difference.expired:
        generation += 1
        begin_generation(connection, generation)
    return Changes(read, len(difference.gone), generation)


def _expired(connection: Connection, job: Job) -> tuple[int, ...]:
    """The channels that change by time alone: windows that an article has left since they
    last changed, and those with a tombstone that has stood long enough."""  # noqa: D205, D209 - one sentence
    found = graves.expired(connection, job.now)
    for name, seconds in job.windows.items():
        limit = seconds - int(job.now.timestamp())
        row = connection.execute(
            "SELECT channels.key FROM channels JOIN members ON members.channel = channels.key"
            " WHERE kind = 'feeds' AND name = ? AND age >= ? AND age < ? - changed LIMIT 1",
            (name, limit, seconds),
        ).fetchone()
        found.update(row or ())
    return tuple(sorted(found))


def _known_files(connection: Connection, job: Job, moment: int) -> Iterator[Any]:
    """What is known of the files that the job is about, each once."""
    if job.below is None:
        return connection.execute(_FILES)
    # "0" is the character after "/": so the primary key finds what stands below.
    places = ["due <= ?", *("path = ? OR path > ? AND path < ?" for _ in job.below)]
    values = [bound for path in job.below for bound in (path, f"{path}/", f"{path}0")]
    return connection.execute(f"{_FILES} WHERE {' OR '.join(places)}", (moment, *values))


def _generation(connection: Connection) -> int:
    return int(get_meta(connection, "generation") or 0)


def _batches(tasks: Sequence[Task]) -> list[Sequence[Task]]:
    return [tasks[start : start + _BATCH] for start in range(0, len(tasks), _BATCH)]
