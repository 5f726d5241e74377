"""Wait for what other threads and processes do: for an event, never for a time that should be enough."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")

# Seconds, which only a test that fails waits out: a machine that is busy with others may be ten times slower.
PATIENCE = 120.0


def until(
    find: Callable[[], Found | None], what: str = "it has not happened", seconds: float = PATIENCE
) -> Found:
    """Wait until something is found or true, and return it; if it never is, fail and say what was waited for."""
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
    return found


def is_running(pid: int) -> bool:
    """Whether a process runs: one that has ended may wait for somebody to ask how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
