"""A server that speaks S3, in this process; it counts requests and can make them fail."""

from __future__ import annotations

import gc
import http.client
import io
import re
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from html import unescape
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes, urljoin, urlsplit

from waiting import until
from werkzeug.test import run_wsgi_app

BUCKET = "site"
# The server looks whether a request is signed, but not how.
_SIGNED = "AWS4-HMAC-SHA256 Credential=testing/20240101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class Moto:
    """What speaks S3, without a server of its own: a request is a call, which costs a third of one over HTTP."""

    def __init__(self) -> None:
        # It takes half a second to load, which only tests of stores shall wait for.
        from moto.moto_server.werkzeug_app import create_backend_app

        self._app = create_backend_app("s3")

    def ask(self, method: str, path: str, body: bytes, headers: Iterable[tuple[str, str]]) -> Answer:
        """Answer a request, as the WSGI server of moto would (PEP 3333)."""
        parts = urlsplit(path)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
            "QUERY_STRING": parts.query,
            "REQUEST_URI": path,
            "RAW_URI": path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in headers:
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        parts_of_it, status, answered = run_wsgi_app(self._app, environ, buffered=True)
        return Answer(int(status.split()[0]), answered.to_wsgi_list(), b"".join(parts_of_it))

    def objects(self, prefix: str) -> dict[str, bytes]:
        """Return the objects below a prefix: from the memory of moto, since a request takes long."""
        from moto.s3.models import s3_backends

        (backend,) = (
            backends["aws"] for backends in s3_backends.values() if BUCKET in backends["aws"].buckets
        )
        keys = backend.buckets[BUCKET].keys
        return {name: keys[name].value for name in sorted(keys) if name.startswith(prefix)}

    def forget(self) -> None:
        """Drop all buckets."""
        from moto.s3.models import s3_backends

        for backend in s3_backends.values():
            backend.reset()


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Asked(NamedTuple):
    """A request as it came; its method is "LIST" if it asks for a listing."""

    what: str
    key: str


class Stored(NamedTuple):
    body: bytes
    headers: dict[str, str]


# What is done with a request; None: it is passed on.
Fault = Callable[[Asked], str | None]
SLOW_DOWN = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code>'
    b"<Message>Please reduce your request rate.</Message></Error>"
)
INTERNAL = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>InternalError</Code>'
    b"<Message>We encountered an internal error. Please try again.</Message></Error>"
)
DENIED = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code>'
    b"<Message>Access Denied</Message></Error>"
)
ANSWERS = {"500": (500, INTERNAL), "503": (503, SLOW_DOWN), "403": (403, DENIED)}


