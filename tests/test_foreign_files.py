"""Nothing of ours lies below the output, nothing of others is replaced, and nothing is written through links."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from sites import NOW, Workspace, make_socket

from feeds.cli import main
from feeds.errors import StorageError
from feeds.freeze.folder import OutputFolder
from feeds.freeze.manifest import Manifest
from feeds.lib.storage.files import sync_all
from feeds.push.outbox import Outbox
from feeds.push.receivers import Hub
from feeds.site import open_site

HUB = "https://hub.example.org/"


def read_tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != Manifest.NAME)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


PRIVATE = '[private.drafts]\ntitle = "Drafts"\ninclude_unpublished = true\ntoken_file = "{}"\n'
SOURCES = {
    "the index": '[index]\npath = "public/db/feeds.sqlite"\n',
    "the token of a private feed": PRIVATE.format("public/token.txt"),
    "the topics": '[topics]\npath = "public/topics"\n',
    "the providers": '[providers]\npath = "public/providers"\n',
    "the templates": '[pages]\ntemplates = "public/templates"\n',
    "the record of closed digests": '[digests]\npath = "public/digests.json"\n'
    '[selections.best]\ntitle = "Best"\ndigest = "weekly"\n',
}


@pytest.mark.parametrize("noun", SOURCES)
@pytest.mark.parametrize("way", ["option", "configuration", "link"])
def test_an_output_that_holds_what_the_site_is_made_of_is_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, noun: str, way: str
) -> None:
    public = workspace.folder / "public"
    for name in ("topics", "providers", "templates"):
        (public / name).mkdir(parents=True)
    (public / "token.txt").write_text("a-long-token-of-32-characters-0123456789")
    (workspace.folder / "elsewhere").symlink_to(public)
    workspace.article("a")
    output = {"option": "build", "configuration": "public", "link": "elsewhere"}[way]
    (workspace.folder / "config.toml").write_text(
        f'[site]\ntitle = "N"\nbase_url = "https://feeds.example.org/"\n[articles]\npath = "articles"\n'
        f'[output]\npath = "{output}"\n{SOURCES[noun]}'
    )
    monkeypatch.chdir(workspace.folder)
    result = CliRunner().invoke(main, ["freeze", *(["--output", "public"] if way == "option" else [])])
    assert result.exit_code == 2
    assert f"which holds {noun}" in result.output
    assert not (public / "all.atom").exists()


def test_a_file_that_the_manifest_does_not_name_stays_at_any_freeze(workspace: Workspace) -> None:
    workspace.configure('[output]\ncompress = ["gzip"]')
    workspace.article("a")
    workspace.freeze()
    places = ["topics/robots.atom", "topics/robots.rss.gz", "topics/robots/index.html"]
    for place in places:
        workspace.write("b.md", b"")
        (workspace.output / place).parent.mkdir(exist_ok=True)
        (workspace.output / place).write_bytes(b"mine")
        before = read_tree(workspace.output)
        workspace.article("b", topics=["Robots"])
        with pytest.raises(StorageError, match=f"{place}: is in the way"):
            workspace.freeze()
        assert read_tree(workspace.output) == before
        (workspace.output / place).unlink()
    workspace.freeze()
    assert b"About b" in (workspace.output / places[0]).read_bytes()


def test_a_copy_that_no_freeze_wrote_goes_neither_with_its_document_nor_with_its_coding(
    workspace: Workspace,
) -> None:
    workspace.configure()
    workspace.article("a")
    workspace.article("b", topics=["Robots"])
    workspace.freeze()
    copy = workspace.output / "topics/robots.atom.gz"
    copy.write_bytes(b"mine")
    (workspace.articles / "b.md").unlink()
    workspace.configure('[topics."Robots"]\nretired = true\n')
    workspace.freeze()
    assert not copy.with_suffix("").exists()
    assert copy.read_bytes() == b"mine"


def test_files_that_a_power_cut_empties_in_a_first_freeze_are_written_by_the_next(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a first freeze are on the disk when its last manifest is written, and not before."""
    workspace.article("a")
    workspace.freeze()
    whole = read_tree(workspace.output)
    shutil.rmtree(workspace.output)

    def cut_power(_folder: OutputFolder) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(OutputFolder, "sync", cut_power)
    with pytest.raises(KeyboardInterrupt):
        workspace.freeze()
    monkeypatch.undo()
    written = [file for file in workspace.output.rglob("*") if file.is_file() and file.name != Manifest.NAME]
    assert len(written) == len(whole)
    for file in written:
        file.write_bytes(b"")
    workspace.freeze()
    assert read_tree(workspace.output) == whole


def test_a_disk_that_cannot_take_what_was_written_is_reported(tmp_path: Path) -> None:
    """A file system without room, or damaged, may tell so only when it is synced."""
    folder = OutputFolder(tmp_path)
    folder.put_off_syncing()
    folder.write("a/b.txt", b"text")
    folder.sync()
    assert (tmp_path / "a/b.txt").read_bytes() == b"text"
    with pytest.raises(StorageError, match="cannot be synced"):
        sync_all(tmp_path / "gone")


