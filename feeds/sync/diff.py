"""Bring the index up to date with the articles by finding and doing what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic

import msgspec
from msgspec import Struct

from feeds.index.index import Index
from feeds.index.rows import AnyWork, Listing, Mapper, Result, Stamp, Task, find_folder
from feeds.index.sql import Connection, Rows, begin_generation, get_meta, make_chunks, placeholders, set_meta
from feeds.index.write import change_dates, known_files, withdrawn
from feeds.model import Article
from feeds.sync.mappers import divide_tasks

# Files that a mapper gets at a time, and how often missing files are looked for at most.
_MOST_LOOKS = 5
# If more folders than this changed, reading all known files is quicker than asking for theirs.
_MOST_FOLDERS = 1000
# No file has this stamp, so the next sync looks at the file again.
_UNREADABLE = Stamp(-1, 0)
_FILES = "SELECT path, hash, due, size, mtime, ctime, inode FROM files"
# A file changed this recently may change again within the resolution of its time.
_FRESH_NANOSECONDS = 2_000_000_000
# A file that changes while the folders are listed has a time after that of the sync.
_LONGEST_LISTING_NANOSECONDS = 3600 * 1_000_000_000


class Changes(Struct, frozen=True):
    """What a sync did: files read and removed, and the index's new generation.

    ``unsettled`` are files that may be half saved. Nothing was written of them, so they must be
    looked at again.
    """

    read: int
    removed: int
    generation: int
    unsettled: tuple[str, ...] = ()


class Fingerprints(Struct, frozen=True):
    """What results depend on beside the files, and documents beside the index."""

    work: str
    site: str


class Job(Struct, Generic[AnyWork], frozen=True):
    """A sync to be done: make the index agree with ``listing`` as of ``now``.

    - ``work`` reads files; ``mapper`` decides where (as :func:`map` does, or a pool's).
    - ``windows`` are the selections that show only the articles of the last N seconds.
    - ``guard`` gets the number of articles that would vanish though nobody withdrew them, and of all known
      files, and raises if it is too many. A file that is gone counts.
    - ``render`` renders the last good versions of articles again whose files are faulty.
    - ``complete`` adds to results what only this machine knows: how long the sound beside an article is.
      ``find_stale`` gets ``below``, and returns the files for which that is another now.
    - ``settle``: write nothing of faulty files that changed a moment ago, because they may be half saved.
    - ``progress`` gets the number of files that have been looked at, and of all that will be.
    - ``below``: the listing has only the files at or below these paths. Nothing else is looked at,
      except files that are due. A file with just such a path is read even if its stamp is the known one.
    - ``look_again`` lists everything again, because a file that seems to be gone may have been moved
      to a place that had been listed already.
    """

    listing: Listing
    work: AnyWork
    fingerprints: Fingerprints
    now: datetime
    windows: Mapping[str, int] = {}
    mapper: Mapper[AnyWork] = map
    guard: Callable[[int, int], None] = lambda _removed, _of: None
    render: Callable[[Sequence[Article]], Sequence[Result]] = lambda _articles: ()
    complete: Callable[[Sequence[Result]], Sequence[Result]] = lambda results: results
    find_stale: Callable[[Connection, Sequence[str] | None], Iterable[str]] = lambda _connection, _below: ()
    settle: bool = False
    progress: Callable[[int, int], None] = lambda _done, _total: None
    below: tuple[str, ...] | None = None
    look_again: Callable[[], Listing] | None = None
    # Files that were missing at the last look alone: an editor may be about to write them again.
    unconfirmed: frozenset[str] = frozenset()

    def covers(self, path: str) -> bool:
        """Return whether a file would be in the listing if it existed."""
        if self.below is not None:
            return any(path == p or path.startswith(f"{p}/") for p in self.below)
        return find_folder(path) not in self.listing.same


class _FileDifference(Struct, frozen=True):
    """How the listed files differ from those that the index knows."""

    # Files to look at, in the order of their paths, and the stamp to keep of each.
    tasks: tuple[Task, ...]
    stamps: Mapping[str, Stamp]
    gone: tuple[str, ...]
    # Those of the tasks that are files that the index does not know.
    new: frozenset[str]
    # Whether all files are read, because they may give other results than the last time.
    read_all: bool


class _Difference(Struct, frozen=True):
    """All that a sync has to do, found in the state that ``generation`` names."""

    generation: int
    files: _FileDifference
    site_changed: bool
    expired_channels: tuple[int, ...]
    changed_folders: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(
            self.files.tasks
            or self.files.gone
            or self.site_changed
            or self.expired_channels
            or self.changed_folders
        )


class _Writes(Struct, frozen=True):
    """What one batch of results writes into the index."""

    # The stamp to keep of each file of the batch.
    stamps: Mapping[str, Stamp]
    # Files that get a new stamp and keep everything else.
    restamped: Sequence[str]
    stored: Sequence[Result]


def sync(index: Index, job: Job[Any]) -> Changes:
    """Do a job in one transaction; in none if nothing changed.

    If the ``work`` fingerprint differs from the last one, every file is read again. If the
    ``site`` fingerprint differs, it is stored with the time of the change.
    """
    with index.reading() as connection:
        job, difference = _confirm_difference(connection, job)
    if not difference:
        return Changes(0, 0, difference.generation)
    with index.writing() as connection:
        if _read_generation(connection) != difference.generation:
            difference = _find_difference(connection, job)
            if not difference:
                # Another process has done it all meanwhile.
                return Changes(0, 0, difference.generation)
        return _apply(connection, difference, job)


def _confirm_difference(connection: Connection, job: Job[Any]) -> tuple[Job[Any], _Difference]:
    """Compare until all missing files were missing before; return job and difference.

    A file that was missing once alone is not taken for gone, because many editors rename a file and
    then write a new one.
    """
    difference = _find_difference(connection, job)
    for _ in range(_MOST_LOOKS):
        if not difference.files.gone or job.look_again is None:
            break
        before = frozenset(difference.files.gone)
        job = msgspec.structs.replace(job, listing=job.look_again(), below=None)
        difference = _find_difference(connection, job)
        if before.issuperset(difference.files.gone):
            break
    else:
        unconfirmed = frozenset(difference.files.gone) - before
        job = msgspec.structs.replace(job, unconfirmed=unconfirmed)
        difference = _find_difference(connection, job)
    return job, difference


def _find_difference(connection: Connection, job: Job[Any]) -> _Difference:
    return _Difference(
        generation=_read_generation(connection),
        files=_compare_files(connection, job),
        site_changed=get_meta(connection, "site") != job.fingerprints.site,
        expired_channels=_find_expired_channels(connection, job),
        changed_folders=(
            known_files.find_changed_folders(connection, job.listing) if job.below is None else ()
        ),
    )


def _compare_files(connection: Connection, job: Job[Any]) -> _FileDifference:
    """Compare the listed files with those that the index knows."""
    read_all = get_meta(connection, "work") != job.fingerprints.work
    now = int(job.now.timestamp())
    moment = int(job.now.timestamp() * 1e9)
    named = frozenset(job.below or ())
    stale = frozenset(job.find_stale(connection, job.below))
    new = dict(job.listing.files)
    tasks: list[Task] = []
    stamps: dict[str, Stamp] = {}
    gone: list[str] = []
    for path, known_hash, due, *known in _read_known_files(connection, job, now, all_files=read_all):
        stamp = new.pop(path, None)
        is_unreadable = stamp is None and not job.listing.can_tell(path)
        if stamp is None and not is_unreadable and job.covers(path):
            if path not in job.unconfirmed:
                gone.append(path)
            continue
        if read_all or (due is not None and due <= now) or path in stale:
            wanted_hash = None
        elif is_unreadable or (stamp is not None and (stamp != tuple(known) or path in named)):
            wanted_hash = known_hash
        else:
            continue
        stamp = stamp or Stamp(*known)
        tasks.append(Task(path, wanted_hash, stamp.size))
        stamps[path] = _keep_stamp(stamp, moment)
    for path, stamp in new.items():
        tasks.append(Task(path, None, stamp.size))
        stamps[path] = _keep_stamp(stamp, moment)
    for chunk in make_chunks(sorted(stale.difference(gone, (task.path for task in tasks)))):
        rows = connection.execute(f"{_FILES} WHERE path IN {placeholders(len(chunk))}", chunk)
        for path, _, _, *known in rows:
            tasks.append(Task(path, None, Stamp(*known).size))
            stamps[path] = Stamp(*known)
    tasks.sort(key=attrgetter("path"))
    return _FileDifference(tuple(tasks), stamps, tuple(sorted(gone)), frozenset(new), read_all)


def _keep_stamp(stamp: Stamp, now: int) -> Stamp:
    """Return the stamp to keep of a file, without times if it may still be written."""
    fresh = now - _FRESH_NANOSECONDS
    if stamp.mtime > fresh or fresh < stamp.ctime < now + _LONGEST_LISTING_NANOSECONDS:
        return Stamp(stamp.size, 0)
    return stamp


def _apply(connection: Connection, difference: _Difference, job: Job[Any]) -> Changes:
    """Look at the files of a difference, and write it into the index."""
    # Loaded when there is something to write: most syncs find nothing.
    from feeds.index.write.batch import Batch
    from feeds.sync.last_good import LastGood

    files = difference.files
    removals = _Removals(connection, files, job)
    batch = Batch(connection, difference.generation + 1, job.now)
    last_good = LastGood(
        connection,
        job.now,
        is_new=batch.is_empty,
        render=job.render if files.read_all else None,
        stamps=job.listing.files if job.settle else None,
    )
    batch.remove(files.gone)
    done = read = 0
    untrusted: list[str] = [*job.unconfirmed]
    unsettled: list[str] = [*job.unconfirmed]
    job.progress(0, len(files.tasks))
    for found in job.mapper(job.work, divide_tasks(files.tasks)):
        decisions = last_good.decide(job.complete(found))
        results = decisions.results
        removals.count(results, decisions.lost)
        unsettled += decisions.unsettled
        writes = _classify(results, files.stamps)
        batch.restamp((path, writes.stamps[path]) for path in writes.restamped)
        batch.store(writes.stored, writes.stamps)
        untrusted += [path for path, stamp in writes.stamps.items() if not stamp.mtime]
        done, read = done + len(results), read + len(writes.stored)
        job.progress(done, len(files.tasks))
    for channel in difference.expired_channels:
        batch.mark_channel(channel)
    removals.guard()
    batch.finish()
    changed = (*files.stamps, *files.gone)
    known_files.store_folders(connection, job.listing, changed, whole=job.below is None)
    known_files.forget_folders(connection, untrusted)
    _store_fingerprints(connection, difference, job, batch.date)
    generation = difference.generation
    if read or files.gone or difference.expired_channels:
        generation += 1
        begin_generation(connection, generation)
    return Changes(read, len(files.gone), generation, tuple(unsettled))


def _classify(results: Iterable[Result], stamps: Mapping[str, Stamp]) -> _Writes:
    """Decide what to write of each result, by its state. Pure.

    A file that vanished after it was listed stays as the index knows it: the next sync tells
    whether it is gone. Like every file that could not be read, it has no hash.
    """
    kept: dict[str, Stamp] = {}
    restamped: list[str] = []
    stored: list[Result] = []
    for result in results:
        kept[result.path] = stamps[result.path] if result.hash else _UNREADABLE
        if result.state in ("same", "vanished"):
            restamped.append(result.path)
        else:
            stored.append(result)
    return _Writes(kept, restamped, stored)


class _Removals:
    """Counts the articles that would vanish; the job's guard raises if too many."""

    def __init__(self, connection: Connection, files: _FileDifference, job: Job[Any]) -> None:
        """Raise at once if too many files are gone, before anything is read."""
        self._connection = connection
        self._files = files
        self._guard = job.guard
        self._lost = self._faulty = 0
        self._known = _count_files(connection) if files.gone else None
        if self._known is not None:
            self.guard()

    def count(self, results: Sequence[Result], lost: int) -> None:
        """Count the articles lost with some results, and new files that cannot be shown."""
        self._lost += lost
        if self._files.gone:
            self._faulty += sum(one.state == "faulty" and one.path in self._files.new for one in results)

    def guard(self) -> None:
        """Raise if too many articles would vanish."""
        # A file that was moved is gone and new.
        gone = max(len(self._files.gone) - len(self._files.new) + self._faulty, 0)
        if gone + self._lost:
            known = _count_files(self._connection) if self._known is None else self._known
            self._guard(gone + self._lost, known)


def _count_files(connection: Connection) -> int:
    (number,) = connection.execute("SELECT count(*) FROM files").fetchone()
    return int(number)


def _store_fingerprints(connection: Connection, difference: _Difference, job: Job[Any], date: int) -> None:
    set_meta(connection, "work", job.fingerprints.work)
    set_meta(connection, "synced", str(int(job.now.timestamp())))
    if difference.site_changed:
        set_meta(connection, "site", job.fingerprints.site)
        set_meta(connection, "site_changed", str(date))
        change_dates.note_date(connection, date)


def _find_expired_channels(connection: Connection, job: Job[Any]) -> tuple[int, ...]:
    """Find the channels that change by time alone.

    An article has left the window of a selection since that last changed, a tombstone is old enough to go,
    or lists no longer name a channel because it has been empty for long.
    """
    expired = withdrawn.find_expired(connection, job.now) | withdrawn.find_long_empty(connection, job.now)
    for name, seconds in job.windows.items():
        limit = seconds - int(job.now.timestamp())
        row = connection.execute(
            "SELECT channels.key FROM channels JOIN members ON members.channel = channels.key"
            " WHERE kind = 'feeds' AND name = ? AND age >= ? AND age < ? - changed LIMIT 1",
            (name, limit, seconds),
        ).fetchone()
        expired.update(row or ())
    return tuple(sorted(expired))


def _read_known_files(connection: Connection, job: Job[Any], now: int, *, all_files: bool) -> Rows:
    """Read what the index knows of the files that the job may change, each once."""
    if job.below is not None:
        return _read_files_below(connection, job.below, now)
    if all_files or not job.listing.same:
        return connection.execute(_FILES)
    folders = sorted({*job.listing.folders, *known_files.find_vanished_folders(connection, job.listing)})
    if len(folders) > _MOST_FOLDERS:
        return connection.execute(_FILES)
    return connection.execute(
        f"{_FILES} WHERE due <= ? OR folder IN {placeholders(len(folders))}", (now, *folders)
    )


def _read_files_below(connection: Connection, paths: Sequence[str], now: int) -> Rows:
    """Read what the index knows of files that are due, and of those below some paths."""
    # "0" is the character after "/", so the primary key finds what is below a path.
    conditions = ["due <= ?", *("path = ? OR path > ? AND path < ?" for _ in paths)]
    bounds = [bound for path in paths for bound in (path, f"{path}/", f"{path}0")]
    return connection.execute(f"{_FILES} WHERE {' OR '.join(conditions)}", (now, *bounds))


def _read_generation(connection: Connection) -> int:
    return int(get_meta(connection, "generation") or 0)
