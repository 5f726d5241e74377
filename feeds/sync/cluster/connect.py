"""Open a cluster, and say in sentences why one cannot be used."""

from __future__ import annotations

import logging
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NoReturn

import dask
from distributed import Client, LocalCluster
from distributed.security import Security

from feeds.errors import ClusterError
from feeds.sync.cluster.address import Address

# A worker that has ended begins again; after this time, Dask takes it for lost, and starts no other one.
_LOST_WORKER = "5 minutes"
# Dask's web pages show logs and stacks to anybody who asks; without routes, nothing is answered.
_NO_PAGES: dict[str, list[object]] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


@contextmanager
def open_client(address: Address, seconds: int) -> Iterator[Client]:
    """Lend a client of a cluster whose scheduler answers within some seconds.

    Raises :class:`ClusterError` if the cluster cannot be used.
    """
    with _silence_dask(), ExitStack() as stack:
        yield _connect(address, seconds, stack)


def _connect(address: Address, seconds: int, stack: ExitStack) -> Client:
    try:
        where = (
            stack.enter_context(_start_local_cluster(address.processes))
            if address.processes
            else str(address)
        )
        with _limit_seconds(seconds):
            client = Client(where, timeout=seconds, set_as_default=False)
        return stack.enter_context(client)
    except OSError:
        raise ClusterError(
            f"{address}: no scheduler answers. Is it running, does it speak TLS, and can it be reached from here?"
        ) from None
    except (RuntimeError, TypeError, ValueError) as error:
        raise ClusterError(f"{address}: the cluster cannot be used: {error}") from None


@contextmanager
def _start_local_cluster(processes: int) -> Iterator[LocalCluster]:
    """Start a cluster of processes on this machine, which nobody else can use.

    It speaks TLS with its own keys.
    """
    with (
        tempfile.TemporaryDirectory(prefix="feeds-cluster-") as folder,
        dask.config.set(
            {
                **_NO_PAGES,
                "temporary-directory": folder,
                "distributed.deploy.lost-worker-timeout": _LOST_WORKER,
            }
        ),
        LocalCluster(
            n_workers=processes,
            threads_per_worker=1,
            host="127.0.0.1",
            security=Security.temporary(),
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            memory_limit=None,
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        yield cluster


@contextmanager
def _limit_seconds(seconds: int) -> Iterator[None]:
    """Raise :class:`TimeoutError` after N seconds.

    Dask waits forever for a peer that accepts the connection and never answers.
    """
    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, _raise_timeout)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _raise_timeout(*_signal: object) -> NoReturn:
    raise TimeoutError


@contextmanager
def _silence_dask() -> Iterator[None]:
    """Let Dask neither log nor warn: what matters is raised, or checked more strictly."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)
