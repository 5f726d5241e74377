"""Run the application on granian: workers answer, and a thread syncs."""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import resource_tracker
from typing import Any, NamedTuple

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from feeds.config import load_servable
from feeds.config.schema import Config
from feeds.site import Site
from feeds.web.listening import SOCKET_MODE, Listening
from feeds.web.monitoring import Monitoring, SmallServer, monitor_at
from feeds.web.shared_counts import SharedCounts
from feeds.web.starting import StartingServer
from feeds.web.supervisor import Supervisor, call_after_exit
from feeds.web.worker_process import WorkerLoader

# Threads of a worker. Half of them may make documents; cached ones are answered in next to no time by any.
_THREADS = 8
_BACKLOG = 1024
# A client may open connections and send nothing, or a request byte by byte. These limits of each worker leave
# room for others: the connections, how long each may take for its headers, and how many bytes a request has.
_CONNECTIONS, _OTHER_FILES = 4096, 100
# A client that does not read has its answers buffered. A worker that takes more memory than this, beside its
# cache, is replaced.
_WORKER_MB, _LOOK_AT_MEMORY_SECONDS = 1024, 5
_HTTP1 = HTTP1Settings(header_read_timeout=10_000, max_buffer_size=32_768)
# SIGTERM is granian's: workers are ended with it, too. The last two would end the server if nobody took them.
_OUR_SIGNALS = {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2}
_START_SECONDS = 60.0
_POLL_SECONDS = 0.05
_GRACE_SECONDS = 10
# Whatever is more than 0 has _Server keep an old worker until its successor listens; then it may go at once.
_TAKEOVER_SECONDS = 0.01


class ConfigSource(NamedTuple):
    """The file of the configuration, and what the command line says in its place."""

    path: str
    base_url: str | None = None

    def read(self) -> Config:
        """Load the configuration, without the curators' files.

        Raises :class:`feeds.errors.ConfigError`.
        """
        return load_servable(self.path, self.base_url)


class Reporter(NamedTuple):
    """Who hears of a running server: that it is ready, and what goes wrong."""

    ready: Callable[[], None]
    say: Callable[[str], None]


def serve(  # noqa: PLR0913 - where, what and for whom
    site: Site,
    source: ConfigSource,
    at: Listening,
    reporter: Reporter,
    starting: StartingServer,
    *,
    monitored_at: Listening | None = None,
    log: bool,
) -> None:
    """Serve a site until told to stop; ``log`` prints a line for each request.

    ``starting`` answers until a worker does. ``monitored_at`` is the one address for ``/healthz`` and
    ``/metrics``; without it, the workers answer.

    After SIGHUP or a change of the configuration, new workers take over from the old ones. If
    workers end one after the other, granian gives up and exits with 1. SIGUSR1 and SIGUSR2 change
    nothing.
    """
    _prepare_process()
    config = site.publisher.config
    counts = SharedCounts()
    loader = WorkerLoader(config, counts, log=log, monitored=monitored_at is None, telling=starting.telling)
    server = _make_server(at, config, starting)
    supervisor = Supervisor(site, source.read, partial(_reload, server, loader), reporter.say)
    # Before there are threads: it may have to wait for the process that has the address.
    starting.make_way()
    supervisor.start()
    begun = threading.Event()
    monitoring = _monitor(monitored_at, at, supervisor, counts, begun) if monitored_at else None
    for target, args in (
        (_announce, (at, starting, reporter.ready, begun)),
        (_handle_signals, (server.signal_handler_reload, server.signal_handler_interrupt)),
    ):
        threading.Thread(target=target, args=args, daemon=True).start()
    # As in a worker: modules are no garbage.
    gc.freeze()
    try:
        server.serve(target_loader=loader, wrap_loader=False)
    except SystemExit:
        # The workers may have been told to end as well, and have ended first: that is no failure.
        if not server.interrupt_signal:
            raise
    finally:
        supervisor.stop()
        at.close()
        if monitoring is not None:
            monitoring.stop()


def _prepare_process() -> None:
    """Set how processes are started, and that one thread alone gets our signals."""
    # Forked workers would inherit the locks of threads and the connections to the database.
    multiprocessing.set_start_method("spawn", force=True)
    # It unblocks SIGINT where it is started, so it has to be before the next line.
    resource_tracker.ensure_running()
    # All threads and processes that are started from now on leave these signals to one thread.
    signal.pthread_sigmask(signal.SIG_BLOCK, _OUR_SIGNALS)


