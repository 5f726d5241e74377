"""Lets one freeze at a time write a folder."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from feeds.errors import StorageError

_PATIENCE_SECONDS = 60.0
_STEP_SECONDS = 0.05


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Make the folder, and wait until no other freeze writes it. Raises :class:`StorageError` after a minute.

    The lock goes with this process and those that it forks, however they end.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be made: {error.strerror}.") from None
    if sys.platform == "win32":  # where a folder cannot be locked
        yield
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be read: {error.strerror}.") from None
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not _taken(descriptor):
            if time.monotonic() > deadline:
                raise StorageError(f"{folder}: another freeze is writing it; try again when it is done.")
            time.sleep(_STEP_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    import fcntl

    # Some file systems know no locks: then two freezes at once are the operator's to avoid.
    with suppress(OSError):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
