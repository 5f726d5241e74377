"""Language tags (BCP 47)."""

from __future__ import annotations

import re
from functools import cache

_TAG = re.compile(
    r"([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|\d{3}))?(-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(-x(-[a-z0-9]{1,8})+)?"
)


@cache
def is_language(tag: str) -> bool:
    """Whether a tag is well-formed (RFC 5646, section 2.1) and its language is a known one."""
    match = _TAG.fullmatch(tag.lower())
    # English needs no list, and most sites nothing but English.
    return match is not None and (match[1] == "en" or match[1] in _known())


@cache
def _known() -> frozenset[str]:
    from babel import Locale

    return frozenset(Locale("en").languages)


@cache
def own_name(tag: str) -> str:
    """What those who speak it call a language, or the tag where that is not known."""
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale.parse(tag, sep="-").get_display_name()
    except (UnknownLocaleError, ValueError):
        name = None
    return name[:1].upper() + name[1:] if name else tag
