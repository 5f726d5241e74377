"""Reads queries: the parameters by which readers choose their own articles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from feeds.errors import ParameterError
from feeds.lib.text.identifiers import fold, make_slug
from feeds.lib.text.languages import is_language
from feeds.lib.text.plain import find_nearest, remove_unwanted, to_plain_text
from feeds.model import Channel, Kind, Query, TextSearch
from feeds.paths import QUERY_FEED
from feeds.publisher.routes import Router
from feeds.words import N_, Words

# Their order in addresses, so that each query has one address. They are also read in this order.
NAMES = (
    "topic", "exclude_topic", "provider", "category", "type", "language", "q",
    "min_quality", "min_heat", "since", "limit", "archive",
)  # fmt: skip
_LIMIT = 500
_LONGEST = 4000
# Names in articles have at most 200 characters, domains 253.
_LONGEST_VALUE = 300
_MOST_VALUES = 50
_MOST_WORDS = 20
_LARGEST = 1_000_000
_TYPE = re.compile(r"[\w .+/-]{1,60}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNKNOWN: dict[Kind, str] = {
    "topics": N_('there is no topic "{name}".'),
    "providers": N_('there is no provider "{name}".'),
    "categories": N_('there is no category "{name}".'),
}
_TERM = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
Values = dict[str, list[str]]


class ParsedQuery(NamedTuple):
    """The channel of a query, the number of an archive document (0: none), an address.

    ``canonical`` is the one way to write the query and the number of the document.
    """

    channel: Channel
    number: int
    canonical: str


def read(router: Router, query: str) -> ParsedQuery:
    """Read a query string; unknown parameters are dropped.

    Raises :class:`ParameterError` with a sentence that names the parameter and what is allowed.
    """
    parameters = _QueryReader(router, parse_values(query)).read_parameters()
    pairs = _list_pairs(parameters, router.config.feeds.limit)
    archive = [("archive", str(parameters.archive))] if parameters.archive else []
    return ParsedQuery(
        _make_channel(router, parameters, _encode(pairs)), parameters.archive, _encode([*pairs, *archive])
    )


def read_words(router: Router, words: str) -> Channel:
    """Return the channel of the articles that words find.

    Raises :class:`ParameterError`.
    """
    return read(router, _encode([("q", words)])).channel


def parse_values(query: str) -> Values:
    """Return the values of each known parameter, as given.

    Empty values, which forms send, do not count. Raises :class:`ParameterError` if there are too many.
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
            if name != "q" and len(text) > _LONGEST_VALUE:
                raise ParameterError(f"{name}: is longer than {_LONGEST_VALUE} characters, as no name is.")
            found[name].append(text)
    for name, given in found.items():
        if len(given) > _MOST_VALUES:
            raise ParameterError(f"{name}: is given {len(given)} times; at most {_MOST_VALUES} are allowed.")
    return found


class _Parameters(NamedTuple):
    """What the parameters mean. What is not given is empty, None or 0.

    ``searches`` has each search by its text.
    """

    topics: list[Channel]
    excluded: list[Channel]
    providers: list[Channel]
    categories: list[Channel]
    types: list[str]
    languages: list[str]
    searches: dict[str, TextSearch]
    min_quality: int | None
    min_heat: int | None
    since: date | None
    limit: int | None
    archive: int


