"""The wiring: from a configuration to a publisher, and to the application that serves it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from feeds.assets import fingerprint
from feeds.config import Config, load
from feeds.index import Changes, open_index
from feeds.index.work import Mapper
from feeds.intake import Intake
from feeds.model import Problem
from feeds.pools import by_size
from feeds.publisher import Publisher
from feeds.syncing import Syncer

if TYPE_CHECKING:
    from flask import Flask

DEFAULT_CONFIG = "config.toml"


class Site(Struct):
    """A site that is ready to be published, what its last sync did, and the problems that
    are not in the index: of files that could not be listed, and of topics and providers."""  # noqa: D205, D209 - one sentence

    publisher: Publisher
    problems: tuple[Problem, ...]
    changes: Changes
    syncer: Syncer


def config_path(given: str | Path | None) -> Path:
    """The configuration to use: the one given, else ``FEEDS_CONFIG``, else ``config.toml``."""
    return Path(given or os.environ.get("FEEDS_CONFIG") or DEFAULT_CONFIG)


def open_site(  # noqa: PLR0913 - each is a choice of its own
    config: Config,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    record: bool = True,
    search: bool = False,
    mapper: Mapper[Intake] = by_size,
) -> Site:
    """Bring the index up to date as of ``now`` and make the publisher that reads it.

    ``record``, ``search`` and ``mapper`` are those of :class:`feeds.syncing.Syncer`.
    Raises :class:`feeds.errors.FeedsError` where folder or index cannot be used.
    """
    config, curation_problems = with_curation(config)
    _check_templates(config)
    syncer = Syncer(
        config,
        open_index(config),
        fingerprint(config),
        record=record,
        search=search,
        mapper=mapper,
    )
    synced = syncer.whole(now, progress)
    return Site(
        Publisher(config, syncer.index), (*curation_problems, *synced.problems), synced.changes, syncer
    )


def _check_templates(config: Config) -> None:
    """Raise :class:`feeds.errors.TemplateFaultError` where a template of the site's own is none."""
    if config.templates_path is not None:
        from feeds.pages import Templates

        Templates(config).check()


def with_curation(config: Config) -> tuple[Config, tuple[Problem, ...]]:
    """The configuration with what the curators' files say of topics and providers."""
    if not config.topics_path and not config.providers_path:
        return config, ()
    from feeds import curation

    return curation.read(config)


def servable(config: Config) -> Config:
    """A configuration whose private feeds have tokens; freezing needs none.

    Raises :class:`feeds.errors.ConfigError`, also where a token is of no use.
    """
    if config.private:
        from feeds import private

        private.require(config)
    return config


def create_app(path: str | Path | None = None) -> Flask:
    """The application that serves the site of a configuration, for any WSGI server.

    It syncs at its start, and one of the processes that serve the site keeps it fresh.
    """
    from feeds.watching import Keeper
    from feeds.web import create

    site = open_site(servable(load(config_path(path))), datetime.now(UTC), search=True)
    app = create(site.publisher)
    Keeper(site.syncer, say=app.logger.warning).start()
    return app
