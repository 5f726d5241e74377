"""The WSGI middleware in front of Flask: answer from the cache, record answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from feeds.web.request import find_root, parse_request, relocate
from feeds.web.responder import Responder
from feeds.web.response import Label, make_redirect

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

    from feeds.web.background import BackgroundThreads
    from feeds.web.monitoring import Monitoring
    from feeds.web.private.gate import PrivateGate

# Where the application behind leaves the label of its answer, in the environment.
LABEL = "feeds.label"


class CacheMiddleware:
    """A WSGI application around another one; it repeats what the other has answered."""

    def __init__(
        self,
        app: WSGIApplication,
        responder: Responder,
        threads: BackgroundThreads,
        gate: PrivateGate | None = None,
        monitoring: Monitoring | None = None,
    ) -> None:
        """``gate`` answers for private feeds, ``monitoring`` for the operator's machines."""
        self.app = app
        self._responder = responder
        self._threads = threads
        self._gate = gate
        self._monitoring = monitoring
        self._base_url = responder.base_url
        self._root = find_root(self._base_url)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        self._threads.start()
        environ = relocate(environ, self._root)
        answer = self._monitoring.answer_environ(environ) if self._monitoring else None
        if answer is None and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            answer = self._gate.answer(environ) if self._gate else None
            if not environ["PATH_INFO"] and environ.get("SCRIPT_NAME") == self._root[:-1] != "":
                answer = make_redirect(308, self._base_url, parse_request(environ).headers)
            answer = answer or self._responder.answer_from_cache(parse_request(environ))
        if answer is not None:
            self._threads.record(environ, answer.status, len(answer.body), answer.label)
            start_response(answer.status, answer.headers.copy())
            return [answer.body]
        return _join_parts(self.app(environ, self._record_response(environ, start_response)))

    def _record_response(self, environ: dict[str, Any], start_response: StartResponse) -> StartResponse:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            sent = environ["REQUEST_METHOD"] != "HEAD" and not status.startswith("304")
            size = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
            label: Label | None = environ.get(LABEL)
            self._threads.record(environ, status, size if sent else 0, label)
            return start_response(status, headers, *more)

        return start


def _join_parts(parts: Iterable[bytes]) -> list[bytes]:
    """Return the body of an answer as a list of one part; no answer is streamed.

    granian sends the header before it asks anything but a list for a part. If the worker is killed
    in between, the proxy has passed the header on, and can ask no other node any more.
    """
    try:
        return [b"".join(parts)]
    finally:
        if hasattr(parts, "close"):
            parts.close()
