"""Reads the catalogues of translated words: a gettext .po file per language."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from feeds.lib.text.languages import find_locale, is_english

_FOLDER = Path(__file__).parent / "languages"
# The list of all messages, which a translator copies.
TEMPLATE = "messages.pot"
# Tags of languages whose catalogues are under other tags.
_SAME = {"iw": "he", "in": "id", "pt": "pt-br", "zh": "zh-hans"}
_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")
Forms = tuple[str, ...]


class Message(NamedTuple):
    """A message in English: its plural is empty if it counts nothing."""

    one: str
    many: str = ""


class Catalogue(NamedTuple):
    """A language's translations by English message; those that count have forms.

    ``categories`` are the plural categories of CLDR that the forms are for, in order.
    """

    language: str
    messages: Mapping[str, str | Forms]
    categories: Forms


@cache
def list_languages() -> tuple[str, ...]:
    """Return the tags of the languages that have a catalogue."""
    names = (file.name for file in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".po") for name in names if name.endswith(".po")))


def find_language(tag: str) -> str:
    """Return the language of a site's words, "en" without a catalogue for its own."""
    if is_english(tag):
        return "en"
    known = {language.lower(): language for language in list_languages()}
    low = "zh-hant" if tag.lower().startswith(_TRADITIONAL) else tag.lower()
    base = low.partition("-")[0]
    return known.get(low) or known.get(base) or known.get(_SAME.get(base, ""), "en")


def hash_catalogue(tag: str) -> str:
    """Return the hash of the catalogue of a language, because documents depend on it."""
    language = find_language(tag)
    return "" if language == "en" else hashlib.sha256(_read_bytes(f"{language}.po")).hexdigest()


@cache
def load_catalogue(language: str) -> Catalogue:
    """Read the catalogue of a language that has one, once."""
    messages = {one: text for one, _, text in _read_messages(f"{language}.po")}
    return Catalogue(language, messages, find_categories(language))


@cache
def list_messages() -> tuple[Message, ...]:
    """Return all messages in English."""
    return tuple(Message(one, many) for one, many, _ in _read_messages(TEMPLATE))


def _read_messages(name: str) -> Iterator[tuple[str, str, str | Forms]]:
    """Yield each message of a catalogue: English text, plural or "", translation."""
    from io import BytesIO

    from babel.messages.pofile import read_po

    for message in read_po(BytesIO(_read_bytes(name))):
        if not message.id:
            continue
        one, many = message.id if isinstance(message.id, (list, tuple)) else (message.id, "")
        text: Any = message.string
        yield one, many, text if isinstance(text, str) else tuple(text)


@cache
def find_categories(language: str) -> Forms:
    """Return the plural categories of whole numbers in a language, in CLDR's order."""
    locale = find_locale(language)
    if locale is None:
        return ("one", "other")
    found = {locale.plural_form(number) for number in (*range(201), 1_000_000)}
    return tuple(name for name in ("zero", "one", "two", "few", "many", "other") if name in found)


def _read_bytes(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()
