"""Tell which files of a folder change, by the kernel's events or by polling."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from watchfiles import watch

from feeds.lib.storage.file_names import from_system

WatchMode = Literal["auto", "events", "stamps", "off"]
# Paths that changed. None: anything may have changed. An empty set: only a second has passed.
ChangedPaths = frozenset[str] | None

_TICK_SECONDS = 1.0
# The events of one edit come within the shorter time of each other, in milliseconds. If events keep
# coming, those so far are handed on after the longer time.
_STEP_MS, _DEBOUNCE_MS = 20, 200
# Look at the whole folder this often even with events, to find what the kernel has dropped.
_LOOK_SECONDS = 60.0
# The share of the time that looking may take at most.
_SHARE = 0.2
# File systems on which changes by other machines raise no events on this one.
_REMOTE = ("nfs", "cifs", "smb", "9p", "fuse", "virtiofs", "vboxsf", "ceph", "lustre", "glusterfs", "afs")
_MOUNTS = Path("/proc/self/mountinfo")


def watch_folder(
    folder: Path, mode: WatchMode, stop: threading.Event, say: Callable[[str], None]
) -> Iterator[ChangedPaths]:
    """Yield what changes below a folder, as relative paths, until ``stop`` is set.

    The time that the caller takes for what it gets counts as the cost of a look.
    """
    while (
        not stop.is_set()
        and mode != "stamps"
        and not (mode == "auto" and is_remote(os.path.realpath(folder)))
    ):
        try:
            yield from _watch_events(folder, stop)
        except (OSError, RuntimeError) as error:
            # It may be back by now.
            if folder.is_dir() and not isinstance(error, FileNotFoundError | NotADirectoryError):
                say(
                    f"{folder}: changes cannot be watched ({error}); it is looked at every few seconds instead."
                )
                break
            # The folder is gone for now. The caller finds that out, and says so.
            yield None
            stop.wait(_TICK_SECONDS)
    yield from _poll_folder(stop)


def poll_store(seconds: float, stop: threading.Event) -> Iterator[ChangedPaths]:
    """Yield None every N seconds, an empty set every second: stores send no events."""
    due = 0.0
    while not stop.is_set():
        if time.monotonic() >= due:
            began = time.monotonic()
            yield None
            due = time.monotonic() + max(seconds, (time.monotonic() - began) / _SHARE)
        else:
            yield frozenset()
        stop.wait(_TICK_SECONDS)


def is_remote(path: str) -> bool:
    """Return whether a folder is on a file system that other machines may change."""
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    best, kind = "", ""
    for line in mounts:
        fields, _, source = line.partition(" - ")
        # The fifth field is the mount point (proc(5)), with spaces as \040.
        point = fields.split()[4].replace("\\040", " ")
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, source.split()[0]
    return kind.startswith(_REMOTE)


def _watch_events(folder: Path, stop: threading.Event) -> Iterator[ChangedPaths]:
    """Yield changes by events, until the folder is replaced, or the link to it."""
    # Taken once: a folder that is replaced meanwhile is another one than this at the first look.
    watched = _identify_folder(folder)
    # The library has paths in UTF-8, whatever the locale.
    root = from_system(watched[0])
    looked, ticked = -_LOOK_SECONDS, -_TICK_SECONDS
    for batch in watch(
        root,
        watch_filter=None,
        debounce=_DEBOUNCE_MS,
        step=_STEP_MS,
        stop_event=stop,
        rust_timeout=int(_TICK_SECONDS * 1000),
        yield_on_timeout=True,
        raise_interrupt=False,
    ):
        paths = {path[len(root) + 1 :] for _, path in batch}
        if "" in paths or time.monotonic() - looked >= _LOOK_SECONDS:
            yield None
            looked = ticked = time.monotonic()
        # Once a second even if only hidden files change: the caller also looks at other things.
        else:
            shown = frozenset(path for path in paths if not _is_hidden(path))
            if shown or not batch or time.monotonic() - ticked >= _TICK_SECONDS:
                yield shown
                ticked = time.monotonic()
        if _identify_folder(folder) != watched:
            return


def _poll_folder(stop: threading.Event) -> Iterator[ChangedPaths]:
    pause = 0.0
    while not stop.wait(pause):
        began = time.monotonic()
        yield None
        pause = max(_TICK_SECONDS / 2, (time.monotonic() - began) / _SHARE)


def _identify_folder(folder: Path) -> tuple[str, int]:
    return os.path.realpath(folder), folder.stat().st_ino


def _is_hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path
