"""Opens a cluster, and says in sentences why one cannot be used."""

from __future__ import annotations

import logging
import re
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import NoReturn

import dask
from distributed import Client, LocalCluster
from distributed.security import Security
from msgspec import Struct

from feeds.errors import ClusterError

# Seconds for which a scheduler may be silent.
_SCHEDULER_WAIT = 20
# Dask's web pages show logs and stacks to anybody who asks; without routes, nothing is answered.
_NO_PAGES: dict[str, list[object]] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


@contextmanager
def open_client(address: Address) -> Iterator[Client]:
    """A client of a cluster. Raises :class:`ClusterError` where there is none."""
    with _silence_dask(), ExitStack() as stack:
        yield _connect(address, stack)


def _connect(address: Address, stack: ExitStack) -> Client:
    try:
        where = (
            stack.enter_context(_start_local_cluster(address.processes))
            if address.processes
            else str(address)
        )
        with _limit_seconds(_SCHEDULER_WAIT):
            client = Client(where, timeout=_SCHEDULER_WAIT, set_as_default=False)
        return stack.enter_context(client)
    except OSError:
        raise ClusterError(
            f"{address}: no scheduler answers. Is it running, does it speak TLS, and can it be reached from here?"
        ) from None
    except (RuntimeError, TypeError, ValueError) as error:
        raise ClusterError(f"{address}: the cluster cannot be used: {error}") from None


@contextmanager
def _start_local_cluster(processes: int) -> Iterator[LocalCluster]:
    """A cluster of this machine's processes. Nobody else can use it: it speaks TLS with keys of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="feeds-cluster-") as folder,
        dask.config.set({**_NO_PAGES, "temporary-directory": folder}),
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
    """Raise :class:`TimeoutError` after so long: Dask waits for good for who takes a call and says nothing."""
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
    """Let Dask neither log nor warn: what matters of it is raised, or looked at more strictly."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


_SCHEDULER = re.compile(r"(tcp|tls)://[^\s/@]+:\d{1,5}/?")
_LOCAL = re.compile(r"local:([1-9]\d{0,2})")


class Address(Struct, frozen=True):
    """A scheduler's address, or a number of processes on this machine."""

    text: str
    processes: int = 0

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``tcp://HOST:PORT``, ``tls://HOST:PORT`` or ``local:N``.

        Raises :class:`ClusterError` where it is none of them, and where Dask is not installed.
        """
        local = _LOCAL.fullmatch(text)
        if local is None and not _SCHEDULER.fullmatch(text):
            raise ClusterError(
                f'--cluster: "{text}" is no address of a cluster. Write the scheduler\'s, such as'
                " tcp://scheduler:8786 or tls://scheduler:8786, or local:4 for four processes of this machine."
            )
        if find_spec("distributed") is None:
            raise ClusterError("--cluster needs Dask, which is not installed: pip install 'feeds[dask]'.")
        return cls(text, int(local[1]) if local else 0)
