"""A folder whose files are always whole: each is written, synced and then moved.

The temporary file is beside its place. Those of a first freeze are synced together, before the manifest
says that they are there: nobody reads them yet.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from stat import S_ISDIR

from feeds.channels.channel_set import LISTED
from feeds.errors import StorageError
from feeds.freeze.file_table import FileStamp
from feeds.freeze.manifest import refuse_path
from feeds.lib.storage.files import (
    TEMPORARY,
    can_sync_all,
    describe_strange,
    is_being_written,
    read_file,
    read_own_file,
    replace_file,
    sync_all,
    try_lock_if_known,
    wait_for_lock,
)
from feeds.publisher.marks import HEAD_BYTES

_LOCK_SECONDS = 60.0
_LOCK_STEP = 0.05


@contextlib.contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Make a folder, and let one freeze at a time write it.

    Raises :class:`StorageError` if another freeze does not end within a minute. The lock goes with this process
    and those that it forks, however they end.
    """
    _make_folder(folder)
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be read: {error.strerror}.") from None
    try:
        if not wait_for_lock(partial(try_lock_if_known, descriptor), step=_LOCK_STEP, seconds=_LOCK_SECONDS):
            raise StorageError(f"{folder}: another freeze is writing it; try again when it is done.")
        yield
    finally:
        os.close(descriptor)


