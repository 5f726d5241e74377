"""Makes small copies of a picture in a separate process.

A stranger's picture may have been made to attack its decoder. The process has bounded memory and processor
time. Nothing but pixels goes into a copy: no place where a photograph was taken, no name of a camera.
"""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from io import BytesIO

import msgspec
from msgspec import Struct

from feeds.lib.bounded_work import BoundedWork, EndedError, TooSlowError

# Pixels of each copy in width: of a column on a phone, and of a card on a screen with twice as many dots.
WIDTHS = (320, 640)
_MOST_PIXELS = 50_000_000
# A picture that is many times as high as wide would have large copies all the same.
_MOST_HEIGHT = 2560
_MOST_SECONDS = 10
# The formats that browsers show; no other decoder is loaded.
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
_WEBP_QUALITY, _JPEG_QUALITY = 78, 80


class SmallCopy(Struct, frozen=True):
    """A copy: its size in pixels, and its bytes in both forms."""

    width: int
    height: int
    webp: bytes
    jpg: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[SmallCopy]).decode


def can_shrink() -> bool:
    """Return whether the library that reads pictures is installed. Does not import it."""
    return find_spec("PIL") is not None


def shrink(body: bytes) -> list[SmallCopy]:
    """Return the copies of a picture, the smallest first.

    There are none if it is no picture, too large or harmful. Raises :class:`ProcessError` if no process can
    be started.
    """
    try:
        return _decode(_shrink_elsewhere(body, _MOST_SECONDS))
    except (TooSlowError, EndedError):
        return []


def shrink_for_parent(body: bytes) -> bytes:
    """Make the copies of a picture in this process, which the parent may end."""
    try:
        return _encode(_shrink(body))
    except Exception:  # noqa: BLE001 - decoders raise errors of all kinds for what is no picture
        return _encode([])


_shrink_elsewhere = BoundedWork(__name__, shrink_for_parent.__name__)


def _shrink(body: bytes) -> list[SmallCopy]:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with Image.open(BytesIO(body), formats=_FORMATS) as opened:
        if getattr(opened, "is_animated", False):
            # An animation's copy would stand still.
            return []
        # The decoder of JPEG makes a smaller picture at once.
        opened.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
        turned = ImageOps.exif_transpose(opened)
    has_alpha = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
    picture = turned.convert("RGBA" if has_alpha else "RGB")
    # Some of what is noted in the picture would be written into the copies.
    picture.info.clear()
    widths = sorted({min(width, picture.width) for width in WIDTHS})
    copies = []
    for width in widths:
        height = max(1, round(picture.height * width / picture.width))
        if height > _MOST_HEIGHT:
            return []
        small = picture.resize((width, height), Image.Resampling.LANCZOS)
        webp, jpg = BytesIO(), BytesIO()
        small.save(webp, "WEBP", quality=_WEBP_QUALITY)
        plain = small
        if has_alpha:
            # JPEG has no transparency, and most pages are light.
            plain = Image.new("RGB", small.size, "white")
            plain.paste(small, mask=small.getchannel("A"))
        plain.save(jpg, "JPEG", quality=_JPEG_QUALITY, optimize=True, progressive=True)
        copies.append(SmallCopy(width, height, webp.getvalue(), jpg.getvalue()))
    return copies
