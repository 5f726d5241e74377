"""Three nodes over one PostgreSQL behind nginx, on loopback, with everything in one folder."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
NODES = 3
_SECONDS = 60
_CONFIG = """\
[site]
title = "Three nodes"
base_url = "https://feeds.example.org/"

[articles]
path = "articles"

[index]
url = "postgresql+psycopg://feeds@/postgres?host={folder}/postgres"

[server]
workers = {workers}
"""
_NGINX = """\
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
    include /etc/nginx/mime.types; access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
    fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    keepalive_requests 1000000000;
    {nodes}
}}
"""


class MissingError(Exception):
    """A program that must be installed first."""


class Cluster:
    """All of it; stops with the block. ``port`` is nginx's, ``ports`` are those of the nodes."""

    def __init__(self, folder: Path, workers: int = 1) -> None:
        self.folder = folder
        self.articles = folder / "articles"
        self._workers = workers
        self._running = contextlib.ExitStack()
        self._nodes: list[subprocess.Popen[str]] = []
        self.ports: list[int] = []
        self.port = free_port()

    def __enter__(self) -> Self:
        # PostgreSQL runs as another user if this runs as root.
        self.folder.chmod(0o711)
        self.articles.mkdir(exist_ok=True)
        with contextlib.ExitStack() as starting:
            self._running = starting
            self._start_postgres()
            config = _CONFIG.format(folder=self.folder, workers=self._workers)
            (self.folder / "config.toml").write_text(config)
            for _ in range(NODES):
                process, port = self._started(free_port())
                self._nodes.append(process)
                self.ports.append(port)
            self._start_nginx()
            self._running = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @property
    def living(self) -> list[int]:
        """The ports of the nodes that were not killed."""
        return [port for node, port in zip(self._nodes, self.ports, strict=True) if node.poll() is None]

    def kill(self, number: int) -> None:
        """End a node and its workers as a loss of power would."""
        self.send(number, signal.SIGKILL)
        self._nodes[number].wait()

    def send(self, number: int, what: signal.Signals) -> None:
        """Send a signal to a node and its workers."""
        os.killpg(self._nodes[number].pid, what)

    def restart(self, number: int) -> None:
        """Start a node again that was killed, at its port."""
        self._nodes[number], port = self._started(self.ports[number])
        _until(lambda: answers(port))

    def _started(self, port: int) -> tuple[subprocess.Popen[str], int]:
        command = [sys.executable, "-m", "feeds", "--config", str(self.folder / "config.toml")]
        process = subprocess.Popen(
            [*command, "run", "--port", str(port), "--no-access-log"],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._running.callback(_stop, process, signal.SIGTERM)
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        said = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())
        if said is None:
            raise MissingError("A node did not start; it says above why.")
        return process, int(said[1])

    def _start_postgres(self) -> None:
        programs = Path(_program("postgres", "/usr/lib/postgresql/*/bin/postgres")).resolve().parent
        place = self.folder / "postgres"
        place.mkdir()
        user = None if os.getuid() else next(u.pw_name for u in pwd.getpwall() if u.pw_name in _OTHERS)
        if user:
            shutil.chown(place, user)
        made = [
            f"{programs}/initdb", f"--pgdata={place}/data", "--username=feeds", "--auth=trust", "--no-sync",
        ]  # fmt: skip
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, user=user, cwd=place)
        options = ("--listen_addresses=", "--fsync=off", f"--unix_socket_directories={place}")
        command = [f"{programs}/postgres", "-D", f"{place}/data", *options]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, user=user, cwd=place)
        self._running.callback(_stop, process, signal.SIGINT)
        ready = [f"{programs}/pg_isready", "--quiet", f"--host={place}"]
        _until(lambda: subprocess.run(ready, check=False).returncode == 0)

    def _start_nginx(self) -> None:
        """The nginx that docs/guides/serve.md shows, with one node more and their ports."""
        conf = (ROOT / "deploy" / "nginx" / "nodes.conf").read_text()
        conf = conf.replace("listen 8080;", f"listen 127.0.0.1:{self.port};")
        for options in dict.fromkeys(re.findall(r"server node\d:5000 (.*);", conf)):
            servers = "".join(f"    server 127.0.0.1:{port} {options};\n" for port in self.ports)
            conf = re.sub(rf"(?: *server node\d:5000 {re.escape(options)};\n)+", servers, conf)
        file = self.folder / "nginx.conf"
        file.write_text(_NGINX.format(folder=self.folder, nodes=conf))
        command = [
            _program("nginx", "/usr/sbin/nginx"),
            "-c",
            str(file),
            "-e",
            str(self.folder / "nginx.log"),
        ]
        process = subprocess.Popen(command)
        self._running.callback(_stop, process, signal.SIGTERM)
        _until(lambda: answers(self.port))


# As PostgreSQL refuses to run as root.
_OTHERS = ("postgres", "nobody")


_KEPT: list[socket.socket] = []


def free_port() -> int:
    """A port that nobody listens on; no other program is given it while this one runs."""
    kept = socket.socket()
    # So a server may listen there, as long as this socket does not.
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    _KEPT.append(kept)
    return int(kept.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _program(name: str, pattern: str) -> str:
    found = [*sorted(map(str, Path("/").glob(pattern.lstrip("/"))), reverse=True), shutil.which(name)]
    if found[0] is None:
        raise MissingError(f"{name} is not installed.")
    return found[0]


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("It does not start.")
        time.sleep(0.05)


def _stop(process: subprocess.Popen[str] | subprocess.Popen[bytes], how: signal.Signals) -> None:
    process.send_signal(how)
    process.wait(_SECONDS)
    if process.stdout is not None:
        process.stdout.close()
