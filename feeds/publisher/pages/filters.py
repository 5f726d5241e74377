"""Small texts of pages: counts, days, directions, data for search engines."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from feeds.lib.text.localised_dates import short_date
from feeds.lib.text.plain import shorten

_RTL = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
_RTL_SCRIPTS = {"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"}
_SCRIPT = re.compile(r"-([a-z]{4})(?=-|$)")
_BRIEF = 240
# What HTML could take for its own within a script element (HTML, 4.12.1.3).
_IN_SCRIPT = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def counted(number: int, noun: str, nouns: str = "") -> str:
    """A number with its noun: "1 article", "2,000 articles"."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def day(moment: datetime, language: str) -> str:
    """The day as people write it: "24 Jul 2023"."""
    return short_date(moment, language)


def brief(text: str, length: int = _BRIEF) -> str:
    """The beginning of a text, cut at a word."""
    return shorten(text, length)


def direction(tag: str) -> str:
    """The direction in which a language (BCP 47) is written: its script decides where it names one."""
    low = tag.lower()
    if (script := _SCRIPT.search(low)) is not None:
        return "rtl" if script[1] in _RTL_SCRIPTS else "ltr"
    return "rtl" if low.partition("-")[0] in _RTL else "ltr"


def json_ld(data: dict[str, Any]) -> Markup:
    """Data for search engines, as it may stand in a script element."""
    filled = {key: value for key, value in data.items() if value}
    return Markup(json.dumps(filled, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT))  # noqa: S704 - escaped right there


def lazily(html: str) -> Markup:
    """Sanitised HTML whose pictures are loaded when they come into view, without a referrer."""
    return Markup(html.replace("<img ", '<img loading="lazy" decoding="async" referrerpolicy="no-referrer" '))  # noqa: S704 - sanitised when it was read


def quoted(text: str) -> str:
    """A text as a value in a query."""
    return quote(text, safe="")
