"""Serves documents over HTTP, with the headers that readers and caches go by."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, request
from flask import Response as FlaskResponse
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from feeds.config import config_path, load
from feeds.config.schema import Config
from feeds.errors import FeedsError, TemplateFaultError
from feeds.index.index import INDEX_ERRORS
from feeds.publisher.headers import PREFLIGHT, SHARED
from feeds.publisher.snapshot import Publisher
from feeds.site import open_site
from feeds.web.access_log import AccessLog, mask_token
from feeds.web.background import BackgroundThreads
from feeds.web.cache import ResponseCache
from feeds.web.fast_path import CacheMiddleware
from feeds.web.metrics import Metrics
from feeds.web.request import parse_request
from feeds.web.responder import Responder
from feeds.web.response import Response, make_error, make_unavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Flask

    from feeds.web.private.gate import PrivateGate

__all__ = ["create"]


def create(publisher: Publisher, log: AccessLog | None = None) -> Flask:
    """The Flask application over a publisher, with the front that answers from memory before it."""
    app = Flask("feeds", static_folder=None)
    cache = ResponseCache(publisher.config.server.memory * 1_000_000)
    responder = Responder(publisher, cache, app.logger.error)
    metrics = Metrics(publisher, cache)

    @app.errorhandler(HTTPException)
    def explain(error: HTTPException) -> FlaskResponse:
        allowed = [(name, value) for name, value in error.get_headers() if name == "Allow"]
        text = error.description or "This cannot be answered."
        return _make_response(
            make_error(error.code or 500, text, parse_request(request.environ).headers, allowed)
        )

    def without_index(error: Exception) -> FlaskResponse:
        app.logger.error("The index cannot be read: %s", error)
        return _make_response(make_unavailable(parse_request(request.environ).headers, error))

    for fault in INDEX_ERRORS:
        app.register_error_handler(fault, without_index)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> FlaskResponse:
        # Flask would log the address as it is, and it might hold the token of a private feed.
        app.logger.error("Exception on %s", mask_token(request.path), exc_info=error)
        return _make_response(
            make_error(500, "This cannot be answered.", parse_request(request.environ).headers)
        )

    @app.errorhandler(TemplateFaultError)
    def without_template(error: TemplateFaultError) -> FlaskResponse:
        app.logger.error("%s", error)
        text = "This page cannot be made just now. The feeds are not concerned."
        return _make_response(make_error(500, text, parse_request(request.environ).headers))

    @app.route("/", defaults={"path": ""})
    @app.route("/<path:path>", merge_slashes=False)
    def serve(path: str) -> FlaskResponse:  # noqa: ARG001 - the request is read whole
        return _make_response(responder.answer(parse_request(request.environ)))

    @app.after_request
    def preflight(response: FlaskResponse) -> FlaskResponse:
        if request.method == "OPTIONS":
            response.headers.update((*SHARED, *PREFLIGHT))
        return response

    app.add_url_rule("/healthz", "healthz", view_func=lambda: _report_health(publisher))
    app.add_url_rule("/metrics", "metrics", view_func=lambda: _make_plain(metrics.export()))
    threads = BackgroundThreads(publisher, metrics, log)
    app.wsgi_app = CacheMiddleware(app.wsgi_app, responder, threads, _make_gate(app, publisher, responder))  # type: ignore[method-assign] # as Flask documents it
    return app


def _make_gate(app: Flask, publisher: Publisher, responder: Responder) -> PrivateGate | None:
    """What stands before private feeds; None where there are none."""
    if not publisher.config.private:
        return None
    from feeds.web.private.gate import PrivateGate

    return PrivateGate(publisher, responder, app.logger.warning)


class _Exact(FlaskResponse):
    """A response whose headers stay as they are. Werkzeug would take ``Last-Modified`` from a 304, and
    put the length of the body in place of that of the document that HEAD names."""  # noqa: D205, D209 - two sentences

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:  # noqa: ARG002 - Werkzeug's signature
        """The headers that were given."""
        return self.headers


def _make_response(answer: Response) -> FlaskResponse:
    response = _Exact(answer.body, answer.status)
    response.headers = Headers(answer.headers)
    return response


def _report_health(publisher: Publisher) -> FlaskResponse:
    """That this process answers and can read the index."""
    try:
        with publisher.snapshot() as site:
            count = site.channels.by_path["all"].count
    except (FeedsError, *INDEX_ERRORS):
        return _make_plain(b"The index cannot be read.\n", 503)
    return _make_plain(f"ok: {count} articles\n".encode())


def _make_plain(body: bytes, status: int = 200) -> FlaskResponse:
    """What machines of the operator read: never kept by caches."""
    headers = [("Cache-Control", "no-store"), *SHARED]
    return FlaskResponse(body, status, headers, content_type="text/plain; charset=utf-8")


def servable(config: Config) -> Config:
    """A configuration whose private feeds have tokens; freezing needs none.

    Raises :class:`feeds.errors.ConfigError`, also where a token is of no use.
    """
    if config.private:
        from feeds.web import private

        private.require(config)
    return config


def create_app(path: str | Path | None = None) -> Flask:
    """The application that serves the site of a configuration, for any WSGI server.

    It syncs at its start, and one of the processes that serve the site keeps it fresh.
    """
    from feeds.sync.keeper import Keeper

    site = open_site(servable(load(config_path(path))), datetime.now(UTC), search=True)
    app = create(site.publisher)
    Keeper(site.syncer, say=app.logger.warning).start()
    return app
