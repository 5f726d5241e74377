"""What an operator relies on: answers from memory, a bounded memory, a log, metrics, health, signals."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import brotli
import pytest
import zstandard
from effort import for_each, stressed
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from servers import Server
from sites import CONFIG, NOW, Workspace
from waiting import PATIENCE, until
from werkzeug.test import TestResponse

from feeds.site import open_site
from feeds.web.access_log import AccessLog, format_target
from feeds.web.app import create, create_app, stop
from feeds.web.metrics import find_family
from feeds.web.request import Key
from feeds.web.response import CachedResponse
from feeds.web.response_cache import CacheEntry, ResponseCache

pytestmark = pytest.mark.slow

PATHS = [
    "/all.atom",
    "/topics/ai.rss",
    "/topics/ai.json",
    "/",
    "/topics/ai/",
    "/feeds.opml",
    "/static/style.css",
]
UNPACK = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompress(data),
}


@pytest.fixture
def app(workspace: Workspace) -> Flask:
    for n in range(12):
        workspace.article(f"a{n}", publishedDateTime=f"2024-01-{n + 1:02}T00:00:00Z", excerpt="Words " * 20)
    return create(open_site(workspace.config, NOW, search=True).publisher)


def without_flask(app: Flask) -> Flask:
    """The same application, in which whatever reaches Flask fails."""

    def fail(*_: Any) -> Any:
        raise AssertionError("Flask was asked")

    app.wsgi_app.app = fail  # type: ignore[attr-defined] # the cache middleware names the application behind it
    return app


def shown(response: TestResponse) -> tuple[str, dict[str, str], bytes]:
    return response.status, dict(response.headers), response.data


def test_what_comes_from_memory_is_what_flask_answered(app: Flask) -> None:
    client = app.test_client()
    wishes: list[dict[str, str]] = [
        {},
        {"Accept-Encoding": "gzip, br"},
        {"If-None-Match": "*"},
        {"Accept-Encoding": "identity;q=0"},
    ]
    first = {
        (path, n): shown(client.get(path, headers=wish)) for path in PATHS for n, wish in enumerate(wishes)
    }
    head = {path: shown(client.head(path)) for path in PATHS}
    without_flask(app)
    for (path, n), expected in first.items():
        assert shown(client.get(path, headers=wishes[n])) == expected, path
    for path in PATHS:
        assert shown(client.head(path)) == head[path]
        assert head[path][1] == first[path, 0][1], "HEAD has the headers of GET"
        assert head[path][2] == b""


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_each_coding_gives_the_same_document_under_its_own_tag(app: Flask, coding: str) -> None:
    client = app.test_client()
    for path in PATHS:
        plain = client.get(path)
        packed = client.get(path, headers={"Accept-Encoding": coding})
        assert packed.headers["Content-Encoding"] == coding
        assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
        assert UNPACK[coding](packed.data) == plain.data
        assert len(packed.data) == int(packed.headers["Content-Length"]) < len(plain.data)
        tag = plain.headers["ETag"].strip('"')
        assert packed.headers["ETag"] == f'"{tag}-{coding}"'
        for known in (plain.headers["ETag"], packed.headers["ETag"], f'W/"{tag}"'):
            again = client.get(path, headers={"Accept-Encoding": coding, "If-None-Match": known})
            assert (again.status_code, again.data, again.headers["ETag"]) == (
                304,
                b"",
                packed.headers["ETag"],
            )
            for name in ("Last-Modified", "Cache-Control", "Vary", "Access-Control-Allow-Origin"):
                assert again.headers[name] == plain.headers[name]
            assert "Content-Encoding" not in again.headers


@pytest.mark.parametrize("path", ["/all.atom", "/topics/ai.rss", "/feed.atom?q=words"])
def test_a_feed_that_somebody_opens_comes_as_xml_and_no_reader_or_cache_gets_that(
    app: Flask, path: str
) -> None:
    client = app.test_client()
    expected = client.get(path)
    for accepted in ("identity", "gzip"):
        opened = client.get(path, headers={"Sec-Fetch-Dest": "document", "Accept-Encoding": accepted})
        assert opened.headers["Content-Type"] == "application/xml; charset=utf-8"
        assert (opened.headers["Cache-Control"], opened.headers.get("ETag")) == ("no-store", None)
        assert opened.headers["Vary"] == "Accept-Encoding, Sec-Fetch-Dest"
        body = gzip.decompress(opened.data) if accepted == "gzip" else opened.data
        assert body == expected.data
    for destination in ("", "empty", "audio"):
        again = client.get(path, headers={"Sec-Fetch-Dest": destination})
        assert dict(again.headers) == dict(expected.headers)


@pytest.mark.parametrize("path", ["/all.json", "/", "/feeds.opml", "/static/style.css"])
def test_what_a_browser_shows_anyway_comes_as_ever(app: Flask, path: str) -> None:
    client = app.test_client()
    opened = client.get(path, headers={"Sec-Fetch-Dest": "document"})
    assert dict(opened.headers) == dict(client.get(path).headers)


def test_a_client_that_takes_no_coding_at_all_gets_406(app: Flask) -> None:
    response = app.test_client().get("/all.atom", headers={"Accept-Encoding": "identity;q=0, *;q=0"})
    assert response.status_code == 406


def test_memory_forgets_an_answer_when_its_channel_changes_and_keeps_the_others(workspace: Workspace) -> None:
    workspace.article("a", topics=["One"])
    workspace.article("b", topics=["Two"])
    site = open_site(workspace.config, NOW)
    app = create(site.publisher)
    client = app.test_client()
    before = {
        path: client.get(path).headers["ETag"] for path in ("/topics/one.atom", "/topics/two.atom", "/")
    }
    workspace.article("a", topics=["One"], title="Edited")
    site.syncer.sync_below(["a.md"], NOW + timedelta(minutes=1))
    site.publisher.refresh()
    assert b"Edited" in client.get("/topics/one.atom").data
    assert client.get("/").headers["ETag"] != before["/"]
    without_flask(app)
    assert client.get("/topics/two.atom").headers["ETag"] == before["/topics/two.atom"]
    assert b"Edited" in client.get("/topics/one.atom").data


def test_memory_stays_within_its_bounds_and_lets_go_what_was_not_asked_for_longest(
    workspace: Workspace,
) -> None:
    publisher = open_site(workspace.config, NOW).publisher
    with publisher.snapshot() as site:
        document = site.document("all.atom")
        assert document is not None
        kept = CacheEntry(CachedResponse(document, site.config), site.state, 1)
    memory = ResponseCache(10 * kept.finished.size)

    def key(n: int) -> Key:
        return Key(str(n), "", "")

    for n in range(30):
        memory.put(key(n), kept)
        memory.get(key(0))
        assert memory.size <= 10 * kept.finished.size
    assert len(memory) == 10
    assert memory.get(key(0)) is kept
    assert memory.get(key(1)) is None


def test_any_number_of_selections_and_wishes_stays_within_the_memory(workspace: Workspace) -> None:
    workspace.configure("[server]\nmemory = 1\n")
    workspace.article("a")
    site = open_site(workspace.config, NOW)
    app = create(site.publisher)
    client = app.test_client()
    for n in range(200):
        assert client.get(f"/feed.atom?min_heat={n}", headers={"If-None-Match": f'"{n}"'}).status_code == 200
    text = client.get("/metrics").text
    (size,) = (
        m.samples[0].value for m in text_string_to_metric_families(text) if m.name == "feeds_memory_bytes"
    )
    assert 500_000 < size <= 1_000_000


AGENTS = [
    ("", "none"), ("Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers)", "feedly"),
    ("Mozilla/5.0 (compatible; Inoreader/1.0; 3 subscribers)", "inoreader"), ("FreshRSS/1.24.1 (Linux; https://freshrss.org)", "freshrss"),
    ("Mozilla/5.0 (compatible; Miniflux/2.1; +https://miniflux.app)", "miniflux"), ("NetNewsWire (RSS Reader; https://netnewswire.com/)", "netnewswire"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0", "thunderbird"), ("newsboat/2.36.0 (Linux x86_64)", "newsboat"),
    ("Tiny Tiny RSS/24.04 (https://tt-rss.org/)", "tt-rss"), ("curl/8.5.0", "curl"), ("python-requests/2.32", "python"),
    ("Mozilla/5.0 (Macintosh) AppleWebKit/605 Version/17 Safari/605", "browser"), ("Mozilla/5.0 (compatible; Googlebot/2.1)", "bot"), ("x", "other"),
]  # fmt: skip


@for_each(("agent", "expected"), AGENTS)
def test_readers_are_counted_by_family(agent: str, expected: str) -> None:
    assert find_family(agent) == expected


def test_metrics_count_by_feed_format_status_and_reader_but_not_by_what_is_not_there(app: Flask) -> None:
    client = app.test_client()
    for path, agent, tag in (
        ("/topics/ai.atom", "newsboat/2", ""),
        ("/topics/ai.atom", "newsboat/2", "*"),
        ("/topics/ai/", "curl/8", ""),
        ("/nothing", "curl/8", ""),
    ):
        for _ in range(2):
            client.get(path, headers={"User-Agent": agent, **({"If-None-Match": tag} if tag else {})})
    families = list(text_string_to_metric_families(client.get("/metrics").text))
    requests = {
        (s.labels["feed"], s.labels["format"], s.labels["status"], s.labels["reader"]): s.value
        for f in families if f.name == "feeds_requests" for s in f.samples if s.name == "feeds_requests_total"
    }  # fmt: skip
    assert requests == {
        ("topics/ai", "atom", "200", "newsboat"): 2,
        ("topics/ai", "atom", "304", "newsboat"): 2,
        ("topics/ai", "html", "200", "curl"): 2,
        ("", "html", "404", "curl"): 2,
    }
    values = {f.name: f.samples[0].value for f in families if f.name != "feeds_requests"}
    assert (values["feeds_articles"], values["feeds_faulty_files"]) == (12, 0)
    since = (datetime.now(UTC) - NOW).total_seconds()
    assert values["feeds_seconds_since_sync"] == pytest.approx(since, abs=60)


# Apache's combined format, as strictly as the strictest analyser reads it: no space in a target, no quote in a field.
COMBINED = re.compile(
    r'\S+ - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\] "[A-Z]+ (?P<target>[^\s"]+) HTTP/1\.[01]" \d{3} \d+'
    r' "(?P<referrer>(?:[^"\\]|\\.)*)" "(?P<agent>(?:[^"\\]|\\.)*)"'
)
# Text as WSGI has it: each byte that was sent is one character (PEP 3333).
SENT = st.binary().map(lambda body: body.decode("latin-1"))
ESCAPED = re.compile(r"\\(x[0-9a-f]{2}|.)")


def unescape(field: str) -> str:
    """Undo what Apache's documentation of mod_log_config says about escapes."""
    names = {"b": "\b", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}
    return ESCAPED.sub(lambda m: names[m[1]] if m[1] in names else chr(int(m[1][1:], 16)), field)


