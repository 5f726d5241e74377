"""A faulty file takes nothing away: its last good version stays, until somebody withdraws it on purpose."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from effort import examples, stressed
from hypothesis import given
from hypothesis import strategies as st
from sites import NOW, ROOT, Workspace

from feeds.articles.visibility import has_changed_line, hash_visibility_lines
from feeds.errors import RemovalsError
from feeds.index.index import Index
from feeds.index.read import channels, overview
from feeds.index.read.overview import FaultyFiles
from feeds.index.rows import Listing, Stamp
from feeds.lib.storage import files
from feeds.model import Problem
from feeds.site import open_site
from feeds.sync import process
from feeds.sync.diff import Changes
from feeds.sync.syncer import Syncer

sys.path.append(str(ROOT / "benchmarks"))

import saving

LATER = NOW + timedelta(hours=1)
GOOD = """\
---
title: Good
publishedDateTime: 2024-01-02T03:04:05Z
originalUrl: https://example.org/lone
topics: [Lonely]
published: true
removed: false
---
Published last week, it was drafted long ago.
"""


class Kept:
    """A site with one article, which is synced again and again."""

    def __init__(self, site: Workspace, text: str = GOOD) -> None:
        site.configure("[feeds]\ntombstones = true\n")
        self.site = site
        self.file = site.write("lone.md", text)
        self.syncer: Syncer = open_site(site.config, NOW).syncer
        self.index: Index = self.syncer.index

    def write(self, text: str | bytes) -> None:
        """Write the article, as of an hour ago: it is not being saved."""
        self.site.write("lone.md", text)
        number = next(_TIMES)
        os.utime(self.file, (number, number))

    def sync(self) -> Changes:
        return self.syncer.sync_all(LATER).changes

    def titles(self) -> list[str]:
        with self.index.reading() as connection:
            everything = next(c for c in overview.read_channels(connection) if c.kind == "all")
            return [a.title for a in channels.read_channel_articles(connection, everything.key, 1000)]

    def tombstones(self) -> int:
        with self.index.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM tombstones").fetchone()[0])

    def problems(self) -> list[Problem]:
        with self.index.reading() as connection:
            return list(overview.read_problems(connection))

    def counts(self) -> FaultyFiles:
        with self.index.reading() as connection:
            return overview.count_faulty_files(connection)

    def kept_rows(self) -> int:
        """Count what the index keeps of articles and of their lines about visibility."""
        with self.index.reading() as connection:
            counts = [
                connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0]
                for what in ("articles", "members", "entries", "files WHERE visibility IS NOT NULL")
            ]
        return sum(counts)


_TIMES: Iterator[int] = iter(range(1_600_000_000, 1_700_000_000))

BROKEN: dict[str, str | bytes] = {
    "a quote too few": GOOD.replace("title: Good", 'title: "Good'),
    "half saved": GOOD[: GOOD.index("originalUrl")],
    "half saved in a line about visibility": GOOD[: GOOD.index("05Z")],
    "emptied": "",
    "a conflict": GOOD.replace("title: Good", "<<<<<<< HEAD\ntitle: Good\n=======\ntitle: Better\n>>>>>>> b"),
    "a conflict at the top": f"<<<<<<< HEAD\n{GOOD}",
    "no title": GOOD.replace("title: Good\n", ""),
    "no date": GOOD.replace("publishedDateTime: 2024-01-02T03:04:05Z\n", ""),
    "no front matter": "Some text",
    "another encoding": GOOD.replace("Good", "Gööd").encode("latin-1"),
    "wide characters": GOOD.encode("utf-16"),
    "Windows' ends of lines": GOOD.replace("title: Good", 'title: "Good').replace("\n", "\r\n"),
    "nothing but zeros, after a crash": b"\0" * 300,
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_faulty_file_keeps_what_was_published(workspace: Workspace, text: str | bytes) -> None:
    kept = Kept(workspace)
    kept.write(text)
    kept.sync()
    assert (kept.titles(), kept.tombstones(), kept.counts()) == (["Good"], 0, (1, 0))
    (problem, *_) = kept.problems()
    assert problem.severity == "error"
    assert "The version of 2024-06-01 12:00 UTC stays published until it is mended." in problem.text()


HIDING = {
    "unpublished": "published: false",
    "removed": "published: true\nremoved: yes",
    "deleted": "published: true\n  - deleted: true",
    "a draft": "published: true\n'draft': true",
    "by its date": "publishedDateTime: 2034-01-02T03:04:05Z",
    "in capitals": "PUBLISHED: no",
    "with its value below": "published:\n  no",
    "in a flow": "published: true\n{draft: true}",
    "in a whole mapping in one line": "published: true\n{title: Good, 'draft': true}",
    "behind a space that nobody sees": "published: true\n\u00a0removed: true",
    "in the quotation marks of a language": "published: true\n«removed»: true",
    "a table of TOML": "published: true\n[draft]",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
@pytest.mark.parametrize("line", HIDING.values(), ids=HIDING.keys())
def test_a_changed_line_about_visibility_hides_it_at_once(
    workspace: Workspace, line: str, encoding: str
) -> None:
    kept = Kept(workspace)
    kept.write(GOOD.replace("published: true", line).replace("title: Good", 'title: "ö').encode(encoding))
    kept.sync()
    assert kept.titles() == []
    assert kept.counts() == (0, 1)
    assert "is hidden until it is mended" in kept.problems()[0].hint
    assert kept.kept_rows() == 0


def test_a_line_that_is_cut_is_no_change_and_one_that_differs_is() -> None:
    for text in (
        GOOD,
        GOOD.replace("published: true", "published:\n  true"),
        '---\n{title: Good, published: true, "removed": false, draft: no}\n---\nPublished in: May.\n',
    ):
        known = hash_visibility_lines(text.encode())
        for end in range(len(text)):
            assert not has_changed_line(hash_visibility_lines(text[:end].encode()), known), text[:end]
    known = hash_visibility_lines(GOOD.encode())
    for line in ("published: no", "published: truE", "draft: t", "removed: f\n", "published: true false"):
        assert has_changed_line(hash_visibility_lines(f"---\n{line}".encode()), known), line


def test_a_value_below_its_name_belongs_to_the_line() -> None:
    known = hash_visibility_lines(b"published:\n  true\n")
    assert has_changed_line(hash_visibility_lines(b"published:\n  false\n"), known)


UNCLEAR = {
    "a name with an escape": '"\\x72emoved": perhaps',
    "a value from elsewhere": "x: &x perhaps\n? !!str removed\n: *x",
    "merged from elsewhere": "<<: {removed: perhaps}",
    "a space that nobody sees": "\u2003removed: true",
}


@pytest.mark.parametrize("line", UNCLEAR.values(), ids=UNCLEAR.keys())
def test_an_unclear_switch_hides_however_its_line_begins(workspace: Workspace, line: str) -> None:
    kept = Kept(workspace)
    kept.write(GOOD.replace("removed: false", line))
    kept.sync()
    assert [problem.code for problem in kept.problems() if problem.severity == "error"] == ["unclear-switch"]
    assert kept.titles() == []


def replace_by_link(file: Path, target: Path) -> None:
    file.unlink()
    file.symlink_to(target)


def replace_by_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()
    (file / "inner.png").touch()


def replace_by_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


BLOCKING: dict[str, Callable[[Path], None]] = {
    "a folder": replace_by_folder,
    "a pipe": replace_by_pipe,
    "a link to nothing": lambda file: replace_by_link(file, Path("nowhere")),
    "a link to itself": lambda file: replace_by_link(file, file),
    "a link to a folder": lambda file: replace_by_link(file, file.parent.parent),
    "a link to outside": lambda file: replace_by_link(file, file.parent.parent / "config.toml"),
}


@pytest.mark.parametrize("named", [False, True], ids=["listed", "named"])
@pytest.mark.parametrize("block", BLOCKING.values(), ids=BLOCKING.keys())
def test_an_article_whose_place_something_else_takes_is_faulty_and_not_gone(
    workspace: Workspace, block: Callable[[Path], None], *, named: bool
) -> None:
    kept = Kept(workspace)
    block(kept.file)
    for _ in range(2):
        kept.syncer.sync_below(["lone.md"], LATER) if named else kept.sync()
        assert (kept.titles(), kept.tombstones(), kept.counts()) == (["Good"], 0, (1, 0))
    assert "12:00 UTC stays published" in kept.problems()[0].hint
    kept.file.rename(workspace.folder / "taken-away")
    kept.sync()
    assert kept.titles() == []


def test_the_articles_of_a_folder_that_became_a_link_stay_and_nothing_is_read_behind_it(
    workspace: Workspace,
) -> None:
    kept = Kept(workspace)
    workspace.article("inner/deep/a", title="Inner")
    kept.sync()
    inner = workspace.articles / "inner"
    inner.rename(workspace.folder / "moved")
    inner.symlink_to("../moved")
    (workspace.folder / "moved" / "deep" / "a.md").write_text(GOOD.replace("title: Good", "title: Other"))
    kept.sync()
    kept.syncer.sync_below(["inner"], LATER)
    assert (sorted(kept.titles()), kept.counts()) == (["Good", "Inner"], (1, 0))
    inner.unlink()
    kept.sync()
    assert kept.titles() == ["Good"]


def test_the_hashes_hold_no_words_of_the_text() -> None:
    kept = hash_visibility_lines(GOOD.replace("true", "mysterious").encode())
    assert b"publi" not in kept
    assert b"myste" not in kept
    assert b"week" not in kept


def test_a_kept_article_is_not_touched_and_a_mended_one_is_an_edit(either: Workspace) -> None:
    kept = Kept(either)
    before = channel_of(kept)
    kept.write(BROKEN["a quote too few"])
    kept.sync()
    assert channel_of(kept) == before
    assert kept.sync().read == 0, "nothing new is said of a file that is still faulty"
    kept.write(GOOD.replace("title: Good", "title: Better"))
    kept.sync()
    assert (kept.titles(), kept.tombstones(), kept.counts()) == (["Better"], 0, (0, 0))
    assert kept.problems() == []


def channel_of(kept: Kept) -> list[overview.ChannelRow]:
    with kept.index.reading() as connection:
        return overview.read_channels(connection)


def test_what_is_withdrawn_on_purpose_goes_though_the_file_was_faulty(either: Workspace) -> None:
    kept = Kept(either)
    kept.write(BROKEN["half saved"])
    kept.sync()
    kept.write(GOOD.replace("published: true", "published: false"))
    kept.sync()
    assert (kept.titles(), kept.kept_rows()) == ([], 0)
    assert kept.tombstones() > 0


def test_a_faulty_file_that_is_deleted_goes_as_any_other(either: Workspace) -> None:
    kept = Kept(either)
    kept.write(BROKEN["half saved"])
    kept.sync()
    kept.file.unlink()
    kept.sync()
    assert (kept.titles(), kept.kept_rows(), kept.problems()) == ([], 0, [])


def test_it_stays_however_often_the_file_is_broken_in_another_way(either: Workspace) -> None:
    kept = Kept(either)
    for text in BROKEN.values():
        kept.write(text)
        kept.sync()
        assert kept.titles() == ["Good"]
        assert "12:00 UTC stays" in kept.problems()[0].hint, "since the version was read, not the last break"
    with kept.index.reading() as connection:
        assert overview.count_file_states(connection)["faulty"] == 1


def test_of_two_files_with_one_id_a_faulty_one_takes_part_as_before(either: Workspace) -> None:
    kept = Kept(either)
    either.write("other.md", GOOD.replace("title: Good", "title: Other"))
    kept.sync()
    assert kept.titles() == ["Good"]
    either.write("other.md", "")
    kept.sync()
    assert kept.titles() == ["Good"]
    kept.write("")
    kept.sync()
    assert (kept.titles(), kept.counts()) == (["Good"], (2, 0))
    with kept.index.reading() as connection:
        assert sum(overview.count_file_states(connection).values()) == 2
    kept.file.unlink()
    kept.sync()
    assert kept.titles() == ["Other"]


def test_a_kept_article_is_rendered_again_when_rendering_changes(
    either: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(either)
    kept.write(BROKEN["a quote too few"])
    kept.sync()
    before = entries(kept)
    kept.index.close()
    monkeypatch.setattr(process, "READER_VERSION", 99)
    either.configure(
        "[feeds]\ntombstones = true\n[topics.Lonely]\nparent = 'Alone'\ninclude_children = true\n"
    )
    kept.syncer = open_site(either.config, LATER).syncer
    kept.index = kept.syncer.index
    assert (kept.titles(), kept.tombstones(), kept.counts()) == (["Good"], 0, (1, 0))
    assert {key for key, _ in before}.isdisjoint({key for key, _ in entries(kept)})
    assert [body for _, body in before] == [body for _, body in entries(kept)]


def entries(kept: Kept) -> list[tuple[int, bytes]]:
    with kept.index.reading() as connection:
        return [(key, bytes(body)) for key, body in connection.execute("SELECT article, atom FROM entries")]


def test_an_article_that_stays_published_is_counted_as_published(workspace: Workspace) -> None:
    kept = Kept(workspace)
    kept.write(BROKEN["half saved"])
    workspace.write("new.md", "")
    kept.sync()
    with open_site(workspace.config, LATER).publisher.snapshot() as snapshot:
        states = overview.count_articles(snapshot.connection)
    assert (states["public"], states["faulty"]) == (1, 1)


def test_a_new_index_has_nothing_to_keep_and_says_that_the_article_is_missing(workspace: Workspace) -> None:
    kept = Kept(workspace, 'title: "Good')
    assert kept.counts() == (0, 1)
    (problem,) = workspace.problems()
    assert problem.severity == "error"
    assert problem.hint.endswith("The article is missing until it is mended.")


def refuse_reading(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let nobody list a folder or read below it, as without the right to (which tests may have as root)."""
    list_folder, read_file = os.scandir, files.read_within

    def list_others(path: str) -> object:
        if Path(path) == folder:
            raise PermissionError(13, "Permission denied")
        return list_folder(path)

    def read_others(root: str | Path, path: str, most: int) -> bytes:
        if Path(root, path).is_relative_to(folder):
            raise PermissionError(13, "Permission denied")
        return read_file(root, path, most)

    monkeypatch.setattr(os, "scandir", list_others)
    monkeypatch.setattr(process, "read_within", read_others)


