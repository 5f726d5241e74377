"""A site in a temporary folder, made and published by the real parts."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import effort  # noqa: F401 - sets the profile of hypothesis before an option chooses another
import msgspec
import pytest
import yaml

from feeds.check.problems import gather_problems
from feeds.config import load
from feeds.config.schema import Config
from feeds.freeze.freeze import freeze
from feeds.freeze.plan import Outcome
from feeds.model import Problem
from feeds.site import open_site
from feeds.web.background import BackgroundThreads

if TYPE_CHECKING:
    from browsing import Browser
    from databases import Postgres
    from stores import Store

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus" / "power-apps"

CONFIG = """\
[site]
title = "Example News"
base_url = "https://feeds.example.org/"

[articles]
path = "articles"
"""


class Workspace:
    """A folder with a configuration and articles."""

    def __init__(self, folder: Path, index: str = "") -> None:
        """``index`` is the table of the configuration that says where the index is."""
        self.folder = folder
        self.index = index
        self.articles = folder / "articles"
        self.output = folder / "build"
        self.articles.mkdir(parents=True)
        self.configure()

    def configure(self, extra: str = "", base: str = CONFIG) -> Config:
        (self.folder / "config.toml").write_text(f"{base}\n{extra}\n{self.index}", encoding="utf-8")
        return self.config

    @property
    def config(self) -> Config:
        return load(self.folder / "config.toml")

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.articles / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def article(self, name: str, body: str = "", **fields: Any) -> Path:
        """Write an article; what is not given is filled in, ``None`` leaves a field out."""
        defaults = {
            "title": f"About {name}",
            "publishedDateTime": datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
            "originalUrl": f"https://example.org/{name}",
            "topics": ["AI"],
            "provider": {"name": "Example", "domain": "example.org"},
        }
        matter = {key: value for key, value in (defaults | fields).items() if value is not None}
        text = yaml.dump(matter, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
        return self.write(f"{name}.md", f"---\n{text}---\n{body}")

    def freeze(self, now: datetime = NOW, output: Path | None = None, **options: Any) -> Outcome:
        site = open_site(self.config, now)
        return freeze(site.publisher, output or self.output, **options)

    def problems(self, now: datetime = NOW) -> list[Problem]:
        site = open_site(self.config, now)
        with site.publisher.snapshot() as snapshot:
            found = gather_problems(snapshot, site.problems)
        # Named from the working directory; in tests, from the folder of articles.
        return [msgspec.structs.replace(p, path=os.path.relpath(p.path, self.articles)) for p in found]

    def read(self, path: str) -> bytes:
        return (self.output / path).read_bytes()


def fetch(
    port: int, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[http.client.HTTPResponse, bytes]:
    """Ask a server of this machine, following nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, headers=headers or {})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def needs(name: str, *places: str) -> str:
    """Where a program or file is that is no Python package; ``places`` are tried before PATH.

    Without it the test is skipped by name, and fails under CI: there, `make needs` has to
    have installed it.
    """
    found = next((place for place in places if Path(place).exists()), None) or shutil.which(name)
    if found is None:
        message = f"{name} is not installed; `make needs` tries to install it"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


class Server:
    """``feeds run`` in a process of its own, on a free port."""

    def __init__(self, config: Path, *options: str, errors: Path | None = None) -> None:
        command = [sys.executable, "-m", "feeds", "--config", str(config), "run", "--port", "0"]
        command.extend(options or ["--no-access-log"])
        with (errors or Path(os.devnull)).open("w") as stream:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stream, text=True)
        assert self.process.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:(\d+)/", self.process.stdout.readline())
        assert address
        self.port = int(address[1])

    def get(
        self, path: str, headers: dict[str, str] | None = None, method: str = "GET"
    ) -> tuple[http.client.HTTPResponse, bytes]:
        return fetch(self.port, path, headers, method)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()


# Each starts a program that takes seconds.
SLOW_FIXTURES = {"postgres", "chromium", "object_store"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that need a database, a browser or an object store as slow."""
    for item in items:
        assert isinstance(item, pytest.Function)
        chosen = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if SLOW_FIXTURES.intersection(item.fixturenames) or "postgres" in map(str, chosen):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def _stopped_threads() -> Iterator[None]:
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
    """A PostgreSQL server for all tests."""
    from databases import running

    with running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    """A site whose index is in a file, and one whose index is in PostgreSQL."""
    if request.param == "sqlite":
        return Workspace(tmp_path / "site")
    return Workspace(tmp_path / "site", request.getfixturevalue("postgres").table())


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """A folder on a memory file system where there is one: for tests that freeze very often."""
    if not os.access("/dev/shm", os.W_OK):  # noqa: S108 - a file system, not a file to be guessed
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; a test takes :func:`browser`."""
    from browsing import AXE, Browser

    needs("axe-core", str(AXE))
    browser = Browser(needs("chromium"), needs("chromedriver"))
    yield browser
    browser.stop()


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    """The browser with a window of a usual size, on a system that prefers light pages."""
    chromium.size(1280)
    chromium.scheme("light")
    return chromium


@pytest.fixture(scope="module")
def object_store() -> Iterator[Store]:
    """A server that speaks S3, which the environment names; a test takes :func:`store`."""
    from stores import ENVIRONMENT, Store, let_go

    with pytest.MonkeyPatch.context() as patch:
        running = Store()
        for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": running.url}.items():
            patch.setenv(name, value)
        yield running
        let_go()
        running.stop()


@pytest.fixture
def store(object_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The store with an empty bucket; requests that fail are soon tried again."""
    from feeds.lib.storage import retry

    object_store.forget()
    monkeypatch.setattr(retry, "PAUSES", (0.01, 0.02, 0.03))
    return object_store


@pytest.fixture(scope="session")
def corpus() -> Path:
    if not CORPUS.is_dir():
        pytest.skip("the shared corpus is not beside the project")
    return CORPUS


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a frozen tree but its manifest."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".feeds-")
    }


@pytest.fixture
def in_zone() -> Iterator[Callable[[str], None]]:
    """Set the time zone of the process, and put it back."""
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
