"""The access log, in the combined format that log analysers read."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections import deque
from functools import lru_cache
from typing import Any

# The address of a private feed holds its token, however it is written, and so may a referrer.
_PRIVATE = re.compile(r"(\bprivate)[^\w.-].*", re.IGNORECASE | re.DOTALL)
_ODD = re.compile(r"[^ !#-\[\]-~]")
# Lines wait for the next second to be written together. Where nobody takes them, the oldest are
# dropped: a request never waits for its log.
_MOST_WAITING = 50_000
# Whatever a request sends, its line is no longer than is useful.
_LONGEST_TARGET, _LONGEST = 1000, 300


class AccessLog:
    """Collects lines and writes them to a file descriptor. Safe to share between threads."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: deque[str] = deque(maxlen=_MOST_WAITING)
        self._second = 0
        self._stamp = ""

    def note(self, environ: dict[str, Any], status: str, size: int) -> None:
        """Take down an answered request; ``size`` is that of the body in bytes."""
        get = environ.get
        query = get("QUERY_STRING")
        target = f"{environ['PATH_INFO']}?{query}" if query else environ["PATH_INFO"]
        self._lines.append(
            f"{get('REMOTE_ADDR') or '-'} - - [{self._now()}]"
            f' "{escaped(environ["REQUEST_METHOD"][:_LONGEST])} {escaped(masked(target)[:_LONGEST_TARGET])} {get("SERVER_PROTOCOL", "HTTP/1.1")}"'
            f' {status[:3]} {size} "{escaped(masked(get("HTTP_REFERER") or "-")[:_LONGEST])}" "{escaped((get("HTTP_USER_AGENT") or "-")[:_LONGEST])}"\n'
        )

    def write(self) -> None:
        """Write what has been collected; for one thread at a time. Nothing where the reader went away."""
        data = "".join(self._lines.popleft() for _ in range(len(self._lines))).encode()
        with contextlib.suppress(BrokenPipeError):
            while data:
                data = data[os.write(self._descriptor, data) :]

    def _now(self) -> str:
        second = int(time.time())
        if second != self._second:
            self._stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(second))
            self._second = second
        return self._stamp


def masked(target: str) -> str:
    """A target without what might be the token of a private feed."""
    return _PRIVATE.sub(r"\1/***", target)


@lru_cache(maxsize=4096)
def escaped(text: str) -> str:
    """A text that cannot end its field or its line, nor steer a terminal."""
    return _ODD.sub(
        lambda sign: "".join(f"\\x{byte:02x}" for byte in sign[0].encode("utf-8", "replace")), text
    )
