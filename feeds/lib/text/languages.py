"""Language tags (BCP 47), and days, numbers, lists and orders of a language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from feeds.lib.text.identifiers import fold, transliterate

if TYPE_CHECKING:
    from babel import Locale

_TAG = re.compile(
    r"([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|\d{3}))?(-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(-x(-[a-z0-9]{1,8})+)?"
)

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


@cache
def is_language(tag: str) -> bool:
    """Return whether a tag is well-formed (RFC 5646, 2.1) and its language known."""
    match = _TAG.fullmatch(tag.lower())
    # Most sites use English alone, for which no list needs to be loaded.
    return match is not None and (match[1] == "en" or match[1] in _load_known())


def find_tag(name: str) -> str:
    """Return the tag of a language by its English name, "" if it is none."""
    return _load_names().get(fold(name), "")


@cache
def _load_names() -> dict[str, str]:
    from babel import Locale

    return {fold(name): tag.replace("_", "-") for tag, name in Locale("en").languages.items()}


@cache
def _load_known() -> frozenset[str]:
    from babel import Locale

    return frozenset(Locale("en").languages)


@cache
def find_own_name(tag: str) -> str:
    """Return the name of a language in that language, or the tag if it is unknown."""
    locale = find_locale(tag)
    name = locale.get_display_name() if locale else None
    return name[:1].upper() + name[1:] if name else tag


@cache
def find_locale(tag: str) -> Locale | None:
    """Return what CLDR knows of a language, None if it does not know it."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def find_direction(tag: str) -> str:
    """Return the direction of a language tag (BCP 47), by its script if it has one."""
    low = tag.lower()
    if (script := _SCRIPT.search(low)) is not None:
        return "rtl" if script[1] in _RTL_SCRIPTS else "ltr"
    return "rtl" if low.partition("-")[0] in _RTL else "ltr"


_RTL = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
_RTL_SCRIPTS = {"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"}
_SCRIPT = re.compile(r"-([a-z]{4})(?=-|$)")


def is_english(language: str) -> bool:
    """Return whether a tag is that of English, which needs no catalogue."""
    return language == "en" or language.startswith("en-")


def format_long_date(moment: datetime, language: str) -> str:
    """Format a day as "24 July 2023"; an unknown language as English."""
    written = "" if is_english(language) else _format(moment.date(), language, "long")
    return written or f"{moment.day} {format_month(moment, 'en')}"


def format_short_date(moment: datetime, language: str) -> str:
    """Format a day in little space, as "24 Jul 2023"."""
    written = "" if is_english(language) else _format(moment.date(), language, "medium")
    return written or f"{moment.day} {_MONTHS[moment.month - 1][:3]} {moment.year}"


def format_month(moment: datetime, language: str) -> str:
    """Format a month as "July 2023"."""
    written = "" if is_english(language) else _format(moment.date(), language, "LLLL y")
    return written or f"{_MONTHS[moment.month - 1]} {moment.year}"


@lru_cache(maxsize=8192)
def _format(day: date, language: str, pattern: str) -> str:
    """Format a day by a pattern of CLDR, "" if the language is unknown."""
    from babel.dates import format_date

    locale = find_locale(language)
    return "" if locale is None else _use_own_digits(format_date(day, pattern, locale), locale)


@lru_cache(maxsize=8192)
def format_number(number: int, language: str) -> str:
    """Format a whole number as "1,234,567"."""
    locale = None if is_english(language) else find_locale(language)
    if locale is None:
        return f"{number:,}"
    from babel.numbers import format_decimal

    return _use_own_digits(format_decimal(number, locale=locale, numbering_system="default"), locale)


# The digits of numbering systems that CLDR has as the usual ones of a language. Babel writes 0 to 9 for all.
_DIGITS = {
    "arab": "٠١٢٣٤٥٦٧٨٩", "arabext": "۰۱۲۳۴۵۶۷۸۹", "beng": "০১২৩৪৫৬৭৮৯", "deva": "०१२३४५६७८९", "mymr": "၀၁၂၃၄၅၆၇၈၉",
}  # fmt: skip


def _use_own_digits(text: str, locale: Locale) -> str:
    digits = _DIGITS.get(locale.default_numbering_system)
    return text.translate(str.maketrans("0123456789", digits)) if digits else text


def join_list(texts: Sequence[str], language: str) -> str:
    """Join texts as "one, two, and three"."""
    if is_english(language):
        return " and ".join(texts) if len(texts) < 3 else f"{', '.join(texts[:-1])}, and {texts[-1]}"  # noqa: PLR2004
    from babel.lists import format_list

    return format_list(texts, "standard", find_locale(language) or "en")


def join_choices(texts: Sequence[str], language: str) -> str:
    """Join texts of which any is meant: "one or two or three"."""
    if len(texts) < 2 or is_english(language):  # noqa: PLR2004
        return " or ".join(texts)
    from babel.lists import format_list

    return format_list(texts, "or", find_locale(language) or "en")


# Letters that a language sorts after the letter before them; in the others they are a letter with an accent.
_AFTER = {
    "cs": "cč rř sš zž",
    "da": "zæøå",
    "es": "nñ",
    "fi": "zåäö",
    "nb": "zæøå",
    "nn": "zæøå",
    "no": "zæøå",
    "pl": "aą cć eę lł nń oó sś zźż",
    "ro": "aăâ iî sș tț",
    "sk": "aä cč oô sš zž",
    "sl": "cč sš zž",
    "sv": "zåäö",
    "tr": "cç gğ hı oö sş uü",
    "uk": "гґ еє иіїй",
    "vi": "dđ",
}
# Letters of Latin script that Unicode does not take apart, for languages that do not have them.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})


@cache
def _find_places(language: str) -> dict[int, str]:
    """Return what replaces letters, so that texts compare in a language's order."""
    groups = _AFTER.get(language, "").split()
    return {
        ord(letter): f"{group[0]}{chr(0xE000 + n)}" for group in groups for n, letter in enumerate(group) if n
    }


def make_sort_key(text: str, language: str) -> tuple[str, str]:
    """Return a text's sort key in a language: letters first, then case and accents.

    Babel has no rules of sorting. Letters of Latin, Greek and Cyrillic script are where the alphabet of the
    language has them, Chinese in simplified characters goes by pinyin, all else by Unicode.
    """
    base, _, rest = language.lower().partition("-")
    folded = fold(text.replace("I", "ı") if base == "tr" else text)
    if folded.isascii() and base not in ("cs", "sk"):
        return folded, folded
    if base == "zh" and not rest.startswith(("hant", "tw", "hk", "mo")):
        return fold(transliterate(text)), folded
    placed = unicodedata.normalize("NFC", folded)
    if base in ("cs", "sk"):
        placed = placed.replace("ch", "h\ue000")
    placed = placed.translate(_find_places(base)).translate(_PLAIN)
    plain = "".join(c for c in unicodedata.normalize("NFKD", placed) if not unicodedata.combining(c))
    return plain, folded
