"""The filters of the templates: counts, days, directions, data for search engines."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from feeds.lib.text.languages import format_short_date
from feeds.lib.text.plain import shorten, strip_html
from feeds.lib.text.tags import Tag, replace_tags

_RTL = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
_RTL_SCRIPTS = {"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"}
_SCRIPT = re.compile(r"-([a-z]{4})(?=-|$)")
_BRIEF = 240
# What HTML could mistake for markup inside a script element (HTML, 4.12.1.3).
_IN_SCRIPT = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def format_count(number: int, noun: str, nouns: str = "") -> str:
    """Write a number with its noun: "1 article", "2,000 articles"."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def format_day(moment: datetime, language: str) -> str:
    """Write a day as people do: "24 Jul 2023"."""
    return format_short_date(moment, language)


def shorten_text(text: str, length: int = _BRIEF) -> str:
    """Return the beginning of a text, cut at a word."""
    return shorten(text, length)


def repeats(html: str, text: str) -> bool:
    """Return whether HTML shows a text too, as an article does whose excerpt is its beginning."""
    return text.removesuffix("…") in strip_html(html)


def text_direction(tag: str) -> str:
    """Return the direction of a language tag (BCP 47), by its script if it has one."""
    low = tag.lower()
    if (script := _SCRIPT.search(low)) is not None:
        return "rtl" if script[1] in _RTL_SCRIPTS else "ltr"
    return "rtl" if low.partition("-")[0] in _RTL else "ltr"


def encode_json_ld(data: dict[str, Any]) -> Markup:
    """Encode data for search engines, safe inside a script element."""
    filled = {key: value for key, value in data.items() if value}
    return Markup(json.dumps(filled, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT))  # noqa: S704 - escaped right there


def load_lazily(html: str) -> Markup:
    """Load the pictures of sanitised HTML when they are visible, without referrer."""
    return Markup(replace_tags(html, ("img",), _write_lazy_image) if "<img" in html else html)  # noqa: S704 - sanitised when it was read


def _write_lazy_image(tag: Tag) -> str:
    return f'<img loading="lazy" decoding="async" referrerpolicy="no-referrer"{tag.written}>'


def shorten_own_links(html: str, url: str) -> str:
    """Make links to parts of the page at a URL lead to its parts wherever it is shown: in a preview too."""
    own = f'href="{url}#'

    def write(tag: Tag) -> str:
        written = tag.written.replace(own, 'href="#', 1)
        return "</a>" if tag.is_end else f"<a{written}>"

    return replace_tags(html, ("a",), write) if own in html else html


def quote_value(text: str) -> str:
    """Quote a text as a value in a query string."""
    return quote(text, safe="")
