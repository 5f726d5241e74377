"""A database that hangs: what is in memory is answered as ever, all else is refused, health says so."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Self
from urllib.parse import quote

import pytest
from databases import PASSWORD, Postgres
from psycopg import OperationalError
from sites import NOW, Workspace
from waiting import PATIENCE, until
from werkzeug.test import TestResponse

from feeds.errors import IndexUnavailableError
from feeds.index.connection_pool import ConnectionPool
from feeds.index.index import Index, TimeLimit
from feeds.index.postgres import session
from feeds.index.sqlite import SqliteIndex
from feeds.site import open_site
from feeds.web.app import create, stop
from feeds.web.hanging import BoundedQuestion, DatabaseGate

# The limit of a request is the one that is tried.
CONNECT = "connect_timeout=600"
Hang = Callable[[], None]


def test_only_a_share_of_the_threads_waits_for_what_hangs_and_all_others_are_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate, goes_on = DatabaseGate(2), threading.Event()

    def use() -> None:
        with gate.enter():
            assert goes_on.wait(PATIENCE)

    with ThreadPoolExecutor(10) as pool:
        asked = [pool.submit(use) for _ in range(10)]
        until(lambda: sum(one.done() for one in asked) == 8, "they are refused while the others wait")
        errors = [one.exception() for one in asked if one.done()]
        assert [str(error) for error in errors] == ["The database does not answer other requests."] * 8
        monkeypatch.setattr("feeds.web.hanging._LOOK_SECONDS", PATIENCE)
        began = time.monotonic()
        for _ in range(100):
            with pytest.raises(IndexUnavailableError), gate.enter():
                pass
        assert time.monotonic() - began < PATIENCE, "once it is known to hang, nobody waits"
        goes_on.set()
        wait(asked)
        list(pool.map(lambda _: use(), range(100)))


def test_a_machine_that_stands_still_for_a_moment_is_no_database_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All waits that had begun are over then, and nobody has come back or worked."""

    class Stalled(threading.Condition):
        stalls = 2

        def wait(self, timeout: float | None = None) -> bool:
            if self.stalls:
                self.stalls -= 1
                return False
            goes_on.set()
            return super().wait(timeout)

    # However late the one inside gets on then.
    monkeypatch.setattr("feeds.web.hanging._LOOK_SECONDS", PATIENCE)
    gate, goes_on, is_inside = DatabaseGate(1), threading.Event(), threading.Event()
    gate._changed = Stalled()  # noqa: SLF001 - there is no other clock to stop

    def use() -> None:
        with gate.enter():
            is_inside.set()
            assert goes_on.wait(PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(use)
        assert is_inside.wait(PATIENCE)
        with gate.enter():
            assert first.exception() is None


@pytest.mark.slow
def test_requests_that_work_are_waited_for_however_long_they_take() -> None:
    gate = DatabaseGate(2)

    def work() -> None:
        with gate.enter():
            end = time.monotonic() + 0.4
            while time.monotonic() < end:
                sum(range(1000))

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(work) for _ in range(6)]:
            assert done.exception() is None


def test_a_connection_whose_work_cannot_be_rolled_back_is_closed() -> None:
    """Otherwise it would stay open until it is garbage, and whatever it has locked would stay locked."""

    class Stuck(sqlite3.Connection):
        def rollback(self) -> None:
            raise sqlite3.OperationalError("it has not answered")

    def begin(connection: Stuck) -> None:
        connection.execute("BEGIN")

    opened: list[Stuck] = []

    def connect(_seconds: float) -> Stuck:
        opened.append(sqlite3.connect(":memory:", factory=Stuck))
        return opened[-1]

    pool = ConnectionPool(connect, sqlite3.Error)
    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError, match="not answered"), pool.lend(begin, PATIENCE):
            pass
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            opened[-1].execute("SELECT 1")
    assert len(opened) == 2, "it is not lent again"


def test_a_question_is_asked_once_at_a_time_and_answered_in_time_or_not_at_all() -> None:
    asked, goes_on = [0], threading.Event()

    def ask() -> str:
        asked[0] += 1
        goes_on.wait(PATIENCE)
        return "yes"

    question = BoundedQuestion(ask, 0.02)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            question()
    until(lambda: asked[0], "its thread has begun")
    assert asked == [1], "the three were one"
    goes_on.set()
    assert BoundedQuestion(ask, PATIENCE)() == "yes"

    def is_answered() -> bool:
        with suppress(TimeoutError):
            return question() == "yes"
        return False

    until(is_answered)

    def fail() -> str:
        raise IndexUnavailableError("no")

    with pytest.raises(IndexUnavailableError):
        BoundedQuestion(fail, PATIENCE)()


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


