"""Days and months as people write them in a language."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale


def long_date(moment: datetime, language: str) -> str:
    """The day: "24 July 2023". A language that is not known is written as English."""
    return _formatted(moment.date(), language, "d MMMM y", "long")


def short_date(moment: datetime, language: str) -> str:
    """The day, where there is little room: "24 Jul 2023"."""
    return _formatted(moment.date(), language, "d MMM y", "medium")


def month(moment: datetime, language: str) -> str:
    """The month: "July 2023"."""
    return _formatted(moment.date(), language, "MMMM y", "LLLL y")


@lru_cache(maxsize=8192)
def _formatted(day: date, language: str, english: str, other: str) -> str:
    from babel.dates import format_date

    locale = _locale(language)
    return format_date(day, english if locale.language == "en" else other, locale)


def _locale(language: str) -> Locale:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
