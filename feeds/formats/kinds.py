"""Media types, by the ending of an address."""

from __future__ import annotations

from urllib.parse import urlsplit

_TYPES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "svg": "image/svg+xml", "avif": "image/avif", "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm",
    "ogv": "video/ogg", "mov": "video/quicktime",
}  # fmt: skip


def media_type(url: str) -> str | None:
    """The media type that a URL's ending promises, None where it promises none."""
    return _TYPES.get(urlsplit(url).path.rpartition(".")[2].lower())
