"""Notes about pictures of other sites, and their small copies, beside the index.

It can be deleted at any time: then each picture is fetched again. Copies are named by the bytes that they were made of,
so one never changes. Whoever reads looks whether the list was replaced, which takes microseconds.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from secrets import token_hex

import msgspec
from msgspec import Struct

from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.lib.storage.files import (
    PRIVATE_FILE,
    keep_private,
    make_private_folder,
    read_own_file,
    replace_file,
    try_lock_if_known,
)

# The path below which the copies are on the site.
COPIES = "pictures/"
_LIST = "list.json"
# The name of a copy. It is checked, because somebody may have changed the list.
_HASH = re.compile(r"[0-9a-f]{20}")
_ENDINGS = ("webp", "jpg")
_LARGEST_COPY = 2_000_000


class PictureCopy(Struct, frozen=True):
    """A small copy of a picture, as WebP and as JPEG: its size in pixels."""

    width: int
    height: int


class Picture(Struct, frozen=True, omit_defaults=True):
    """What is known of a picture; times are in seconds since 1970.

    ``hash`` is that of its bytes, "" as long as there is no copy. ``copies`` begin with the smallest. It is asked for
    again when it is ``due``, after so many ``failures`` in a row. ``changed`` is the generation in which its copies
    changed.
    """

    hash: str = ""
    copies: tuple[PictureCopy, ...] = ()
    etag: str = ""
    last_modified: str = ""
    due: float = 0
    failures: int = 0
    changed: int = 0

    @property
    def is_shown(self) -> bool:
        """Whether there are copies, and names of them that can be files."""
        return bool(self.copies) and _HASH.fullmatch(self.hash) is not None

    def make_path(self, copy: PictureCopy, ending: str) -> str:
        """Return the path of a copy on the site."""
        return f"{COPIES}{self.hash}-{copy.width}.{ending}"


class Pictures(Struct, frozen=True):
    """All pictures by address.

    ``birth`` is the random name of this list; ``generation`` counts its changes.
    """

    birth: str = ""
    generation: int = 0
    pictures: dict[str, Picture] = {}

    @property
    def name(self) -> str:
        """The name of this state, "" if there is no list."""
        return f"{self.birth}.{self.generation}" if self.birth else ""

    def find(self, url: str) -> Picture | None:
        """Return a picture that has copies."""
        found = self.pictures.get(url)
        return found if found is not None and found.is_shown else None

    def list_paths(self) -> Iterator[str]:
        """Yield the path of each copy, each once."""
        seen: set[str] = set()
        for picture in self.pictures.values():
            if picture.is_shown and picture.hash not in seen:
                seen.add(picture.hash)
                yield from (picture.make_path(copy, ending) for copy in picture.copies for ending in _ENDINGS)

    def find_changed(self, before: str) -> set[str] | None:
        """Return the addresses whose copies changed since a state, None for another list.

        Those that were forgotten are not among them: no article shows them any more.
        """
        birth, _, generation = before.rpartition(".")
        if birth != self.birth or not generation.isdigit():
            return None if before != self.name else set()
        return {url for url, one in self.pictures.items() if one.changed > int(generation)}


NO_PICTURES = Pictures()
_decode = msgspec.json.Decoder(Pictures).decode


class PictureStore:
    """The folder of a configuration. Safe to share between threads and processes."""

    def __init__(self, config: Config) -> None:
        self.folder = config.index_path.with_name("pictures")
        self._is_used = config.images.cache
        self._lock = threading.Lock()
        self._mark: tuple[int, int] | None = None
        self._known = NO_PICTURES

    @property
    def pictures(self) -> Pictures:
        """The newest list; an empty one if there is none, or if pictures are not cached."""
        mark = self._look() if self._is_used else None
        if mark != self._mark:
            with self._lock:
                self._known, self._mark = self.read() if mark else NO_PICTURES, mark
        return self._known

    def read(self) -> Pictures:
        """Read the list; a new one if it is damaged."""
        with suppress(OSError, msgspec.DecodeError):
            return _decode(read_own_file(self._list))
        return Pictures(token_hex(8))

    def write(self, pictures: Pictures) -> None:
        """Replace the list. Raises :class:`StorageError`."""
        replace_file(self._list, msgspec.json.encode(pictures), mode=PRIVATE_FILE)

    def read_copy(self, path: str) -> bytes | None:
        """Return the bytes of a copy by its path on the site, None if it cannot be read."""
        try:
            body = read_own_file(self.folder / path.removeprefix(COPIES))
        except OSError:
            return None
        return body if len(body) <= _LARGEST_COPY else None

    def write_copy(self, path: str, body: bytes) -> None:
        """Write a copy. Raises :class:`StorageError`."""
        replace_file(self.folder / path.removeprefix(COPIES), body, mode=PRIVATE_FILE)

    def remove_others(self, pictures: Pictures) -> None:
        """Delete the copies of pictures that are not in a list."""
        kept = {path.removeprefix(COPIES) for path in pictures.list_paths()}
        for file in self.folder.iterdir():
            if file.suffix[1:] in _ENDINGS and file.name not in kept:
                with suppress(OSError):
                    file.unlink()

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """Make the folder, and tell whether this process alone may change it now.

        Raises :class:`StorageError`.
        """
        try:
            make_private_folder(self.folder.parent)
            make_private_folder(self.folder)
            with (self.folder / "lock").open("ab") as opened:
                keep_private(Path(opened.name))
                yield try_lock_if_known(opened.fileno())
        except OSError as error:
            raise StorageError(f"{self.folder}: cannot be used for pictures: {error.strerror}.") from None

    @cached_property
    def _list(self) -> Path:
        return self.folder / _LIST

    def _look(self) -> tuple[int, int] | None:
        try:
            status = self._list.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino
