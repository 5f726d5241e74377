"""The WSGI layer before Flask: answers from memory at once, and takes down what was answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from feeds.web.request import request_of
from feeds.web.responder import Responder

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

    from feeds.web.background import BackgroundThreads
    from feeds.web.private.gate import PrivateGate


class CacheMiddleware:
    """A WSGI application around another one: what it remembers is the other's own answer."""

    def __init__(
        self,
        app: WSGIApplication,
        responder: Responder,
        traffic: BackgroundThreads,
        door: PrivateGate | None = None,
    ) -> None:
        """``door`` answers for the private feeds, where there are any."""
        self.app = app
        self._responder = responder
        self._traffic = traffic
        self._door = door

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        self._traffic.begin()
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            answer = self._door.answer(environ) if self._door else None
            answer = answer or self._responder.remembered(request_of(environ))
            if answer is not None:
                self._traffic.note(environ, answer.status, len(answer.body))
                start_response(answer.status, answer.headers.copy())
                return (answer.body,)
        return self.app(environ, self._noting(environ, start_response))

    def _noting(self, environ: dict[str, Any], start_response: StartResponse) -> StartResponse:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            sent = environ["REQUEST_METHOD"] != "HEAD" and not status.startswith("304")
            size = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
            self._traffic.note(environ, status, size if sent else 0)
            return start_response(status, headers, *more)

        return start
