"""Where work is done: here, or in as many processes as there are cores."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic

from feeds.index.work import Result, Task, Work, packed, unpacked
from feeds.pools.forked import forked
from feeds.pools.processes import Given, Made
from feeds.pools.spawned import spawned

# Starting processes costs more than reading this many files, or than writing this many documents.
WORTH_A_POOL = 1500
WORTH_FORKING = 300
# Or than listing this many files.
WORTH_LISTING_APART = 30_000
# A forked process comes to copy most of what it shares with the one that asks, since it counts references there:
# with a million files to read, that is half a gigabyte.
MOST_SHARED = 300_000


def by_size(work: Work, batches: Sequence[Sequence[Task]]) -> Iterable[Sequence[Result]]:
    """Like :func:`map`: here where there is little to do, in processes where there is much."""
    if sum(map(len, batches)) < WORTH_A_POOL:
        return map(work, batches)
    return map(unpacked, in_processes(Packed(work), batches))


def sparingly(work: Work, batches: Sequence[Sequence[Task]]) -> Iterable[Sequence[Result]]:
    """Like :func:`by_size`, and with less memory for very much. For commands of our own: a process that is
    begun anew imports the program that began it, which may be any where feeds is a library."""  # noqa: D205, D209 - two sentences
    if sum(map(len, batches)) < MOST_SHARED:
        return by_size(work, batches)
    return map(unpacked, in_processes(Packed(work), batches, shared=False))


class Packed(Generic[Given]):
    """Work whose results come packed: processes and machines are told them in half of pickle's time."""

    def __init__(self, work: Callable[[Given], object]) -> None:
        self._work = work

    def __call__(self, given: Given) -> bytes:
        """Do the work."""
        return packed(self._work(given))


def in_processes(
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
