"""What a serving process does beside answering: keep up with the index, log, count."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from typing import Any

from feeds.publisher import Publisher
from feeds.web.accesslog import AccessLog
from feeds.web.metrics import Metrics

_log = logging.getLogger(__name__)

# How often another process' sync is looked for: a file is asked, which takes microseconds.
_LOOK_SECONDS = 0.1
_FLUSH_SECONDS = 1.0


class Traffic:
    """The thread of a serving process; it begins with the first request, after any fork."""

    def __init__(self, publisher: Publisher, metrics: Metrics, log: AccessLog | None) -> None:
        self._publisher = publisher
        self._metrics = metrics
        self._log = log
        self._process = 0
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Start the thread where this process has none yet."""
        if self._process != os.getpid():
            with self._lock:
                if self._process != os.getpid():
                    self._publisher.index.reconnect()
                    self._publisher.refresh()
                    self._process = os.getpid()
                    atexit.register(self.flush)
                    threading.Thread(target=self._run, name="traffic", daemon=True).start()

    def note(self, environ: dict[str, Any], status: str, size: int) -> None:
        """Take down an answered request."""
        agent = environ.get("HTTP_USER_AGENT", "")
        self._metrics.note(environ["REQUEST_METHOD"], environ["PATH_INFO"][1:], status, agent)
        if self._log is not None:
            self._log.note(environ, status, size)

    def flush(self) -> None:
        """Write the log and the counts."""
        self._metrics.flush()
        if self._log is not None:
            self._log.write()

    def _run(self) -> None:
        flushed = 0.0
        while True:
            time.sleep(_LOOK_SECONDS)
            try:
                if self._publisher.index.has_changed():
                    self._publisher.refresh()
                if time.monotonic() - flushed >= _FLUSH_SECONDS:
                    flushed = time.monotonic()
                    self.flush()
            except Exception:  # noqa: BLE001 - the next look may succeed; without this thread the site goes stale
                _log.exception("The index cannot be looked at, or the log not be written.")
                time.sleep(_FLUSH_SECONDS)
