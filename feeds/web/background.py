"""What a serving process does beside answering: keep up with the index, log, count."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from feeds.errors import FeedsError
from feeds.index.index import INDEX_ERRORS
from feeds.publisher.snapshot import Publisher
from feeds.web.access_log import AccessLog, mask_token
from feeds.web.metrics import Metrics

_log = logging.getLogger(__name__)

# How often another process' sync is looked for: a file is asked, which takes microseconds.
_LOOK_SECONDS = 0.1
_FLUSH_SECONDS = 1.0


class BackgroundThreads:
    """The threads of a serving process; they begin with the first request, after any fork."""

    def __init__(self, publisher: Publisher, metrics: Metrics, log: AccessLog | None) -> None:
        self._publisher = publisher
        self._metrics = metrics
        self._log = log
        self._process = 0
        self._behind = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the threads where this process has none yet."""
        if self._process != os.getpid():
            with self._lock:
                if self._process != os.getpid():
                    self._publisher.index.reconnect()
                    # Where the index cannot be read yet, the answer says so, and the next look tries again.
                    with suppress(*INDEX_ERRORS):
                        self._publisher.refresh()
                    self._process = os.getpid()
                    atexit.register(self.flush)
                    _repeat(self._refresh, _LOOK_SECONDS)
                    # Apart: whoever reads the log may be slow.
                    _repeat(self.flush, _FLUSH_SECONDS)

    def record(self, environ: dict[str, Any], status: str, size: int) -> None:
        """Take down an answered request."""
        agent = environ.get("HTTP_USER_AGENT", "")
        self._metrics.count(environ["REQUEST_METHOD"], mask_token(environ["PATH_INFO"][1:]), status, agent)
        if self._log is not None:
            self._log.add(environ, status, size)

    def flush(self) -> None:
        """Write the log and the counts."""
        self._metrics.flush()
        if self._log is not None:
            self._log.write()

    def _refresh(self) -> None:
        self._behind = self._publisher.index.has_changed() or self._behind
        if self._behind:
            self._publisher.refresh()
            self._behind = False


def _repeat(doing: Callable[[], None], seconds: float) -> None:
    """Do something now and then, in a thread of its own; say once what goes wrong, and when it goes on."""

    def run() -> None:
        said = ""
        while True:
            time.sleep(seconds)
            try:
                doing()
                if said:
                    _log.warning("The index can be read again.")
                said = ""
            except FeedsError as error:
                if str(error) != said:
                    _log.warning("%s", error)
                said = str(error)
            except Exception:  # noqa: BLE001 - the next time may succeed; without this thread the site goes stale
                _log.exception("The index cannot be looked at, or the log not be written.")

    threading.Thread(target=run, name=doing.__name__, daemon=True).start()