class Store:
    """The server, which passes requests on to moto.

    ``fault`` may answer "500", "503" or "403", "reset" the connection before the server sees the request or
    "lost" after it has done it, "hang" without an answer.
    """

    def __init__(self) -> None:
        self.moto = Moto()
        self.asked: list[Asked] = []
        # The length of each body that was sent.
        self.sent: list[int] = []
        self.fault: Fault = lambda _asked: None
        self.hang_seconds = 5.0
        # While listings are late, each is what it was when they were not.
        self.lists_late = False
        self.listings: dict[str, Answer] = {}
        self.at_work = _AtWork()
        store_of_this = self

        class Handler(_Handler):
            store = store_of_this

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self.moto.forget()

    def forget(self) -> None:
        """Start again: an empty bucket, nothing counted, no faults."""
        self.moto.forget()
        self.direct("PUT", f"/{BUCKET}")
        self.asked.clear()
        self.sent.clear()
        self.fault = lambda _asked: None
        self.lists_late = False
        self.listings.clear()

    @contextmanager
    def settling(self) -> Iterator[None]:
        """Wait at the end until all is done that clients have asked for which came meanwhile, and were killed.

        What they sent may still wait to be read.
        """
        known = set(self._server.clients)
        yield
        # Clients are taken in the order in which they came, so all the others are known when this one is.
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            until(lambda: last.getsockname() in self._server.clients)
        until(lambda: self._server.clients <= known)

    def counts(self) -> dict[str, int]:
        """How many requests of each kind there were."""
        return {
            what: sum(one.what == what for one in self.asked) for what in {one.what for one in self.asked}
        }

    def direct(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Stored]:
        """Ask the server itself, uncounted."""
        answer = self.moto.ask(method, path, body, {"Authorization": _SIGNED, **headers}.items())
        return answer.status, Stored(answer.body, {name.lower(): value for name, value in answer.headers})

    def put(self, key: str, body: bytes) -> None:
        self.direct("PUT", _path(key), body)

    def delete(self, key: str) -> None:
        self.direct("DELETE", _path(key))

    def get(self, key: str) -> Stored:
        return self.direct("GET", _path(key))[1]

    def names(self) -> list[str]:
        return [*self.moto.objects("")]

    def tree(self, prefix: str) -> dict[str, bytes]:
        """Every object below a prefix but the manifest."""
        objects = self.moto.objects(f"{prefix}/").items()
        return {name.removeprefix(f"{prefix}/"): body for name, body in objects if ".feeds-" not in name}

    def fill(self, folder: Path, prefix: str) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(f"{prefix}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def _path(key: str) -> str:
    return quote(f"/{BUCKET}/{key}")


class _AtWork:
    """How many requests are being handled."""

    def __init__(self) -> None:
        self.number = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.number += 1

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self.number -= 1


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        # The addresses of those whose connection is open.
        self.clients: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.clients.add(client_address)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.clients.discard(client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is a part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Store

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        with self.store.at_work:
            answer = self._handled(self._body(), self._asked())
        # Not while it counts as work: who gets the answer may ask for the next thing before this thread goes on.
        if answer is None:
            self.close_connection = True
        else:
            self._answer(*answer)

    def _handled(self, body: bytes | None, asked: Asked) -> Answer | None:
        """Return the answer; without one, the connection ends."""
        # A client that ends in the middle of a body has asked for nothing.
        if body is None:
            return None
        self.store.asked.append(asked)
        fault = self.store.fault(asked)
        if fault == "hang":
            time.sleep(self.store.hang_seconds)
        if fault in ("reset", "hang"):
            return None
        if fault in ANSWERS:
            return Answer(ANSWERS[fault][0], [("Content-Type", "application/xml")], ANSWERS[fault][1])
        answer = self._list() if asked.what == "LIST" else self._passed_on(body)
        return None if fault == "lost" else answer

    def _asked(self) -> Asked:
        parts = urlsplit(self.path)
        key = unquote(parts.path).removeprefix(f"/{BUCKET}").lstrip("/")
        what = "LIST" if self.command == "GET" and "list-type" in parts.query else self.command
        return Asked(what, key)

    def _body(self) -> bytes | None:
        if self.headers.get("Expect"):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        return body if len(body) == length else None

    def _list(self) -> Answer:
        known = self.store.listings
        if not self.store.lists_late or self.path not in known:
            known[self.path] = self._passed_on(b"")
        return known[self.path]

    def _passed_on(self, body: bytes) -> Answer:
        left_out = ("expect", "transfer-encoding", "connection", "content-length")
        headers = [(n, v) for n, v in self.headers.items() if n.lower() not in left_out]
        return self.store.moto.ask(self.command, self.path, body, headers)

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        lines = [f"HTTP/1.1 {status} {http.client.responses[status]}"]
        left_out = ("content-length", "connection", "transfer-encoding", "date", "server")
        lines += [f"{name}: {value}" for name, value in headers if name.lower() not in left_out]
        length = next((v for n, v in headers if n.lower() == "content-length"), "0")
        lines.append(f"Content-Length: {length if self.command == 'HEAD' else len(body)}")
        self.store.sent.append(len(body))
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        self.wfile.write(head if self.command == "HEAD" else head + body)


def let_go() -> None:
    """Close what s3fs has open, and end fsspec's thread: with it, no process could be forked any more."""
    import fsspec.asyn
    from s3fs import S3FileSystem

    S3FileSystem.clear_instance_cache()
    gc.collect()
    loop, thread = fsspec.asyn.loop[0], fsspec.asyn.iothread[0]
    if loop is not None:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        fsspec.asyn.loop[0] = fsspec.asyn.iothread[0] = None


def links_nowhere(tree: dict[str, bytes], known: set[str], base: str) -> Iterator[str]:
    """Links to what is not in a tree, on the documents that readers meet who begin at known ones."""
    waiting, met = [file for file in sorted(known) if file in tree], set[str]()
    while waiting:
        file = waiting.pop()
        if file in met:
            continue
        met.add(file)
        for target in _targets(file, tree[file].decode(), base):
            if target in tree:
                waiting.append(target)
            else:
                yield f"{file} links to {target}"


def _targets(file: str, text: str, base: str) -> set[str]:
    """The files of the site that a document links to; addresses with parameters are no files."""
    found = re.findall(r"""["'>](https?://[^"'<>\s]*)""", text)
    if file.endswith(".html"):
        found += re.findall(r"""(?:href|src|action)="([^"]*)\"""", text)
    whole = [urljoin(base + file, unescape(link)).partition("#")[0] for link in found]
    paths = [link.removeprefix(base) for link in whole if link.startswith(base) and "?" not in link]
    return {f"{path}index.html" if path == "" or path.endswith("/") else path for path in paths}
