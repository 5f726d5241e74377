"""Processes that are begun anew: where forking is not safe, or would cost too much memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from feeds.lib.processes.child import AHEAD, Given, Made, killed, serve_parent

if TYPE_CHECKING:
    from concurrent.futures import Future


def spawned(work: Callable[[Given], Made], stages: Sequence[Sequence[Given]]) -> Iterator[Made]:
    """The answers to the batches of each stage, in their order. Raises what the work raises."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    context = multiprocessing.get_context("spawn")
    waiting: deque[Future[Made]] = deque()
    try:
        with ProcessPoolExecutor(os.cpu_count(), context, _take_up, (work,)) as pool:
            for stage in stages:
                for given in stage:
                    waiting.append(pool.submit(_do, given))
                    # Only so many answers wait in memory as keep the processes busy.
                    if len(waiting) > AHEAD * (os.cpu_count() or 1):
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
    except BrokenProcessPool:
        raise killed() from None


_work: Callable[[Any], Any]


def _take_up(work: Callable[[Any], Any]) -> None:
    global _work  # noqa: PLW0603 - a process of a pool has no other place to keep it
    _work = work
    serve_parent()


def _do(given: Any) -> Any:
    return _work(given)
