"""Count requests for Prometheus: by feed, format, status and family of readers."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from feeds.errors import FeedsError
from feeds.index.index import INDEX_ERRORS
from feeds.publisher.snapshot import Publisher
from feeds.web.monitoring import read_health
from feeds.web.response import Label
from feeds.web.response_cache import ResponseCache
from feeds.web.shared_counts import NOTHING, Key, SharedCounts

_LONGEST_AGENT = 500


class Metrics:
    """The metrics of a process and those that share its counts, and the site's state."""

    def __init__(
        self,
        find_publisher: Callable[[], Publisher],
        cache: ResponseCache | None = None,
        counts: SharedCounts | None = None,
    ) -> None:
        """``counts`` are those of all workers; without them, this process counts alone.

        ``find_publisher`` returns what publishes the site now. A process that answers has a cache.
        """
        self._waiting: Counter[Key] = Counter()
        self._lock = threading.Lock()
        self._counts = counts or SharedCounts()
        self._registry = CollectorRegistry()
        self._registry.register(_Requests(self._counts))
        self._registry.register(_State(find_publisher, cache))

    def count(self, label: Label | None, status: str, agent: str) -> None:
        """Count a request by its document's label; those without a document share one."""
        key = (*(label or NOTHING), status[:3], find_family(agent[:_LONGEST_AGENT]))
        # To add one is not a single step: another thread may add, or flush, in the middle of it.
        with self._lock:
            self._waiting[key] += 1

    def flush(self) -> None:
        """Add what was counted to the counts of all workers."""
        with self._lock:
            waiting, self._waiting = self._waiting, Counter()
        self._counts.add(waiting)

    def export(self) -> bytes:
        """Return all metrics in Prometheus' text format, of all workers together."""
        self.flush()
        return generate_latest(self._registry)


class _Requests(Collector):
    """How many requests were answered."""

    def __init__(self, counts: SharedCounts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Any]:
        labels = ("feed", "format", "status", "reader")
        family = CounterMetricFamily("feeds_requests", "Requests answered", labels=labels)
        for key, number in self._counts.read().items():
            family.add_metric(key, number)
        yield family


class _State(Collector):
    """The state of the site as this process knows it."""

    def __init__(self, find_publisher: Callable[[], Publisher], cache: ResponseCache | None) -> None:
        self._find_publisher = find_publisher
        self._cache = cache

    def collect(self) -> Iterator[Any]:
        if self._cache is not None:
            text = "Memory that finished answers take in this worker"
            yield GaugeMetricFamily("feeds_memory_bytes", text, value=self._cache.size)
        # Left out while the index cannot be used: a number would be wrong.
        with suppress(FeedsError, *INDEX_ERRORS), self._find_publisher().snapshot() as site:
            health = read_health(site)
            for name, text, value in (
                ("feeds_articles", "Articles published", health.articles),
                ("feeds_channels", "Channels with feeds of their own", len(site.channels.by_path)),
                (
                    "feeds_changed_timestamp_seconds",
                    "When the site last changed",
                    site.router.newest_change.timestamp(),
                ),
                ("feeds_faulty_files", "Files that cannot be read", health.faulty),
                ("feeds_seconds_since_sync", "Age of the last sync", health.sync_age),
            ):
                yield GaugeMetricFamily(name, text, value=value)


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
