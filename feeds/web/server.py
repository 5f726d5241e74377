"""Run the application on granian: worker processes that answer, and a thread that syncs."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from feeds.config.schema import Config
from feeds.errors import FeedsError
from feeds.index.open import is_filled, open_index
from feeds.lib.processes import end_with_parent
from feeds.lib.storage.files import replace_file
from feeds.publisher.snapshot import Publisher
from feeds.site import Site
from feeds.web.app import load_servable
from feeds.web.supervisor import Supervisor

if TYPE_CHECKING:
    from flask import Flask

# Threads of a worker that make documents; cached ones are answered in next to no time.
_THREADS = 4
_BACKLOG = 1024
# A client may open connections and send nothing, or a request byte by byte. These limits of each worker leave
# room for others: the connections, how long each may take for its headers, and how many bytes a request has.
_CONNECTIONS, _OTHER_FILES = 4096, 100
# A client that does not read has its answers buffered. A worker that takes more memory than this, beside its
# cache, is replaced.
_WORKER_MB, _LOOK_AT_MEMORY_SECONDS = 1024, 5
_HTTP1 = HTTP1Settings(header_read_timeout=10_000, max_buffer_size=32_768)
_STDOUT = 1
_CONFIG_NAME = "config.msgpack"
MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
_START_SECONDS = 60.0
_POLL_SECONDS = 0.05
_GRACE_SECONDS = 10
# A new worker answers after less than a second; then the old one may go.
_TAKEOVER_SECONDS = 2.0


class Source(NamedTuple):
    """The file of the configuration, and what the command line says in its place."""

    path: str
    base_url: str | None = None

    def read(self) -> Config:
        """Load the configuration, without the curators' files. Raises :class:`feeds.errors.ConfigError`."""
        return load_servable(self.path, self.base_url)


class Reporter(NamedTuple):
    """Who hears of a running server: that it is ready, and, in sentences, what goes wrong."""

    ready: Callable[[], None]
    say: Callable[[str], None]


class Listening(NamedTuple):
    """An address that is reserved: no other program can take it, and workers may listen there."""

    host: str
    port: int
    reserved: socket.socket


def listen(host: str, port: int) -> Listening:
    """Reserve an address, before any work is done for it; port 0 takes a free one.

    Raises :class:`FeedsError` if it is in use, or not an address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # Workers share the address, and whether it is free can be told only without sharing.
        with socket.create_server((host, port), family=family) as alone:
            port = alone.getsockname()[1]
        reserved = socket.socket(family)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind((host, port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FeedsError(f"Cannot listen on {host}:{port}: {reason}. Choose --host and --port.") from None
    return Listening(host, port, reserved)


def serve(site: Site, source: Source, at: Listening, reporter: Reporter, *, log: bool) -> None:
    """Serve a site until told to stop; ``log`` prints a line for each request.

    After SIGHUP or a change of the configuration, new workers take over from the old ones. If
    workers end one after the other, granian gives up and exits with 1.
    """
    # Forked workers would inherit the locks of threads and the connections to the database.
    multiprocessing.set_start_method("spawn", force=True)
    with tempfile.TemporaryDirectory(prefix="feeds-") as name:
        shared = Path(name)
        # All workers count for Prometheus in one folder; it must be named before the library is loaded.
        os.environ[MULTIPROCESS] = name
        write_config(site.publisher.config, shared)
        server = Granian(
            "feeds",
            address=at.host,
            port=at.port,
            interface=Interfaces.WSGI,
            # Without TLS nobody uses HTTP/2, except to send a thousand requests over one connection.
            http=HTTPModes.http1,
            workers=site.publisher.config.server.workers or os.cpu_count() or 1,
            blocking_threads=_THREADS,
            backlog=_BACKLOG,
            backpressure=limit_connections(),
            http1_settings=_HTTP1,
            workers_max_rss=site.publisher.config.server.memory + _WORKER_MB,
            rss_sample_interval=_LOOK_AT_MEMORY_SECONDS,
            log_level=LogLevels.error,
            respawn_failed_workers=True,
            respawn_interval=_TAKEOVER_SECONDS,
            workers_kill_timeout=_GRACE_SECONDS,
        )
        supervisor = Supervisor(site, source.read, partial(_reload, shared), reporter.say)
        supervisor.start()
        threading.Thread(target=_announce, args=(at, reporter.ready), daemon=True).start()
        server.serve(target_loader=partial(load_worker, shared, log=log), wrap_loader=False)
        supervisor.stop()
        at.reserved.close()


def limit_connections() -> int:
    """Return how many connections a worker takes at a time: fewer than the files that it may open.

    If the soft limit of files is low, raise it as far as the hard limit allows.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        # Workers inherit the limit.
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(_CONNECTIONS, max(1, soft - _OTHER_FILES)) if soft > 0 else _CONNECTIONS


def write_config(config: Config, shared: Path) -> None:
    """Write a checked configuration to where workers read it when they start."""
    replace_file(shared / _CONFIG_NAME, msgspec.msgpack.encode(config))


def _reload(shared: Path, config: Config) -> None:
    write_config(config, shared)
    # On this signal, granian lets new workers take over from the old ones.
    os.kill(os.getpid(), signal.SIGHUP)


def load_worker(shared: Path, *, log: bool) -> Flask:
    """Make the application of a worker process, which reads the index and never syncs."""
    from feeds.web.access_log import AccessLog
    from feeds.web.app import create

    end_with_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))
    config = msgspec.msgpack.decode((shared / _CONFIG_NAME).read_bytes(), type=Config)
    deadline = time.monotonic() + _START_SECONDS
    # Only the process that syncs makes an index; until it is filled, it seems empty.
    while not is_filled(config) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return create(Publisher(config, open_index(config)), AccessLog(_STDOUT) if log else None)


def _announce(at: Listening, ready: Callable[[], None]) -> None:
    """Wait until a worker accepts connections, then report that the server is ready."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection((at.host, at.port), timeout=1).close()
        except OSError:
            time.sleep(_POLL_SECONDS)
        else:
            ready()
            return