def test_the_files_of_a_folder_that_cannot_be_listed_are_faulty_and_not_gone(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(workspace)
    workspace.article("inner/a", title="Inner")
    workspace.article("inner/deep/b", title="Deep")
    kept.sync()
    titles = kept.titles()
    assert len(titles) == 3
    with monkeypatch.context() as patch:
        refuse_reading(patch, workspace.articles / "inner")
        for _ in range(2):
            kept.sync()
            assert kept.titles() == titles
        assert kept.counts() == (2, 0)
        assert kept.sync().read == 0
        kept.syncer.sync_below(["inner/a.md", "inner"], LATER)
        assert kept.titles() == titles
    kept.sync()
    assert (kept.titles(), kept.counts(), kept.problems()) == (titles, (0, 0), [])
    (workspace.articles / "inner" / "a.md").unlink()
    kept.sync()
    assert len(kept.titles()) == 2


def test_too_many_articles_that_vanish_without_being_withdrawn_stop_a_sync(either: Workspace) -> None:
    for n in range(12):
        either.article(f"a{n}", published=True)
    kept = Kept(either)
    before = kept.titles()
    for path in either.articles.glob("a*.md"):
        path.write_text(f"<<<<<<< HEAD\n{path.read_text()}published: perhaps\n>>>>>>> b\n")
    with pytest.raises(RemovalsError, match="12 of 13"):
        kept.sync()
    assert (kept.titles(), kept.problems()) == (before, [])
    for path in either.articles.glob("a*.md"):
        path.write_text(f"---\npublished: false\ntitle: {path.name}\n---\n")
    kept.sync()
    assert kept.titles() == ["Good"], "on purpose, so as many as there are"


def test_a_file_that_is_being_saved_is_looked_at_again_before_anything_is_said(workspace: Workspace) -> None:
    kept = Kept(workspace)
    workspace.write("lone.md", "---\ntitle")
    workspace.write("new.md", "---\ntitle")
    saved = (LATER - timedelta(seconds=0.5)).timestamp()
    for name in ("lone.md", "new.md"):
        os.utime(workspace.articles / name, (saved, saved))
    changes = kept.syncer.sync_all(LATER, settle=True).changes
    assert (sorted(changes.unsettled), changes.read) == (["lone.md", "new.md"], 0)
    assert (kept.titles(), kept.problems()) == (["Good"], [])
    paths = changes.unsettled
    changes = kept.syncer.sync_below(paths, LATER + timedelta(seconds=3), settle=True).changes
    assert (changes.unsettled, kept.counts()) == ((), (1, 1))
    assert len(kept.problems()) == 2


def test_a_line_about_visibility_hides_even_while_the_file_is_being_saved(workspace: Workspace) -> None:
    kept = Kept(workspace)
    workspace.write("lone.md", "---\npublished: false\ntit")
    saved = LATER.timestamp()
    os.utime(kept.file, (saved, saved))
    kept.syncer.sync_all(LATER, settle=True)
    assert kept.titles() == []


STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["good", "hidden", "deleted", *BROKEN]), st.integers(0, 9)),
    min_size=1,
    max_size=8,
)


