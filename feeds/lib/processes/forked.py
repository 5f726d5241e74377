"""Processes that are forked: they have the work and its batches already, with the memory of the one that asks."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from feeds.lib.processes.child import AHEAD, Given, Made, killed, serve_parent

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_PIPE_BYTES = 1 << 20


def forked(work: Callable[[Given], Made], stages: Sequence[Sequence[Given]]) -> Iterator[Made]:
    """The answers to the batches of each stage, in their order. Raises what the work raises."""
    number = os.cpu_count() or 1
    with ExitStack() as running:
        workers: list[_Worker] = []
        owners = [_owners(stage, number) for stage in stages]
        for place in range(number):
            shares = [
                [given for given, owner in zip(stage, whose, strict=True) if owner == place]
                for stage, whose in zip(stages, owners, strict=True)
            ]
            workers.append(_Worker(work, shares, workers))
            running.push(workers[-1].end)
        for whose in owners:
            for worker in workers:
                worker.begin()
            yield from _in_order(workers, whose)


def _in_order(workers: Sequence[_Worker], owners: Sequence[int]) -> Iterator[Any]:
    """The answers of workers in the order in which these are named. One that is ahead of the others
    goes on meanwhile: so many of its answers are kept here."""  # noqa: D205, D209 - two sentences
    from multiprocessing.connection import wait

    kept: list[deque[Any]] = [deque() for _ in workers]
    awaited = [owners.count(n) for n in range(len(workers))]
    for owner in owners:
        while not kept[owner]:
            some = [n for n in range(len(workers)) if awaited[n] and len(kept[n]) < AHEAD]
            ready = wait([workers[n].answers for n in some])
            for n in [n for n in some if workers[n].answers in ready]:
                kept[n].append(workers[n].answer())
                awaited[n] -= 1
        yield kept[owner].popleft()


def _owners(stage: Sequence[Sequence[object]], number: int) -> list[int]:
    """Which of so many processes gets each batch: the one that has the fewest things so far."""
    loads, owners = [0] * number, []
    for batch in stage:
        owners.append(loads.index(min(loads)))
        loads[owners[-1]] += len(batch)
    return owners


class _Worker:
    """A process forked from this one. It has its share of each stage already, and is told when to begin one.

    It goes on while its answers find room in its own pipe, so it neither waits for the others nor
    fills the memory of the process that asked.
    """

    def __init__(
        self, work: Callable[[Any], Any], shares: Sequence[Sequence[Any]], others: list[_Worker]
    ) -> None:
        import multiprocessing

        context = multiprocessing.get_context("fork")
        orders, self.orders = context.Pipe(duplex=False)
        self.answers, answers = context.Pipe(duplex=False)
        _enlarge(answers)
        # An end that a process keeps open hides from the others that this one has ended.
        foreign = [end for worker in (*others, self) for end in (worker.orders, worker.answers)]
        self._process = context.Process(
            target=_obey, args=(work, shares, orders, answers, foreign), daemon=True
        )
        self._process.start()
        orders.close()
        answers.close()

    def begin(self) -> None:
        """Have it begin the next stage."""
        try:
            self.orders.send(None)
        except BrokenPipeError:
            raise killed() from None

    def answer(self) -> Any:
        """Wait for its next answer."""
        try:
            made, error = self.answers.recv()
        except EOFError:
            raise killed() from None
        if error is not None:
            raise error
        return made

    def end(self, *error: object) -> None:
        """End it: when it has nothing more to do, or at once where there is an error."""
        self.orders.close()
        if error[0] is not None:
            self._process.terminate()
        self._process.join()
        self.answers.close()


def _obey(
    work: Callable[[Any], Any],
    shares: Sequence[Sequence[Any]],
    orders: Connection[Any, Any],
    answers: Connection[Any, Any],
    foreign: Sequence[Connection[Any, Any]],
) -> None:
    """What a forked process does: one stage after the other, when it is told to."""
    for end in foreign:
        end.close()
    serve_parent()
    with suppress(EOFError, BrokenPipeError):
        for share in shares:
            orders.recv()
            for given in share:
                answers.send(_answered(work, given))


def _answered(work: Callable[[Any], Any], given: Any) -> tuple[Any, Exception | None]:
    """What came of the work, or what it raised: that is raised again by the process that asked."""
    try:
        return work(given), None
    except Exception as error:  # noqa: BLE001 - likewise
        return None, error


def _enlarge(pipe: Connection[Any, Any]) -> None:
    """Let a pipe hold a whole answer, so that a process need not wait for its reader in the middle of one."""
    import fcntl

    with suppress(OSError):
        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
