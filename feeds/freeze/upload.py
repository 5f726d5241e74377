"""Writes the site into an object store: only what changed, in an order in which no link leads nowhere."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby

import msgspec

from feeds.config import removal_limit
from feeds.errors import StorageError
from feeds.freeze import hosts
from feeds.freeze.bucket import Bucket, BucketManifest, Upload, make_upload
from feeds.freeze.manifest import FileStamp, Outcome, Written, describe_state, find_generation
from feeds.freeze.writer import file_path, make_document
from feeds.lib.storage.objects import Objects, side_by_side
from feeds.paths import YIELDING
from feeds.publisher.changes import Place
from feeds.publisher.snapshot import Publisher, Snapshot

# After so many uploads the manifest notes them, so that a freeze that is stopped does them once.
_NOTED = 1000
# Of an object that is about to be written, or whose mark the store has not told yet.
_UNKNOWN = FileStamp(-1, "")


def upload(
    publisher: Publisher,
    address: str,
    *,
    dry_run: bool,
    progress: Callable[[int, int], None],
    say: Callable[[str], None],
) -> Outcome:
    """Make the tree at an address hold the site, as :func:`feeds.freeze.freeze.freeze` does with a folder.

    ``say`` is told of requests that are tried again. Raises :class:`StorageError` and
    :class:`feeds.errors.RemovalsError`.
    """
    with publisher.snapshot() as site:
        return _Upload(site, Bucket(Objects(address, say)), dry_run=dry_run).run(progress)


class _Upload:
    """One freeze into a store."""

    def __init__(self, site: Snapshot, bucket: Bucket, *, dry_run: bool) -> None:
        self._site = site
        self._bucket = bucket
        self._dry_run = dry_run
        self._ours = bucket.manifest is not None
        self._old = bucket.manifest or BucketManifest()
        self._new = BucketManifest(**describe_state(site))
        self._plan = Outcome(first=not self._ours)
        self._begun = False
        same_codings = self._old.codings == self._new.codings
        places = site.places(find_generation(site, self._old, self._new) if same_codings else -1)
        wanted = [place for place in places if not self._gives_way(place)]
        self._refuse_foreign(wanted)
        self._pending = [place for place in wanted if not self._keep(place)]

    def run(self, progress: Callable[[int, int], None]) -> Outcome:
        """Upload documents, then the manifest; then delete what nothing links to any more."""
        if not self._dry_run:
            removed = self._old.articles - self._new.articles
            removal_limit.refuse(self._site.config, self._bucket.address, removed, self._old.articles)
        try:
            for finished, _ in enumerate(self._sent(), start=1):
                progress(finished, len(self._pending))
                if self._begun and finished % _NOTED == 0:
                    self._note()
        except BaseException:
            if self._begun:
                with suppress(StorageError):
                    self._note()
            raise
        doomed = sorted(self._doomed())
        self._plan.deleted = [file for file in doomed if file in self._bucket.files]
        if not self._dry_run:
            self._finish(doomed)
        return self._plan

    def _sent(self) -> Iterator[None]:
        """Do all that is pending, wave after wave."""
        for wave in group_waves(self._pending, self._bucket.files):
            yield from side_by_side(self._send, self._parcels(wave))

    def _parcels(self, places: Iterable[Place]) -> Iterator[tuple[Upload, FileStamp | None]]:
        """The documents of places; with the stamp of the object that holds one already."""
        for place in places:
            one = self._parcel(place)
            known = self._old.files.get(one.file)
            there = self._bucket.files.get(one.file)
            if known is not None and (known.etag, known.stamp) == (one.tag, there):
                self._plan.kept.append(one.file)
                yield one, known.stamp
                continue
            if not self._dry_run:
                self._begin()
            self._plan.written.append(one.file)
            yield one, None

    def _send(self, what: tuple[Upload, FileStamp | None]) -> None:
        one, stamp = what
        if stamp is None and not self._dry_run:
            stamp = self._bucket.put(one)
        self._new.files[one.file] = Written(one.tag, stamp or _UNKNOWN)

    def _parcel(self, place: Place) -> Upload:
        document = make_document(self._site, place)
        self._plan.faults.update(document.faults)
        return make_upload(file_path(place.path), document, self._site.config)

    def _begin(self) -> None:
        """Claim the tree, and all that is about to come into it, before the first upload."""
        if not self._begun:
            self._note()
            self._begun = True

    def _note(self) -> None:
        """Have the manifest say what is there by now, of no state of the site."""
        coming = {file_path(place.path): Written("", _UNKNOWN) for place in self._pending}
        files = {**coming, **self._old.files, **self._new.files}
        self._bucket.write_manifest(
            msgspec.structs.replace(self._old, generation=-1, codings=self._new.codings, files=files)
        )

    def _finish(self, doomed: Sequence[str]) -> None:
        self._new.doomed = tuple(doomed)
        if any(written.stamp == _UNKNOWN for written in self._new.files.values()):
            there = self._bucket.list_again()
            self._new.files = {
                file: Written(tag, there.get(file, _UNKNOWN) if stamp == _UNKNOWN else stamp)
                for file, (tag, stamp) in self._new.files.items()
            }
        # What was doomed and is gone makes no difference.
        if self._begun or msgspec.structs.replace(self._old, doomed=self._new.doomed) != self._new:
            self._bucket.write_manifest(self._new)
        self._bucket.remove(self._plan.deleted)

    def _doomed(self) -> Iterator[str]:
        """Objects of ours that the site has no more, and those that a freeze which lost its claim may yet write."""
        left = (file for file in self._old.doomed if file in self._bucket.files)
        return (file for file in {*self._old.files, *left} if file not in self._new.files)

    def _keep(self, place: Place) -> bool:
        """Leave the object of a place where it holds its document already."""
        file = file_path(place.path)
        known = self._old.files.get(file)
        if known is None or place.changed or known.stamp != self._bucket.files.get(file):
            return False
        self._new.files[file] = known
        self._plan.kept.append(file)
        return True

    def _gives_way(self, place: Place) -> bool:
        """Whether the site has a file of its own where another site has this one of ours."""
        file = place.path
        if file not in YIELDING or file in self._old.files or file not in self._bucket.files:
            return False
        return not hosts.is_ours(self._bucket.read(file))

    def _refuse_foreign(self, places: Sequence[Place]) -> None:
        """Raise :class:`StorageError` where objects that no freeze has written are in the way of the first."""
        for place in places if not self._ours else ():
            file = file_path(place.path)
            if file in self._bucket.files and self._bucket.read(file) != self._parcel(place).pack()[0]:
                raise StorageError(
                    f"{self._bucket.address}/{file}: stands in the way, and no freeze has written it."
                    " Remove it, or choose another folder with --output."
                )


def group_waves(places: Iterable[Place], there: Container[str]) -> Iterator[list[Place]]:
    """Places whose documents may be uploaded at the same time, one wave after the other.

    New ones come first: until others change, nothing that readers know links to them. Then nothing that
    changes links to what is not there, in any order; articles are in the archive before they leave a feed
    all the same, and the index page is last.
    """
    ranked = sorted(
        ((file_path(place.path) in there, _rank(place), place) for place in places), key=_first_two
    )
    for _, wave in groupby(ranked, key=_first_two):
        yield [place for _, _, place in wave]


def _first_two(ranked: tuple[bool, int, Place]) -> tuple[bool, int]:
    return ranked[:2]


def _rank(place: Place) -> int:
    if place.path == "":
        return 4
    if place.stage > 0:
        return place.stage + 1
    return 0 if place.path.endswith("/") or "/archive/" in place.path or not place.channel else 1
