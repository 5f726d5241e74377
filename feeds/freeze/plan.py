"""Decides what a freeze does to a tree, a folder or a bucket; tells what it did.

The plan is pure: :mod:`feeds.freeze.folder_job` applies it to a folder, :mod:`feeds.freeze.upload` to a bucket.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import NamedTuple

import msgspec

from feeds.errors import StorageError
from feeds.freeze import hosts
from feeds.freeze.file_table import ABSENT, FileStamp, FileTable, Written
from feeds.freeze.manifest import Manifest
from feeds.lib.compression import ENDINGS
from feeds.model import Problem
from feeds.paths import YIELDING, is_document_path
from feeds.publisher import marks
from feeds.publisher.article_files import Stamp
from feeds.publisher.changes import Place

# Told how many of how many documents are done.
Progress = Callable[[int, int], None]


class Outcome(msgspec.Struct):
    """What a freeze did or, in a dry run, would do.

    Files are relative to the output folder. ``first`` says that no freeze had written the folder before,
    ``problems`` which articles are missing from a document.
    """

    written: list[str] = []
    kept: list[str] = []
    deleted: list[str] = []
    first: bool = False
    problems: set[Problem] = set()


class BatchOutcome(msgspec.Struct):
    """What was done for some places, for the outcome and for the new manifest."""

    outcome: Outcome = msgspec.field(default_factory=Outcome)
    files: dict[str, Written] = {}
    packed: dict[str, Written] = {}


class Tree(msgspec.Struct, frozen=True):
    """What a tree holds before a freeze.

    ``manifest`` is that of the last freeze. If there is none, as at the ``first``, it has the files that are known to
    be ours by what they hold. ``codings`` are those of its compressed copies. ``doomed`` are files that the last freeze
    was about to delete. ``look_at`` is told which files are to be written or deleted, before it matters whether they
    are in ``files``.
    """

    manifest: Manifest
    files: Mapping[str, FileStamp]
    first: bool
    codings: Collection[str] = ()
    doomed: Sequence[str] = ()
    look_at: Callable[[Iterable[str]], None] = lambda _files: None


class Contested(NamedTuple):
    """A file of somebody else in the place of a document or of its copy."""

    file: str
    place: Place
    coding: str | None


class TreeChanges(msgspec.Struct, frozen=True):
    """What a freeze has to do to a tree.

    The documents of the ``pending`` places are made, and written if their files do not hold them already.
    What is ``kept`` is not touched; ``files`` and ``packed`` are the notes of it for the new manifest. They may also
    have old notes of what is pending, which new ones replace.
    ``sources`` are the stamps of what documents are made of beside the index, ``inputs`` the hashes of what lists show.
    ``coming`` are the files of pending places. ``stale_copies`` are in codings that are no longer wanted.
    ``gone`` are the files of ours that the site has no more, ``doomed`` those of them that are there, after
    their copies: a web server sends a copy without its document.
    """

    pending: list[Place]
    kept: list[str]
    files: FileTable
    packed: FileTable
    sources: dict[str, Stamp]
    inputs: dict[str, str]
    coming: AbstractSet[str]
    contested: list[Contested]
    stale_copies: list[str]
    gone: list[str]
    doomed: list[str]

    def list_files(self) -> Iterable[str]:
        """List the files of all documents, some twice."""
        return chain(self.files, self.coming)


class UnknownFileError(Exception):
    """A document that has not changed is missing from the manifest of a tree."""


def plan_freeze(  # noqa: PLR0913 - what is wanted, and what is there
    places: Iterable[Place],
    tree: Tree,
    *,
    unchanged: Collection[str] = (),
    yields: Collection[str] = (),
    codings: Sequence[str] = (),
    others: AbstractSet[str] = frozenset(),
) -> TreeChanges:
    """Decide for each place, and each file of the tree, what a freeze has to do.

    ``unchanged`` are the paths of documents that have not changed, and whose files are as the last freeze left them.
    Raises :class:`UnknownFileError` if the manifest lacks one.

    ``yields`` are paths at which the site has a file of its own, ``codings`` those of the compressed copies that
    are wanted, and ``others`` the files that are wanted and are no documents.
    """
    old, there = tree.manifest, tree.files
    endings = [ENDINGS[coding] for coding in codings]
    pending, same, inputs, sources = _compare_places(places, tree, yields, endings)
    coming = {find_file(place.path) for place in pending}
    notes = _keep_notes(old, same, coming, unchanged, endings)
    doomed_before = [file for file in tree.doomed if file not in old.files]
    # Whatever somebody wrote into the manifest, nothing is deleted but documents.
    gone = [
        file
        for file in chain(notes.left, doomed_before)
        if file not in notes.files and file not in coming and file not in others and is_document_path(file)
    ]
    tree.look_at(chain(coming, gone, others))
    return TreeChanges(
        pending=pending,
        kept=[
            *notes.files.list_present(coming),
            *notes.packed.list_present([file + ending for file in coming for ending in endings]),
        ],
        files=notes.files,
        packed=notes.packed,
        sources=sources,
        inputs=inputs,
        coming=coming,
        contested=list(_find_contested(pending, tree, codings)),
        stale_copies=_find_copies(old.files, set(tree.codings) - set(codings), tree),
        gone=gone,
        doomed=[
            *_find_copies(gone, set(tree.codings) & set(codings), tree),
            *(file for file in gone if file in there),
        ],
    )


class _Compared(NamedTuple):
    """Places whose documents are to be made, and files that are the same."""

    pending: list[Place]
    same: list[str]
    # By file, as in a manifest.
    inputs: dict[str, str]
    sources: dict[str, Stamp]


def _compare_places(
    places: Iterable[Place], tree: Tree, yields: Collection[str], endings: Sequence[str]
) -> _Compared:
    """Compare each place, unless the site has a file of its own there, with its file."""
    known = tree.manifest.inputs
    compared = _Compared([], [], {}, {})
    pending, same, inputs, sources = compared
    for place in places:
        if place.path in yields:
            continue
        file = find_file(place.path)
        if found := place.inputs or known.get(file):
            inputs[file] = found
        if place.source:
            sources[file] = place.source
        if _is_current(place, file, tree, endings):
            same.append(file)
        else:
            pending.append(place)
    return compared


class _Notes(NamedTuple):
    """What the old manifest notes of files that stay; the names of those left over."""

    files: FileTable
    packed: FileTable
    left: list[str]


def _keep_notes(
    old: Manifest,
    same: Sequence[str],
    coming: Iterable[str],
    unchanged: Collection[str],
    endings: Sequence[str],
) -> _Notes:
    """Keep the notes of files that are the same, and of those of unchanged paths.

    Raises :class:`UnknownFileError` if there are none.
    """
    # The manifest notes each document of its state. So if there are as many others as have not changed, they are these:
    # there may be a million.
    others = len(old.files) - len(same) - sum(file in old.files for file in coming)
    if others == len(unchanged) and len(old.packed) == len(old.files) * len(endings):
        return _Notes(old.files.copy(), old.packed.copy(), [])
    same = [*same, *map(find_file, unchanged)]
    try:
        files, left = old.files.divide(same)
        packed, _ = old.packed.divide(file + ending for file in same for ending in endings)
    except KeyError as error:
        raise UnknownFileError from error
    return _Notes(files, packed, left)


def find_yielding(tree: Tree, read: Callable[[str], bytes | None]) -> list[str]:
    """Find the paths where the site has a file of its own: ours gives way."""
    return [
        path
        for path in YIELDING
        if (file := find_file(path)) in tree.files
        and file not in tree.manifest.files
        and not _is_known(read(file) or b"")
    ]


def _is_known(body: bytes) -> bool:
    return hosts.is_ours(body) or marks.is_ours(body[: marks.HEAD_BYTES])


def refuse_foreign(
    address: object,
    contested: Iterable[Contested],
    read: Callable[[str], bytes | None],
    make: Callable[[Contested], bytes],
) -> None:
    """Raise :class:`StorageError` if a foreign file differs from what we would write."""
    for one in contested:
        if read(one.file) != make(one):
            raise StorageError(
                f"{address}/{one.file}: is in the way, and no freeze has written it."
                " Remove it, or choose another folder with --output."
            )


def find_file(path: str) -> str:
    """Return the file that holds the document of a path."""
    return f"{path}index.html" if path[-1:] in ("", "/") else path


def _is_current(place: Place, file: str, tree: Tree, endings: Sequence[str]) -> bool:
    """Return whether a file and its compressed copies are already as they are to be."""
    known = tree.manifest.files.get(file)
    if known is None or known.stamp != tree.files.get(file):
        return False
    if place.changed and not (place.inputs and place.inputs == tree.manifest.inputs.get(file)):
        return False
    if place.source != tree.manifest.sources.get(file):
        return False
    names = (file + ending for ending in endings)
    return all(tree.manifest.has_copy(name, known.etag, tree.files.get(name)) for name in names)


def _find_contested(places: Iterable[Place], tree: Tree, codings: Iterable[str]) -> Iterator[Contested]:
    """Find files that no freeze has written, in the place of documents or copies."""
    for place in places:
        file = find_file(place.path)
        if file in tree.files and file not in tree.manifest.files:
            yield Contested(file, place, None)
        for coding in codings:
            copy = file + ENDINGS[coding]
            if copy in tree.files and not _is_our_copy(copy, file, coding, tree):
                yield Contested(copy, place, coding)


def _is_our_copy(copy: str, file: str, coding: str, tree: Tree) -> bool:
    """Return whether a freeze wrote a copy.

    Copies that were claimed or found again have no line of their own.
    """
    if copy in tree.manifest.packed:
        return tree.manifest.packed[copy].stamp != ABSENT
    return coding in tree.codings and file in tree.manifest.files


def _find_copies(files: Iterable[str], codings: Iterable[str], tree: Tree) -> list[str]:
    """Find the compressed copies in these codings that are beside files."""
    known = [coding for coding in codings if coding in ENDINGS]
    return sorted(
        {
            file + ENDINGS[coding]
            for file in (files if known else ())
            for coding in known
            if file + ENDINGS[coding] in tree.files
            and _is_our_copy(file + ENDINGS[coding], file, coding, tree)
        }
    )
