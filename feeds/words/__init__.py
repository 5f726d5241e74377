"""What the site says in its language: texts, plurals, numbers, days and lists."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, cached_property, lru_cache

from feeds.lib.text import languages
from feeds.words import catalogues

# A placeholder of a message, such as "{number}".
_PLACE = re.compile(r"\{(\w+)\}")
# Letters that are written from right to left.
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufefc]")
Value = str | int
# A text of the site's own, or one for each plural category of CLDR.
OwnWords = Mapping[str, str | Mapping[str, str]]


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's tools know
    """Mark a message that is translated where it is used."""
    return text


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802 - as N_
    """Mark a message that counts, and is translated where it is used."""
    return one, many


class Words:
    """A site's words, its own before the catalogue's.

    Safe to share between threads.
    """

    def __init__(self, language: str, own: OwnWords) -> None:
        self.language = language
        self.direction = languages.find_direction(language)
        self._own = own

    @cached_property
    def _catalogue(self) -> catalogues.Catalogue | None:
        """The language's catalogue, read with the first word; none for English."""
        found = catalogues.find_language(self.language)
        return None if found == "en" else catalogues.load_catalogue(found)

    def gettext(self, text: str, **values: Value) -> str:
        """Return a message in the site's language, with values in its places.

        Whole numbers are written as the language writes them.
        """
        return fill(self.find(text), self.write(values))

    def ngettext(self, one: str, many: str, number: int, **values: Value) -> str:
        """Return the form of a message for a number, which is its value ``{number}``."""
        return fill(self.find_form(one, many, number), self.write({"number": number, **values}))

    def find(self, text: str) -> str:
        """Return a message in the site's language as it is written in the catalogue."""
        own = self._own.get(text)
        if isinstance(own, str):
            return own
        found = self._catalogue.messages.get(text) if self._catalogue else None
        return found if isinstance(found, str) and found else text

    def find_form(self, one: str, many: str, number: int) -> str:
        """Return the form of a message for a number, as the catalogue has it."""
        own = self._own.get(many)
        if own is not None:
            return own if isinstance(own, str) else own.get(self._find_category(number)) or own["other"]
        found = self._catalogue.messages.get(one) if self._catalogue else None
        if self._catalogue is None or not isinstance(found, tuple):
            return one if number == 1 else many
        return found[self._catalogue.categories.index(_find_category(self._catalogue.language, number))]

    def list_forms(self, one: str, many: str) -> dict[str, str]:
        """Return every form of a message by its plural category, for scripts."""
        numbers = {self._find_category(number): number for number in (1_000_000, *range(200, -1, -1))}
        return {category: self.find_form(one, many, number) for category, number in sorted(numbers.items())}

    def write(self, values: Mapping[str, Value]) -> dict[str, str]:
        """Return values as texts that keep their direction in a sentence."""
        return {
            name: self.isolate(v) if isinstance(v, str) else self.write_number(v)
            for name, v in values.items()
        }

    def isolate(self, text: str) -> str:
        """Keep a text of another direction from disturbing its sentence (UAX 9, 2.4)."""
        if self.direction == "ltr" and (text.isascii() or not _RIGHT_TO_LEFT.search(text)):
            return text
        return f"\u2068{text}\u2069"

    def write_number(self, number: int) -> str:
        """Write a whole number: "1,234"."""
        return languages.format_number(number, self.language)

    @property
    def script_locale(self) -> str:
        """The tag by which a browser's script writes numbers and plurals as we do."""
        locale = None if languages.is_english(self.language) else languages.find_locale(self.language)
        return f"{self.language}-u-nu-{locale.default_numbering_system}" if locale else "en"

    def write_day(self, moment: datetime) -> str:
        """Write a day in little space: "24 Jul 2023"."""
        return languages.format_short_date(moment, self.language)

    def join(self, texts: Sequence[str]) -> str:
        """Join texts: "one, two, and three"."""
        return languages.join_list(texts, self.language)

    def join_choices(self, texts: Sequence[str]) -> str:
        """Join texts of which any is meant: "one or two or three"."""
        return languages.join_choices(texts, self.language)

    def _find_category(self, number: int) -> str:
        return _find_category(self.language, number)


@cache
def load_words(language: str) -> Words:
    """Return the words of a language for a site that has none of its own."""
    return Words(language, {})


def choose_words(language: str, own: OwnWords) -> Words:
    """Return the words of a site in a language, with its own words."""
    return Words(language, own) if own else load_words(language)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in the places of a message; a place without a value stays."""
    parts = _split(text)
    if len(parts) == 1:
        return text
    filled = list(parts)
    for place in range(1, len(parts), 2):
        name = parts[place]
        filled[place] = values.get(name, f"{{{name}}}")
    return "".join(filled)


@lru_cache(maxsize=4096)
def _split(text: str) -> tuple[str, ...]:
    """Split a message at its places: a text, a name, a text, and so on."""
    return tuple(_PLACE.split(text))


def find_places(text: str) -> frozenset[str]:
    """Return the names of the places that a message has for values."""
    return frozenset(_PLACE.findall(text))


def check_own_words(language: str, own: OwnWords) -> Iterator[tuple[str, str, str]]:
    """Yield each unusable message of a site's own words, what is wrong, what to do."""
    known = {message.many or message.one: message for message in catalogues.list_messages()} if own else {}
    for text, words in own.items():
        if text not in known:
            near = difflib.get_close_matches(text, known, n=1, cutoff=0.5)
            hint = f'Did you mean "{near[0]}"?' if near else "The file messages.pot lists all words."
            yield text, "is not among the words of the pages.", hint
            continue
        forms = {"other": words} if isinstance(words, str) else words
        yield from ((text, *error) for error in _check_forms(language, known[text], forms))


def _check_forms(
    language: str, message: catalogues.Message, forms: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    categories = catalogues.find_categories(language) if message.many else ("other",)
    is_whole = "other" in forms or set(forms) == set(categories)
    if set(forms) - {*categories, "other"} or not is_whole:
        names = ", ".join(dict.fromkeys((*categories, "other")))
        yield (
            "has forms that do not fit." if message.many else "counts nothing, so it has one form.",
            f"Forms of this language are: {names}." if message.many else "Write one text.",
        )
    wanted = find_places(message.many or message.one)
    for form in forms.values():
        if strange := sorted(find_places(form) - wanted):
            places = ", ".join(f"{{{name}}}" for name in sorted(wanted)) or "none"
            yield f"has the place {{{strange[0]}}}, for which there is no value.", f"Known are: {places}."


@lru_cache(maxsize=8192)
def _find_category(language: str, number: int) -> str:
    """Return a number's CLDR plural category, the English one for unknown languages."""
    locale = None if languages.is_english(language) else languages.find_locale(language)
    return locale.plural_form(number) if locale else "one" if number == 1 else "other"
