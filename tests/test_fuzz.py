"""The fuzzer finds nothing in a minute of `make stress`; by hand it has an hour: `make fuzz`."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sites import ROOT

# Examples of hypothesis hold the same claim with fewer inputs: test_hostile.py, test_oracle.py.
pytestmark = [pytest.mark.slow, pytest.mark.stress]

SECONDS = 60


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="atheris is not installed; `make needs` tries to install it",
)
def test_a_fuzzer_that_is_led_by_coverage_finds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tools" / "fuzz.py"), "--seconds", str(SECONDS), "--seed", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    executed = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    assert executed
    assert int(executed[1]) > 1000
    assert list(tmp_path.iterdir()) == []