class _QueryReader:
    """Reads parameters against the channels of one state of the site."""

    def __init__(self, router: Router, values: Values) -> None:
        self._router = router
        self._words = router.words
        self._values = values

    def read_parameters(self) -> _Parameters:
        """Read every parameter.

        Raises :class:`ParameterError` for the first one that is wrong.
        """
        return _Parameters(
            topics=self._read_channels("topic", "topics"),
            excluded=self._read_channels("exclude_topic", "topics"),
            providers=self._read_channels("provider", "providers"),
            categories=self._read_channels("category", "categories"),
            types=self._read_types(),
            languages=self._read_languages(),
            searches={text: _parse_search(text, self._words) for text in sorted(set(self._values["q"]))},
            min_quality=self._read_number("min_quality", 0, _LARGEST),
            min_heat=self._read_number("min_heat", 0, _LARGEST),
            since=self._read_since(),
            limit=self._read_number("limit", 1, _LIMIT),
            archive=self._read_number("archive", 1, _LARGEST) or 0,
        )

    def _read_channels(self, parameter: str, kind: Kind) -> list[Channel]:
        """Return the channels that a parameter names, each once."""
        named = [self._find_channel(parameter, kind, value) for value in self._values[parameter]]
        by_path = {channel.path: channel for channel in named}
        return [by_path[path] for path in sorted(by_path)]

    def _find_channel(self, parameter: str, kind: Kind, value: str) -> Channel:
        router, channels = self._router, self._router.channels
        # A path comes before a name, so that the canonical address means itself.
        if (known := channels.by_path.get(f"{kind}/{value}")) is not None:
            return known
        identities = {
            "topics": router.names.identify_topic(value)[0],
            "providers": router.names.identify_provider(value),
        }
        path = channels.paths.get((kind, identities.get(kind, fold(value))))
        address = f"{kind}/{value.lower() if kind == 'providers' else make_slug(fold(value))}"
        path = path or channels.moved.get(address, address)
        if path in channels.by_path:
            return channels.by_path[path]
        if path in channels.retired:
            every = channels.by_path["all"]
            # No articles of its own. When it was retired is not recorded, so it changes with everything.
            return Channel(kind, value, path, value, generation=every.generation, changed=every.changed)
        titles = channels.map_titles(kind)
        if value in titles:
            return titles[value]
        near = find_nearest(value, titles, value[:1])
        base_url = router.config.site.base_url
        say = self._words.gettext
        hint = (
            say('Did you mean "{name}"?', name=near[0])
            if near
            else say("All are listed at {url}", url=base_url)
        )
        raise ParameterError(f"{parameter}: {say(_UNKNOWN[kind], name=value)} {hint}")

    def _read_types(self) -> list[str]:
        types = sorted({fold(value) for value in self._values["type"]})
        for value in types:
            if not _TYPE.fullmatch(value):
                text = N_('"{value}" is not a type; write letters and digits, such as "video".')
                raise ParameterError(f"type: {self._words.gettext(text, value=value)}")
        return types

    def _read_languages(self) -> list[str]:
        tags = sorted({value.lower().replace("_", "-") for value in self._values["language"]})
        for tag in tags:
            if not is_language(tag):
                text = N_('"{value}" is not a language tag; write one such as "en" or "pt-BR".')
                raise ParameterError(f"language: {self._words.gettext(text, value=tag)}")
        return tags

    def _read_number(self, parameter: str, least: int, most: int) -> int | None:
        value = self._read_only_value(parameter)
        if value is None:
            return None
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            text = N_('"{value}" must be a whole number from {least} to {most}.')
            said = self._words.gettext(text, value=value, least=least, most=most)
            raise ParameterError(f"{parameter}: {said}")
        return int(value)

    def _read_since(self) -> date | None:
        value = self._read_only_value("since")
        if value is None:
            return None
        try:
            day = date.fromisoformat(value) if _DAY.fullmatch(value) else None
        except ValueError:
            day = None
        if day is None:
            text = N_('"{value}" is not a day; write it like "2024-01-31".')
            raise ParameterError(f"since: {self._words.gettext(text, value=value)}")
        return day

    def _read_only_value(self, parameter: str) -> str | None:
        values = self._values[parameter]
        if len(values) > 1:
            said = self._words.gettext("is given {number} times; give it once.", number=len(values))
            raise ParameterError(f"{parameter}: {said}")
        return values[0] if values else None


def _make_channel(router: Router, parameters: _Parameters, name: str) -> Channel:
    everything = router.channels.by_path["all"]
    named = [group for group in (parameters.topics, parameters.providers, parameters.categories) if group]
    # The smallest group comes first: the index goes through it article by article.
    groups = sorted(named or [[everything]], key=lambda group: sum(channel.count for channel in group))
    bounds = [everything, *(max(group, key=lambda channel: channel.generation) for group in groups)]
    dated = [*(channel for group in groups for channel in group), *parameters.excluded]
    return Channel(
        kind="queries",
        name=name,
        path=QUERY_FEED,
        title=_make_title(parameters, router.words) or everything.title,
        limit=parameters.limit or router.config.feeds.limit,
        # The title names these channels, and may change with any of them.
        changed=max((c.changed for c in dated if c.changed), default=None),
        # Whatever changes the articles of a query changes one channel of each of its groups too.
        generation=min(c.generation for c in bounds),
        query=_make_query(parameters, groups, router.config.site.language.lower()),
    )


