"""What the last freeze wrote, kept in the tree itself: both travel together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from stat import S_ISREG
from typing import ClassVar, NamedTuple, Self

import msgspec

from feeds.errors import StorageError
from feeds.index.read import overview
from feeds.index.rows import FormerChannel
from feeds.lib.processes import pause_collector
from feeds.lib.storage.files import MANIFEST_NAME, read_own_file
from feeds.lib.text.plain import has_unwanted
from feeds.model import Channel, escape_unprintable
from feeds.paths import is_channel_name, is_document_path
from feeds.publisher.article_files import Stamp
from feeds.publisher.fingerprint import fingerprint
from feeds.publisher.snapshot import Snapshot


class FileStamp(NamedTuple):
    """The size in bytes and modification time in nanoseconds of a file.

    For an object, it is the store's mark instead of the time.
    """

    size: int
    mtime: int | str


# The stamp of no file: what has it is written, or made again, in any case.
NO_STAMP = FileStamp(-1, 0)


class Written(NamedTuple):
    """A file that a freeze wrote: the hash of its bytes, and its stamp right after."""

    etag: str
    stamp: FileStamp


class CompressedFile(NamedTuple):
    """A compressed copy: the hash of its document, and its stamp after writing.

    Without a stamp there is no such file: compressed, the document would be no smaller.
    """

    source: str
    stamp: FileStamp | None


class Manifest(msgspec.Struct):
    """The files of a frozen tree, and the state of index and site that they show.

    ``token`` is the index's own name for the generation. ``layout`` lists the addresses that do not
    follow from a channel's name alone. ``articles`` is their number, ``withdrawn`` that of the files that say
    that theirs is not public, None if it is not known. ``sources`` are the stamps of what files were made of beside
    the index: the pictures beside articles. ``pictures`` is the state of the small pictures. ``codings`` are those whose
    compressed copies beside the documents are ours. ``inputs`` are the hashes of what lists show of channels, by
    their files. ``folders`` are the times of folders right after. ``channels`` are those that have or had articles and that
    the configuration need not name, so that an index that is new knows whose feeds the tree has.
    """

    NAME: ClassVar[str] = MANIFEST_NAME

    generation: int = -1
    token: str = ""
    site: str = ""
    layout: list[str] = []
    articles: int = 0
    withdrawn: int | None = None
    files: dict[str, Written] = {}
    sources: dict[str, Stamp] = {}
    pictures: str = ""
    codings: list[str] = []
    packed: dict[str, CompressedFile] = {}
    inputs: dict[str, str] = {}
    folders: dict[str, int] = {}
    channels: list[FormerChannel] = []

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Read the manifest of a folder: None without one, an empty one if it is broken."""
        try:
            with pause_collector():
                return msgspec.json.decode(read_own_file(folder / cls.NAME), type=cls)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, msgspec.DecodeError):
            return cls()

    @property
    def is_complete(self) -> bool:
        """Whether a freeze noted all its files: not if it was lost, damaged or stopped."""
        return self.generation >= 0

    @classmethod
    def describe(cls, site: Snapshot, old: Manifest) -> Self:
        """Describe the state that a tree is about to show, without its files.

        ``old`` is the manifest of the last freeze.
        """
        shown = fingerprint(site.config)
        known = (site.state.token, site.router.listed_as)
        same = bool(old.token) and old.token in known and old.site == shown and old.is_complete
        return cls(
            generation=site.state.generation,
            token=site.state.token,
            site=shown,
            layout=site.channels.layout(),
            articles=site.channels.by_path["all"].count,
            withdrawn=count_withdrawn(site),
            pictures=site.router.pictures.name,
            codings=sorted(site.config.output.compress),
            channels=old.channels
            if same
            else [
                _note_channel(channel)
                for channel in site.channels.by_path.values()
                if channel.kind not in ("all", "feeds") and (channel.count or channel.emptied)
            ],
        )

    def list_stamps(self) -> dict[str, FileStamp]:
        """Return the stamps of all files and copies."""
        stamps = {name: stamp for name, (_, stamp) in self.files.items()}
        return stamps | {name: stamp for name, (_, stamp) in self.packed.items() if stamp is not None}

    def count_lost(self, new: Manifest) -> int:
        """Count the articles that a new tree lacks, less those withdrawn on purpose."""
        withdrawn = 0 if self.withdrawn is None else max((new.withdrawn or 0) - self.withdrawn, 0)
        return self.articles - new.articles - withdrawn

    def encode(self) -> bytes:
        """Return the bytes that :meth:`load` reads."""
        return msgspec.json.encode(self)

    def has_copy(self, name: str, source: str, stamp: FileStamp | None) -> bool:
        """Return whether a copy holds the document of this hash, and is unchanged."""
        return self.packed.get(name) == (source, stamp)


