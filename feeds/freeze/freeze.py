"""Freezes a site: into a folder here, into a bucket by :mod:`feeds.freeze.upload`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from functools import partial
from itertools import chain
from pathlib import Path

import msgspec

from feeds.errors import IndexDamagedError, StorageError
from feeds.freeze import hosts
from feeds.freeze.adoption import adopt, complete_manifest
from feeds.freeze.folder import OutputFolder, lock_folder
from feeds.freeze.folder_job import FolderJob, remove_all_leftovers
from feeds.freeze.host_files import (
    plan_host_files,
    read_host_files,
    refuse_foreign_host_files,
)
from feeds.freeze.manifest import (
    Manifest,
    find_forgotten,
    find_generation,
    is_as_noted,
)
from feeds.freeze.plan import (
    Contested,
    Outcome,
    Progress,
    Tree,
    UnknownFileError,
    find_file,
    find_yielding,
    plan_freeze,
    refuse_foreign,
)
from feeds.freeze.unchanged import find_unchanged
from feeds.freeze.writer import (
    StateChangedError,
    make_document_at,
    write_here,
    write_in_processes,
)
from feeds.index.read.channels import read_shown_articles
from feeds.index.rows import FormerChannel
from feeds.lib import processes
from feeds.lib.compression import ENDINGS, compress
from feeds.model import Problem
from feeds.paths import YIELDING
from feeds.publisher.changes import Place
from feeds.publisher.snapshot import Publisher, Snapshot

__all__ = ["Outcome", "freeze"]


def freeze(  # noqa: PLR0913 - each is a choice of its own
    publisher: Publisher,
    output: Path | str,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _done, _total: None,
    say: Callable[[str], None] = lambda _text: None,
    remember: Callable[[Sequence[FormerChannel]], None] = lambda _channels: None,
) -> Outcome:
    """Make ``output`` hold the site: write what changed, delete what is gone.

    ``output`` is a folder, or the address of one in an object store; ``say`` is told, in sentences, of requests
    to the store that are tried again. ``remember`` puts channels into the index that only the tree knows:
    their feeds stay, without articles.

    Feeds come first, pages that link to them after, deletions last; each file is replaced whole. Compressed
    copies stand beside their documents, and files for web hosts in the folder or beside it, if the
    configuration asks for them. If much is to be written, it is made in several processes.

    Raises :class:`feeds.errors.StorageError` if a file cannot be written, if one is in the way that no freeze
    has written, or if another freeze does not end; and :class:`feeds.errors.RemovalsError` if too many
    articles are gone.
    """
    publisher = publisher.for_files()
    problems = () if dry_run else _fetch_pictures(publisher, say)
    if isinstance(output, str):
        from feeds.freeze.upload import upload

        outcome = upload(publisher, output, dry_run=dry_run, progress=progress, say=say, remember=remember)
    else:
        outcome = _freeze_folder(publisher, output, progress, remember, dry_run=dry_run)
    outcome.problems.update(problems)
    return outcome


def _fetch_pictures(publisher: Publisher, say: Callable[[str], None]) -> tuple[Problem, ...]:
    """Fetch the pictures that pages show, if they are to be cached; return problems.

    A freeze waits for a minute at most, and fails by none of them.
    """
    config = publisher.config
    if not config.images.cache:
        return ()
    # Loaded for the sites that cache pictures.
    from feeds.images.cache import PictureCache, describe_missing_library

    if problems := describe_missing_library(config):
        return problems
    with publisher.snapshot() as site:
        articles = list(read_shown_articles(site.connection))
    try:
        PictureCache(config, publisher.pictures).run(articles)
    except StorageError as error:
        say(f"Pictures are shown from their own sites: {error}")
    return ()


def _freeze_folder(
    publisher: Publisher,
    output: Path,
    progress: Progress,
    remember: Callable[[Sequence[FormerChannel]], None],
    *,
    dry_run: bool,
) -> Outcome:
    with nullcontext() if dry_run else lock_folder(output):
        manifest = Manifest.load(output)
        if manifest is not None:
            with publisher.snapshot() as site:
                forgotten = find_forgotten(site, manifest)
            if forgotten:
                remember(forgotten)
        try:
            outcome = _freeze(publisher, output, manifest, progress, dry_run=dry_run)
        except IndexDamagedError:
            # A process that was forked may have found it.
            publisher.index.doubt()
            raise
        if not dry_run:
            publisher.keep_channels()
        return outcome


def _freeze(
    publisher: Publisher,
    output: Path,
    manifest: Manifest | None,
    progress: Progress,
    *,
    dry_run: bool,
) -> Outcome:
    with publisher.snapshot() as site:
        if manifest is not None and (outcome := find_unchanged(site, output, manifest)) is not None:
            if not dry_run:
                remove_all_leftovers(publisher.config, output)
            return outcome
        job = _plan_job(site, output, manifest, dry_run=dry_run)
        pending = job.plan.pending
        if len(pending) < processes.WORTH_FORKING or not processes.can_fork():
            return job.apply(write_here(job.make_writer(site), pending), progress)
    try:
        work = write_in_processes(publisher, site.state, job.make_writer, pending)
        return job.apply(work, progress)
    except StateChangedError:
        # What was written of the older state is found again by its bytes.
        with publisher.snapshot() as site:
            job = _plan_job(site, output, Manifest.load(output), dry_run=dry_run)
            return job.apply(write_here(job.make_writer(site), job.plan.pending), progress)


def _plan_job(site: Snapshot, output: Path, manifest: Manifest | None, *, dry_run: bool) -> FolderJob:
    """Compare a folder with the site.

    Raises :class:`feeds.errors.StorageError` if a file is in the way.
    """
    old = manifest or Manifest()
    new = Manifest.describe(site, old)
    since = find_generation(site, old, new)
    may_look = since >= 0 and old.codings == new.codings and not hosts.depends_on_files(site.config)
    if may_look and is_as_noted(output, old):
        # If lists say the same as in that state, the hashes of what they show still hold.
        is_same = bool(old.token) and site.router.listed_as == old.token
        inputs = {file.removesuffix("index.html"): one for file, one in old.inputs.items()} if is_same else {}
        changes = site.list_changes(since, old.pictures, inputs)
        looked_at = _list_with_copies(find_file(place.path) for place in changes.places)
        folder = OutputFolder(output, old.find_stamps(looked_at))
        with suppress(UnknownFileError):
            return _plan_changes(
                site,
                folder,
                old,
                new,
                changes.places,
                unchanged=changes.unchanged,
                first=False,
                dry_run=dry_run,
            )
    folder = OutputFolder(output)
    if not old.is_complete:
        old = complete_manifest(old, adopt(folder.files, folder.read_heads, folder.read))
    if since < 0:
        # Then the hashes do not cover all that lists depend on.
        old = msgspec.structs.replace(old, inputs={})
    places = site.list_places(since, old.pictures)
    return _plan_changes(site, folder, old, new, places, first=manifest is None, dry_run=dry_run)


def _plan_changes(  # noqa: PLR0913 - the two sides, and what is between them
    site: Snapshot,
    folder: OutputFolder,
    old: Manifest,
    new: Manifest,
    places: Iterable[Place],
    *,
    unchanged: Collection[str] = (),
    first: bool,
    dry_run: bool,
) -> FolderJob:
    output = folder.root
    folder.look_at(map(find_file, YIELDING))
    tree = Tree(
        old,
        folder.files,
        first=first,
        codings=old.codings,
        look_at=lambda files: folder.look_at(_list_with_copies(files)),
    )
    wanted = hosts.make_files(site, output.name, (file for file in folder.files if file not in old.files))
    found = read_host_files(output)
    plan = plan_freeze(
        places,
        tree,
        unchanged=unchanged,
        yields=find_yielding(tree, folder.read),
        codings=new.codings,
        others=wanted.keys(),
    )
    folder.refuse_strange(_list_with_copies(chain(plan.list_files(), plan.gone, wanted, (Manifest.NAME,))))
    folder.look_for_leftovers((find_file(place.path) for place in plan.pending), old.folders)
    refuse_foreign(output, plan.contested, folder.read, partial(_make_bytes, site))
    refuse_foreign_host_files(output, wanted, found)
    return FolderJob(
        config=site.config,
        folder=folder,
        old=old,
        new=msgspec.structs.replace(
            new, files=plan.files, packed=plan.packed, sources=plan.sources, inputs=plan.inputs
        ),
        plan=plan,
        hosts=plan_host_files(wanted, found, old.files, {*found}.intersection(plan.list_files())),
        first=tree.first and not old.files,
        problems=site.files.findings.problems,
        dry_run=dry_run,
    )


def _list_with_copies(files: Iterable[str]) -> Iterator[str]:
    """Yield each file, and its copies in all codings, since unwanted ones are deleted."""
    return (file for name in files for file in (name, *(name + ending for ending in ENDINGS.values())))


def _make_bytes(site: Snapshot, contested: Contested) -> bytes:
    """Make what a freeze would write into a file."""
    body = make_document_at(site, contested.place).body
    return body if contested.coding is None else compress(body, contested.coding)
