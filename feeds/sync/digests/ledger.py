"""The record of closed digests: a file to be kept, and committed where the site is a repository."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from feeds.errors import StorageError
from feeds.lib.storage.files import replace_file
from feeds.model import Article


class Closed(msgspec.Struct):
    """The digests of one feed: the time until which all are closed, what each lists as its
    entry, by the period's name, and the ids of all articles that were there to choose from."""  # noqa: D205, D209 - one sentence

    until: datetime
    entries: dict[str, Article] = {}
    considered: list[str] = []


class Ledger(msgspec.Struct):
    """The closed digests of each feed, by the feed's name."""

    feeds: dict[str, Closed] = {}

    @classmethod
    def load(cls, path: Path) -> Ledger:
        """Read the record; one that is not there is empty.

        Raises :class:`StorageError` where it is broken: making it anew would change
        what readers have seen.
        """
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except FileNotFoundError:
            return cls()
        except (OSError, msgspec.DecodeError) as error:
            raise StorageError(
                f"{path}: the record of closed digests cannot be read: {error}."
                " Restore it, or remove it to close all digests anew."
            ) from None

    def save(self, path: Path) -> None:
        """Write the record. Raises :class:`StorageError`."""
        replace_file(path, msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n")
