"""What nginx and several nodes cost and bear: requests a second, a node that is killed, a published article.

    python benchmarks/nodes.py [SECONDS]

Needs wrk, nginx and PostgreSQL. Three nodes of one worker each, PostgreSQL and nginx share the first core, wrk has
the second: so this is what the way through nginx costs, and not how many requests more nodes answer. That is given
as time of the processor, which is the same where other programs take turns; each round measures all in turn.
"""

from __future__ import annotations

import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple

import corpus

sys.path.append(str(Path(__file__).resolve().parents[1] / "examples" / "nodes"))

from cluster import Cluster
from run import ask, publish

_ARTICLES = 2_000
_ROUNDS = 3
_FEED = "/all.atom"
_EDITS = 10
_CONNECTIONS = 64


class Load(NamedTuple):
    """What wrk counted: requests, and those that failed."""

    requests: int
    failed: int


def main() -> None:
    """Measure and print."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    # What is started from here on stays on the first core.
    os.sched_setaffinity(0, {0})
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        corpus.write(Path(name) / "articles", _ARTICLES)
        with Cluster(Path(name)) as cluster:
            publish(cluster, "ready")
            compare(cluster, seconds)
            kill(cluster, 2 * seconds)
            edit(cluster, 6 * seconds)


def compare(cluster: Cluster, seconds: int) -> None:
    """What a request costs, of one node alone, and of three behind nginx."""
    found: dict[tuple[str, str], list[float]] = {}
    for _ in range(_ROUNDS):
        for place, port in (("one node", cluster.ports[0]), ("nginx, three nodes", cluster.port)):
            for case in ("304", "gzip"):
                before = spent()
                requests = load(port, case, seconds).requests
                found.setdefault((place, case), []).append((spent() - before) / requests)
    for (place, case), costs in found.items():
        print(f"{place:20}{case:6}{statistics.median(costs) * 1e6:>6.0f} µs for a request", flush=True)


def spent() -> float:
    """Seconds of a core that all that was started has taken, and is still there."""
    parents, times = {}, {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = file.read_text().partition(") ")
            fields = rest.split()
            parents[int(file.parent.name)] = int(fields[1])
            times[int(file.parent.name)] = 0 if name.endswith("(wrk") else int(fields[11]) + int(fields[12])
    ours = {os.getpid()}
    while grown := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= grown
    return sum(times[pid] for pid in ours - {os.getpid()}) / os.sysconf("SC_CLK_TCK")


def kill(cluster: Cluster, seconds: int) -> None:
    """Each node is killed and started again, one after the other, under load."""

    def one_by_one() -> None:
        for number in range(len(cluster.ports)):
            cluster.kill(number)
            cluster.restart(number)

    killer = threading.Thread(target=one_by_one)
    killer.start()
    totals = [load(cluster.port, "gzip", seconds)]
    while killer.is_alive():
        totals.append(load(cluster.port, "gzip", seconds))
    requests, failed = sum(t.requests for t in totals), sum(t.failed for t in totals)
    print(
        f"three nodes killed in turn: {requests:,} requests, {failed} failed",
        flush=True,
    )


def edit(cluster: Cluster, seconds: int) -> None:
    """Articles are published under load."""
    loading = threading.Thread(target=load, args=(cluster.port, "304", seconds))
    loading.start()
    times = [max(publish(cluster, f"edit-{number}")) for number in range(_EDITS)]
    loading.join()
    print(f"served by all nodes: median {statistics.median(times):.2f} s, longest {max(times):.2f} s")


def load(port: int, case: str, seconds: int) -> Load:
    """What wrk sees of a feed."""
    tag = ask(port, _FEED)[0].etag or ""
    wishes = {"Accept-Encoding": "gzip", **({"If-None-Match": tag} if case == "304" else {})}
    options = [option for name, value in wishes.items() for option in ("-H", f"{name}: {value}")]
    command = [
        "taskset",
        "-c",
        "1",
        "wrk",
        "-t1",
        f"-c{_CONNECTIONS}",
        f"-d{seconds}s",
        "--latency",
        *options,
    ]
    text = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{_FEED}"], check=True, capture_output=True, text=True
    ).stdout
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    failed = sum(map(int, errors.groups())) if errors else 0
    return Load(
        int(_number(r"(\d+) requests in", text)),
        failed + (int(refused[1]) if refused else 0),
    )


def _number(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(text)
    return found[1]


if __name__ == "__main__":
    main()
