"""Runs the core of the tests under other versions of Python, each in an environment of its own.

    python tools/pythons.py [PYTHON ...]

PYTHON is a command or a path; without one, those of 3.11 to 3.14 that are found on PATH and below
``~/.pyenv``. Prints a line for each and exits with 1 if one fails.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_VERSIONS = ("3.11", "3.12", "3.13", "3.14")
# What needs no other program than Python.
CORE = (
    "articles", "attacks", "cli", "conditional", "config", "curated", "deltas", "fast_yaml",
    "formats", "freeze", "freeze_plan", "http", "negotiation", "pagination", "private", "process",
    "processes", "queries", "requests", "rooms", "selections", "serving", "sync", "tags", "text",
)  # fmt: skip


def main() -> None:
    """Test each version and say how it went."""
    pythons = sys.argv[1:] or list(_found())
    outcomes = [_tested(python) for python in pythons]
    missing = [
        version for version in _VERSIONS if not any(f"Python {version}." in text for _, text in outcomes)
    ]
    for _, text in outcomes:
        print(text)
    print(f"Not found here: {', '.join(missing) or 'none'}.")
    sys.exit(0 if all(passed for passed, _ in outcomes) else 1)


def _found() -> Iterator[str]:
    for version in _VERSIONS:
        below = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
        found = str(below[-1]) if below else shutil.which(f"python{version}")
        if found:
            yield found


def _tested(python: str) -> tuple[bool, str]:
    """Whether the tests pass under a Python, and that in a line."""
    version = _run([python, "-V"], ROOT).stdout.strip()
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "source"
        # Each version leaves its own files beside the sources.
        shutil.copytree(
            ROOT, source, ignore=shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__")
        )
        own = Path(name) / "venv" / "bin" / "python"
        steps = (
            [python, "-m", "venv", str(own.parents[1])],
            [str(own), "-m", "pip", "install", "-q", "-c", "constraints.txt", "-e", ".[test]"],
            [str(own), "-m", "pytest", "-q", *(f"tests/test_{core}.py" for core in CORE)],
        )
        for step in steps:
            result = _run(step, source)
            if result.returncode:
                return False, f"{version}: fails\n{result.stdout[-3000:]}{result.stderr[-3000:]}"
    return True, f"{version}: {result.stdout.strip().splitlines()[-1]}"


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    main()
