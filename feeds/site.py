"""Wire sync and publisher: from a configuration to a site that is ready to be published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from feeds.config.schema import Config
from feeds.index import open_index
from feeds.index.rows import Mapper
from feeds.model import Problem
from feeds.publisher.fingerprint import fingerprint
from feeds.publisher.snapshot import Publisher
from feeds.sync.diff import Changes
from feeds.sync.mappers import map_by_size
from feeds.sync.process import FileProcessor
from feeds.sync.syncer import Syncer


class Site(Struct):
    """A site that is ready to be published, and what its last sync did.

    ``problems`` are those that are not in the index: files that could not be listed, and problems
    in the files of topics and providers.
    """

    publisher: Publisher
    problems: tuple[Problem, ...]
    changes: Changes
    syncer: Syncer


def open_site(  # noqa: PLR0913 - each is a choice of its own
    config: Config,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    record: bool = True,
    search: bool = False,
    mapper: Mapper[FileProcessor] = map_by_size,
) -> Site:
    """Bring the index up to date as of ``now`` and make the publisher that reads it.

    ``record``, ``search`` and ``mapper`` are those of :class:`feeds.sync.syncer.Syncer`.
    Raises :class:`feeds.errors.FeedsError` if the folder or the index cannot be used.
    """
    config, curation_problems = add_curation(config)
    _check_templates(config)
    syncer = Syncer(
        config,
        open_index(config),
        fingerprint(config),
        record=record,
        search=search,
        mapper=mapper,
    )
    synced = syncer.sync_all(now, progress)
    return Site(
        Publisher(config, syncer.index), (*curation_problems, *synced.problems), synced.changes, syncer
    )


def find_difference(config: Config, site: Site) -> tuple[Config, tuple[Problem, ...]] | None:
    """Return a configuration with the curators' files, and the problems of these.

    None if a site that it makes is the same as one that is open.
    """
    complete, problems = add_curation(config)
    is_same = complete == site.publisher.config and fingerprint(complete) == site.syncer.site_fingerprint
    return None if is_same else (complete, problems)


def _check_templates(config: Config) -> None:
    """Raise :class:`feeds.errors.SiteTemplateError` if a template of the site cannot be used."""
    if config.templates_path is not None:
        from feeds.publisher.pages.templates import Templates

        Templates(config).check()


def add_curation(config: Config) -> tuple[Config, tuple[Problem, ...]]:
    """Add the curators' files of topics and providers to a configuration."""
    if not config.topics_path and not config.providers_path:
        return config, ()
    from feeds.config import curated

    return curated.read_curated(config)
