"""A site's accent colour: whether text in it can be read, and its style sheet."""

from __future__ import annotations

import re
from colorsys import hls_to_rgb, rgb_to_hls

# The backgrounds of style.css that coloured text stands on.
LIGHT, DARK = ("#fcfbf9", "#ffffff"), ("#16181a", "#1e2124")
# The least contrast that WCAG 2.2 allows for text (1.4.3) and for graphics (1.4.11).
TEXT, GRAPHICS = 4.5, 3.0
_STEPS = 100
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_CHANNEL_MAX = 255
# The point at which the curve of sRGB changes (WCAG 2.2, relative luminance).
_TOE = 0.04045


def find_accent_error(accent: str) -> tuple[str, str] | None:
    """Return what is wrong with a colour and what to do, None if it can be used."""
    if not accent:
        return None
    if not _COLOUR.fullmatch(accent):
        return f'"{accent}" is not a colour.', 'Write it like "#a33f08".'
    if (readable := find_readable(accent)) == accent.lower():
        return None
    message = f'"{accent}" is too pale for text on a light page.'
    return message, f'The nearest colour that can be read is "{readable}".'


def find_readable(accent: str) -> str:
    """Return the colour if text in it is readable on light, else the nearest that is."""
    return _find_shade(accent, LIGHT, TEXT, _measure_lightness(accent), 0)


def write_style_sheet(accent: str) -> bytes:
    """Return CSS that puts a readable colour, such as "#a33f08", in place of ours.

    No colour can be read on light and on dark. On dark, text has the nearest lighter colour.
    Bars have the faintest colour of the same hue that stands out.
    """
    text = _find_shade(accent, DARK, TEXT, _measure_lightness(accent), 1)
    light_bar, dark_bar = (
        _find_shade(accent, grounds, GRAPHICS, start, 1 - start) for grounds, start in ((LIGHT, 1), (DARK, 0))
    )
    light = f":root {{ --accent: {accent.lower()}; --bar: {light_bar}; }}"
    dark = f":root {{ --accent: {text}; --bar: {dark_bar}; }}"
    return f"{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n".encode()


def measure_contrast(one: str, other: str) -> float:
    """Return the contrast of two colours: from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted(map(_measure_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _find_shade(accent: str, grounds: tuple[str, ...], least: float, start: float, end: float) -> str:
    """Return the first shade between two lightnesses with enough contrast."""
    shades = (_set_lightness(accent, start + (end - start) * step / _STEPS) for step in range(_STEPS + 1))
    return next(
        shade for shade in shades if all(measure_contrast(shade, ground) >= least for ground in grounds)
    )


def _set_lightness(colour: str, lightness: float) -> str:
    hue, own, saturation = rgb_to_hls(*_split_channels(colour))
    if lightness == own:
        return colour.lower()
    channels = hls_to_rgb(hue, lightness, saturation)
    return "#" + "".join(f"{round(channel * _CHANNEL_MAX):02x}" for channel in channels)


def _measure_lightness(colour: str) -> float:
    return rgb_to_hls(*_split_channels(colour))[1]


def _measure_luminance(colour: str) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= _TOE else ((channel + 0.055) / 1.055) ** 2.4
        for channel in _split_channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _split_channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / _CHANNEL_MAX for place in (1, 3, 5))
    return red, green, blue
