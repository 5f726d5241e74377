"""How long statements may run in PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from feeds.index.patience import Patience
from feeds.index.postgres.session import Session

_STEP_SECONDS = 0.05


@contextmanager
def limit(patience: Patience, session: Session) -> Iterator[None]:
    """Limit what a session does meanwhile, by the clock: what the server's processor does is not seen here."""
    watch = _Watch(patience, session)
    watch.start()
    try:
        yield
    finally:
        watch.stop()


class _Watch:
    """A thread that interrupts a statement when its time is over."""

    def __init__(self, patience: Patience, session: Session) -> None:
        self._patience = patience
        self._session = session
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to count."""
        self._thread.start()

    def stop(self) -> None:
        """End, after an interruption that is under way: it must not meet the next statement."""
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        began = time.monotonic()
        if self._done.wait(self._patience.quick):
            return
        with self._patience.slowly() as may:
            left = self._patience.most - (time.monotonic() - began)
            if may and self._done.wait(max(0.0, left)):
                return
        # Again, should it have come between two statements.
        self._session.interrupt()
        while not self._done.wait(_STEP_SECONDS):
            self._session.interrupt()
