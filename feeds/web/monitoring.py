"""Tell the operator's machines how the site is: ``/healthz`` and ``/metrics``.

Proxies hide these addresses by the letter. Whatever is spelt otherwise is another address, which does not exist.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from feeds.errors import FeedsError, StorageError
from feeds.index.index import INDEX_ERRORS
from feeds.index.read import overview
from feeds.publisher.headers import make_content_type
from feeds.publisher.snapshot import Publisher, Snapshot
from feeds.web.hanging import BoundedQuestion
from feeds.web.listening import Listening
from feeds.web.response import RETRY_SECONDS, RequestHeaders, Response, make_error

HEALTH, METRICS = "/healthz", "/metrics"
_METHODS = ("GET", "HEAD")
# The target of a request as it was sent, if the server tells it: gunicorn, mod_wsgi, uWSGI, waitress, Werkzeug.
_AS_SENT = ("REQUEST_URI", "RAW_URI")
_SCHEME_AND_HOST = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_STEP_SECONDS = 10
BACKLOG = 128
# A load balancer is told within a second that the index does not answer; to count a large site may take longer.
_HEALTH_SECONDS, _EXPORT_SECONDS = 0.7, 5.0


class Health(NamedTuple):
    """The number of articles and of faulty files, and the age of the last sync.

    The age is in seconds.
    """

    articles: int
    faulty: int
    sync_age: int

    def text(self) -> str:
        """Return one line for people and probes."""
        return f"ok: {self.articles} articles, {self.faulty} faulty, synced {self.sync_age} s ago"


def read_health(site: Snapshot) -> Health:
    """Read how a site is. Raise :class:`StorageError` if its index was never filled."""
    synced = overview.read_sync_time(site.connection)
    if synced is None:
        raise StorageError("The index has not been filled yet.")
    faulty = sum(overview.count_faulty_files(site.connection))
    # Another machine may have written the time, by a clock of its own.
    age = max(0, int((datetime.now(UTC) - synced).total_seconds()))
    return Health(site.channels.by_path["all"].count, faulty, age)


def find_health(publisher: Publisher) -> Health | None:
    """Find how the site of a publisher is; None if its index cannot be used."""
    try:
        with publisher.snapshot() as site:
            return read_health(site)
    except (FeedsError, *INDEX_ERRORS):
        return None


class Monitoring:
    """Answers for the two addresses. Safe to share between threads.

    ``find_publisher`` returns what publishes the site now, ``export`` the metrics. ``is_serving`` tells
    whether the server answers.
    """

    def __init__(
        self,
        find_publisher: Callable[[], Publisher],
        export: Callable[[], bytes],
        is_serving: Callable[[], bool] = lambda: True,
    ) -> None:
        self._find_health = BoundedQuestion(lambda: find_health(find_publisher()), _HEALTH_SECONDS)
        self._export = BoundedQuestion(export, _EXPORT_SECONDS)
        self._is_serving = is_serving
        self._exporting = threading.Lock()

    def answer(self, method: str, path: str) -> Response | None:
        """Return the answer to a request for one of the addresses, None for other paths."""
        if path not in (HEALTH, METRICS):
            return None
        if method not in _METHODS:
            return _make_plain("405 Method Not Allowed", b"Ask with GET.\n", method)
        answer = self._answer_metrics(method) if path == METRICS else self._answer_health(method)
        return answer._replace(label=(path[1:], "")) if answer.status.startswith("200") else answer

    def _answer_health(self, method: str) -> Response:
        try:
            health = self._find_health()
        except TimeoutError:
            return _make_plain("503 Service Unavailable", b"The index does not answer.\n", method)
        if health is None:
            return _make_plain("503 Service Unavailable", b"The index cannot be used.\n", method)
        if not self._is_serving():
            return _make_plain("503 Service Unavailable", b"No worker answers.\n", method)
        return _make_plain("200 OK", f"{health.text()}\n".encode(), method)

    def _answer_metrics(self, method: str) -> Response:
        # On a large site this takes a tenth of a second: frequent requests must not keep feeds waiting.
        if not self._exporting.acquire(blocking=False):
            return _make_plain("503 Service Unavailable", b"Somebody else asks just now.\n", method)
        try:
            return _make_plain("200 OK", self._export(), method)
        except TimeoutError:
            return _make_plain("503 Service Unavailable", b"The index does not answer.\n", method)
        finally:
            self._exporting.release()

    def answer_environ(self, environ: dict[str, Any]) -> Response | None:
        """Return the answer to a WSGI request (PEP 3333), None for other paths."""
        if environ["PATH_INFO"] not in (HEALTH, METRICS) or not _is_as_sent(environ):
            return None
        return self.answer(environ["REQUEST_METHOD"], environ["PATH_INFO"])


def _is_as_sent(environ: dict[str, Any]) -> bool:
    """Return whether a path is as the client sent it, as far as the server tells.

    It may have decoded or shortened it.
    """
    target = next((environ[name] for name in _AS_SENT if environ.get(name)), None)
    if target is None:
        return True
    path = _SCHEME_AND_HOST.sub("", target, count=1).partition("?")[0]
    # What the application is mounted at may be left out.
    return path in (environ["PATH_INFO"], environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"])


def _make_plain(status: str, body: bytes, method: str) -> Response:
    """Make a plain text answer that no cache keeps and no other site's page may read."""
    headers = [
        ("Content-Type", make_content_type("text/plain")),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        *([("Allow", ", ".join(_METHODS))] if status.startswith("405") else []),
        *([("Retry-After", "1")] if status.startswith("503") else []),
    ]
    return Response(status, headers, b"" if method == "HEAD" else body)


