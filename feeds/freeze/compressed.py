"""The compressed files beside a document, which web servers send in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from feeds.freeze.folder import OutputFolder
from feeds.freeze.manifest import BatchOutcome, CompressedFile, FileStamp, Manifest
from feeds.lib.compression import ENDINGS, compress
from feeds.model import Document


class CompressedCopies:
    """Keeps the compressed files in step with their documents, and notes in ``done`` what it did."""

    def __init__(
        self, tree: OutputFolder, old: Manifest, codings: Sequence[str], done: BatchOutcome, *, dry_run: bool
    ) -> None:
        self._tree = tree
        self._old = old
        self._codings = set(codings)
        self._done = done
        self._plan = done.plan
        self._dry_run = dry_run
        self._endings = [(coding, ENDINGS[coding]) for coding in codings]

    def fit(self, file: str, etag: str) -> bool:
        """Whether those of a file are there already, as far as they are to be, for this document."""
        return all(self._fits(file + ending, etag) for _, ending in self._endings)

    def keep(self, file: str) -> None:
        """Leave those of a file as they are."""
        for _, ending in self._endings:
            self._keep(file + ending)

    def put(self, file: str, document: Document, write: Callable[[], None]) -> None:
        """Have ``write`` put a document in place, and the compressed files of it beside it.

        A server sends a compressed file without a look at the document. So those of the
        document before go first, and the new ones come after it: whenever a freeze is
        killed, the document is at worst served uncompressed. The next freeze finds that
        they are missing.
        """
        made = dict(self._made(file, document))
        before = {name: self._tree.read(name) for name in made if name in self._tree.files}
        stale = [name for name, body in before.items() if body is None or body != made[name]]
        if not self._dry_run:
            self._tree.remove(stale)
        write()
        for name, body in made.items():
            self._put(name, body, before.get(name))
            stamp = None if body is None else self._tree.files.get(name, FileStamp(0, 0))
            self._done.packed[name] = CompressedFile(document.etag, stamp)

    def _put(self, name: str, body: bytes | None, before: bytes | None) -> None:
        if body is None:
            self._plan.deleted.extend([] if before is None else [name])
        elif body == before:
            self._plan.kept.append(name)
        else:
            self._plan.written.append(name)
            if not self._dry_run:
                self._tree.write(name, body)

    @property
    def claim_more(self) -> bool:
        """Whether there are codings whose files this freeze is the first to write."""
        return not self._codings <= set(self._old.codings)

    def foreign(self, file: str, document: Callable[[], Document]) -> Iterator[str]:
        """Files that stand in the way of those of a file, and that no freeze has written."""
        for coding, ending in self._endings:
            name = file + ending
            unclaimed = coding not in self._old.codings and name in self._tree.files
            if unclaimed and self._tree.read(name) != compress(document().body, coding):
                yield name

    def unwanted(self, files: Iterable[str]) -> list[str]:
        """Those beside these files in codings that are no longer asked for."""
        return self._beside(files, set(self._old.codings) - self._codings)

    def beside(self, files: Iterable[str]) -> list[str]:
        """Those beside these files in codings that are still asked for."""
        return self._beside(files, set(self._old.codings) & self._codings)

    def _beside(self, files: Iterable[str], codings: Iterable[str]) -> list[str]:
        endings = [ENDINGS[coding] for coding in codings if coding in ENDINGS]
        if not endings:
            return []
        return sorted({file + end for file in files for end in endings if file + end in self._tree.files})

    def _made(self, file: str, document: Document) -> Iterator[tuple[str, bytes | None]]:
        """Those that do not fit already; None in place of one that would be no smaller."""
        for coding, ending in self._endings:
            name = file + ending
            if self._fits(name, document.etag):
                self._keep(name)
            else:
                body = compress(document.body, coding)
                yield name, body if len(body) < len(document.body) else None

    def _fits(self, name: str, etag: str) -> bool:
        known = self._old.packed.get(name)
        return known is not None and (known.source, known.stamp) == (etag, self._tree.files.get(name))

    def _keep(self, name: str) -> None:
        self._done.packed[name] = self._old.packed[name]
        if self._old.packed[name].stamp is not None:
            self._plan.kept.append(name)
