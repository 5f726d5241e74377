"""How long statements may run in PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from feeds.index.postgres.session import Session
from feeds.index.time_limit import Patience

_STEP_SECONDS = 0.05


@contextmanager
def limit(patience: Patience, session: Session) -> Iterator[None]:
    """Limit each statement of a session meanwhile, by the clock: what the server's processor does is not seen here."""
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(patience, session, done), daemon=True)
    watch.start()
    try:
        yield
    finally:
        done.set()
        # An interruption that is under way must not meet the next statement.
        watch.join()


def _watch(patience: Patience, session: Session, done: threading.Event) -> None:
    """Interrupt statements whose time is over."""
    pause = patience.quick
    while not done.wait(pause):
        pause = _STEP_SECONDS
        if session.lasts() > patience.quick:
            _be_slow(patience, session, done)


def _be_slow(patience: Patience, session: Session, done: threading.Event) -> None:
    """Let a statement go on for as long as one that is slow may, where one more may be slow."""
    with patience.slowly() as may:
        limit = patience.most if may else patience.quick
        while (lasts := session.lasts()) > patience.quick and not done.is_set():
            if lasts > limit:
                session.interrupt()
            done.wait(_STEP_SECONDS)