@given(STEPS)
@examples(10, 400)
def test_what_is_published_is_the_last_good_version_of_each_file_unless_it_was_withdrawn(
    steps: list[tuple[int, str, int]],
) -> None:
    with tempfile.TemporaryDirectory() as place:
        kept = Kept(Workspace(Path(place) / "site"))
        expected: dict[int, str] = {}
        for name, what, number in steps:
            file, text = kept.site.articles / f"{name}.md", BROKEN.get(what)
            if what == "good":
                expected[name] = f"T{name}-{number}"
                text = GOOD.replace("title: Good", f"title: {expected[name]}").replace("/lone", f"/{name}")
            elif what in ("hidden", "deleted"):
                expected.pop(name, None)
                text = "---\ntitle: 'x\ndraft: true\n---\n" if what == "hidden" else None
            if text is None:
                file.unlink(missing_ok=True)
            else:
                kept.site.write(file.name, text)
                moment = next(_TIMES)
                os.utime(file, (moment, moment))
            kept.sync()
            assert sorted(kept.titles()) == sorted(["Good", *expected.values()])
        kept.index.close()


@pytest.mark.slow
def test_whoever_reads_while_editors_save_always_gets_the_article() -> None:
    outcome = saving.measure(6 if stressed() else 3, saves=60)
    assert outcome.answers["whole"] > 0
    assert outcome.is_good(), outcome


def test_a_file_that_is_missing_for_a_moment_is_not_gone(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(workspace)
    for n in range(8):
        workspace.write(f"n{n}.md", GOOD.replace("/lone", f"/{n}"))
    kept.sync()
    list_files = Syncer._list_files  # noqa: SLF001 - what the folder has at each look
    names = iter([None, *(f"n{n}.md" for n in range(8))])

    def list_while_another_is_saved(syncer: Syncer, below: tuple[str, ...] | None) -> Listing:
        """List the files while an editor has renamed another one, which it is about to write again."""
        missing = next(names)
        files = list_files(syncer, below)
        return files if missing is None else files._replace(files=_without(files.files, missing))

    monkeypatch.setattr(Syncer, "_list_files", list_while_another_is_saved)
    kept.file.unlink()
    changes = kept.sync()
    assert (changes.removed, changes.unsettled) == (1, ("n4.md",))
    assert len(kept.titles()) == 8
    monkeypatch.undo()
    assert kept.sync().removed == 0
    (workspace.articles / "n4.md").unlink()
    assert kept.sync().removed == 1


def _without(files: dict[str, Stamp], missing: str) -> dict[str, Stamp]:
    return {path: stamp for path, stamp in files.items() if path != missing}