@given(SENT | st.text(), SENT, SENT | st.text(), SENT)
def test_a_line_of_the_log_is_one_line_and_says_what_was_sent(
    path: str, query: str, agent: str, referer: str
) -> None:
    reading, writing = os.pipe()
    log = AccessLog(writing)
    log.add(
        {"REQUEST_METHOD": "GET", "PATH_INFO": f"/{path}", "QUERY_STRING": query, "REMOTE_ADDR": "::1", "SERVER_PROTOCOL": "HTTP/1.1",
         "HTTP_REFERER": referer, "HTTP_USER_AGENT": agent}, "200 OK", 5,
    )  # fmt: skip
    log.write()
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    assert text.isascii()
    assert text.isprintable() or text.removesuffix("\n").isprintable()
    line = COMBINED.fullmatch(text.removesuffix("\n"))
    assert line
    assert '"' not in line["agent"], "AWStats ends a field at any quote"
    if len(agent) <= 300 and "private" not in agent.lower() and all(ord(sign) < 256 for sign in agent):
        assert unescape(line["agent"]) == (agent or "-")
    if len(path) < 1000 and "private" not in path.lower() and all(ord(sign) < 256 for sign in path):
        assert unquote_to_bytes(line["target"].partition("?")[0]) == f"/{path}".encode("latin-1")


