"""How the site is, for those who watch it: people, load balancers, Prometheus."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from feeds.errors import FeedsError, StorageError
from feeds.index.index import INDEX_ERRORS
from feeds.index.read import overview
from feeds.publisher.snapshot import Publisher, Snapshot


class Health(NamedTuple):
    """How many articles are published, how many files are faulty, and how old the last sync is in seconds."""

    articles: int
    faulty: int
    sync_age: int

    def text(self) -> str:
        """Return one line for people and probes."""
        return f"ok: {self.articles} articles, {self.faulty} faulty, synced {self.sync_age} s ago"


def read_health(site: Snapshot) -> Health:
    """Read how a site is. Raise :class:`StorageError` if its index has never been filled."""
    synced = overview.read_sync_time(site.connection)
    if synced is None:
        raise StorageError("The index has not been filled yet.")
    faulty = sum(overview.count_faulty_files(site.connection))
    return Health(site.channels.by_path["all"].count, faulty, _age(synced))


def find_health(publisher: Publisher) -> Health | None:
    """Find how the site of a publisher is; None if its index cannot be used."""
    try:
        with publisher.snapshot() as site:
            return read_health(site)
    except (FeedsError, *INDEX_ERRORS):
        return None


def _age(moment: datetime) -> int:
    # Another machine may have written the time, by a clock of its own.
    return max(0, int((datetime.now(UTC) - moment).total_seconds()))
