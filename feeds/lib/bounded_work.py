"""Do work in a process that the system ends if it takes too much processor time.

A thread cannot be ended, nor can C code that runs in this process. So work on what may have been written to
keep us busy is done by another one. It is started for the first piece, and stays for the next. Where that is safe
it is forked from this one: it has every module then, which a new one takes a third of a second to import.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable, Container
from contextlib import ExitStack, suppress
from importlib import import_module
from pathlib import Path
from typing import IO, NoReturn

from feeds.errors import ProcessError
from feeds.lib.processes import can_fork

# A busy machine may take this many times longer than its processors work.
_PATIENCE = 20
# Bytes that hold the length of a message, and the processor seconds that it may take.
_LENGTH, _SECONDS = 8, 4
_MOST_MEMORY = 2 << 30
# Standard input, output and errors.
_STANDARD = frozenset({0, 1, 2})
_BEGIN = "import sys; sys.path[:] = {}; from feeds.lib.bounded_work import work_for_parent; work_for_parent({!a}, {!a})"


class TooSlowError(Exception):
    """A piece of work took more processor time than it may."""


class EndedError(Exception):
    """Work ended its process twice: out of memory, or by a bug in C code."""


class _ForkedProcess:
    """A process that was forked from this one, presented as ``Popen`` does."""

    def __init__(self, module: str, name: str) -> None:
        """Raises :class:`OSError` if there can be no other process."""
        with ExitStack() as opened:
            requests, self.stdin = _open_pipe(opened)
            self.stdout, answers = _open_pipe(opened)
            self._pid = os.fork()
            if self._pid == 0:
                _work_after_fork(module, name, requests.fileno(), answers.fileno())
            requests.close()
            answers.close()
            opened.pop_all()
        self._code: int | None = None

    def kill(self) -> None:
        """End the process at once, if it has not ended."""
        if self._code is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        """Return the exit code when it has ended, below 0 for a signal."""
        if self._code is None:
            try:
                self._code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
            except ChildProcessError:
                # The system or another part of the program waited for it, and nobody knows the code.
                self._code = 0
        return self._code


_Child = subprocess.Popen[bytes] | _ForkedProcess


class BoundedWork:
    """A function from bytes to bytes, run in another process; safe between threads.

    Each process that uses it has one such process of its own, which ends with it.
    """

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name
        self._lock = threading.Lock()
        # The child of each process: a forked process must not share the pipes of its parent.
        self._children: dict[int, _Child] = {}

    def __call__(self, request: bytes, seconds: int) -> bytes:
        """Return the answer to a request, within some seconds of processor time.

        Raises :class:`TooSlowError`, :class:`EndedError`, and :class:`ProcessError` if no process can be started.
        """
        with self._lock:
            # A process may also be ended from outside, by somebody who cleans up.
            for _ in range(2):
                child = self._children.pop(os.getpid(), None) or self._start()
                try:
                    answer = _ask(child, request, seconds)
                except BaseException:
                    # Half a message may have been sent.
                    child.kill()
                    _close(child)
                    raise
                if answer is not None:
                    self._children[os.getpid()] = child
                    return answer
        raise EndedError

    def _start(self) -> _Child:
        try:
            child: _Child = (_ForkedProcess if can_fork() else _start_new)(self._module, self._name)
        except OSError as error:
            raise ProcessError(f"No process can be started to read files ({error.strerror}).") from None
        # Once, however often one is started.
        atexit.unregister(self._end)
        atexit.register(self._end)
        return child

    def _end(self) -> None:
        if (child := self._children.pop(os.getpid(), None)) is not None:
            child.kill()
            _close(child)


def _start_new(module: str, name: str) -> subprocess.Popen[bytes]:
    """Start another Python that works for this process. Raises :class:`OSError`."""
    return subprocess.Popen(  # noqa: S603 - our own program
        [_find_python(), "-c", _BEGIN.format(ascii(sys.path), module, name)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _open_pipe(opened: ExitStack) -> tuple[IO[bytes], IO[bytes]]:
    """Return what reads from a pipe, and what writes into it."""
    reading, writing = os.pipe()
    return opened.enter_context(os.fdopen(reading, "rb")), opened.enter_context(os.fdopen(writing, "wb"))


def _find_python() -> str:
    """Return the interpreter; a server that embeds one names itself instead."""
    if "python" in Path(sys.executable or "").name.lower():
        return sys.executable
    return str(Path(sysconfig.get_path("scripts")) / ("python.exe" if os.name == "nt" else "python3"))


def _ask(child: _Child, request: bytes, seconds: int) -> bytes | None:
    """Return the answer of a process, None if it ended. Raises :class:`TooSlowError`."""
    assert child.stdin is not None  # noqa: S101 - it was started with pipes
    assert child.stdout is not None  # noqa: S101
    expired = threading.Event()
    timer = threading.Timer(seconds * _PATIENCE, _end_expired, (child, expired))
    timer.daemon = True
    timer.start()
    try:
        with suppress(OSError):
            child.stdin.write(len(request).to_bytes(_LENGTH) + seconds.to_bytes(_SECONDS) + request)
            child.stdin.flush()
            answer = _receive(child.stdout, _LENGTH)
            if answer is not None:
                return answer
    finally:
        timer.cancel()
        # Processes are forked only if there is no other thread.
        timer.join()
    child.kill()
    code = _close(child)
    if expired.is_set() or (hasattr(signal, "SIGPROF") and code == -signal.SIGPROF):
        raise TooSlowError
    return None


def _end_expired(child: _Child, expired: threading.Event) -> None:
    expired.set()
    child.kill()


def _close(child: _Child) -> int:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    return child.wait()


def _receive(pipe: IO[bytes], length: int) -> bytes | None:
    """Return a message after its length; None at the end of the pipe."""
    head = pipe.read(length)
    if len(head) < length:
        return None
    body = pipe.read(size := int.from_bytes(head))
    return body if len(body) == size else None


def work_for_parent(module: str, name: str) -> None:
    """Answer the requests of the parent process until it closes the pipe or is gone."""
    _answer(module, name, sys.stdin.buffer, sys.stdout.buffer)


def _work_after_fork(module: str, name: str, requests: int, answers: int) -> NoReturn:
    """Do what ``work_for_parent`` does in a process just forked, and end it.

    It keeps nothing open but its own pipes: others wait for the end of those that its parent has.
    """
    code = 1
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        # The pipes may have such numbers, if the parent was started without these files.
        for number in _STANDARD - {requests, answers}:
            os.dup2(nothing, number)
        _close_others(_STANDARD | {requests, answers})
        with os.fdopen(requests, "rb") as reading, os.fdopen(answers, "wb") as writing:
            _answer(module, name, reading, writing)
        code = 0
    finally:
        # Whatever happens, nothing that the parent was about to do is done here.
        os._exit(code)


def _close_others(kept: Container[int]) -> None:
    """Close all files but some.

    The system lists them, because to try every number may take a tenth of a second.
    """
    with suppress(OSError):
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names are all that is needed
            if int(name) not in kept:
                with suppress(OSError):
                    os.close(int(name))


def _answer(module: str, name: str, requests: IO[bytes], answers: IO[bytes]) -> None:
    work: Callable[[bytes], bytes] = getattr(import_module(module), name)
    # Ctrl-C and an orderly stop reach every process; the parent decides when this one ends.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    _limit_memory()
    while len(head := requests.read(_LENGTH + _SECONDS)) == _LENGTH + _SECONDS:
        request = requests.read(int.from_bytes(head[:_LENGTH]))
        _limit_time(int.from_bytes(head[_LENGTH:]))
        answer = work(request)
        _limit_time(0)
        answers.write(len(answer).to_bytes(_LENGTH) + answer)
        answers.flush()


def _limit_time(seconds: int) -> None:
    """Have the system end this process after so much processor time; 0 ends the limit."""
    if sys.platform == "win32":
        # The parent ends it after some more time.
        return
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGPROF})
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory() -> None:
    """Allow this process so much memory beside what it had when it was forked."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        most = _find_size() + _MOST_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _find_size() -> int:
    """Return the size of the address space in bytes, 0 if the system hides it."""
    with suppress(OSError):
        pages = Path("/proc/self/statm").read_text().split()[0]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    return 0