def _make_server(at: Listening, config: Config, starting: StartingServer) -> _Server:
    server = _Server(
        "feeds",
        address=at.host,
        port=at.port,
        uds=at.path,
        uds_permissions=SOCKET_MODE if at.path else None,
        interface=Interfaces.WSGI,
        # Without TLS nobody uses HTTP/2, except to send a thousand requests over one connection.
        http=HTTPModes.http1,
        workers=config.server.workers or os.cpu_count() or 1,
        blocking_threads=_THREADS,
        backlog=_BACKLOG,
        backpressure=_limit_connections(),
        http1_settings=_HTTP1,
        workers_max_rss=config.server.memory + _WORKER_MB,
        rss_sample_interval=_LOOK_AT_MEMORY_SECONDS,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        respawn_interval=_TAKEOVER_SECONDS,
        workers_kill_timeout=_GRACE_SECONDS,
    )
    server.starting = starting
    return server


def _reload(server: _Server, loader: WorkerLoader, config: Config, done: Callable[[], None]) -> None:
    """Have new workers take over with a configuration; ``done``: the old ones ended."""
    loader.config = config
    old = [pid for worker in server.wrks if (pid := getattr(worker.inner, "pid", None))]
    call_after_exit(old, done)
    os.kill(os.getpid(), signal.SIGHUP)


class _Server(Granian):  # type: ignore[misc, valid-type] # it is one class or another
    """Keeps an old worker until its successor listens, however long that takes.

    By itself, Granian ends the old one after a time: on a busy machine, nobody would answer for a while.
    """

    starting: StartingServer
    _is_taking_over = False

    def _respawn_workers(self, *arguments: Any, delay: float = 0) -> None:
        # Without a delay, the old ones have ended before.
        self._is_taking_over = delay > 0
        try:
            super()._respawn_workers(*arguments, delay=delay)
        finally:
            self._is_taking_over = False

    def _spawn_worker(self, *arguments: Any, **options: Any) -> Any:
        worker = super()._spawn_worker(*arguments, **options)
        if self._is_taking_over:
            worker.start = partial(self._start_and_wait, worker, worker.start)
        return worker

    def _start_and_wait(self, worker: Any, start: Callable[[], None]) -> None:
        start()
        end = time.monotonic() + _START_SECONDS

        def goes_on() -> bool:
            return worker.is_alive() and not self.interrupt_signal and time.monotonic() < end

        self.starting.wait_for_worker(worker.inner.pid, goes_on)


def _monitor(
    monitored_at: Listening,
    at: Listening,
    supervisor: Supervisor,
    counts: SharedCounts,
    begun: threading.Event,
) -> SmallServer:
    """Answer for ``/healthz`` and ``/metrics`` here, where all workers' counts are."""

    def is_serving() -> bool:
        if not begun.is_set():
            return False
        try:
            at.connect()
        except OSError:
            return False
        return True

    from feeds.web.metrics import Metrics

    metrics = Metrics(supervisor.find_publisher, counts=counts)
    return monitor_at(monitored_at, Monitoring(supervisor.find_publisher, metrics.export, is_serving))


def _handle_signals(reload: Callable[[], object], stop: Callable[[], object]) -> None:
    """Act on signals that reach all processes of the group; workers follow this one."""
    while True:
        received = signal.sigwait(_OUR_SIGNALS)
        if received == signal.SIGHUP:
            reload()
        elif received in (signal.SIGINT, signal.SIGQUIT):
            stop()


def _limit_connections() -> int:
    """Return how many connections a worker takes: fewer than the files it may open.

    If the soft limit of files is low, raise it as far as the hard limit allows.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        # Workers inherit the limit.
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(_CONNECTIONS, max(1, soft - _OTHER_FILES)) if soft > 0 else _CONNECTIONS


def _announce(
    at: Listening, starting: StartingServer, ready: Callable[[], None], begun: threading.Event
) -> None:
    """Wait until a worker accepts connections, then report that the server is ready."""
    starting.wait()
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            at.connect()
        except OSError:
            time.sleep(_POLL_SECONDS)
        else:
            begun.set()
            ready()
            return
