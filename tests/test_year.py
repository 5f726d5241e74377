"""A year of a site leaves nothing behind that grows without bound, and upgrades and moves change no document."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from sites import ROOT

sys.path.append(str(ROOT / "benchmarks"))

from year import Sizes, live


def look_at(found: dict[str, Sizes]) -> None:
    """Hold the sizes against each other: the number of articles stays the same."""
    early, *_, last = (found[f"quarter {number}"] for number in range(1, 5))
    assert {sizes.temporary for sizes in found.values()} == {0}, "no temporary file is left"
    assert max(sizes.others for sizes in found.values()) < 10_000, (
        "nothing but what is known lies beside the index"
    )
    assert max(sizes.log for sizes in found.values()) < 1_000_000, "the log is emptied"
    assert last.outbox < 2 * early.outbox + 20_000, "the outbox has each feed once"
    assert last.manifest < 2 * early.manifest, "the manifest has what is there"
    after = found["a move"]
    assert (after.output_files, after.manifest) == (
        found["a rollback"].output_files,
        found["a rollback"].manifest,
    )
    assert after.database <= last.database, "a new index holds no past"


@pytest.mark.slow
def test_a_short_year_leaves_nothing_behind(tmp_path: Path) -> None:
    look_at(dict(live(tmp_path, 4, 8, versions=(1,))))


@pytest.mark.stress
def test_a_whole_year_leaves_nothing_behind(tmp_path: Path) -> None:
    look_at(dict(live(tmp_path, 500, 100)))
