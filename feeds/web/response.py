"""Make the response to a request from a document: headers, codings, 304. Pure."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import NamedTuple

from feeds.config.schema import Config
from feeds.errors import TimeLimitError
from feeds.formats import MEDIA_TYPES, STYLED
from feeds.lib.compression import compress
from feeds.model import Document
from feeds.paths import HTML
from feeds.publisher.headers import (
    ERROR_CACHE,
    OPENED,
    PAGE_POLICY,
    SHARED,
    make_content_type,
    make_document_cache_control,
    make_link_header,
    shrinks,
)
from feeds.web.conditional import LONG_AGO, Dates, DeltaBase, find_range, not_modified
from feeds.web.negotiation import IDENTITY, rank_codings

Headers = list[tuple[str, str]]
# What requests are counted by, from the document and never from the request: its feed, and the format.
Label = tuple[str, str]
PRIVATE: Label = ("private/***", "")

OK, _DELTA, _UNCHANGED = "200 OK", "226 IM Used", "304 Not Modified"
_PART, _NO_SUCH_PART = "206 Partial Content", "416 Range Not Satisfiable"
# Refusals that depend on the client, so that another request may be answered otherwise.
_UNCACHED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_ACCEPTABLE, HTTPStatus.TOO_MANY_REQUESTS)
# Seconds after which a client may ask again: if the server cannot answer just now, or if the work takes too
# long.
RETRY_SECONDS, _LATER_SECONDS = 5, 60
# The most responses that a document keeps, and the most characters in the headers of their requests.
_MOST_KEPT, _LONGEST_KEPT = 16, 400
# In bytes; compressing a smaller document rarely saves anything.
_LEAST = 200
_STYLED = frozenset(MEDIA_TYPES[name] for name in STYLED)
_FORMATS = {media_type: name for name, media_type in MEDIA_TYPES.items()}


class Response(NamedTuple):
    """What a WSGI server sends: status line, headers, body.

    The site's own documents have a label.
    """

    status: str
    headers: Headers
    body: bytes
    label: Label | None = None


class RequestHeaders(NamedTuple):
    """The method of a request, and those of its headers on which the response depends.

    ``opened`` is "document" if somebody opens the address in a browser (Fetch Metadata, Sec-Fetch-Dest).
    ``range`` and ``if_range`` are of a player that asks for a part of a sound (RFC 9110, section 14).
    """

    method: str
    accept_encoding: str | None = None
    if_none_match: str | None = None
    if_modified_since: str | None = None
    opened: str | None = None
    range: str | None = None
    if_range: str | None = None

    def cut(self, body: bytes) -> bytes:
        """Return what is sent of a body: nothing for HEAD."""
        return b"" if self.method == "HEAD" else body


class CachedResponse:
    """A document and its responses: bodies by coding, responses by request headers.

    Each is made once.
    """

    def __init__(  # noqa: PLR0913 - all that responses depend on
        self,
        document: Document,
        config: Config,
        *,
        label: Label | None = None,
        base: DeltaBase | None = None,
        delta: DeltaBase | None = None,
        doubtful_until: datetime = LONG_AGO,
    ) -> None:
        """``base`` gives the tag, for a reader that asks for deltas.

        If the document is a delta, ``delta`` is the state since which it has what is new. Up to
        ``doubtful_until``, a wrong clock gave out dates.
        """
        self.document = document
        self._label = label
        self._tag = base.tag if base else document.etag
        self._status = _DELTA if delta else OK
        self._doubtful_until = doubtful_until
        self._common_headers = _make_common_headers(document, config, delta)
        self._body_headers = _make_body_headers(document, config, delta)
        self._has_style = config.feeds.stylesheet and document.media_type in _STYLED and delta is None
        self._has_ranges = not shrinks(document.media_type)
        self._bodies = {IDENTITY: document.body}
        self._known: dict[RequestHeaders, Response] = {}

    @property
    def size(self) -> int:
        """Roughly how many bytes of memory this takes at most."""
        return 2 * len(self.document.body) + 16_384

    def answer(self, request_headers: RequestHeaders) -> Response:
        """Return the response to a request for the document."""
        if request_headers.range and not self._has_ranges:
            request_headers = request_headers._replace(range=None, if_range=None)
        known = self._known.get(request_headers)
        if known is not None:
            return known
        now = datetime.now(UTC)
        answer = self._make(request_headers, now)
        # Before the date of the document has come, each response has a date of its own.
        is_dated = self.document.last_modified <= now
        if is_dated and sum(len(value or "") for value in request_headers) <= _LONGEST_KEPT:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[request_headers] = answer
        return answer

    def _make(self, request_headers: RequestHeaders, now: datetime) -> Response:
        found = self._choose_coding(rank_codings(request_headers.accept_encoding))
        if found is None:
            return make_error(
                406, "Accept-Encoding allows neither br, zstd, gzip nor identity.", request_headers
            )
        coding, body = found
        if request_headers.opened and self._has_style:
            return self._make_readable(request_headers, coding, body)
        tag = self._tag if coding == IDENTITY else f"{self._tag}-{coding}"
        document = self.document
        # RFC 9110, 8.8.2.1: never later than the time of the response.
        modified = format_datetime(min(document.last_modified, now), usegmt=True)
        headers = [("ETag", f'"{tag}"'), ("Last-Modified", modified), *self._common_headers]
        if not_modified(
            document.etag,
            Dates(document.last_modified, now, self._doubtful_until),
            request_headers.if_none_match,
            request_headers.if_modified_since,
        ):
            return Response(_UNCHANGED, headers, b"", self._label)
        headers += self._body_headers
        if coding == IDENTITY and self._has_ranges:
            headers.append(("Accept-Ranges", "bytes"))
            wanted = request_headers.range if request_headers.method == "GET" else None
            part = find_range(wanted, request_headers.if_range, tag, len(body))
            if part is not None:
                return self._make_part(headers, part)
        headers += [
            ("Content-Type", make_content_type(document.media_type)),
            ("Content-Length", str(len(body))),
        ]
        if coding != IDENTITY:
            headers.append(("Content-Encoding", coding))
        return Response(self._status, headers, request_headers.cut(body), self._label)

    def _make_part(self, headers: Headers, part: range) -> Response:
        """Make the response with a part of the document, or with an error if it has none."""
        whole = len(self.document.body)
        if not part:
            headers += [("Content-Range", f"bytes */{whole}"), ("Content-Length", "0")]
            return Response(_NO_SUCH_PART, headers, b"", self._label)
        headers += [
            ("Content-Range", f"bytes {part[0]}-{part[-1]}/{whole}"),
            ("Content-Type", make_content_type(self.document.media_type)),
            ("Content-Length", str(len(part))),
        ]
        return Response(_PART, headers, self.document.body[part[0] : part[-1] + 1], self._label)

    def _make_readable(self, request_headers: RequestHeaders, coding: str, body: bytes) -> Response:
        """Make a feed readable in a browser: browsers show the types of feeds as source."""
        headers = [
            *OPENED,
            ("Content-Length", str(len(body))),
            *SHARED,
            *([("Content-Encoding", coding)] if coding != IDENTITY else []),
        ]
        return Response(OK, headers, request_headers.cut(body), self._label)

    def _choose_coding(self, codings: tuple[str, ...]) -> tuple[str, bytes] | None:
        """Return the first coding that makes the document smaller, and the body in it.

        If none does, the first that is allowed.
        """
        plain = self.document.body
        if IDENTITY in codings and not shrinks(self.document.media_type):
            return IDENTITY, plain
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
    """Make a short response in plain text, which caches forget soon or never keep."""
    body = f"{text}\n".encode()
    # Do not let caches keep an answer that depends on the client, or that passes.
    uncached = code in _UNCACHED or code >= HTTPStatus.INTERNAL_SERVER_ERROR
    headers = [
        ("Content-Type", make_content_type("text/plain")),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store" if uncached else ERROR_CACHE),
        # The address may be that of a private feed, misspelt. Pages say the same in their HTML.
        ("Referrer-Policy", "no-referrer"),
        *SHARED,
        *(extra or ()),
    ]
    return Response(_write_status(code), headers, request_headers.cut(body))


def make_uncached_page(code: int, html: str, request_headers: RequestHeaders, label: Label) -> Response:
    """Make a page that answers one person: for no cache and no search engine."""
    coding, body = _compress_by_first(html.encode(), rank_codings(request_headers.accept_encoding))
    headers = [
        ("Content-Type", make_content_type(HTML)),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Vary", "Accept-Encoding"),
        ("X-Robots-Tag", "noindex"),
        ("Content-Security-Policy", PAGE_POLICY),
        *SHARED,
        *([("Content-Encoding", coding)] if coding != IDENTITY else []),
    ]
    label_of_success = label if code == HTTPStatus.OK else None
    return Response(_write_status(code), headers, request_headers.cut(body), label_of_success)


def _write_status(code: int) -> str:
    return f"{code} {HTTPStatus(code).phrase}"


def _compress_by_first(body: bytes, codings: Sequence[str]) -> tuple[str, bytes]:
    """Return the first of these codings and the body in it; as it is if there is none."""
    coding = next(iter(codings), IDENTITY)
    return coding, body if coding == IDENTITY else compress(body, coding)


def make_error_page(code: int, page: Document, request_headers: RequestHeaders) -> Response:
    """Make an error as a page, which caches forget as soon as one in plain text."""
    headers = [
        ("Content-Type", make_content_type(page.media_type)),
        ("Content-Length", str(len(page.body))),
        ("Cache-Control", ERROR_CACHE),
        ("Vary", "Accept"),
        ("Content-Security-Policy", PAGE_POLICY),
        *SHARED,
    ]
    return Response(_write_status(code), headers, request_headers.cut(page.body))


def takes_too_long(error: Exception | None) -> bool:
    """Return whether an error says that work was ended because its time was over."""
    interrupted = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
    return interrupted or isinstance(error, TimeLimitError)


def make_unavailable(request_headers: RequestHeaders, error: Exception | None = None) -> Response:
    """Make the response for an index that cannot be read, or takes too long."""
    if takes_too_long(error):
        text, seconds = "This takes too long. Please ask for less, or try again later.", _LATER_SECONDS
    else:
        text, seconds = "The feeds cannot be read just now. Please try again in a moment.", RETRY_SECONDS
    return make_error(503, text, request_headers, [("Retry-After", str(seconds))])


def make_redirect(code: int, target: str, request_headers: RequestHeaders) -> Response:
    """Make a redirect to an absolute URL."""
    return make_error(code, f"See {target}", request_headers, [("Location", target)])


def _make_common_headers(document: Document, config: Config, delta: DeltaBase | None) -> Headers:
    """Make the headers that a 304 has, too (RFC 9110, section 15.4.5)."""
    # Only a cache that knows deltas may keep one (RFC 3229, 10.9).
    caching = make_document_cache_control(config, final=document.final)
    return [
        ("Cache-Control", "no-store, im" if delta else caching),
        ("Vary", "Accept-Encoding"),
        *SHARED,
    ]


def _make_body_headers(document: Document, config: Config, delta: DeltaBase | None) -> Headers:
    """Make the headers that only a body needs.

    Each byte of a 304 is sent every half hour for years.
    """
    headers: Headers = []
    if (name := _FORMATS.get(document.media_type)) is not None:
        path, _, query = document.path.partition("?")
        headers.append(("Link", make_link_header(config, path.rpartition(".")[0], name, query)))
    if document.media_type == HTML:
        headers.append(("Content-Security-Policy", PAGE_POLICY))
    if delta:
        headers += [("IM", "feed"), ("Delta-Base", f'"{delta.tag}"')]
    return headers
