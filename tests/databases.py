"""A PostgreSQL server for tests, in a temporary folder; each site gets its own schema."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from programs import require_program
from servers import free_port
from waiting import PATIENCE, until

if TYPE_CHECKING:
    from psycopg import Connection

_PLACES = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/postgres")), reverse=True)
# PostgreSQL refuses to run as root.
_OTHERS = ("postgres", "nobody")
PASSWORD = "s3cr%3Et-wörd"  # noqa: S105 - that of a server for tests


class Postgres:
    """A server that trusts everybody on its socket, and asks for a password on its port."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self.folder = folder
        self.port = free_port()
        self._numbers = count()
        self._user = None if os.getuid() else next(u for u in _OTHERS if _is_user(u))
        if self._user:
            shutil.chown(folder, self._user)
        secret = folder / "password"
        secret.write_text(PASSWORD)
        # The database sorts as people of a language do; the index must not depend on that.
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
        """Start the server, and wait until it answers."""
        self.process = subprocess.Popen(
            [
                self._programs / "postgres", "-D", self.folder / "data", "-k", self.folder, "-p", str(self.port),
                "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=60",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self._user,
            cwd=self.folder,
        )  # fmt: skip
        from psycopg import OperationalError

        def answers() -> bool:
            assert self.is_running, "it has ended"
            with suppress(OperationalError):
                return self.execute("SELECT 1") == [(1,)]
            return False

        until(answers, "PostgreSQL answers")

    def stop(self) -> None:
        """Stop the server, even if somebody is connected."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)

    @property
    def is_running(self) -> bool:
        """Whether nobody has stopped it."""
        return self.process.poll() is None

    @property
    def url(self) -> str:
        """The address of its socket, which needs no password."""
        return f"postgresql+psycopg://feeds@/postgres?host={self.folder}&port={self.port}"

    def schema(self) -> str:
        """Return the name of a schema that nobody uses yet."""
        return f"site_{next(self._numbers)}"

    def table(self, schema: str | None = None) -> str:
        """Return the `[index]` table of config.toml that puts the index into a schema."""
        return f'[index]\nurl = "{self.url}"\nschema = "{schema or self.schema()}"\n'

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement as the owner of everything, and return its rows."""
        with self.connect(autocommit=True) as connection:
            found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []

    def connect(self, *, autocommit: bool = False) -> Connection[tuple[object, ...]]:
        """Return a connection of the owner of everything."""
        from psycopg import connect

        made: Connection[tuple[object, ...]] = connect(
            self.url.replace("+psycopg", ""), autocommit=autocommit
        )
        return made

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
def run_server() -> Iterator[Postgres]:
    """Run a server in a temporary folder, and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="feeds-") as folder:
        Path(folder).chmod(0o755)
        server = start_server(Path(folder))
        yield server
        server.stop()


def start_server(folder: Path) -> Postgres:
    """Start a server whose files are in a folder; skip the test if PostgreSQL is not installed."""
    return Postgres(Path(require_program("postgres", *_PLACES)).resolve().parent, folder)
