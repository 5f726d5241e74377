"""Tell every receiver what is pending, once or for as long as a server runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable

from feeds.config.schema import Config
from feeds.errors import FeedsError
from feeds.push.delivery import TIMEOUT, Notification, describe_failures, notify
from feeds.push.outbox import Outbox, Pending
from feeds.push.receivers import Receiver
from feeds.version import __version__

_log = logging.getLogger(__name__)
# With fewer seconds left than that, no request begins.
_LEAST = 1.0
# How often, in seconds, a server looks for what another process has left, and how long a round of it takes at most.
_INTERVAL, _ROUND_SECONDS = 30.0, 300.0
Choice = Callable[[Pending], Collection[str]]


def choose_due(pending: Pending) -> Collection[str]:
    """Choose what is pending if it is time to tell the receiver."""
    return pending.urls if pending.due <= time.time() else ()


def choose_all(pending: Pending) -> Collection[str]:
    """Choose what is pending, even if it is too early."""
    return pending.urls


class Round:
    """Tells all receivers at once, in the background.

    It ends when all is told, ``seconds`` have passed or ``stopped`` is set. Each has a thread of its own,
    so that a slow one holds up no other.
    """

    def __init__(
        self,
        config: Config,
        choose: Choice = choose_due,
        seconds: float = 3600.0,
        stopped: threading.Event | None = None,
    ) -> None:
        """Begin. Nothing is raised; :meth:`wait` returns what went wrong."""
        self._outbox = Outbox.of(config)
        self._sender = f"feeds/{__version__} (+{config.site.base_url})"
        self._choose = choose
        self._end = time.monotonic() + seconds
        self._stopped = stopped or threading.Event()
        late = "it did not answer in time"
        receivers = self._outbox.receivers
        self._results = {one.address: [Notification(one.address, "", "later", late)] for one in receivers}
        self._threads = [
            threading.Thread(target=self._tell, args=(one,), name=f"push {one.address}", daemon=True)
            for one in receivers
        ]
        for thread in self._threads:
            thread.start()

    def wait(self) -> list[Notification]:
        """Wait for the end of the round, and return what came of it, receiver by receiver."""
        for thread in self._threads:
            thread.join(max(0, self._end - time.monotonic()) + _LEAST)
        return [result for results in list(self._results.values()) for result in results]

    def _tell(self, receiver: Receiver) -> None:
        """Tell a receiver what is chosen, and note what came of it."""
        address = receiver.address
        try:
            pending = self._outbox.read(address)
            chosen = list(self._choose(pending))
            results = self._notify(receiver, chosen)
            if results:
                results = self._outbox.settle(results, pending, time.time())
        except FeedsError as error:
            self._results[address] = [Notification(address, "", "later", str(error).rstrip("."))]
        else:
            untried = chosen[len(results) :]
            results += [Notification(address, url, "later", "there was no time left") for url in untried]
            self._results[address] = results

    def _notify(self, receiver: Receiver, urls: list[str]) -> list[Notification]:
        """Tell a receiver of addresses while time is left; ask an absent one only once."""
        results: list[Notification] = []
        for batch in (urls[start : start + receiver.most] for start in range(0, len(urls), receiver.most)):
            left = self._end - time.monotonic()
            if left < _LEAST or self._stopped.is_set():
                break
            found = notify(receiver, batch, self._sender, min(TIMEOUT, left))
            if found[0].away:
                return results + [found[0]._replace(url=rest) for rest in urls[len(results) :]]
            results += found
        return results


class Pinger:
    """Tells receivers what is due, in the background of a server.

    Failures are logged, never raised.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._outbox = Outbox.of(config)
        self._stopped = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="push", daemon=True)

    def start(self) -> None:
        """Begin; without receivers there is nothing to begin."""
        if self._outbox.receivers:
            self._thread.start()

    def notify(self, urls: Iterable[str], delay: float = 0) -> None:
        """Note that addresses changed; receivers are told ``delay`` seconds later.

        Returns at once.
        """
        try:
            self._outbox.add(urls, time.time(), delay)
        except FeedsError as error:
            _log.warning("Nobody was told of a change. %s", error)
        self._wake.set()

    def stop(self) -> None:
        """End within a second or so; a request under way is left to end by itself."""
        self._stopped.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_LEAST)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                results = Round(self._config, choose_due, _ROUND_SECONDS, self._stopped).wait()
                # What a round that was stopped has not told is left to the next process.
                for sentence in () if self._stopped.is_set() else describe_failures(results):
                    _log.warning("%s", sentence)
            except Exception:  # noqa: BLE001 - the thread must outlive any bug of ours
                _log.exception("Nobody was told of changes.")
            pending = [self._outbox.read(one.address) for one in self._outbox.receivers]
            waits = [one.due - time.time() for one in pending if one.urls]
            # If something is still due after a round, it could not be noted or time ran out: do not try again
            # at once.
            self._wake.wait(min([_INTERVAL, *(wait for wait in waits if wait > 0)]))
