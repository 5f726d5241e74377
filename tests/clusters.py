"""Dask clusters for tests: a scheduler and workers, each in its own process on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from waiting import PATIENCE, is_running

# Starts a cluster with the arguments that it gets, prints its address, and closes it on SIGTERM. Meanwhile it writes
# down which workers it knows to have started: it starts no other one in the place of one that ends before.
SCRIPT = """
import json, logging, os, signal, sys, time
from distributed import LocalCluster
from distributed.core import Status

if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    with LocalCluster(
        threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
        memory_limit=None, silence_logs=logging.CRITICAL, **given,
    ) as cluster:
        workers = [nanny.pid for nanny in cluster.workers.values()]
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        print(json.dumps([cluster.scheduler_address, workers]), flush=True)
        while True:
            for nanny in list(cluster.workers.values()):
                process = nanny.process
                if process is not None and process.status == Status.running:
                    open(os.path.join("known", str(process.pid)), "w").close()
            time.sleep(0.1)
"""


# What Dask measures of itself all the time takes a tenth of a core, and no test asks for it. By itself, it gives up
# for good a worker that has ended and has not begun again after 15 seconds: it has to load Dask.
_SETTINGS = {
    "DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT": f"{PATIENCE:.0f}s",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "false",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "10s",
}


class Dask:
    """A scheduler with workers. ``given`` is for :class:`distributed.LocalCluster`.

    If a worker ends, another one gets its task, until ``failures`` workers have ended with it.
    """

    def __init__(self, folder: Path, workers: int = 2, failures: int = 3, **given: object) -> None:
        script = folder / "cluster.py"
        script.write_text(SCRIPT)
        (folder / "known").mkdir()
        given = {"n_workers": workers, "local_directory": str(folder / "scratch"), **given}
        self.process = subprocess.Popen(
            [sys.executable, str(script), json.dumps(given)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, **_SETTINGS, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(failures)},
        )
        assert self.process.stdout is not None
        self.address, self.workers = json.loads(self.process.stdout.readline())

    @property
    def living(self) -> list[int]:
        """The first workers, without those that have ended since."""
        return [pid for pid in self.workers if is_running(pid)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def kill(self) -> None:
        """Kill the scheduler; its workers end when they notice."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self) -> None:
        """Close the cluster in order."""
        self.process.terminate()
        self.process.wait(PATIENCE)
