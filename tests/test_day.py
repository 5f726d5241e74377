"""A day of a site: whatever curator and operator do, no answer is lost, leaked, wrong or torn."""

from __future__ import annotations

import subprocess
import sys

import pytest
from effort import for_each, stressed
from sites import ROOT
from waiting import PATIENCE

sys.path.append(str(ROOT / "benchmarks"))

from model import Model, Span, State, private, public

pytestmark = pytest.mark.slow

A, B = State("one", frozenset({"t"}), "public"), State("two", frozenset({"u"}), "public")
DRAFT, GONE = State("draft", frozenset({"t"}), "draft"), State()


def known(*states: State) -> Model:
    """An article that was in these states, each written within the tenth of a second after a whole one."""
    model = Model(2.0)
    for n, state in enumerate(states):
        model.note("a", state, 10.0 + n, 10.1 + n)
    return model


@for_each(
    ("states", "shown", "asked", "expected"),
    [
        ([A], {"a": "one"}, 20, []),
        ([A], {}, 20, ["lost"]),
        ([A], {}, 11, []),  # it may not show yet
        ([A, B], {"a": "one"}, 20, ["wrong"]),
        ([A, B], {"a": "one"}, 12, []),
        ([A, B], {"a": "two"}, 12, []),
        ([A, B], {}, 12.5, ["lost"]),  # it was one or the other all the time
        ([A, GONE], {"a": "one"}, 20, ["leaked"]),
        ([A, GONE], {}, 12, []),
        ([DRAFT], {"a": "draft"}, 20, ["leaked"]),
        ([DRAFT, A], {"a": "draft"}, 11, ["wrong"]),
        ([], {"b": "x"}, 20, ["leaked"]),
    ],
)
def test_the_model_finds_what_is_lost_leaked_and_wrong(
    states: list[State], shown: dict[str, str], asked: float, expected: list[str]
) -> None:
    found = known(*states).find_mismatches(public(), shown, Span(asked, asked + 0.1))
    assert [mismatch.kind for mismatch in found] == expected


def test_the_model_knows_what_each_feed_shows() -> None:
    assert (public("t")(A), public("t")(B), public()(DRAFT), public()(GONE)) == ("one", None, None, None)
    assert (private()(A), private()(DRAFT), private()(GONE)) == ("one", "Draft: draft", None)


def test_a_short_day_passes_without_a_fault() -> None:
    command = [
        sys.executable,
        str(ROOT / "benchmarks" / "day.py"),
        # So short a day is over before an edit is late; the machine may be busy.
        *(("120", "60") if stressed() else ("3", "20", str(PATIENCE))),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 lost; 0 leaked; 0 wrong; 0 torn; 0 failed" in result.stdout
    assert "answers 304" in result.stdout
