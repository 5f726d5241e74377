"""The files that come with the package: what pages need, and the templates that make them."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

_TYPES = {"css": "text/css", "svg": "image/svg+xml", "js": "text/javascript"}


@cache
def static_files() -> dict[str, bytes]:
    """The files that pages need, by path."""
    folder = resources.files("feeds") / "static"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return {f"static/{file.name}": file.read_bytes() for file in files}


def static_type(path: str) -> str:
    """The media type of a static file."""
    return _TYPES[path.rpartition(".")[2]]


@cache
def sources() -> dict[str, str]:
    """The hash of each template and static file: pages depend on them."""
    folder = resources.files("feeds") / "templates"
    files = {file.name: file.read_bytes() for file in folder.iterdir()} | static_files()
    return {name: hashlib.sha256(body).hexdigest() for name, body in sorted(files.items())}
