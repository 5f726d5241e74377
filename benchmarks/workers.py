"""Reading all articles: by processes of its own, by a cluster of this machine, and by one that runs already.

    python benchmarks/workers.py [ARTICLES [ROUNDS [FOLDER]]]

Each run is a whole process that begins without an index and ends when it is written: that is what a cluster
can do of a first freeze. The three take turns; both clusters have two workers. Works in FOLDER, by default on
a memory file system, and prints a table of medians.
"""

from __future__ import annotations

import json
import os
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
from feeds.site import open_site
from feeds.sync.cluster import Cluster
from feeds.sync.cluster.address import Address
from feeds.config import load
from feeds.sync.mappers import map_by_size

if __name__ == "__main__":
    with Cluster(Address.parse(sys.argv[2])) if sys.argv[2] else nullcontext() as mapper:
        open_site(load(sys.argv[1]), datetime.now(UTC), mapper=mapper or map_by_size)
"""
_SCHEDULER = """
import json, logging, sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL,
        memory_limit=None, local_directory=sys.argv[1],
    ) as cluster:
        workers = [nanny.pid for nanny in cluster.workers.values()]
        print(json.dumps([cluster.scheduler_address, workers]), flush=True)
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
    found: dict[str, list[Run]] = defaultdict(list)
    with tempfile.TemporaryDirectory(dir=base) as folder, use_scheduler(Path(folder)) as (address, pids):
        config = corpus.configure(Path(folder), number)
        for _ in range(rounds):
            for name, where in (("processes", ""), ("`local:2`", "local:2"), ("a scheduler", address)):
                found[name].append(_run(config, where, pids))
        print(_table(found, number))


@contextmanager
def use_scheduler(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """Lend the address of a scheduler that runs meanwhile, its process and those of its two workers."""
    script = folder / "scheduler.py"
    script.write_text(_SCHEDULER)
    command = [sys.executable, str(script), str(folder / "scratch")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        address, workers = json.loads(process.stdout.readline())
        yield address, [process.pid, *workers]
        process.communicate()


def _run(config: Path, where: str, pids: list[int]) -> Run:
    shutil.rmtree(config.parent / ".feeds", ignore_errors=True)
    script = config.parent / "reading.py"
    script.write_text(_READING)
    before, started = _cpu(pids), time.perf_counter()
    subprocess.run([sys.executable, str(script), str(config), where], check=True)
    return Run(time.perf_counter() - started, _cpu(pids) - before)


def _cpu(pids: list[int]) -> float:
    """Seconds of all cores that ended processes have used so far, and those that run meanwhile."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticks = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13] for pid in pids]
    running = sum(int(tick) for pair in ticks for tick in pair) / os.sysconf("SC_CLK_TCK")
    return ended.ru_utime + ended.ru_stime + running


def _table(found: dict[str, list[Run]], number: int) -> str:
    lines = [f"| {number:,} articles | on the clock | of all cores |", "| --- | ---: | ---: |"]
    for name, runs in found.items():
        wall, cpu = (statistics.median(run[column] for run in runs) for column in (0, 1))
        lines.append(f"| {name} | {wall:.1f} s | {cpu:.1f} s |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
