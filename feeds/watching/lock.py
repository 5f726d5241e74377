"""Lets one process of several do what only one should."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_RETRY_SECONDS = 1.0


@contextmanager
def only_one(path: Path, stop: threading.Event) -> Iterator[bool]:
    """Wait until no other process holds the lock of a file; False where told to stop before.

    The lock goes with the process, however it ends.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        held = _taken(descriptor)
        while not held and not stop.wait(_RETRY_SECONDS):
            held = _taken(descriptor)
        yield held
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