def _make_query(parameters: _Parameters, groups: Sequence[Sequence[Channel]], own: str) -> Query:
    """Make the query for the index; ``own`` is the language of the site."""
    tags = parameters.languages
    # Articles in the language of the site name none.
    includes_own = any(own == tag or own.startswith(f"{tag}-") for tag in tags)
    return Query(
        groups=tuple(_list_keys(group) for group in groups),
        without=_list_keys(parameters.excluded),
        types=tuple(parameters.types),
        languages=(*tags, "") if includes_own else tuple(tags),
        match=tuple(parameters.searches.values()),
        min_quality=parameters.min_quality,
        min_heat=parameters.min_heat,
        since=None if parameters.since is None else _find_start(parameters.since),
    )


def _make_title(parameters: _Parameters, words: Words) -> str:
    """Say in words what is chosen."""
    parts: list[tuple[str, Iterable[str]]] = [
        ("{names}", (channel.title for channel in parameters.topics)),
        (N_("without {names}"), (channel.title for channel in parameters.excluded)),
        (N_("from {names}"), (channel.title for channel in parameters.providers)),
        (N_("in {names}"), (channel.title for channel in parameters.categories)),
        (N_("type {names}"), parameters.types),
        (N_("in {languages}"), parameters.languages),
        *((N_("“{names}”"), [to_plain_text(text)]) for text in parameters.searches),
        (N_("quality from {names}"), _list_value(parameters.min_quality)),
        (N_("heat from {names}"), _list_value(parameters.min_heat)),
        (N_("since {names}"), _list_value(parameters.since)),
    ]
    return ", ".join(
        words.gettext(text, names=names, languages=names)
        for text, given in parts
        if (names := words.join_choices([*given]))
    )


def _list_pairs(parameters: _Parameters, usual_limit: int) -> list[tuple[str, str]]:
    """Write each parameter in one way, in the order of :data:`NAMES`.

    The archive is not part of it.
    """
    limit = parameters.limit if parameters.limit != usual_limit else None
    values: dict[str, Iterable[str]] = {
        "topic": map(_get_name, parameters.topics),
        "exclude_topic": map(_get_name, parameters.excluded),
        "provider": map(_get_name, parameters.providers),
        "category": map(_get_name, parameters.categories),
        "type": parameters.types,
        "language": parameters.languages,
        "q": parameters.searches,
        "min_quality": _list_value(parameters.min_quality),
        "min_heat": _list_value(parameters.min_heat),
        "since": _list_value(parameters.since),
        "limit": _list_value(limit),
    }
    return [(name, value) for name in NAMES for value in values.get(name, ())]


def _list_value(value: int | date | None) -> list[str]:
    return [] if value is None else [str(value)]


def _find_start(day: date) -> int:
    """Return when a day begins, in seconds since 1970."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _get_name(channel: Channel) -> str:
    return channel.path.partition("/")[2]


def _clean(value: str) -> str:
    return unicodedata.normalize("NFC", " ".join(remove_unwanted(value).split()))


def _encode(pairs: Sequence[tuple[str, str]]) -> str:
    return urlencode(pairs, quote_via=quote)


def _parse_search(text: str, words: Words) -> TextSearch:
    """Parse words and phrases to find and, with a minus, to exclude."""
    terms = [(match[1], match[2] or match[3] or "") for match in _TERM.finditer(text)]
    # A term without a letter or digit, such as a dash between words, means nothing.
    terms = [(sign, term) for sign, term in terms if any(map(str.isalnum, term))]
    wanted = tuple(term for sign, term in terms if not sign)
    if not wanted or len(terms) > _MOST_WORDS:
        said = words.gettext(
            'write 1 to {number} words, phrases in "quotes", and -words that must not be there;'
            " one at least must be there.",
            number=_MOST_WORDS,
        )
        raise ParameterError(f"q: {said}")
    return TextSearch(wanted, tuple(term for sign, term in terms if sign))


def _list_keys(group: Iterable[Channel]) -> tuple[int, ...]:
    return tuple(channel.key for channel in group)
