"""Locks between processes: a lock on a file goes with the process that holds it, however that ends."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Callable


def try_lock(descriptor: int) -> bool:
    """Lock an open file, unless another process holds its lock. Closing the file gives the lock up.

    Raises :class:`OSError` if the file system knows no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_for_lock(
    take: Callable[[], bool],
    *,
    step: float,
    seconds: float | None = None,
    stop: threading.Event | None = None,
) -> bool:
    """Try to take a lock every ``step`` seconds, and return whether that succeeded.

    The wait ends without the lock after this many ``seconds``, or when ``stop`` is set.
    """
    stop = stop or threading.Event()
    deadline = None if seconds is None else time.monotonic() + seconds
    while not take():
        if (deadline is not None and time.monotonic() > deadline) or stop.wait(step):
            return False
    return True
