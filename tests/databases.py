"""A PostgreSQL server of the tests' own, in a temporary folder; each site gets a schema of its own."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from conftest import needs

_PLACES = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/postgres")), reverse=True)
# As PostgreSQL refuses to run as root.
_OTHERS = ("postgres", "nobody")
_SECONDS = 60
PASSWORD = "s3cr%3Et-wörd"  # noqa: S105 - that of a server for tests


class Postgres:
    """A server that trusts whoever comes by its socket, and asks for a password on its port."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._numbers = count()
        self._user = None if os.getuid() else next(u for u in _OTHERS if _is_user(u))
        if self._user:
            shutil.chown(folder, self._user)
        secret = folder / "password"
        secret.write_text(PASSWORD)
        # Sorted as people of a language sort: what the index holds must not be.
        version = subprocess.run(
            [programs / "postgres", "--version"], capture_output=True, text=True, check=True
        )
        language = (
            ["--locale-provider=icu", "--icu-locale=en"]
            if int(re.findall(r"\d+", version.stdout)[0]) >= 15
            else []
        )
        self._run(
            "initdb", f"--pgdata={folder / 'data'}", "--username=feeds", "--encoding=UTF8", "--locale=C.UTF-8", *language,
            "--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}", "--no-sync",
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(
            [
                self._programs / "postgres", "-D", self.folder / "data", "-k", self.folder, "-p", str(self.port),
                "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=60",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self._user,
            cwd=self.folder,
        )  # fmt: skip
        deadline = time.monotonic() + _SECONDS
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Stop it, whoever is connected."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(_SECONDS)

    @property
    def url(self) -> str:
        """Its address by the socket, where it trusts."""
        return f"postgresql+psycopg://feeds@/postgres?host={self.folder}&port={self.port}"

    def schema(self) -> str:
        """The name of a schema that nobody has."""
        return f"site_{next(self._numbers)}"

    def table(self, schema: str | None = None) -> str:
        """The table of config.toml that puts the index there."""
        return f'[index]\nurl = "{self.url}"\nschema = "{schema or self.schema()}"\n'

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Do something as the owner of all."""
        url = self.url.replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []

    def _run(self, program: str, *options: str) -> None:
        subprocess.run(
            [self._programs / program, *options],
            check=True,
            capture_output=True,
            user=self._user,
            cwd=self.folder,
        )


def _is_user(name: str) -> bool:
    return any(user.pw_name == name for user in pwd.getpwall())


@contextmanager
def running() -> Iterator[Postgres]:
    """A server in a folder of its own, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="feeds-") as folder:
        Path(folder).chmod(0o755)
        server = started(Path(folder))
        yield server
        server.stop()


def started(folder: Path) -> Postgres:
    """A server whose files are in a folder; skipped by name where there is none to start."""
    return Postgres(Path(needs("postgres", *_PLACES)).resolve().parent, folder)
