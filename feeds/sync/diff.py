"""Brings the index up to date with the folder: finds what changed, and does only that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic

import msgspec
from msgspec import Struct

from feeds.index.index import Index
from feeds.index.meta import begin_generation, get_meta, set_meta
from feeds.index.rows import AnyWork, Listing, Mapper, Stamp, Task, folder_of
from feeds.index.sql import Connection, Rows, placeholders
from feeds.index.write import folder_fingerprints, tombstones

_BATCH = 100
_MOST_LOOKS = 5
# With more folders than this to compare, all are.
_MOST_FOLDERS = 1000
_UNREADABLE = Stamp(-1, 0)
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
    stamps: dict[str, Stamp]
    gone: tuple[str, ...]
    new: int
    new_site: bool
    expired: tuple[int, ...]
    folders: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.tasks or self.gone or self.new_site or self.expired or self.folders)


class Job(Struct, Generic[AnyWork], frozen=True):
    """A sync to be done: make the index agree with ``listing`` as of ``now``.

    ``work`` reads files; ``mapper`` decides where (as :func:`map` does, or a pool's).
    ``guard`` raises where too many of so many files are gone.
    ``progress`` is told how many of how many files have been looked at. ``windows`` are the
    selections that show the articles of so many seconds only. With ``below``, the listing
    is of what stands at or below these paths, and nothing else is looked at but what is due.
    ``look_again`` lists all anew: a file that seems gone may have been moved to where nobody looked.
    """

    listing: Listing
    work: AnyWork
    fingerprints: Fingerprints
    now: datetime
    windows: Mapping[str, int] = {}
    mapper: Mapper[AnyWork] = map
    guard: Callable[[int, int], None] = lambda _removed, _of: None
    progress: Callable[[int, int], None] = lambda _done, _total: None
    below: tuple[str, ...] | None = None
    look_again: Callable[[], Listing] | None = None

    def choose_stamp(self) -> Callable[[Stamp], Stamp]:
        """What gives the stamp to keep of a file: one without a time while it may still be written."""
        fresh = int(self.now.timestamp() * 1e9) - _FRESH_NANOSECONDS
        return lambda stamp: Stamp(stamp.size, 0) if stamp.mtime > fresh else stamp

    def covers(self, path: str) -> bool:
        """Whether a file would be in the listing if it were there."""
        if self.below is not None:
            return any(path == p or path.startswith(f"{p}/") for p in self.below)
        return folder_of(path) not in self.listing.same


def sync(index: Index, job: Job[Any]) -> Changes:
    """Do a job in one transaction; where nothing changed, without one.

    Another ``work`` fingerprint than the last one has every file read again; another
    ``site`` fingerprint is noted with its time.
    """
    with index.reading() as connection:
        job, difference = _confirm_difference(connection, job)
    if not difference:
        return Changes(0, 0, difference.generation)
    with index.writing() as connection:
        if _read_generation(connection) != difference.generation:
            difference = _find_difference(connection, job)
            if not difference:
                # Whoever wrote meanwhile has done it all.
                return Changes(0, 0, difference.generation)
        return _apply(connection, difference, job)


def _confirm_difference(connection: Connection, job: Job[Any]) -> tuple[Job[Any], _Difference]:
    """What is different, looked at until the same files are gone twice; with the listing that shows it."""
    difference = _find_difference(connection, job)
    for _ in range(_MOST_LOOKS):
        if not difference.gone or job.look_again is None:
            break
        again = msgspec.structs.replace(job, listing=job.look_again(), below=None)
        before, difference, job = difference, _find_difference(connection, again), again
        if difference.gone == before.gone:
            break
    return job, difference


def _find_difference(connection: Connection, job: Job[Any]) -> _Difference:
    anew = get_meta(connection, "work") != job.fingerprints.work
    new_site = get_meta(connection, "site") != job.fingerprints.site
    moment, choose_stamp = int(job.now.timestamp()), job.choose_stamp()
    unseen = dict(job.listing.files)
    tasks: list[Task] = []
    stamps: dict[str, Stamp] = {}
    gone: list[str] = []
    for path, size, mtime, known, due in _read_known_files(connection, job, moment, anew=anew):
        stamp = unseen.pop(path, None)
        if stamp is None and job.covers(path):
            gone.append(path)
            continue
        if anew or (due is not None and due <= moment):
            tasks.append(Task(path, None))
        elif stamp is not None and stamp != (size, mtime):
            tasks.append(Task(path, known))
        else:
            continue
        stamps[path] = choose_stamp(stamp or Stamp(size, mtime))
    for path, stamp in unseen.items():
        tasks.append(Task(path, None))
        stamps[path] = choose_stamp(stamp)
    tasks.sort(key=attrgetter("path"))
    return _Difference(
        _read_generation(connection), tuple(tasks), stamps, tuple(sorted(gone)), len(unseen), new_site,
        _find_expired(connection, job), folder_fingerprints.find_changed(connection, job.listing) if job.below is None else (),
    )  # fmt: skip


def _apply(connection: Connection, difference: _Difference, job: Job[Any]) -> Changes:
    # Loaded when there is something to write: most syncs find nothing.
    from feeds.index.write.batch import Batch

    if difference.gone:
        (files,) = connection.execute("SELECT count(*) FROM files").fetchone()
        # A file that was moved is gone and new.
        job.guard(len(difference.gone) - difference.new, files)
    batch = Batch(connection, difference.generation + 1, job.now)
    batch.remove(difference.gone)
    # Not a copy, which would be felt with a million files: nobody else has the difference.
    stamps = difference.stamps
    done = read = 0
    for results in job.mapper(job.work, _divide(difference.tasks)):
        batch.restamp((result.path, stamps[result.path]) for result in results if result.state == "same")
        # What vanished since it was listed stays as it is known: the next look tells whether it is gone.
        vanished = [result.path for result in results if result.state == "vanished"]
        batch.restamp((path, _UNREADABLE) for path in vanished)
        stamps.update(dict.fromkeys(vanished, _UNREADABLE))
        changed = [result for result in results if result.state not in ("same", "vanished")]
        for result in changed:
            if not result.hash:
                stamps[result.path] = _UNREADABLE
        batch.store(changed, stamps)
        done, read = done + len(results), read + len(changed)
        job.progress(done, len(difference.tasks))
    for channel in difference.expired:
        batch.touch(channel)
    batch.settle()
    folder_fingerprints.store(connection, job.listing, (*stamps, *difference.gone), whole=job.below is None)
    folder_fingerprints.forget(connection, (path for path, stamp in stamps.items() if not stamp.mtime))
    set_meta(connection, "work", job.fingerprints.work)
    if difference.new_site:
        set_meta(connection, "site", job.fingerprints.site)
        set_meta(connection, "site_changed", str(int(job.now.timestamp())))
    generation = difference.generation
    if read or difference.gone or difference.expired:
        generation += 1
        begin_generation(connection, generation)
    return Changes(read, len(difference.gone), generation)


def _find_expired(connection: Connection, job: Job[Any]) -> tuple[int, ...]:
    """The channels that change by time alone: windows that an article has left since they
    last changed, and those with a tombstone that has stood long enough."""  # noqa: D205, D209 - one sentence
    found = tombstones.find_expired(connection, job.now)
    for name, seconds in job.windows.items():
        limit = seconds - int(job.now.timestamp())
        row = connection.execute(
            "SELECT channels.key FROM channels JOIN members ON members.channel = channels.key"
            " WHERE kind = 'feeds' AND name = ? AND age >= ? AND age < ? - changed LIMIT 1",
            (name, limit, seconds),
        ).fetchone()
        found.update(row or ())
    return tuple(sorted(found))


def _read_known_files(connection: Connection, job: Job[Any], moment: int, *, anew: bool) -> Rows:
    """What is known of the files that the job is about, each once."""
    if job.below is None and (anew or not job.listing.same):
        return connection.execute(_FILES)
    if job.below is None:
        wanted = sorted({*job.listing.folders, *folder_fingerprints.find_vanished(connection, job.listing)})
        if len(wanted) > _MOST_FOLDERS:
            return connection.execute(_FILES)
        return connection.execute(
            f"{_FILES} WHERE due <= ? OR folder IN {placeholders(len(wanted))}", (moment, *wanted)
        )
    # "0" is the character after "/": so the primary key finds what stands below.
    places = ["due <= ?", *("path = ? OR path > ? AND path < ?" for _ in job.below)]
    values = [bound for path in job.below for bound in (path, f"{path}/", f"{path}0")]
    return connection.execute(f"{_FILES} WHERE {' OR '.join(places)}", (moment, *values))


def _read_generation(connection: Connection) -> int:
    return int(get_meta(connection, "generation") or 0)


def _divide(tasks: Sequence[Task]) -> list[Sequence[Task]]:
    return [tasks[start : start + _BATCH] for start in range(0, len(tasks), _BATCH)]
