"""A freeze into a folder against one into an object store, and of articles in one: moto's server, on this machine.

    python benchmarks/object_store.py [ARTICLES [ROUNDS]]

Each run is a whole process. The server keeps objects in the memory of its own process and takes one core for
longer than the freeze: seconds on the clock are mostly its own, those of cores are the freeze's alone.
Needs the packages of the tests. Works on a memory file system if there is one; prints a table of medians.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import corpus

from feeds.lib.storage.objects import Objects, map_side_by_side

_HERE = Path(__file__).parent
sys.path.insert(0, str(_HERE.parent / "tests"))
from object_stores import BUCKET, ENVIRONMENT, let_go  # noqa: E402 - it stands among the tests

_EDITED = "article-0000001.md"
_SERVER = """
import logging
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
logging.getLogger("werkzeug").setLevel(logging.INFO)
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


class Run(NamedTuple):
    """One process with those that it starts: seconds on the clock and of all cores; requests if there were any."""

    seconds: float
    cpu: float
    requests: Counter[str]


def main() -> None:
    """Measure all, and print the table."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3  # noqa: PLR2004 - the second argument
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    found: dict[str, list[Run]] = {}
    with tempfile.TemporaryDirectory(dir=memory) as name:
        folder = Path(name)
        config = corpus.configure(folder, number, corpus.FEEDS_ALONE)
        for turn in range(rounds):
            for situation, run in measured(folder, config, turn):
                found.setdefault(situation, []).append(run)
                print(f"{situation}: {run.seconds:.2f} s, {run.cpu:.2f} s of cores", file=sys.stderr)
    print(f"| {number:,} articles | seconds | of cores | requests |\n| --- | ---: | ---: | --- |")
    for situation, runs in found.items():
        seconds = statistics.median(run.seconds for run in runs)
        cpu = statistics.median(run.cpu for run in runs)
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(runs[-1].requests.items()))
        print(f"| {situation} | {seconds:.2f} | {cpu:.2f} | {kinds} |")


def measured(folder: Path, config: Path, turn: int) -> Iterator[tuple[str, Run]]:
    """Each situation once, in a folder and in a store; first freezes begin without an index."""
    article = next((folder / "articles").rglob(_EDITED))
    shutil.rmtree(folder / "build", ignore_errors=True)
    with store() as log:
        for place, requests in (("a folder", None), ("a bucket", log)):
            shutil.rmtree(folder / ".feeds", ignore_errors=True)
            yield f"{place}, first", freeze(config, requests)
            yield f"{place}, nothing changed", freeze(config, requests)
            edit(article, f"Edited {turn}, {place}")
            yield f"{place}, one article changed", freeze(config, requests)
        # From here on, the articles are in the store, too.
        shutil.rmtree(folder / "build")
        shutil.rmtree(folder / ".feeds")
        fill(folder / "articles")
        remote = folder / "remote.toml"
        remote.write_text(config.read_text().replace('"articles"', f'"s3://{BUCKET}/articles"'))
        yield "articles in a bucket, first", freeze(remote, log, to_store=False)
        yield "articles in a bucket, nothing changed", freeze(remote, log, to_store=False)
        edit(article, f"Edited {turn}, there")
        fill(article.parent, article.name)
        yield "articles in a bucket, one article changed", freeze(remote, log, to_store=False)


def fill(folder: Path, only: str = "*.md") -> None:
    """Put articles into the store."""
    root = next(parent for parent in (folder, *folder.parents) if parent.name == "articles")
    objects = Objects(f"s3://{BUCKET}/articles")

    def put(path: Path) -> None:
        objects.put(path.relative_to(root).as_posix(), path.read_bytes(), {})

    for _ in map_side_by_side(put, folder.rglob(only)):
        pass


def freeze(config: Path, log: Path | None, *, to_store: bool = True) -> Run:
    """One freeze; into the store if there is a log of its requests, unless it only reads there."""
    command = [sys.executable, "-m", "feeds", "--config", str(config), "freeze"]
    before = len(log.read_text().splitlines()) if log else 0
    if log and to_store:
        command += ["--output", f"s3://{BUCKET}/build"]
    began, spent = time.perf_counter(), children()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds, cpu = time.perf_counter() - began, children() - spent
    lines = log.read_text().splitlines()[before:] if log else []
    return Run(seconds, cpu, Counter(map(kind, lines)))


def children() -> float:
    """Seconds of all cores that processes have taken which this one has waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def kind(line: str) -> str:
    """What a line of the server's log asked for."""
    request = re.search(r"[A-Z]+(?= /)", line)
    return "LIST" if "list-type" in line else request[0] if request else "other"


def edit(article: Path, title: str) -> None:
    """Give an article another title."""
    lines = article.read_text().splitlines()
    lines[1] = f'title: "{title}"'
    article.write_text("\n".join(lines) + "\n")


class Moto:
    """The server. It ends with this process, whose pipe it reads; ``log`` gets a line for each request."""

    def __init__(self, log: Path) -> None:
        """Start it, and wait until it listens."""
        environment = {**os.environ, **ENVIRONMENT}
        with log.open("w") as stream:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-c", _SERVER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                env=environment,
                text=True,
            )
        self.port = int(self._process.stdout.readline()) if self._process.stdout else 0

    def stop(self) -> None:
        """End the process."""
        self._process.communicate(timeout=30)


@contextmanager
def store() -> Iterator[Path]:
    """A server with an empty bucket, and the log of its requests."""
    with tempfile.NamedTemporaryFile() as log:
        server = Moto(Path(log.name))
        url = f"http://127.0.0.1:{server.port}"
        os.environ.update(ENVIRONMENT, AWS_ENDPOINT_URL=url)
        urllib.request.urlopen(urllib.request.Request(f"{url}/{BUCKET}", method="PUT"))  # noqa: S310 - our own address
        try:
            yield Path(log.name)
        finally:
            let_go()
            server.stop()


if __name__ == "__main__":
    main()
