"""Where work is done: here, or in as many processes as there are cores."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic

import msgspec

from feeds.lib.processes.child import Given, Made
from feeds.lib.processes.forked import forked
from feeds.lib.processes.spawned import spawned

# Between processes and machines everything travels as MessagePack, in half of pickle's time.
pack = msgspec.msgpack.Encoder().encode
# Starting processes costs more than writing this many documents.
WORTH_FORKING = 300


class PackedWork(Generic[Given]):
    """Work whose results come packed: processes and machines are told them in half of pickle's time."""

    def __init__(self, work: Callable[[Given], object]) -> None:
        self._work = work

    def __call__(self, given: Given) -> bytes:
        """Do the work."""
        return pack(self._work(given))


def map_in_processes(
    work: Callable[[Given], Made], *stages: Iterable[Given], shared: bool = True
) -> Iterator[Made]:
    """Like :func:`map`, in one process for each core; answers in the order of the batches given.

    A stage is begun when all before it is done. Where processes are forked, ``work`` need not be
    picklable; those that are not to have ``shared`` memory are begun anew. Raises what ``work`` raises, and :class:`feeds.errors.ProcessError` where a process is killed.
    """
    run = forked if shared and can_fork() else spawned
    return run(work, [list(stage) for stage in stages])


def can_fork() -> bool:
    """Whether processes can be forked, which takes a tenth of the time of starting anew.

    With other threads it is unsafe; macOS's own libraries do not stand it.
    """
    return sys.platform == "linux" and threading.active_count() == 1
