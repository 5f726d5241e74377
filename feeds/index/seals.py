"""Tell what this site wrote into its index from what somebody else put there.

An index is input too: it may be a copy from elsewhere, or somebody may be able to write the database and
nothing else. Articles and entries are sanitised before they are stored, and are published as they are
stored. So each gets a seal, a hash with a key that is not in the index. If the index was sealed with
another key, its articles are sanitised again when they are read, and its entries are not used. If it was
sealed with ours and a seal is broken, the index is built again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from feeds.lib.storage.files import (
    PRIVATE_FILE,
    TEMPORARY,
    keep_private,
    make_private_folder,
    open_new_file,
    read_own_file,
)

_BYTES = 16
# Of SHA-256: a key that fills a block is hashed once, not with each text.
_BLOCK = 64
_KEY_BYTES = 32


class Seals:
    """The seals of one key. ``name`` tells the key from others, and nothing about it."""

    def __init__(self, key: bytes) -> None:
        kinds = ("article", "atom", "rss", "json", "name", "channels", "names")
        self._begun = {kind: hashlib.sha256((key + kind.encode()).ljust(_BLOCK, b"\0")) for kind in kinds}
        self.name = self.make("name", b"").hex()

    def make(self, kind: str, body: bytes) -> bytes:
        """Return the seal of a text: half a hash that begins with the key.

        So nobody can continue the text.
        """
        state = self._begun[kind].copy()
        state.update(body)
        return state.digest()[:_BYTES]

    def make_each(self, entries: Mapping[str, bytes]) -> tuple[bytes | None, ...]:
        """Return the seals of an entry in the order of the columns."""
        return tuple(
            None if (body := entries.get(kind)) is None else self.make(kind, body)
            for kind in ("atom", "rss", "json")
        )


def load_key(path: Path) -> bytes:
    """Return a file's key; if it is missing, make it, for its owner alone.

    If it cannot be made, the key is of this process alone.
    """
    with suppress(OSError):
        make_private_folder(path.parent)
        for _ in range(2):
            keep_private(path)
            with suppress(FileNotFoundError):
                key = read_own_file(path)
                if len(key) == _KEY_BYTES:
                    return key
                path.unlink()
            _write_key(path)
    return os.urandom(_KEY_BYTES)


def _write_key(path: Path) -> None:
    """Write a key, unless another process does so at the same time."""
    new = path.with_name(f"{TEMPORARY}{os.getpid()}-{path.name}")
    try:
        descriptor = open_new_file(str(new), PRIVATE_FILE)
        try:
            os.write(descriptor, os.urandom(_KEY_BYTES))
        finally:
            os.close(descriptor)
        with suppress(FileExistsError):
            os.link(new, path)
    finally:
        new.unlink(missing_ok=True)
