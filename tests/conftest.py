"""Fixtures that many tests share: sites, servers, a browser, an object store."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import re
import signal
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from effort import (
    stressed,  # first of all: it sets the profile of hypothesis, and another one is chosen after it
)
from programs import require_program
from sites import CORPUS, ROOT, Workspace
from waiting import PATIENCE

from feeds.web.background import BackgroundThreads

if TYPE_CHECKING:
    from browsing import Browser
    from databases import Postgres
    from object_stores import Store

# A shell has the programs that it starts in the background ignore Ctrl-C, and all that they start too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Servers of this machine are asked by no proxy that the environment names.
if os.environ.keys() & {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}:
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(
            filter(None, (os.environ.get(name), "127.0.0.1", "127.0.0.2", "localhost"))
        )

# A shell often allows 1,024.
MANY_FILES = 300
HEADLESS_SHELLS = ("/usr/lib/chromium/chromium-headless-shell", "/usr/lib/chromium/headless_shell")
# Each starts a program that takes seconds.
SLOW_FIXTURES = {"postgres", "chromium", "object_store"}
SLOW_MODULE = re.compile(r"^pytestmark = \[?pytest\.mark\.slow", re.MULTILINE)
# Modules that take longest begin first, so that no process is left with one of them at the end. Those that wait a lot,
# for timers and other processes, are among those that only calculate: else all processes would wait at a time.
FIRST = [
    "cluster", "browser", "deploy_machine", "object_stores", "postgres", "index_contract", "deploy", "last_good",
    "nodes", "withdrawn", "object_articles", "owners", "hard_stops", "pages", "fresh", "emptied", "requests",
    "foreign_files", "serving", "tampered", "running", "stale", "slow_files", "pagination", "docs", "output",
    "wsgi_servers", "hostile", "removals", "growth", "push_parties", "cli", "push", "attacks", "hanging",
    "processes", "private", "bounds", "browser_hostile", "readers", "host_files", "locales", "day", "compressed",
    "nothing_private", "push_protocols",
]  # fmt: skip


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import a module that is slow as a whole if nothing slow is wanted."""
    if config.option.markexpr != "not slow" or collection_path.suffix != ".py":
        return None
    return SLOW_MODULE.search(collection_path.read_text("utf-8")) is not None or None


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Have each process of a whole run import modules in an order of its own.

    In a new checkout each is compiled by one process then, and found by the others.
    """
    worker = getattr(session.config, "workerinput", None)
    if worker is None or [Path(name).name for name in session.config.args] != ["tests"]:
        return
    paths = sorted(Path(__file__).parent.glob("test_*.py"))
    names = [path.stem for path in paths if not pytest_ignore_collect(path, session.config)]
    begin = len(names) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for name in names[begin:] + names[:begin]:
        # What cannot be imported is reported by who collects it.
        with contextlib.suppress(Exception, pytest.skip.Exception):
            importlib.import_module(name)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put modules into an order, leave what is marked so to stress, and mark what needs SLOW_FIXTURES as slow."""
    left = [] if stressed() else [item for item in items if item.get_closest_marker("stress")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]
    places = {f"test_{name}": n for n, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(FIRST)))
    for item in items:
        assert isinstance(item, pytest.Function)
        chosen = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if SLOW_FIXTURES.intersection(item.fixturenames) or "postgres" in map(str, chosen):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Look for garbage from now on, but not among what was collected: forked processes share its memory, too."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _stop_threads() -> Iterator[None]:
    """Stop the threads of every application that answered during the test.

    Otherwise they would outlive it, and processes are never forked beside threads. An application
    of a fixture with a larger scope starts its threads again with the next request.
    """
    started: set[BackgroundThreads] = set()
    start = BackgroundThreads.start

    def record(threads: BackgroundThreads) -> None:
        started.add(threads)
        start(threads)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BackgroundThreads, "start", record)
        yield
    for threads in started:
        threads.stop()


@pytest.fixture(autouse=True, scope="session")
def _collect_garbage_of_commands() -> Iterator[None]:
    """Look for the garbage of a command that a test runs in its own process: it does not end soon after it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("feeds.cli._collect_seldom", lambda: None)
        yield


@pytest.fixture(autouse=True)
def _close_files() -> Iterator[None]:
    """Look for garbage as soon as many files are open: the sites of tests keep their indexes open until then."""
    yield
    if len(list(Path("/dev/fd").iterdir())) > MANY_FILES:
        gc.collect()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "site")


@pytest.fixture
def sample(workspace: Workspace) -> Workspace:
    """The sample site, frozen."""
    text = (ROOT / "config.toml").read_text()
    workspace.configure(base=text.replace('path = "seeds"', f'path = "{(ROOT / "seeds").as_posix()}"'))
    workspace.freeze(datetime(2026, 11, 1, tzinfo=UTC))
    return workspace


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, shared by all tests of this process."""
    from databases import run_server

    with run_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A site with its index in a file, then one with its index in PostgreSQL.

    PostgreSQL measures the time of a request by the clock, and a busy machine may do nothing for seconds.
    """
    for name in ("_QUICK_SECONDS", "_MOST_SECONDS"):
        monkeypatch.setattr(f"feeds.web.responder.{name}", PATIENCE)
    if request.param == "sqlite":
        return Workspace(tmp_path / "site")
    return Workspace(tmp_path / "site", request.getfixturevalue("postgres").table())


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, if there is a memory file system: for tests that freeze very often."""
    if not os.access("/dev/shm", os.W_OK):  # noqa: S108 - a file system, not a file to be guessed
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a module; a test takes :func:`browser`.

    One that has nothing to do takes a twentieth of a processor, so none waits for the end of the session.
    """
    from browsing import AXE, Browser

    require_program("axe-core", str(AXE))
    # Debian's command of its name is a shell script: the driver ends that, and the browser would outlive the tests.
    program = next(filter(os.path.exists, HEADLESS_SHELLS), None) or require_program("chromium")
    browser = Browser(program, require_program("chromedriver"))
    yield browser
    browser.stop()


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    """The browser with a window of usual size, on a system that prefers light pages."""
    chromium.size(1280)
    chromium.scheme("light")
    return chromium


@pytest.fixture(scope="module")
def object_store() -> Iterator[Store]:
    """A server that speaks S3, with its address in the environment; a test takes :func:`store`."""
    from object_stores import ENVIRONMENT, Store, let_go

    with pytest.MonkeyPatch.context() as patch:
        running = Store()
        for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": running.url}.items():
            patch.setenv(name, value)
        yield running
        let_go()
        running.stop()


@pytest.fixture
def store(object_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The store with an empty bucket. A request that fails is tried again soon."""
    from feeds.lib.storage import clients

    object_store.forget()
    monkeypatch.setattr(clients, "PAUSES", (0.01, 0.02, 0.03))
    return object_store


@pytest.fixture(scope="session")
def corpus() -> Path:
    if not CORPUS.is_dir():
        pytest.skip("the shared corpus is not beside the project")
    return CORPUS


@pytest.fixture
def in_zone() -> Iterator[Callable[[str], None]]:
    """Set the time zone of the process, and restore it after the test."""
    import time

    before = os.environ.get("TZ")

    def set_zone(name: str) -> None:
        os.environ["TZ"] = name
        time.tzset()

    yield set_zone
    if before is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = before
    time.tzset()
