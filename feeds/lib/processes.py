"""Do work here, or in one process for each core."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from feeds.errors import ProcessError

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

Item = TypeVar("Item")
Output = TypeVar("Output")
# Processes and machines send each other MessagePack, which takes half of pickle's time.
pack = msgspec.msgpack.Encoder().encode
# Starting processes costs more than writing this many documents.
WORTH_FORKING = 300
# Results of each process that may wait for the caller: enough to keep it busy, and little memory.
_AHEAD = 16


class PackedWork(Generic[Item]):
    """Work whose results are packed, so that they travel between processes quickly."""

    def __init__(self, work: Callable[[Item], object]) -> None:
        self._work = work

    def __call__(self, item: Item) -> bytes:
        """Do the work and pack its result."""
        return pack(self._work(item))


def map_in_processes(
    work: Callable[[Item], Output], *stages: Iterable[Item], shared: bool = True
) -> Iterator[Output]:
    """Like :func:`map`, in one process for each core; results come in the order of the items.

    A stage begins when all before it is done. Processes are forked if that is safe; ``work`` need
    not be picklable then. ``shared=False`` starts new ones, which share no memory with this one.

    Raises what ``work`` raises, and :class:`ProcessError` if a process is killed.
    """
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    context = multiprocessing.get_context("fork" if shared and can_fork() else "spawn")
    # Forked processes inherit the work. All are forked by the first call of submit(), before the
    # executor starts a thread of its own: Python forks no process later on.
    executor = ProcessPoolExecutor(os.cpu_count(), context, _begin_child, (work,))
    try:
        for stage in stages:
            yield from _map_stage(executor, stage)
    except BrokenProcessPool:
        raise ProcessError(
            "A process that did a part of the work was ended from outside. Is there enough memory? Please try again."
        ) from None
    finally:
        executor.shutdown(cancel_futures=True)


def _map_stage(executor: ProcessPoolExecutor, items: Iterable[Any]) -> Iterator[Any]:
    waiting: deque[Future[Any]] = deque()
    most = _AHEAD * (os.cpu_count() or 1)
    for item in items:
        waiting.append(executor.submit(_work_in_child, item))
        if len(waiting) > most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


_work: Callable[[Any], Any]


def _begin_child(work: Callable[[Any], Any]) -> None:
    global _work  # noqa: PLW0603 - a process of a pool has no other place to keep it
    _work = work
    # Ctrl-C reaches every process; the parent decides when the others end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def _work_in_child(item: Any) -> Any:
    return _work(item)


def can_fork() -> bool:
    """Return whether processes can be forked, which takes a tenth of the time of starting new ones.

    Forking is unsafe if other threads run, and in macOS's own libraries.
    """
    return sys.platform == "linux" and threading.active_count() == 1


def _exit() -> None:
    os._exit(1)


def end_with_parent(end: Callable[[], object] = _exit) -> None:
    """Have a thread call ``end`` when the parent process is gone: one that is killed tells nobody."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_await_parent, args=(parent.join, end), daemon=True, name="parent").start()


def _await_parent(join: Callable[[], object], end: Callable[[], object]) -> None:
    join()
    end()
