"""From a document to the answer that a request gets: headers, codings, 304. Pure."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple

from werkzeug.http import http_date

from feeds.config.schema import Config
from feeds.errors import TimeLimitError
from feeds.formats import MEDIA_TYPES
from feeds.lib.compression import compress
from feeds.model import Document
from feeds.paths import HTML
from feeds.publisher.headers import (
    ERROR_CACHE,
    PAGE_POLICY,
    SHARED,
    content_type,
    document_cache,
    link_header,
)
from feeds.web.conditional import Base, not_modified
from feeds.web.negotiation import IDENTITY, rank_codings

Headers = list[tuple[str, str]]

OK, _DELTA, _UNCHANGED = "200 OK", "226 IM Used", "304 Not Modified"
_PASSING = (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_ACCEPTABLE, HTTPStatus.TOO_MANY_REQUESTS)
_RETRY_SECONDS, _LATER_SECONDS = 5, 60
_REMEMBERED = 16
_LONGEST_REMEMBERED = 400
# Compressed, a smaller document is rarely smaller on the way.
_LEAST = 200
_FORMATS = {media_type: name for name, media_type in MEDIA_TYPES.items()}


class Response(NamedTuple):
    """What a WSGI server sends: status line, headers, body."""

    status: str
    headers: Headers
    body: bytes


class RequestHeaders(NamedTuple):
    """What a request says of the answer that it wants: its method and header values."""

    method: str
    accept_encoding: str | None = None
    if_none_match: str | None = None
    if_modified_since: str | None = None


class CachedResponse:
    """A document and its answers, each made once: bodies by coding, whole answers by wish."""

    def __init__(
        self, document: Document, config: Config, base: Base | None = None, delta: Base | None = None
    ) -> None:
        """``base`` is named in the tag, for a reader that asks for deltas; ``delta`` is the state
        since when the document holds what is new, where it is one."""  # noqa: D205, D209 - one sentence
        self.document = document
        self._tag = f"{document.etag}{base or ''}"
        self._status = _DELTA if delta else OK
        self._common_headers = _common_headers(document, config, delta)
        self._body_headers = _body_headers(document, config, delta)
        self._bodies = {IDENTITY: document.body}
        self._known: dict[RequestHeaders, Response] = {}

    @property
    def size(self) -> int:
        """About how many bytes of memory this takes at most."""
        return 2 * len(self.document.body) + 16_384

    def answer(self, request_headers: RequestHeaders) -> Response:
        """The answer to a request for the document."""
        known = self._known.get(request_headers)
        if known is not None:
            return known
        answer = self._make(request_headers)
        if sum(len(value or "") for value in request_headers) <= _LONGEST_REMEMBERED:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[request_headers] = answer
        return answer

    def _make(self, request_headers: RequestHeaders) -> Response:
        found = self._choose_coding(rank_codings(request_headers.accept_encoding))
        if found is None:
            return make_error(
                406, "Accept-Encoding allows neither br, zstd, gzip nor identity.", request_headers
            )
        coding, body = found
        tag = self._tag if coding == IDENTITY else f"{self._tag}-{coding}"
        headers = [("ETag", f'"{tag}"'), *self._common_headers]
        document = self.document
        if not_modified(
            document.etag,
            document.last_modified,
            request_headers.if_none_match,
            request_headers.if_modified_since,
        ):
            return Response(_UNCHANGED, headers, b"")
        headers += self._body_headers
        headers += [("Content-Type", content_type(document.media_type)), ("Content-Length", str(len(body)))]
        if coding != IDENTITY:
            headers.append(("Content-Encoding", coding))
        return Response(self._status, headers, b"" if request_headers.method == "HEAD" else body)

    def _choose_coding(self, codings: tuple[str, ...]) -> tuple[str, bytes] | None:
        """The first coding of these that makes the document smaller; else what is allowed."""
        plain = self.document.body
        for coding in codings:
            body = self._encode(coding)
            if (
                coding == IDENTITY
                or IDENTITY not in codings
                or (len(plain) >= _LEAST and len(body) < len(plain))
            ):
                return coding, body
        return None

    def _encode(self, coding: str) -> bytes:
        if coding not in self._bodies:
            self._bodies[coding] = compress(self.document.body, coding)
        return self._bodies[coding]


def make_error(
    code: int, text: str, request_headers: RequestHeaders, extra: Headers | None = None
) -> Response:
    """A short answer in plain text that caches forget soon."""
    body = f"{text}\n".encode()
    # What another request might be answered otherwise is not for caches.
    passing = code in _PASSING or code >= HTTPStatus.INTERNAL_SERVER_ERROR
    headers = [
        ("Content-Type", content_type("text/plain")),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store" if passing else ERROR_CACHE),
        *SHARED,
        *(extra or ()),
    ]
    return Response(
        f"{code} {HTTPStatus(code).phrase}", headers, b"" if request_headers.method == "HEAD" else body
    )


def make_uncached_page(code: int, html: str, request_headers: RequestHeaders) -> Response:
    """A page that answers one person's question: for no cache and no search engine."""
    coding, body = _compress_by_first(html.encode(), rank_codings(request_headers.accept_encoding))
    headers = [
        ("Content-Type", content_type(HTML)),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Vary", "Accept-Encoding"),
        ("X-Robots-Tag", "noindex"),
        ("Content-Security-Policy", PAGE_POLICY),
        *SHARED,
        *([("Content-Encoding", coding)] if coding != IDENTITY else []),
    ]
    return Response(
        f"{code} {HTTPStatus(code).phrase}", headers, b"" if request_headers.method == "HEAD" else body
    )


