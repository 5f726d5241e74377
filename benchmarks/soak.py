"""What load costs a server while articles are added, edited and removed: staleness, latency, memory.

    python benchmarks/soak.py [MINUTES [ARTICLES]]

wrk keeps the server busy. Other readers check each of their answers: its status, that it is
whole, and that it shows each edit that is older than the staleness that is reported. Whether
all answers are true, through restarts and kills, is for ``day.py``.
"""

from __future__ import annotations

import http.client
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import corpus

_PORT = 5510
_READERS = 4
_EDIT_SECONDS = 0.25
_ALIVE = 30
_PATHS = (
    "/all.atom",
    "/all.rss",
    "/topics/topic-0.atom",
    "/topics/topic-1.rss",
    "/feed.atom?topic=topic-1&topic=topic-2",
    "/topics/topic-3/",
    "/",
)
_ENDS = (b"</feed>", b"</rss>", b"</rss>\n", b"</html>", b"</html>\n")
_MB = 1024 * 1024


class Edit(NamedTuple):
    """What was done to an article: the title that shows it, and whether that must be there."""

    when: float
    name: str
    title: str


class Soak:
    """What the threads share. ``edits`` has the last edit of each article; an empty title is a removal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stop = threading.Event()
        self.edits: dict[str, Edit] = {}
        self.done = 0
        self.answers: dict[int, int] = {}
        self.problems: list[str] = []
        self.stalest = 0.0
        self.times: list[float] = []

    def edit(self) -> None:
        """Add, change and remove articles, each newer than all others."""
        chance = random.Random(1)
        alive: list[str] = []
        while not self.stop.wait(_EDIT_SECONDS):
            self.done += 1
            if len(alive) < _ALIVE or chance.random() < 0.4:  # noqa: PLR2004 - a share
                name = f"soak-{self.done}"
                alive.append(name)
                self._write(name)
            elif chance.random() < 0.5:  # noqa: PLR2004 - likewise
                self._write(chance.choice(alive))
            if len(alive) > _ALIVE:
                name = alive.pop(chance.randrange(len(alive)))
                (self.folder / f"{name}.md").unlink()
                self.edits[name] = Edit(time.monotonic(), name, "")

    def _write(self, name: str) -> None:
        title = f"{name} as of {self.done}"
        moment = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        text = f"---\ntitle: {title}\npublishedDateTime: {moment}\noriginalUrl: https://example.org/{name}\ntopics: [topic-1]\n---\n"
        (self.folder / f"{name}.md").write_text(text)
        self.edits[name] = Edit(time.monotonic(), name, title)

    def read(self) -> None:
        """Fetch documents and hold them against the edits."""
        chance = random.Random(threading.get_ident())
        while not self.stop.is_set():
            self._check_newest()
            self._check_whole(chance.choice(_PATHS))

    def _check_newest(self) -> None:
        edits = list(self.edits.values())
        asked = time.monotonic()
        status, body = self._get("/all.json")
        if status != http.client.OK:
            return
        titles = {item["title"].partition(" as of ")[0]: item["title"] for item in json.loads(body)["items"]}
        for edit in edits:
            if titles.get(edit.name, "") != edit.title and self.edits.get(edit.name) == edit:
                self.stalest = max(self.stalest, asked - edit.when)

    def _check_whole(self, path: str) -> None:
        status, body = self._get(path)
        if status == http.client.OK and not body.endswith(_ENDS):
            self.problems.append(f"{path}: torn")
        if status == http.client.OK and path.endswith((".atom", ".rss")):
            ET.fromstring(body)  # noqa: S314 - our own document

    def _get(self, path: str) -> tuple[int, bytes]:
        began = time.perf_counter()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", _PORT, timeout=30)
            connection.request("GET", path, headers={"Accept-Encoding": "identity"})
            response = connection.getresponse()
            body = response.read()
            connection.close()
        except OSError as error:
            self.problems.append(f"{path}: {error}")
            return 0, b""
        self.times.append(time.perf_counter() - began)
        self.answers[response.status] = self.answers.get(response.status, 0) + 1
        return response.status, body


def main() -> None:
    """Run for a number of minutes and print what was seen."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000  # noqa: PLR2004 - the second argument
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        config = corpus.configure(Path(name), number)
        command = [
            sys.executable,
            "-m",
            "feeds",
            "--config",
            str(config),
            "run",
            "--port",
            str(_PORT),
            "--no-access-log",
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
            assert server.stdout is not None  # noqa: S101 - it is a pipe
            server.stdout.readline()
            try:
                run(Soak(Path(name) / "articles"), server.pid, minutes * 60)
            finally:
                server.terminate()


def run(soak: Soak, server: int, seconds: float) -> None:
    """Let the threads work, and take the memory now and then."""
    threads = [
        threading.Thread(target=soak.edit),
        *(threading.Thread(target=soak.read) for _ in range(_READERS)),
    ]
    for thread in threads:
        thread.start()
    url = f"http://127.0.0.1:{_PORT}/all.atom"
    command = [
        "wrk",
        "-t1",
        "-c16",
        f"-d{seconds:.0f}s",
        "--latency",
        "-H",
        "Accept-Encoding: br",
        "-H",
        'If-None-Match: "x"',
        url,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as load:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            time.sleep(min(left, 30))
            print(f"{seconds - left:6.0f} s  memory {', '.join(memory(server))} MB", flush=True)
        text = load.communicate()[0]
    soak.stop.set()
    for thread in threads:
        thread.join()
    print(text)
    p99 = statistics.quantiles(soak.times, n=100)[98]
    print(f"{soak.done} edits; answers {soak.answers}; problems {soak.problems[:5] or 'none'}")
    print(f"stalest answer {soak.stalest:.2f} s; 99 % of the checked requests within {p99 * 1000:.0f} ms")


def memory(server: int) -> list[str]:
    """The resident memory of the server and its workers."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    pages = [
        int(Path(f"/proc/{process}/statm").read_text().split()[1]) for process in (str(server), *children)
    ]
    return [f"{count * 4096 / _MB:.0f}" for count in pages]


if __name__ == "__main__":
    main()
