"""What a stranger can rely on: pinned versions, and no rights that are not needed."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import fetch
from sites import ROOT, Workspace
from waiting import until

pytestmark = pytest.mark.slow

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NOBODY = 65534


def name(requirement: str) -> str:
    """The normalised name of a requirement (PEP 503)."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def test_every_dependency_is_pinned_to_one_version_and_to_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line) for line in lines)
    pinned = {name(line) for line in lines}
    wanted = [
        *PROJECT["dependencies"],
        *(r for extra in PROJECT["optional-dependencies"].values() for r in extra),
    ]
    assert {name(requirement) for requirement in wanted} - {"feeds"} <= pinned


def test_what_is_installed_here_is_what_is_pinned() -> None:
    from importlib.metadata import distributions

    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines())
    versions = {name(package): version for package, version in pinned.items()}
    found = {name(d.metadata["Name"]): d.version for d in distributions()}
    differing = {package: v for package, v in found.items() if package in versions and v != versions[package]}
    assert differing == {}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can look into, which those of pytest are not."""
    with tempfile.TemporaryDirectory(prefix="feeds-stranger-") as text:
        Path(text).chmod(0o755)
        yield Path(text)


AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"]
# Workers are started by the interpreter that an environment was made with, which may be out of reach.
STARTS = "import granian, os, sys, feeds; sys.exit(not os.access(sys._base_executable, os.X_OK))"


def nobodys_python() -> list[str]:
    """A Python that a user without rights can run, as that user; if there is none, the test is skipped."""
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root with setpriv can become another user")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = [sys.executable, shutil.which(version, path="/usr/local/bin:/usr/bin")]
    reach = f"PYTHONPATH={ROOT}:{sysconfig.get_path('purelib')}"
    for python in filter(None, found):
        command = [*AS_NOBODY, "env", reach, python]
        if subprocess.run([*command, "-c", STARTS], capture_output=True, check=False).returncode == 0:
            return command
    pytest.skip("other users can run no Python of this version")


def test_it_runs_as_an_unprivileged_user_over_articles_that_it_cannot_write(open_folder: Path) -> None:
    python = nobodys_python()
    workspace = Workspace(open_folder / "site")
    for n in range(5):
        workspace.article(f"a{n}")
    state = open_folder / "state"
    state.mkdir()
    os.chown(state, NOBODY, NOBODY)
    workspace.configure(f'[output]\npath = "{state}/build"\n')
    for path in (workspace.folder, workspace.articles):
        path.chmod(0o555)
    feeds = [*python, "-m", "feeds", "--config", str(workspace.folder / "config.toml")]
    probe = subprocess.run([*AS_NOBODY, "touch", workspace.articles / "x"], capture_output=True, check=False)
    assert probe.returncode != 0, "the articles could be written after all"
    for words in (["check"], ["freeze"], ["freeze"]):
        subprocess.run([*feeds, *words], cwd=state, check=True, capture_output=True)
    frozen = (state / "build" / "all.atom").read_bytes()
    with subprocess.Popen(
        [*feeds, "run", "--port", "0"], cwd=state, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:(\d+)/", server.stdout.readline())
        assert address
        assert Path(f"/proc/{server.pid}/status").read_text().split("Uid:")[1].split()[0] == str(NOBODY)
        response, body = fetch(int(address[1]), "/all.atom")
        assert (response.status, body) == (http.client.OK, frozen)
        # It is still the one who reads: what the curator adds shows.
        workspace.articles.chmod(0o755)
        workspace.article("later")
        workspace.articles.chmod(0o555)
        port = int(address[1])
        until(lambda: b"About later" in fetch(port, "/all.atom")[1], "an edit shows")
        server.terminate()
    assert {path.name for path in workspace.folder.iterdir()} == {"articles", "config.toml"}
