"""What the site itself writes, and what programs leave beside articles, is no article."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sites import CONFIG, NOW, Workspace

from feeds.cli import main
from feeds.lib.storage.stray_files import find_stray_files
from feeds.site import open_site

HERE = CONFIG.replace('"articles"', '"."')
EVERYTHING = HERE + 'include = ["**/*"]\n'


def list_known(site: Workspace) -> list[str]:
    with open_site(site.config, NOW).syncer.index.reading() as connection:
        return [path for (path,) in connection.execute("SELECT path FROM files ORDER BY path")]


@pytest.mark.parametrize("base", [HERE, EVERYTHING])
@pytest.mark.parametrize("output", ["build", "public/site"])
def test_nothing_of_the_site_is_read_below_its_articles(tmp_path: Path, base: str, output: str) -> None:
    site = Workspace(tmp_path / "site")
    (site.folder / "topics").mkdir()
    (site.folder / "topics/ai.md").write_text("---\nname: AI\n---\n")
    site.configure(
        f'[output]\npath = "{output}"\n[topics]\npath = "topics"\n[index]\npath = "db/x.sqlite"', base
    )
    site.article("a")
    for _ in range(2):
        site.freeze(output=site.config.output_path)
        assert site.problems() == []
        assert list_known(site) == ["articles/a.md"]


def test_another_tree_that_a_freeze_wrote_is_not_read(workspace: Workspace) -> None:
    workspace.configure(base=HERE)
    workspace.article("a")
    workspace.freeze(output=workspace.folder / "preview")
    assert workspace.problems() == []
    site = open_site(workspace.config, NOW)
    (workspace.folder / "preview/new.md").write_bytes((workspace.articles / "a.md").read_bytes())
    for path in ("preview/new.md", "preview", "build/x.md", ".git/x.md", "lost+found/x.md"):
        assert site.syncer.sync_below([path], NOW).changes.read == 0
    assert list_known(workspace) == ["articles/a.md"]


STRAY = [
    "a.md~", "#a.md#", "a.md.bak", "a.md.orig", "a.md.rej", "a.md.tmp", "~$a.md", "4913", "a.md.crdownload",
    "a (conflicted copy 2024-01-01 120000).md", "a (Anna's conflicted copy 2024-01-01).md",
    "a.sync-conflict-20240101-120000-ABCDEFG.md", "a (SFConflict anna@example.org 2024-01-01-12-00-00).md",
    "a_conflict-20240101-120000.md", "a.conflict1.md", "a_LOCAL_1234.md", "a.md.LOCAL.12.md", "a [Conflict].md", "Icon\r", "Thumbs.db",
    "a (Annas in Konflikt stehende Kopie 2024-01-01).md", "a.md___jb_tmp___", "a (Case Conflict).md",
]  # fmt: skip
ARTICLES = [
    "a.md", "a (1).md", "a-DESKTOP.md", "a copy.md", "Copy of a.md", "how-to-solve-a-sync-conflict.md",
    "notes_from_2024.md", "version_2.md", "c#.md", "~a.md", "a~b.md", "backup.md", "the [draft] of 1999.md", "old.md",
    "conflict (film).md", "a_LOCAL_view.md", "tmp.txt", "4913.md",
]  # fmt: skip


def test_what_programs_leave_is_told_from_what_people_write() -> None:
    assert set(find_stray_files(STRAY + ARTICLES)) == set(STRAY)
    for name in STRAY:
        assert find_stray_files([name]).keys() == {name}
    for name in ARTICLES:
        assert find_stray_files([name]) == {}


def test_what_editors_and_sync_programs_leave_replaces_no_article_and_is_named(workspace: Workspace) -> None:
    workspace.configure(base=CONFIG + 'include = ["**/*"]\n')
    text = workspace.article("a", title="Kept", originalUrl="https://example.org/a").read_bytes()
    late = text.replace(b"Kept", b"Lost").replace(
        b"topics:", b"updatedDateTime: 2024-05-01T00:00:00Z\ntopics:"
    )
    for name in STRAY:
        workspace.write(f"{name}", late)
    for folder in ("#recycle", "@eaDir", ".stversions"):
        workspace.write(f"{folder}/a.md", late)
    workspace.freeze()
    assert b">Kept<" in workspace.read("all.atom")
    assert b">Lost<" not in workspace.read("all.atom")
    found = workspace.problems()
    assert {problem.path for problem in found} == set(STRAY)
    assert {(problem.code, problem.severity) for problem in found} == {("stray-file", "warning")}
    (backup,) = (problem for problem in found if problem.path == "a.md~")
    assert backup.message == "is a backup, as Vim, Emacs, nano, gedit or Kate leaves it."


REFUSED = {
    ".": "which holds the configuration",
    "..": "which holds the configuration",
    "articles": "which holds the articles",
    "articles/inner": '"inner/a.md" is there',
    "linked": "which holds the articles",
    "topics": "which holds the topics",
}


@pytest.mark.parametrize("output", REFUSED)
def test_an_output_folder_that_holds_what_the_site_is_made_of_is_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    workspace.article("inner/a")
    (workspace.folder / "topics").mkdir()
    (workspace.folder / "linked").symlink_to("articles")
    topics = '[topics]\npath = "topics"\n'
    workspace.configure(topics)
    monkeypatch.chdir(workspace.folder)
    done = CliRunner().invoke(main, ["freeze", "--output", output])
    assert done.exit_code == 2
    assert REFUSED[output] in done.output
    text = f'{CONFIG}\n{topics}[output]\npath = "{output}"\n'
    (workspace.folder / "config.toml").write_text(text)
    for command in ("freeze", "check"):
        done = CliRunner().invoke(main, [command])
        assert done.exit_code == 2
        assert ": error: output.path: names" in done.output
        assert REFUSED[output] in done.output
    assert not (workspace.folder / output / "all.atom").exists()


def test_an_output_folder_among_the_articles_is_fine_if_it_holds_none(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.configure('[output]\npath = "articles/site"')
    for _ in range(2):
        workspace.freeze(output=workspace.config.output_path)
        assert workspace.problems() == []
    (workspace.articles / "site/.feeds-manifest.json").unlink()
    workspace.freeze(output=workspace.config.output_path)
