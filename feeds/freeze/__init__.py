"""Writes every document as a file, and only those that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from pathlib import Path

import msgspec

from feeds.assets import fingerprint
from feeds.errors import StorageError
from feeds.freeze.hosting import Hosting
from feeds.freeze.manifest import FileStamp, Manifest, Written
from feeds.freeze.plan import Plan
from feeds.freeze.siblings import Siblings
from feeds.freeze.tree import Tree
from feeds.model import Document
from feeds.publisher import Place, Publisher, Snapshot, etag

__all__ = ["Plan", "file_path", "freeze"]


def freeze(
    publisher: Publisher,
    output: Path,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Plan:
    """Make ``output`` hold the site, writing what changed and deleting what is gone.

    Feeds come first, pages that link to them after, deletions last; each file is
    replaced whole. Compressed files stand beside their documents, and files for web hosts
    in the folder or beside it, where the configuration asks for them.

    Raises :class:`StorageError` where a file cannot be written, or where one stands in
    the way that no freeze has written.
    """
    tree = Tree(output)
    manifest = Manifest.load(output)
    with publisher.snapshot() as site:
        return _Freeze(site, tree, manifest, dry_run=dry_run).run(progress)


def file_path(path: str) -> str:
    """The file that holds the document of a path."""
    return f"{path}index.html" if path == "" or path.endswith("/") else path


class _Freeze:
    """One freeze: decides for each place, then writes."""

    def __init__(self, site: Snapshot, tree: Tree, manifest: Manifest | None, *, dry_run: bool) -> None:
        self._site = site
        self._tree = tree
        self._dry_run = dry_run
        self._ours = manifest is not None
        self._old = manifest or Manifest()
        self._new = Manifest(
            generation=site.state.generation,
            token=site.state.token,
            site=fingerprint(site.config),
            layout=site.channels.layout(),
            codings=sorted(site.config.output.compress),
        )
        self._plan = Plan([], [], [], first=not self._ours)
        self._siblings = Siblings(tree, self._old, self._new, self._plan, dry_run=dry_run)
        self._hosting = Hosting(site, tree.root, self._plan, dry_run=dry_run)

    def run(self, progress: Callable[[int, int], None]) -> Plan:
        places = list(self._site.places(self._since()))
        self._refuse_foreign(places)
        if not self._dry_run:
            self._begin()
        # At once: beside a document that changes, they would be out of date.
        self._delete(self._siblings.unwanted(chain(self._old.files, (file_path(p.path) for p in places))))
        for done, place in enumerate(places, start=1):
            self._put(place)
            progress(done, len(places))
        self._hosting.put()
        gone = [file for file in self._old.files if file not in self._new.files]
        # Compressed files first, since a server sends them without their document.
        self._delete(self._siblings.beside(gone))
        self._delete(file for file in gone if file in self._tree.files)
        self._plan.deleted.sort()
        if not self._dry_run and self._new != self._old:
            self._tree.write(Manifest.NAME, self._new.encoded())
        return self._plan

    def _begin(self) -> None:
        """Claim the folder, and files of these codings beside the documents, before the first file
        is written, so that a killed freeze can be gone on with."""  # noqa: D205, D209 - one sentence
        self._tree.prepare()
        claimed = sorted({*self._old.codings, *self._new.codings})
        if not self._ours or claimed != self._old.codings:
            self._tree.write(Manifest.NAME, msgspec.structs.replace(self._old, codings=claimed).encoded())

    def _refuse_foreign(self, places: list[Place]) -> None:
        for place in places if not self._ours or self._siblings.claim_more else ():
            file = file_path(place.path)
            foreign = not self._ours and file in self._tree.files
            if foreign and self._on_disk(file) != self._document(place).etag:
                raise _in_the_way(self._tree.root / file)
            for name in self._siblings.foreign(file, partial(self._document, place)):
                raise _in_the_way(self._tree.root / name)
        self._hosting.refuse_foreign()

    def _put(self, place: Place) -> None:
        """Write the document of a place unless its file holds it already."""
        file = file_path(place.path)
        known = self._old.files.get(file)
        stamp = self._tree.files.get(file)
        intact = known is not None and stamp is not None and known.stamp == stamp
        if known is not None and intact and not place.changed and self._siblings.fit(file, known.etag):
            self._new.files[file] = known
            self._plan.kept.append(file)
            self._siblings.keep(file)
            return
        document = self._document(place)
        held = known.etag if known is not None and intact else self._on_disk(file)
        self._siblings.put(file, document, partial(self._write, file, document, held))

    def _write(self, file: str, document: Document, held: str | None) -> None:
        if held == document.etag:
            self._plan.kept.append(file)
        else:
            self._plan.written.append(file)
            if not self._dry_run:
                self._tree.write(file, document.body)
        self._new.files[file] = Written(document.etag, self._tree.files.get(file, FileStamp(0, 0)))

    def _delete(self, files: Iterable[str]) -> None:
        files = list(files)
        self._plan.deleted.extend(files)
        if not self._dry_run:
            self._tree.remove(files)

    def _since(self) -> int:
        """The generation that the tree shows; -1 where it cannot be compared with this site."""
        old, new = self._old, self._new
        same_site = (old.site, old.layout) == (new.site, new.layout)
        return old.generation if same_site and self._site.has_been(old.generation, old.token) else -1

    def _document(self, place: Place) -> Document:
        path = self._site.site.moved(place.path) or place.path
        document = self._site.document(path)
        assert document is not None  # noqa: S101 - every place has a document
        return document

    def _on_disk(self, file: str) -> str | None:
        body = self._tree.read(file) if file in self._tree.files else None
        return None if body is None else etag(body)


def _in_the_way(file: Path) -> StorageError:
    return StorageError(
        f"{file}: stands in the way, and no freeze has written it."
        " Remove it, or choose another folder with --output."
    )
