"""What a serving process does beside answering: follow the index, log, count."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from feeds.errors import FeedsError
from feeds.index.index import INDEX_ERRORS
from feeds.index.read.channels import read_shown_articles
from feeds.lib.trouble import TroubleLog
from feeds.publisher.snapshot import Publisher
from feeds.web.access_log import AccessLog
from feeds.web.hanging import can_run_threads
from feeds.web.metrics import Metrics
from feeds.web.response import PRIVATE, Label

if TYPE_CHECKING:
    from feeds.images.cache import PictureCache
    from feeds.index.read.overview import State
    from feeds.sync.keeper import Keeper

_log = logging.getLogger(__name__)

# How often to look for another process's sync. It costs one question to a file, which takes microseconds.
_REFRESH_SECONDS = 0.1
_FLUSH_SECONDS = 1.0
# Seconds between looks for new pictures, and for outdated ones; the most seconds and pictures of one run.
_PICTURES_SECONDS, _PICTURES_PAUSE, _PICTURES_AT_ONCE = 5.0, 600.0, (30.0, 100)
# Without threads: how often a request looks for edits, and the share of the time that this may take.
_CATCH_UP_SECONDS, _CATCH_UP_SHARE = 1.0, 0.2
_NO_THREADS = (
    "uWSGI runs no threads here, so edits are looked for while requests are answered, at most once a second."
    " Set enable-threads = true."
)
# How long to wait for the end of a thread that is in the middle of something.
_STOP_SECONDS = 5.0


class BackgroundThreads:
    """The threads of a serving process.

    One follows the index, one writes the log and the counts. They start with the first request, and so in
    the process that answers it, after any fork. If there is a keeper, it starts with them. If the server
    runs no threads between requests, a request does their work, at most once a second. After :meth:`stop`,
    the next request starts all but the keeper again. Safe to share between threads.
    """

    def __init__(
        self,
        publisher: Publisher,
        metrics: Metrics,
        log: AccessLog | None,
        make_keeper: Callable[[], Keeper] | None = None,
    ) -> None:
        """``make_keeper`` makes what syncs in this process, None if another one does it."""
        self._publisher = publisher
        self._metrics = metrics
        self._log = log
        # The process that has the threads; 0 for none. After a fork, the child has none.
        self._process = 0
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()
        self._is_behind = False
        self._lock = threading.Lock()
        self._make_keeper = make_keeper
        self._keeper: Keeper | None = None
        # The process that has, or had, the keeper.
        self._keeper_process = 0
        self._runs_threads = True
        self._picture_cache: PictureCache | None = None
        # The state whose pictures were looked at last, and when to look again.
        self._pictured: State | None = None
        self._pictures_due = 0.0
        self._catching_up = threading.Lock()
        self._due = 0.0

    def start(self) -> None:
        """Start the threads if this process has none, or do their work if it can run none."""
        if self._process != os.getpid():
            with self._lock:
                if self._process != os.getpid():
                    self._start()
        if not self._runs_threads:
            self._catch_up()

    def stop(self) -> None:
        """End the threads, and write what the log and the counts still hold."""
        with self._lock:
            if self._process != os.getpid():
                return
            self._stopped.set()
            for thread in self._threads:
                thread.join(_STOP_SECONDS)
            if self._keeper is not None and self._threads:
                self._keeper.stop()
            self._keeper = None
            atexit.unregister(self.flush)
            self._process = 0
            # If the reader of the log does not read, its thread still waits; this one would, too.
            if not any(thread.is_alive() for thread in self._threads):
                self.flush()

    def record(self, environ: dict[str, Any], status: str, size: int, label: Label | None) -> None:
        """Count and log an answered request; ``size`` is that of the body in bytes.

        ``label`` is that of the document, if it got one.
        """
        self._metrics.count(label, status, environ.get("HTTP_USER_AGENT", ""))
        if self._log is not None:
            self._log.add(environ, status, size, is_public=label not in (None, PRIVATE))

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
        if self._make_keeper is not None and self._keeper_process != os.getpid():
            self._keeper = self._make_keeper()
            self._keeper_process = os.getpid()
        self._runs_threads = can_run_threads()
        self._threads = self._start_threads() if self._runs_threads else []
        if not self._runs_threads:
            _log.warning("%s", _NO_THREADS)
        atexit.register(self.flush)
        self._process = os.getpid()

    def _start_threads(self) -> list[threading.Thread]:
        if self._keeper is not None:
            self._keeper.start()
        pictures = [self._fetch_pictures] if self._publisher.config.images.cache else []
        return [
            *(_start_repeating(fetch, _PICTURES_SECONDS, self._stopped) for fetch in pictures),
            _start_repeating(self._refresh, _REFRESH_SECONDS, self._stopped),
            # In a thread of its own, because the reader of the log may be slow.
            _start_repeating(self.flush, _FLUSH_SECONDS, self._stopped),
        ]

    def _fetch_pictures(self) -> None:
        """Fetch some of the pictures that pages show, unless another process does it."""
        state = self._publisher.newest.state
        if state == self._pictured and time.monotonic() < self._pictures_due:
            return
        # Loaded for the sites that cache pictures.
        from feeds.images.cache import Bounds, PictureCache

        if self._picture_cache is None:
            publisher = self._publisher
            self._picture_cache = PictureCache(
                publisher.config, publisher.pictures, bounds=Bounds(*_PICTURES_AT_ONCE)
            )
        with self._publisher.snapshot() as site:
            articles = list(read_shown_articles(site.connection))
        left = self._picture_cache.run(articles, self._stopped)
        self._pictured, self._pictures_due = state, time.monotonic() + (0 if left else _PICTURES_PAUSE)

    def _catch_up(self) -> None:
        """Do what the threads would do, unless it was just done or is being done."""
        if time.monotonic() < self._due or not self._catching_up.acquire(blocking=False):
            return
        began = time.monotonic()
        try:
            if self._keeper is not None:
                self._keeper.sync_now()
            self._refresh()
            self.flush()
        except Exception as error:  # noqa: BLE001 - the request may be answered from what is known
            _log.warning("The articles or the index cannot be looked at: %s", error)
        finally:
            now = time.monotonic()
            self._due = now + max(_CATCH_UP_SECONDS, (now - began) / _CATCH_UP_SHARE)
            self._catching_up.release()

    def _refresh(self) -> None:
        is_newer = self._publisher.pictures.pictures is not self._publisher.newest.pictures
        self._is_behind = self._publisher.index.has_changed() or is_newer or self._is_behind
        if self._is_behind:
            self._publisher.refresh()
            self._is_behind = False


def _start_repeating(
    action: Callable[[], None], seconds: float, stopped: threading.Event
) -> threading.Thread:
    """Start a thread that repeats ``action`` until ``stopped``, and logs trouble."""
    trouble = TroubleLog(partial(_log.warning, "%s"), "The index can be read again.")

    def run() -> None:
        while not stopped.wait(seconds):
            try:
                action()
                trouble.note_success()
            except FeedsError as error:
                trouble.note_failure(str(error))
            except Exception as error:  # noqa: BLE001 - the next time may succeed; without this thread the site goes stale
                trouble.note_failure(
                    f"The index cannot be looked at, or the log not be written: {type(error).__name__}: {error}."
                )

    thread = threading.Thread(target=run, name=action.__name__, daemon=True)
    thread.start()
    return thread
