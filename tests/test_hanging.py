"""A database that hangs: what is in memory is answered as ever, all else is refused, health says so."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self
from urllib.parse import quote

import pytest
from databases import PASSWORD, Postgres
from sites import NOW, Workspace
from werkzeug.test import TestResponse

from feeds.errors import IndexUnavailableError
from feeds.index.index import Index, TimeLimit
from feeds.index.sqlite import SqliteIndex
from feeds.site import open_site
from feeds.web.app import create, stop
from feeds.web.hanging import BoundedQuestion, DatabaseGate

# Far more than anything takes that does not wait for the database, on a busy machine too.
AT_ONCE = 1.0
Hang = Callable[[], None]


def test_only_a_share_of_the_threads_waits_for_what_hangs_and_all_others_are_refused_at_once() -> None:
    gate, goes_on = DatabaseGate(2), threading.Event()

    def use() -> None:
        with gate.enter():
            assert goes_on.wait(20)

    with ThreadPoolExecutor(10) as pool:
        began = time.monotonic()
        asked = [pool.submit(use) for _ in range(10)]
        while sum(one.done() for one in asked) < 8:
            assert time.monotonic() - began < AT_ONCE
            time.sleep(0.01)
        errors = [one.exception() for one in asked if one.done()]
        assert [str(error) for error in errors] == ["The database does not answer other requests."] * 8
        began = time.monotonic()
        for _ in range(100):
            with pytest.raises(IndexUnavailableError), gate.enter():
                pass
        assert time.monotonic() - began < 0.2, "once it is known to hang, nobody waits"
        goes_on.set()
        wait(asked)
        list(pool.map(lambda _: use(), range(100)))


@pytest.mark.slow
def test_requests_that_work_are_waited_for_however_long_they_take() -> None:
    gate = DatabaseGate(2)

    def work() -> None:
        with gate.enter():
            until = time.monotonic() + 0.4
            while time.monotonic() < until:
                sum(range(1000))

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(work) for _ in range(6)]:
            assert done.exception() is None


def test_a_question_is_asked_once_at_a_time_and_answered_in_time_or_not_at_all() -> None:
    asked, goes_on = [0], threading.Event()

    def ask() -> str:
        asked[0] += 1
        goes_on.wait(20)
        return "yes"

    question = BoundedQuestion(ask, 0.02)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            question()
    goes_on.set()
    assert BoundedQuestion(ask, 20)() == "yes"
    assert question() == "yes"
    assert asked[0] in (2, 3), "the first three were one"

    def fail() -> str:
        raise IndexUnavailableError("no")

    with pytest.raises(IndexUnavailableError):
        BoundedQuestion(fail, 20)()


class Visitors:
    """An application in this process, and requests to it from threads."""

    def __init__(self, site: Workspace) -> None:
        self.publisher = open_site(site.config, NOW, search=True).publisher
        self.app = create(self.publisher)
        self._pool = ThreadPoolExecutor(32)

    def get(self, path: str) -> TestResponse:
        return self.app.test_client().get(path)

    def send(self, path: str) -> Future[TestResponse]:
        return self._pool.submit(self.get, path)

    def close(self) -> None:
        self._pool.shutdown()
        stop(self.app)


@contextmanager
def visit(site: Workspace) -> Iterator[Visitors]:
    visitors = Visitors(site)
    try:
        yield visitors
    finally:
        visitors.close()


def hang_and_return(site: Workspace, hang: Hang, go_on: Hang) -> None:
    """Have the database hang under a server, and hold it against all that is promised of that."""
    for n in range(20):
        site.article(f"a{n}", topics=[f"T{n}"])
    with visit(site) as visitors:
        kept = visitors.get("/all.atom").get_data()
        assert visitors.get("/healthz").status_code == 200
        hang()
        try:
            asked = [visitors.send(f"/topics/t{n}.atom") for n in range(10)]
            began = time.monotonic()
            for _ in range(20):
                assert visitors.get("/all.atom").get_data() == kept
            assert time.monotonic() - began < AT_ONCE / 2, "what is in memory does not wait"
            assert sum(not one.done() for one in asked) >= 4
            for path, text in (("/healthz", b"The index does not answer.\n"), ("/topics/t19.rss", b"")):
                began = time.monotonic()
                response = visitors.get(path)
                assert response.status_code == 503, path
                assert response.headers["Retry-After"] in ("1", "5")
                assert text in response.get_data()
                assert time.monotonic() - began < AT_ONCE, path
        finally:
            if site.config.index.url:
                # Nobody waits for good.
                assert {one.result(20).status_code for one in asked} == {503}
            go_on()
        done, _ = wait(asked, 20)
        assert len(done) == 10
        assert visitors.get("/topics/t19.rss").status_code == 200
        assert visitors.get("/healthz").status_code == 200


# Takes the locks that every reader of a write-ahead log needs, as a file system does that lost its server.
_LOCK = "import fcntl,sys;f=open(sys.argv[1],'r+b');fcntl.lockf(f,fcntl.LOCK_EX,5,123);print(flush=True);sys.stdin.read()"


def test_a_file_that_cannot_be_read_takes_nothing_along_that_is_in_memory(workspace: Workspace) -> None:
    processes: list[subprocess.Popen[bytes]] = []

    def hang() -> None:
        command = [sys.executable, "-S", "-E", "-c", _LOCK, f"{workspace.config.index_path}-shm"]
        processes.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        assert processes[0].stdout
        assert processes[0].stdout.readline()

    def go_on() -> None:
        processes[0].communicate()

    hang_and_return(workspace, hang, go_on)


def test_a_server_that_stands_still_takes_nothing_along_that_is_in_memory(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.index.index._GRACE_SECONDS", -1.0)
    site = Workspace(tmp_path / "site", postgres.table())
    stopped: list[int] = []

    def hang() -> None:
        main = postgres.process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        stopped.extend((main, *map(int, children)))
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)

    def go_on() -> None:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    hang_and_return(site, hang, go_on)


def test_a_proxy_that_passes_nothing_on_takes_nothing_along_that_is_in_memory(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.index.index._GRACE_SECONDS", -1.0)
    with Proxy(postgres.port) as proxy:
        url = f"postgresql://feeds:{quote(PASSWORD)}@127.0.0.1:{proxy.port}/postgres"
        site = Workspace(tmp_path / "site", f'[index]\nurl = "{url}"\nschema = "{postgres.schema()}"\n')
        hang_and_return(site, proxy.passes.clear, proxy.passes.set)


class Proxy:
    """Passes on what clients and a server of this machine send each other, while ``passes`` is set."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listening]
        self.port: int = self._listening.getsockname()[1]
        self.passes = threading.Event()
        self.passes.set()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.passes.set()
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                self._sockets += (client, server)
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                self.passes.wait()
                other.sendall(data)
            other.shutdown(socket.SHUT_RDWR)


def test_a_reader_without_a_limit_waits_longer_for_a_database_than_a_request(either: Workspace) -> None:
    """A freeze may wait a minute for what is said to a request after three seconds."""
    index = open_site(either.config, NOW).publisher.index
    limit = TimeLimit(0.1, 2.0, 2)
    assert _find_wait(index, limit) == 3
    assert _find_wait(index, None) == 60
    assert _find_wait(index, limit) == 3, "a connection that is used again waits as its new user does"


def _find_wait(index: Index, limit: TimeLimit | None) -> float:
    """Return the seconds that a reader waits for the database to say something."""
    with index.reading(limit) as connection:
        if isinstance(index, SqliteIndex):
            return float(connection.execute("PRAGMA busy_timeout").fetchone()[0]) / 1000
        return float(connection._connection.seconds)  # type: ignore[attr-defined] # noqa: SLF001 - its own matter
