"""feeds publishes RSS and Atom feeds from a folder of articles.

``create_app`` makes the Flask application (``flask --app feeds run``); the
commands are in :mod:`feeds.cli`. Importing this package loads neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask


def create_app(config_path: str | Path | None = None) -> Flask:
    """Make the application that serves the feeds of one configuration.

    ``config_path`` defaults to ``FEEDS_CONFIG`` and then to ``config.toml``.
    Raises :class:`feeds.errors.ConfigError` if the configuration is at fault.
    """
    from feeds.web.app import create_app as create

    return create(config_path)