class SmallServer(ThreadingHTTPServer):
    """Answers all requests at a bound socket with one function, and logs nothing.

    ``answer`` gets the method and the path of a request. A client has ten seconds for each step.
    """

    daemon_threads = True
    request_queue_size = BACKLOG

    def __init__(self, bound: socket.socket, answer: Callable[[str, str], Response]) -> None:
        """Listen, and answer from a thread of this process."""

        class Handler(BaseHTTPRequestHandler):
            timeout = _STEP_SECONDS

            def answer(self) -> None:
                # Not self.path, which joins slashes at the beginning.
                path = self.requestline.split(" ")[1].partition("?")[0]
                status, headers, body, _ = answer(self.command, path)
                self.send_response_only(int(status[:3]), status[4:])
                for name, value in headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer  # noqa: N815 - http.server's names

            def log_message(self, *_: Any) -> None:
                """Say nothing: probes ask every few seconds."""

        super().__init__(bound.getsockname()[:2], Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = bound
        self.server_activate()
        threading.Thread(target=self.serve_forever, args=(0.05,), name="small server", daemon=True).start()

    def stop(self) -> None:
        """Stop answering, and give the address back."""
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: Any) -> None:
        """Say nothing: a client that goes away harms nobody."""


def monitor_at(at: Listening, monitoring: Monitoring) -> SmallServer:
    """Answer for the two addresses, and nothing else, at a reserved address."""
    assert at.reserved is not None  # noqa: S101 - only a unix socket is not reserved

    def answer(method: str, path: str) -> Response:
        missing = _make_plain("404 Not Found", b"There are /healthz and /metrics.\n", method)
        return monitoring.answer(method, path) or missing

    return SmallServer(at.reserved, answer)


def answer_while_reading(method: str, path: str, text: str) -> Response:
    """Answer any request before the articles have been read; ``text`` is the progress."""
    if path == HEALTH:
        return _make_plain("503 Service Unavailable", f"reading, {text}\n".encode(), method)
    sentence = f"The articles are being read ({text}). Please try again in a moment."
    return make_error(503, sentence, RequestHeaders(method), [("Retry-After", str(RETRY_SECONDS))])
