"""Repeats calls that failed temporarily, and explains errors of stores in words."""

from __future__ import annotations

import errno
import math
import textwrap
import threading
import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

# Back-off in seconds: long enough for a rate limit to clear or a server to restart.
PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
# Errors that another try would not change.
_FINAL = (
    FileNotFoundError,
    FileExistsError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
    ValueError,
    TypeError,
    ImportError,
)
_FINAL_NUMBERS = {errno.EINVAL, errno.EPERM, errno.ENOSYS, errno.ENAMETOOLONG, errno.EMSGSIZE}

# Each library has its own names for missing credentials.
_NO_CREDENTIALS = {
    "NoCredentialsError",
    "PartialCredentialsError",
    "ProfileNotFound",
    "TokenRetrievalError",
    "DefaultCredentialsError",
    "RefreshError",
    "ClientAuthenticationError",
}
_FINAL_NAMES = _NO_CREDENTIALS | {"ParamValidationError", "ResourceNotFoundError"}
_LONGEST = 240


class Retry:
    """Repeats failing calls; ``say`` gets a sentence on the first failure, the tenth, the hundredth."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._failures = 0
        self._lock = threading.Lock()

    def run(self, place: str, call: Callable[[], Value]) -> Value:
        """Return the result of a call, after at most seven tries. Raises what the last try raises."""
        for pause in PAUSES:
            try:
                return call()
            except Exception as error:
                if _is_final(error):
                    raise
                self._report(place, error)
            time.sleep(pause)
        return call()

    def _report(self, place: str, error: Exception) -> None:
        with self._lock:
            self._failures += 1
            number = self._failures
        if math.log10(number).is_integer():
            times = "" if number == 1 else f" This was failure {number}."
            self._say(f"{place}: {explain(error)}; trying again.{times}")


def explain(error: Exception) -> str:
    """Return what went wrong, as the rest of a sentence."""
    told = getattr(error, "strerror", None) or error
    text = textwrap.shorten(str(told), _LONGEST, placeholder=" …").rstrip(".")
    if type(error).__name__ in _NO_CREDENTIALS:
        return f"there are no credentials that can be used ({text})"
    if isinstance(error, PermissionError):
        return f"access is denied ({text})"
    return text or type(error).__name__


def _is_final(error: Exception) -> bool:
    number = error.errno if isinstance(error, OSError) else None
    return isinstance(error, _FINAL) or number in _FINAL_NUMBERS or type(error).__name__ in _FINAL_NAMES
