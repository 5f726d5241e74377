"""Days and months as people write them in a language."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


def long_date(moment: datetime, language: str) -> str:
    """The day: "24 July 2023". A language that is not known is written as English."""
    written = "" if _is_english(language) else _formatted(moment.date(), language, "long")
    return written or f"{moment.day} {month(moment, 'en')}"


def short_date(moment: datetime, language: str) -> str:
    """The day, where there is little room: "24 Jul 2023"."""
    written = "" if _is_english(language) else _formatted(moment.date(), language, "medium")
    return written or f"{moment.day} {_MONTHS[moment.month - 1][:3]} {moment.year}"


def month(moment: datetime, language: str) -> str:
    """The month: "July 2023"."""
    written = "" if _is_english(language) else _formatted(moment.date(), language, "LLLL y")
    return written or f"{_MONTHS[moment.month - 1]} {moment.year}"


def _is_english(language: str) -> bool:
    return language == "en" or language.startswith("en-")


@lru_cache(maxsize=8192)
def _formatted(day: date, language: str, pattern: str) -> str:
    """A day by a pattern of CLDR; empty where the language is not known."""
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_date

    try:
        return format_date(day, pattern, Locale.parse(language, sep="-"))
    except (UnknownLocaleError, ValueError):
        return ""
