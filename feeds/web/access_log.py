"""The access log, in the combined format that log analysers read."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections import deque
from functools import lru_cache
from typing import Any

# The path of a private feed contains its token, in whatever form it is written; a referrer may too.
_PRIVATE = re.compile(r"(\bprivate)[^\w.-].*", re.IGNORECASE | re.DOTALL)
_UNSAFE = re.compile(r"[^ !#-\[\]-~]")
# Lines are buffered and written once a second. If nobody writes them, the oldest are dropped:
# a request never waits for its log.
_MOST_BUFFERED = 50_000
# Whatever a client sends, its line does not get longer than is useful.
_LONGEST_TARGET, _LONGEST_FIELD = 1000, 300


class AccessLog:
    """Buffers log lines and writes them to a file descriptor. Safe to share between threads."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: deque[str] = deque(maxlen=_MOST_BUFFERED)
        self._second = 0
        self._time_text = ""

    def add(self, environ: dict[str, Any], status: str, size: int) -> None:
        """Buffer the line of an answered request; ``size`` is that of the body in bytes."""
        get = environ.get
        path, query = environ["PATH_INFO"], get("QUERY_STRING")
        target = mask_token(f"{path}?{query}" if query else path)[:_LONGEST_TARGET]
        method = environ["REQUEST_METHOD"][:_LONGEST_FIELD]
        referrer = mask_token(get("HTTP_REFERER") or "-")[:_LONGEST_FIELD]
        agent = (get("HTTP_USER_AGENT") or "-")[:_LONGEST_FIELD]
        self._lines.append(
            f"{get('REMOTE_ADDR') or '-'} - - [{self._format_time()}]"
            f' "{escape_text(method)} {escape_text(target)} {get("SERVER_PROTOCOL", "HTTP/1.1")}"'
            f' {status[:3]} {size} "{escape_text(referrer)}" "{escape_text(agent)}"\n'
        )

    def write(self) -> None:
        """Write the buffered lines; call it from one thread at a time.

        If the reader of a pipe has gone away, the lines are dropped.
        """
        data = "".join(self._lines.popleft() for _ in range(len(self._lines))).encode()
        with contextlib.suppress(BrokenPipeError):
            while data:
                data = data[os.write(self._descriptor, data) :]

    def _format_time(self) -> str:
        second = int(time.time())
        if second != self._second:
            self._time_text = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(second))
            self._second = second
        return self._time_text


def mask_token(target: str) -> str:
    """Return a path or URL without anything that may be the token of a private feed."""
    return _PRIVATE.sub(r"\1/***", target)


@lru_cache(maxsize=4096)
def escape_text(text: str) -> str:
    """Escape a text so that it can neither end its field or line nor control a terminal."""
    return _UNSAFE.sub(
        lambda sign: "".join(f"\\x{byte:02x}" for byte in sign[0].encode("utf-8", "replace")), text
    )
