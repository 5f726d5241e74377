"""Finds our own files in a tree whose manifest is lost.

``cp build/*`` and programs that upload artifacts leave files out whose names begin with a dot. Without the
manifest, a freeze would rewrite some files of ours and take others for those of somebody else.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from feeds.freeze.file_table import NO_STAMP, FileStamp, FileTable, Written
from feeds.freeze.manifest import Manifest
from feeds.lib.compression import ENDINGS
from feeds.publisher.marks import HEAD_BYTES, is_ours, may_be_ours

AnyManifest = TypeVar("AnyManifest", bound=Manifest)
_CHUNK = 500
_GZIP_MAGIC = b"\x1f\x8b"
# What an entry has once, in the feed of all articles in each format.
_ENTRIES = {"all.atom": b"<entry>", "all.rss": b"<item>", "all.json": b'"date_published"'}


class Adopted(Struct, frozen=True):
    """What would be in the manifest of a tree, as far as the files tell.

    ``articles`` is the number of entries in the feed of all articles: the least that there were.
    """

    files: dict[str, Written]
    codings: list[str]
    articles: int


def adopt(
    files: Mapping[str, FileStamp],
    read_heads: Callable[[Sequence[str]], Mapping[str, bytes]],
    read: Callable[[str], bytes | None],
) -> Adopted:
    """Find our files among those of a tree.

    ``read_heads`` returns the first bytes of some files.
    """
    candidates = list(_find_candidates(files))
    ours: dict[str, Written] = {}
    for start in range(0, len(candidates), _CHUNK):
        heads = read_heads(candidates[start : start + _CHUNK])
        ours.update((name, Written("", NO_STAMP)) for name, head in heads.items() if is_ours(_unpack(head)))
    codings = [
        coding for coding, ending in ENDINGS.items() if any(f"{file}{ending}" in files for file in ours)
    ]
    articles = max((_count_entries(name, read) for name in _ENTRIES if name in ours), default=0)
    return Adopted(ours, sorted(codings), articles)


def complete_manifest(manifest: AnyManifest, adopted: Adopted) -> AnyManifest:
    """Return a manifest with the found files as well; it is of no state of the site."""
    return msgspec.structs.replace(
        manifest,
        generation=-1,
        articles=max(manifest.articles, adopted.articles),
        files=FileTable.of({**adopted.files, **dict(manifest.files.items())}),
        codings=sorted({*manifest.codings, *adopted.codings}),
    )


def _find_candidates(files: Mapping[str, FileStamp]) -> Iterator[str]:
    """Find files whose paths could be ours; other frozen trees in the tree are not."""
    others = tuple(name.removesuffix(Manifest.NAME) for name in files if name.endswith(f"/{Manifest.NAME}"))
    copies = tuple(ENDINGS.values())
    return (
        name
        for name in files
        if may_be_ours(name) and not name.endswith(copies) and not name.startswith(others)
    )


def _count_entries(name: str, read: Callable[[str], bytes | None]) -> int:
    body = read(name) or b""
    return (_inflate(body) if body.startswith(_GZIP_MAGIC) else body).count(_ENTRIES[name])


def _unpack(head: bytes) -> bytes:
    """Return the first bytes of a document, which an object store may hold compressed."""
    return _inflate(head)[:HEAD_BYTES] if head.startswith(_GZIP_MAGIC) else head


def _inflate(body: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(body)
    except zlib.error:
        return b""
