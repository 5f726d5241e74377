"""Answer for private feeds: with the token, the feed; without it, nothing.

The gate is in front of Flask and the cache, so that neither they nor their logs see a token.
"""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from feeds.config.schema import FormatName
from feeds.index.index import INDEX_ERRORS, TimeLimit
from feeds.model import Document
from feeds.publisher.headers import make_content_type
from feeds.publisher.snapshot import Publisher
from feeds.web.conditional import has_tag
from feeds.web.private.feed import PrivateFeeds
from feeds.web.private.keyring import Keyring
from feeds.web.private.rate_limit import FailedTokens
from feeds.web.request import Request, parse_request
from feeds.web.responder import Responder
from feeds.web.response import PRIVATE, RequestHeaders, Response, make_error, make_unavailable, takes_too_long

_BEGIN = "private/"
_ADDRESS = re.compile(r"private/([^/]+)/(?:([^/]+)/)?feed\.([a-z]+)")
_CHALLENGE = ("WWW-Authenticate", 'Basic realm="private feeds", charset="UTF-8"')
_LONGEST = 1000
_MOST_LOOKS, _PAUSE_SECONDS = 10, 0.1
_QUICK_SECONDS, _MOST_SECONDS, _AT_A_TIME = 1.0, 10.0, 1


class _Address(NamedTuple):
    """The parts of a private feed's path; ``token`` is None in the path without one."""

    name: str
    token: str | None
    format: FormatName


class PrivateGate:
    """Answers GET and HEAD requests below ``/private/``.

    Safe to share between threads.
    """

    def __init__(self, publisher: Publisher, responder: Responder, say: Callable[[str], None]) -> None:
        self._publisher = publisher
        self._responder = responder
        self._say = say
        self._feeds = PrivateFeeds(publisher.config)
        self._keys = Keyring(publisher.config, say)
        self._failed_tokens = FailedTokens()
        self._time_limit = TimeLimit(_QUICK_SECONDS, _MOST_SECONDS, _AT_A_TIME)

    def answer(self, environ: dict[str, Any]) -> Response | None:
        """Return the answer to any request for what is private; None for all others."""
        request = parse_request(environ)
        if not request.path.startswith(_BEGIN):
            return None
        try:
            return self._answer(request, environ)
        except INDEX_ERRORS as error:
            if not takes_too_long(error):
                self._say(f"The index cannot be read: {error}")
            return make_unavailable(request.headers, error)
        except Exception as error:  # noqa: BLE001 - another handler would log the path, and so the token
            self._say(f"A private feed cannot be made ({type(error).__name__}).")
            return make_unavailable(request.headers)

    def _answer(self, request: Request, environ: dict[str, Any]) -> Response:
        asked = self._parse_address(request.path)
        if asked is None:
            return self._responder.answer(request)
        token = _parse_password(environ.get("HTTP_AUTHORIZATION", "")) if asked.token is None else asked.token
        if token is not None and self._keys.opens(asked.name, token):
            document = self._make_document(asked)
            self._responder.report_problems(document)
            return _make_response(document, request.headers)
        if token is not None and (seconds := self._failed_tokens.register(environ.get("REMOTE_ADDR", ""))):
            later = [("Retry-After", str(seconds))]
            return make_error(
                429, "There were too many wrong tokens from your address.", request.headers, later
            )
        if asked.token is None:
            return make_error(
                401, "A private feed asks for its token as password.", request.headers, [_CHALLENGE]
            )
        return self._responder.answer(request)

    def _make_document(self, asked: _Address) -> Document:
        """Make a private document.

        If the file of a draft is missing, it was moved or withdrawn, and the index is about to
        say which: wait a little, then make the document without the draft.
        """
        for _ in range(_MOST_LOOKS):
            with suppress(FileNotFoundError), self._responder.open_snapshot(self._time_limit) as site:
                return self._feeds.make_document(site, asked.name, asked.format, complete=True)
            time.sleep(_PAUSE_SECONDS)
        with self._responder.open_snapshot(self._time_limit) as site:
            return self._feeds.make_document(site, asked.name, asked.format)

    def _parse_address(self, path: str) -> _Address | None:
        match = _ADDRESS.fullmatch(path) if len(path) <= _LONGEST else None
        formats = self._publisher.config.feeds.formats
        name = next((name for name in formats if match and name == match[3]), None)
        return _Address(match[1], match[2], name) if match and name else None


def _parse_password(header: str) -> str | None:
    """Return the password of an ``Authorization`` header (RFC 7617), None without one."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic" or len(credentials) > _LONGEST:
        return None
    try:
        return base64.b64decode(credentials.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _make_response(document: Document, request_headers: RequestHeaders) -> Response:
    """Make the response with a private document, which no cache keeps.

    No link reveals it either.
    """
    headers = [
        ("ETag", f'"{document.etag}"'),
        ("Cache-Control", "private, no-store"),
        ("Vary", "Authorization"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Robots-Tag", "noindex"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if request_headers.if_none_match and has_tag(document.etag, request_headers.if_none_match):
        return Response("304 Not Modified", headers, b"", PRIVATE)
    headers += [
        ("Content-Type", make_content_type(document.media_type)),
        ("Content-Length", str(len(document.body))),
    ]
    return Response("200 OK", headers, request_headers.cut(document.body), PRIVATE)
