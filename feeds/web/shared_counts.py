"""Counts that several processes add to, in a file without a name.

No folder holds the file, so nobody can clean it away, and it ends with the last process that uses it.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.reduction import DupFd
from typing import Any

import msgspec

# What is counted: the feed of a document and its format, the status, the family of the reader.
Key = tuple[str, ...]
# The feed and format of what got no document.
NOTHING = ("", "html")

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[tuple[Key, int]]).decode
# Lines of additions are summed up when they take this many bytes, and again at twice the size of the sum.
_LEAST_BYTES = 1_000_000
# If a site has more keys than this, the others are counted by status and reader alone.
_MOST_KEYS = 10_000


class SharedCounts:
    """Counts by key, shared by threads and processes, forked or started."""

    def __init__(self, descriptor: int | None = None) -> None:
        """``descriptor`` is that of the file, if another process has made it."""
        self._descriptor = _open_nameless() if descriptor is None else descriptor
        weakref.finalize(self, os.close, self._descriptor)
        self._most_bytes = _LEAST_BYTES
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        # multiprocessing hands the open file to the process that it is about to start.
        return _receive, (DupFd(self._descriptor),)

    def add(self, counts: Counter[Key]) -> None:
        """Add to the counts."""
        if not counts:
            return
        with self._hold_lock():
            size = os.fstat(self._descriptor).st_size
            # The break before it, because a process that was killed may have left half a line.
            size += os.pwrite(self._descriptor, b"\n" + _encode(list(counts.items())), size)
            if size > self._most_bytes:
                self._sum_up()

    def read(self) -> Counter[Key]:
        """Return the counts of all processes."""
        with self._hold_lock():
            return self._sum_up()

    @contextmanager
    def _hold_lock(self) -> Iterator[None]:
        """Keep other threads and processes out; a killed process gives up its lock."""
        with self._lock:
            # Not flock: its locks belong to the open file, which the processes share.
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN)

    def _sum_up(self) -> Counter[Key]:
        """Return the sum of all lines, and write it in their place."""
        total: Counter[Key] = Counter()
        data = os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0)
        lines = [line for line in data.split(b"\n") if line]
        for line in lines:
            try:
                added = _decode(line)
            except msgspec.DecodeError:
                # The process that wrote it was killed.
                continue
            for key, number in added:
                total[key if key in total or len(total) < _MOST_KEYS else (*NOTHING, *key[2:])] += number
        if len(lines) > 1:
            size = os.pwrite(self._descriptor, _encode(list(total.items())), 0)
            os.ftruncate(self._descriptor, size)
            self._most_bytes = max(_LEAST_BYTES, 2 * size)
        return total


def _receive(sent: Any) -> SharedCounts:
    return SharedCounts(sent.detach())


def _open_nameless() -> int:
    """Open a file in memory, or one whose name is deleted at once."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("feeds-counts")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
