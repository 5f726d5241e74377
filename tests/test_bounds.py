"""What strangers send costs little and leaves nothing: keys, labels and memories are bounded and not confusable."""

from __future__ import annotations

import gc
import random
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from effort import is_quick, measure, stressed
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from servers import Server, fetch
from sites import CONFIG, NOW, Workspace
from waiting import PATIENCE, until
from werkzeug.test import TestResponse

from feeds.cli import main
from feeds.lib.text.plain import find_nearest
from feeds.publisher.snapshot import Publisher
from feeds.site import Site, open_site
from feeds.web import responder
from feeds.web.app import create
from feeds.web.metrics import Metrics
from feeds.web.monitoring import Monitoring
from feeds.web.response import Response
from feeds.web.shared_counts import NOTHING, SharedCounts

pytestmark = pytest.mark.slow

PROVIDERS = 5000


def serve(workspace: Workspace) -> tuple[Site, FlaskClient]:
    site = open_site(workspace.config, NOW, search=True)
    return site, create(site.publisher).test_client()


@pytest.fixture
def client(workspace: Workspace) -> FlaskClient:
    for n in range(5):
        workspace.article(f"a{n}")
    return serve(workspace)[1]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A site with thousands of providers whose names are alike."""
    workspace = Workspace(tmp_path_factory.mktemp("large"))
    workspace.article("a")
    workspace.configure(
        "".join(f'[providers."p{n}.example"]\nname = "Provider of news {n}"\n' for n in range(PROVIDERS))
    )
    return create(open_site(workspace.config, NOW, search=True).publisher)


def series(client: FlaskClient) -> dict[tuple[str, ...], float]:
    return {
        tuple(sample.labels[name] for name in ("feed", "format", "status", "reader")): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if sample.name == "feeds_requests_total"
    }


def memory() -> int:
    """Return how many megabytes this process has in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 1_000_000


@pytest.mark.parametrize(
    ("path", "alike"),
    [
        ("/search/?q=ai", "/search/%3Fq=ai"),
        ("/feed.atom?topic=ai", "/feed.atom%3Ftopic=ai"),
        ("/feed.atom?topic=ai&archive=1", "/feed.atom?topic=ai%26archive=1"),
        ("/search/?q=ai", "/search/%3fq%3dai"),
        ("/search/?q=ai", "/search%2F%3Fq=ai"),
        ("/all.atom", "/all.atom%20since%20None"),
    ],
)
def test_an_address_that_looks_like_another_one_when_decoded_is_not_answered_as_that(
    client: FlaskClient, path: str, alike: str
) -> None:
    before = client.get(alike)
    assert before.status_code in (308, 400, 404)
    assert client.get(path).status_code in (200, 404)
    client.get("/all.atom", headers={"A-IM": "feed"})
    again = client.get(alike)
    assert (again.status_code, again.data) == (before.status_code, before.data)


def test_a_path_that_a_proxy_strips_is_not_answered_from_the_cache_of_one_that_it_keeps(
    workspace: Workspace,
) -> None:
    workspace.article("a")
    workspace.configure(base=CONFIG.replace("https://feeds.example.org/", "https://example.org/topics/"))
    _, client = serve(workspace)
    # What the first one means follows from all of the path, and the second one has less of it.
    assert client.get("/topics/ai.atom").status_code == 200
    assert client.get("/ai.atom").status_code == 404


