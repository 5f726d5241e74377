"""The command `feeds run` in a process, and requests to servers of this machine."""

from __future__ import annotations

import atexit
import http.client
import os
import re
import socket
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

from waiting import PATIENCE


def fetch(
    port: int, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[http.client.HTTPResponse, bytes]:
    """Send a request to a server of this machine; follow no redirect."""
    # Closed also if there is no answer, which a test may expect: else a later one would be told of an open socket.
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        return response, response.read()


# As long as they are bound, nobody who takes any free port gets theirs, between two servers of a test either.
_KEPT = ExitStack()
atexit.register(_KEPT.close)


def free_port() -> int:
    """Return a port of this machine that nobody listens on, and that is kept for who asks for it by its number."""
    kept = _KEPT.enter_context(socket.socket())
    # So another socket may listen there, as long as this one does not.
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    port: int = kept.getsockname()[1]
    return port


class Server:
    """Runs `feeds run` in a process, on a free port; it has one worker unless its configuration says how many."""

    def __init__(
        self, config: Path, *options: str, errors: Path | None = None, own_group: bool = False
    ) -> None:
        text = config.read_text(encoding="utf-8")
        if "[server]" not in text:
            config.write_text(f"{text}\n[server]\nworkers = 1\n", encoding="utf-8")
        # When it is killed, nobody else gets its port, and answers in its place.
        port = str(free_port())
        command = [sys.executable, "-m", "feeds", "--config", str(config), "run", "--port", port]
        command.extend(options or ["--no-access-log"])
        with (errors or Path(os.devnull)).open("w") as stream:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=stream, text=True, start_new_session=own_group
            )
        assert self.process.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:(\d+)/", self.process.stdout.readline())
        assert address
        self.port = int(address[1])

    def get(
        self, path: str, headers: dict[str, str] | None = None, method: str = "GET"
    ) -> tuple[http.client.HTTPResponse, bytes]:
        return fetch(self.port, path, headers, method)

    def ask_health(self) -> tuple[http.client.HTTPResponse, bytes] | None:
        """Return how the site is; None if the machine was too busy to say so within the second that the server has."""
        answer = self.get("/healthz")
        return answer if answer[0].status == 200 else None

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            # It must not outlive the tests.
            self.process.kill()
            raise
        assert self.process.stdout is not None
        self.process.stdout.close()
