"""A folder that is not there, or not all there, empties no site."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from effort import for_each
from servers import Server
from sites import Workspace, tree
from waiting import until

from feeds.config.running_tables import FreezeConfig
from feeds.errors import ConfigError, RemovalsError
from feeds.lib.trouble import REPEAT_SECONDS

pytestmark = pytest.mark.slow


def filled(workspace: Workspace, number: int = 12) -> Workspace:
    for n in range(number):
        workspace.article(f"a{n:02}")
    workspace.freeze()
    return workspace


def unmount(workspace: Workspace) -> None:
    """What is left of a folder whose disk is not mounted any more."""
    workspace.articles.rename(workspace.folder / "disk")
    workspace.articles.mkdir()


def without_index(workspace: Workspace) -> None:
    shutil.rmtree(workspace.folder / ".feeds")


def with_index(_workspace: Workspace) -> None:
    pass


@pytest.mark.parametrize("index", [with_index, without_index])
def test_an_emptied_folder_stops_a_freeze_until_removals_are_allowed(
    workspace: Workspace, index: Callable[[Workspace], None]
) -> None:
    before = tree(filled(workspace).output)
    manifest = workspace.read(".feeds-manifest.json")
    unmount(workspace)
    index(workspace)
    for _ in range(2):
        done = workspace.run("freeze")
        assert done.returncode == 2
        assert "12 of 12 articles are gone" in done.stderr
        assert "--allow-removals" in done.stderr
        assert (tree(workspace.output), workspace.read(".feeds-manifest.json")) == (before, manifest)
    assert workspace.run("freeze", "--allow-removals").returncode == 0
    assert b"About" not in b"".join(tree(workspace.output).values())
    assert workspace.run("freeze").returncode == 0


def test_a_folder_that_comes_back_is_as_it_was(workspace: Workspace) -> None:
    filled(workspace)
    unmount(workspace)
    with pytest.raises(RemovalsError):
        workspace.freeze()
    workspace.articles.rmdir()
    (workspace.folder / "disk").rename(workspace.articles)
    assert workspace.freeze().written == []


def test_a_folder_that_is_moved_within_takes_nothing_away(workspace: Workspace) -> None:
    filled(workspace)
    inner = workspace.articles / "inner"
    inner.mkdir()
    for path in list(workspace.articles.glob("*.md")):
        path.rename(inner / path.name)
    workspace.freeze()
    assert workspace.read("all.json").count(b'"title":"About') == 12


def withdraw(workspace: Workspace, number: int, line: str) -> None:
    """Have the first N articles say that they are not public."""
    for path in sorted(workspace.articles.glob("*.md"))[:number]:
        path.write_text(path.read_text().replace("title:", f"{line}\ntitle:"))


@pytest.mark.parametrize("index", [with_index, without_index])
@pytest.mark.parametrize("line", ["published: false", "removed: true", "deleted: true", "draft: true"])
def test_articles_that_somebody_withdraws_do_not_count_however_many(
    workspace: Workspace, line: str, index: Callable[[Workspace], None]
) -> None:
    filled(workspace)
    withdraw(workspace, 12, line)
    index(workspace)
    workspace.freeze()
    assert workspace.read("all.json").count(b'"title":"About') == 0
    # Their files may go later on.
    unmount(workspace)
    without_index(workspace)
    workspace.freeze()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_text("---\ntitle: [\n---\n"),
        lambda path: path.write_text(path.read_text().replace("2024-", "2034-")),
    ],
    ids=["gone", "faulty", "future"],
)
def test_beside_withdrawn_articles_those_that_are_lost_still_count(
    workspace: Workspace, spoil: Callable[[Path], object]
) -> None:
    filled(workspace)
    before = tree(workspace.output)
    withdraw(workspace, 4, "draft: true")
    for path in sorted(workspace.articles.glob("*.md"))[4:11]:
        spoil(path)
    # The index is new, so only the tree knows how many there were.
    without_index(workspace)
    with pytest.raises(RemovalsError, match="7 of 12"):
        workspace.freeze()
    assert tree(workspace.output) == before


def test_drafts_that_were_there_before_hide_no_loss(workspace: Workspace) -> None:
    for n in range(9):
        workspace.article(f"d{n}", draft=True)
    filled(workspace)
    manifest = workspace.output / ".feeds-manifest.json"
    for path in workspace.articles.glob("a*.md"):
        path.unlink()
    without_index(workspace)
    with pytest.raises(RemovalsError, match="12 of 12"):
        workspace.freeze()
    # Nor if nobody knows any more how many there were.
    manifest.unlink()
    with pytest.raises(RemovalsError, match="12 of 12"):
        workspace.freeze()


@for_each(
    ("limit", "of", "most"),
    [("25%", 8, 5), ("25%", 400, 100), ("0%", 1, 5), (0, 400, 0), (7, 3, 7), ("100%", 9, 9)],
)
def test_the_limit_is_a_number_or_a_share_that_is_never_less_than_a_few(
    limit: int | str, of: int, most: int
) -> None:
    assert FreezeConfig(limit).count_most_removed(of) == most


@pytest.mark.parametrize("limit", ["-1", '"x"', '"101%"', '"1.5%"', "1.5", "true", '"-5%"', "[]"])
def test_a_limit_that_cannot_be_understood_is_a_fault(workspace: Workspace, limit: str) -> None:
    with pytest.raises(ConfigError) as caught:
        workspace.configure(f"[freeze]\nmax_removed = {limit}\n")
    assert [problem.field for problem in caught.value.problems] == ["freeze.max_removed"]


@pytest.mark.parametrize("loss", ["emptied", pytest.param("gone", marks=pytest.mark.stress)])
def test_a_server_whose_folder_disappears_goes_on_with_what_it_has_and_says_so(
    workspace: Workspace, loss: str
) -> None:
    filled(workspace)
    server = Server(workspace.folder / "config.toml", errors=(said := workspace.folder / "said.txt"))
    try:
        workspace.articles.rename(workspace.folder / "disk")
        if loss == "emptied":
            workspace.articles.mkdir()
        sentence = (
            "12 of 12 articles are gone" if loss == "emptied" else "the folder of articles cannot be read"
        )
        until(lambda: sentence in said.read_text())
        assert server.get("/all.json")[1].count(b'"title":"About') == 12
        if loss == "emptied":
            workspace.articles.rmdir()
        (workspace.folder / "disk").rename(workspace.articles)
        workspace.article("back")
        until(lambda: server.get("/all.json")[1].count(b'"title":"About') == 13)
    finally:
        server.stop()


def test_a_server_whose_articles_are_all_spoilt_and_hidden_keeps_them_and_says_so_once(
    workspace: Workspace,
) -> None:
    filled(workspace)
    server = Server(workspace.folder / "config.toml", errors=(said := workspace.folder / "said.txt"))
    try:
        spoilt = workspace.folder / "spoilt"
        shutil.copytree(workspace.articles, spoilt)
        for path in spoilt.glob("*.md"):
            path.write_text(f"<<<<<<< HEAD\n{path.read_text()}published: perhaps\n")
        began = time.monotonic()
        # All at once: a few at a time would be within the limit.
        workspace.articles.rename(workspace.folder / "before")
        spoilt.rename(workspace.articles)
        until(lambda: "12 of 12 articles are gone" in said.read_text())
        workspace.article("a00", title="About mended")
        until(lambda: "11 of 12 articles are gone" in said.read_text())
        assert server.get("/all.json")[1].count(b'"title":"About') == 12
        # What lasts is said once a minute, which only a slow machine takes.
        minutes = (time.monotonic() - began) // REPEAT_SECONDS
        assert said.read_text().count("12 of 12") <= 1 + minutes
    finally:
        server.stop()
