"""Run an iterator in a process of its own, which may start processes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

from feeds.errors import ClusterError
from feeds.lib.processes import can_fork, end_with_parent

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

# Seconds that the process has to end in order.
_ENDING = 10


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
    """Send each item of the iterator, in the other process; at last None, or what was raised."""
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
