r"""The access log, in the combined format of Apache, which log analysers read.

Some details differ from Apache, so that every analyser counts each line right. A quote is written as
``\x22``, because AWStats ends a field at any quote, even an escaped one. A WSGI server hands on the
target of a request decoded: it is encoded again, so that it holds no space. A client at a unix socket has
no address, and GoAccess takes no line without one: it is on this machine.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections import deque
from functools import lru_cache
from typing import Any
from urllib.parse import quote

# The path of a private feed contains its token, in whatever form it is written; a referrer may too. If even
# "private" is misspelt, what is about as long as a token may be one; in a query, it may be encoded.
_PRIVATE = re.compile(r"(\bprivate)[^\w.-].*", re.IGNORECASE | re.DOTALL)
_AS_LONG_AS_A_TOKEN = re.compile(r"(?:[\w.~-]|%[0-9a-f]{2}){24,}", re.IGNORECASE | re.ASCII)
_LEAST_MASKED = 24
_UNSAFE = re.compile(rb"[^ !#-\[\]-~]")
# What Apache writes for a byte with a name of its own; all others become \xhh.
_NAMED = {b"\\": "\\\\", b"\b": "\\b", b"\n": "\\n", b"\r": "\\r", b"\t": "\\t", b"\v": "\\v"}
# What a path may hold besides letters, digits and "-._~" (RFC 3986); what is in a query is as it was sent.
_IN_PATH, _IN_QUERY = "/:@!$&'()*+,;=", "/:@!$&'()*+,;=?%[]"
# Lines are buffered and written once a second. If nobody writes them, the oldest are dropped:
# a request never waits for its log.
_MOST_BUFFERED = 50_000
# Whatever a client sends, its line does not get longer than is useful.
_LONGEST_TARGET, _LONGEST_FIELD = 1000, 300
# What readers send again and again is short: only that is kept.
_LONGEST_KEPT, _LONGEST_READ = 200, 2000
_THIS_MACHINE = "127.0.0.1"


class AccessLog:
    """Buffers log lines and writes them to a file descriptor.

    Safe to share between threads. No line holds a token of a private feed. A site that has none may do
    without ``hides_tokens``, and reads long words of addresses that it does not have.
    """

    def __init__(self, descriptor: int, *, hides_tokens: bool = True) -> None:
        self._descriptor = descriptor
        self._hides_tokens = hides_tokens
        self._lines: deque[str] = deque(maxlen=_MOST_BUFFERED)
        self._second = 0
        self._time_text = ""

    def add(self, environ: dict[str, Any], status: str, size: int, *, is_public: bool = False) -> None:
        """Buffer the line of an answered request; ``size`` is that of the body in bytes.

        If the path is that of a document for everybody, it ``is_public`` and holds no token.
        """
        get = environ.get
        # Cut first, because what is formatted is also kept.
        path, query = get("SCRIPT_NAME", "") + environ["PATH_INFO"], get("QUERY_STRING") or ""
        if self._hides_tokens:
            path, query = path if is_public else mask_token(path), mask_token(query)
        target = format_target(path[:_LONGEST_TARGET], query[:_LONGEST_TARGET])
        method = environ["REQUEST_METHOD"][:_LONGEST_FIELD]
        # GoAccess does not know granian's name for HTTP/1.0.
        protocol = get("SERVER_PROTOCOL", "HTTP/1.1")
        referrer, agent = get("HTTP_REFERER") or "-", get("HTTP_USER_AGENT") or "-"
        if self._hides_tokens:
            referrer, agent = mask_token(referrer), mask_token(agent)
        self._lines.append(
            f"{get('REMOTE_ADDR') or _THIS_MACHINE} - - [{self._format_time()}]"
            f' "{escape_field(method)} {target} {"HTTP/1.0" if protocol == "HTTP/1" else protocol}"'
            f' {status[:3]} {size} "{escape_field(referrer[:_LONGEST_FIELD])}" "{escape_field(agent[:_LONGEST_FIELD])}"\n'
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
    """Return a path, query or URL without anything that may be a private feed's token."""
    if len(target) < _LEAST_MASKED:
        # Too short for a token.
        return target
    return _AS_LONG_AS_A_TOKEN.sub("***", _PRIVATE.sub(r"\1/***", target[:_LONGEST_READ]))


def format_target(path: str, query: str) -> str:
    """Return the target of a request as it was sent.

    ``path`` is decoded, as WSGI has it (PEP 3333); ``query`` is not.
    """
    if len(path) + len(query) > _LONGEST_KEPT:
        return _format_target(path, query)
    return _format_target_once(path, query)


def _format_target(path: str, query: str) -> str:
    target = quote(_encode(path), safe=_IN_PATH) or "/"
    return f"{target}?{quote(_encode(query), safe=_IN_QUERY)}" if query else target


def escape_field(text: str) -> str:
    """Escape a text: it can neither end its field or line nor control a terminal."""
    return _escape(text) if len(text) > _LONGEST_KEPT else _escape_once(text)


def _escape(text: str) -> str:
    return _UNSAFE.sub(lambda sign: _escape_byte(sign[0]).encode(), _encode(text)).decode()


_format_target_once = lru_cache(maxsize=4096)(_format_target)
_escape_once = lru_cache(maxsize=4096)(_escape)


def _encode(text: str) -> bytes:
    """Return the bytes that a server received; WSGI has a character for each.

    See PEP 3333.
    """
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _escape_byte(byte: bytes) -> str:
    return _NAMED.get(byte) or f"\\x{byte[0]:02x}"