def test_thousands_of_made_up_requests_leave_as_many_series_as_the_site_has_feeds(
    client: FlaskClient,
) -> None:
    chance = random.Random(1)  # noqa: S311 - a repeatable walk, no secret

    def word(length: int = 30) -> str:
        return "".join(
            chance.choices("abcdefghijklmnopqrstuvwxyz0123456789%./-_?&=", k=chance.randrange(1, length))
        )

    agents = ["newsboat/2", "curl/8", "Mozilla/5.0", ""]
    paths = [
        "/all.atom",
        "/topics/ai/",
        "/feed.atom?q=",
        "/search/?q=",
        "/search/%3Fq=",
        "/articles/",
        "/build/?type=",
        "/all/archive/",
    ]

    def send() -> None:
        client.open(
            chance.choice([*paths, "/"]) + word(200),
            method=chance.choice(["GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "PUT", "BREW"]),
            headers={
                "User-Agent": f"{chance.choice(agents)} {word()}", "Host": "x" + str(chance.random()), "Referer": word(3000),
                "If-None-Match": f'"{chance.randrange(2**128):032x}.1.{chance.randrange(2**64):016x}"', "A-IM": chance.choice(["feed", ""]),
                "Accept-Encoding": word(400), "Accept": word(100),
            },
        )  # fmt: skip

    number = 2500 if stressed() else 500
    for _ in range(300):
        send()
    before, known = memory(), len(series(client))
    for _ in range(number):
        send()
    found = series(client)
    assert {feed for feed, *_ in found} <= {"", "all", "topics/ai", "feed", "search", "build", "metrics"}
    assert len(found) <= known + 10
    assert sum(found.values()) == number + 301
    assert memory() - before < 40


def test_the_counts_of_any_number_of_feeds_are_summed_beyond_the_most_that_are_kept_apart() -> None:
    counts = SharedCounts()
    for thousand in range(30):
        keys = [(f"providers/p{thousand}-{n}.example", "atom", "200", "curl") for n in range(1000)]
        counts.add(Counter(keys))
        counts.add(Counter(keys[:1]))
    found = counts.read()
    assert len(found) == 10_001
    assert sum(found.values()) == 30_030
    assert found[*NOTHING, "200", "curl"] == 30_030 - sum(
        number for (feed, *_), number in found.items() if feed
    )


def test_every_request_counts_whatever_other_threads_do() -> None:
    counts = SharedCounts()
    metrics = Metrics(lambda: pytest.fail("nobody asks for the state"), counts=counts)

    def count() -> None:
        for _ in range(2_000):
            metrics.count(None, "200", "curl/8")

    often = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            done = [pool.submit(count) for _ in range(4)]
            while not all(one.done() for one in done):
                metrics.flush()
    finally:
        sys.setswitchinterval(often)
    metrics.flush()
    assert sum(counts.read().values()) == 8_000


@pytest.fixture
def grown(workspace: Workspace) -> tuple[FlaskClient, dict[str, str]]:
    """A site that has got a new article, and the tags that readers of deltas had before, by path."""
    for n in range(20):
        workspace.article(f"a{n:02}", publishedDateTime=f"2024-01-{n + 1:02}T00:00:00Z")
    site, client = serve(workspace)
    paths = ("/topics/ai.atom", "/all.atom", "/topics/ai.rss")
    tags = {path: client.get(path, headers={"A-IM": "feed"}).headers["ETag"] for path in paths}
    workspace.article("new", publishedDateTime="2024-05-01T00:00:00Z")
    site.syncer.sync_all(NOW)
    site.publisher.refresh()
    return client, tags


def test_nobody_gets_a_delta_to_what_this_site_did_not_give_out_nor_another_ones_tag(
    grown: tuple[FlaskClient, dict[str, str]],
) -> None:
    client, tags = grown
    right = tags["/topics/ai.atom"].strip('"')
    etag, generation, seal = right.split(".")
    forged = [
        f"EVIL.{generation}.{seal}", f"{'e' * 32}.{generation}.{seal}", f"{etag}.{generation}.{'0' * 16}", f"{etag}.2.{seal}",
        f"x{right}", f"{etag.upper()}.{generation}.{seal}", f"{etag}.{generation}.{seal[:8]}", f"{etag}.0{generation}.{seal}",
        f"{etag}.{generation}.{seal}0", tags["/all.atom"].strip('"'), tags["/topics/ai.rss"].strip('"'),
    ]  # fmt: skip
    for tag in forged:
        response = client.get("/topics/ai.atom", headers={"A-IM": "feed", "If-None-Match": f'"{tag}"'})
        assert response.status_code == 200 or tag == f"{etag}.0{generation}.{seal}", tag
        assert response.headers.get("Delta-Base", f'"{right}"') == f'"{right}"', tag
    response = client.get("/topics/ai.atom", headers={"A-IM": "feed", "If-None-Match": f'"{right}"'})
    assert (response.status_code, response.headers["Delta-Base"]) == (226, f'"{right}"')


def test_tags_that_are_made_up_put_nothing_into_the_cache(
    grown: tuple[FlaskClient, dict[str, str]],
) -> None:
    client, _ = grown

    def size() -> float:
        families = text_string_to_metric_families(client.get("/metrics").text)
        return next(f.samples[0].value for f in families if f.name == "feeds_memory_bytes")

    def ask(n: int) -> None:
        for path in ("/topics/ai.atom", "/topics/ai/", "/"):
            client.get(path, headers={"A-IM": "feed", "If-None-Match": f'"{n:032x}.1.{n:016x}"'})

    ask(0)
    before = size()
    for n in range(1, 50):
        ask(n)
    assert size() == before


SPELLINGS = [
    "/{}/", "//{}", "///{}", "/./{}", "/x/../{}", "/{};a=b", "/{};", "/{}.", "/{}%20", "/{}%00", "/%2F{}", "/{}.json",
]  # fmt: skip


@pytest.mark.parametrize("name", ["metrics", "healthz"])
def test_health_and_metrics_have_one_address_and_are_for_no_other_site(
    client: FlaskClient, name: str
) -> None:
    address = f"/{name}"
    right = client.get(address)
    assert (right.status_code, right.headers["Cache-Control"]) == (200, "no-store")
    assert client.get(f"{address}?x=1").status_code == 200
    head = client.head(address)
    assert (head.status_code, head.data) == (200, b"")
    for response in (
        right,
        head,
        *(client.open(address, method=m) for m in ("POST", "OPTIONS", "PUT", "BREW")),
    ):
        assert not [key for key, _ in response.headers if key.startswith("Access-Control")]
        assert response.status_code == 200 or response.headers["Allow"] == "GET, HEAD"
    odd = [spelling.format(name) for spelling in SPELLINGS]
    odd += [
        f"/{name.title()}",
        f"/{name.upper()}",
        f"/%{ord(name[0]):x}{name[1:]}",
        f"/{name[:-1]}%{ord(name[-1]):X}",
    ]
    for path in odd:
        response = client.get(
            "/", environ_overrides={"PATH_INFO": decoded(path), "REQUEST_URI": path, "RAW_URI": path}
        )
        assert (response.status_code, name in response.text.partition("Did you")[0]) == (404, False), path
    # A server that shortens or decodes the path says how it was sent.
    for sent in (f"/{address}", f"/%{ord(name[0]):x}{name[1:]}", f"/.{address}"):
        for key in ("REQUEST_URI", "RAW_URI"):
            environ = {"PATH_INFO": address, "REQUEST_URI": "", "RAW_URI": "", key: sent}
            assert client.get(address, environ_overrides=environ).status_code == 404, (key, sent)
    absolute = {"REQUEST_URI": f"http://feeds.example.org{address}"}
    assert client.get(address, environ_overrides=absolute).status_code == 200


def decoded(path: str) -> str:
    from urllib.parse import unquote

    return unquote(path) if "%2F" in path or "%20" in path or "%00" in path else path


@pytest.fixture
def monitored(workspace: Workspace) -> Iterator[tuple[Server, int]]:
    """A server with two workers, whose health and metrics have a port of their own."""
    workspace.article("a")
    workspace.configure("[server]\nworkers = 2\n")
    server = Server(workspace.folder / "config.toml", "--no-access-log", "--metrics-port", "0")
    assert server.process.stdout is not None
    line = next(line for line in server.process.stdout if line.startswith("Health and metrics: "))
    yield server, int(line.rpartition(":")[2].partition("/")[0])
    server.stop()


def test_with_a_port_of_their_own_health_and_metrics_are_there_alone_and_count_all_workers(
    monitored: tuple[Server, int],
) -> None:
    server, port = monitored
    for path in ("/metrics", "/healthz", "//metrics", "/%6detrics"):
        assert server.get(path)[0].status == 404, path
    for _ in range(30):
        server.get("/all.atom", {"User-Agent": "newsboat/2"})
    response, body = fetch(port, "/healthz")
    assert (response.status, body[:15]) == (200, b"ok: 1 articles,")

    def count() -> float:
        families = text_string_to_metric_families(fetch(port, "/metrics")[1].decode())
        return sum(s.value for f in families for s in f.samples if s.labels.get("reader") == "newsboat")

    until(lambda: count() >= 30, "each worker has told what it counted")
    assert count() == 30
    assert b"feeds_articles 1.0" in fetch(port, "/metrics")[1]
    for path in (
        "/",
        "/all.atom",
        "//metrics",
        "/metrics/",
        "/%6detrics",
        "/Metrics",
        "/metrics;x",
        "http://x/metrics",
    ):
        assert fetch(port, path)[0].status == 404, path
    assert (fetch(port, "/metrics", method="HEAD")[1], fetch(port, "/metrics", method="POST")[0].status) == (
        b"",
        405,
    )


def test_the_port_of_health_and_metrics_is_not_that_of_the_feeds(workspace: Workspace) -> None:
    command = [
        "--config",
        str(workspace.folder / "config.toml"),
        "run",
        "--port",
        "5099",
        "--metrics-port",
        "5099",
    ]
    result = CliRunner().invoke(main, command)
    assert (result.exit_code, "name another one than --port" in result.output) == (2, True)


def names(start: int, number: int) -> str:
    return "&".join(f"provider=Provider+of+news+{start + n}" for n in range(number))


REQUESTS = {
    "a query by names": f"/feed.atom?{names(7, 38)}",
    "a name that is not there": f"/feed.atom?{names(7, 38)}&provider=Provider+of+mews",
    "excluded topics that are not there": "/feed.atom?exclude_topic=" + "&exclude_topic=x".join("abcdefghij"),
    "a search": "/search/?q=provider+new+4",
    "a search for all": "/search/?q=p",
    "a choice on the builder": f"/build/?{names(7, 38)}",
    "a choice that is not there": f"/build/?{names(7, 38)}&provider=Provider+of+mews",
    "a page that is not there": "/providers/p12345.exampel/",
    "a feed that is not there": "/providers/p12345.exampel.atom",
    "a path in capitals": "/PROVIDERS/P4999.EXAMPLE",
    "a long path": "/providers/" + "p1.example" * 20,
    "much of nothing": "/feed.atom?" + "&topic=" * 900,
    "a search for signs": "/search/?q=" + "%EF%B7%BA" * 200,
}  # fmt: skip


def measure_request(client: FlaskClient, path: str, headers: dict[str, str]) -> tuple[float, TestResponse]:
    """Send a request; return the seconds of the processor that it took, and the answer."""
    answers: list[TestResponse] = []
    taken = measure(lambda: answers.append(client.get(path, headers=headers)))
    return taken, answers[0]


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_request_takes_little_time_of_the_processor_however_many_providers_there_are(
    large: Flask, kind: str
) -> None:
    client = large.test_client()
    # What depends on the state of the site alone is made once.
    client.get(REQUESTS[kind].replace("4", "5"), headers={"Accept": "text/html"})
    taken, response = measure_request(
        client, REQUESTS[kind] + "&x=1" * (kind == "a search"), {"Accept": "text/html"}
    )
    assert response.status_code in (200, 301, 308, 400, 404)
    # Some took half a second before.
    assert is_quick(taken, 0.08), (kind, taken)


def test_a_hint_costs_little_whatever_was_asked_for() -> None:
    known = [f"{'abcdefghij' * 7}{n}" for n in range(PROVIDERS)]
    found: list[str] = []
    assert is_quick(measure(lambda: found.extend(find_nearest(f"{'abcdefgihj' * 7}77", known, "a"))), 0.1)
    assert found


def test_what_is_too_long_for_a_name_is_not_remembered(client: FlaskClient) -> None:
    for name in ("topic", "exclude_topic", "provider", "category", "type", "language"):
        response = client.get(f"/feed.atom?{name}={'x' * 301}")
        assert (response.status_code, response.text) == (
            400,
            f"{name}: is longer than 300 characters, as no name is.\n",
        )


def test_work_beyond_its_time_needs_a_permit_and_what_the_site_has_goes_on_without(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responder, "_QUICK_SECONDS", -1.0)
    for n in range(5):
        workspace.article(f"a{n}")
    site = open_site(workspace.config, NOW, search=True)
    app = create(site.publisher)
    client = app.test_client()
    asked = ["/search/?q=ai", "/feed.atom?min_heat=1", "/build/?topic=ai", "/nothing", "/topics/nothing/"]
    for path in asked[:3]:
        assert client.get(path + "&x=1" * ("search" in path)).status_code in (200, 308), path
    monkeypatch.setattr(responder, "_SLOW_AT_A_TIME", 0)
    client = create(site.publisher).test_client()
    for path in asked:
        response = client.get(path)
        assert (response.status_code, response.headers.get("Retry-After")) == (503, "60"), path
        assert response.headers["Cache-Control"] == "no-store"
    for path in ("/all.atom", "/topics/ai/", "/", "/healthz", "/all.atom"):
        assert client.get(path).status_code == 200, path


HEADERS = {
    "codings": {"Accept-Encoding": "gzip," + "a," * 15_000},
    "spaces between codings": {"Accept-Encoding": "gzip," + " " * 30_000},
    "tags": {"If-None-Match": '"a",' * 7500},
    "tags of states": {"If-None-Match": f'"{"0" * 32}.1.{"0" * 16}",' * 560, "A-IM": "feed"},
    "one long tag": {"If-None-Match": f'"{"a" * 30_000}"'},
    "manipulations": {"A-IM": "x," * 15_000},
    "a date": {"If-Modified-Since": f"Mon, {' ' * 30_000}"},
}


@pytest.mark.parametrize("kind", HEADERS)
def test_long_headers_take_little_time_of_the_processor(client: FlaskClient, kind: str) -> None:
    asked = [measure_request(client, "/all.atom", HEADERS[kind]) for _ in range(4)]
    # Each took 7 to 20 milliseconds before, or as little as now.
    assert is_quick(min(taken for taken, _ in asked), 0.01)
    response = asked[0][1]
    assert response.status_code == 200
    assert response.headers.get("Content-Encoding") == ("gzip" if "codings" in kind else None)


def test_of_many_tags_those_that_are_read_are_right(client: FlaskClient) -> None:
    tag = client.get("/all.atom").headers["ETag"]
    for number in (0, 1, 900):
        assert client.get("/all.atom", headers={"If-None-Match": f"{tag}{', ' * number}"}).status_code == 304
    assert client.get("/all.atom", headers={"If-None-Match": '"a",' * 900 + tag}).status_code == 304
    assert client.get("/all.atom", headers={"If-None-Match": '"a",' * 7000 + tag}).status_code == 200


def test_metrics_are_made_for_one_at_a_time() -> None:
    began, go_on = threading.Event(), threading.Event()

    def export() -> bytes:
        began.set()
        assert go_on.wait(PATIENCE)
        return b"all\n"

    def find_publisher() -> Publisher:
        raise AssertionError

    monitoring = Monitoring(find_publisher, export)
    answers: list[Response | None] = []
    first = threading.Thread(target=lambda: answers.append(monitoring.answer("GET", "/metrics")))
    first.start()
    assert began.wait(PATIENCE)
    second = monitoring.answer("GET", "/metrics")
    assert second is not None
    assert (second.status[:3], dict(second.headers)["Retry-After"]) == ("503", "1")
    go_on.set()
    first.join()
    assert answers[0] is not None
    assert (answers[0].status, answers[0].body) == ("200 OK", b"all\n")
    third = monitoring.answer("HEAD", "/metrics")
    assert third is not None
    assert (third.status, third.body) == ("200 OK", b"")
