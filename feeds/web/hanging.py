"""What a worker does while the database hangs: go on with what is in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Generic, TypeVar

from feeds.errors import IndexUnavailableError

Value = TypeVar("Value")
# A request looks so often, and waits so long each time, in seconds, for one of those that use the database to come
# back or to get on. Of a moment in which all of the machine stands still, one look takes place, not all.
_LOOKS, _LOOK_SECONDS = 5, 0.05
# In all that time, those that get on take more time of a processor than this, in seconds, on a busy machine too.
_LEAST_WORK = 0.002


class DatabaseGate:
    """Limits how many requests use the database, so that other threads stay free.

    A request beyond these waits for its turn. But if none of those inside comes back or gets on, the database
    hangs: then all others are refused at once, until one comes back. Safe to share between threads.
    """

    def __init__(self, at_a_time: int) -> None:
        self._at_a_time = at_a_time
        # The clocks of those inside, by their threads.
        self._inside: dict[int, int | None] = {}
        self._left = 0
        self._hangs = False
        self._changed = threading.Condition()

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Let the caller use the database in the context.

        Raise :class:`IndexUnavailableError` if the database hangs.
        """
        with self._changed:
            while len(self._inside) >= self._at_a_time:
                self._wait()
            self._inside[threading.get_ident()] = _find_clock()
        try:
            yield
        finally:
            with self._changed:
                del self._inside[threading.get_ident()]
                self._left += 1
                self._hangs = False
                self._changed.notify()

    def _wait(self) -> None:
        """Wait until one comes back. Raise if none does, and none works either."""
        left, worked = self._left, self._measure_work()
        if not self._hangs and all(self._is_silent(left) for _ in range(_LOOKS)):
            self._hangs = self._measure_work() - worked < _LEAST_WORK
            self._changed.notify_all()
        if self._hangs:
            raise IndexUnavailableError("The database does not answer other requests.")

    def _is_silent(self, left: int) -> bool:
        """Wait for a moment; return whether still only ``left`` have come back."""
        return not self._changed.wait(_LOOK_SECONDS) and left == self._left

    def _measure_work(self) -> float:
        """Return the CPU seconds of those inside; the clock's if nobody can know them."""
        total = 0.0
        for clock in self._inside.values():
            if clock is None:
                return time.monotonic()
            total += time.clock_gettime(clock)
        return total


def _find_clock() -> int | None:
    """Return the CPU clock of this thread, None if other threads cannot read it."""
    with suppress(AttributeError, OSError):
        return time.pthread_getcpuclockid(threading.get_ident())
    return None


class BoundedQuestion(Generic[Value]):
    """Asks a question in its own thread, one at a time, with a limit on the wait.

    Who asks while the last one is not answered waits for that answer. Safe to share between threads.
    """

    def __init__(self, ask: Callable[[], Value], seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._asked: Future[Value] | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Value:
        """Return the answer. Raise :class:`TimeoutError` if it is late.

        Raises whatever the question raises, too.
        """
        if not can_run_threads():
            return self._ask()
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                thread = threading.Thread(target=self._run, args=(self._asked,), daemon=True, name="question")
                thread.start()
            asked = self._asked
        return asked.result(self._seconds)

    def _run(self, asked: Future[Value]) -> None:
        try:
            asked.set_result(self._ask())
        except Exception as error:  # noqa: BLE001 - who asks gets it
            asked.set_exception(error)


def can_run_threads() -> bool:
    """Return whether threads run between requests; uWSGI stops them by default."""
    try:
        uwsgi = import_module("uwsgi")
    except ImportError:
        return True
    return any(option in uwsgi.opt for option in ("enable-threads", "threads"))
