"""What subscribers get while editors save: in place, by another name, and in halves.

    python benchmarks/saving.py [SECONDS]

Each topic has one article, so an article that is gone for a moment shows as an empty feed or as 410.
Fifty saves a second, as editors and sync programs make them; readers ask without a pause, and check the
status of every answer, that it is whole, and that it has its article. A server takes a file for gone that is missing
for longer than editors need: what it answers then, because this machine let an editor wait, is no fault of its own.
"""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

_ARTICLES = 12
_SAVES_PER_SECOND = 50
_READERS = 2
_HALF_SECONDS = 0.03
_PATIENCE = 120.0
# For so long, a file that is missing is not gone (feeds/sync/syncer.py).
_MISSING_SECONDS = 0.2
_CONFIG = """\
[site]
title = "Saving"
base_url = "http://127.0.0.1/"

[articles]
path = "articles"

[feeds]
tombstones = true
"""
_TEXT = """\
---
title: "Version {version}"
excerpt: "About {name}"
publishedDateTime: 2024-01-02T03:04:05Z
originalUrl: https://example.org/{name}
published: true
topics:
  - {name}
---
A text of {name}, version {version}.
"""


class Outcome(NamedTuple):
    """What came of a run: saves, answers by what they were, and articles that do not show their last version.

    Answers are called "late" that lack an article whose editor was slower than the server waits.
    """

    saves: int
    answers: Counter[str]
    stale: list[str]

    def is_good(self) -> bool:
        """Return whether nobody ever got an answer without its article, and no save was missed."""
        return set(self.answers) - {"late"} == {"whole"} and not self.stale


def save_in_place(path: Path, text: bytes) -> None:
    """Empty the file, then write it, as most simple editors do."""
    path.write_bytes(text)


def save_by_name(path: Path, text: bytes) -> None:
    """Write another file, and give it the name."""
    other = path.with_name(f".{path.name}.tmp")
    other.write_bytes(text)
    other.replace(path)


def save_with_backup(path: Path, text: bytes) -> None:
    """Give the old file another name, then write a new one: for a moment, there is none."""
    backup = path.with_name(f"{path.name}~")
    path.replace(backup)
    path.write_bytes(text)
    backup.unlink()


