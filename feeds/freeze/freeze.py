"""Writes every document as a file, and only those that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from functools import partial
from itertools import chain
from pathlib import Path

import msgspec

from feeds.config import removal_limit
from feeds.errors import StorageError
from feeds.freeze import hosts
from feeds.freeze.compressed import CompressedCopies
from feeds.freeze.folder import OutputFolder
from feeds.freeze.host_files import Hosting
from feeds.freeze.lock import lock_folder
from feeds.freeze.manifest import (
    NO_STAMP,
    BatchOutcome,
    Manifest,
    Outcome,
    Written,
    describe_state,
    find_generation,
)
from feeds.freeze.writer import DocumentWriter, StateChangedError, file_path, write_here, write_in_processes
from feeds.lib import processes
from feeds.lib.storage.files import sweep
from feeds.paths import YIELDING
from feeds.publisher.changes import Place
from feeds.publisher.snapshot import Publisher, Snapshot

__all__ = ["Outcome", "file_path", "freeze"]

# Of a file that is about to be written for the first time.
_CLAIM = Written("", NO_STAMP)


def freeze(
    publisher: Publisher,
    output: Path | str,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    say: Callable[[str], None] = lambda _text: None,
) -> Outcome:
    """Make ``output`` hold the site, writing what changed and deleting what is gone.

    It is a folder, or the address of one in an object store; ``say`` is told, in sentences, of requests
    to that which are tried again.

    Feeds come first, pages that link to them after, deletions last; each file is
    replaced whole. Compressed files stand beside their documents, and files for web hosts
    in the folder or beside it, where the configuration asks for them. Where much is to be
    written, it is made in several processes.

    Raises :class:`StorageError` where a file cannot be written, where one stands in
    the way that no freeze has written, or where another freeze does not end; and
    :class:`feeds.errors.RemovalsError` where too many articles are gone.
    """
    if isinstance(output, str):
        from feeds.freeze.upload import upload

        return upload(publisher, output, dry_run=dry_run, progress=progress, say=say)
    with nullcontext() if dry_run else lock_folder(output):
        return _freeze(publisher, output, progress, dry_run=dry_run)


def _freeze(
    publisher: Publisher, output: Path, progress: Callable[[int, int], None], *, dry_run: bool
) -> Outcome:
    with publisher.snapshot() as site:
        job = _Freeze(site, output, dry_run=dry_run)
        if len(job.pending) < processes.WORTH_FORKING or not processes.can_fork():
            return job.run(write_here(job.putter(site), job.pending), progress)
    try:
        return job.run(write_in_processes(publisher, site.state, job.putter, job.pending), progress)
    except StateChangedError:
        # What was written of the older state is found again by its bytes.
        with publisher.snapshot() as site:
            job = _Freeze(site, output, dry_run=dry_run)
            return job.run(write_here(job.putter(site), job.pending), progress)


class _Freeze:
    """One freeze: decides for each place, has those put in place that need it, and cleans up."""

    def __init__(self, site: Snapshot, output: Path, *, dry_run: bool) -> None:
        self._site = site
        self._tree = OutputFolder(output)
        self._dry_run = dry_run
        manifest = Manifest.load(output)
        self._ours = manifest is not None
        self._old = manifest or Manifest()
        self._new = Manifest(**describe_state(site))
        self._done = BatchOutcome(Outcome(first=not self._ours), self._new.files, self._new.packed)
        self._plan = self._done.plan
        self._siblings = CompressedCopies(
            self._tree, self._old, self._new.codings, self._done, dry_run=dry_run
        )
        self._hosting = Hosting(site, output, self._old.files, self._plan, dry_run=dry_run)
        places = [
            place
            for place in site.places(find_generation(site, self._old, self._new))
            if not self._gives_way(place)
        ]
        self._claimed = {
            p.path: _CLAIM for p in places if p.path in YIELDING and p.path not in self._old.files
        }
        self._refuse_foreign(places)
        self._unwanted = self._siblings.unwanted(
            chain(self._old.files, (file_path(place.path) for place in places))
        )
        self.pending = [place for place in places if not self._keep(place)]

    def putter(self, site: Snapshot) -> DocumentWriter:
        """What puts documents of this state into this tree."""
        return DocumentWriter(site, self._tree, self._old, self._new.codings, dry_run=self._dry_run)

    def run(self, work: Iterator[BatchOutcome], progress: Callable[[int, int], None]) -> Outcome:
        """Do all but the work of putting documents in place, and that by asking for its answers."""
        if not self._dry_run:
            removed = self._old.articles - self._new.articles
            removal_limit.refuse(self._site.config, self._tree.root, removed, self._old.articles)
            self._begin()
        # At once: beside a document that changes, they would be out of date.
        self._delete(self._unwanted)
        finished = 0
        for done in work:
            self._merge(done)
            finished += len(done.files)
            progress(finished, len(self.pending))
        self._hosting.put()
        here = self._new.files.keys() | self._hosting.wanted
        gone = [file for file in self._old.files if file not in here]
        # Compressed files first, since a server sends them without their document.
        self._delete(self._siblings.beside(gone))
        self._delete(file for file in gone if file in self._tree.files)
        self._plan.deleted.sort()
        if not self._dry_run and self._new != self._old:
            self._tree.write(Manifest.NAME, self._new.encode())
        return self._plan

    def _begin(self) -> None:
        """Claim the folder, files of these codings beside the documents, and those that give way,
        before the first file is written, so that a killed freeze can be gone on with."""  # noqa: D205, D209 - one sentence
        self._tree.prepare()
        config = self._site.config
        for folder in {self._tree.root.parent, config.digests_path.parent, config.index_path.parent}:
            sweep(folder)
        codings = sorted({*self._old.codings, *self._new.codings})
        if not self._ours or codings != self._old.codings or self._claimed:
            claims = {**self._old.files, **self._claimed}
            claimed = msgspec.structs.replace(self._old, codings=codings, files=claims)
            self._tree.write(Manifest.NAME, claimed.encode())

    def _gives_way(self, place: Place) -> bool:
        """Whether the site has a file of its own where another site has this one of ours."""
        file = place.path
        if file not in YIELDING or file in self._old.files or file not in self._tree.files:
            return False
        return not hosts.is_ours(self._tree.read(file) or b"")

    def _refuse_foreign(self, places: list[Place]) -> None:
        putter = self.putter(self._site)
        for place in places if not self._ours or self._siblings.claim_more else ():
            file = file_path(place.path)
            foreign = not self._ours and file in self._tree.files
            if foreign and putter.on_disk(file) != putter.document(place).etag:
                raise _in_the_way(self._tree.root / file)
            for name in self._siblings.foreign(file, partial(putter.document, place)):
                raise _in_the_way(self._tree.root / name)
        self._hosting.refuse_foreign()

    def _keep(self, place: Place) -> bool:
        """Leave the file of a place, and those beside it, where they hold its document already."""
        file = file_path(place.path)
        known = self._old.files.get(file)
        if known is None or place.changed or known.stamp != self._tree.files.get(file):
            return False
        if not self._siblings.fit(file, known.etag):
            return False
        self._new.files[file] = known
        self._plan.kept.append(file)
        self._siblings.keep(file)
        return True

    def _merge(self, done: BatchOutcome) -> None:
        plan = done.plan
        self._plan.written += plan.written
        self._plan.kept += plan.kept
        self._plan.deleted += plan.deleted
        self._plan.faults |= plan.faults
        self._new.files.update(done.files)
        self._new.packed.update(done.packed)

    def _delete(self, files: Iterable[str]) -> None:
        files = list(files)
        self._plan.deleted.extend(files)
        if not self._dry_run:
            self._tree.remove(files)


def _in_the_way(file: Path) -> StorageError:
    return StorageError(
        f"{file}: stands in the way, and no freeze has written it."
        " Remove it, or choose another folder with --output."
    )
