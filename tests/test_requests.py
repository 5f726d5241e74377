"""Requests as an attack: over a real server and over the application, nothing breaks and others are served.

``pytest --hypothesis-profile stress tests/test_requests.py`` asks ten times as much and more.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import resource
import socket
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from effort import examples, for_each, is_quick, stressed
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st
from servers import Server
from sites import NOW, Workspace
from waiting import PATIENCE, until

from feeds.index.index import SlowPermit, TimeLimit
from feeds.index.sql import Connection
from feeds.index.sqlite.connections import SqliteConnection
from feeds.site import open_site
from feeds.web.access_log import AccessLog
from feeds.web.app import create
from feeds.web.conditional import find_newest_base, has_tag
from feeds.web.metrics import find_family

pytestmark = pytest.mark.slow

# The times that what is done over and over is done.
SCALE = 10 if stressed() else 1
PATHS = [
    "/all.atom",
    "/topics/ai.rss",
    "/topics/ai.json",
    "/",
    "/topics/ai/",
    "/feeds.opml",
    "/static/style.css",
]
WELL = {200, 226, 301, 304, 308, 400, 404, 405, 406, 410, 414, 431}
MB = 1024 * 1024


def written(workspace: Workspace) -> Workspace:
    for n in range(60):
        topics = ["AI", f"T{n % 7}"]
        workspace.article(
            f"a{n}", f"Words {'and more words ' * 60}", topics=topics, quality=n, excerpt=f"Number {n}"
        )
    workspace.configure("[server]\nworkers = 2\n[topics.AI]\naliases = ['Old']\n")
    return workspace


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    workspace = written(Workspace(tmp_path_factory.mktemp("application") / "site"))
    return create(open_site(workspace.config, NOW, search=True).publisher).test_client()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    workspace = written(Workspace(tmp_path_factory.mktemp("server") / "site"))
    server = Server(workspace.folder / "config.toml")
    yield server
    server.stop()


def raw(server: Server, request: bytes, seconds: float = PATIENCE) -> bytes:
    """Send bytes as they are; what comes back until the server has no more to say."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        answer = b""
        # A server that has refused may close before it has read all.
        with contextlib.suppress(ConnectionError):
            connection.sendall(request)
        with contextlib.suppress(ConnectionError):
            while data := connection.recv(65536):
                answer += data
                if b"\r\n\r\n" in answer and len(answer) > 100_000:
                    break
    return answer


def status(answer: bytes) -> int:
    match = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
    return int(match[1]) if match else 0


def asked(target: bytes, headers: bytes = b"", method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + b"\r\n"


def memory(server: Server) -> float:
    """The resident memory of the server and its workers, in MB."""
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(int(Path(f"/proc/{p}/statm").read_text().split()[1]) for p in (pid, *children)) * 4096 / MB


def is_well(server: Server) -> bool:
    return server.get("/all.atom")[0].status == 200 and bool(until(server.ask_health, "it is well"))


ODD = ["", "/", "..", ".", "%2e%2e", "%2E%2E%2F", "%252e%252e%252f", "%c0%ae%c0%ae", "%c0%af", "%00", "%ff", "\\", "%5c", "~",
       "topics", "ai", "all", "archive", "1", "0", "-1", "99999999999999999999", "private", "feed", ".atom", ".rss", "/index.html",
       "healthz", "metrics", "static", "config.toml", "é", "%E9", "\u202e", "%0d%0aX-Injected: 1", ";", "?", "#", "*", "%"]  # fmt: skip
NAMES = [
    "topic",
    "q",
    "provider",
    "since",
    "limit",
    "archive",
    "exclude_topic",
    "language",
    "type",
    "min_heat",
    "x",
]


def targets() -> st.SearchStrategy[str]:
    path = st.lists(st.one_of(st.sampled_from(ODD), st.text(max_size=8)), max_size=8).map("".join)
    value = st.one_of(
        st.sampled_from([*ODD, "AI", '"', "a OR b", "-x", "2024-01-01", "5"]), st.text(max_size=12)
    )
    pairs = st.lists(st.tuples(st.sampled_from(NAMES), value), max_size=6)
    query = pairs.map(lambda found: "&".join(f"{name}={text}" for name, text in found))
    whole = st.tuples(st.sampled_from(["", *PATHS, "/feed.atom", "/topics/", "/private/"]), path, query)
    return whole.map(lambda parts: f"/{parts[0].lstrip('/')}{parts[1]}{'?' + parts[2] if parts[2] else ''}")


HEADERS = ["Accept-Encoding", "If-None-Match", "If-Modified-Since", "A-IM", "Accept", "Range", "Host", "Cookie", "Expect",
           "X-Forwarded-For", "Content-Type", "User-Agent", "Referer", "Authorization", "X-HTTP-Method-Override", "Origin"]  # fmt: skip


def header_lists() -> st.SearchStrategy[list[tuple[str, str]]]:
    plain = st.text(
        st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=30
    )
    known = st.sampled_from(
        ["gzip, br;q=0", "*", "W/", '"a", W/"b"', "feed", "bytes=0-1", "evil.example", "identity;q=0", "POST"]
    )
    return st.lists(st.tuples(st.sampled_from(HEADERS), st.one_of(known, plain)), max_size=6)


@given(targets(), header_lists(), st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "PUT", "TRACE", "BREW"]))
@example("/all.atom", [("If-None-Match", '"' * 5000)], "GET")
@example("/%00%0d%0aX-Injected:%201", [], "GET")
@examples(50, 3000)
def test_no_request_to_the_application_is_answered_with_an_error_of_its_own(
    client: FlaskClient, target: str, headers: list[tuple[str, str]], method: str
) -> None:
    try:
        response = client.open(quote(target, safe="/?&=%;*~+"), method=method, headers=headers)
    except (ValueError, UnicodeError):
        return  # the test client would not send it
    assert response.status_code in WELL, (target, response.data[:200])
    assert "X-Injected" not in response.headers
    assert "evil.example" not in str(response.headers)
    assert b"evil.example" not in response.data
    assert b"Traceback" not in response.data


