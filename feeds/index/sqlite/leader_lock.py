"""The lock of a file, for one process of several on a machine."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class FileTurn:
    """Held by one process that has the file open; it goes with the process, however it ends."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def is_held(self) -> bool:
        """Whether this process holds the lock, which it takes where it is free."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Give the lock up."""
        os.close(self._descriptor)
