"""Tells a file's media type by its address or HTML (RFC 6838, RFC 2046)."""

from __future__ import annotations

import re
from typing import Literal

Medium = Literal["image", "audio", "video"]

_TYPES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "svg": "image/svg+xml", "avif": "image/avif", "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm",
    "ogv": "video/ogg", "mov": "video/quicktime", "mp3": "audio/mpeg", "m4a": "audio/mp4", "m4b": "audio/mp4",
    "aac": "audio/aac", "ogg": "audio/ogg", "oga": "audio/ogg", "opus": "audio/ogg", "wav": "audio/wav",
    "weba": "audio/webm", "flac": "audio/flac",
}  # fmt: skip
# Names that browsers take for these types, and feed readers do not all know.
_USUAL = {
    "audio/mp3": "audio/mpeg", "audio/x-mp3": "audio/mpeg", "audio/mpeg3": "audio/mpeg", "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4", "audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "audio/x-flac": "audio/flac",
    "audio/aacp": "audio/aac", "audio/opus": "audio/ogg", "video/x-m4v": "video/mp4", "video/mov": "video/quicktime",
    "image/jpg": "image/jpeg",
}  # fmt: skip
# Containers that hold either, by the element that shows them.
_EITHER = {
    ("audio", "video/mp4"): "audio/mp4", ("audio", "video/webm"): "audio/webm", ("audio", "video/ogg"): "audio/ogg",
    ("video", "audio/ogg"): "video/ogg", ("video", "audio/webm"): "video/webm",
}  # fmt: skip
# What browsers and players show and never run. SVG may hold a script, which would run as the site's own if somebody
# opens it, and most hosts of frozen trees send no header that forbids that.
_SAFE = {ending: kind for ending, kind in _TYPES.items() if ending != "svg"} | {"pdf": "application/pdf"}
_WRITTEN = re.compile(r"(?:image|audio|video)/[a-z0-9][a-z0-9_.+-]{0,60}")


def find_media_type(url: str) -> str | None:
    """Return the media type for the ending of an absolute URL, None if unknown."""
    # Split by hand: urlsplit takes ten times as long, and this runs for every picture.
    path = url.partition("#")[0].partition("?")[0].split("/", 3)[3:]
    return _TYPES.get(path[0].rpartition(".")[2].lower()) if path else None


def find_safe_file_type(name: str) -> str | None:
    """Return the media type of a file that may be published, None if it may not."""
    return _SAFE.get(name.rpartition(".")[2].lower()) if "." in name else None


def find_media_type_in(element: str, url: str) -> str:
    """Return the media type for the ending of an element's URL, "" if unknown."""
    kind = find_media_type(url) or ""
    return _EITHER.get((element.removeprefix("amp-"), kind), kind)


def read_media_type(written: str) -> str | None:
    """Return a written media type without parameters, None if it is no medium's."""
    kind = written.partition(";")[0].strip().lower()
    return _USUAL.get(kind, kind) if _WRITTEN.fullmatch(kind) else None


def find_medium(kind: str | None) -> Medium | None:
    """Return the medium of a media type."""
    match (kind or "").partition("/")[0]:
        case "image" | "audio" | "video" as medium:
            return medium
        case _:
            return None
