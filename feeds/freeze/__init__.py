"""Writes every document as a file, and only those that changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from feeds.assets import fingerprint
from feeds.errors import StorageError
from feeds.freeze.manifest import Manifest, Written
from feeds.freeze.tree import Tree
from feeds.model import Document
from feeds.publisher import Place, Publisher, Snapshot, etag

__all__ = ["Plan", "file_path", "freeze"]


class Plan(msgspec.Struct):
    """What a freeze did or, in a dry run, would do; files relative to the output folder.

    ``first`` says that no freeze had written the folder before.
    """

    written: list[str]
    kept: list[str]
    deleted: list[str]
    first: bool = False


def freeze(
    publisher: Publisher,
    output: Path,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Plan:
    """Make ``output`` hold the site, writing what changed and deleting what is gone.

    Feeds come first, pages that link to them after, deletions last; each file is
    replaced whole. Raises :class:`StorageError` where a file cannot be written, or
    where one stands in the way that no freeze has written.
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
        )
        self._plan = Plan([], [], [], first=not self._ours)

    def run(self, progress: Callable[[int, int], None]) -> Plan:
        places = list(self._site.places(self._since()))
        self._refuse_foreign(places)
        if not self._dry_run:
            self._begin()
        for done, place in enumerate(places, start=1):
            self._put(place)
            progress(done, len(places))
        self._plan.deleted = sorted(
            file for file in self._old.files if file not in self._new.files and file in self._tree.files
        )
        if not self._dry_run:
            self._tree.remove(self._plan.deleted)
            if self._new != self._old:
                self._tree.write(Manifest.NAME, self._new.encoded())
        return self._plan

    def _begin(self) -> None:
        """Claim the folder before the first file, so that a killed freeze can be gone on with."""
        self._tree.prepare()
        if not self._ours:
            self._tree.write(Manifest.NAME, self._old.encoded())

    def _refuse_foreign(self, places: list[Place]) -> None:
        for place in () if self._ours else places:
            file = file_path(place.path)
            if file in self._tree.files and self._on_disk(file) != self._document(place).etag:
                raise StorageError(
                    f"{self._tree.root / file}: stands in the way, and no freeze has written it."
                    " Remove it, or choose another folder with --output."
                )

    def _put(self, place: Place) -> None:
        """Write the document of a place unless its file holds it already."""
        file = file_path(place.path)
        known = self._old.files.get(file)
        stamp = self._tree.files.get(file)
        intact = known is not None and stamp is not None and known.stamp == stamp
        if known is not None and intact and not place.changed:
            self._new.files[file] = known
            self._plan.kept.append(file)
            return
        document = self._document(place)
        held = known.etag if known is not None and intact else self._on_disk(file)
        if held == document.etag:
            self._plan.kept.append(file)
        else:
            self._plan.written.append(file)
            if not self._dry_run:
                self._tree.write(file, document.body)
        if not self._dry_run:
            self._new.files[file] = Written(document.etag, self._tree.files[file])

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
