"""The application in servers of others: it answers, and stays fresh, however they fork and thread."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from programs import require_program
from servers import fetch, free_port
from sites import Workspace
from waiting import PATIENCE, until

pytestmark = pytest.mark.slow
UWSGI = [
    "--http-socket",
    "127.0.0.1:{port}",
    "--master",
    "--processes",
    "2",
    "--module",
    "feeds:create_app()",
]
GUNICORN = ["--workers", "2", "--bind", "127.0.0.1:{port}", "feeds:create_app()"]


@contextmanager
def running(workspace: Workspace, program: str, options: list[str], log: Path) -> Iterator[int]:
    """Run a server of others on a free port, until it is told to stop; it has to end in order."""
    found = require_program(program, str(Path(sys.executable).with_name(program)))
    port = free_port()
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [found, *(option.format(port=port) for option in options)],
            cwd=workspace.folder,
            stdout=stream,
            stderr=stream,
        )

    def listens() -> bool:
        assert process.poll() is None, log.read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    try:
        until(listens, "it listens")
        yield port
    finally:
        process.send_signal(2)
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


def assert_fresh(workspace: Workspace, port: int) -> None:
    """Ten answers in turn have a new article soon, whichever process gives them."""
    assert fetch(port, "/all.atom")[0].status == 200
    workspace.article("second", title="Second")
    until(
        lambda: all(b"Second" in fetch(port, "/all.atom")[1] for _ in range(10)),
        "ten answers in turn have it",
    )


def test_gunicorn_that_forks_after_the_application_is_made_stays_fresh(
    workspace: Workspace, tmp_path: Path
) -> None:
    workspace.article("first")
    with running(workspace, "gunicorn", ["--preload", *GUNICORN], tmp_path / "log") as port:
        assert_fresh(workspace, port)


def test_flask_run_serves_it_and_it_stays_fresh(workspace: Workspace, tmp_path: Path) -> None:
    workspace.article("first")
    options = ["--app", "feeds:create_app()", "run", "--port", "{port}"]
    with running(workspace, "flask", options, tmp_path / "log") as port:
        assert_fresh(workspace, port)


@pytest.mark.parametrize(
    ("options", "warns"),
    [([], True), (["--lazy-apps", "--threads", "2"], False)],
    ids=["default", "lazy"],
)
def test_uwsgi_serves_it_and_it_stays_fresh(
    workspace: Workspace, options: list[str], tmp_path: Path, *, warns: bool
) -> None:
    workspace.article("first")
    with running(workspace, "uwsgi", [*options, *UWSGI, "--die-on-term"], tmp_path / "log") as port:
        # Without threads, requests look, at most once a second.
        assert_fresh(workspace, port)
    assert ("uWSGI runs no threads" in (tmp_path / "log").read_text()) is warns
