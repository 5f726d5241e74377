"""The static files of pages."""

from __future__ import annotations

from functools import cache
from importlib import resources

from feeds.publisher.marks import add_mark

_TYPES = {"css": "text/css", "svg": "image/svg+xml", "js": "text/javascript"}


@cache
def static_files() -> dict[str, bytes]:
    """Return the files that pages need, by path."""
    folder = resources.files("feeds.publisher.pages") / "static"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return {f"static/{file.name}": add_mark(file.name, file.read_bytes()) for file in files}


def static_type(path: str) -> str:
    """Return the media type of a static file."""
    return _TYPES[path.rpartition(".")[2]]
