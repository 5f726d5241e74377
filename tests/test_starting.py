"""What a server answers before it has read the articles: it listens at once, and says how far it is."""

from __future__ import annotations

import http.client
import os
import re
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest
import yaml
from servers import fetch, free_port
from sites import Workspace
from waiting import PATIENCE, until

from feeds.web.listening import Listening, listen, listen_at_socket
from feeds.web.starting import StartingServer, list_listening, note_listening, note_when_listening

DEPLOY = Path(__file__).parent.parent / "deploy"


@pytest.fixture
def place() -> Listening:
    return listen("127.0.0.1", 0)


def test_health_says_how_far_the_reading_is_and_all_else_says_when_to_come_again(place: Listening) -> None:
    with StartingServer(place) as starting, closing(place):
        assert fetch(place.port, "/healthz")[1] == b"reading, the list of files\n"
        told: list[tuple[int, int]] = []
        starting.follow(lambda done, total: told.append((done, total)))(40_000, 100_000)
        assert told == [(40_000, 100_000)]
        response, body = fetch(place.port, "/healthz")
        assert (response.status, body) == (503, b"reading, 40,000 of 100,000\n")
        assert (response.headers["Retry-After"], response.headers["Cache-Control"]) == ("1", "no-store")
        for path, method in (("/all.atom", "GET"), ("/", "HEAD"), ("//healthz", "GET"), ("/metrics", "POST")):
            response, body = fetch(place.port, path, method=method)
            assert (response.status, response.headers["Retry-After"]) == (503, "5"), path
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            assert body == b"" if method == "HEAD" else b"40,000 of 100,000" in body


def test_a_client_that_is_silent_or_speaks_nonsense_keeps_nobody_waiting(
    place: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The silent ones are not let go meanwhile.
    monkeypatch.setattr("feeds.web.monitoring._STEP_SECONDS", 2 * PATIENCE)
    with StartingServer(place), closing(place):
        silent = [socket.create_connection(("127.0.0.1", place.port)) for _ in range(20)]
        silent[0].sendall(b"\0\xff nonsense\r\n\r\n")
        silent[1].sendall(b"GET\r\n\r\n")
        assert fetch(place.port, "/healthz")[0].status == 503
        for each in silent:
            each.close()


def test_it_makes_way_for_a_worker_and_has_answered_until_then(place: Listening) -> None:
    with StartingServer(place) as starting, closing(place):
        assert fetch(place.port, "/healthz")[0].status == 503
        note_listening(starting.telling)
        starting.wait()
        with pytest.raises(ConnectionRefusedError):
            fetch(place.port, "/healthz")
        starting.stop()


def test_a_worker_says_that_it_listens_when_it_does_and_not_when_it_is_about_to(tmp_path: Path) -> None:
    for family, address in ((socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_UNIX, str(tmp_path / "s"))):
        with socket.socket(family) as bound:
            bound.bind(address)
            assert bound.fileno() not in list_listening()
            bound.listen()
            assert bound.fileno() in list_listening()
            reading, writing = os.pipe()
            note_when_listening(writing)
            assert os.read(reading, 100).endswith(os.getpid().to_bytes(4, sys.byteorder))
            os.close(reading)
            os.close(writing)


def test_an_old_worker_stays_until_its_own_successor_listens(place: Listening) -> None:
    with StartingServer(place) as starting, closing(place):
        starting.stop()
        note_listening(starting.telling)
        looks = iter([True, True, False])
        starting.wait_for_worker(1, lambda: next(looks))
        assert list(looks) == [], "what another one told is not enough"
        note_listening(starting.telling)
        starting.wait_for_worker(os.getpid(), lambda: True)


def test_it_leaves_a_unix_socket_to_the_workers_before_they_start(tmp_path: Path) -> None:
    with StartingServer(at := listen_at_socket(tmp_path / "s")) as starting:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(os.fspath(tmp_path / "s"))
            client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            response = http.client.HTTPResponse(client)
            response.begin()
            assert (response.status, response.read()) == (503, b"reading, the list of files\n")
        assert at.path is not None
        assert at.path.stat().st_mode & 0o777 == 0o666
        starting.make_way()
        assert not at.path.exists()


@pytest.mark.slow
def test_a_server_that_waits_for_its_articles_answers_at_both_ports_and_ends_with_a_sentence(
    workspace: Workspace,
) -> None:
    workspace.article("a")
    config = workspace.configure("[server]\nworkers = 1\n")
    config.index_path.parent.mkdir(exist_ok=True)
    port, monitored = free_port(), free_port()
    command = [sys.executable, "-m", "feeds", "--config", config.file, "run", "--port", str(port)]
    with closing(sqlite3.connect(config.index_path)) as other:
        # Nothing can be read into an index that somebody else has locked.
        other.execute("BEGIN EXCLUSIVE")
        process = subprocess.Popen(
            [*command, "--metrics-port", str(monitored)], stderr=subprocess.PIPE, text=True
        )
        try:
            for each in (port, monitored):
                assert answers(each, "/healthz") == 503
            assert answers(port, "/all.atom") == 503
            assert process.poll() is None
            # What it meets then is another program's database.
            other.execute("CREATE TABLE theirs (a)")
            other.execute("COMMIT")
        finally:
            _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, "another program's database" in said) == (2, True), said
    with pytest.raises(ConnectionRefusedError):
        fetch(port, "/healthz")


def answers(port: int, path: str) -> int:
    """Return the status of the first answer of a server that is being started."""

    def ask() -> int:
        with suppress(ConnectionRefusedError):
            return fetch(port, path)[0].status
        return 0

    return until(ask)


def test_no_manifest_ends_a_server_that_is_still_reading() -> None:
    manifest = yaml.safe_load((DEPLOY / "kubernetes" / "deployment.yaml").read_text())
    (container,) = manifest["spec"]["template"]["spec"]["containers"]
    # /healthz says 503 while it reads: only readiness may go by that.
    assert "tcpSocket" in container["startupProbe"]
    assert "tcpSocket" in container["livenessProbe"]
    assert container["readinessProbe"]["httpGet"] == {"path": "/healthz", "port": "metrics"}
    assert re.search(r"HEALTHCHECK .*--start-period=30m", (DEPLOY / "Containerfile").read_text())


def test_nginx_asks_another_node_if_one_is_still_reading_but_not_if_a_query_took_too_long() -> None:
    conf = (DEPLOY / "nginx" / "nodes.conf").read_text()
    found = re.findall(r"proxy_next_upstream (.+);", conf)
    assert found == ["error timeout invalid_header http_503", "error timeout invalid_header"]
    queries = re.search(r"location ~ (\S+) \{[^}]*\{[^}]*\}[^}]*proxy_next_upstream error", conf)
    assert queries
    for path in ("/feed.atom", "/feed.json", "/search/", "/build/"):
        assert re.match(queries[1], path), path
    for path in ("/all.atom", "/feeds/x.atom", "/feeds.opml", "/"):
        assert not re.match(queries[1], path), path
