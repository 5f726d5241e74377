"""Runs an iterator in a process of its own, which has children of its own."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

from feeds.errors import ClusterError
from feeds.lib.processes import can_fork

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

# Seconds that it has for ending in order.
_ENDING = 10


def iterate_in_process(make: Callable[[], Iterator[bytes]]) -> Generator[bytes]:
    """What an iterator gives that runs in another process. It ends when this one is closed.

    Dask leaves threads behind in the process that asked it, and one with threads cannot be forked any
    more, as it is when the documents are made. Raises what the iterator raises.
    """
    import multiprocessing

    new = multiprocessing.get_context("fork" if can_fork() else "spawn")
    answers, ours = new.Pipe(duplex=False)
    process = new.Process(target=_run, args=(make, ours))  # type: ignore[attr-defined]  # each context has one
    process.start()
    ours.close()
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
    """What the other process does: it sends what there is, and at last None or what was raised."""
    # Ctrl-C goes to both; the one that asked decides, and ends this one in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        for answer in make():
            answers.send(answer)
        answers.send(None)
    except Exception as error:  # noqa: BLE001 - the process that asked raises it again
        answers.send(error)


def _end_with_parent() -> None:
    """End when the process that asked is killed: nobody else would tell."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
