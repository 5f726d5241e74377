"""Answers for a server that is still reading: a first sync takes its time."""

from __future__ import annotations

import mmap
import multiprocessing
import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Self

from feeds.lib.processes import can_fork
from feeds.web.listening import SOCKET_MODE, Listening
from feeds.web.monitoring import BACKLOG, SmallServer, answer_while_reading
from feeds.web.response import Response

# How many files have been read, and of how many; the second is 0 while they are listed.
_PROGRESS = struct.Struct("QQ")
# How often to look whether a worker listens, and whether anybody waits for it still.
_POLL_SECONDS, _LOOK_SECONDS = 0.01, 0.1
# What is told: that it is to stop, or that a worker listens, with the number of its process.
_MESSAGE = struct.Struct("=ci")
_STOP, _LISTENS = b"s", b"l"


class StartingServer:
    """Answers 503 until a worker answers, and ``/healthz`` with the progress.

    It has a process of its own, since this one reads, and must not have threads. Where forking is unsafe,
    it has a thread. Use it in a ``with`` statement.
    """

    def __init__(self, *places: Listening | None) -> None:
        """Listen at the addresses that were reserved, and answer at once."""
        self._progress = mmap.mmap(-1, _PROGRESS.size)
        self._told, self._telling = os.pipe()
        self._is_over = False
        sockets = [_listen(place) for place in places if place is not None]
        # A place that workers cannot share is given back before they start.
        self._paths = [place.path for place in places if place is not None and place.path is not None]
        self._process: BaseProcess | None = None
        self._thread: threading.Thread | None = None
        if can_fork():
            context = multiprocessing.get_context("fork")
            self._process = context.Process(target=self._run_alone, args=(sockets,), daemon=True)
            self._process.start()
            for each in sockets:
                each.close()
        else:
            self._thread = threading.Thread(target=self._run, args=(sockets,), daemon=True)
            self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        os.close(self._telling)
        os.close(self._told)

    @property
    def telling(self) -> int:
        """The descriptor of the pipe into which :func:`note_listening` writes."""
        return self._telling

    def follow(self, progress: Callable[[int, int], None]) -> Callable[[int, int], None]:
        """Return a function that notes the progress of reading and tells ``progress`` too."""

        def note(done: int, total: int) -> None:
            self._progress[:] = _PROGRESS.pack(done, total)
            progress(done, total)

        return note

    def make_way(self) -> None:
        """Stop if a place is one that workers cannot share: a unix socket."""
        if self._paths:
            self.stop()

    def stop(self) -> None:
        """Stop answering."""
        if not self._is_over:
            os.write(self._telling, _MESSAGE.pack(_STOP, 0))
            self.wait()

    def wait(self) -> None:
        """Wait until it has stopped, because it was told to or a worker listens."""
        if self._process is not None:
            self._process.join()
        if self._thread is not None:
            self._thread.join()
        if not self._is_over:
            self._is_over = True
            for path in self._paths:
                path.unlink(missing_ok=True)

    def wait_for_worker(self, pid: int, goes_on: Callable[[], bool]) -> None:
        """Wait until a worker that was started later listens.

        Give up if ``goes_on`` says that nobody waits any more.
        """
        while goes_on():
            if connection.wait([self._told], _LOOK_SECONDS) and self._read_message() == (_LISTENS, pid):
                return

    def _read_message(self) -> tuple[bytes, int]:
        """Read what was told next; a pipe that has ended says to stop."""
        message = os.read(self._told, _MESSAGE.size)
        return _MESSAGE.unpack(message) if message else (_STOP, 0)

    def _run_alone(self, sockets: list[socket.socket]) -> None:
        """Answer in a process of its own, which ends with its parent.

        The parent decides what Ctrl-C means.
        """
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # Else the pipe would not end if the parent does.
        os.close(self._telling)
        self._run(sockets)

    def _run(self, sockets: list[socket.socket]) -> None:
        servers = [SmallServer(each, self._answer) for each in sockets]
        self._read_message()
        for server in servers:
            server.stop()

    def _answer(self, method: str, path: str) -> Response:
        done, total = _PROGRESS.unpack(self._progress[:])
        return answer_while_reading(method, path, f"{done:,} of {total:,}" if total else "the list of files")


def note_when_listening(telling: int) -> None:
    """Have a thread tell the server that answers meanwhile when this process listens.

    Granian tells nobody that it listens. On a busy machine it may take a second after all is loaded.
    """

    def wait() -> None:
        while not list_listening():
            time.sleep(_POLL_SECONDS)
        note_listening(telling)

    threading.Thread(target=wait, name="listening", daemon=True).start()


def note_listening(telling: int) -> None:
    """Tell the server that answers meanwhile that this process listens."""
    with suppress(OSError):
        os.write(telling, _MESSAGE.pack(_LISTENS, os.getpid()))


def list_listening() -> list[int]:
    """Return the descriptors of this process at which it accepts connections."""
    return [number for number in (int(path.name) for path in Path("/dev/fd").iterdir()) if _accepts(number)]


def _accepts(number: int) -> bool:
    """Return whether a descriptor is that of a socket that listens."""
    try:
        opened = socket.socket(fileno=number)
    except OSError:
        return False
    try:
        return bool(opened.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        return False
    finally:
        # It is another one's, who closes it.
        opened.detach()


def _listen(place: Listening) -> socket.socket:
    """Listen at an address that is reserved, beside others that do or will."""
    if place.path is not None:
        bound = socket.socket(socket.AF_UNIX)
        bound.bind(os.fspath(place.path))
        place.path.chmod(SOCKET_MODE)
        bound.listen(BACKLOG)
        return bound
    assert place.reserved is not None  # noqa: S101 - only a unix socket is not reserved
    bound = socket.socket(place.reserved.family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind(place.reserved.getsockname())
    # At once, so that early clients wait for the process to begin.
    bound.listen(BACKLOG)
    return bound
