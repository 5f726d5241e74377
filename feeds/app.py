"""The wiring: from a configuration to a publisher, and to the application that serves it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from feeds import assets
from feeds.config import Config, load
from feeds.index import Changes, Fingerprints, Index, Job, scan, sync
from feeds.intake import Intake, fingerprint
from feeds.model import Problem
from feeds.pools import by_size
from feeds.publisher import Publisher

if TYPE_CHECKING:
    from flask import Flask

DEFAULT_CONFIG = "config.toml"


class Site(Struct):
    """A site that is ready to be published, what its last sync did, and the problems that
    are not in the index: of files that could not be listed, and of topics and providers."""  # noqa: D205, D209 - one sentence

    publisher: Publisher
    problems: tuple[Problem, ...]
    changes: Changes


def config_path(given: str | Path | None) -> Path:
    """The configuration to use: the one given, else ``FEEDS_CONFIG``, else ``config.toml``."""
    return Path(given or os.environ.get("FEEDS_CONFIG") or DEFAULT_CONFIG)


def open_site(
    config: Config,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    record: bool = True,
) -> Site:
    """Bring the index up to date as of ``now`` and make the publisher that reads it.

    Digests that are due are closed and recorded, unless ``record`` is false.

    Raises :class:`feeds.errors.FeedsError` where folder or index cannot be used.
    """
    curation_problems: tuple[Problem, ...] = ()
    if config.topics_path or config.providers_path:
        from feeds import curation

        config, curation_problems = curation.read(config)
    index = Index(config.index_path)
    listing = scan(config.articles_path, config.articles.include)
    job = Job(
        listing=listing,
        work=Intake(config, now),
        fingerprints=Fingerprints(fingerprint(config), assets.fingerprint(config)),
        now=now,
        windows={name: c.window_seconds for name, c in config.custom.items() if c.window_seconds},
        mapper=by_size,
        progress=progress,
    )
    changes = sync(index, job)
    if record:
        from feeds import digests

        digests.update(config, index, now)
    return Site(Publisher(config, index), (*curation_problems, *listing.problems), changes)


def create_app(path: str | Path | None = None) -> Flask:
    """The application that serves the site of a configuration, synced at its start."""
    from feeds import web

    return web.create(open_site(load(config_path(path)), datetime.now(UTC)).publisher)
