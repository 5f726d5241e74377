"""Clusters of Dask for tests: a scheduler and workers, each a process of its own on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

# Starts a cluster by the arguments that it gets, says where it is, and ends when nobody needs it.
SCRIPT = """
import json, logging, sys
from distributed import LocalCluster
from distributed.security import Security

if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    if tls := given.pop("tls", None):
        given["security"] = Security(require_encryption=True, **tls)
    with LocalCluster(
        threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
        memory_limit=None, silence_logs=logging.CRITICAL, **given,
    ) as cluster:
        workers = [nanny.pid for nanny in cluster.workers.values()]
        print(json.dumps([cluster.scheduler_address, workers]), flush=True)
        sys.stdin.read()
"""


class Dask:
    """A scheduler with workers. ``given`` is for :class:`distributed.LocalCluster`; ``tls`` are files of keys.

    What a worker does is given to another until ``failures`` of them ended with it.
    """

    def __init__(self, folder: Path, workers: int = 2, failures: int = 3, **given: object) -> None:
        script = folder / "cluster.py"
        script.write_text(SCRIPT)
        given = {"n_workers": workers, "local_directory": str(folder / "scratch"), **given}
        self.process = subprocess.Popen(
            [sys.executable, str(script), json.dumps(given)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(failures)},
        )
        assert self.process.stdout is not None
        self.address, self.workers = json.loads(self.process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.communicate(timeout=30)
