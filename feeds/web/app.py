"""The Flask application: documents over HTTP, with headers for readers and caches."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, abort, request
from flask import Response as FlaskResponse
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from feeds.config import find_config_path, load_servable
from feeds.errors import SiteTemplateError, StorageError
from feeds.index.index import INDEX_ERRORS
from feeds.lib.trouble import TroubleLog
from feeds.publisher.headers import PREFLIGHT, SHARED
from feeds.publisher.snapshot import Publisher
from feeds.site import Site, find_difference, open_site
from feeds.web.access_log import AccessLog, mask_token
from feeds.web.background import BackgroundThreads
from feeds.web.fast_path import LABEL, CacheMiddleware
from feeds.web.metrics import Metrics
from feeds.web.monitoring import Monitoring
from feeds.web.request import find_root, parse_request
from feeds.web.responder import Responder
from feeds.web.response import Response, make_error, make_unavailable, takes_too_long
from feeds.web.response_cache import ResponseCache
from feeds.web.shared_counts import SharedCounts

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from feeds.sync.keeper import Keeper

_log = logging.getLogger(__name__)

__all__ = ["create", "create_app", "create_blueprint", "stop"]


def create_app(path: str | Path | None = None) -> Flask:
    """Make the application that serves a configured site, for any WSGI server.

    It syncs the site at its start. With the first request, one of the processes that serve the
    site begins to keep it fresh: a server may fork between the two, and threads do not survive
    that. Raises :class:`feeds.errors.ConfigError`.
    """
    return _create_for(_open_served(path))


def create_blueprint(path: str | Path | None = None, *, name: str = "feeds") -> Blueprint:
    """Make a part of another Flask application that serves a configured site.

    It is at the path of the base URL, unless it is registered with another ``url_prefix``. What the site does not
    have is for the other application to answer, by its own handler of 404. Otherwise as :func:`create_app`.
    """
    site = _open_served(path)
    own = _create_for(site, monitored=False)
    root = find_root(site.config.site.base_url).rstrip("/")
    blueprint = Blueprint(name, "feeds", url_prefix=root or None)
    # Whoever registers it can end its threads; see :func:`stop`.
    blueprint.record(
        lambda state: state.app.extensions.setdefault("feeds", []).extend(own.extensions["feeds"])
    )
    methods = ["GET", "HEAD", "OPTIONS"]

    @blueprint.route("/", defaults={"path": ""}, methods=methods, provide_automatic_options=False)
    @blueprint.route("/<path:path>", methods=methods, merge_slashes=False, provide_automatic_options=False)
    def serve(path: str) -> FlaskResponse:
        response = _ask(own, _enter(request.environ, path))
        if response.status.startswith("404"):
            abort(404)
        return _convert(response)

    return blueprint


def _enter(environ: WSGIEnvironment, path: str) -> WSGIEnvironment:
    """Return the environment that an application mounted where ``path`` begins gets."""
    inside = "/" + path.encode("utf-8", "surrogateescape").decode("latin-1")
    mount = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"].removesuffix(inside)
    return {**environ, "SCRIPT_NAME": mount, "PATH_INFO": inside}


def _ask(app: Flask, environ: WSGIEnvironment) -> Response:
    """Return what an application of ours answers."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        started.append((status, headers))
        return lambda _body: None

    body = b"".join(app.wsgi_app(environ, start))
    status, headers = started[-1]
    return Response(status, headers, body)


def _open_served(path: str | Path | None) -> Site:
    return open_site(load_servable(find_config_path(path)), search=True)


def _create_for(site: Site, *, monitored: bool = True) -> Flask:
    """Make the application that serves a site and keeps it fresh."""
    from feeds.sync.keeper import Keeper

    def report_change() -> None:
        if find_difference(load_servable(site.config.file), site):
            _log.warning("The configuration changed. The old one stays in use until a restart.")

    return create(
        site.publisher,
        make_keeper=lambda: Keeper(site.syncer, configure=report_change, say=_log.warning),
        monitored=monitored,
    )