def list_present(files: Mapping[str, Written], packed: Mapping[str, CompressedFile]) -> list[str]:
    """List files, and those of their compressed copies that exist."""
    return [*files, *(name for name, copy in packed.items() if copy.stamp is not None)]


def count_withdrawn(site: Snapshot) -> int:
    """Count the files that say that their article is not public."""
    states = overview.count_file_states(site.connection)
    return states.get("unpublished", 0) + states.get("removed", 0)


def refuse_path(place: object, path: str) -> None:
    """Raise :class:`StorageError` if no document of ours can be at a path of a tree."""
    if path != MANIFEST_NAME and not is_document_path(path):
        raise StorageError(
            f"{place}: {escape_unprintable(path[:200])!r} is no path of a document, so nothing is written there."
            " Somebody changed the index; remove it, and it is built again."
        )


def find_forgotten(site: Snapshot, old: Manifest) -> list[FormerChannel]:
    """Find the channels of a tree that its index, which is newer, does not know."""
    if site.has_been(old.generation, old.token):
        return []
    known = site.channels.paths
    return [
        one
        for one in old.channels
        if (one.kind, one.name) not in known
        and is_channel_name(one.kind, one.name)
        and not has_unwanted(one.label)
    ]


def _note_channel(channel: Channel) -> FormerChannel:
    emptied, oldest = (
        None if when is None else int(when.timestamp()) for when in (channel.emptied, channel.oldest)
    )
    return FormerChannel(channel.kind, channel.name, channel.label, emptied, oldest)


def is_as_noted(folder: Path, manifest: Manifest) -> bool:
    """Return whether files are as a freeze left them, and none is where it left none.

    It looks at these files alone, which takes a third of the time of listing the folder: there may be a million.
    """
    look, above = os.lstat, f"{folder}/"
    try:
        for name, (_, (size, mtime)) in manifest.files.items():
            status = look(above + name)
            if status.st_mtime_ns != mtime or status.st_size != size or not S_ISREG(status.st_mode):
                return False
        for name, (_, stamp) in manifest.packed.items():
            if stamp is None:
                if os.path.lexists(above + name):
                    return False
                continue
            status = look(above + name)
            if (status.st_size, status.st_mtime_ns) != stamp or not S_ISREG(status.st_mode):
                return False
    except OSError:
        return False
    return True


def find_generation(site: Snapshot, old: Manifest, new: Manifest) -> int:
    """Return the generation that a tree shows, -1 if this site cannot compare it."""
    same_site = (old.site, old.layout) == (new.site, new.layout)
    return old.generation if same_site and site.has_been(old.generation, old.token) else -1


def find_latest_time(manifest: Manifest) -> int:
    """Return the latest time of a folder's files, in nanoseconds since 1970, or 0."""
    stamps = chain(
        (stamp for _, stamp in manifest.files.values()),
        (stamp for _, stamp in manifest.packed.values() if stamp is not None),
    )
    return max((int(mtime) for _, mtime in stamps), default=0)
