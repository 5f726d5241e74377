"""Freezes a site into an object store: what changed, in an order of sound links.

No link leads nowhere at any moment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby

import msgspec

from feeds.config import safeguards
from feeds.errors import StorageError
from feeds.freeze.adoption import adopt, complete_manifest
from feeds.freeze.bucket import Bucket, BucketManifest, Upload, make_upload
from feeds.freeze.file_table import FileStamp, FileTable, Written
from feeds.freeze.manifest import find_forgotten, find_generation
from feeds.freeze.plan import (
    Contested,
    Outcome,
    Progress,
    Tree,
    TreeChanges,
    find_file,
    find_yielding,
    plan_freeze,
    refuse_foreign,
)
from feeds.freeze.writer import make_document_at
from feeds.index.rows import FormerChannel
from feeds.lib.storage.objects import Objects, map_side_by_side
from feeds.model import Problem
from feeds.publisher.changes import Place
from feeds.publisher.snapshot import Publisher, Snapshot

# After this many uploads the manifest notes them, so that a freeze that is stopped does them once.
_NOTED = 1000
# Of an object that is about to be written, or whose mark the store has not told yet.
_UNKNOWN = FileStamp(-1, "")


def upload(  # noqa: PLR0913 - each is a choice of its own
    publisher: Publisher,
    address: str,
    *,
    dry_run: bool,
    progress: Progress,
    say: Callable[[str], None],
    remember: Callable[[Sequence[FormerChannel]], None],
) -> Outcome:
    """Make the tree at an address hold the site, as a freeze does with a folder.

    ``say`` is told of requests that are tried again. Raises :class:`StorageError` and
    :class:`feeds.errors.RemovalsError`.
    """
    bucket = Bucket(Objects(address, say, patience=publisher.config.output.patience))
    with publisher.snapshot() as site:
        forgotten = find_forgotten(site, bucket.manifest or BucketManifest())
    if forgotten:
        remember(forgotten)
    with publisher.snapshot() as site:
        old = bucket.manifest or BucketManifest()
        new = BucketManifest.describe(site, old)
        if bucket.manifest is None or not bucket.manifest.files:
            old = complete_manifest(old, adopt(bucket.files, bucket.read_heads, bucket.read))
        plan = _plan(site, bucket, old, new)
        refuse_foreign(bucket.address, plan.contested, bucket.read, partial(_make_bytes, site))
        return _Uploader(site, bucket, old, new, plan, dry_run=dry_run).run(progress)


def _plan(site: Snapshot, bucket: Bucket, old: BucketManifest, new: BucketManifest) -> TreeChanges:
    """Compare a bucket with the site."""
    doomed = [file for file in old.doomed if file in bucket.files]
    # With other codings, every object differs.
    since = find_generation(site, old, new) if old.codings == new.codings else -1
    compared = msgspec.structs.replace(old, inputs={}) if since < 0 else old
    tree = Tree(compared, bucket.files, first=bucket.manifest is None, doomed=doomed)
    return plan_freeze(site.list_places(since, old.pictures), tree, yields=find_yielding(tree, bucket.read))


class _Uploader:
    """Applies a plan to a bucket; ``begun`` if the manifest has claimed what comes."""

    def __init__(  # noqa: PLR0913 - the two sides, and what is between them
        self,
        site: Snapshot,
        bucket: Bucket,
        old: BucketManifest,
        new: BucketManifest,
        plan: TreeChanges,
        *,
        dry_run: bool,
    ) -> None:
        self._site = site
        self._bucket = bucket
        self._old = old
        self._new = msgspec.structs.replace(
            new,
            files=plan.files,
            sources=plan.sources,
            inputs=plan.inputs,
            doomed=tuple(sorted(plan.gone)),
        )
        self._plan = plan
        self._dry_run = dry_run
        self._outcome = Outcome(
            kept=list(plan.kept),
            first=bucket.manifest is None and not old.files,
            problems=set(site.files.findings.problems),
        )
        self._begun = False

    def run(self, progress: Progress) -> Outcome:
        """Upload documents, then the manifest; then delete what nothing links to any more."""
        if not self._dry_run:
            removed = self._old.count_lost(self._new)
            safeguards.refuse_removals(self._site.config, self._bucket.address, removed, self._old.articles)
        try:
            for finished, _ in enumerate(self._upload_pending(), start=1):
                progress(finished, len(self._plan.pending))
                if self._begun and finished % _NOTED == 0:
                    self._note()
        except BaseException:
            if self._begun:
                with suppress(StorageError):
                    self._note()
            raise
        self._outcome.deleted = sorted(self._plan.doomed)
        if not self._dry_run:
            self._finish()
        return self._outcome

    def _upload_pending(self) -> Iterator[None]:
        """Upload what is pending, wave after wave."""
        for wave in _group_waves(self._plan.pending, self._bucket.files):
            yield from map_side_by_side(self._send, self._make_uploads(wave), self._bucket.hurry)

    def _make_uploads(self, places: Iterable[Place]) -> Iterator[tuple[Upload, FileStamp | None]]:
        """Make the uploads of places, with the stamps of objects that hold them already."""
        for place in places:
            upload, problems = _make_upload(self._site, place)
            self._outcome.problems.update(problems)
            known = self._old.files.get(upload.file)
            there = self._bucket.files.get(upload.file)
            if known is not None and (known.etag, known.stamp) == (upload.tag, there):
                self._outcome.kept.append(upload.file)
                yield upload, known.stamp
                continue
            if not self._dry_run:
                self._begin()
            self._outcome.written.append(upload.file)
            yield upload, None

    def _send(self, what: tuple[Upload, FileStamp | None]) -> None:
        upload, stamp = what
        if stamp is None and not self._dry_run:
            stamp = self._bucket.put(upload)
        self._new.files.update({upload.file: Written(upload.tag, stamp or _UNKNOWN)})

    def _begin(self) -> None:
        """Claim the tree, and all that is about to come into it, before the first upload."""
        if not self._begun:
            self._note()
            self._begun = True

    def _note(self) -> None:
        """Have the manifest list what is there by now, as of no state of the site."""
        coming = {find_file(place.path): Written("", _UNKNOWN) for place in self._plan.pending}
        files = FileTable.of({**coming, **dict(self._old.files.items()), **dict(self._new.files.items())})
        self._bucket.write_manifest(
            msgspec.structs.replace(self._old, generation=-1, codings=self._new.codings, files=files)
        )

    def _finish(self) -> None:
        """Write the manifest, if anything is to be noted, and delete what is gone."""
        unknown = {file: tag for file, (tag, stamp) in self._new.files.items() if stamp == _UNKNOWN}
        if unknown:
            there = self._bucket.list_again()
            self._new.files.update(
                {file: Written(tag, there.get(file, _UNKNOWN)) for file, tag in unknown.items()}
            )
        # What was doomed and is gone makes no difference.
        if self._begun or msgspec.structs.replace(self._old, doomed=self._new.doomed) != self._new:
            self._bucket.write_manifest(self._new)
        self._bucket.remove(self._outcome.deleted)


def _make_upload(site: Snapshot, place: Place) -> tuple[Upload, Collection[Problem]]:
    """Make the upload of a place, and tell which articles could not be shown in it."""
    document = make_document_at(site, place)
    return make_upload(find_file(place.path), document, site.config), document.problems


def _make_bytes(site: Snapshot, contested: Contested) -> bytes:
    """Make what a freeze would write into an object."""
    return _make_upload(site, contested.place)[0].pack()[0]


def _group_waves(places: Iterable[Place], there: Container[str]) -> Iterator[list[Place]]:
    """Group places whose documents may be uploaded at the same time, in waves.

    New ones come first: until others change, nothing that readers know links to them. Then nothing that
    changes links to what is not there, in any order; articles are in the archive before they leave a feed
    all the same, and the index page is last.
    """
    ranked = sorted(
        ((find_file(place.path) in there, _rank(place), place) for place in places), key=_get_wave
    )
    for _, wave in groupby(ranked, key=_get_wave):
        yield [place for _, _, place in wave]


def _get_wave(ranked: tuple[bool, int, Place]) -> tuple[bool, int]:
    return ranked[:2]


def _rank(place: Place) -> int:
    if place.path == "":
        return 4
    if place.stage > 0:
        return place.stage + 1
    return 0 if place.path.endswith("/") or "/archive/" in place.path or not place.channel else 1
