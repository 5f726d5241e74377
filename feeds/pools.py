"""Where work is done: here, or in as many processes as there are cores."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from feeds.index.work import Result, Task, Work

if TYPE_CHECKING:
    from concurrent.futures import Future

# Starting processes costs more than reading this many files, or than writing this many documents.
WORTH_A_POOL = 1500
WORTH_FORKING = 300
# Or than listing this many files.
WORTH_LISTING_APART = 30_000
Given = TypeVar("Given")
Made = TypeVar("Made")


def by_size(work: Work, batches: Sequence[Sequence[Task]]) -> Iterable[Sequence[Result]]:
    """Like :func:`map`: here where there is little to do, in processes where there is much."""
    here = sum(map(len, batches)) < WORTH_A_POOL
    yield from map(work, batches) if here else in_processes(work, batches)


def in_processes(work: Callable[[Given], Made], batches: Iterable[Given]) -> Iterator[Made]:
    """Like :func:`map`, in processes."""
    with processes(work) as mapped:
        yield from mapped(batches)


@contextmanager
def processes(
    work: Callable[[Given], Made],
) -> Iterator[Callable[[Iterable[Given]], Iterator[Made]]]:
    """What is like ``partial(map, work)``, in one process for each core; answers in the order of the batches.

    Where processes are forked, ``work`` need not be picklable.
    """
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    workers = os.cpu_count() or 1
    context = multiprocessing.get_context("fork" if can_fork() else "spawn")
    with ProcessPoolExecutor(workers, context, _begin, (work,)) as pool:

        def mapped(batches: Iterable[Given]) -> Iterator[Made]:
            waiting: deque[Future[Made]] = deque()
            for batch in batches:
                waiting.append(pool.submit(_do, batch))
                # Only so many answers wait in memory as keep the processes busy.
                if len(waiting) > 4 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

        yield mapped


def can_fork() -> bool:
    """Whether processes can be forked, which takes a tenth of the time of starting anew.

    With other threads it is unsafe; macOS's own libraries do not stand it.
    """
    return sys.platform == "linux" and threading.active_count() == 1


_work: Callable[[Any], Any]


def _begin(work: Callable[[Any], Any]) -> None:
    """Take up the work in a new process."""
    global _work  # noqa: PLW0603 - a process of a pool has no other place to keep it
    _work = work
    # Ctrl-C goes to all of them; the one that asked for the work decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End when the process that asked is killed: nobody else would tell."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(batch: Any) -> Any:
    return _work(batch)
