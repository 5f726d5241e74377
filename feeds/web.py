"""Serves documents over HTTP, with the headers that readers and caches go by."""

from __future__ import annotations

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from feeds.channels import Channels
from feeds.metadata import HTML
from feeds.model import Document
from feeds.publisher import Publisher

_ERROR_SECONDS = 60
_POLICY = (
    "default-src 'none'; img-src https: http: 'self'; style-src 'self'; base-uri 'none'; form-action 'none'"
)


def create(publisher: Publisher) -> Flask:
    """The Flask application over a publisher."""
    app = Flask("feeds", static_folder=None)

    @app.route("/", defaults={"path": ""})
    @app.route("/<path:path>")
    def serve(path: str) -> BaseResponse:
        with publisher.snapshot() as site:
            document = site.document(path)
            if document is not None:
                return _answer(document, publisher.config.feeds.ttl)
            target = site.moved(path) or _nearly(path, site.channels)
            if target is not None:
                return _shared(redirect(publisher.config.site.base_url + target, 301))
            return _missing()

    return app


def _answer(document: Document, ttl: int) -> Response:
    """A document with its headers; 304 without a body where the reader has it (RFC 9110, 13)."""
    response = Response(document.body, content_type=f"{document.media_type}; charset=utf-8")
    response.set_etag(document.etag)
    response.last_modified = document.last_modified
    seconds = ttl * 60
    response.headers["Cache-Control"] = (
        f"public, max-age={seconds}, stale-while-revalidate={seconds}, stale-if-error=86400"
    )
    if document.media_type == HTML:
        response.headers["Content-Security-Policy"] = _POLICY
    _shared(response)
    response.make_conditional(request)
    return response


def _nearly(path: str, channels: Channels) -> str | None:
    """The page that a path without its slash means."""
    return f"{path}/" if path in channels.by_path else None


def _missing() -> Response:
    response = Response(
        "There is no such feed or page.\n", status=404, content_type="text/plain; charset=utf-8"
    )
    response.headers["Cache-Control"] = f"public, max-age={_ERROR_SECONDS}"
    _shared(response)
    return response


def _shared(response: BaseResponse) -> BaseResponse:
    """What every answer carries: any page may read it, and its type is not guessed."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Last-Modified, Link"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
