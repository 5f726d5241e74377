"""The fingerprint of everything that documents depend on besides the index."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from feeds import formats
from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.publisher.pages.static_files import find_own_files, list_static_files, read_published_file
from feeds.version import __version__
from feeds.words.catalogues import hash_catalogue


def fingerprint(config: Config) -> str:
    """Return the fingerprint of all that documents depend on besides the index."""
    parts = (
        __version__, formats.RENDERER_VERSION, config.site, config.feeds,
        config.topics, config.providers, config.categories, config.tags, config.selections, config.curated,
        config.websub, config.rsscloud, config.indexnow.key, config.pages, config.images,
        config.output.pages, _hash_sources(), _hash_own_templates(config.templates_path), _hash_own_files(config),
        hash_catalogue(config.site.language),
    )  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


@cache
def _hash_sources() -> dict[str, str]:
    """Return the hash of each template and static file, because pages depend on them."""
    folder = Path(__file__).with_name("pages") / "templates"
    return _hash_each({file.name: file.read_bytes() for file in folder.iterdir()} | list_static_files())


def _hash_own_templates(folder: Path | None) -> dict[str, str]:
    """Return the hash of each template of the site. Raises :class:`StorageError`."""
    if folder is None:
        return {}
    try:
        files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*.html")}
    except OSError as error:
        raise StorageError(f"{folder}: cannot be read: {error.strerror}.") from None
    return _hash_each(files)


def _hash_own_files(config: Config) -> dict[str, str]:
    files = find_own_files(config)
    return _hash_each({path: read_published_file(path, files) for path in files})


def _hash_each(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(body).hexdigest() for name, body in sorted(files.items())}
