"""Tell what goes wrong again and again without filling a log."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

# Seconds after which the same is said again, and for which all must go well before trouble is over.
REPEAT_SECONDS, QUIET_SECONDS = 60.0, 10.0


class TroubleLog:
    """Says when trouble begins, once a minute while it lasts, and when it is over.

    What comes and goes within seconds is one trouble. Safe to share between threads.
    """

    def __init__(
        self, say: Callable[[str], None], ended: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``ended`` is said at the end, if it says anything; ``clock`` counts in seconds."""
        self._say = say
        self._ended = ended
        self._clock = clock
        self._said: dict[str, float] = {}
        self._unsaid = 0
        self._failed_at = 0.0
        self._lock = threading.Lock()

    def note_failure(self, text: str) -> None:
        """Say what failed, unless that was said within the last minute."""
        with self._lock:
            now = self._failed_at = self._clock()
            if now - self._said.get(text, -REPEAT_SECONDS) < REPEAT_SECONDS:
                self._unsaid += 1
                return
            times = f" (And {self._unsaid} times since this was said last.)" if self._unsaid else ""
            self._said = {other: at for other, at in self._said.items() if now - at < REPEAT_SECONDS}
            self._said[text] = now
            self._unsaid = 0
            self._say(text + times)

    def note_success(self) -> None:
        """Say that trouble is over, if there was any and nothing failed for a while."""
        if not self._said:
            return
        with self._lock:
            if self._said and self._clock() - self._failed_at >= QUIET_SECONDS:
                self._said = {}
                self._unsaid = 0
                if self._ended:
                    self._say(self._ended)