def test_a_line_of_the_log_has_the_address_and_the_version_that_goaccess_needs() -> None:
    reading, writing = os.pipe()
    log = AccessLog(writing)
    # What granian says of a request of HTTP/1.0 that comes through a unix socket.
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/all.atom", "SERVER_PROTOCOL": "HTTP/1"}
    log.add({**environ, "REMOTE_ADDR": ""}, "200 OK", 5)
    log.add(environ, "200 OK", 5)
    log.write()
    os.close(writing)
    with os.fdopen(reading) as pipe:
        for line in pipe:
            assert line.startswith("127.0.0.1 - - [")
            assert '"GET /all.atom HTTP/1.0" 200' in line


@for_each(
    "target",
    [
        "/a%20b%0A%22.atom",
        "/feed.atom?q=%22two%20words%22&x=a+b",
        "/topics/%E6%96%B0.rss",
        "//x/../y",
        "/a%3Fb%2525?c?d[]",
    ],
)
def test_the_log_has_the_target_as_it_was_sent(target: str) -> None:
    path, _, query = target.partition("?")
    assert format_target(unquote_to_bytes(path).decode("latin-1"), query) == target


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two workers, for all tests that leave it as it is."""
    yield from run_workers(Workspace(tmp_path_factory.mktemp("served") / "site"))


@pytest.fixture
def own_server(workspace: Workspace) -> Iterator[Server]:
    """A server with two workers, for a test that replaces them."""
    yield from run_workers(workspace)


@pytest.fixture
def ailing_server(workspace: Workspace) -> Iterator[Server]:
    """A server for a test that ends its worker again and again; `make stress` has two of them."""
    yield from run_workers(workspace, 2 if stressed() else 1)


def run_workers(workspace: Workspace, count: int = 2) -> Iterator[Server]:
    for n in range(5):
        workspace.article(f"a{n}")
    workspace.configure(f"[server]\nworkers = {count}\n")
    server = Server(workspace.folder / "config.toml")
    yield server
    server.stop()


def workers(server: Server) -> set[int]:
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    # The first one is the tracker of multiprocessing.
    return {int(child) for child in children[1:]}


def test_all_workers_count_together(server: Server) -> None:
    for _ in range(40):
        server.get("/all.atom", {"User-Agent": "newsboat/2"})

    def count() -> float:
        families = text_string_to_metric_families(server.get("/metrics")[1].decode())
        return sum(s.value for f in families for s in f.samples if s.labels.get("reader") == "newsboat")

    until(lambda: count() >= 40, "each worker has told what it counted")
    assert count() == 40


def test_a_reload_and_a_stop_fail_no_request(own_server: Server) -> None:
    failures: list[object] = []
    polls = [0]
    stopped = threading.Event()

    def poll() -> None:
        while not stopped.is_set():
            polls[0] += 1
            try:
                response, body = own_server.get("/all.atom")
            except OSError as error:
                failures.append(error)
            else:
                if response.status != 200 or not body.endswith(b"</feed>"):
                    failures.append(response.status)
            time.sleep(0.01)

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        before = until(lambda: found if len(found := workers(own_server)) == 2 else None, "both have begun")
        until(lambda: polls[0] > 20)
        own_server.process.send_signal(signal.SIGHUP)
        until(
            lambda: not (found := workers(own_server)) & before and len(found) == 2,
            "a reload gives each worker a successor",
        )
        enough = polls[0] + 20
        until(lambda: polls[0] > enough)
    finally:
        stopped.set()
        thread.join()
    # If the kernel cannot hand over waiting connections, one that waits at a closing worker is reset.
    assert [failure for failure in failures if not isinstance(failure, ConnectionError)] == []
    assert len(failures) <= 2
    own_server.process.send_signal(signal.SIGTERM)
    assert own_server.process.wait(PATIENCE) == 0


def test_signals_to_the_whole_group_and_a_lost_temporary_folder_end_no_server(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.article("a")
    workspace.configure("[server]\nworkers = 1\n")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "gone"))
    server = Server(workspace.folder / "config.toml", own_group=True)
    (before,) = workers(server)
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGHUP, signal.SIGHUP):
        os.killpg(server.process.pid, number)
    until(lambda: before not in workers(server), "a reload gives each worker a successor")
    workspace.configure("[server]\nworkers = 1\n", base=CONFIG.replace("Example News", "New Title"))

    def has_new_title() -> bool:
        # A connection that waits at a worker is reset when that closes.
        with contextlib.suppress(ConnectionError):
            return b"New Title" in server.get("/all.atom")[1]
        return False

    until(has_new_title, "a new configuration is used")
    assert not (tmp_path / "gone").exists()
    os.killpg(server.process.pid, signal.SIGQUIT)
    assert server.process.wait(PATIENCE) == 0
    server.stop()


def test_health_says_how_many_articles_there_are(server: Server) -> None:
    response, body = until(server.ask_health, "it is well")
    assert re.fullmatch(rb"ok: 5 articles, 0 faulty, synced \d+ s ago\n", body)
    assert response.getheader("Cache-Control") == "no-store"


def test_no_answer_sets_a_cookie_or_names_the_host_of_the_request(server: Server) -> None:
    lies = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "Forwarded": "host=evil.example",
    }
    for path in (*PATHS, "/TOPICS/AI.ATOM", "/nothing", "/feed.atom?topic=AI", "/feed.atom?topic=x"):
        response, body = server.get(path, lies)
        text = str(response.getheaders()) + body.decode()
        assert "evil" not in text, path
        assert "gopher" not in text
        assert response.getheader("Set-Cookie") is None
        assert response.getheader("Access-Control-Allow-Origin") == "*"


def test_the_access_log_is_printed_in_the_combined_format(workspace: Workspace) -> None:
    workspace.article("a")
    server = Server(workspace.folder / "config.toml", "--access-log")
    server.get("/all.atom", {"User-Agent": r'odd "agent" \o/'})
    server.get("/nothing%20here?x=1")
    server.process.terminate()
    output, _ = server.process.communicate(timeout=PATIENCE)
    lines = [line for line in output.splitlines() if " - - [" in line and "GET" in line]
    assert len(lines) == 2
    assert all(COMBINED.fullmatch(line) for line in lines), lines
    text = "\n".join(lines)
    assert '"GET /nothing%20here?x=1 HTTP/1.1" 404' in text
    assert r'"odd \x22agent\x22 \\o/"' in text


def test_without_a_watch_a_server_says_so_and_shows_what_a_freeze_brings_into_the_index(
    workspace: Workspace,
) -> None:
    workspace.article("a")
    workspace.configure('[server]\nworkers = 1\nwatch = "off"\n')
    said = workspace.folder / "said.txt"
    server = Server(workspace.folder / "config.toml", errors=said)
    try:
        assert said.read_text().count("server.watch is off: no change") == 1
        workspace.article("b", title="Second")
        assert b"Second" not in server.get("/all.atom")[1]
        workspace.freeze()
        until(lambda: b"Second" in server.get("/all.atom")[1])
    finally:
        server.stop()


def test_any_wsgi_server_can_serve_it_and_it_stays_fresh(workspace: Workspace) -> None:
    workspace.article("first")
    app = create_app(workspace.folder / "config.toml")
    client = app.test_client()
    assert client.get("/all.atom").status_code == 200
    workspace.article("second", title="Second")
    until(lambda: b"Second" in client.get("/all.atom").data)
    stop(app)


def test_an_application_that_is_stopped_leaves_no_thread_and_answers_what_is_asked_later(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A thread that is just looking comes back, but a busy machine may take its time.
    monkeypatch.setattr("feeds.web.background._STOP_SECONDS", PATIENCE)
    workspace.article("first")
    before = set(threading.enumerate())
    app = create_app(workspace.folder / "config.toml")
    client = app.test_client()
    assert client.get("/all.atom").status_code == 200
    assert len(set(threading.enumerate()) - before) == 3
    stop(app)
    stop(app)
    assert set(threading.enumerate()) <= before
    workspace.article("second", title="Second")
    workspace.freeze()
    assert b"Second" in client.get("/all.atom").data
    assert len(set(threading.enumerate()) - before) == 2


def test_a_port_out_of_range_and_one_in_use_are_sentences(workspace: Workspace, server: Server) -> None:
    result = workspace.run("run", "--port", str(server.port))
    assert result.returncode == 2
    assert f"Cannot listen on 127.0.0.1:{server.port}" in result.stderr


def test_a_server_whose_workers_end_one_after_the_other_says_so_by_its_exit_code(
    ailing_server: Server,
) -> None:
    def has_ended() -> bool:
        for worker in workers(ailing_server):
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        return ailing_server.process.poll() is not None

    until(has_ended)
    assert ailing_server.process.returncode == 1
