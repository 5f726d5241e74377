"""Limits how long reads may take, so that an expensive request keeps nobody else waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class TimeLimit:
    """Lets every read run for ``quick`` seconds, and a few at a time for up to ``most`` seconds.

    Safe to share between threads.
    """

    def __init__(self, quick: float, most: float, at_a_time: int) -> None:
        self.quick = quick
        self.most = most
        self._slots = threading.Semaphore(at_a_time)

    @contextmanager
    def permit(self) -> Iterator[SlowPermit]:
        """Lend the permit of one read; give its slot back on exit."""
        permit = SlowPermit(self, self._slots)
        try:
            yield permit
        finally:
            if permit.is_held:
                self._slots.release()


class SlowPermit:
    """The permit of one read to be slow. The read takes it only when its quick time is over."""

    def __init__(self, limit: TimeLimit, slots: threading.Semaphore) -> None:
        self.limit = limit
        self.is_held = False
        self._slots = slots

    def take(self) -> bool:
        """Return whether this read may be slow, because it holds a slot or one was free."""
        self.is_held = self.is_held or self._slots.acquire(blocking=False)
        return self.is_held
