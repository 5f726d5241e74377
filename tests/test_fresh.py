"""A running server notices edits by itself, and nothing that serves waits for a sync."""

from __future__ import annotations

import http.client
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from servers import Server
from sites import NOW, Workspace
from waiting import PATIENCE, until

from feeds.index import open_index
from feeds.index.index import Index
from feeds.index.sqlite import SqliteIndex
from feeds.publisher.fingerprint import fingerprint
from feeds.site import open_site
from feeds.sync import watch
from feeds.sync.keeper import Keeper
from feeds.sync.syncer import Syncer

pytestmark = pytest.mark.slow


class Kept:
    """A site with a keeper, whose complaints are gathered."""

    def __init__(self, workspace: Workspace) -> None:
        self.said: list[str] = []
        self.changes: list[int] = []
        self.publisher = open_site(workspace.config, NOW, search=True).publisher
        syncer = Syncer(
            self.publisher.config, self.publisher.index, fingerprint(self.publisher.config), search=True
        )
        self.keeper = Keeper(syncer, on_change=self.changes.append, say=self.said.append)
        self.keeper.start()

    def holds(self, text: str, path: str = "all.json") -> bool:
        with self.publisher.snapshot() as site:
            document = site.document(path)
        return document is not None and text.encode() in document.body


@pytest.fixture(params=["events", "stamps"])
def kept(workspace: Workspace, request: pytest.FixtureRequest) -> Iterator[tuple[Workspace, Kept]]:
    workspace.article("first")
    workspace.configure(f'[server]\nwatch = "{request.param}"\n')
    site = Kept(workspace)
    yield workspace, site
    site.keeper.stop()


def test_an_article_that_is_written_edited_moved_or_deleted_shows(kept: tuple[Workspace, Kept]) -> None:
    workspace, site = kept
    path = workspace.article("second", title="Second")
    until(lambda: site.holds("Second"), "written")
    workspace.article("second", title="Another title")
    until(lambda: site.holds("Another title") and not site.holds('"Second"'), "edited")
    (workspace.articles / "2024").mkdir()
    path.rename(workspace.articles / "2024" / "second.md")
    until(lambda: site.holds("Another title"), "moved")
    inside = workspace.articles / "2024"
    workspace.article("2024/third", title="Third")
    until(lambda: site.holds("Third"), "in a new folder")
    inside.rename(workspace.folder / "elsewhere")
    until(lambda: not site.holds("Third") and not site.holds("Another title"), "a folder taken away")
    (workspace.folder / "elsewhere").rename(inside)
    until(lambda: site.holds("Third") and site.holds("Another title"), "a folder put back")
    assert site.said == []
    assert site.changes == sorted(site.changes)


def test_an_article_of_the_future_shows_when_its_time_has_come(kept: tuple[Workspace, Kept]) -> None:
    workspace, site = kept
    # An article is public from the second that it names.
    soon = (datetime.now(UTC) + timedelta(seconds=3)).replace(microsecond=0)
    workspace.article("later", title="Not yet", publishedDateTime=soon)

    def has_come() -> bool:
        shows = site.holds("Not yet")
        assert not shows or datetime.now(UTC) >= soon
        return shows

    until(has_come, "its time has come")


def test_what_cannot_be_synced_is_said_once_and_done_later(kept: tuple[Workspace, Kept]) -> None:
    workspace, site = kept
    aside = workspace.folder / "aside"
    workspace.articles.rename(aside)
    until(lambda: len(site.said) > 0, "the folder is gone")
    assert "cannot be read" in site.said[-1]
    assert site.holds("About first"), "what was published stays while the folder is away"
    aside.rename(workspace.articles)
    workspace.article("back", title="Back again")
    until(lambda: site.holds("Back again"), "the folder is back")
    assert len(site.said) <= 2


def test_only_one_of_several_keepers_syncs_and_another_takes_over(workspace: Workspace) -> None:
    workspace.article("first")
    first, second = Kept(workspace), Kept(workspace)
    workspace.article("second", title="Second")
    until(lambda: first.holds("Second"), "the first one syncs")
    first.keeper.stop()
    workspace.article("third", title="Third")
    until(lambda: second.holds("Third"), "the second one has taken over")
    second.keeper.stop()


