"""How long statements may run, so that whoever asks for much keeps nobody else waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection

# How often a statement looks at the clock: about every tenth of a millisecond.
_STEPS = 10_000


class TimeLimit:
    """Lets any statement run for ``quick`` seconds; longer, up to ``most`` seconds, only so many at a time.

    Seconds are those of the processor: where a machine is busy with other things, nobody asks too much.
    Safe to share between threads.
    """

    def __init__(self, quick: float, most: float, at_a_time: int) -> None:
        self.quick = quick
        self.most = most
        self._slow = threading.Semaphore(at_a_time)

    @contextmanager
    def slowly(self) -> Iterator[bool]:
        """Whether one more may be slow, for as long as that lasts."""
        may = self._slow.acquire(blocking=False)
        try:
            yield may
        finally:
            if may:
                self._slow.release()

    @contextmanager
    def limit(self, connection: Connection) -> Iterator[None]:
        """Limit what a connection does meanwhile. A statement whose time is over raises
        :class:`sqlite3.OperationalError` with the code ``SQLITE_INTERRUPT``."""  # noqa: D205, D209 - two sentences
        began = time.thread_time()
        is_slow = False

        def must_end() -> bool:
            nonlocal is_slow
            lasted = time.thread_time() - began
            if lasted < self.quick:
                return False
            is_slow = is_slow or self._slow.acquire(blocking=False)
            return not is_slow or lasted >= self.most

        connection.set_progress_handler(must_end, _STEPS)
        try:
            yield
        finally:
            connection.set_progress_handler(None, 0)
            if is_slow:
                self._slow.release()
