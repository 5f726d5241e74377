"""A receiver of notifications whose answers a test chooses, on a free port of this machine."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from waiting import PATIENCE


class Heard(NamedTuple):
    """A request to a hub."""

    form: dict[str, str]
    headers: dict[str, str]
    path: str = "/"
    body: str = ""

    @property
    def url(self) -> str:
        return self.form["hub.url"]


class FakeHub:
    """A real server that says what it heard; ``status`` and ``headers`` are its answer to all of it."""

    def __init__(self, port: int = 0, status: int = 202, headers: dict[str, str] | None = None) -> None:
        hub = self
        self.status = status
        self.headers = headers or {}
        self.answer = b"what the\x1bhub says\n"
        self.heard: queue.Queue[Heard] = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                hub.heard.put(Heard(form, dict(self.headers.items()), self.path, body))
                self.send_response(hub.status)
                for name, value in hub.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(hub.answer)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def told(self) -> list[str]:
        """Return the feeds of which the hub was notified since the last call."""
        return [self.heard.get_nowait().url for _ in range(self.heard.qsize())]

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join(PATIENCE)
        self._server.server_close()


@contextmanager
def hub(port: int = 0, status: int = 202, headers: dict[str, str] | None = None) -> Iterator[FakeHub]:
    running = FakeHub(port, status, headers)
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def silent_hub() -> Iterator[str]:
    """The address of one that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


# How far a hub comes before it drips: the bytes that it sends at once.
DRIPS = {
    "nothing": b"",
    "a status line": b"HTTP/1.1 200 O",
    "headers": b"HTTP/1.1 200 OK\r\nX: a",
    "a redirect": b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /",
    "an interim answer": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 ",
    "chunks of an error": b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n1",
    "TLS": b"\x16\x03\x03\x3f\xff",
}


@contextmanager
def dripping_hub(first: bytes) -> Iterator[int]:
    """The port of one that answers with some bytes, then with one more every few milliseconds, for ever."""
    stopped = threading.Event()

    def drip(client: socket.socket) -> None:
        with client, suppress(OSError):
            client.recv(65_536)
            client.sendall(first)
            while not stopped.wait(0.02):
                client.sendall(b"1")

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=listening.accept()[:1], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]
        stopped.set()
        listening.shutdown(socket.SHUT_RDWR)