def _compress_by_first(body: bytes, codings: Sequence[str]) -> tuple[str, bytes]:
    """In the first of these codings; as it is where none is allowed."""
    coding = next(iter(codings), IDENTITY)
    return coding, body if coding == IDENTITY else compress(body, coding)


def make_error_page(code: int, page: Document, request_headers: RequestHeaders) -> Response:
    """An error as a page, which caches forget as soon."""
    headers = [
        ("Content-Type", content_type(page.media_type)),
        ("Content-Length", str(len(page.body))),
        ("Cache-Control", ERROR_CACHE),
        ("Vary", "Accept"),
        ("Content-Security-Policy", PAGE_POLICY),
        *SHARED,
    ]
    return Response(
        f"{code} {HTTPStatus(code).phrase}", headers, b"" if request_headers.method == "HEAD" else page.body
    )


def make_unavailable(request_headers: RequestHeaders, error: Exception | None = None) -> Response:
    """What to say while the index cannot be read, or where that takes too long."""
    too_long = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
    if too_long or isinstance(error, TimeLimitError):
        text, seconds = "This takes too long. Please ask for less, or try again later.", _LATER_SECONDS
    else:
        text, seconds = "The feeds cannot be read just now. Please try again in a moment.", _RETRY_SECONDS
    return make_error(503, text, request_headers, [("Retry-After", str(seconds))])


def make_redirect(code: int, target: str, request_headers: RequestHeaders) -> Response:
    """A way on to an absolute URL."""
    return make_error(code, f"See {target}", request_headers, [("Location", target)])


def _common_headers(document: Document, config: Config, delta: Base | None) -> Headers:
    """What a 304 carries as well as the document itself (RFC 9110, section 15.4.5)."""
    # RFC 3229, 10.9: only a cache that knows deltas may keep one.
    caching = document_cache(config, final=document.final)
    return [
        ("Last-Modified", http_date(document.last_modified)),
        ("Cache-Control", "no-store, im" if delta else caching),
        ("Vary", "Accept-Encoding"),
        *SHARED,
    ]


def _body_headers(document: Document, config: Config, delta: Base | None) -> Headers:
    """What goes with a body only: every byte of a 304 is sent half-hourly for years."""
    headers: Headers = []
    if (name := _FORMATS.get(document.media_type)) is not None:
        path, _, query = document.path.partition("?")
        headers.append(("Link", link_header(config, path.rpartition(".")[0], name, query)))
    if document.media_type == HTML:
        headers.append(("Content-Security-Policy", PAGE_POLICY))
    if delta:
        headers += [("IM", "feed"), ("Delta-Base", f'"{delta.tag}"')]
    return headers
