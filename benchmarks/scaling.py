"""What ten million articles, a hundred thousand feeds and a million subscriptions ask of a site: a day, simulated.

    python benchmarks/scaling.py [NAME=VALUE ...]

A day's articles come at random moments and into random feeds; who polls when follows from the kinds of
readers (habits.py). Requests are counted exactly: polls come at even phases, so the share of a feed's polls that
meet a change is the share of the day that follows its changes within a poll's interval. Costs are measured ones (docs/explanation/performance.md, sizes.py).
Every number of a plan can be given: ``seed=3 ttl=60``. The tables are those of docs/explanation/scaling.md.
"""

from __future__ import annotations

import math
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from habits import READERS, Reader, half_hourly, wasteful

_DAY = 1440.0
_SECONDS = 86_400


class Plan(NamedTuple):
    """What is asked for. Times are in minutes; all of it but the first four numbers is assumed."""

    articles: int = 10_000_000
    feeds: int = 100_000
    subscriptions: int = 1_000_000
    ttl: float = 30
    years: float = 10
    feeds_of_an_article: int = 5  # two topics, provider, category, all
    popularity: float = 1.0  # the exponent of Zipf's law, for subscriptions and for articles
    night: float = 0.3  # articles in an hour of the night, for one in an hour of the day
    points: int = 30  # places of the CDN, each with a cache of its own
    seed: int = 8

    @property
    def articles_a_day(self) -> float:
        """How many come in a day, if all years were alike."""
        return self.articles / self.years / 365


class Measured(NamedTuple):
    """What was measured: bytes of whole requests and answers, seconds of a core."""

    request: int = 257
    unchanged: int = 410
    packed: int = 13_072  # a feed of 59 entries, as gzip
    plain: int = 97_655
    answers_a_second: float = 33_897
    made: float = 0.0013  # a feed that is not in memory: 0.8 ms to make, 0.5 to compress
    kept: int = 64_000_000 // (2 * 97_000 + 16_384)  # feeds in a worker's memory
    synced: float = 167e-6  # an article of a first sync
    looked: float = 3.5e-6  # a file of a whole look at the folder
    indexed: int = 2_960
    channels: float = 9.2e-6  # a feed, when a worker reads all of them again
    worker: int = 39_000_000
    remembered: int = 890  # a feed, in a worker
    listed: int = 262  # a feed in feeds.opml
    frozen: float = 142e-6  # a feed in one format
    noted: int = 129  # a document in the manifest


class Traffic:
    """Requests of a day and their answers."""

    def __init__(self) -> None:
        self.requests = self.full = self.bytes = self.aligned = self.together = 0.0

    def add(self, requests: float, full: float, size: float) -> None:
        """Count requests, and those of them that get a whole answer of this size."""
        costs = Measured()
        self.requests += requests
        self.full += full
        self.bytes += full * size + (requests - full) * costs.unchanged

    def align(self, requests: float, together: float) -> None:
        """Say of requests that were counted that they keep to the clock: so many in each of their minutes."""
        self.aligned += requests
        self.together += together

    @property
    def unchanged(self) -> float:
        """The share of 304."""
        return 1 - self.full / self.requests

    @property
    def peak(self) -> float:
        """Requests a second in the first minute of an hour, when those come that keep to the clock."""
        return (self.requests - self.aligned) / _SECONDS + self.together / 60


class Outcome(NamedTuple):
    """A day of one plan."""

    direct: Traffic
    origin: Traffic
    shielded: Traffic
    from_memory: float
    readers: dict[str, Traffic]
    told: float
    pushed: float


def day(plan: Plan) -> dict[int, list[float]]:
    """When each feed changes, in minutes of a day; feeds by popularity, without those that do not change."""
    chance = random.Random(plan.seed)
    shares = _zipf(plan)
    hours = [plan.night if hour < 8 else 1.0 for hour in range(24)]  # noqa: PLR2004 - the night
    cumulated = list(accumulate(shares))
    changes = defaultdict(list)
    for _ in range(round(plan.articles_a_day)):
        moment = 60 * (chance.choices(range(24), hours)[0] + chance.random())
        others = chance.choices(range(plan.feeds), cum_weights=cumulated, k=plan.feeds_of_an_article - 1)
        for feed in {0, *others}:
            changes[feed].append(moment)
    return {feed: sorted(moments) for feed, moments in changes.items()}


def changed(moments: Sequence[float], window: float) -> float:
    """The share of a day in which something has changed within the last ``window`` minutes."""
    if not moments:
        return 0.0
    following = [*moments[1:], moments[0] + _DAY]
    return sum(min(later - at, window) for at, later in zip(moments, following, strict=True)) / _DAY


def simulate(plan: Plan, readers: Sequence[Reader]) -> Outcome:
    """A day of all feeds."""
    direct, origin, shielded = Traffic(), Traffic(), Traffic()
    kinds = {reader.name: Traffic() for reader in readers}
    costs = Measured()
    changes = day(plan)
    kept = told = pushed = 0.0
    for feed, share in enumerate(_zipf(plan)):
        moments = changes.get(feed, ())
        requests = 0.0
        for reader in readers:
            asking = askers(reader, plan.subscriptions * reader.share * share)
            interval = reader.interval(plan.ttl)
            polls = asking * _DAY / interval
            full = polls * (1 - reader.conditional * (1 - changed(moments, interval)))
            size = reader.packed * costs.packed + (1 - reader.packed) * costs.plain
            for traffic in (direct, kinds[reader.name]):
                traffic.add(polls, full, size)
            direct.align(polls * reader.aligned, asking * reader.aligned)
            requests += polls
            pushed += asking * len(moments) if reader.push else 0
        told += len(moments)
        kept += requests if feed < costs.kept else 0
        through(origin, moments, requests, plan, plan.points)
        through(shielded, moments, requests, plan, 1)
    return Outcome(direct, origin, shielded, kept / direct.requests, kinds, told, pushed)


