"""Freezes and syncs that are killed, that run into a full or broken disk, that meet each other, or an odd index."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from effort import stressed
from hardstops import SCENARIOS, Lab, Scenario
from programs import require_program
from servers import Server, fetch
from sites import NOW, Workspace, tree

from feeds.errors import FeedsError
from feeds.freeze.folder import lock_folder

pytestmark = pytest.mark.slow

# Of some thousand points; `tools/hardstops.py` tries all.
SAMPLED = 30 if stressed() else 2


def command(workspace: Workspace) -> list[str]:
    return [sys.executable, "-m", "feeds", "--config", str(workspace.folder / "config.toml"), "freeze"]


def scratch(workspace: Workspace) -> dict[str, bytes]:
    """The tree that a first freeze of the same articles gives."""
    other = Workspace(workspace.folder.parent / "scratch")
    shutil.copytree(workspace.articles, other.articles, dirs_exist_ok=True)
    shutil.copyfile(workspace.folder / "config.toml", other.folder / "config.toml")
    other.freeze()
    found = tree(other.output)
    shutil.rmtree(other.folder)
    return found


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    for n in range(8):
        workspace.article(f"a{n}", topics=[f"T{n % 3}"])
    workspace.freeze()
    return workspace


@pytest.fixture
def strace() -> None:
    program = require_program("strace")
    if subprocess.run(
        [program, "-qq", "-o", os.devnull, "true"], capture_output=True, check=False
    ).returncode:
        pytest.skip("strace may not trace here")


@pytest.mark.usefixtures("strace")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_after_any_stop_files_are_whole_and_the_next_freeze_is_right(
    in_memory: Path, scenario: Scenario
) -> None:
    lab = Lab(scenario, in_memory / "lab")
    points = lab.points()
    assert len(points) > 1000
    # Another part of them each time that their number changes; the last is the end of the manifest.
    step = len(points) // SAMPLED
    assert [fault for point in points[len(points) % step :: step] for fault in lab.stop(point)] == []


def test_two_freezes_at_once_give_the_tree_of_one(filled: Workspace) -> None:
    for n in range(8, 30):
        filled.article(f"a{n}", topics=[f"T{n}"])
    running = [subprocess.Popen(command(filled), stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    assert tree(filled.output) == scratch(filled)
    assert filled.freeze().written == []


def test_first_freezes_at_once_give_the_tree_of_one(workspace: Workspace) -> None:
    for n in range(20):
        workspace.article(f"a{n}")
    running = [subprocess.Popen(command(workspace), stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    assert tree(workspace.output) == scratch(workspace)


def test_a_freeze_waits_for_another_and_says_so_when_that_does_not_end(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.freeze.folder._LOCK_SECONDS", 0.1)
    with lock_folder(filled.output), pytest.raises(FeedsError, match="another freeze is writing it"):
        filled.freeze()
    assert filled.freeze().written == []


def test_a_freeze_while_serving_disturbs_nobody(filled: Workspace) -> None:
    server = Server(filled.folder / "config.toml")
    try:
        for n in range(5):
            filled.article(f"new{n}")
            assert filled.run("freeze").returncode == 0
            response, body = fetch(server.port, "/all.json")
            assert response.status == 200
            assert body.count(b'"title":"About') >= 8
    finally:
        server.stop()
    assert tree(filled.output) == scratch(filled)


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(100, len(data), 997):
        data[place] ^= 0xFF
    path.write_bytes(data)


def flipped_inside(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(len(data) // 2, len(data), 97):
        data[place] ^= 0xFF
    path.write_bytes(data)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def overwritten(path: Path) -> None:
    path.write_bytes(b"no database" * 5000)


def newer(path: Path) -> None:
    import sqlite3

    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '9999' WHERE key = 'version'")
    connection.close()


def without_a_table(path: Path) -> None:
    import sqlite3

    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE members")
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [
        flipped,
        pytest.param(flipped_inside, marks=pytest.mark.stress),
        cut,
        emptied,
        pytest.param(overwritten, marks=pytest.mark.stress),
        newer,
        without_a_table,
        Path.unlink,
    ],
)
def test_an_index_that_cannot_be_used_is_built_again(
    filled: Workspace, damage: Callable[[Path], None]
) -> None:
    index = filled.config.index_path
    for log in index.parent.glob("index.sqlite-*"):
        log.unlink()
    damage(index)
    filled.article("new")
    # In a process of its own: this one has the index open.
    done = subprocess.run(command(filled), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert tree(filled.output) == scratch(filled)
    assert filled.run("freeze").returncode == 0


def test_a_clock_that_is_set_back_takes_nothing_away(filled: Workspace) -> None:
    filled.article("later", publishedDateTime=NOW - timedelta(hours=1))
    filled.freeze()
    assert filled.freeze(NOW - timedelta(days=1)).written == []
    filled.article("new")
    filled.freeze(NOW - timedelta(days=1))
    assert b"About later" in filled.read("all.json")
    filled.freeze()
    assert tree(filled.output) == scratch(filled)


@pytest.fixture
def by_modes() -> list[str]:
    """What has a command obey the modes of files, as root does not."""
    return (
        [require_program("setpriv"), "--bounding-set=-dac_override,-dac_read_search"]
        if os.getuid() == 0
        else []
    )


CLOSED = ["build", "build/topics", ".feeds", "build/all.atom", "articles", ".", "config.toml"]
# What is written may not be written, what is read may not be read; `make stress` tries every mode of each.
MODES = [
    (closed, mode)
    for n, closed in enumerate(CLOSED)
    for mode in (0o500, 0o000)
    if stressed() or mode == (0o500 if n < 4 else 0)
]


@pytest.mark.parametrize(("closed", "mode"), MODES)
def test_what_may_not_be_written_or_read_is_reported_in_a_sentence_and_mended_by_the_next_freeze(
    filled: Workspace, by_modes: list[str], closed: str, mode: int
) -> None:
    before = tree(filled.output)
    place = filled.folder / closed
    filled.article("new")
    usual = place.stat().st_mode
    place.chmod(mode)
    done = subprocess.run([*by_modes, *command(filled)], capture_output=True, text=True, check=False, cwd="/")
    place.chmod(usual)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2), done.stderr
    if done.returncode:
        assert (closed.rpartition("/")[2] if closed != "." else "site") in done.stderr
    after = scratch(filled)
    for path, body in tree(filled.output).items():
        assert body in (before.get(path), after.get(path)), path
    filled.freeze()
    assert tree(filled.output) == after