def test_a_partial_sync_leaves_the_same_index_as_a_whole_one(workspace: Workspace, tmp_path: Path) -> None:
    for n in range(6):
        workspace.article(f"a{n}", publishedDateTime=f"2024-01-0{n + 1}T00:00:00Z")
    workspace.article("folder/inner", topics=["Inner"])
    config = workspace.config
    site = open_site(config, NOW)
    workspace.article("a1", title="Edited")
    (workspace.articles / "a2.md").unlink()
    workspace.article("folder/more")
    workspace.article(".hidden/no")
    (workspace.articles / "link.md").symlink_to(tmp_path / "outside.md")
    (tmp_path / "outside.md").write_text("---\ntitle: x\n---\n")
    site.syncer.sync_below(["a1.md", "a2.md", "folder", ".hidden/no.md", "link.md", "never.md"], NOW)
    whole = Syncer(config, SqliteIndex(tmp_path / "other.sqlite"), fingerprint(config))
    whole.sync_all(NOW)

    def rows(index: Index) -> list[object]:
        with index.reading() as connection:
            statement = "SELECT path, hash, state FROM files ORDER BY path"
            members = "SELECT c.kind, c.name, m.id FROM members m JOIN channels c ON c.key = m.channel ORDER BY 1, 2, 3"
            return [*connection.execute(statement), *connection.execute(members)]

    assert rows(site.syncer.index) == rows(whole.index)


def test_a_file_system_of_another_machine_is_recognised_by_its_mount(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "30 22 0:40 / /srv/news\\040room rw shared:1 - nfs4 host:/x rw\n"
        "31 30 0:41 / /srv/news\\040room/local rw - ext4 /dev/sdb rw\n"
    )
    monkeypatch.setattr(watch, "_MOUNTS", mounts)
    assert watch.is_remote("/srv/news room/articles")
    assert not watch.is_remote("/srv/news room/local/articles")
    assert not watch.is_remote("/srv/news rooms")
    assert not watch.is_remote("/home")


def test_every_worker_of_a_server_shows_an_edit_and_a_new_configuration(workspace: Workspace) -> None:
    workspace.article("first")
    workspace.configure("[server]\nworkers = 2\n")
    said = workspace.folder / "said.txt"
    server = Server(workspace.folder / "config.toml", errors=said)
    try:
        workspace.article("second", title="Second")
        until(lambda: all(b"Second" in server.get("/all.atom")[1] for _ in range(12)), "all workers")
        workspace.configure('[server]\nworkers = 2\n[selections.new]\ntitle = "New feed"\n')
        # It is said when all workers use it; until then, one that is slow would still use the old one.
        until(lambda: "The configuration changed and is in use now." in said.read_text(), "it is in use")
        assert all(server.get("/feeds/new.atom")[0].status == 200 for _ in range(12)), "new configuration"
        (workspace.folder / "config.toml").write_text("[site\n")
        until(lambda: "the old one stays in use" in said.read_text(), "it is read")
        assert all(server.get("/feeds/new.atom")[0].status == 200 for _ in range(12)), "it changes nothing"
    finally:
        server.stop()


def test_requests_are_answered_while_another_process_holds_the_index(workspace: Workspace) -> None:
    workspace.article("first")
    server = Server(workspace.folder / "config.toml")
    index = open_index(workspace.config)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with index.writing():
            held.set()
            done.wait(PATIENCE)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert held.wait(PATIENCE)
        for path in ("/all.atom", "/topics/ai/", "/feed.json?topic=ai&type=x", "/", "/healthz"):
            assert server.get(path)[0].status == 200, path
    finally:
        done.set()
        thread.join()
        server.stop()


def test_the_lock_of_the_keeper_goes_with_its_process(workspace: Workspace) -> None:
    workspace.article("first")
    server = Server(workspace.folder / "config.toml")
    os.kill(server.process.pid, 9)
    server.process.wait(PATIENCE)
    site = Kept(workspace)
    workspace.article("second", title="Second")
    until(lambda: site.holds("Second"), "a killed server leaves no lock")
    site.keeper.stop()
    until(lambda: not _answers(server), "its workers end too")
    server.stop()


def _answers(server: Server) -> bool:
    try:
        return server.get("/healthz")[0].status == 200
    except (OSError, http.client.HTTPException):
        return False
