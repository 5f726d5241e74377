"""From files to results: many are read a step at a time, and none depends on those beside it."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites import NOW, Workspace

from feeds.articles.reader import Reader
from feeds.index.rows import Result, Task
from feeds.sync.process import File, FileProcessor, group_files


def every_kind(workspace: Workspace) -> list[Task]:
    """Articles of every state, one that is known already and one that is gone."""
    for n in range(6):
        workspace.article(f"n{n}", f"Text {n}")
    workspace.article("draft", published=False)
    workspace.article("later", publishedDateTime="2030-01-01T00:00:00Z")
    workspace.article("strange", pubished=True, locale="??")
    workspace.write("broken.md", "---\ntitle: [\n---\n")
    workspace.write("bytes.md", b"---\ntitle: \xff\n---\n")
    workspace.write("large.md", "---\ntitle: a\n---\n" + "x" * 1_000_001)
    paths = [path.name for path in sorted(workspace.articles.iterdir())]
    known = FileProcessor(workspace.config, NOW)([Task("n3.md", None)])[0].hash
    return [*(Task(path, known if path == "n3.md" else None) for path in paths), Task("gone.md", None)]


@pytest.mark.parametrize("archive", ["true", "false"])
def test_files_that_are_read_together_have_the_results_of_each_alone(
    workspace: Workspace, archive: str
) -> None:
    work = FileProcessor(workspace.configure(f"[feeds]\narchive = {archive}\n"), NOW)
    tasks = every_kind(workspace)
    together = work(tasks)
    assert together == [result for task in tasks for result in work([task])]
    states = {result.state for result in together}
    assert states == {"public", "unpublished", "future", "faulty", "same", "vanished"}


@given(st.lists(st.integers(0, 900_000), max_size=12), st.integers(0, 3))
def test_files_are_grouped_in_order_and_a_group_has_little_more_than_a_megabyte(
    sizes: list[int], done: int
) -> None:
    files: list[Any] = [File(str(n), bytes(size), b"") for n, size in enumerate(sizes)]
    files[:0] = [Result("", b"", "same")] * done
    groups = list(group_files(iter(files)))
    assert [file for group in groups for file in group] == files
    for group in groups:
        assert sum(len(file.data) for file in group[:-1] if isinstance(file, File)) <= 1_000_000


@pytest.mark.parametrize("step", ["parse_matter", "interpret"])
def test_a_file_at_which_feeds_itself_fails_costs_itself_alone(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    tasks = every_kind(workspace)
    work = FileProcessor(workspace.config, NOW)
    sound, real = work(tasks), getattr(Reader, step)

    def failing(reader: Reader, path: str, given: object) -> object:
        if path == "n4.md":
            raise RecursionError
        return real(reader, path, given)

    monkeypatch.setattr(Reader, step, failing)
    results = work(tasks)
    assert [r for r in results if r.path != "n4.md"] == [r for r in sound if r.path != "n4.md"]
    (broken,) = [r for r in results if r.path == "n4.md"]
    assert (broken.state, [problem.code for problem in broken.problems]) == ("faulty", ["internal"])


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_file_or_folder_whose_name_is_not_utf_8_is_reported_and_costs_itself_alone(
    workspace: Workspace,
) -> None:
    workspace.article("fine")
    (workspace.articles / os.fsdecode(b"caf\xe9")).mkdir()
    for name in (b"caf\xe9/within.md", b"na\xefve.md"):
        path = workspace.articles / os.fsdecode(name)
        path.write_bytes((workspace.articles / "fine.md").read_bytes())
    problems = [(problem.code, problem.path) for problem in workspace.problems()]
    assert problems == [("bad-name", "caf\\udce9"), ("bad-name", "na\\udcefve.md")]
    assert workspace.freeze().written
