"""Work done in processes gives what it gives here."""

from __future__ import annotations

import pytest
from conftest import NOW, Workspace, tree

from feeds import pools


def test_articles_read_in_processes_make_the_same_bytes(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(230):
        workspace.article(
            f"a{n:03}", topics=[f"T{n % 7}"], publishedDateTime=f"2024-01-01T00:{n // 60:02}:{n % 60:02}Z"
        )
    workspace.freeze(NOW)
    here = tree(workspace.output)
    monkeypatch.setattr(pools, "WORTH_A_POOL", 1)
    (workspace.folder / ".feeds").rename(workspace.folder / "old-index")
    other = workspace.folder / "other"
    workspace.freeze(NOW, output=other)
    assert tree(other) == here
