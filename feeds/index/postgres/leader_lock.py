"""A lock in the database, for one process of all that share it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from feeds.index.postgres.session import Session


class SessionTurn:
    """Held by one connection; it goes with that, however it ends."""

    def __init__(
        self, opened: Callable[[], Session], name: str, explained: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._opened = opened
        self._name = name
        self._explained = explained
        self._session: Session | None = None
        self._held = False

    def is_held(self) -> bool:
        """Whether this process holds the lock, which it takes where it is free.

        Raises :class:`feeds.errors.IndexFaultError` where the server is away: then nobody holds it.
        """
        with self._explained():
            self._session = self._session or self._opened()
            if self._held:
                self._session.execute("SELECT 1")
            else:
                statement = "SELECT pg_try_advisory_lock(hashtextextended(?, 0))"
                (self._held,) = self._session.execute(statement, (self._name,)).fetchone()
            return self._held

    def close(self) -> None:
        """Give the lock up."""
        if self._session is not None:
            self._session.close()
