"""What processes that work for another one have in common, however they were begun."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from typing import Any, TypeVar

from feeds.errors import ProcessError

# So many answers of each process wait at most.
AHEAD = 16
Given = TypeVar("Given", bound=Sequence[Any])
Made = TypeVar("Made")


def killed() -> ProcessError:
    """That a process has not done its part."""
    return ProcessError(
        "A process that did a part of the work was ended from outside. Is there enough memory? Please try again."
    )


def serve_parent() -> None:
    """Have this process end with the one that asks for its work."""
    # Ctrl-C goes to all of them; the one that asked for the work decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End when the process that asked is killed: nobody else would tell."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
