"""What differs between stores: clients, headers, listings and errors."""

from __future__ import annotations

import errno
import math
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any, TypeVar

# How many requests run at the same time.
SIDE_BY_SIDE = 16
CONNECT_SECONDS, READ_SECONDS = 10, 30
# A call lists a page of objects or moves one of them: slow lines need less for the largest one.
CALL_SECONDS = 600.0
_NAMES = {
    "Content-Type": "content_type",
    "Cache-Control": "cache_control",
    "Content-Encoding": "content_encoding",
}
# The names that stores have for the mark of an object's state, the best first.
_MARKS = ("ETag", "etag", "generation", "created", "LastModified", "last_modified")
Ask = Callable[[Callable[[], Any]], Any]
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
_FINAL_NAMES = _NO_CREDENTIALS | {"ParamValidationError", "ResourceNotFoundError", "FSTimeoutError"}
_LONGEST = 240
# What stores say that get too many requests: S3 and those that speak its protocol, Google, Azure.
_SLOW_DOWN = (
    "SlowDown",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TooManyRequests",
    "ServerBusy",
    "rateLimitExceeded",
    "429",
    "503",
)


def make_client_options(scheme: str) -> dict[str, Any]:
    """Return the options of a store's file system, besides those of the environment.

    :mod:`feeds.lib.storage.clients` repeats requests, so S3's client need not.
    """
    if scheme != "s3":
        return {}
    from fsspec.config import conf

    client = {
        "retries": {"total_max_attempts": 1, "mode": "standard"},
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "max_pool_connections": SIDE_BY_SIDE,
    }
    return {"config_kwargs": conf.get("s3", {}).get("config_kwargs", {}) | client}


def make_header_arguments(scheme: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments that make a store keep headers with an object."""
    if scheme == "s3":
        return {name.replace("-", ""): value for name, value in headers.items()}
    settings = {_NAMES[name]: value for name, value in headers.items()}
    if scheme == "az":
        return {"content_settings": settings}
    if scheme == "gs":
        return {"content_type": settings.pop("content_type"), "fixed_key_metadata": settings}
    return {}


def make_condition_arguments(scheme: str, mark: str | None) -> dict[str, Any]:
    """Return the arguments that make a store replace only the object with this mark.

    With None, the store writes only if there is no object. Stores without conditions on marks
    (RFC 9110, 13.1) check the second case alone.
    """
    if scheme == "s3":
        return {"IfNoneMatch": "*"} if mark is None else {"IfMatch": mark}
    return {"mode": "create"} if mark is None else {}


def list_infos(scheme: str, system: Any, root: str, ask: Ask) -> Iterator[tuple[str, int, str]]:
    """Return name, size and mark of each object below a root; ``ask`` makes a request."""
    if scheme == "s3":
        return _list_s3(system, root, ask)
    found = ask(partial(system.find, root, detail=True))
    return ((name, info["size"], get_mark(info)) for name, info in found.items())


def get_mark(info: Mapping[str, Any]) -> str:
    """Return the mark of an object's state, unlike those of its other states."""
    return next((str(info[name]) for name in _MARKS if info.get(name)), "")


def _list_s3(system: Any, root: str, ask: Ask) -> Iterator[tuple[str, int, str]]:
    bucket, _, folder = root.partition("/")
    wanted = {"Bucket": bucket, "Prefix": f"{folder}/" if folder else ""}
    while True:
        page = ask(partial(system.call_s3, "list_objects_v2", **wanted))
        yield from ((f"{bucket}/{one['Key']}", one["Size"], one["ETag"]) for one in page.get("Contents", ()))
        if not page.get("IsTruncated"):
            return
        wanted["ContinuationToken"] = page["NextContinuationToken"]


class Pace:
    """Lets some calls through at a time: fewer if a store asks for it, then more.

    Halving and adding one is what shares a line fairly (TCP does so). Safe to share between threads.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._running = 0
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """How many calls may run at a time now."""
        return int(self._limit)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and have it in the context."""
        with self._changed:
            self._changed.wait_for(lambda: self._running < self.limit)
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def slow_down(self) -> None:
        """Let half as many through."""
        with self._changed:
            self._limit = max(1.0, self._limit / 2)

    def speed_up(self) -> None:
        """Let one more through after as many calls as run at a time now."""
        if self._limit < self._most:
            with self._changed:
                self._limit = min(float(self._most), self._limit + 1 / self._limit)
                self._changed.notify()


class Retry:
    """Repeats failing calls; ``say`` hears of failures number 1, 10 and 100.

    A store that asks to slow down is asked by fewer calls at a time, and for ``patience`` seconds.
    """

    def __init__(self, say: Callable[[str], None], patience: float = 0) -> None:
        self._say = say
        self._patience = patience
        self._pace = Pace(SIDE_BY_SIDE)
        self._hurries = threading.Event()
        self._failures = 0
        self._lock = threading.Lock()

    def run(self, place: str, call: Callable[[], Value]) -> Value:
        """Return the result of a call, after at most seven tries, or more in patience.

        Raises what the last try raises.
        """
        began = time.monotonic()
        for number in count():
            try:
                with self._pace.turn():
                    result = call()
            except Exception as error:
                if _is_final(error) or (number >= len(PAUSES) and not self._waits(error, began)):
                    raise
                if _asks_to_slow_down(error):
                    self._pace.slow_down()
                self._report(place, error)
            else:
                self._pace.speed_up()
                return result
            pause = PAUSES[min(number, len(PAUSES) - 1)]
            if number < len(PAUSES):
                time.sleep(pause)
            else:
                self._hurries.wait(pause)
        raise AssertionError

    def hurry(self) -> None:
        """Have all calls, also running ones, end after seven tries: the work has failed."""
        self._hurries.set()

    def _waits(self, error: Exception, began: float) -> bool:
        """Return whether a call that began then is tried for more than seven times."""
        is_early = time.monotonic() - began < self._patience
        return is_early and _asks_to_slow_down(error) and not self._hurries.is_set()

    def _report(self, place: str, error: Exception) -> None:
        with self._lock:
            self._failures += 1
            number = self._failures
        if math.log10(number).is_integer():
            times = "" if number == 1 else f" This was failure {number}."
            self._say(f"{place}: {explain(error)}; trying again.{times}")


def has_code(error: BaseException | None, *codes: str) -> bool:
    """Return whether a store answered with one of these codes, in any library."""
    if error is None:
        return False
    answer = getattr(error, "response", None)
    told = answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None
    known = {str(getattr(error, name, "")) for name in ("code", "error_code", "status_code")} | {str(told)}
    return not known.isdisjoint(codes) or has_code(error.__cause__ or error.__context__, *codes)


def _asks_to_slow_down(error: Exception) -> bool:
    """Return whether an error says that the store gets more requests than it takes."""
    return has_code(error, *_SLOW_DOWN)


def explain(error: Exception) -> str:
    """Return what went wrong, as the rest of a sentence."""
    if type(error).__name__ == "FSTimeoutError":
        return "the store did not finish its answer in time"
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
