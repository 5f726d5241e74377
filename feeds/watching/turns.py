"""Lets one process of several do what only one should."""

from __future__ import annotations

import threading

from feeds.index.store import Turn

_RETRY_SECONDS = 0.5


def taken(turn: Turn, stop: threading.Event) -> bool:
    """Wait until this process has the turn; False where told to stop before."""
    held = turn.is_held()
    while not held and not stop.wait(_RETRY_SECONDS):
        held = turn.is_held()
    return held
