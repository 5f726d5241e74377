"""Do work here, in a process of its own, or in one process for each core."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from feeds.errors import ClusterError, ProcessError

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.connection import Connection

Item = TypeVar("Item")
Output = TypeVar("Output")
# Processes and machines send each other MessagePack, which takes half of pickle's time.
pack = msgspec.msgpack.Encoder().encode
# Starting processes costs more than writing this many documents.
WORTH_FORKING = 300
# Results of each process that may wait for the caller: enough to keep it busy, and little memory.
_AHEAD = 8
_work: Callable[[Any], Any]
# prctl(2).
_PR_SET_PDEATHSIG = 1
# Seconds that the process has to end in order.
_ENDING = 10
# Rendering leaves cyclic garbage that holds whole texts. If it is looked for after a few thousand objects, the next texts
# get the same memory, and not more of it from the system each time.
_OBJECTS_BETWEEN_COLLECTIONS = 2000


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
    """Like :func:`map`, in one process for each core, with results in order.

    A stage begins when all before it is done. Processes are forked if that is safe; ``work`` need
    not be picklable then. ``shared=False`` starts new ones, which share no memory with this one.
    If the system has no room for what processes share (``/dev/shm``), all is done here.

    Raises what ``work`` raises, and :class:`ProcessError` if a process is killed.
    """
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    is_forked = shared and can_fork()
    context = multiprocessing.get_context("fork" if is_forked else "spawn")
    # Forked processes inherit the work. All are forked by the first call of submit(), before the
    # executor starts a thread of its own: Python forks no process later on.
    try:
        executor = ProcessPoolExecutor(os.cpu_count(), context, _begin_child, (work, is_forked))
    except (OSError, ImportError, NotImplementedError):
        # Its semaphores are files in memory: that may be full, read-only or missing.
        for stage in stages:
            yield from map(work, stage)
        return
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


def _begin_child(work: Callable[[Any], Any], is_forked: bool) -> None:  # noqa: FBT001 - called by the executor
    global _work  # noqa: PLW0603 - a process of a pool has no other place to keep it
    _work = work
    if is_forked:
        # What the parent made is no garbage, and it is shared for as long as nobody writes to it.
        gc.freeze()
        gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
    # Ctrl-C reaches every process; the parent decides when the others end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not (is_forked and _end_by_system()):
        end_with_parent()


def _work_in_child(item: Any) -> Any:
    return _work(item)


def can_fork() -> bool:
    """Return whether processes can be forked, ten times as fast as starting them.

    Forking is unsafe if other threads run, and in macOS's own libraries.
    """
    return sys.platform == "linux" and threading.active_count() == 1


def _exit() -> None:
    os._exit(1)


def end_with_parent(end: Callable[[], object] = _exit) -> None:
    """Have a thread call ``end`` when the parent is gone: a killed one tells nobody."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_await_parent, args=(parent.join, end), daemon=True, name="parent").start()


def _end_by_system() -> bool:
    """Have Linux kill this process when its parent ends; return whether it will.

    To be exact, when the thread that forked it ends. It takes no thread of this process, so this one may fork others.
    """
    import ctypes
    import multiprocessing

    parent = multiprocessing.parent_process()
    try:
        will_end = bool(ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) == 0)
    except (OSError, AttributeError):
        return False
    if parent is not None and os.getppid() != parent.pid:
        # It ended before it could be asked for.
        _exit()
    return will_end


def _await_parent(join: Callable[[], object], end: Callable[[], object]) -> None:
    join()
    end()


def iterate_in_process(make: Callable[[], Iterator[bytes]]) -> Generator[bytes]:
    """Run an iterator in another process, which ends when this iterator is closed.

    Dask leaves threads behind in the process that uses it. A process with threads cannot be forked,
    but this one must be when the documents are made. Raises what the iterator raises.
    """
    import multiprocessing

    context = multiprocessing.get_context("fork" if can_fork() else "spawn")
    answers, sending = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(make, sending))  # type: ignore[attr-defined]  # each context has one
    process.start()
    sending.close()
    try:
        yield from _receive(answers)
    except BaseException:
        process.terminate()
        raise
    finally:
        process.join(_ENDING)
        process.kill()
        answers.close()


def _receive(answers: Connection[Any, Any]) -> Iterator[bytes]:
    while True:
        try:
            answer = answers.recv()
        except EOFError:
            raise ClusterError(
                "The process that asked the cluster was ended from outside. Nothing was changed; please try again."
            ) from None
        if answer is None:
            return
        if isinstance(answer, Exception):
            raise answer
        yield answer


def _run(make: Callable[[], Iterator[bytes]], answers: Connection[Any, Any]) -> None:
    """Send each item of the iterator, in the other process; at last None or an error."""
    # Ctrl-C reaches both processes; the parent decides, and ends this one in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    end_with_parent()
    try:
        for answer in make():
            answers.send(answer)
        answers.send(None)
    except Exception as error:  # noqa: BLE001 - the parent raises it again
        answers.send(error)


@contextmanager
def pause_collector() -> Iterator[None]:
    """Pause garbage collection while a large value is decoded: there is no garbage."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
