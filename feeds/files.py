"""Writes a file so that it is whole at every moment."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

from feeds.errors import StorageError

TEMPORARY = ".feeds-new-"


def replace_file(target: Path, body: bytes) -> os.stat_result:
    """Put ``body`` in place of a file: written beside it, synced, moved over it.

    Gives the status of the new file. Raises :class:`StorageError`.
    """
    temporary = target.with_name(f"{TEMPORARY}{os.getpid()}-{threading.get_ident():x}")
    try:
        with temporary.open("wb") as stream:
            stream.write(body)
            stream.flush()
            os.fsync(stream.fileno())
            status = os.fstat(stream.fileno())
        temporary.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StorageError(f"{target}: cannot be written: {error.strerror}.") from None
    return status
