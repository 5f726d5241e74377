"""The style sheet of a site's own colour, dark or light enough to be readable."""

from __future__ import annotations

from collections.abc import Iterable
from colorsys import hls_to_rgb, rgb_to_hls

# The backgrounds in style.css behind coloured text.
LIGHT, DARK = ("#fcfbf9", "#ffffff"), ("#16181a", "#1e2124")
# The least contrast that WCAG 2.2 allows text (1.4.3) and graphics (1.4.11).
TEXT, GRAPHICS = 4.5, 3.0
_STEPS = 100
_CHANNEL_MAX = 255
# Below this, the curve of sRGB is linear (WCAG 2.2, relative luminance).
_TOE = 0.04045


def style_sheet(accent: str) -> bytes:
    """Return CSS that replaces our colour by another one, such as "#a33f08"."""
    light = f":root {{ --accent: {_text(accent, LIGHT, 0)}; --bar: {_bar(accent, LIGHT, 1)}; }}"
    dark = f":root {{ --accent: {_text(accent, DARK, 1)}; --bar: {_bar(accent, DARK, 0)}; }}"
    return f"{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n".encode()


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _text(accent: str, grounds: tuple[str, ...], end: float) -> str:
    """Return the nearest readable colour on the way to black or white."""
    return _first_readable(accent, grounds, TEXT, _lightness_steps(_lightness(accent), end))


def _bar(accent: str, grounds: tuple[str, ...], start: float) -> str:
    """Return the faintest shade of the colour that is visible on the background."""
    return _first_readable(accent, grounds, GRAPHICS, _lightness_steps(start, 1 - start))


def _first_readable(accent: str, grounds: tuple[str, ...], least: float, steps: Iterable[float]) -> str:
    shades = (_with_lightness(accent, lightness) for lightness in steps)
    return next(shade for shade in shades if all(contrast(shade, ground) >= least for ground in grounds))


def _lightness_steps(start: float, end: float) -> Iterable[float]:
    return (start + (end - start) * step / _STEPS for step in range(_STEPS + 1))


def _lightness(colour: str) -> float:
    return rgb_to_hls(*_parts(colour))[1]


def _with_lightness(colour: str, lightness: float) -> str:
    hue, own, saturation = rgb_to_hls(*_parts(colour))
    if lightness == own:
        return colour.lower()
    return "#" + "".join(
        f"{round(part * _CHANNEL_MAX):02x}" for part in hls_to_rgb(hue, lightness, saturation)
    )


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / _CHANNEL_MAX for place in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= _TOE else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
