"""Replaces files atomically, reads without waiting for pipes, and locks files."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from feeds.errors import StorageError
from feeds.lib.storage.file_names import from_system, to_system

TEMPORARY = ".feeds-new-"
# A web server may tell files apart by seconds. A file that is further ahead was written by a wrong clock.
_SECOND, _MOST_SECONDS_AHEAD = 10**9, 600
# What a freeze wrote into a folder, and so the sign of a frozen tree.
MANIFEST_NAME = ".feeds-manifest.json"
# The folder of index and outbox, beside the output. They have more than is published: paths, hashes, problems.
STATE_FOLDER = ".feeds"
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
# A file that became a pipe must not block us.
_READING = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
# A link out of a folder must not be followed, even if there was a file before.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
# The errors of file systems without hard links.
_NO_HARD_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL)
_KINDS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


def replace_file(
    target: Path | str, body: bytes, after: int = 0, mode: int = 0o666, *, sync: bool = True
) -> os.stat_result:
    """Replace a file by ``body``: write it beside the file, sync it, move it over.

    ``after`` is the time of the old file, in nanoseconds: the new one is of a later second, unless the old
    one is far in the future. ``mode`` has the permissions, before the umask. Without ``sync``, the file may be
    empty after a power cut, until :func:`sync_all` was called. Returns the status of the new
    file. Raises :class:`StorageError`.
    """
    # System calls, because a Path and a stream would double the time, and every file is written here.
    folder = os.path.dirname(target)  # noqa: PTH120 - see above
    temporary = f"{folder or '.'}/{TEMPORARY}{os.getpid()}-{threading.get_ident():x}"
    try:
        descriptor = open_new_file(temporary, mode)
        try:
            _write(descriptor, body)
            if sync:
                os.fsync(descriptor)
            status = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        seconds_ahead = after // _SECOND - status.st_mtime_ns // _SECOND
        if 0 <= seconds_ahead < _MOST_SECONDS_AHEAD:
            os.utime(temporary, ns=(status.st_atime_ns, (after // _SECOND + 1) * _SECOND))
            status = os.stat(temporary)  # noqa: PTH116 - see above
        os.replace(temporary, target)  # noqa: PTH105 - see above
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108 - see above
        raise StorageError(f"{target}: cannot be written: {error.strerror}.") from None
    return status


def can_sync_all() -> bool:
    """Return whether :func:`sync_all` works on this system."""
    return _find_syncfs() is not None


def sync_all(folder: Path) -> None:
    """Have the disk hold all that was written to a folder's file system.

    Raises :class:`StorageError`. Of thousands of new files that are synced one by one, each waits for the
    disk.
    """
    syncfs = _find_syncfs()
    assert syncfs is not None  # noqa: S101 - asked before files are left unsynced
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be synced: {error.strerror}.") from None
    try:
        failed = syncfs(descriptor)
    finally:
        os.close(descriptor)
    if failed:
        raise StorageError(f"{folder}: cannot be synced. Is its disk full, or damaged?")


@cache
def _find_syncfs() -> Callable[[int], int] | None:
    """Return Linux's function that syncs one file system (syncfs(2)), None elsewhere."""
    if sys.platform != "linux":
        return None
    try:
        import ctypes

        syncfs: Callable[[int], int] = ctypes.CDLL(None).syncfs
    except (ImportError, OSError, AttributeError):
        return None
    return syncfs


def create_file(target: Path, body: bytes) -> bool:
    """Write a new file; return whether it was written.

    Raises :class:`StorageError`. It is written beside its place and linked there, so that it is whole
    however the process ends, and nothing that another process wrote meanwhile is replaced.
    """
    temporary = f"{target.parent}/{TEMPORARY}{os.getpid()}-{threading.get_ident():x}"
    try:
        descriptor = open_new_file(temporary, 0o666)
        try:
            _write(descriptor, body)
        finally:
            os.close(descriptor)
        _link_new(temporary, target, body)
    except FileExistsError:
        return False
    except OSError as error:
        raise StorageError(f"{target}: cannot be written: {error.strerror}.") from None
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108 - see replace_file
    return True


def _link_new(temporary: str, target: Path, body: bytes) -> None:
    """Give a written file its name. Raises :class:`OSError`."""
    try:
        os.link(temporary, target)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        with target.open("xb") as stream:
            stream.write(body)


def is_of_wrong_clock(mtime: int) -> bool:
    """Return whether a file's time, in nanoseconds, comes from a wrong clock.

    It is too far in the future.
    """
    return mtime // _SECOND - _MOST_SECONDS_AHEAD > time.time()


def make_private_folder(folder: Path) -> None:
    """Make the folder of what only we may read, if missing.

    Raises :class:`OSError`. One with a name of ours that others may read is closed to them.
    """
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    if folder.name == STATE_FOLDER:
        keep_private(folder, PRIVATE_FOLDER)


def keep_private(path: Path, mode: int = PRIVATE_FILE) -> None:
    """Take a file or folder of ours from others who may read it, if possible."""
    with contextlib.suppress(OSError):
        if stat.S_IMODE(path.lstat().st_mode) & 0o077 and not path.is_symlink():
            path.chmod(mode)


