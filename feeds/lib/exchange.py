"""Send a request and get the response within a deadline, whatever happens.

A time limit of a socket is that of one step. A server that sends a byte now and then begins a new step with
each, and would keep its client for ever.
"""

from __future__ import annotations

import http.client
import os
import queue
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

Open = Callable[[], Any]
_LONGEST_REASON = 120
# Whether to connect to an IP address.
Allow = Callable[[str], bool]


class AddressRefusedError(OSError):
    """A host has only IP addresses that must not be connected to."""


def _allow_any(_address: str) -> bool:
    return True


@contextmanager
def exchange(request: urllib.request.Request, seconds: float, allow: Allow = _allow_any) -> Iterator[Open]:
    """Lend a function that sends a request and returns the unread response.

    All that happens in the context ends after ``seconds``: connecting, TLS, sending, and reading the
    response and its body. No redirect is followed. The function raises :class:`TimeoutError` then, and else
    what :func:`urllib.request.urlopen` raises. Reading the body ends early. Only those addresses of the host
    are connected to that ``allow`` allows; if there is none, the function raises :class:`AddressRefusedError`.
    """
    deadline = _Deadline(seconds, allow)
    opener = urllib.request.build_opener(_NoRedirect, _Http(deadline), _Https(deadline))

    def send() -> Any:
        try:
            response = opener.open(request, timeout=seconds)
        except Exception as error:
            # A connection that the deadline ended looks like one that the server closed.
            if deadline.is_over:
                raise TimeoutError from error
            raise
        if deadline.is_over:
            response.close()
            raise TimeoutError
        return response

    try:
        yield send
    finally:
        deadline.stop()


def explain_failure(error: Exception) -> str:
    """Say why there was no answer, as the end of a sentence about a server."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return "it did not answer in time"
    return f"it cannot be reached ({getattr(cause, 'strerror', None) or str(cause) or type(cause).__name__})"


def parse_retry_after(text: str, now: float) -> float:
    """Return the seconds of ``Retry-After``, number or date (RFC 9110, 10.2.3).

    ``now`` is in seconds since 1970.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, aware.timestamp() - now)


def name_status(status: int) -> str:
    """Return a status code, with its name if it is a registered one."""
    known = status in HTTPStatus.__members__.values()
    return f"{status} {HTTPStatus(status).phrase}" if known else str(status)


def make_printable(text: str) -> str:
    """Return the beginning of what a server said, in one printable line."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(plain.split())[:_LONGEST_REASON]


class _Deadline:
    """The moment at which an exchange ends, and what ends it."""

    def __init__(self, seconds: float, allow: Allow) -> None:
        self._end = time.monotonic() + seconds
        self._allow = allow
        self._timers: list[threading.Timer] = []
        self._sockets: list[socket.socket] = []

    @property
    def is_over(self) -> bool:
        """Whether the moment has come."""
        return time.monotonic() >= self._end

    def connect(self, address: tuple[str, int], *_: Any) -> socket.socket:
        """Connect to a host's first address that answers, as ``create_connection`` does.

        At the deadline the connection ends, in whatever state it is then.
        """
        failure = OSError("no address was found")
        for family, kind, protocol, _name, place in self._look_up(*address):
            # Check the address itself: another look-up of the name might give another one.
            if not self._allow(place[0]):
                failure = AddressRefusedError("its address must not be connected to")
                continue
            left = self._end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            connection = socket.socket(family, kind, protocol)
            connection.settimeout(left)
            try:
                connection.connect(place)
            except OSError as error:
                connection.close()
                failure = error
                continue
            self._watch(connection)
            return connection
        raise failure

    def _look_up(self, host: str, port: int) -> list[Any]:
        """Return a host's addresses; a thread waits, as the system knows no deadline."""
        found: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

        def look_up() -> None:
            try:
                found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            except OSError as error:
                found.put(error)

        threading.Thread(target=look_up, daemon=True).start()
        try:
            answer = found.get(timeout=max(0, self._end - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        if isinstance(answer, OSError):
            raise answer
        return answer

    def stop(self) -> None:
        """End what waits for the moment."""
        for timer in self._timers:
            timer.cancel()
            timer.join()
        for watched in self._sockets:
            watched.close()

    def _watch(self, connection: socket.socket) -> None:
        # A second descriptor, because TLS takes the first one over.
        watched = socket.socket(fileno=os.dup(connection.fileno()))
        self._sockets.append(watched)
        timer = threading.Timer(max(0, self._end - time.monotonic()), _shut_down, [watched])
        timer.daemon = True
        self._timers.append(timer)
        timer.start()


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _WithinDeadline(urllib.request.AbstractHTTPHandler):
    """Makes connections that end at a deadline."""

    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def do_open(self, http_class: Any, req: urllib.request.Request, **arguments: Any) -> Any:
        """Send a request as urllib does."""

        def connect(host: str, **options: Any) -> http.client.HTTPConnection:
            connection: http.client.HTTPConnection = http_class(host, **options)
            # The one place through which http.client opens each socket, also for TLS and through a proxy.
            connection._create_connection = self._deadline.connect  # type: ignore[attr-defined]  # noqa: SLF001
            return connection

        return super().do_open(connect, req, **arguments)


class _Http(_WithinDeadline, urllib.request.HTTPHandler):
    """Sends requests over HTTP."""


class _Https(_WithinDeadline, urllib.request.HTTPSHandler):
    """Sends requests over TLS."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Takes a redirect as an answer: following it would turn the POST into a GET."""

    def redirect_request(self, *_: Any) -> None:
        return None