def save_in_halves(path: Path, text: bytes) -> None:
    """Write a half, and the rest a moment later."""
    half = text[: 20 + len(text) * (time.monotonic_ns() % 7) // 10]
    path.write_bytes(half)
    time.sleep(_HALF_SECONDS)
    with path.open("ab") as file:
        file.write(text[len(half) :])


_WAYS: tuple[Callable[[Path, bytes], None], ...] = (
    save_in_place,
    save_by_name,
    save_with_backup,
    save_in_halves,
)


class Saving:
    """A server, the editors of its articles, and its readers."""

    def __init__(self, folder: Path) -> None:
        self._articles = folder / "articles"
        self._articles.mkdir()
        self._config = folder / "config.toml"
        self._config.write_text(_CONFIG)
        self._versions = dict.fromkeys((f"topic{n}" for n in range(_ARTICLES)), 0)
        for name in self._versions:
            save_by_name(self._path(name), self._text(name))
        self._stop = threading.Event()
        # By the name of the article and what they are.
        self._answers: Counter[tuple[str, str]] = Counter()
        self._late: set[str] = set()
        self._lock = threading.Lock()
        self._port = 0

    def run(self, seconds: float, saves: int) -> Outcome:
        """Save and read for some seconds and saves at least; then wait until every last version shows."""
        with (self._config.parent / "server.txt").open("w") as errors:
            server = subprocess.Popen(
                [sys.executable, "-m", "feeds", "--config", str(self._config), "run", "--port", "0"],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        try:
            self._port = _read_port(server)
            threads = [
                *(threading.Thread(target=self._edit, args=(n,)) for n in range(len(_WAYS))),
                *(threading.Thread(target=self._read, args=(n,)) for n in range(_READERS)),
            ]
            for thread in threads:
                thread.start()
            time.sleep(seconds)
            while sum(self._versions.values()) < saves and any(map(threading.Thread.is_alive, threads)):
                time.sleep(0.1)
            self._stop.set()
            for thread in threads:
                thread.join()
            return Outcome(sum(self._versions.values()), self._count_answers(), self._find_stale())
        finally:
            server.terminate()
            server.communicate()

    def _path(self, name: str) -> Path:
        return self._articles / f"{name}.md"

    def _text(self, name: str) -> bytes:
        return _TEXT.format(name=name, version=self._versions[name]).encode()

    def _edit(self, way: int) -> None:
        """Save the articles of one editor in one way, each in its turn."""
        names = list(self._versions)[way :: len(_WAYS)]
        pause = len(_WAYS) / _SAVES_PER_SECOND
        due = time.monotonic()
        while not self._stop.is_set():
            name = min(names, key=self._versions.__getitem__)
            self._versions[name] += 1
            text, began = self._text(name), time.monotonic()
            _WAYS[way](self._path(name), text)
            if _WAYS[way] is save_with_backup and time.monotonic() - began > _MISSING_SECONDS:
                self._late.add(name)
            due += pause
            time.sleep(max(due - time.monotonic(), 0))

    def _read(self, first: int) -> None:
        """Ask for the feeds of all topics again and again, in all formats."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)
        paths = [f"/topics/{name}.{ending}" for name in self._versions for ending in ("atom", "rss", "json")]
        turn = first * 7
        while not self._stop.is_set():
            path = paths[turn % len(paths)]
            turn += 1
            connection.request("GET", path)
            response = connection.getresponse()
            found = _judge(response.status, response.read(), path)
            with self._lock:
                self._answers[path.rpartition("/")[2].partition(".")[0], found] += 1
        connection.close()

    def _count_answers(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for (name, found), number in self._answers.items():
            counts["late" if found != "whole" and name in self._late else found] += number
        return counts

    def _find_stale(self) -> list[str]:
        """Return the articles whose feeds do not show their last version in the end."""
        deadline = time.monotonic() + _PATIENCE
        stale = list(self._versions)
        while stale and time.monotonic() < deadline:
            stale = [name for name in stale if not self._shows(name)]
            time.sleep(0.1)
        return stale

    def _shows(self, name: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)
        connection.request("GET", f"/topics/{name}.json")
        body = connection.getresponse().read()
        connection.close()
        titles = [item["title"] for item in json.loads(body)["items"]]
        return titles == [f"Version {self._versions[name]}"]


def _read_port(server: subprocess.Popen[str]) -> int:
    """Return the port that a server says it listens on."""
    line = server.stdout.readline() if server.stdout else ""
    address = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
    if address is None:
        raise RuntimeError(f"The server did not start: {line}")
    return int(address[1])


def _judge(status: int, body: bytes, path: str) -> str:
    """Return "whole" for an answer that has its article, else what it is."""
    if status != http.HTTPStatus.OK:
        return f"{status}"
    if b"deleted-entry" in body:
        return "a tombstone"
    sign = {"atom": b"<entry>", "rss": b"<item>", "json": b'"date_published"'}[path.rpartition(".")[2]]
    if sign not in body:
        return "empty"
    return "whole" if body.rstrip().endswith((b"</feed>", b"</rss>", b"}")) else "cut"


def measure(seconds: float, saves: int = 0) -> Outcome:
    """Return what came of a run in a temporary folder, of some seconds and saves at least."""
    with tempfile.TemporaryDirectory() as place:
        return Saving(Path(place)).run(seconds, saves)


def main() -> int:
    """Run, and print the figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    outcome = measure(seconds)
    answers = ", ".join(f"{number:,} {what}" for what, number in outcome.answers.most_common())
    print(f"{outcome.saves:,} saves in {seconds:.0f} s; answers: {answers}.")
    print(f"Not shown in the end: {', '.join(outcome.stale) or 'none'}.")
    return 0 if outcome.is_good() else 1


if __name__ == "__main__":
    sys.exit(main())
