"""Does what a freeze of a folder has planned: documents, host files, deletions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from feeds.config import safeguards
from feeds.config.schema import Config
from feeds.freeze.file_table import ABSENT, NO_STAMP, Written
from feeds.freeze.folder import OutputFolder
from feeds.freeze.host_files import HostPlan, apply_host_plan
from feeds.freeze.manifest import Manifest, find_latest_time
from feeds.freeze.plan import BatchOutcome, Outcome, Progress, TreeChanges, find_file
from feeds.freeze.writer import DocumentWriter
from feeds.lib import processes
from feeds.lib.compression import ENDINGS
from feeds.lib.storage.files import is_of_wrong_clock, remove_leftovers
from feeds.model import Problem
from feeds.publisher.snapshot import Snapshot

# Of a file that is about to be written for the first time.
_CLAIM = Written("", NO_STAMP)


class FolderJob(msgspec.Struct, frozen=True):
    """A freeze of a folder: the old manifest, the new one, and what to do between."""

    config: Config
    folder: OutputFolder
    old: Manifest
    new: Manifest
    plan: TreeChanges
    hosts: HostPlan
    first: bool
    problems: tuple[Problem, ...]
    dry_run: bool

    def make_writer(self, site: Snapshot) -> DocumentWriter:
        """Make what puts documents of this state into the folder."""
        return DocumentWriter(site, self.folder, self.old, self.new.codings, dry_run=self.dry_run)

    def apply(self, work: Iterator[BatchOutcome], progress: Progress) -> Outcome:
        """Do what is planned; ``work`` writes the documents as its answers are asked for."""
        outcome = Outcome(kept=list(self.plan.kept), first=self.first, problems=set(self.problems))
        if not self.dry_run:
            self._begin()
            if self.first:
                # If it is interrupted, the next freeze looks into each file that the manifest claims.
                self.folder.put_off_syncing()
        # At once: beside a document that changes, they would be out of date.
        self._delete(self.plan.stale_copies, outcome)
        self._write(work, outcome, progress)
        outcome.written.extend(self.hosts.write)
        outcome.kept.extend(self.hosts.keep)
        outcome.deleted.extend(self.hosts.delete)
        if not self.dry_run:
            apply_host_plan(self.folder.root, self.hosts)
        self._delete(self.plan.doomed, outcome)
        outcome.deleted.sort()
        if not self.dry_run:
            self._finish()
        return outcome

    def _begin(self) -> None:
        """Refuse too many removals, clean up after killed freezes, and claim what comes.

        The claim is written before the first file, so that the next freeze knows what one that was killed wrote. It
        covers the folder, each file that was not there, and the copies in these codings.
        """
        removed = self.old.count_lost(self.new)
        safeguards.refuse_removals(self.config, self.folder.root, removed, self.old.articles)
        self.folder.prepare()
        remove_all_leftovers(self.config, self.folder.root)
        codings = sorted({*self.old.codings, *self.new.codings})
        pending = [find_file(place.path) for place in self.plan.pending]
        claims = {file: _CLAIM for file in pending if file not in self.old.files}
        missing = set(_list_missing_copies(self.old, pending, codings))
        if self.first or codings != self.old.codings or claims or missing:
            files = self.old.files.copy()
            files.update(claims)
            packed, _ = self.old.packed.divide(name for name in self.old.packed if name not in missing)
            claimed = msgspec.structs.replace(self.old, codings=codings, files=files, packed=packed)
            self.folder.write(Manifest.NAME, claimed.encode())

    def _write(self, work: Iterator[BatchOutcome], outcome: Outcome, progress: Progress) -> None:
        finished, pending = 0, self.plan.pending
        # Feeds and pages of articles: almost all bytes of a site. The disk writes them while the other pages are made.
        most = sum(place.stage == 0 for place in pending) if len(pending) >= processes.WORTH_FORKING else 0
        with ExitStack() as ending:
            for done in work:
                _merge(done, outcome, self.new)
                finished += len(done.files)
                progress(finished, len(pending))
                if finished == most:
                    ending.callback(self.folder.begin_syncing())

    def _delete(self, files: Sequence[str], outcome: Outcome) -> None:
        outcome.deleted.extend(files)
        if not self.dry_run:
            self.folder.remove(files)

    def _finish(self) -> None:
        """Wait until the disk has all files, and only then say so in the manifest."""
        self._correct_times()
        self.new.folders = {**self.old.folders, **self.folder.stamp_folders()}
        self.folder.sync()
        if self.new != self.old:
            self.folder.write(Manifest.NAME, self.new.encode())

    def _correct_times(self) -> None:
        """Date again what a wrong clock dated: a server would send a date yet to come."""
        # There may be a million files, and usually none is dated wrongly: look at the latest one first.
        if not is_of_wrong_clock(find_latest_time(self.new)):
            return
        for table in (self.new.files, self.new.packed):
            wrong = [
                (file, tag) for file, (tag, stamp) in table.items() if is_of_wrong_clock(int(stamp.mtime))
            ]
            table.update({file: Written(tag, self.folder.correct_time(file)) for file, tag in wrong})


def remove_all_leftovers(config: Config, output: Path) -> None:
    """Remove what killed programs left half-written near the folder and the site."""
    for folder in {output.parent, config.digests_path.parent, config.index_path.parent}:
        remove_leftovers(folder)


def _list_missing_copies(old: Manifest, files: Iterable[str], codings: Iterable[str]) -> Iterator[str]:
    """Yield the copies that were not written because they would have been no smaller."""
    endings = [ENDINGS[coding] for coding in codings]
    for file in files:
        for ending in endings:
            copy = old.packed.get(file + ending)
            if copy is not None and copy.stamp == ABSENT:
                yield file + ending


def _merge(done: BatchOutcome, outcome: Outcome, manifest: Manifest) -> None:
    outcome.written += done.outcome.written
    outcome.kept += done.outcome.kept
    outcome.deleted += done.outcome.deleted
    outcome.problems |= done.outcome.problems
    manifest.files.update(done.files)
    manifest.packed.update(done.packed)
