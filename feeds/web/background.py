"""What a serving process does beside answering: follow the index, write the log, count requests."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from feeds.errors import FeedsError
from feeds.index.index import INDEX_ERRORS
from feeds.publisher.snapshot import Publisher
from feeds.web.access_log import AccessLog, mask_token
from feeds.web.metrics import Metrics

_log = logging.getLogger(__name__)

# How often to look for a sync by another process: it costs a question to one file, which takes microseconds.
_REFRESH_SECONDS = 0.1
_FLUSH_SECONDS = 1.0
# How long to wait for the end of a thread that is in the middle of something.
_STOP_SECONDS = 5.0


class BackgroundThreads:
    """The threads of a serving process: one follows the index, one writes the log and the counts.

    They start with the first request, and so in the process that answers it, after any fork.
    After :meth:`stop`, the next request starts them again. Safe to share between threads.
    """

    def __init__(self, publisher: Publisher, metrics: Metrics, log: AccessLog | None) -> None:
        self._publisher = publisher
        self._metrics = metrics
        self._log = log
        # The process that has the threads; 0 for none. After a fork, the child has none.
        self._process = 0
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()
        self._is_behind = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the threads if this process has none."""
        if self._process != os.getpid():
            with self._lock:
                if self._process != os.getpid():
                    self._start()

    def stop(self) -> None:
        """End the threads, and write what the log and the counts still hold."""
        with self._lock:
            if self._process != os.getpid():
                return
            self._stopped.set()
            for thread in self._threads:
                thread.join(_STOP_SECONDS)
            atexit.unregister(self.flush)
            self._process = 0
            # If the reader of the log does not read, its thread still waits; this one would, too.
            if not any(thread.is_alive() for thread in self._threads):
                self.flush()

    def record(self, environ: dict[str, Any], status: str, size: int) -> None:
        """Count and log an answered request; ``size`` is that of the body in bytes."""
        agent = environ.get("HTTP_USER_AGENT", "")
        self._metrics.count(environ["REQUEST_METHOD"], mask_token(environ["PATH_INFO"][1:]), status, agent)
        if self._log is not None:
            self._log.add(environ, status, size)

    def flush(self) -> None:
        """Write the log and the counts."""
        self._metrics.flush()
        if self._log is not None:
            self._log.write()

    def _start(self) -> None:
        self._publisher.index.reconnect()
        # If the index cannot be read yet, the response says so, and the thread tries again.
        with suppress(*INDEX_ERRORS):
            self._publisher.refresh()
        self._stopped = threading.Event()
        self._threads = [
            _start_repeating(self._refresh, _REFRESH_SECONDS, self._stopped),
            # In a thread of its own, because the reader of the log may be slow.
            _start_repeating(self.flush, _FLUSH_SECONDS, self._stopped),
        ]
        atexit.register(self.flush)
        self._process = os.getpid()

    def _refresh(self) -> None:
        self._is_behind = self._publisher.index.has_changed() or self._is_behind
        if self._is_behind:
            self._publisher.refresh()
            self._is_behind = False


def _start_repeating(
    action: Callable[[], None], seconds: float, stopped: threading.Event
) -> threading.Thread:
    """Start a thread that repeats ``action`` until ``stopped``; log each problem once, and its end."""

    def run() -> None:
        logged = ""
        while not stopped.wait(seconds):
            try:
                action()
                if logged:
                    _log.warning("The index can be read again.")
                logged = ""
            except FeedsError as error:
                if str(error) != logged:
                    _log.warning("%s", error)
                logged = str(error)
            except Exception:  # noqa: BLE001 - the next time may succeed; without this thread the site goes stale
                _log.exception("The index cannot be looked at, or the log not be written.")

    thread = threading.Thread(target=run, name=action.__name__, daemon=True)
    thread.start()
    return thread
