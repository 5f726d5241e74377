"""Notice when a file changes that the configuration of a running site depends on."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from feeds.config.own_files import list_own_files
from feeds.config.schema import Config

_Stamp = tuple[int, int, int, int]
# A file that is being saved is left alone until nothing changes for this long, but not forever.
_SETTLE_SECONDS, _MOST_WAITS = 0.2, 25
_RETRY_SECONDS = 5.0


class ConfigFiles:
    """The files of a configuration: config.toml, curators', pages' and token files.

    They are found by looking, with each tick of the watch: a file may be replaced by another one, a link
    to it swapped, or its folder mounted later, which no event of its folder tells.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        # Nothing is known at first: what changed since the configuration was read counts, too.
        self._known: dict[str, _Stamp] = {}
        self._retry_at: float | None = None

    def have_changed(self, config: Config) -> bool:
        """Return whether to read the configuration again.

        While it is at fault, it is read again every few seconds: what it names may be there now.
        """
        found = _stamp_files(config)
        if found == self._known and (self._retry_at is None or time.monotonic() < self._retry_at):
            return False
        for _ in range(_MOST_WAITS):
            before = found
            if self._stop.wait(_SETTLE_SECONDS) or before == (found := _stamp_files(config)):
                break
        self._known = found
        return True

    def note_outcome(self, *, at_fault: bool) -> None:
        """Note whether the configuration that was read can be used."""
        self._retry_at = time.monotonic() + _RETRY_SECONDS if at_fault else None


def _stamp_files(config: Config) -> dict[str, _Stamp]:
    return {str(path): stamp for path in _list_files(config) if (stamp := _read_stamp(path))}


def _list_files(config: Config) -> Iterator[Path]:
    yield config.locate(config.file)
    for folder in filter(None, (config.topics_path, config.providers_path)):
        try:
            yield from (Path(entry.path) for entry in os.scandir(config.locate(folder)))
        except OSError:
            continue
    if config.templates_path is not None:
        for inner, _, names in os.walk(config.templates_path):
            yield from (Path(inner, name) for name in names if name.endswith(".html"))
    if config.style_path is not None:
        yield config.style_path
    yield from list_own_files(config.static_path).values()
    yield from (
        config.locate(private.token_file) for private in config.private.values() if private.token_file
    )


def _read_stamp(path: Path) -> _Stamp | None:
    """Return what changes with a file, even at the same size and time."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
