"""Serves documents over HTTP, with the headers that readers and caches go by."""

from __future__ import annotations

import difflib

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from feeds import headers
from feeds.conditional import not_modified
from feeds.config import Config
from feeds.formats import MEDIA_TYPES
from feeds.metadata import HTML
from feeds.model import Document
from feeds.publisher import Publisher, Snapshot

# Longer paths than any of ours are not compared with them.
_LONGEST_HINT = 300


def create(publisher: Publisher) -> Flask:
    """The Flask application over a publisher."""
    app = Flask("feeds", static_folder=None)
    app.after_request(_share)
    app.register_error_handler(HTTPException, _explain)

    @app.route("/", defaults={"path": ""})
    @app.route("/<path:path>", merge_slashes=False)
    def serve(path: str) -> Response:
        with publisher.snapshot() as site:
            document = site.document(path)
            return _missing(site, path) if document is None else _answer(document, publisher.config)

    return app


def _answer(document: Document, config: Config) -> Response:
    """A document with its headers; 304 without a body where the reader has it."""
    known = not_modified(
        document.etag,
        document.last_modified,
        request.headers.get("If-None-Match"),
        request.headers.get("If-Modified-Since"),
    )
    response = Response(status=304) if known else Response(document.body)
    response.headers["Content-Type"] = headers.content_type(document.media_type)
    if known:
        del response.headers["Content-Type"]
    response.headers["ETag"] = f'"{document.etag}"'
    response.headers["Last-Modified"] = http_date(document.last_modified)
    response.headers["Cache-Control"] = headers.cache_control(config)
    for name, media_type in MEDIA_TYPES.items():
        if document.media_type == media_type:
            response.headers["Link"] = headers.link(config, document.path.rpartition(".")[0], name)
    if document.media_type == HTML:
        response.headers["Content-Security-Policy"] = headers.PAGE_POLICY
    return response


def _missing(site: Snapshot, path: str) -> Response:
    """What to say of a path without a document: moved, written otherwise, retired or unknown."""
    base = site.config.site.base_url
    if (moved := site.moved(path)) is not None:
        return _redirect(301, base + moved)
    if (canonical := _canonical(site, path)) is not None:
        return _redirect(308, base + canonical)
    stem = path[:_LONGEST_HINT].removesuffix("/")
    for name in site.config.feeds.formats:
        stem = stem.removesuffix(f".{name}")
    if stem in site.channels.gone:
        return _text(410, "This feed was retired: it has no articles any more.")
    near = difflib.get_close_matches(stem.lower(), list(site.channels.by_path), n=1, cutoff=0.6)
    hint = f" Did you mean {base}{near[0]}/ ?" if near else f" All feeds are listed at {base}"
    return _text(404, f"There is no such feed or page.{hint}")


def _canonical(site: Snapshot, path: str) -> str | None:
    """The path that is meant by one in other letters, with or without a slash too many."""
    plain = "/".join(part for part in path.lower().split("/") if part).removesuffix("index.html")
    for candidate in (plain, f"{plain}/", plain.rstrip("/")):
        if candidate != path and (site.moved(candidate) or site.has(candidate)):
            return site.moved(candidate) or candidate
    return None


def _redirect(status: int, target: str) -> Response:
    response = _text(status, f"See {target}")
    response.headers["Location"] = target
    return response


def _text(status: int, text: str) -> Response:
    """A short answer in plain text that caches forget soon."""
    response = Response(f"{text}\n", status=status, content_type=headers.content_type("text/plain"))
    response.headers["Cache-Control"] = headers.ERROR_CACHE
    return response


def _explain(error: HTTPException) -> Response:
    response = _text(error.code or 500, error.description or "This cannot be answered.")
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _share(response: Response) -> Response:
    """What every answer carries."""
    response.headers.update(headers.SHARED)
    if request.method == "OPTIONS":
        response.headers.update(headers.PREFLIGHT)
    return response