@given(st.binary(max_size=60), header_lists())
@examples(30, 600, HealthCheck.function_scoped_fixture)
def test_no_bytes_sent_to_the_server_are_answered_with_an_error_of_its_own(
    server: Server, target: bytes, headers: list[tuple[str, str]]
) -> None:
    kept = [(name, value) for name, value in headers if name not in ("Host", "Expect")]
    lines = b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in kept)
    code = status(raw(server, asked(b"/" + target.replace(b" ", b"").replace(b"\n", b""), lines)))
    # 0 if the bytes were no request at all and the connection was closed.
    assert code in {0, *WELL}, target


NASTY = [
    "/../../etc/passwd", "/static/../../config.toml", "/static/..%2f..%2fconfig.toml", "/%2e%2e/%2e%2e/etc/passwd", "/%252e%252e/etc/passwd",
    "/..%c0%af..%c0%afetc/passwd", "/%c0%ae%c0%ae/etc/passwd", "/static/%00", "/all.atom%00.rss", "/..\\..\\config.toml", "/static/..%5c..%5cconfig.toml",
    "//etc/passwd", "/./all.atom", "/static//style.css", "/.feeds-manifest.json", "/.feeds/index.sqlite", "/config.toml", "/seeds/", "/articles/a1.md",
    "/topics/../../config.toml.atom", "/topics/ai/archive/../../../config.atom", "/file:///etc/passwd",
]  # fmt: skip


@for_each("target", NASTY)
def test_no_path_leads_out_of_the_site(server: Server, target: str) -> None:
    answer = raw(server, asked(target.encode()))
    assert status(answer) in (301, 308, 400, 404)
    assert b"root:" not in answer
    assert b"base_url" not in answer
    assert b"SQLite" not in answer


@for_each(
    "target",
    [
        b"http://evil.example/all.atom",
        b"//evil.example/all.atom",
        b"*",
        b"all.atom",
        b"http://[::1",
        b"evil.example:443",
    ],
)
def test_a_target_that_is_no_path_names_no_other_host(server: Server, target: bytes) -> None:
    for method in (b"GET", b"OPTIONS", b"CONNECT"):
        answer = raw(server, asked(target, method=method))
        assert status(answer) in {0, *WELL}
        head, _, _ = answer.partition(b"\r\n\r\n")
        assert b"evil" not in head


def test_lines_and_headers_of_megabytes_are_refused_and_leave_no_trace(server: Server) -> None:
    before = memory(server)
    for _ in range(5 * SCALE):
        for request in (
            asked(b"/" + b"a" * 4 * MB),
            asked(b"/feed.atom?q=" + b"a" * 4 * MB),
            asked(b"/all.atom", b"X-Long: " + b"a" * 4 * MB + b"\r\n"),
            asked(b"/all.atom", b"If-None-Match: " + b'"a",' * MB + b"\r\n"),
            asked(b"/all.atom", b"".join(b"X-%d: a\r\n" % n for n in range(200_000))),
            b"A" * 4 * MB,
            b"GET /all.atom HTTP/1.1\r\n" + b" folded\r\n" * 100_000,
        ):
            assert status(raw(server, request)) in (0, 400, 414, 431)
    assert is_well(server)
    assert memory(server) - before < 60