@pytest.fixture
def wait_for_database(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set the seconds beyond its time for which a request waits for a database that says nothing."""
    # Of all that is asked at once when the database goes on, nothing is slow on a slow machine.
    monkeypatch.setattr("feeds.web.responder._QUICK_SECONDS", PATIENCE)
    return partial(monkeypatch.setattr, "feeds.index.index._GRACE_SECONDS")


def hang_and_return(
    site: Workspace, hang: Hang, go_on: Hang, wait_for_database: Callable[[float], None]
) -> None:
    """Have the database hang under a server, and hold it against all that is promised of that."""
    for n in range(20):
        site.article(f"a{n}", topics=[f"T{n}"])
    with visit(site) as visitors:
        kept = visitors.get("/all.atom").get_data()
        until(lambda: visitors.get("/healthz").status_code == 200, "it is well")
        # Whatever is answered before the database goes on did not wait for it.
        wait_for_database(PATIENCE)
        hang()
        try:
            asked = [visitors.send(f"/topics/t{n}.atom") for n in range(10)]
            until(lambda: sum(one.done() for one in asked) == 6, "only a share of the threads waits")
            for _ in range(20):
                assert visitors.get("/all.atom").get_data() == kept, "what is in memory does not wait"
            for path, text in (("/healthz", b"The index does not answer.\n"), ("/topics/t19.rss", b"")):
                response = visitors.get(path)
                assert response.status_code == 503, path
                assert response.headers["Retry-After"] in ("1", "5")
                assert text in response.get_data()
            assert sum(one.done() for one in asked) == 6
        finally:
            go_on()
        assert sorted(one.result(PATIENCE).status_code for one in asked) == [200] * 4 + [503] * 6
        assert visitors.get("/topics/t19.rss").status_code == 200
        until(lambda: visitors.get("/healthz").status_code == 200, "it answers again")
        if site.config.index.url:
            wait_for_database(-1.0)
            hang()
            try:
                asked = [visitors.send(f"/topics/t{n}.json") for n in range(10)]
                assert {one.result(PATIENCE).status_code for one in asked} == {503}, "nobody waits for good"
            finally:
                go_on()


# Takes the locks that every reader of a write-ahead log needs, as a file system does that lost its server.
_LOCK = "import fcntl,sys;f=open(sys.argv[1],'r+b');fcntl.lockf(f,fcntl.LOCK_EX,5,123);print(flush=True);sys.stdin.read()"


def test_a_file_that_cannot_be_read_takes_nothing_along_that_is_in_memory(
    workspace: Workspace, wait_for_database: Callable[[float], None]
) -> None:
    processes: list[subprocess.Popen[bytes]] = []

    def hang() -> None:
        command = [sys.executable, "-S", "-E", "-c", _LOCK, f"{workspace.config.index_path}-shm"]
        processes.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        assert processes[0].stdout
        assert processes[0].stdout.readline()

    def go_on() -> None:
        processes[0].communicate()

    hang_and_return(workspace, hang, go_on, wait_for_database)


def test_a_server_that_stands_still_takes_nothing_along_that_is_in_memory(
    tmp_path: Path, postgres: Postgres, wait_for_database: Callable[[float], None]
) -> None:
    site = Workspace(tmp_path / "site", postgres.table().replace("&port=", f"&{CONNECT}&port="))
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

    hang_and_return(site, hang, go_on, wait_for_database)


def test_a_proxy_that_passes_nothing_on_takes_nothing_along_that_is_in_memory(
    tmp_path: Path, postgres: Postgres, wait_for_database: Callable[[float], None]
) -> None:
    with Proxy(postgres.port) as proxy:
        url = f"postgresql://feeds:{quote(PASSWORD)}@127.0.0.1:{proxy.port}/postgres?{CONNECT}"
        site = Workspace(tmp_path / "site", f'[index]\nurl = "{url}"\nschema = "{postgres.schema()}"\n')
        hang_and_return(site, proxy.passes.clear, proxy.passes.set, wait_for_database)


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


def test_a_machine_that_stands_still_for_a_moment_is_no_server_that_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(session, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def ask() -> Generator[str, int, str]:
        while not (yield "readable"):
            pass
        return "answer"

    def look(waiting: Generator[str, int, str], seconds: float, ready: int = 0) -> None:
        now[0] += seconds
        waiting.send(ready)

    for seconds in (1.0, 100.0):
        now[0], waiting = 0.0, session._limit_wait(ask(), 3.0)  # noqa: SLF001 - no test can have the machine stand still
        next(waiting)
        look(waiting, seconds)
        with pytest.raises(StopIteration):
            look(waiting, 0.1, ready=1)
    now[0], waiting = 0.0, session._limit_wait(ask(), 3.0)  # noqa: SLF001
    next(waiting)
    for _ in range(29):
        look(waiting, 0.1)
    with pytest.raises(OperationalError, match="within 3 seconds"):
        list(map(partial(look, waiting), [0.1, 0.1]))


def _find_wait(index: Index, limit: TimeLimit | None) -> float:
    """Return the seconds that a reader waits for the database to say something."""
    with index.reading(limit) as connection:
        if isinstance(index, SqliteIndex):
            return float(connection.execute("PRAGMA busy_timeout").fetchone()[0]) / 1000
        return float(connection._connection.seconds)  # type: ignore[attr-defined] # noqa: SLF001 - its own matter
