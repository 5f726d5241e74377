"""Writes a file so that it is whole at every moment, and reads one without waiting for it."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
from pathlib import Path

from feeds.errors import StorageError

TEMPORARY = ".feeds-new-"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def replace_file(target: Path | str, body: bytes) -> os.stat_result:
    """Put ``body`` in place of a file: written beside it, synced, moved over it.

    Gives the status of the new file. Raises :class:`StorageError`.
    """
    # By the system's own calls: a Path and a stream take as long again as the rest, and every file comes here.
    folder = os.path.dirname(target)  # noqa: PTH120 - likewise
    temporary = f"{folder or '.'}/{TEMPORARY}{os.getpid()}-{threading.get_ident():x}"
    try:
        descriptor = os.open(temporary, _NEW, 0o666)
        try:
            _write(descriptor, body)
            os.fsync(descriptor)
            status = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, target)  # noqa: PTH105 - likewise
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108 - likewise
        raise StorageError(f"{target}: cannot be written: {error.strerror}.") from None
    return status


def sweep(folder: Path) -> None:
    """Remove what killed processes have left half-written in a folder."""
    for path in folder.glob(f"{TEMPORARY}*"):
        if not is_written(path.name):
            with contextlib.suppress(OSError):
                path.unlink()


def is_written(name: str) -> bool:
    """Whether the process that gave a file its temporary name is still running on this machine."""
    try:
        os.kill(int(name.removeprefix(TEMPORARY).partition("-")[0]), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def read_file(path: Path, most: int) -> bytes:
    """The first ``most`` bytes of an ordinary file. Raises :class:`OSError`, for a pipe too."""
    # What is a pipe by now must not be waited for.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not an ordinary file")
        return stream.read(most)


def _write(descriptor: int, body: bytes) -> None:
    """Write all: a write may take only part of what it is given."""
    rest = memoryview(body)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
