"""When a hub is told again of what it could not be told: pure functions over times in epoch seconds."""

from __future__ import annotations

import msgspec

_FIRST_DELAY = 30.0
_LONGEST_DELAY = 6 * 3600.0
# Readers that poll have seen a change long before.
_PATIENCE = 3 * 86400.0


class Pending(msgspec.Struct, frozen=True):
    """A feed that a hub has still to be told of.

    ``serial`` is the number of the change, ``queued`` its time, ``due`` the earliest time
    of the next attempt, ``attempts`` how many have failed; times in epoch seconds.
    """

    url: str
    serial: int
    queued: float
    due: float
    attempts: int = 0


def delay(attempts: int, retry_after: float = 0) -> float:
    """Seconds until the next attempt after so many failed: twice as long each time, six hours at most.

    A hub may ask for longer by Retry-After (RFC 9110, section 10.2.3), for six hours at most too.
    """
    # A larger power is no longer needed, and in the end no float holds it.
    doubled = _FIRST_DELAY * 2.0 ** min(attempts - 1, 20)
    return min(max(doubled, retry_after), _LONGEST_DELAY)


def again(pending: Pending, now: float, retry_after: float = 0) -> Pending | None:
    """The same after an attempt that failed ``now``; None where three days of trying are over."""
    attempts = pending.attempts + 1
    due = now + delay(attempts, retry_after)
    if due > pending.queued + _PATIENCE:
        return None
    return msgspec.structs.replace(pending, attempts=attempts, due=due)
