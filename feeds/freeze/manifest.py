"""What the last freeze wrote, kept in the tree itself: both travel together."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Self

import msgspec

from feeds.errors import StorageError
from feeds.freeze.file_table import ABSENT, FileStamp, FileTable
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


class Manifest(msgspec.Struct):
    """The files of a frozen tree, and the state of index and site that they show.

    - ``generation`` and ``token``: the number of the state of the index, and its name there.
    - ``site``: the fingerprint of the configuration.
    - ``layout``: the addresses that do not follow from a channel's name alone.
    - ``articles``: how many are public; ``withdrawn``: how many files say that theirs is not, None if unknown.
    - ``files``: what was written; ``packed``: the compressed copies of these, in ``codings``.
    - ``sources``: the stamps of what files were made of beside the index: the pictures beside articles.
    - ``pictures``: the name of the state of the small pictures.
    - ``inputs``: the hashes of what lists show of channels, by file.
    - ``folders``: the times of folders right after the freeze.
    - ``channels``: those that have or had articles and that the configuration need not name. So a new index
      knows whose feeds the tree has. Others do not ask: :meth:`list_channels` reads them.
    """

    NAME: ClassVar[str] = MANIFEST_NAME

    generation: int = -1
    token: str = ""
    site: str = ""
    layout: list[str] = []
    articles: int = 0
    withdrawn: int | None = None
    files: FileTable = msgspec.field(default_factory=FileTable, name="written")
    sources: dict[str, Stamp] = {}
    pictures: str = ""
    codings: list[str] = []
    packed: FileTable = msgspec.field(default_factory=FileTable, name="compressed")
    inputs: dict[str, str] = {}
    folders: dict[str, int] = {}
    channels: msgspec.Raw = msgspec.Raw(b"[]")

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
        return self.generation >= 0 and len(self.files) > 0

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
            layout=site.channels.list_layout(),
            articles=site.channels.by_path["all"].count,
            withdrawn=count_withdrawn(site),
            pictures=site.router.pictures.name,
            codings=sorted(site.config.output.compress),
            channels=old.channels
            if same
            else msgspec.Raw(
                msgspec.json.encode(
                    [
                        _note_channel(channel)
                        for channel in site.channels.by_path.values()
                        if channel.kind not in ("all", "feeds") and (channel.count or channel.emptied)
                    ]
                )
            ),
        )

    def list_channels(self) -> list[FormerChannel]:
        """Return the channels of the tree, none if somebody damaged them."""
        try:
            return msgspec.json.decode(self.channels, type=list[FormerChannel])
        except msgspec.DecodeError:
            return []

    def find_stamps(self, files: Iterable[str]) -> dict[str, FileStamp]:
        """Return the stamps of those of some files and copies that a freeze left."""
        files = list(files)
        return self.files.find_stamps(files) | self.packed.find_stamps(files)

    def count_lost(self, new: Manifest) -> int:
        """Count the articles that a new tree lacks, less those withdrawn on purpose."""
        withdrawn = 0 if self.withdrawn is None else max((new.withdrawn or 0) - self.withdrawn, 0)
        return self.articles - new.articles - withdrawn

    def encode(self) -> bytes:
        """Return the bytes that :meth:`load` reads."""
        return msgspec.json.encode(self)

    def has_copy(self, name: str, source: str, stamp: FileStamp | None) -> bool:
        """Return whether a copy holds the document of this hash, and is unchanged."""
        return self.packed.get(name) == (source, stamp or ABSENT)


def count_withdrawn(site: Snapshot) -> int:
    """Count the files that say that their article is not public."""
    states = overview.count_file_states(site.connection)
    return states.get("unpublished", 0) + states.get("removed", 0)


def refuse_path(place: object, path: str) -> None:
    """Raise :class:`StorageError` if no document of ours can be at a path of a tree."""
    if path != MANIFEST_NAME and not is_document_path(path):
        raise StorageError(
            f"{place}: {escape_unprintable(path[:200])!r} is not the path of a document, so nothing is written there."
            " Somebody changed the index; remove it, and it is built again."
        )


def find_forgotten(site: Snapshot, old: Manifest) -> list[FormerChannel]:
    """Find the channels of a tree that its index, which is newer, does not know."""
    if site.has_been(old.generation, old.token):
        return []
    known = site.channels.paths
    return [
        one
        for one in old.list_channels()
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
    """Return whether files are as a freeze left them, and none is where it left none."""
    return manifest.files.is_as_noted(folder) and manifest.packed.is_as_noted(folder)


def find_generation(site: Snapshot, old: Manifest, new: Manifest) -> int:
    """Return the generation that a tree shows, -1 if this site cannot compare it."""
    same_site = (old.site, old.layout) == (new.site, new.layout)
    is_known = old.is_complete and same_site and site.has_been(old.generation, old.token)
    return old.generation if is_known else -1


def find_latest_time(manifest: Manifest) -> int:
    """Return the latest time of files that are as noted in a folder, or 0.

    It is in nanoseconds since 1970.
    """
    return max(manifest.files.find_latest_time(), manifest.packed.find_latest_time())
