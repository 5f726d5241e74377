"""Turns errors of PostgreSQL into sentences for people, never with a password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

import psycopg
from psycopg import errors

from feeds.errors import (
    FeedsError,
    IndexBusyError,
    IndexLostError,
    IndexUnavailableError,
    TimeLimitError,
    make_page_address,
)

_PAGE = make_page_address("guides/postgres")
_HELP = f"{_PAGE} tells how to set it up."
_HINTS = (
    (r"password authentication failed|no password supplied|authentication", "Is the password right? PGPASSWORD or a passfile may hold it."),
    (r'database ".*" does not exist', "Make it (createdb), or name another one in index.url."),
    (r'role ".*" does not exist', "Make the user (createuser), or name another one in index.url."),
    (r"could not translate host name|resolve host", "Is the name of the host in index.url right?"),
    (r"not answered|refused|No such file|timeout|unreachable|closed|terminat|shutting down|starting up", "Is the server running, and is index.url right?"),
)  # fmt: skip


class ErrorTranslator:
    """Translates one database's errors; ``place`` is its address without password."""

    def __init__(self, url: str) -> None:
        self.place = redact_url(url)
        self._secret = _find_password(url)

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Raise our errors in place of those of psycopg."""
        try:
            yield
        except psycopg.Error as error:
            raise self._translate(error) from None

    def _translate(self, error: psycopg.Error) -> FeedsError:
        place = self.place
        if isinstance(error, errors.UndefinedTable | errors.InvalidSchemaName):
            return IndexLostError(
                f"{place}: the tables of the index are gone; the next sync makes them again."
            )
        if isinstance(error, errors.LockNotAvailable):
            return IndexBusyError(
                f"{place}: another process is writing the index; try again when it is done."
            )
        if isinstance(error, errors.QueryCanceled):
            return TimeLimitError(f"{place}: this takes too long.")
        text = self._hide_secret(" ".join(str(error).split()))
        if isinstance(error, errors.InsufficientPrivilege):
            return IndexUnavailableError(
                f"{place}: the user may not do this: {text}. {_PAGE} tells which rights are needed."
            )
        hint = next((hint for sign, hint in _HINTS if re.search(sign, text, re.IGNORECASE)), _HELP)
        return IndexUnavailableError(f"{place}: the index cannot be used: {text.rstrip('.')}. {hint}")

    def _hide_secret(self, text: str) -> str:
        for secret in {self._secret, unquote(self._secret)} - {""}:
            text = text.replace(secret, "***")
        return text


def redact_url(url: str) -> str:
    """Return the address of a database without its password and parameters."""
    scheme, _, rest = url.partition("://")
    user, at, place = rest.rpartition("@")
    return f"{scheme.partition('+')[0]}://{user.partition(':')[0]}{at}{place.partition('?')[0]}"


def _find_password(url: str) -> str:
    user, _, _ = url.partition("://")[2].rpartition("@")
    in_parameters = re.search(r"[?&]password=([^&]*)", url)
    return in_parameters[1] if in_parameters else user.partition(":")[2]