def create(
    publisher: Publisher,
    log: AccessLog | None = None,
    counts: SharedCounts | None = None,
    make_keeper: Callable[[], Keeper] | None = None,
    *,
    monitored: bool = True,
) -> Flask:
    """Make the application that serves a publisher's documents.

    It syncs if there is a keeper. ``counts`` are those of all workers, if there are several. Only if it is
    ``monitored`` here does it answer for ``/healthz`` and ``/metrics``.

    Flask has one catch-all route. Which paths exist follows from the index and changes with
    it, so the publisher's router decides; frozen and served, a site has the same paths.
    """
    app = Flask("feeds", static_folder=None)
    cache = ResponseCache(publisher.config.server.memory * 1_000_000)
    responder = Responder(publisher, cache, app.logger.error)
    metrics = Metrics(lambda: publisher, cache, counts)
    _init_documents(app, responder)
    _init_errors(app)
    monitoring = Monitoring(lambda: publisher, metrics.export) if monitored else None
    threads = BackgroundThreads(publisher, metrics, log, make_keeper)
    _init_middleware(app, publisher, responder, threads, monitoring)
    return app


def stop(app: Flask) -> None:
    """End the threads of an application, or of the blueprints in it: it syncs no more.

    A process that exits need not call it. A test, or a program that makes several
    applications, does; the next request starts again what answering needs.
    """
    for running in app.extensions["feeds"]:
        running.stop()


def _init_documents(app: Flask, responder: Responder) -> None:
    """Answer requests for documents, whatever their path."""

    @app.route("/", defaults={"path": ""})
    @app.route("/<path:path>", merge_slashes=False)
    def serve(path: str) -> FlaskResponse:  # noqa: ARG001 - the responder reads the request itself
        response = responder.answer(parse_request(request.environ))
        request.environ[LABEL] = response.label
        return _convert(response)

    @app.after_request
    def answer_preflight(response: FlaskResponse) -> FlaskResponse:
        if request.method == "OPTIONS":
            response.headers.update((*SHARED, *PREFLIGHT))
        return response


def _init_errors(app: Flask) -> None:
    """Answer with a sentence in plain text if something goes wrong, and log what."""

    def refuse(code: int, text: str) -> FlaskResponse:
        return _convert(make_error(code, text, parse_request(request.environ).headers))

    @app.errorhandler(HTTPException)
    def explain(error: HTTPException) -> FlaskResponse:
        allowed = [(name, value) for name, value in error.get_headers() if name == "Allow"]
        text = error.description or "This cannot be answered."
        headers = parse_request(request.environ).headers
        return _convert(make_error(error.code or 500, text, headers, allowed))

    @app.errorhandler(Exception)
    def fail(error: Exception) -> FlaskResponse:
        # Flask would log the path as it is, and it may contain the token of a private feed.
        app.logger.error("Exception on %s", mask_token(request.path), exc_info=error)
        return refuse(500, "This cannot be answered.")

    @app.errorhandler(SiteTemplateError)
    def report_template(error: SiteTemplateError) -> FlaskResponse:
        app.logger.error("%s", error)
        return refuse(500, "This page cannot be made just now. The feeds are not concerned.")

    trouble = TroubleLog(partial(app.logger.error, "%s"))

    @app.errorhandler(StorageError)
    def report_store(error: StorageError) -> FlaskResponse:
        app.logger.error("%s", error)
        return _convert(make_unavailable(parse_request(request.environ).headers))

    def report_index(error: Exception) -> FlaskResponse:
        # A client that asks for too much is told so; the log needs no line each time.
        if not takes_too_long(error):
            trouble.note_failure(f"The index cannot be read: {error}")
        return _convert(make_unavailable(parse_request(request.environ).headers, error))

    for error_class in INDEX_ERRORS:
        app.register_error_handler(error_class, report_index)


def _init_middleware(
    app: Flask,
    publisher: Publisher,
    responder: Responder,
    threads: BackgroundThreads,
    monitoring: Monitoring | None,
) -> None:
    """Put the cache and the private gate in front of Flask, and threads beside it."""
    gate = None
    if publisher.config.private:
        from feeds.web.private.gate import PrivateGate

        gate = PrivateGate(publisher, responder, app.logger.warning)
    app.wsgi_app = CacheMiddleware(app.wsgi_app, responder, threads, gate, monitoring)  # type: ignore[method-assign] # as Flask documents it
    # What runs beside the application and has an end; see :func:`stop`.
    app.extensions["feeds"] = [threads]


class _ExactResponse(FlaskResponse):
    """A response that sends its headers as they are.

    Werkzeug would remove ``Last-Modified`` from a 304. In answers to HEAD it would replace
    the length of the document with that of the empty body.
    """

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:  # noqa: ARG002 - Werkzeug's signature
        """Return the headers that were given."""
        return self.headers


def _convert(response: Response) -> FlaskResponse:
    """Return Flask's form of a response of ours."""
    converted = _ExactResponse(response.body, response.status)
    converted.headers = Headers(response.headers)
    return converted
