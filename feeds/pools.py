"""Where a sync's work is done: here, or in as many processes as there are cores."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from feeds.index.work import Result, Task, Work

if TYPE_CHECKING:
    from concurrent.futures import Future

# Starting processes costs more than reading this many files.
WORTH_A_POOL = 1500


def by_size(work: Work, batches: Sequence[Sequence[Task]]) -> Iterable[Sequence[Result]]:
    """Like :func:`map`: here where there is little to do, in processes where there is much."""
    if sum(map(len, batches)) < WORTH_A_POOL:
        return map(work, batches)
    return in_processes(work, batches)


def in_processes(work: Work, batches: Iterable[Sequence[Task]]) -> Iterator[Sequence[Result]]:
    """Like :func:`map`, in one process for each core; results in the order of the batches."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    workers = os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting: deque[Future[Sequence[Result]]] = deque()
        for batch in batches:
            waiting.append(pool.submit(work, batch))
            # Only so many results wait in memory as keep the processes busy.
            if len(waiting) > 4 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
