"""What a stranger can rely on: pinned versions, a wheel that works by itself, no rights that are not needed."""

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


def pip(python: Path, *words: str) -> None:
    """Run pip; without an index to install from, the test is skipped by name."""
    # What is imported is compiled then; to compile all takes longer than all else.
    environment = {**os.environ, "PIP_NO_COMPILE": "false"}
    command = [str(python), "-m", "pip", *words, "--quiet", "--disable-pip-version-check"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if result.returncode and os.environ.get("CI") != "true" and "connection" in result.stderr.lower():
        pytest.skip("no index of packages can be reached")
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a wheel that is installed in an empty environment, without extras."""
    folder = tmp_path_factory.mktemp("stranger")
    source = folder / "source"
    source.mkdir()
    # Building leaves files beside the sources.
    shutil.copytree(ROOT / "feeds", source / "feeds", ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, source)
    pip(Path(sys.executable), "wheel", "--no-deps", "--wheel-dir", str(folder), str(source))
    (wheel,) = folder.glob("feeds-*.whl")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    pip(
        folder / "venv" / "bin" / "python",
        "install",
        "--constraint",
        str(ROOT / "constraints.txt"),
        str(wheel),
    )
    return folder / "venv" / "bin" / "feeds"


def first_block(language: str) -> str:
    found = re.search(
        rf"^```{language}\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE
    )
    assert found
    return found[1]


def test_the_wheel_works_in_an_empty_environment_without_extras(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "config.toml").write_text(first_block("toml"))
    (tmp_path / "articles" / "atom.md").write_text(first_block("markdown"))
    # Nothing of this checkout is in reach.
    environment = {"PATH": os.environ["PATH"], "LANG": "C", "HOME": str(tmp_path)}
    extras = [str(installed.with_name("python")), "-c", "import feeds, html5lib"]
    assert (
        subprocess.run(extras, cwd=tmp_path, env=environment, capture_output=True, check=False).returncode
        == 1
    )
    for words in (["check"], ["freeze"]):
        subprocess.run([installed, *words], cwd=tmp_path, env=environment, check=True, capture_output=True)
    frozen = (tmp_path / "build" / "topics" / "standards.atom").read_bytes()
    assert (tmp_path / "build" / "static" / "style.css").stat().st_size > 0
    with subprocess.Popen(
        [installed, "run", "--port", "0"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:(\d+)/", server.stdout.readline())
        assert address
        response, body = fetch(int(address[1]), "/topics/standards.atom")
        server.terminate()
    assert (response.status, body) == (http.client.OK, frozen)


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
        for _ in range(400):
            if b"About later" in fetch(int(address[1]), "/all.atom")[1]:
                break
            subprocess.run(["sleep", "0.05"], check=True)
        else:
            pytest.fail("an edit does not show")
        server.terminate()
    assert {path.name for path in workspace.folder.iterdir()} == {"articles", "config.toml"}
