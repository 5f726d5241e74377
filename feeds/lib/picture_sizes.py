"""Reads a picture's size from its first bytes, for the room on a page.

Decodes nothing.
"""

from __future__ import annotations

import struct

# A JPEG has its size behind what cameras and programs note in it, which seldom takes more.
HEAD_BYTES = 65_536
_MOST_PIXELS = 65_535
# Start-of-frame markers (ITU-T T.81, table B.1); the others between them have tables.
_FRAMES = frozenset((*range(0xC0, 0xD0),)) - {0xC4, 0xC8, 0xCC}
# Orientations of EXIF that turn a picture by a quarter.
_TURNED = frozenset((5, 6, 7, 8))


def read_picture_size(head: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels as browsers show them, None if unknown."""
    try:
        size = _read_size(head)
    except (struct.error, IndexError):
        return None
    return size if size and all(0 < length <= _MOST_PIXELS for length in size) else None


def _read_size(head: bytes) -> tuple[int, int] | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return struct.unpack_from(">II", head, 16)
    if head[:6] in {b"GIF87a", b"GIF89a"}:
        return struct.unpack_from("<HH", head, 6)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _read_webp(head)
    return _read_jpeg(head) if head.startswith(b"\xff\xd8") else None


def _read_webp(head: bytes) -> tuple[int, int] | None:
    """Read the size in one of the three forms (RFC 9649, sections 2.5 to 2.7)."""
    match head[12:16]:
        case b"VP8X":
            return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
        case b"VP8L" if head[20] == 0x2F:  # noqa: PLR2004 - its signature
            bits = int.from_bytes(head[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", head, 26)
            return width & 0x3FFF, height & 0x3FFF
    return None


def _read_jpeg(head: bytes) -> tuple[int, int] | None:
    """Walk from marker to marker until the frame (ITU-T T.81, annex B)."""
    place, turned = 2, False
    while head[place] == 0xFF:  # noqa: PLR2004 - the first byte of each marker
        marker = head[place + 1]
        if marker == 0xFF:  # noqa: PLR2004 - filling
            place += 1
            continue
        (length,) = struct.unpack_from(">H", head, place + 2)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", head, place + 5)
            return (height, width) if turned else (width, height)
        if marker == 0xE1 and head[place + 4 : place + 10] == b"Exif\0\0":  # noqa: PLR2004 - APP1
            turned = _read_orientation(head[place + 10 : place + 2 + length]) in _TURNED
        place += 2 + max(length, 2)
    return None


def _read_orientation(exif: bytes) -> int:
    """Return how a picture is turned (CIPA DC-008, 4.6.4), 1 if it does not say."""
    try:
        order = {b"II": "<", b"MM": ">"}.get(exif[:2])
        if order is None:
            return 1
        (place,) = struct.unpack_from(f"{order}I", exif, 4)
        (entries,) = struct.unpack_from(f"{order}H", exif, place)
        for entry in range(place + 2, place + 2 + 12 * min(entries, 200), 12):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, entry)
            if tag == 0x0112:  # noqa: PLR2004 - the tag of the orientation
                return int(value)
    except struct.error:
        return 1
    return 1
