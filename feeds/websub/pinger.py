"""Tells hubs in the background of a server, for as long as it runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from feeds.config.schema import Config
from feeds.errors import FeedsError
from feeds.websub.commands import failures
from feeds.websub.delivery import introduction
from feeds.websub.outbox import Outbox
from feeds.websub.round import HubSession, due

_log = logging.getLogger(__name__)
# So often, in seconds, it looks for what another process has left.
_LOOK = 30.0
_GOODBYE_SECONDS = 1.0


class Pinger:
    """Keeps a daemon thread for each hub, which tells what is due and tries again in time.

    It goes on with what an earlier process has left. Failures are logged, never raised.
    ``clock`` gives epoch seconds.
    """

    def __init__(
        self, config: Config, outbox: Outbox | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._outbox = outbox or Outbox.of(config)
        self._clock = clock
        self._stopped = threading.Event()
        self._wake = {hub: threading.Event() for hub in self._outbox.hubs}
        self._errands = {
            hub: HubSession(self._outbox, hub, introduction(config), clock=clock, over=self._stopped.is_set)
            for hub in self._outbox.hubs
        }
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin; without hubs there is nothing to begin."""
        for hub in self._outbox.hubs:
            thread = threading.Thread(target=self._serve, args=(hub,), name=f"websub {hub}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def notify(self, urls: Iterable[str], delay: float = 0) -> None:
        """Note that these feeds changed, and return at once: the hubs are told in the background,
        after a delay in seconds."""  # noqa: D205, D209 - one sentence
        if not self._outbox.hubs:
            return
        try:
            self._outbox.add(urls, self._clock() + delay)
        except FeedsError as error:
            _log.warning("Hubs were not told of a change. %s", error)
        for event in self._wake.values():
            event.set()

    def stop(self) -> None:
        """End within a second or so; an attempt under way is left to end by itself."""
        self._stopped.set()
        for event in self._wake.values():
            event.set()
        for thread in self._threads:
            thread.join(_GOODBYE_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _serve(self, hub: str) -> None:
        while not self._stopped.is_set():
            self._wake[hub].clear()
            try:
                wait = self._work(hub)
            except FeedsError as error:
                _log.warning("%s was not told of changes. %s", hub, error)
                wait = _LOOK
            except Exception:  # noqa: BLE001 - the thread must outlive any fault of ours
                _log.exception("%s was not told of changes.", hub)
                wait = _LOOK
            self._wake[hub].wait(wait)

    def _work(self, hub: str) -> float:
        """Tell a hub what is due; the seconds until the next look."""
        told = self._errands[hub].run(due)
        if self._stopped.is_set():
            return 0
        for sentence in failures(told):
            _log.warning("%s", sentence)
        times = [pending.due for pending in self._outbox.waiting(hub)]
        return max(0, min([_LOOK, *(moment - self._clock() for moment in times)]))
