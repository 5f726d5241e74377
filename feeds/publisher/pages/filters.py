"""The filters of the templates: words, days, texts, data for search engines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from feeds.lib.text.dates import format_rfc3339
from feeds.lib.text.languages import format_short_date
from feeds.lib.text.plain import shorten, strip_html
from feeds.words import Value, Words, fill

_BRIEF = 240
# HTML is seldom more times as long as the text that it shows.
_MOST_MARKUP = 4
# Characters that HTML could take for markup inside a script element (HTML, 4.12.1.3).
_IN_SCRIPT = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))


class PageWords:
    """The words of a site as HTML: texts and values are escaped, HTML is not."""

    def __init__(self, words: Words) -> None:
        self._words = words
        # A page says the same words again and again.
        self._say = lru_cache(maxsize=1024)(lambda text: escape(words.find(text)))

    def gettext(self, text: str, **values: Value) -> Markup:
        """Return a message in the site's language, with values in its places."""
        said = self._say(text)
        return self._fill(said, values) if values else said

    def ngettext(self, one: str, many: str, number: int, **values: Value) -> Markup:
        """Return the form of a message that goes with a number, its value ``{number}``."""
        form = escape(self._words.find_form(one, many, number))
        return self._fill(form, {"number": number, **values})

    def date(self, moment: datetime) -> Markup:
        """Write a day as a time element: "24 Jul 2023"."""
        day = escape(self._words.write_day(moment))
        return Markup(f'<time datetime="{moment.date().isoformat()}">{day}</time>')  # noqa: S704 - escaped right there

    def _fill(self, text: Markup, values: Mapping[str, Value]) -> Markup:
        written = {name: self._write(value) for name, value in values.items()}
        return Markup(fill(str(text), written))  # noqa: S704 - escaped right there

    def _write(self, value: Value) -> str:
        if isinstance(value, Markup):
            return value
        return (
            escape(self._words.isolate(value)) if isinstance(value, str) else self._words.write_number(value)
        )


def write_code(text: str) -> Markup:
    """Write a text as code."""
    return Markup("<code>{}</code>").format(text)


def format_day(moment: datetime, language: str) -> str:
    """Write a day as people do: "24 Jul 2023"."""
    return format_short_date(moment, language)


# The pages of a site show an article in several channels.
@lru_cache(maxsize=8192)
def write_moment(moment: datetime, language: str) -> Markup:
    """Write a moment as a time element that shows its day: "24 Jul 2023"."""
    day = escape(format_short_date(moment, language))
    return Markup(f'<time datetime="{format_rfc3339(moment)}">{day}</time>')  # noqa: S704 - escaped right there


def shorten_text(text: str, length: int = _BRIEF) -> str:
    """Return the beginning of a text, cut at a word."""
    return shorten(text, length)


def repeats(html: str, text: str) -> bool:
    """Return whether HTML shows a text, as if an excerpt is the article's beginning."""
    wanted = text.removesuffix("…")
    # Most excerpts are the beginning of what may be long.
    beginning = html[: max(0, html.rfind("<", 0, _MOST_MARKUP * (len(text) + _BRIEF)))]
    return wanted in strip_html(beginning) or wanted in strip_html(html)


def encode_json_ld(data: dict[str, Any]) -> Markup:
    """Encode data for search engines, safe inside a script element."""
    filled = {key: value for key, value in data.items() if value}
    written = json.dumps(filled, ensure_ascii=False, separators=(",", ":"))
    for sign, instead in _IN_SCRIPT:
        written = written.replace(sign, instead)
    return Markup(written)  # noqa: S704 - escaped right there


def quote_value(text: str) -> str:
    """Quote a text as a value in a query string."""
    return quote(text, safe="")
