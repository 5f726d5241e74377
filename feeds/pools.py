"""Where work is done: here, or in as many processes as there are cores."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from feeds.errors import ProcessError
from feeds.index.work import Result, Task, Work, packed, unpacked

if TYPE_CHECKING:
    from concurrent.futures import Future
    from multiprocessing.connection import Connection

# Starting processes costs more than reading this many files, or than writing this many documents.
WORTH_A_POOL = 1500
WORTH_FORKING = 300
# Or than listing this many files.
WORTH_LISTING_APART = 30_000
_AHEAD = 16
_PIPE_BYTES = 1 << 20
Given = TypeVar("Given", bound=Sequence[Any])
Made = TypeVar("Made")


def by_size(work: Work, batches: Sequence[Sequence[Task]]) -> Iterable[Sequence[Result]]:
    """Like :func:`map`: here where there is little to do, in processes where there is much."""
    if sum(map(len, batches)) < WORTH_A_POOL:
        return map(work, batches)
    return map(unpacked, in_processes(Packed(work), batches))


class Packed(Generic[Given]):
    """Work whose results come packed: processes and machines are told them in half of pickle's time."""

    def __init__(self, work: Callable[[Given], object]) -> None:
        self._work = work

    def __call__(self, given: Given) -> bytes:
        """Do the work."""
        return packed(self._work(given))


def in_processes(work: Callable[[Given], Made], *stages: Iterable[Given]) -> Iterator[Made]:
    """Like :func:`map`, in one process for each core; answers in the order of the batches given.

    A stage is begun when all before it is done. Where processes are forked, ``work`` need not be
    picklable. Raises what ``work`` raises, and :class:`ProcessError` where a process is killed.
    """
    run = _forked if can_fork() else _spawned
    return run(work, [list(stage) for stage in stages])


def can_fork() -> bool:
    """Whether processes can be forked, which takes a tenth of the time of starting anew.

    With other threads it is unsafe; macOS's own libraries do not stand it.
    """
    return sys.platform == "linux" and threading.active_count() == 1


def _spawned(work: Callable[[Given], Made], stages: Sequence[Sequence[Given]]) -> Iterator[Made]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    context = multiprocessing.get_context("spawn")
    waiting: deque[Future[Made]] = deque()
    try:
        with ProcessPoolExecutor(os.cpu_count(), context, _begin, (work,)) as pool:
            for stage in stages:
                for given in stage:
                    waiting.append(pool.submit(_do, given))
                    # Only so many answers wait in memory as keep the processes busy.
                    if len(waiting) > _AHEAD * (os.cpu_count() or 1):
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
    except BrokenProcessPool:
        raise _killed() from None


def _forked(work: Callable[[Given], Made], stages: Sequence[Sequence[Given]]) -> Iterator[Made]:
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
            some = [n for n in range(len(workers)) if awaited[n] and len(kept[n]) < _AHEAD]
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
            raise _killed() from None

    def answer(self) -> Any:
        """Wait for its next answer."""
        try:
            made, error = self.answers.recv()
        except EOFError:
            raise _killed() from None
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
    _begin(work)
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


def _killed() -> ProcessError:
    return ProcessError(
        "A process that did a part of the work was ended from outside. Is there enough memory? Please try again."
    )


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


def _do(given: Any) -> Any:
    return _work(given)
