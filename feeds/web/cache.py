"""Finished answers kept in memory: at most so many bytes, those not asked for longest go first."""

from __future__ import annotations

import threading
from collections import OrderedDict

from feeds.index.read.overview import State
from feeds.web.response import CachedResponse


class Kept:
    """A finished document, the state of the site that it was last found right for, and the
    version of what its bytes depend on."""  # noqa: D205, D209 - one sentence

    __slots__ = ("finished", "state", "version")

    def __init__(self, finished: CachedResponse, state: State, version: object) -> None:
        self.finished = finished
        self.state = state
        self.version = version


class ResponseCache:
    """Finished documents by their address. Safe to share between threads."""

    def __init__(self, capacity: int) -> None:
        """``capacity`` is in bytes."""
        self._capacity = capacity
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()
        self.weight = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> Kept | None:
        """What is kept at an address."""
        kept = self._kept.get(key)
        if kept is not None:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
        return kept

    def put(self, key: str, kept: Kept) -> None:
        """Keep a document, in place of another at its address."""
        with self._lock:
            self._forget(key)
            self._kept[key] = kept
            self.weight += kept.finished.weight
            while self.weight > self._capacity and self._kept:
                self._forget(next(iter(self._kept)))

    def _forget(self, key: str) -> None:
        if (kept := self._kept.pop(key, None)) is not None:
            self.weight -= kept.finished.weight
