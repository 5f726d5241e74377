"""The compressed copies beside a document, which web servers send in its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from feeds.freeze.file_table import ABSENT, FileStamp, Written
from feeds.freeze.folder import OutputFolder
from feeds.freeze.manifest import Manifest
from feeds.freeze.plan import BatchOutcome
from feeds.lib.compression import ENDINGS, compress
from feeds.model import Document
from feeds.publisher.headers import shrinks


class CompressedCopy(NamedTuple):
    """A compressed copy as it is to be beside a document, and as it is.

    ``body`` is None if it would be no smaller than the document, ``before`` if there is none that can be read.
    ``outdated`` says that a file is there that holds something else.
    """

    name: str
    body: bytes | None
    before: bytes | None
    outdated: bool


class CompressedCopies:
    """Keeps the compressed copies of a folder in step with their documents."""

    def __init__(self, folder: OutputFolder, old: Manifest, codings: Sequence[str], *, dry_run: bool) -> None:
        self._folder = folder
        self._old = old
        self._codings = codings
        self._dry_run = dry_run

    def find_changes(self, file: str, document: Document, done: BatchOutcome) -> list[CompressedCopy]:
        """Make the copies that do not fit a document yet; note the others in ``done``."""
        changes = []
        for coding in self._codings:
            name = file + ENDINGS[coding]
            if self._old.has_copy(name, document.etag, self._folder.files.get(name)):
                self._keep(name, done)
            else:
                changes.append(self._make(name, coding, document))
        return changes

    def remove_outdated(self, changes: Iterable[CompressedCopy]) -> None:
        """Remove what may not be there when the document is another."""
        if not self._dry_run:
            self._folder.remove(copy.name for copy in changes if copy.outdated)

    def write(self, changes: Iterable[CompressedCopy], document: Document, done: BatchOutcome) -> None:
        """Put copies beside their document, and note them in ``done``."""
        for copy in changes:
            self._write(copy, done)
            stamp = ABSENT if copy.body is None else self._folder.files.get(copy.name, FileStamp(0, 0))
            done.packed[copy.name] = Written(document.etag, stamp)

    def _make(self, name: str, coding: str, document: Document) -> CompressedCopy:
        packed = compress(document.body, coding) if shrinks(document.media_type) else document.body
        wanted = packed if len(packed) < len(document.body) else None
        there = name in self._folder.files
        before = self._folder.read(name) if there else None
        return CompressedCopy(name, wanted, before, there and (before is None or before != wanted))

    def _write(self, copy: CompressedCopy, done: BatchOutcome) -> None:
        if copy.body is None:
            done.outcome.deleted.extend([] if copy.before is None else [copy.name])
        elif copy.body == copy.before:
            done.outcome.kept.append(copy.name)
        else:
            done.outcome.written.append(copy.name)
            if not self._dry_run:
                self._folder.write(copy.name, copy.body)

    def _keep(self, name: str, done: BatchOutcome) -> None:
        done.packed[name] = self._old.packed[name]
        if done.packed[name].stamp != ABSENT:
            done.outcome.kept.append(name)
