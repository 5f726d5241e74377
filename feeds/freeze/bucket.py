"""A frozen tree in an object store. It belongs to the last writer of its manifest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.freeze.file_table import FileStamp
from feeds.freeze.manifest import Manifest, refuse_path
from feeds.lib.compression import compress
from feeds.lib.storage.objects import ConflictError, Objects
from feeds.model import Document
from feeds.publisher.feed_documents import make_etag
from feeds.publisher.headers import make_content_type, make_document_cache_control, shrinks
from feeds.publisher.marks import HEAD_BYTES

# Of the manifest: only freezes ask for it, and each needs the newest.
_HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store"}


# In bytes. The manifest of a million files takes a tenth of this.
_MOST_BYTES = 1 << 30


class BucketManifest(Manifest):
    """The manifest of a bucket.

    ``doomed`` are the files that nothing links to any more. They are deleted after the manifest is written.
    """

    doomed: tuple[str, ...] = ()


class Bucket:
    """A frozen tree. ``files`` are its objects.

    ``manifest`` is None before the first freeze.
    """

    def __init__(self, objects: Objects) -> None:
        """List the objects and read the manifest. Raises :class:`StorageError`."""
        self.address = objects.address
        self._objects = objects
        found = objects.list_objects()
        self._held = found.pop(Manifest.NAME, None)
        self.files = {name: FileStamp(*one) for name, one in found.items()}
        self._known = self._read_manifest()
        if self._known is not None and self._held is None:
            # The listing was late. Read the mark before the bytes: the other way round, it could belong to
            # later bytes.
            self._held = objects.find(Manifest.NAME)
            self._known = self._read_manifest()
        self.manifest = None if self._known is None else _decode_manifest(self._known)

    def read_heads(self, files: Sequence[str]) -> dict[str, bytes]:
        """Return the first bytes of some objects, without those that have gone meanwhile."""
        return self._objects.read_each(files, HEAD_BYTES)

    def read(self, file: str) -> bytes:
        """Return the bytes of an object, or none if it has gone meanwhile."""
        return self._objects.read_each([file], self.files[file].size + 1).get(file, b"")

    def write_manifest(self, manifest: BucketManifest) -> None:
        """Replace the manifest that was read.

        Raises :class:`StorageError` if somebody else has changed it.
        """
        body = manifest.encode()
        try:
            try:
                self._held = self._objects.replace(self._held, Manifest.NAME, body, _HEADERS)
            except ConflictError:
                # The mark is from the listing, which may have been late. If the manifest has not changed
                # since it was read, nobody else has written it.
                self._held = self._objects.find(Manifest.NAME)
                if self._read_manifest() != self._known:
                    raise
                self._held = self._objects.replace(self._held, Manifest.NAME, body, _HEADERS)
        except ConflictError:
            raise StorageError(
                f"{self.address}: another freeze has begun to write there, so this one ends."
                " Freeze again when the other is done."
            ) from None
        self._known = body

    def put(self, upload: Upload) -> FileStamp | None:
        """Upload a document. Return its stamp, or None if the store does not tell it."""
        refuse_path(self.address, upload.file)
        body, headers = upload.pack()
        put = self._objects.put(upload.file, body, headers)
        return FileStamp(*put) if put else None

    def list_again(self) -> dict[str, FileStamp]:
        """List the objects that are there now."""
        return {name: FileStamp(*one) for name, one in self._objects.list_objects().items()}

    def remove(self, files: Iterable[str]) -> None:
        """Delete objects. Raises :class:`StorageError`."""
        self._objects.remove(files)

    def hurry(self) -> None:
        """Be no longer patient with the store: the freeze has failed."""
        self._objects.hurry()

    def _read_manifest(self) -> bytes | None:
        """Return the bytes of the manifest that is there now; None if there is none."""
        # Not by the size in the listing: one that was listed late may have grown since.
        return self._objects.read_each([Manifest.NAME], _MOST_BYTES).get(Manifest.NAME)


def _decode_manifest(body: bytes) -> BucketManifest:
    """Return a manifest; an empty one if it cannot be read."""
    try:
        return msgspec.json.decode(body, type=BucketManifest)
    except msgspec.DecodeError:
        return BucketManifest()


class Upload(Struct, frozen=True):
    """A document on its way to a bucket. ``tag`` depends on its bytes and its headers."""

    file: str
    body: bytes
    headers: dict[str, str]
    codings: tuple[str, ...]
    tag: str

    def pack(self) -> tuple[bytes, dict[str, str]]:
        """Return the bytes and headers to send, compressed if wanted and smaller."""
        for coding in self.codings:
            smaller = compress(self.body, coding)
            if len(smaller) < len(self.body):
                return smaller, {**self.headers, "Content-Encoding": coding}
        return self.body, self.headers


def make_upload(file: str, document: Document, config: Config) -> Upload:
    """Give a document the headers that the application would send it with."""
    headers = {
        "Content-Type": make_content_type(document.media_type),
        "Cache-Control": make_document_cache_control(config, final=document.final),
    }
    codings = config.output.compress if shrinks(document.media_type) else ()
    tag = make_etag(msgspec.json.encode((document.etag, headers, codings)))
    return Upload(file, document.body, headers, codings, tag)
