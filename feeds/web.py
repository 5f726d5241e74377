"""Serves documents over HTTP, with the headers that readers and caches go by."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from feeds.conditional import not_modified
from feeds.config import Config
from feeds.formats import MEDIA_TYPES
from feeds.metadata import HTML
from feeds.model import Document
from feeds.publisher import Publisher, Snapshot

_ERROR_SECONDS = 60
# Longer paths than any of ours are not compared with them.
_LONGEST_HINT = 300
_PREFLIGHT_SECONDS = 86400
_POLICY = (
    "default-src 'none'; img-src https: http: 'self'; style-src 'self'; base-uri 'none'; form-action 'none'"
)


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
    response.headers["Content-Type"] = f"{document.media_type}; charset=utf-8"
    if known:
        del response.headers["Content-Type"]
    response.headers["ETag"] = f'"{document.etag}"'
    response.headers["Last-Modified"] = http_date(document.last_modified)
    seconds = config.feeds.ttl * 60
    response.headers["Cache-Control"] = (
        f"public, max-age={seconds}, stale-while-revalidate={seconds}, stale-if-error=86400"
    )
    if links := ", ".join(_links(document, config)):
        response.headers["Link"] = links
    if document.media_type == HTML:
        response.headers["Content-Security-Policy"] = _POLICY
    return response


def _links(document: Document, config: Config) -> Iterator[str]:
    """Link header (RFC 8288): the document itself, the other formats of a feed, and the hubs
    of one that readers subscribe to (WebSub, section 4)."""  # noqa: D205, D209 - one sentence
    base = config.site.base_url
    if document.media_type in MEDIA_TYPES.values():
        stem = document.path.rpartition(".")[0]
        yield f'<{base}{document.path}>; rel="self"; type="{document.media_type}"'
        for name in config.feeds.formats:
            if MEDIA_TYPES[name] != document.media_type:
                yield f'<{base}{stem}.{name}>; rel="alternate"; type="{MEDIA_TYPES[name]}"'
        if "/archive/" not in stem:
            yield from (f'<{hub}>; rel="hub"' for hub in config.websub.hubs)


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
    response = Response(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={_ERROR_SECONDS}"
    return response


def _explain(error: HTTPException) -> Response:
    response = _text(error.code or 500, error.description or "This cannot be answered.")
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _share(response: Response) -> Response:
    """What every answer carries: any page may read it, and its type is not guessed."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Last-Modified, Link"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "If-None-Match, If-Modified-Since"
        response.headers["Access-Control-Max-Age"] = str(_PREFLIGHT_SECONDS)
    return response
