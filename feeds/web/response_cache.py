"""Finished responses in memory, bounded in bytes; the least recently used go."""

from __future__ import annotations

import threading
from collections import OrderedDict

from feeds.index.read.overview import State
from feeds.web.request import Key
from feeds.web.response import CachedResponse


class CacheEntry:
    """A finished document and what tells whether it is still right.

    ``state`` is the state of the site for which that was last checked, ``version`` that of
    all that the bytes depend on. It is used until a time of :func:`time.monotonic`, if the bytes depend on a file that
    can change without a state.
    """

    __slots__ = ("finished", "state", "until", "version")

    def __init__(
        self, finished: CachedResponse, state: State, version: object, until: float | None = None
    ) -> None:
        self.until = until
        self.finished = finished
        self.state = state
        self.version = version


class ResponseCache:
    """Finished documents by the key of their request. Safe to share between threads."""

    def __init__(self, capacity: int) -> None:
        """``capacity`` is in bytes."""
        self._capacity = capacity
        self._entries: OrderedDict[Key, CacheEntry] = OrderedDict()
        self._lock = threading.Lock()
        self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> CacheEntry | None:
        """Return the entry of a key, which is now the most recently used."""
        entry = self._entries.get(key)
        if entry is not None:
            with self._lock:
                if key in self._entries:
                    self._entries.move_to_end(key)
        return entry

    def put(self, key: Key, entry: CacheEntry) -> None:
        """Keep an entry, in place of another with its key."""
        with self._lock:
            self._forget(key)
            self._entries[key] = entry
            self.size += entry.finished.size
            while self.size > self._capacity and self._entries:
                self._forget(next(iter(self._entries)))

    def _forget(self, key: Key) -> None:
        if (entry := self._entries.pop(key, None)) is not None:
            self.size -= entry.finished.size