def test_a_body_is_neither_waited_for_nor_kept(server: Server) -> None:
    before = memory(server)
    for lines in (b"Content-Length: 10000000000\r\n", b"Transfer-Encoding: chunked\r\n"):
        for target in (b"/all.atom", b"/private/x/feed.atom"):
            answer = raw(server, asked(target, lines, b"POST") + b"ffffff\r\n" + b"x" * MB)
            assert status(answer) in (0, 405)
    assert is_well(server)
    assert memory(server) - before < 60


def test_headers_that_nobody_varies_by_change_no_byte(server: Server) -> None:
    lies = [
        {"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher", "X-Forwarded-Port": "1"},
        {"Forwarded": "host=evil.example;proto=http"}, {"X-Original-URL": "/topics/t1.atom", "X-Rewrite-URL": "/topics/t1.atom"},
        {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "POST"}, {"Accept": "application/json", "Accept-Language": "de"},
        {"Cookie": "session=x", "Authorization": "Basic eDp5"}, {"Range": "bytes=0-10"}, {"Origin": "https://evil.example", "Referer": "https://evil.example"},
        {"X-Forwarded-Prefix": "/evil", "X-Script-Name": "/evil", "Script-Name": "/evil"}, {"Cache-Control": "no-cache", "Pragma": "no-cache"},
        {"A-IM": "gzip"}, {"If-None-Match": "not a tag"}, {"If-Modified-Since": "yesterday"}, {"TE": "trailers", "Upgrade": "h2c", "Via": "1.1 evil.example"},
    ]  # fmt: skip
    own = ("date",)
    for path in (
        *PATHS,
        "/topics/old.atom",
        "/ALL.ATOM",
        "/nothing",
        "/feed.atom?topic=AI",
        "/feed.atom?topic=ai&topic=t1",
    ):
        first, body = server.get(path)
        expected = {name: value for name, value in first.getheaders() if name.lower() not in own}
        for lie in lies:
            response, same = server.get(path, lie)
            headers = {name: value for name, value in response.getheaders() if name.lower() not in own}
            assert (response.status, headers, same) == (first.status, expected, body), (path, lie)


@given(
    st.text(st.characters(max_codepoint=0xFF), max_size=200),
    st.sampled_from(["", '"abc"', "W/", ",", "*", '".1.00000000"']),
)
def test_no_list_of_tags_breaks_a_conditional_request(text: str, end: str) -> None:
    header = text + end
    assert has_tag("never", header) is (header.strip(" \t") == "*" or has_tag("never", header))
    base = find_newest_base(header)
    assert base is None or base.generation >= 0


@pytest.mark.parametrize(
    "tags",
    [
        '"' * 300_000,
        '"a",' * 100_000,
        'W/"' * 100_000,
        " " * 300_000,
        ('"a"' + " " * 1000) * 300,
        '"' + "a" * 300_000,
        '"x.1.00000000",' * 20_000,
        "," * 300_000,
    ],
    ids=range(8),
)
def test_a_huge_list_of_tags_takes_no_time_to_speak_of(client: FlaskClient, tags: str) -> None:
    began = time.process_time()
    for _ in range(5):
        assert client.get(
            "/all.atom", headers={"If-None-Match": tags, "A-IM": "feed," * 1000}
        ).status_code in (200, 304)
    assert is_quick(time.process_time() - began, 5)  # one that grows with the square would take minutes


