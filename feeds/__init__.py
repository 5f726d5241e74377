"""feeds publishes RSS and Atom feeds from a folder of articles.

``feeds.open`` opens a site, whose feeds, freezes and problems a program can ask for. ``feeds.formats`` renders
entries of a program's own, without a folder. ``create_app`` makes the Flask application
(``flask --app feeds run``). The commands are in :mod:`feeds.cli`.

Importing this package loads none of that: each name is loaded when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from flask import Blueprint, Flask

    from feeds import formats
    from feeds.config.schema import Config
    from feeds.errors import ConfigError, FeedsError, MissingFeedError
    from feeds.model import Article, Channel, Document, Feed, Problem
    from feeds.site import Plan, Site
    from feeds.version import __version__

__all__ = [
    "Article", "Channel", "ConfigError", "Document", "Feed", "FeedsError", "MissingFeedError", "Plan", "Problem", "Site",
    "__version__", "create_app", "create_blueprint", "formats", "open", "stop",
]  # fmt: skip
# Where the names are that are loaded when they are first asked for.
_HOMES = {
    "Article": "model", "Channel": "model", "Document": "model", "Feed": "model", "Problem": "model",
    "ConfigError": "errors", "FeedsError": "errors", "MissingFeedError": "errors",
    "Plan": "site", "Site": "site", "__version__": "version",
}  # fmt: skip


if not TYPE_CHECKING:  # A type checker that saw it would take any name for one of ours.

    def __getattr__(name: str) -> object:
        """Load a name of this package (PEP 562)."""
        from importlib import import_module

        if name == "formats":
            return import_module("feeds.formats")
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"feeds.{_HOMES[name]}"), name)
        return value


def __dir__() -> list[str]:
    """List the names of this package, loaded or not."""
    return sorted({*globals(), *__all__})


def open(  # noqa: A001 - as builtins.open does with a file
    config: str | Path | Config | None = None,
    *,
    base_url: str | None = None,
    now: datetime | None = None,
    record: bool = True,
    allow_removals: bool = False,
) -> Site:
    """Open the site of a configuration: bring its index up to date with its articles.

    ``config`` is the file, or what :func:`feeds.config.load` read; it defaults to ``FEEDS_CONFIG`` and then to
    ``config.toml``. ``base_url`` replaces what it says. ``now``, with a time zone, decides which articles are in
    the future; None is the time of this moment. If ``record`` is false, no digest is closed. With
    ``allow_removals``, more articles may be gone than ``freeze.max_removed`` lets go.

    Raises :class:`feeds.errors.ConfigError` if the configuration is at fault, and another
    :class:`feeds.errors.FeedsError` if the folder or the index cannot be used.
    """
    from feeds import config as configs
    from feeds.site import open_site

    if not isinstance(config, configs.Config):
        config = configs.load(configs.find_config_path(config))
    chosen = configs.override(config, base_url=base_url, allow_removals=allow_removals)
    return open_site(chosen, now, record=record)


def create_app(config_path: str | Path | None = None) -> Flask:
    """Make the application that serves the feeds of one configuration.

    ``config_path`` defaults to ``FEEDS_CONFIG`` and then to ``config.toml``.
    Raises :class:`feeds.errors.ConfigError` if the configuration is at fault.
    """
    from feeds.web.app import create_app as create

    return create(config_path)


def create_blueprint(config_path: str | Path | None = None, *, name: str = "feeds") -> Blueprint:
    """Make a blueprint that serves a site within another Flask application.

    It is registered at the path of ``site.base_url`` unless ``url_prefix`` says otherwise. A path that the
    site does not have is answered by the application's own handler of 404. Two blueprints in one
    application need two names. Raises :class:`feeds.errors.ConfigError` if the configuration is at fault.
    """
    from feeds.web.app import create_blueprint as create

    return create(config_path, name=name)


def stop(app: Flask) -> None:
    """End the threads with which an application follows its articles.

    They end with the process anyway.
    """
    from feeds.web.app import stop as end

    end(app)
