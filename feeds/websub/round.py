"""One round of telling: every hub in a thread of its own, so that none waits for another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from typing import NamedTuple

from feeds.config.schema import Config
from feeds.errors import FeedsError
from feeds.websub.backoff import Pending
from feeds.websub.delivery import TIMEOUT, HubAnswer, introduction, tell
from feeds.websub.outbox import Outbox, Told

# What was told is noted so often: a killed process tells no more than these twice.
_BATCH = 20
# With fewer seconds than that no request begins.
_LEAST = 1.0
Choice = Callable[[Pending, float], bool]


def due(pending: Pending, now: float) -> bool:
    """Chooses what it is time for."""
    return pending.due <= now


def everything(_pending: Pending, _now: float) -> bool:
    """Chooses all that is pending, though it were too early."""
    return True


def only(urls: Collection[str]) -> Choice:
    """Chooses some feeds, though it were too early."""
    return lambda pending, _now: pending.url in urls


class HubSession(NamedTuple):
    """Goes to one hub with what is pending there.

    ``over`` tells when to stop, ``left`` how many seconds there are for an answer,
    ``clock`` the time in epoch seconds.
    """

    outbox: Outbox
    hub: str
    sender: str
    clock: Callable[[], float] = time.time
    over: Callable[[], bool] = lambda: False
    left: Callable[[], float] = lambda: TIMEOUT

    def run(self, choose: Choice) -> list[Told]:
        """Tell the hub what is chosen, and note what came of it. Raises :class:`StorageError`."""
        now = self.clock()
        waiting = self.outbox.take(self.hub, now, lambda pending: choose(pending, now))
        told: list[Told] = []
        try:
            while waiting and not self.over():
                told += self._batch(waiting)
        finally:
            if waiting:
                self.outbox.give_back(self.hub, waiting)
        told.extend(Told(self.hub, pending.url, "later", "there was no time left") for pending in waiting)
        return told

    def _batch(self, waiting: list[Pending]) -> list[Told]:
        """Tell some of ``waiting``, which loses them; all the rest at once where the hub is away."""
        answers: list[tuple[Pending, HubAnswer]] = []
        while waiting and len(answers) < _BATCH and not self.over():
            timeout = max(_LEAST, min(TIMEOUT, self.left()))
            answer = tell(self.hub, waiting[0].url, self.sender, now=self.clock(), timeout=timeout)
            answers.append((waiting.pop(0), answer))
            if answer.away:
                answers.extend((pending, answer) for pending in waiting)
                waiting.clear()
        return self.outbox.settle(self.hub, answers, self.clock())


class Round:
    """Goes to every hub at once, in the background, for ``seconds`` or until all is told."""

    def __init__(self, config: Config, choose: Choice = due, *, seconds: float | None = None) -> None:
        """Begin; nothing is raised, :meth:`results` tells what went wrong."""
        self._outbox = Outbox.of(config)
        self._sender = introduction(config)
        self._end = None if seconds is None else time.monotonic() + seconds
        self._told: dict[str, list[Told]] = {}
        self._threads = {
            hub: threading.Thread(target=self._go, args=(hub, choose), name=f"websub {hub}", daemon=True)
            for hub in self._outbox.hubs
        }
        for thread in self._threads.values():
            thread.start()

    def results(self) -> list[Told]:
        """Wait for the end of the round; what came of it, hub by hub."""
        for thread in self._threads.values():
            thread.join(None if self._end is None else max(0, self._left()) + _LEAST)
        unfinished = [Told(hub, "", "later", "it did not answer in time") for hub in self._threads]
        return [told for late in unfinished for told in self._told.get(late.hub, [late])]

    def _go(self, hub: str, choose: Choice) -> None:
        errand = HubSession(
            self._outbox, hub, self._sender, over=lambda: self._left() < _LEAST, left=self._left
        )
        try:
            self._told[hub] = errand.run(choose)
        except FeedsError as error:
            self._told[hub] = [Told(hub, "", "later", str(error).rstrip("."))]

    def _left(self) -> float:
        return TIMEOUT if self._end is None else self._end - time.monotonic()
