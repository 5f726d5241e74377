"""Language tags (BCP 47), and days and months as people write them in a language."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache, lru_cache

_TAG = re.compile(
    r"([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|\d{3}))?(-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(-x(-[a-z0-9]{1,8})+)?"
)

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


@cache
def is_language(tag: str) -> bool:
    """Return whether a tag is well-formed (RFC 5646, section 2.1) and its language known."""
    match = _TAG.fullmatch(tag.lower())
    # Most sites use English alone, for which no list needs to be loaded.
    return match is not None and (match[1] == "en" or match[1] in _load_known())


@cache
def _load_known() -> frozenset[str]:
    from babel import Locale

    return frozenset(Locale("en").languages)


@cache
def find_own_name(tag: str) -> str:
    """Return the name of a language in that language, or the tag if it is unknown."""
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale.parse(tag, sep="-").get_display_name()
    except (UnknownLocaleError, ValueError):
        name = None
    return name[:1].upper() + name[1:] if name else tag


def format_long_date(moment: datetime, language: str) -> str:
    """Format a day as "24 July 2023"; an unknown language as English."""
    written = "" if _is_english(language) else _format(moment.date(), language, "long")
    return written or f"{moment.day} {format_month(moment, 'en')}"


def format_short_date(moment: datetime, language: str) -> str:
    """Format a day in little space, as "24 Jul 2023"."""
    written = "" if _is_english(language) else _format(moment.date(), language, "medium")
    return written or f"{moment.day} {_MONTHS[moment.month - 1][:3]} {moment.year}"


def format_month(moment: datetime, language: str) -> str:
    """Format a month as "July 2023"."""
    written = "" if _is_english(language) else _format(moment.date(), language, "LLLL y")
    return written or f"{_MONTHS[moment.month - 1]} {moment.year}"


def _is_english(language: str) -> bool:
    return language == "en" or language.startswith("en-")


@lru_cache(maxsize=8192)
def _format(day: date, language: str, pattern: str) -> str:
    """Format a day by a pattern of CLDR, "" if the language is unknown."""
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_date

    try:
        return format_date(day, pattern, Locale.parse(language, sep="-"))
    except (UnknownLocaleError, ValueError):
        return ""