@contextlib.contextmanager
def more_files(number: int) -> Iterator[int]:
    """Let this process open so many files, or as many as it may: a shell often allows 1,024. Tell how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = number if hard == resource.RLIM_INFINITY else min(number, hard)
    if soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    try:
        yield most
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_thousand_connections_and_slow_clients_leave_room_for_others(server: Server) -> None:
    """Clients that send a request byte by byte, or none, or read nothing: all others are answered."""
    begun = [
        b"",
        b"G",
        b"GET /all.atom HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"GET /all.atom HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\nx",
    ]
    before = memory(server)
    with contextlib.ExitStack() as stack:
        # What else is open takes some hundred.
        for n in range(stack.enter_context(more_files(2000)) - 900):
            connection = stack.enter_context(
                socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
            )
            connection.sendall(begun[n % len(begun)])
        for n in range(20):
            assert server.get(PATHS[n % len(PATHS)])[0].status == 200
        assert memory(server) - before < 150


def test_a_client_that_is_too_slow_is_let_go(server: Server) -> None:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(b"GET /all.atom HTTP/1.1\r\nX-Slow: ")
        assert connection.recv(1000)[:12] in (b"", b"HTTP/1.1 408")
        assert time.monotonic() - began > 3  # and not at once


def test_distinct_queries_stay_within_the_memory_and_are_served_to_all(server: Server) -> None:
    before = memory(server)
    codes: Counter[int] = Counter()

    def ask(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        for n in range(first, first + 100):
            connection.request(
                "GET",
                f"/feed.atom?topic=ai&min_quality={n % 60}&min_heat={n}",
                headers={"Accept-Encoding": "br"},
            )
            response = connection.getresponse()
            response.read()
            codes[response.status] += 1
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(0, 10_000 if stressed() else 300, 100)))
    assert set(codes) <= {200, 503}
    assert codes[200] > 0
    assert is_well(server)
    # Two workers, each with 64 MB of finished answers, and what they need beside.
    assert memory(server) - before < 2 * 64 + 80


def test_expensive_searches_keep_nobody_else_waiting_long(server: Server) -> None:
    words = "&".join(f"q=words%20more%20about%20{n}%20-x{n}" for n in range(50))
    codes: list[int] = []

    def search(n: int) -> None:
        codes.append(server.get(f"/feed.atom?{words}&min_heat={n}")[0].status)

    threads = [threading.Thread(target=search, args=(n,)) for n in range(40)]
    for thread in threads:
        thread.start()
    for n in range(20):
        assert server.get(PATHS[n % len(PATHS)])[0].status == 200
    for thread in threads:
        thread.join()
    assert set(codes) <= {200, 308, 503}


def test_a_query_that_takes_too_long_is_503_with_a_time_and_harms_no_other(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(workspace)
    publisher = open_site(workspace.config, NOW, search=True).publisher
    monkeypatch.setattr("feeds.index.sqlite.connections._STEPS", 1)
    monkeypatch.setattr("feeds.web.responder._QUICK_SECONDS", 0.0)
    monkeypatch.setattr("feeds.web.responder._MOST_SECONDS", 0.0)
    client = create(publisher).test_client()
    refused = client.get("/feed.atom?q=words&topic=ai")
    if refused.status_code == 308:
        refused = client.get(refused.headers["Location"].removeprefix("https://feeds.example.org"))
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    assert refused.headers["Cache-Control"] == "no-store"
    assert refused.text == "This takes too long. Please ask for less, or try again later.\n"
    monkeypatch.undo()
    client = create(publisher).test_client()
    assert client.get("/feed.atom?topic=ai&q=words").status_code == 200
    assert client.get("/all.atom").status_code == 200


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


def test_a_statement_without_an_end_is_ended_and_the_next_one_is_not(workspace: Workspace) -> None:
    index = open_site(workspace.config, NOW).publisher.index
    time_limit = TimeLimit(0.05, 0.2, 1)
    for _ in range(3):
        with (
            pytest.raises(sqlite3.OperationalError, match="interrupted"),
            index.reading(time_limit) as connection,
        ):
            connection.execute(ENDLESS).fetchone()
        with index.reading(time_limit) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_limited_number_of_slow_statements_run_at_a_time_and_quick_ones_beside_them(
    workspace: Workspace,
) -> None:
    index = open_site(workspace.config, NOW).publisher.index
    time_limit = TimeLimit(0.05, 600, 1)
    begun: list[tuple[SlowPermit, Connection]] = []

    def be_slow() -> None:
        with time_limit.permit() as permit, index.reading(permit) as connection:
            begun.append((permit, connection))
            with pytest.raises(sqlite3.OperationalError, match="interrupted"):
                connection.execute(ENDLESS).fetchone()

    first = threading.Thread(target=be_slow)
    first.start()
    until(lambda: begun and begun[0][0].is_held, "the first one may be slow")
    be_slow()
    with index.reading(time_limit) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert first.is_alive(), "the second one had to go long before"
    assert isinstance(begun[0][1], SqliteConnection)
    begun[0][1].interrupt()
    first.join()


def test_an_unforeseen_error_is_logged_without_a_token(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> Any:
        raise KeyError

    client = create(open_site(workspace.config, NOW).publisher).test_client()
    monkeypatch.setattr("feeds.web.responder.Responder.answer", fail)
    response = client.get("/Private/editorial/secret-token/feed.atom")
    assert (response.status_code, response.text) == (500, "This cannot be answered.\n")
    assert "Exception on /Private/***" in caplog.text
    assert "secret-token" not in caplog.text


def test_what_requests_say_of_themselves_takes_a_bounded_memory() -> None:
    reading, writing = os.pipe()
    log = AccessLog(writing)
    long = "é" * 30_000
    environ = {"REQUEST_METHOD": long, "PATH_INFO": f"/{long}", "QUERY_STRING": long, "SERVER_PROTOCOL": "HTTP/1.1",
               "HTTP_REFERER": long, "HTTP_USER_AGENT": long}  # fmt: skip
    log.add(environ, "200 OK", 0)
    log.write()
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert len(pipe.read()) < 20_000
    assert find_family("x" * 500) == "other"
