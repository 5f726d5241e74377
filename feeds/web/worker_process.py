"""A worker process: it answers requests, reads the index and never syncs."""

from __future__ import annotations

import gc
import signal
import threading
import time
from functools import partial
from multiprocessing.reduction import DupFd
from typing import TYPE_CHECKING, Any

import msgspec

from feeds.config.schema import Config
from feeds.index import is_filled, open_index
from feeds.lib.processes import end_with_parent
from feeds.publisher.snapshot import Publisher
from feeds.web.shared_counts import SharedCounts
from feeds.web.starting import note_when_listening

if TYPE_CHECKING:
    from flask import Flask

_STDOUT = 1
_START_SECONDS = 60.0
_POLL_SECONDS = 0.05


class WorkerLoader:
    """Makes the application of a worker process.

    It is sent to each worker when that starts, with the configuration of this moment, through
    the pipe of multiprocessing: no file holds the state of a running server.
    """

    def __init__(
        self,
        config: Config,
        counts: SharedCounts,
        *,
        log: bool,
        monitored: bool = True,
        telling: int | None = None,
    ) -> None:
        """``log`` makes it print a line for each request.

        ``monitored`` makes it answer for ``/healthz`` and ``/metrics``. ``telling`` is the pipe into which it says
        that it listens.
        """
        self.config = config
        self._counts = counts
        self._log = log
        self._monitored = monitored
        self._telling = telling

    def __reduce__(self) -> tuple[Any, ...]:
        telling = None if self._telling is None else DupFd(self._telling)
        return _receive, (
            msgspec.msgpack.encode(self.config), self._counts, self._log, self._monitored, telling,
        )  # fmt: skip

    def __call__(self) -> Flask:
        """Make the application, once the index is filled."""
        from feeds.web.access_log import AccessLog
        from feeds.web.app import create

        # To this thread, the main one: what another thread of this process gets wakes nobody.
        end_with_parent(partial(signal.pthread_kill, threading.get_ident(), signal.SIGTERM))
        deadline = time.monotonic() + _START_SECONDS
        # Only the process that syncs makes an index; until it is filled, it seems empty.
        while not is_filled(self.config) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        publisher = Publisher(self.config, open_index(self.config))
        log = AccessLog(_STDOUT, hides_tokens=bool(self.config.private)) if self._log else None
        app = create(publisher, log, self._counts, monitored=self._monitored)
        # What is loaded stays until the end: nobody needs to look for garbage in it, neither now nor then.
        gc.freeze()
        if self._telling is not None:
            note_when_listening(self._telling)
        return app


def _receive(config: bytes, counts: SharedCounts, log: bool, monitored: bool, telling: Any) -> WorkerLoader:  # noqa: FBT001 - as it was packed
    return WorkerLoader(
        msgspec.msgpack.decode(config, type=Config),
        counts,
        log=log,
        monitored=monitored,
        telling=telling.detach() if telling else None,
    )
