"""Reads the parameters by which readers select articles: any of each kind, all kinds together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from feeds.errors import ParameterError
from feeds.lib.text.languages import is_language
from feeds.lib.text.plain import plain, printable
from feeds.lib.text.similar import nearest
from feeds.lib.text.slugs import fold, slug
from feeds.model import Channel, Kind, Selection, Sought
from feeds.paths import SELECTIONS
from feeds.publisher.routes import Router

# In this order they stand in an address, so that each selection has one.
NAMES = (
    "topic", "exclude_topic", "provider", "category", "type", "language", "q",
    "min_quality", "min_heat", "since", "limit", "archive",
)  # fmt: skip
_LIMIT = 500
_LONGEST = 4000
_MOST_VALUES = 50
_MOST_WORDS = 20
_LARGEST = 1_000_000
_TYPE = re.compile(r"[\w .+/-]{1,60}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TERM = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
Values = dict[str, list[str]]


class Asked(NamedTuple):
    """What was asked for: the selection, which archive document of it (0 for none), and the
    one way in which that is written."""  # noqa: D205, D209 - one sentence

    channel: Channel
    number: int
    query: str


def read(site: Router, query: str) -> Asked:
    """What a query string asks for; parameters that are not ours are left out.

    Raises :class:`ParameterError` with a sentence that names the parameter and what is allowed.
    """
    return _Reading(site, values(query)).asked()


def values(query: str) -> Values:
    """The values of each parameter of ours, as they were given. Empty ones, as forms send them, do not count.

    Raises :class:`ParameterError` where there are too many.
    """
    if len(query) > _LONGEST:
        raise ParameterError(f"The parameters are longer than {_LONGEST:,} characters.")
    found: Values = {name: [] for name in NAMES}
    try:
        pairs = parse_qsl(query, max_num_fields=20 * _MOST_VALUES)
    except ValueError:
        raise ParameterError("There are too many parameters.") from None
    for name, value in pairs:
        if name in found and (text := _clean(value)):
            found[name].append(text)
    for name, given in found.items():
        if len(given) > _MOST_VALUES:
            raise ParameterError(f"{name}: is given {len(given)} times; at most {_MOST_VALUES} are allowed.")
    return found


class _Reading:
    """One reading of parameters: each method checks one kind and notes it for the title."""

    def __init__(self, site: Router, values: Values) -> None:
        self._site = site
        self._values = values
        self._written: list[tuple[str, str]] = []
        self._said: list[str] = []

    def asked(self) -> Asked:
        topics, excluded = (
            self._channels("topic", "topics", ""),
            self._channels("exclude_topic", "topics", "without "),
        )
        providers = self._channels("provider", "providers", "from ")
        categories = self._channels("category", "categories", "in ")
        everything = self._site.channels.by_path["all"]
        groups = [group for group in (topics, providers, categories) if group is not None] or [[everything]]
        groups.sort(key=lambda group: sum(channel.count for channel in group))
        selection = Selection(
            groups=tuple(_keys(group) for group in groups),
            without=_keys(excluded or ()),
            types=self._types(),
            languages=self._languages(),
            match=self._match(),
            min_quality=self._number("min_quality", 0, _LARGEST, "quality from "),
            min_heat=self._number("min_heat", 0, _LARGEST, "heat from "),
            since=self._since(),
        )
        limit = self._number("limit", 1, _LIMIT) or self._site.config.feeds.limit
        name = _written(self._written)
        number = self._number("archive", 1, _LARGEST) or 0
        bounds = [everything, *(_newest_change(group) for group in groups if group)]
        channel = Channel(
            kind="selections",
            name=name,
            path=SELECTIONS,
            title=", ".join(self._said) or everything.title,
            limit=limit,
            # Whatever changes a selection changes one channel of each of its groups too.
            changed=min((c.changed for c in bounds if c.changed), default=None),
            generation=min(c.generation for c in bounds),
            selection=selection,
        )
        return Asked(channel, number, _written(self._written))

    def _channels(self, parameter: str, kind: Kind, word: str) -> list[Channel] | None:
        """The channels that a parameter names; None where it is not given."""
        if not self._values[parameter]:
            return None
        found = {
            channel.path: channel
            for channel in (self._channel(parameter, kind, v) for v in self._values[parameter])
        }
        in_order = sorted(found.values(), key=lambda channel: channel.path)
        self._note(parameter, [channel.path.partition("/")[2] for channel in in_order])
        self._said.append(word + " or ".join(channel.title for channel in in_order))
        return in_order

    def _channel(self, parameter: str, kind: Kind, value: str) -> Channel:
        site, channels = self._site, self._site.channels
        # An address comes before a name, so that what a redirect leads to means itself.
        if (known := channels.by_path.get(f"{kind}/{value}")) is not None:
            return known
        identities = {"topics": site.names.topic(value)[0], "providers": site.names.provider(value)}
        path = channels.paths.get((kind, identities.get(kind, fold(value))))
        address = f"{kind}/{value.lower() if kind == 'providers' else slug(fold(value))}"
        path = path or channels.moved.get(address, address)
        if path in channels.by_path:
            return channels.by_path[path]
        if path in channels.gone:
            every = channels.by_path["all"]
            # It changed when its last article went; nobody knows when that was.
            return Channel(kind, value, path, value, generation=every.generation, changed=every.changed)
        titles = {channel.title: channel for channel in channels.of(kind)}
        if value in titles:
            return titles[value]
        near = nearest(value, titles, value[:1])
        hint = f' Did you mean "{near[0]}"?' if near else f" All are listed at {site.config.site.base_url}"
        raise ParameterError(
            f'{parameter}: there is no {parameter.removeprefix("exclude_")} "{value}".{hint}'
        )

    def _types(self) -> tuple[str, ...]:
        types = sorted({fold(value) for value in self._values["type"]})
        for value in types:
            if not _TYPE.fullmatch(value):
                raise ParameterError(
                    f'type: "{value}" is no type; write letters and digits, such as "video".'
                )
        self._note("type", types)
        if types:
            self._said.append(f"type {' or '.join(types)}")
        return tuple(types)

    def _languages(self) -> tuple[str, ...]:
        tags = sorted({value.lower().replace("_", "-") for value in self._values["language"]})
        for tag in tags:
            if not is_language(tag):
                raise ParameterError(
                    f'language: "{tag}" is no language tag; write one such as "en" or "pt-BR".'
                )
        self._note("language", tags)
        if tags:
            self._said.append(f"in {' or '.join(tags)}")
        own = self._site.config.site.language.lower()
        return (*tags, *(("",) if any(own == tag or own.startswith(f"{tag}-") for tag in tags) else ()))

    def _match(self) -> tuple[Sought, ...]:
        """The searches: each ``q`` is words and phrases that must be there, and
        with a minus those that must not."""  # noqa: D205, D209 - one sentence
        queries = sorted(set(self._values["q"]))
        self._note("q", queries)
        self._said.extend(f"\u201c{plain(query)}\u201d" for query in queries)
        return tuple(map(_sought, queries))

    def _number(self, parameter: str, least: int, most: int, word: str = "") -> int | None:
        value = self._one(parameter)
        if value is None:
            return None
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            raise ParameterError(f'{parameter}: "{value}" must be a whole number from {least} to {most:,}.')
        number = int(value)
        if parameter != "limit" or number != self._site.config.feeds.limit:
            self._note(parameter, [str(number)])
        if word:
            self._said.append(f"{word}{number}")
        return number

    def _since(self) -> int | None:
        value = self._one("since")
        if value is None:
            return None
        try:
            day = date.fromisoformat(value) if _DAY.fullmatch(value) else None
        except ValueError:
            day = None
        if day is None:
            raise ParameterError(f'since: "{value}" is no day; write it like "2024-01-31".')
        self._note("since", [value])
        self._said.append(f"since {value}")
        return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())

    def _one(self, parameter: str) -> str | None:
        values = self._values[parameter]
        if len(values) > 1:
            raise ParameterError(f"{parameter}: is given {len(values)} times; give it once.")
        return values[0] if values else None

    def _note(self, parameter: str, values: Iterable[str]) -> None:
        self._written.extend((parameter, value) for value in values)


def _clean(value: str) -> str:
    return unicodedata.normalize("NFC", " ".join(printable(value).split()))


def _written(pairs: Sequence[tuple[str, str]]) -> str:
    return urlencode(sorted(pairs, key=lambda pair: NAMES.index(pair[0])), quote_via=quote)


def _sought(query: str) -> Sought:
    terms = [(match[1], match[2] or match[3] or "") for match in _TERM.finditer(query)]
    # A term without a letter or digit, such as a dash between words, looks for nothing.
    terms = [(sign, words) for sign, words in terms if any(map(str.isalnum, words))]
    wanted = tuple(words for sign, words in terms if not sign)
    if not wanted or len(terms) > _MOST_WORDS:
        raise ParameterError(
            f'q: write 1 to {_MOST_WORDS} words, phrases in "quotes", and -words that must not be there;'
            " one at least must be there."
        )
    return Sought(wanted, tuple(words for sign, words in terms if sign))


def _keys(group: Iterable[Channel]) -> tuple[int, ...]:
    return tuple(channel.key for channel in group)


def _newest_change(group: Sequence[Channel]) -> Channel:
    return max(group, key=lambda channel: channel.generation)
