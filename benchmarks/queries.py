"""The memory of a worker while ten thousand distinct queries are asked for.

python benchmarks/queries.py [ARTICLES]
"""

from __future__ import annotations

import http.client
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import corpus
from soak import memory

_PORT = 5520
_SELECTIONS = 10_000
_STEPS = 10


def main() -> None:
    """Ask, and print the memory now and then."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        config = corpus.configure(Path(name), number, "\n[server]\nworkers = 1\n")
        options = ["run", "--port", str(_PORT), "--no-access-log"]
        command = [sys.executable, "-m", "feeds", "--config", str(config), *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
            assert server.stdout is not None  # noqa: S101 - it is a pipe
            server.stdout.readline()
            try:
                ask(server.pid)
            finally:
                server.terminate()


def ask(server: int) -> None:
    """Ten thousand selections, each with a tag of its own, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", _PORT)
    began = time.perf_counter()
    for n in range(_SELECTIONS):
        if n % (_SELECTIONS // _STEPS) == 0:
            print(f"{n:6} selections  memory {', '.join(memory(server))} MB", flush=True)
        path = f"/feed.atom?topic=topic-{n % 100}&min_quality={n // 100}"
        connection.request("GET", path, headers={"Accept-Encoding": "br", "If-None-Match": f'"{n}"'})
        response = connection.getresponse()
        response.read()
        assert response.status == http.client.OK, path  # noqa: S101 - what is measured
    each = (time.perf_counter() - began) / _SELECTIONS
    print(f"{_SELECTIONS:6} selections  memory {', '.join(memory(server))} MB, {each * 1000:.1f} ms each")


if __name__ == "__main__":
    main()
