"""Makes documents and puts them in place, in this process or in several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import groupby

from feeds.freeze.compressed import CompressedCopies
from feeds.freeze.folder import OutputFolder
from feeds.freeze.manifest import NO_STAMP, BatchOutcome, FileStamp, Manifest, Written
from feeds.index.read.overview import State
from feeds.lib.processes import map_in_processes
from feeds.model import Document
from feeds.publisher.changes import Place
from feeds.publisher.feed_documents import etag
from feeds.publisher.snapshot import Publisher, Snapshot

# Enough that handing them out costs nothing beside making them.
_BATCH = 32
Batch = Sequence[Place]


def file_path(path: str) -> str:
    """The file that holds the document of a path."""
    return f"{path}index.html" if path == "" or path.endswith("/") else path


def make_document(site: Snapshot, place: Place) -> Document:
    """The document of a place; at the old path of a renamed channel, that of the new one."""
    document = site.document(site.site.moved(place.path) or place.path)
    assert document is not None  # noqa: S101 - every place has a document
    return document


class DocumentWriter:
    """Puts the documents of one state of the site in place."""

    def __init__(
        self, site: Snapshot, tree: OutputFolder, old: Manifest, codings: Sequence[str], *, dry_run: bool
    ) -> None:
        self._site = site
        self._tree = tree
        self._old = old
        self._codings = codings
        self._dry_run = dry_run

    def __call__(self, places: Batch) -> BatchOutcome:
        """Make the document of each place, and write those that its file does not hold already."""
        done = BatchOutcome()
        siblings = CompressedCopies(self._tree, self._old, self._codings, done, dry_run=self._dry_run)
        for place in places:
            file = file_path(place.path)
            document = self.document(place)
            done.plan.faults.update(document.faults)
            siblings.put(file, document, partial(self._write, file, document, done))
        return done

    def document(self, place: Place) -> Document:
        """The document of a place."""
        return make_document(self._site, place)

    def on_disk(self, file: str) -> str | None:
        """The tag of what a file holds, None where there is none."""
        body = self._tree.read(file) if file in self._tree.files else None
        return None if body is None else etag(body)

    def _write(self, file: str, document: Document, done: BatchOutcome) -> None:
        known = self._old.files.get(file)
        intact = known is not None and known.stamp == self._tree.files.get(file)
        held = known.etag if known is not None and intact else self.on_disk(file)
        if held == document.etag:
            done.plan.kept.append(file)
        else:
            done.plan.written.append(file)
            if not self._dry_run:
                self._tree.write(file, document.body)
        # Where an article is missing by our own fault, the next freeze makes the document again, and tells it again.
        stamp = NO_STAMP if document.faults else self._tree.files.get(file, FileStamp(0, 0))
        done.files[file] = Written(document.etag, stamp)


class StateChangedError(Exception):
    """The index has come to another state than the one that is being frozen."""


class _WriterInProcess:
    """A putter for processes forked from this one: each opens the same state for itself."""

    def __init__(
        self, publisher: Publisher, state: State, make: Callable[[Snapshot], DocumentWriter]
    ) -> None:
        self._publisher = publisher
        self._state = state
        self._make = make
        self._open = ExitStack()
        self._putter: DocumentWriter | None = None

    def __call__(self, places: Batch) -> BatchOutcome:
        if self._putter is None:
            site = self._open.enter_context(self._publisher.snapshot())
            if site.state != self._state:
                raise StateChangedError
            self._putter = self._make(site)
        return self._putter(places)


def write_here(putter: DocumentWriter, places: Batch) -> Iterator[BatchOutcome]:
    """Put documents in place: feeds, then the pages that link to them."""
    for stage in _stages(places):
        yield from map(putter, stage)


def write_in_processes(
    publisher: Publisher, state: State, make: Callable[[Snapshot], DocumentWriter], places: Batch
) -> Iterator[BatchOutcome]:
    """Do what :func:`write_here` does, in forked processes. Raises :class:`StateChangedError`."""
    # A database that is open here must not be used there (sqlite.org/howtocorrupt.html, 2.6).
    publisher.index.close()
    with publisher.index.sharing():
        yield from map_in_processes(_WriterInProcess(publisher, state, make), *_stages(places))


def _stages(places: Batch) -> Iterator[list[Batch]]:
    """Batches that may be put at the same time; those of the next stage link to those of the last."""
    for _, stage in groupby(places, key=lambda place: place.stage):
        yield list(_batches(stage))


def _batches(places: Iterable[Place]) -> Iterator[Batch]:
    """Batches in which a channel's archive stands before the document that links to it."""
    batch: list[Place] = []
    for _, same in groupby(places, key=lambda place: place.channel):
        batch.extend(same)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