def test_what_a_killed_freeze_wrote_is_ours(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.configure('[output]\ncompress = ["gzip"]')
    workspace.article("a")
    workspace.freeze()
    workspace.article("b", topics=["Robots"])
    encode, calls = Manifest.encode, []

    def die_at_the_end(manifest: Manifest) -> bytes:
        calls.append(manifest)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return encode(manifest)

    monkeypatch.setattr(Manifest, "encode", die_at_the_end)
    with pytest.raises(KeyboardInterrupt):
        workspace.freeze()
    monkeypatch.undo()
    assert (workspace.output / "topics/robots.atom").exists()
    workspace.article("b", topics=["Robots"], title="Another title")
    workspace.freeze()
    assert b"Another title" in (workspace.output / "topics/robots.atom").read_bytes()


def make_link(path: Path) -> None:
    path.symlink_to(path.parent.parent / "elsewhere")


KINDS: dict[str, Callable[[Path], None]] = {
    "a link": make_link,
    "a pipe": os.mkfifo,
    "a socket": lambda path: make_socket(path).close(),
}


@pytest.mark.slow
@pytest.mark.timeout(200)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name", ["all.atom", "all.atom.gz", ".feeds-manifest.json", "topics/ai.rss", "404.html", "netlify.toml"]
)
def test_what_is_no_ordinary_file_in_the_place_of_one_of_ours_is_refused_at_once(
    workspace: Workspace, name: str, kind: str
) -> None:
    workspace.configure('[output]\ncompress = ["gzip"]\nhosts = ["nginx"]')
    workspace.article("a")
    workspace.freeze()
    path = workspace.output / name
    if name == "netlify.toml":
        path = next(workspace.folder.glob("build*nginx*"))
    path.unlink()
    KINDS[kind](path)
    workspace.article("b")
    before = read_tree(workspace.output)
    with pytest.raises(StorageError, match=f"is {kind}|is in the way"):
        workspace.freeze()
    assert read_tree(workspace.output) == before
    assert not (workspace.folder / "elsewhere").exists()


@pytest.mark.timeout(200)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_ordinary_file_in_the_place_of_the_record_of_digests_is_refused_at_once(
    workspace: Workspace, kind: str
) -> None:
    workspace.configure('[selections.weekly]\ntitle = "Weekly"\ntopics = ["AI"]\ndigest = "weekly"\n')
    KINDS[kind](workspace.folder / "digests.json")
    workspace.article("a", topics=["AI"])
    with pytest.raises(StorageError, match="the record of closed digests cannot be read"):
        workspace.freeze()


@pytest.mark.parametrize("folder", ["topics", "articles", "all", "static"])
def test_a_folder_of_the_output_that_is_a_link_is_refused(workspace: Workspace, folder: str) -> None:
    elsewhere = workspace.folder / "elsewhere"
    elsewhere.mkdir()
    workspace.output.mkdir()
    (workspace.output / folder).symlink_to(elsewhere)
    workspace.configure("[feeds]\nlimit = 1\npage_size = 1\n")
    workspace.article("a", originalUrl=None, body="text")
    workspace.article("b")
    workspace.article("c")
    with pytest.raises(StorageError, match=f"{folder}: is a link"):
        workspace.freeze()
    assert list(elsewhere.iterdir()) == []
    assert not (workspace.output / "all.atom").exists()


def test_a_link_that_is_in_nobodys_way_is_left_alone(workspace: Workspace) -> None:
    workspace.output.mkdir()
    (workspace.output / "pictures").symlink_to(workspace.folder)
    (workspace.output / "robots.txt").symlink_to(workspace.folder / "config.toml")
    workspace.article("a")
    workspace.freeze()
    assert (workspace.output / "robots.txt").is_symlink()
    assert (workspace.output / "pictures").is_symlink()


@pytest.mark.timeout(200)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["index.sqlite", "index.sqlite-wal", "index.lock"])
def test_what_is_no_ordinary_file_in_the_folder_of_the_index_is_refused_at_once(
    workspace: Workspace, name: str, kind: str
) -> None:
    folder = workspace.config.index_path.parent
    folder.mkdir(parents=True)
    KINDS[kind](folder / name)
    workspace.article("a")
    with pytest.raises(StorageError, match=f"{name}: is {kind}"):
        open_site(workspace.config, NOW).syncer.index.leader_lock()
    assert not (folder.parent / "elsewhere").exists()


@pytest.mark.timeout(200)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["push.json", "push.lock"])
def test_what_is_no_ordinary_file_in_the_place_of_the_outbox_is_refused_at_once(
    tmp_path: Path, name: str, kind: str
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    KINDS[kind](folder / name)
    outbox = Outbox(folder / "push.json", [Hub(HUB)])
    outbox.read(HUB)
    with pytest.raises(StorageError, match=f"{name}: is {kind}"):
        outbox.add(["https://feeds.example.org/all.atom"], 0.0)
    assert not (tmp_path / "elsewhere").exists()


def test_a_link_in_the_place_of_a_temporary_file_is_not_written_through(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("threading.get_ident", lambda: 0x5)
    workspace.output.mkdir()
    target = workspace.folder / "elsewhere"
    target.write_text("mine")
    (workspace.output / f".feeds-new-{os.getpid()}-5").symlink_to(target)
    workspace.article("a")
    workspace.freeze()
    assert target.read_text() == "mine"
    assert msgspec.json.decode((workspace.output / "all.json").read_bytes())["items"]
