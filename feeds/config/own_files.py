"""A site's own files that its pages use: fonts, pictures, styles, published as is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from feeds.lib.storage.file_names import from_system

# The kinds of files that are published, by ending. HTML is none of them: our pages have a policy that others
# lack.
OWN_TYPES = {
    "css": "text/css", "js": "text/javascript", "txt": "text/plain", "json": "application/json",
    "webmanifest": "application/manifest+json", "vtt": "text/vtt", "pdf": "application/pdf",
    "woff2": "font/woff2", "woff": "font/woff", "ttf": "font/ttf", "otf": "font/otf",
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "avif": "image/avif", "svg": "image/svg+xml", "ico": "image/vnd.microsoft.icon",
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "opus": "audio/ogg", "mp4": "video/mp4",
    "webm": "video/webm",
}  # fmt: skip
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
# The most bytes of a file, which is in memory while it is served or written, and the most files.
_MOST_BYTES, _MOST_FILES = 20_000_000, 2000


def list_own_files(folder: Path | None) -> dict[str, Path]:
    """Return the files below a folder by their paths in it, but no hidden ones."""
    return {} if folder is None else dict(_walk(folder))


def find_own_file_errors(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with each file that cannot be published, and what to do."""
    files = list_own_files(folder)
    if len(files) > _MOST_FILES:
        yield f"holds {len(files):,} files.", f"At most {_MOST_FILES:,} are published."
        return
    root = os.path.realpath(folder)
    for name, path in files.items():
        if (error := _find_error(name, path, root)) is not None:
            yield f'"{from_system(name)}" {error[0]}', error[1]


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    for inner, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            path = Path(inner, name)
            yield path.relative_to(folder).as_posix(), path


def _find_error(name: str, path: Path, root: str) -> tuple[str, str] | None:
    if not all(_PART.fullmatch(part) for part in name.split("/")):
        return "cannot stand in an address.", "Name it with letters, digits, hyphens, dots and underscores."
    if name.rpartition(".")[2].lower() not in OWN_TYPES:
        return "is of no kind that is published.", f"Published are: {', '.join(OWN_TYPES)}."
    if not os.path.realpath(path).startswith(root + os.sep):
        return "is a link out of the folder.", "Put the file itself there."
    if not path.is_file():
        return "is not a file.", "Take it out."
    if path.stat().st_size > _MOST_BYTES:
        return f"is larger than {_MOST_BYTES // 1_000_000} MB.", "Put it on another host, and link to it."
    return None