def open_new_file(temporary: str, mode: int) -> int:
    """Make a temporary file, and open it for writing. Raises :class:`OSError`.

    What is there was left by a killed process with this number, or is a link to elsewhere.
    """
    try:
        return os.open(temporary, _NEW, mode)
    except FileExistsError:
        os.unlink(temporary)  # noqa: PTH108 - see replace_file
        return os.open(temporary, _NEW, mode)


def describe_strange(mode: int) -> str | None:
    """Return in words what has a mode that is no ordinary file's, None if it is one."""
    if stat.S_ISREG(mode):
        return None
    return next((noun for is_kind, noun in _KINDS if is_kind(mode)), "a device")


def refuse_strange(*paths: Path) -> None:
    """Raise :class:`StorageError` if something else is in the place of a file of ours.

    To open a pipe would wait, and to write through a link would change a file that is not ours.
    """
    for path in paths:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            noun = describe_strange(os.lstat(path).st_mode)
            if noun is not None:
                raise StorageError(f"{path}: is {noun} in the way of a file of feeds. Remove it.")


def remove_leftovers(folder: Path) -> None:
    """Remove the half-written files of killed processes from a folder."""
    for path in folder.glob(f"{TEMPORARY}*"):
        if not is_being_written(path.name):
            with contextlib.suppress(OSError):
                path.unlink()


def is_being_written(name: str) -> bool:
    """Return whether the process that writes a temporary file still runs here."""
    try:
        os.kill(int(name.removeprefix(TEMPORARY).partition("-")[0]), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def read_file(path: Path, most: int) -> bytes:
    """Return the first ``most`` bytes of an ordinary file.

    Raises :class:`OSError`, for a pipe too.
    """
    return _read(os.open(path, _READING), most)


def read_own_file(path: Path | str) -> bytes:
    """Return the bytes of an ordinary file.

    Raises :class:`OSError`, for a pipe, a device and a link too.
    """
    descriptor = os.open(path, _READING | _NO_LINK)
    return _read(descriptor, os.fstat(descriptor).st_size + 1)


def read_within(folder: Path | str, path: str, most: int) -> bytes:
    """Return the first ``most`` bytes of an ordinary file below a folder.

    Since it was listed, it may have become something else. Raises :class:`OSError`, also for a
    link out of the folder.
    """
    if "\0" in path or (".." in path and ".." in path.split("/")):
        # No listing has such a path, but an index that somebody changed may.
        raise OSError(errno.EINVAL, "it is not in the folder")
    full = locate(folder, path)
    try:
        descriptor = os.open(full, _READING | _NO_LINK)
    except OSError as error:
        if error.errno != errno.ELOOP or not _is_within(full, folder):
            raise
        descriptor = os.open(full, _READING)
    return _read(descriptor, most)


def find_within(folder: Path | str, path: str) -> tuple[str, os.stat_result]:
    """Return the real path below a folder of the file at a path, and its status.

    Another one than ``path``, if that is a link or behind one. Raises :class:`OSError`, also if it is not in the
    folder.
    """
    if "\0" in path:
        raise OSError(errno.EINVAL, "it is not a path")
    root = os.path.realpath(folder)
    full = os.path.realpath(locate(folder, path))
    if not full.startswith(root + os.sep):
        raise OSError(errno.EXDEV, "it is not in the folder")
    status = os.stat(full)  # noqa: PTH116 - as in replace_file
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not an ordinary file")
    return from_system(full[len(root) + 1 :]), status


def locate(folder: Path | str, path: str) -> str:
    """Return where a file below a folder is, as the functions of the system expect it."""
    return f"{folder}/{to_system(path)}"


def is_real_folder(root: Path | str, path: str) -> bool:
    """Return whether no folder on the way from a root to a folder below it is a link."""
    return not path or os.path.realpath(locate(root, path)) == locate(os.path.realpath(root), path)


def _is_within(file: str, folder: Path | str) -> bool:
    return os.path.realpath(file).startswith(os.path.realpath(folder) + os.sep)


def _read(descriptor: int, most: int) -> bytes:
    """Return the first bytes of an open ordinary file, and close it."""
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not an ordinary file")
        # Room for all, and for one more to see that it was all: room for the longest allowed takes longer than reading.
        data = os.read(descriptor, min(status.st_size + 1, most))
        if len(data) != status.st_size and len(data) < most:
            # It has grown meanwhile, or is longer than the system reads at once.
            with open(descriptor, "rb", closefd=False) as stream:
                data += stream.read(most - len(data))
        return data
    finally:
        os.close(descriptor)


def _write(descriptor: int, body: bytes) -> None:
    """Write all bytes; one call may write only a part."""
    rest = memoryview(body)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def try_lock(descriptor: int) -> bool:
    """Lock an open file until it is closed, unless another process has the lock.

    Raises :class:`OSError` if the file system knows no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def try_lock_if_known(descriptor: int) -> bool:
    """Lock an open file as :func:`try_lock`; return True if locks are unknown.

    There, the operator must not start the same work twice at once.
    """
    try:
        return try_lock(descriptor)
    except OSError:
        return True


def wait_for_lock(take: Callable[[], bool], *, step: float, seconds: float) -> bool:
    """Try to take a lock every ``step`` seconds, for this many ``seconds``.

    Return whether that succeeded.
    """
    deadline = time.monotonic() + seconds
    while not take():
        if time.monotonic() > deadline:
            return False
        time.sleep(step)
    return True
