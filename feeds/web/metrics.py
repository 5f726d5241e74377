"""Count requests for Prometheus: by feed, format, status and family of readers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from feeds.formats import MEDIA_TYPES
from feeds.publisher.snapshot import Publisher
from feeds.web.cache import ResponseCache
from feeds.web.health import find_health
from feeds.web.shared_counts import Key, SharedCounts

_LONGEST_AGENT = 500
_FOUND = ("200", "226", "304")
_METHODS = ("GET", "HEAD")


class Metrics:
    """The metrics of a process: what it and those that share its counts have served, and the state of the site."""

    def __init__(
        self, publisher: Publisher, cache: ResponseCache, counts: SharedCounts | None = None
    ) -> None:
        """``counts`` are those of all workers; without them, this process counts alone."""
        self._waiting: Counter[Key] = Counter()
        self._counts = counts or SharedCounts()
        self._registry = CollectorRegistry()
        self._registry.register(_Requests(self._counts))
        self._registry.register(_State(publisher, cache))

    def count(self, method: str, path: str, status: str, agent: str) -> None:
        """Count a request; ``path`` is without its first slash."""
        # Paths without a document may be any text: they are counted together.
        known = status[:3]
        there = known in _FOUND and method in _METHODS
        self._waiting[path if there else "", known, find_family(agent[:_LONGEST_AGENT])] += 1

    def flush(self) -> None:
        """Add what was counted to the counts of all workers."""
        waiting, self._waiting = self._waiting, Counter()
        self._counts.add(waiting)

    def export(self) -> bytes:
        """Return all metrics in Prometheus' text format, of all workers if there are several."""
        self.flush()
        return generate_latest(self._registry)


class _Requests(Collector):
    """How many requests were answered."""

    def __init__(self, counts: SharedCounts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Any]:
        labels = ("feed", "format", "status", "reader")
        family = CounterMetricFamily("feeds_requests", "Requests answered", labels=labels)
        # Two paths may be of one feed and format: a document and its archive.
        summed: Counter[tuple[str, ...]] = Counter()
        for (path, status, reader), number in self._counts.read().items():
            summed[(*_split_path(path), status, reader)] += number
        for values, number in summed.items():
            family.add_metric(values, number)
        yield family


class _State(Collector):
    """The state of the site as this process knows it."""

    def __init__(self, publisher: Publisher, cache: ResponseCache) -> None:
        self._publisher = publisher
        self._cache = cache

    def collect(self) -> Iterator[Any]:
        site = self._publisher.newest
        for name, text, value in (
            ("feeds_articles", "Articles published", site.channels.by_path["all"].count),
            ("feeds_channels", "Channels with feeds of their own", len(site.channels.by_path)),
            (
                "feeds_changed_timestamp_seconds",
                "When the site last changed",
                site.newest_change().timestamp(),
            ),
            ("feeds_memory_bytes", "Memory that finished answers take in this worker", self._cache.size),
        ):
            yield GaugeMetricFamily(name, text, value=value)
        # Left out while the index cannot be used: a number would be wrong.
        if health := find_health(self._publisher):
            yield GaugeMetricFamily("feeds_faulty_files", "Files that cannot be read", value=health.faulty)
            yield GaugeMetricFamily("feeds_seconds_since_sync", "Age of the last sync", value=health.sync_age)


def _split_path(path: str) -> tuple[str, str]:
    """Return the feed of a path and its format; archive documents count as their feed."""
    stem, _, ending = path.rpartition(".")
    if ending in MEDIA_TYPES:
        return stem.partition("/archive/")[0], ending
    return (path.rstrip("/"), "html") if path == "" or path.endswith("/") else (path, "")


# What identifies each family in a User-Agent; the first match counts. Services that fetch for
# many readers come before the libraries and browsers that they also name.
_FAMILIES = (
    ("feedly", "feedly"), ("inoreader", "inoreader"), ("newsblur", "newsblur"), ("feedbin", "feedbin"),
    ("theoldreader", "theoldreader"), ("freshrss", "freshrss"), ("miniflux", "miniflux"), ("tiny tiny rss", "tt-rss"),
    ("nextcloud", "nextcloud-news"), ("commafeed", "commafeed"), ("feedwrangler", "feedwrangler"), ("bazqux", "bazqux"),
    ("netnewswire", "netnewswire"), ("reeder", "reeder"), ("newsboat", "newsboat"), ("thunderbird", "thunderbird"),
    ("akregator", "akregator"), ("liferea", "liferea"), ("quiterss", "quiterss"), ("rssguard", "rssguard"),
    ("newsflash", "newsflash"), ("feeder", "feeder"), ("sfeed", "sfeed"), ("slack", "slack"), ("discord", "discord"),
    ("ifttt", "ifttt"), ("zapier", "zapier"), ("rss2email", "rss2email"), ("reader/", "reader"),
    ("feedparser", "feedparser"), ("python", "python"), ("go-http", "go"), ("okhttp", "java"), ("java/", "java"),
    ("node", "node"), ("axios", "node"), ("ruby", "ruby"), ("curl", "curl"), ("wget", "wget"), ("wrk", "wrk"),
    ("bot", "bot"), ("spider", "bot"), ("crawler", "bot"), ("mozilla", "browser"), ("opera", "browser"),
)  # fmt: skip
_ANY = re.compile("|".join(f"({re.escape(sign)})" for sign, _ in _FAMILIES))


@lru_cache(maxsize=2048)
def find_family(agent: str) -> str:
    """Return the family of a User-Agent: one of about forty, ``none`` or ``other``."""
    if not agent:
        return "none"
    signs = {match.lastindex for match in _ANY.finditer(agent.lower())}
    places = [place for place in signs if place is not None]
    return _FAMILIES[min(places) - 1][1] if places else "other"
