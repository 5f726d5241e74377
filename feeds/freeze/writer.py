"""Makes documents and writes them into a folder, in this process or in several."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import groupby

import msgspec

from feeds import formats
from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.freeze.compressed import CompressedCopies
from feeds.freeze.file_table import NO_STAMP, FileStamp, Written
from feeds.freeze.folder import OutputFolder
from feeds.freeze.manifest import Manifest
from feeds.freeze.plan import BatchOutcome, find_file
from feeds.index.read.overview import State
from feeds.lib.processes import PackedWork, map_in_processes
from feeds.model import Document
from feeds.publisher.changes import Place
from feeds.publisher.feed_documents import make_etag
from feeds.publisher.snapshot import Publisher, Snapshot
from feeds.publisher.targets import FileTarget, PictureTarget

# Documents in a batch: enough that handing a batch to a process costs little beside making them.
_LEAST, _MOST = 16, 128
# Batches for each core, so that all cores are busy to the end.
_SHARES = 16
Batch = Sequence[Place]
_decode = msgspec.msgpack.Decoder(BatchOutcome).decode


class DocumentWriter:
    """Makes the documents of one state of the site, and puts them into a folder.

    ``old`` is the manifest of the last freeze, ``codings`` those of the compressed copies that are wanted.
    """

    def __init__(
        self, site: Snapshot, folder: OutputFolder, old: Manifest, codings: Sequence[str], *, dry_run: bool
    ) -> None:
        self._site = site
        self._folder = folder
        self._old = old
        self._copies = CompressedCopies(folder, old, codings, dry_run=dry_run)
        self._dry_run = dry_run

    def __call__(self, places: Batch) -> BatchOutcome:
        """Make the document of each place, and write those that changed."""
        done = BatchOutcome()
        for place in places:
            document = make_document_at(self._site, place)
            done.outcome.problems.update(document.problems)
            self._write_with_copies(find_file(place.path), document, done)
        return done

    def _write_with_copies(self, file: str, document: Document, done: BatchOutcome) -> None:
        """Put a document in place, and its compressed copies beside it.

        A server sends a copy without a look at the document. So outdated copies go first, and the
        new ones come last: whenever a freeze is killed, the document is at worst served uncompressed.
        The next freeze finds that they are missing.
        """
        changes = self._copies.find_changes(file, document, done)
        self._copies.remove_outdated(changes)
        self._write(file, document, done)
        self._copies.write(changes, document, done)

    def _write(self, file: str, document: Document, done: BatchOutcome) -> None:
        if self._find_hash(file) == document.etag:
            done.outcome.kept.append(file)
        else:
            done.outcome.written.append(file)
            if not self._dry_run:
                self._folder.write(file, document.body)
        # If a bug of ours leaves an article out, the next freeze makes the document again, and reports it again.
        stamp = NO_STAMP if document.problems else self._folder.files.get(file, FileStamp(0, 0))
        done.files[file] = Written(document.etag, stamp)

    def _find_hash(self, file: str) -> str | None:
        """Find the hash of a file's bytes; read it only if its stamp has changed."""
        stamp = self._folder.files.get(file)
        known = self._old.files.get(file)
        if known is not None and known.stamp == stamp:
            return known.etag
        body = None if stamp is None else self._folder.read(file)
        return None if body is None else make_etag(body)


def make_document_at(site: Snapshot, place: Place) -> Document:
    """Make the document of a place.

    An old path of a renamed channel has the document of the new one. Raises :class:`StorageError` if the
    file of an article is gone.
    """
    document = site.make(place.target)
    if document is None and isinstance(place.target, FileTarget | PictureTarget):
        raise StorageError(f"{place.path}: the file was taken away meanwhile. Freeze again.")
    assert document is not None  # noqa: S101 - every other place has a document
    return document


class StateChangedError(Exception):
    """The index is no longer in the state that is being frozen."""


class _WriterInProcess:
    """A writer for forked processes: each opens the same state for itself.

    It gets the number of a batch, because the processes have the batches of this one.
    """

    def __init__(
        self,
        publisher: Publisher,
        state: State,
        make_writer: Callable[[Snapshot], DocumentWriter],
        batches: Sequence[Batch],
    ) -> None:
        self._publisher = publisher
        self._state = state
        self._make_writer = make_writer
        self._batches = batches
        self._open = ExitStack()
        self._writer: DocumentWriter | None = None

    def __call__(self, number: int) -> BatchOutcome:
        if self._writer is None:
            site = self._open.enter_context(self._publisher.snapshot())
            if site.state != self._state:
                raise StateChangedError
            self._writer = self._make_writer(site)
        return self._writer(self._batches[number])

    def close(self) -> None:
        """Close the state, if it was opened in this process."""
        self._open.close()


def write_here(writer: DocumentWriter, places: Batch) -> Iterator[BatchOutcome]:
    """Put documents in place: feeds, then the pages that link to them."""
    for stage in _group_stages(places):
        yield from map(writer, stage)


def write_in_processes(
    publisher: Publisher, state: State, make_writer: Callable[[Snapshot], DocumentWriter], places: Batch
) -> Iterator[BatchOutcome]:
    """Do what :func:`write_here` does, in forked processes.

    Raises :class:`StateChangedError`.
    """
    _import_makers(publisher.config)
    # A database that is open here must not be used there (sqlite.org/howtocorrupt.html, 2.6).
    publisher.index.close()
    batches: list[Batch] = []
    numbers: list[range] = []
    for stage in _group_stages(places):
        numbers.append(range(len(batches), len(batches) + len(stage)))
        batches += stage
    work = _WriterInProcess(publisher, state, make_writer, batches)
    with publisher.index.sharing(), closing(work):
        yield from map(_decode, map_in_processes(PackedWork(work), *numbers))


def _import_makers(config: Config) -> None:
    """Import what makes documents, so that no forked process has to do it again."""
    for name in config.feeds.formats:
        formats.load(name)
    if any(name != "json" for name in config.feeds.formats):
        import feeds.formats.feedgen_heads
    if config.output.pages:
        import feeds.publisher.page_documents  # noqa: F401


def _group_stages(places: Batch) -> Iterator[list[Batch]]:
    """Group places into batches that may be written at the same time, stage by stage.

    Documents link to those of the stage before.
    """
    shares = _SHARES * (os.cpu_count() or 1)
    for _, same in groupby(places, key=lambda place: place.stage):
        stage = list(same)
        yield list(_group_batches(stage, max(_LEAST, min(_MOST, len(stage) // shares))))


def _group_batches(places: Iterable[Place], size: int) -> Iterator[Batch]:
    """Group places into batches of at least a size, each archive before its links."""
    batch: list[Place] = []
    for _, same in groupby(places, key=lambda place: place.channel):
        batch.extend(same)
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch
