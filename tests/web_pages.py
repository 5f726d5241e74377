"""A server on this machine that stands for the sites of others: pages and feeds, written by the tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """What the server says to a request."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = {}


class Pages:
    """The answers by path, and the requests that came: path and headers, with names in small letters."""

    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []

    def put(
        self, path: str, body: str | bytes, content_type: str = "text/html; charset=utf-8", **options: Any
    ) -> str:
        """Have the server answer a path with a text, in which {root} is its own address; return the address."""
        data = body if isinstance(body, bytes) else body.replace("{root}", self.root).encode()
        headers = {"Content-Type": content_type, **options.pop("headers", {})}
        self.answers[path] = Answer(data, headers=headers, **options)
        return self.root + path

    def redirect(self, path: str, target: str, status: int = 302) -> str:
        """Have a path lead elsewhere; return its address."""
        self.answers[path] = Answer(status=status, headers={"Location": target})
        return self.root + path


@contextmanager
def serve_pages() -> Iterator[Pages]:
    """Serve pages on a free port of this machine. The answer to an unknown path is 404."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pages.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            answer = pages.answers.get(self.path, Answer(b"not here", 404))
            if (tag := answer.headers.get("ETag")) and tag == self.headers["If-None-Match"]:
                answer = Answer(status=304, headers={"ETag": tag})
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if not any(name.lower() == "content-length" for name in answer.headers):
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        pages = Pages(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield pages
        finally:
            server.shutdown()
            thread.join()