def askers(reader: Reader, subscriptions: float) -> float:
    """Who asks for a feed with a number of subscriptions: each reader, or the services that have a subscriber."""
    if not reader.fetchers:
        return subscriptions
    return reader.fetchers * (1 - math.exp(-subscriptions / reader.fetchers))


def through(origin: Traffic, moments: Sequence[float], requests: float, plan: Plan, caches: int) -> None:
    """What reaches the origin through caches: one request when a copy is too old and somebody asks."""
    if requests:
        window = plan.ttl + _DAY * caches / requests
        fetches = caches * _DAY / window
        origin.add(fetches, fetches * changed(moments, window), Measured().packed)


def _zipf(plan: Plan) -> list[float]:
    """The share of each feed, the most popular first."""
    weights = [rank**-plan.popularity for rank in range(1, plan.feeds + 1)]
    total = sum(weights)
    return [weight / total for weight in weights]


def tables(plan: Plan) -> Iterator[str]:
    """All tables, in Markdown."""
    yield f"| {plan.articles:,} articles, {plan.feeds:,} feeds | |"
    yield "| --- | ---: |"
    for name, figure in _WORK.items():
        yield f"| {name} | {figure(plan, Measured())} |"
    yield ""
    outcomes = {
        "all poll half-hourly": simulate(plan, half_hourly(READERS)),
        "and waste": simulate(plan, wasteful(READERS)),
        "as readers are": simulate(plan, READERS),
    }
    yield f"| {plan.subscriptions:,} subscriptions | {' | '.join(outcomes)} |"
    yield f"| --- |{' ---: |' * len(outcomes)}"
    for name, cell in _ROWS.items():
        yield f"| {name} | {' | '.join(cell(outcome, plan) for outcome in outcomes.values())} |"
    yield ""
    yield "| reader | of subscriptions | of requests | 304 | bytes a day |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    outcome = outcomes["as readers are"]
    for reader in READERS:
        traffic = outcome.readers[reader.name]
        of_requests = traffic.requests / outcome.direct.requests
        yield (
            f"| {reader.name} | {reader.share:.0%} | {of_requests:.0%} | {traffic.unchanged:.1%}"
            f" | {traffic.bytes / 1e9:.1f} GB |"
        )


_WORK: dict[str, Callable[[Plan, Measured], str]] = {
    "articles a day": lambda p, _c: f"{p.articles_a_day:,.0f}",
    "first sync, of one core": lambda p, c: f"{p.articles * c.synced / 60:,.0f} min",
    "index": lambda p, c: f"{p.articles * c.indexed / 1e9:,.0f} GB",
    "a whole look at the folder, of one core": lambda p, c: f"{p.articles * c.looked:,.0f} s",
    "all feeds read again, by each worker after each sync": lambda p, c: f"{p.feeds * c.channels:.1f} s",
    "the same in a day": lambda p, c: f"{p.feeds * c.channels * p.articles_a_day / 60:,.0f} min",
    "memory of a worker, before its answers": lambda p, c: (
        f"{(c.worker + p.feeds * c.remembered) / 1e6:,.0f} MB"
    ),
    "the list of all feeds": lambda p, c: f"{p.feeds * c.listed / 1e6:,.0f} MB",
    "first freeze of all feeds in three formats, of one core": lambda p, c: (
        f"{3 * p.feeds * c.frozen / 60:,.1f} min"
    ),
    "the manifest of that": lambda p, c: f"{3 * p.feeds * c.noted / 1e6:,.0f} MB",
}


def _cores(outcome: Outcome) -> float:
    costs = Measured()
    a_second = outcome.direct.requests / _SECONDS
    return a_second / costs.answers_a_second + a_second * (1 - outcome.from_memory) * costs.made


_ROWS: dict[str, Callable[[Outcome, Plan], str]] = {
    "requests a second": lambda o, _p: f"{o.direct.requests / _SECONDS:,.0f}",
    "in the first minute of an hour": lambda o, _p: f"{o.direct.peak:,.0f}",
    "answered with 304": lambda o, _p: f"{o.direct.unchanged:.1%}",
    "bytes sent a day": lambda o, _p: f"{o.direct.bytes / 1e9:,.0f} GB",
    "for feeds in a worker's memory": lambda o, _p: f"{o.from_memory:.0%}",
    "cores for the answers": lambda o, _p: f"{_cores(o):.2f}",
    "through a CDN: to the origin, a second": lambda o, _p: f"{o.origin.requests / _SECONDS:,.0f}",
    "bytes from the origin a day": lambda o, _p: f"{o.origin.bytes / 1e9:,.1f} GB",
    "with a shield: to the origin, a second": lambda o, _p: f"{o.shielded.requests / _SECONDS:,.0f}",
    "bytes from the origin a day, with a shield": lambda o, _p: f"{o.shielded.bytes / 1e9:,.1f} GB",
    "feeds that change a day, each time counted": lambda o, _p: f"{o.told:,.0f}",
    "told to a hub a day, in three formats": lambda o, _p: f"{3 * o.told:,.0f}",
    "sent on by the hub a day": lambda o, _p: f"{o.pushed:,.0f}",
}


def main() -> None:
    """Print the tables of a plan."""
    given = dict(word.split("=") for word in sys.argv[1:])
    kinds = {name: type(value) for name, value in Plan()._asdict().items()}
    plan = Plan(**{name: kinds[name](value) for name, value in given.items()})
    print("\n".join(tables(plan)))


if __name__ == "__main__":
    main()
