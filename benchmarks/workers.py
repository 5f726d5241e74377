"""A first freeze with processes of its own, with a cluster of this machine, and with one that runs already.

    python benchmarks/workers.py [ARTICLES [ROUNDS [FOLDER]]]

Each run is a whole process that begins without an index. "Reading" ends when the index is written, "the
freeze" when all files are. The three take turns; both clusters have two workers. Works in FOLDER, by
default on a memory file system, and prints a table of medians.
"""

from __future__ import annotations

import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import corpus

# Reads all articles by the cluster that is named, or without one.
_READING = """
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from feeds.app import open_site
from feeds.cluster import Address, Cluster
from feeds.config import load
from feeds.pools import by_size

if __name__ == "__main__":
    with Cluster(Address.parse(sys.argv[2])) if sys.argv[2] else nullcontext() as mapper:
        open_site(load(sys.argv[1]), datetime.now(UTC), mapper=mapper or by_size)
"""
_SCHEDULER = """
import logging, sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL,
        memory_limit=None, local_directory=sys.argv[1],
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


class Run(NamedTuple):
    """One process and what it started: seconds on the clock, seconds of all cores."""

    wall: float
    cpu: float


def main() -> None:
    """Write articles, let all take turns, print the table."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3  # noqa: PLR2004 - the second argument
    base = sys.argv[3] if len(sys.argv) > 3 else "/dev/shm"  # noqa: PLR2004 - the third one
    found: dict[tuple[str, str], list[Run]] = defaultdict(list)
    with tempfile.TemporaryDirectory(dir=base) as folder, _scheduler(Path(folder)) as address:
        config = corpus.configure(Path(folder), number)
        for _ in range(rounds):
            for name, where in (("processes", ""), ("`local:2`", "local:2"), ("a scheduler", address)):
                for step, command in _steps(config, where):
                    _forget(config.parent)
                    found[name, step].append(_run(command, config.parent))
        print(_table(found, number))


def _steps(config: Path, where: str) -> Iterator[tuple[str, list[str]]]:
    script = config.parent / "reading.py"
    script.write_text(_READING)
    yield "reading", [sys.executable, str(script), str(config), where]
    freeze = [sys.executable, "-m", "feeds", "--config", str(config), "freeze", "--json"]
    yield "freeze", [*freeze, *(["--cluster", where] if where else [])]


@contextmanager
def _scheduler(folder: Path) -> Iterator[str]:
    """The address of a scheduler that runs meanwhile, with two workers."""
    script = folder / "scheduler.py"
    script.write_text(_SCHEDULER)
    command = [sys.executable, str(script), str(folder / "scratch")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        yield process.stdout.readline().strip()
        process.communicate()


def _forget(folder: Path) -> None:
    for name in (".feeds", "build"):
        shutil.rmtree(folder / name, ignore_errors=True)


def _run(command: list[str], folder: Path) -> Run:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if "freeze" in command and not json.loads(result.stdout)["written"]:
        raise SystemExit(f"nothing was written by {command}")
    return Run(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _table(found: dict[tuple[str, str], list[Run]], number: int) -> str:
    names = list(dict.fromkeys(name for name, _ in found))
    lines = [
        f"| {number:,} articles | reading | cores' seconds | the freeze | cores' seconds |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name in names:
        cells = [
            f"{statistics.median(getattr(run, what) for run in found[name, step]):.1f} s"
            for step in ("reading", "freeze")
            for what in ("wall", "cpu")
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