class OutputFolder:
    """The output folder. ``files`` are those that it has, by their path in it.

    ``strange`` are those of them that are no ordinary files, each with what it is.
    """

    def __init__(self, root: Path, known: dict[str, FileStamp] | None = None) -> None:
        """List the folder, unless its files are ``known``.

        Raises :class:`StorageError` if it cannot be read. Then it has these, and those that it is told to
        look at.
        """
        self.root = root
        self.files: dict[str, FileStamp] = {} if known is None else known
        self.strange: dict[str, str] = {}
        self._is_listed = known is None
        self._syncs_each = True
        self._leftovers: list[str] = []
        self._folders: set[str] = set()
        if self._is_listed:
            for path, entry in _walk(str(root), ""):
                if entry.name.startswith(TEMPORARY):
                    self._leftovers.append(path)
                else:
                    self._note(path)

    def look_at(self, paths: Iterable[str]) -> None:
        """Find what is at some paths and the folders above, in an unlisted folder."""
        if self._is_listed:
            return
        seen: set[str] = set()
        for path in paths:
            self._note(path)
            for above in islice(_list_places(path), 1, None):
                if above in seen:
                    break
                seen.add(above)
                self._note(above)

    def look_for_leftovers(self, paths: Iterable[str], noted: Mapping[str, int]) -> None:
        """Find what a killed freeze left half-written beside files of an unlisted folder.

        ``noted`` are the times of folders after the last freeze: in those that still have them, nothing came since.
        """
        for folder in {path.rpartition("/")[0] for path in (() if self._is_listed else paths)}:
            with contextlib.suppress(OSError):
                above = f"{self.root}/{folder}"
                if noted.get(folder) == Path(above).stat().st_mtime_ns:
                    continue
                with os.scandir(above) as entries:
                    names = [entry.name for entry in entries if entry.name.startswith(TEMPORARY)]
                self._leftovers += (f"{folder}/{name}" if folder else name for name in names)

    def stamp_folders(self) -> dict[str, int]:
        """Return the times of folders that have a file of each channel of a kind.

        Only those can have very many.
        """
        found: dict[str, int] = {}
        for kind in LISTED:
            with contextlib.suppress(OSError):
                found[kind] = (self.root / kind).stat().st_mtime_ns
        return found

    def _note(self, path: str) -> None:
        """Note what is at a path, if it is no folder and still there."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            status = os.lstat(f"{self.root}/{path}")
            if S_ISDIR(status.st_mode):
                return
            self.files[path] = FileStamp(status.st_size, status.st_mtime_ns)
            if noun := describe_strange(status.st_mode):
                self.strange[path] = noun

    def refuse_strange(self, paths: Iterable[str]) -> None:
        """Raise :class:`StorageError` if a link, pipe or device is in a file's way.

        It may be in the place of the file or of its folder.
        """
        if not self.strange:
            return
        for path in paths:
            for place in _list_places(path):
                if (noun := self.strange.get(place)) is not None:
                    raise StorageError(
                        f"{self.root}/{place}: is {noun}, and a freeze writes through none."
                        " Remove it, or choose another folder with --output."
                    )

    def prepare(self) -> None:
        """Make the folder, and remove the files that a killed freeze left half-written."""
        _make_folder(self.root)
        for path in self._leftovers:
            if not is_being_written(path.rpartition("/")[2]):
                with contextlib.suppress(OSError):
                    (self.root / path).unlink()

    def read_heads(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Return the first bytes of some files, without those that cannot be read."""
        heads = {}
        for path in paths:
            with contextlib.suppress(OSError):
                heads[path] = read_file(self.root / path, HEAD_BYTES)
        return heads

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file, or None if it cannot be read."""
        try:
            return read_own_file(f"{self.root}/{path}")
        except OSError:
            return None

    def write(self, path: str, body: bytes) -> None:
        """Write or replace a file; it is whole at every moment.

        Raises :class:`StorageError`.
        """
        refuse_path(self.root, path)
        # A string, because making a Path takes as long as writing the file, and every file comes here.
        target = f"{self.root}/{path}"
        folder = target.rpartition("/")[0]
        if folder not in self._folders:
            _make_folder(Path(folder))
            self._folders.add(folder)
        old = self.files.get(path)
        status = replace_file(target, body, int(old.mtime) if old else 0, sync=self._syncs_each)
        self.files[path] = FileStamp(status.st_size, status.st_mtime_ns)

    def put_off_syncing(self) -> None:
        """Stop syncing each file, if the system can sync all of them by :meth:`sync`."""
        self._syncs_each = not can_sync_all()

    def begin_syncing(self) -> Callable[[], None]:
        """Have the disk begin beside all else, if that was put off.

        Returns what waits for it; what is written meanwhile is left to :meth:`sync`.
        """
        if self._syncs_each:
            return _do_nothing
        thread = threading.Thread(target=self._sync_quietly, name="sync")
        thread.start()
        return thread.join

    def _sync_quietly(self) -> None:
        # At the end, sync says what is wrong.
        with contextlib.suppress(StorageError):
            sync_all(self.root)

    def sync(self) -> None:
        """Have all files on the disk, and sync each one again from now on.

        Raises :class:`StorageError`.
        """
        if not self._syncs_each:
            sync_all(self.root)
            self._syncs_each = True

    def correct_time(self, path: str) -> FileStamp:
        """Give a file the time of now, and return its stamp. Raises :class:`StorageError`."""
        target = self.root / path
        try:
            os.utime(target)
            status = target.stat()
        except OSError as error:
            raise StorageError(f"{target}: its time cannot be set: {error.strerror}.") from None
        self.files[path] = FileStamp(status.st_size, status.st_mtime_ns)
        return self.files[path]

    def remove(self, paths: Iterable[str]) -> None:
        """Delete files, and the folders that they leave empty.

        Raises :class:`StorageError`.
        """
        for path in paths:
            target = self.root / path
            try:
                target.unlink(missing_ok=True)
            except OSError as error:
                raise StorageError(f"{target}: cannot be deleted: {error.strerror}.") from None
            self.files.pop(path, None)
            self._prune(target.parent)

    def _prune(self, folder: Path) -> None:
        while folder != self.root:
            try:
                folder.rmdir()
            except OSError:
                return
            self._folders.discard(str(folder))
            folder = folder.parent


def _do_nothing() -> None:
    pass


def _list_places(path: str) -> Iterator[str]:
    """Yield a path and the folders that it is in."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be made: {error.strerror}.") from None


def _walk(folder: str, prefix: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"{folder}: cannot be listed: {error.strerror}.") from None
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name != ".git":
                yield from _walk(entry.path, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry
