"""Push from end to end: a real hub, a real subscriber, and a new article that arrives by push."""

from __future__ import annotations

import functools
import json
import queue
import re
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import feedparser
import pytest
from servers import free_port
from sites import Workspace
from waiting import PATIENCE

pytestmark = pytest.mark.slow

PARTIES = Path(__file__).with_name("push_parties.py")
Serve = Callable[[Workspace, int, str], Any]


class Party:
    """The hub or the subscriber, in its own process."""

    def __init__(self, role: str, database: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(PARTIES), role, str(database)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._said: queue.Queue[Any] = queue.Queue()
        self._listening = threading.Thread(target=self._listen)
        self._listening.start()
        self.url: str = self.heard()

    def heard(self) -> Any:
        return self._said.get(timeout=PATIENCE)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)
        self._listening.join(PATIENCE)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._said.put(json.loads(line))


@contextmanager
def party(role: str, folder: Path) -> Iterator[Party]:
    running = Party(role, folder / f"{role}.sqlite")
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def static_host(site: Workspace, port: int, hub: str) -> Iterator[None]:
    """A web host for the frozen files that sends the header which the README shows."""

    class Host(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Link", f'<http://127.0.0.1:{port}{self.path}>; rel="self", <{hub}>; rel="hub"')
            super().end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(
        ("127.0.0.1", port), functools.partial(Host, directory=str(site.output))
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join(PATIENCE)


@contextmanager
def feeds_run(site: Workspace, port: int, _hub: str) -> Iterator[None]:
    command = [sys.executable, "-m", "feeds", "run", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=site.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    with process.stdout as lines:
        try:
            assert f":{port}/" in lines.readline()
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Party]:
    with party("hub", tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture(scope="module")
def subscriber(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Party]:
    with party("subscriber", tmp_path_factory.mktemp("subscriber")) as running:
        yield running


@pytest.mark.parametrize("serve", [static_host, feeds_run])
def test_a_new_article_arrives_by_push_after_a_freeze_or_from_a_running_server(
    workspace: Workspace, hub: Party, subscriber: Party, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A hub does all of its work before it answers: on a slow machine, a freeze would no longer wait for that.
    monkeypatch.setattr("feeds.push.commands._SECONDS", PATIENCE)
    monkeypatch.setattr("feeds.push.rounds.TIMEOUT", PATIENCE)
    port = free_port()
    base = (workspace.folder / "config.toml").read_text()
    workspace.configure(
        f'[websub]\nhubs = ["{hub.url}hub"]\n',
        re.sub("https://feeds.example.org/", f"http://127.0.0.1:{port}/", base),
    )
    workspace.article("old")
    assert workspace.run("freeze").returncode == 0
    with serve(workspace, port, f"{hub.url}hub"):
        topic = f"http://127.0.0.1:{port}/topics/ai.atom"
        form = urllib.parse.urlencode({"url": topic}).encode()
        with urllib.request.urlopen(f"{subscriber.url}subscribe", form, timeout=PATIENCE) as answer:  # noqa: S310 - our own
            assert json.load(answer) == {"hub_url": f"{hub.url}hub", "topic_url": topic}
        assert subscriber.heard() == {"event": "subscribe", "topic": topic}
        workspace.article("new", title="Fresh from the hub", publishedDateTime="2024-05-01T00:00:00Z")
        if serve is static_host:
            done = workspace.run("freeze")
            assert (done.returncode, done.stderr) == (0, "")
        pushed = subscriber.heard()
        with urllib.request.urlopen(topic, timeout=PATIENCE) as answer:
            published = answer.read()
    assert (pushed["event"], pushed["topic"]) == ("notified", topic)
    titles = [entry.title for entry in feedparser.parse(pushed["body"]).entries]
    assert titles == ["Fresh from the hub", "About old"]
    assert pushed["body"].encode() == published
