"""What the last freeze wrote: kept in the tree itself, so that both travel together."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import msgspec

from feeds.model import Problem
from feeds.publisher.fingerprint import fingerprint
from feeds.publisher.snapshot import Snapshot


class FileStamp(NamedTuple):
    """Size in bytes and modification time in nanoseconds; of an object, the store's mark in its place."""

    size: int
    mtime: int | str


# Of no file: what has it is written, or made again, in any case.
NO_STAMP = FileStamp(-1, 0)


class Written(NamedTuple):
    """A file that a freeze wrote: the hash of its bytes, and its stamp right after."""

    etag: str
    stamp: FileStamp


class CompressedFile(NamedTuple):
    """A compressed file: the hash of the document that it holds, and its stamp right after.

    Without a stamp there is no such file: compressed, the document would be no smaller.
    """

    source: str
    stamp: FileStamp | None


class Manifest(msgspec.Struct):
    """The files of a frozen tree, and the state of index and site that they show.

    ``token`` is the index's own for the generation; ``layout`` says which addresses do not
    follow from a channel's name alone. ``articles`` is their number. ``codings`` are those whose compressed files beside
    the documents are ours.
    """

    NAME: ClassVar[str] = ".feeds-manifest.json"

    generation: int = -1
    token: str = ""
    site: str = ""
    layout: list[str] = []
    articles: int = 0
    files: dict[str, Written] = {}
    codings: list[str] = []
    packed: dict[str, CompressedFile] = {}

    @classmethod
    def load(cls, folder: Path) -> Manifest | None:
        """The manifest of a folder; None where there is none, empty where it is broken."""
        try:
            return msgspec.json.decode((folder / cls.NAME).read_bytes(), type=cls)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, msgspec.DecodeError):
            return cls()

    def encode(self) -> bytes:
        """The bytes that :meth:`load` reads."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)


def describe_state(site: Snapshot) -> dict[str, Any]:
    """What a manifest says of the state that its tree shows."""
    return {
        "generation": site.state.generation,
        "token": site.state.token,
        "site": fingerprint(site.config),
        "layout": site.channels.layout(),
        "articles": site.channels.by_path["all"].count,
        "codings": sorted(site.config.output.compress),
    }


def find_generation(site: Snapshot, old: Manifest, new: Manifest) -> int:
    """The generation that a tree shows; -1 where it cannot be compared with this site."""
    same_site = (old.site, old.layout) == (new.site, new.layout)
    return old.generation if same_site and site.has_been(old.generation, old.token) else -1


class Outcome(msgspec.Struct):
    """What a freeze did or, in a dry run, would do; files relative to the output folder.

    ``first`` says that no freeze had written the folder before, ``faults`` which articles could
    not be shown where they should be.
    """

    written: list[str] = []
    kept: list[str] = []
    deleted: list[str] = []
    first: bool = False
    faults: set[Problem] = set()


class BatchOutcome(msgspec.Struct):
    """What was done for some places: part of a plan, and part of the new manifest."""

    plan: Outcome = msgspec.field(default_factory=Outcome)
    files: dict[str, Written] = {}
    packed: dict[str, CompressedFile] = {}
