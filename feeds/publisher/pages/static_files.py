"""The static files of pages: ours, and those of the site."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from feeds.config.own_files import OWN_TYPES, list_own_files
from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.paths import OWN_FILES, OWN_STYLE
from feeds.publisher.marks import add_mark


@cache
def list_static_files() -> dict[str, bytes]:
    """Return the files that pages need, by path."""
    folder = Path(__file__).with_name("static")
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return {f"static/{file.name}": add_mark(file.name, file.read_bytes()) for file in files}


def find_own_files(config: Config) -> dict[str, Path]:
    """Return the files that the site publishes as they are, by path on the site."""
    style = {OWN_STYLE: config.style_path} if config.style_path is not None else {}
    return style | {f"{OWN_FILES}{name}": path for name, path in list_own_files(config.static_path).items()}


def read_published_file(path: str, files: Mapping[str, Path]) -> bytes:
    """Read a file that the site publishes as it is; its style sheet gets our mark.

    Raises :class:`StorageError`.
    """
    try:
        body = files[path].read_bytes()
    except OSError as error:
        raise StorageError(f"{files[path]}: cannot be read: {error.strerror}.") from None
    return add_mark(path, body) if path == OWN_STYLE else body


def find_static_type(path: str) -> str:
    """Return the media type of a static file."""
    return OWN_TYPES[path.rpartition(".")[2].lower()]
