"""What a freeze has to do follows from the places of the site and what a tree holds."""

from __future__ import annotations

import pytest

from feeds.freeze.file_table import ABSENT, FileStamp, FileTable, Written
from feeds.freeze.manifest import Manifest
from feeds.freeze.plan import Tree, TreeChanges, UnknownFileError, plan_freeze
from feeds.publisher.changes import Place
from feeds.publisher.targets import Fixed

STAMP = FileStamp(1, 2)
OTHER = FileStamp(3, 4)


def plan(
    places: list[Place], manifest: Manifest, files: dict[str, FileStamp], *, first: bool = False
) -> TreeChanges:
    tree = Tree(manifest, files, first=first, codings=manifest.codings)
    return plan_freeze(places, tree, codings=["gzip"])


def place(path: str, *, changed: bool = False) -> Place:
    return Place(path, Fixed(path), changed, 0)


def test_what_is_as_it_was_is_kept_and_all_else_is_made_again() -> None:
    names = ("kept", "changed", "touched", "missing", "without-copy")
    old = Manifest(
        files=FileTable.of({name: Written("hash", STAMP) for name in names}),
        codings=["gzip"],
        packed=FileTable.of(
            {f"{name}.gz": Written("hash", STAMP) for name in names if name != "without-copy"}
        ),
    )
    files = dict.fromkeys([*names, *old.packed], STAMP) | {"touched": OTHER}
    del files["missing"]
    found = plan([place(name, changed=name == "changed") for name in (*names, "new")], old, files)
    assert found.kept == ["kept", "kept.gz"]
    assert [one.path for one in found.pending] == ["changed", "touched", "missing", "without-copy", "new"]
    assert (found.contested, found.stale_copies, found.gone) == ([], [], [])


def test_what_the_site_has_no_more_goes_after_its_copies_and_what_is_of_others_stays() -> None:
    old = Manifest(
        files=FileTable.of({"gone": Written("hash", STAMP), "lost": Written("hash", STAMP)}),
        codings=["gzip", "br"],
    )
    found = plan([], old, dict.fromkeys(["gone", "gone.gz", "gone.br", "mine", "mine.gz"], STAMP))
    assert found.gone == ["gone", "lost"]
    assert found.stale_copies == ["gone.br"]
    assert found.doomed == ["gone.gz", "gone"]


def test_at_the_first_freeze_every_file_in_the_way_is_looked_at() -> None:
    found = plan(
        [place("a"), place("b/")], Manifest(), dict.fromkeys(["a", "b/index.html.gz"], STAMP), first=True
    )
    assert [(one.file, one.coding) for one in found.contested] == [("a", None), ("b/index.html.gz", "gzip")]


def test_a_path_that_gives_way_is_no_part_of_the_plan() -> None:
    tree = Tree(Manifest(), {"robots.txt": STAMP}, first=True)
    found = plan_freeze([place("robots.txt"), place("a")], tree, yields=["robots.txt"])
    assert [one.path for one in found.pending] == ["a"]
    assert found.contested == []


@pytest.mark.parametrize("codings", [[], ["gzip"]])
def test_what_is_left_is_what_has_not_changed_if_it_is_as_much(codings: list[str]) -> None:
    names = ["changed", "a", "b/index.html"]
    old = Manifest(
        files=FileTable.of({name: Written("hash", STAMP) for name in names}),
        codings=codings,
        packed=FileTable.of({f"{name}.gz": Written("hash", ABSENT) for name in names if codings}),
    )
    changed = [place("changed", changed=True), place("new")]
    tree = Tree(old, {"changed": STAMP}, first=False, codings=codings)
    found = plan_freeze(changed, tree, unchanged=["a", "b/"], codings=codings)
    assert (found.kept, found.gone, found.pending) == (["a", "b/index.html"], [], changed)
    assert dict(found.files.items()) == dict(old.files.items())
    assert set(found.list_files()) == {*names, "new"}
    found = plan_freeze(changed, tree, unchanged=["a"], codings=codings)
    assert (found.kept, found.gone) == (["a"], ["b/index.html"])
    assert set(found.list_files()) == {"changed", "new", "a"}
    with pytest.raises(UnknownFileError):
        plan_freeze(changed, tree, unchanged=["a", "b/", "c"], codings=codings)


def test_an_unchanged_document_without_its_copy_is_not_known() -> None:
    old = Manifest(files=FileTable.of({"a": Written("hash", STAMP)}), codings=["gzip"])
    with pytest.raises(UnknownFileError):
        plan_freeze([], Tree(old, {}, first=False, codings=["gzip"]), unchanged=["a"], codings=["gzip"])
