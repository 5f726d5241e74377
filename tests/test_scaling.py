"""The simulation behind docs/explanation/scaling.md counts what a day of single requests would be, and the docs show what it prints."""

from __future__ import annotations

import random
import sys
from itertools import islice

import pytest
from effort import stressed
from sites import ROOT

sys.path.append(str(ROOT / "benchmarks"))

from habits import READERS, half_hourly, wasteful
from scaling import _WORK, Plan, Traffic, askers, changed, day, simulate, tables, through

pytestmark = pytest.mark.slow

DAY = 1440.0
SMALL = Plan(articles=2_000_000, feeds=300, subscriptions=3_000)


def repeatable(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - repeatable numbers, no secrets


def test_the_docs_show_what_the_simulation_prints() -> None:
    docs = (ROOT / "docs" / "explanation" / "scaling.md").read_text()
    # The table of what no simulation has to tell, and under `make stress` those of three simulated days too.
    for line in islice(tables(Plan()), None if stressed() else 2 + len(_WORK)):
        assert line in docs


def test_a_poll_finds_news_as_often_as_single_polls_do() -> None:
    chance = repeatable(1)
    moments = sorted(chance.random() * DAY for _ in range(20))
    for interval in (10, 30, 60, 300):
        polls = [chance.random() * DAY for _ in range(20_000)]
        news = sum(any((poll - at) % DAY < interval for at in moments) for poll in polls)
        assert changed(moments, interval) == pytest.approx(news / len(polls), abs=0.01)


def test_caches_ask_as_often_as_single_requests_make_them() -> None:
    chance = repeatable(2)
    plan, points, requests = Plan(ttl=30), 4, 800
    fetches, days = 0, 50
    for _ in range(points):
        fetched = -plan.ttl
        for at in sorted(chance.random() * DAY * days for _ in range(requests * days // points)):
            if at - fetched >= plan.ttl:
                fetches, fetched = fetches + 1, at
    origin = Traffic()
    through(origin, [], requests, plan, points)
    assert origin.requests == pytest.approx(fetches / days, rel=0.02)


def test_services_ask_once_for_all_who_read_a_feed_there() -> None:
    chance = repeatable(3)
    service = READERS[0]
    rounds = [{chance.randrange(service.fetchers) for _ in range(20)} for _ in range(2_000)]
    assert askers(service, 20) == pytest.approx(sum(map(len, rounds)) / len(rounds), rel=0.05)
    assert askers(READERS[2], 20) == 20


def test_a_million_who_poll_half_hourly_are_a_million_requests_in_each_half_hour() -> None:
    outcome = simulate(SMALL, half_hourly(READERS))
    assert outcome.direct.requests == pytest.approx(SMALL.subscriptions * 48)


def test_the_kinds_of_readers_are_all_there_is() -> None:
    assert sum(reader.share for reader in READERS) == pytest.approx(1)
    outcome = simulate(SMALL, READERS)
    assert sum(t.requests for t in outcome.readers.values()) == pytest.approx(outcome.direct.requests)
    assert sum(t.bytes for t in outcome.readers.values()) == pytest.approx(outcome.direct.bytes)


def test_the_same_seed_is_the_same_day_and_another_one_a_day_like_it() -> None:
    other = SMALL._replace(seed=9)
    assert list(tables(SMALL)) == list(tables(SMALL))
    assert day(SMALL) != day(other)
    shares = [simulate(plan, wasteful(READERS)).direct.unchanged for plan in (SMALL, other)]
    assert shares[0] == pytest.approx(shares[1], abs=0.02)


def test_more_readers_or_longer_lives_never_cost_the_origin_more_than_without_a_cdn() -> None:
    for ttl in (5, 30, 120) if stressed() else (5, 120):
        outcome = simulate(SMALL._replace(ttl=ttl), READERS)
        assert outcome.shielded.requests <= outcome.origin.requests <= outcome.direct.requests
        assert outcome.origin.bytes <= outcome.direct.bytes
