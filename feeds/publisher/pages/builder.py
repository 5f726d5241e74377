"""What the page for building a feed asks, and what somebody chose."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from feeds.channels.channel_set import Channels
from feeds.lib.text.identifiers import fold
from feeds.lib.text.languages import find_own_name, make_sort_key
from feeds.model import Article, Channel, Kind
from feeds.publisher.pages.lists import HEADINGS
from feeds.words import N_, Words

# How many choices of a kind the page shows: the largest channels, and besides them what was chosen.
_SHOWN = 12
# Longer lists of names are not in the page; its script fetches them when they are needed.
_LISTED = 200
# The label of the field for another choice, by parameter.
_ANOTHER = {
    "topic": N_("Another topic"),
    "exclude_topic": N_("Another topic"),
    "provider": N_("Another provider"),
    "category": N_("Another category"),
}
# What is called otherwise has the name that articles give it.
_TYPES = {"article": N_("Article"), "audio": N_("Audio"), "podcast": N_("Podcast"), "video": N_("Video")}
Values = Mapping[str, Sequence[str]]


class Choice(NamedTuple):
    """A choice: its value in the address, its label, its name in config.toml."""

    value: str
    label: str
    name: str
    chosen: bool = False


class Question(NamedTuple):
    """The choices of one parameter.

    ``key`` is its name in config.toml, ``kind`` the kind of the channels to choose from. ``more``
    is the label of the field for choices that are not shown, empty if all are shown.
    ``known`` are all choices, for suggestions; none if they are too many for a page.
    """

    parameter: str
    key: str
    legend: str
    choices: Sequence[Choice]
    more: str = ""
    known: Sequence[Choice] = ()
    kind: str = ""


class Vocabulary(NamedTuple):
    """The types and languages of articles; the empty language is the site's own."""

    types: Iterable[str]
    languages: Iterable[str]


class BuilderState(NamedTuple):
    """What was chosen, by parameter, its channel, and the newest articles of that.

    ``problem`` says what is wrong with a choice that makes no channel.
    """

    values: Values
    channel: Channel | None = None
    articles: Sequence[Article] = ()
    problem: str = ""


def make_questions(
    channels: Channels, vocabulary: Vocabulary, words: Words, values: Values
) -> list[Question]:
    """Return the questions, with what was chosen; none about what offers no choice."""
    languages = {(tag or words.language).lower().partition("-")[0] for tag in vocabulary.languages}
    found = [
        _ask_for_channels(channels, words, "topics", "topic", values),
        _ask_for_channels(channels, words, "providers", "provider", values),
        _ask_for_channels(channels, words, "categories", "category", values),
        _ask_for_words(
            "type",
            "types",
            words.gettext("Types"),
            {kind: _name_type(words, kind) for kind in vocabulary.types},
            values,
        ),
        _ask_for_words(
            "language",
            "language",
            words.gettext("Languages"),
            {tag: find_own_name(tag) for tag in languages},
            values,
        ),
    ]
    return [q for q in found if len(q.choices) > 1 or any(choice.chosen for choice in q.choices)]


def _name_type(words: Words, kind: str) -> str:
    return words.gettext(_TYPES[kind]) if kind in _TYPES else kind.capitalize()


def make_exclusion(channels: Channels, words: Words, values: Values) -> Question:
    """Return the question about unwanted topics; it shows only those that were named."""
    asked = _ask_for_channels(channels, words, "topics", "exclude_topic", values)
    chosen = tuple(choice for choice in asked.choices if choice.chosen)
    return asked._replace(key="exclude_topics", choices=chosen, more=words.gettext("Not wanted"))


def _ask_for_channels(
    channels: Channels, words: Words, kind: Kind, parameter: str, values: Values
) -> Question:
    every = channels.list_kind(kind)
    largest = channels.find_largest(kind, _SHOWN)
    shown = {choice.value: choice for choice in map(_make_choice, largest)}
    for value in values.get(parameter, ()):
        choice = _find_choice(channels, kind, value)
        shown[choice.value] = choice._replace(chosen=True)
    return Question(
        parameter,
        kind,
        words.gettext(HEADINGS[kind]),
        sorted(
            shown.values(), key=lambda choice: (make_sort_key(choice.label, words.language), choice.value)
        ),
        more=words.gettext(_ANOTHER[parameter]) if len(every) > len(largest) else "",
        known=tuple(map(_make_choice, channels.list_sorted(kind))) if len(every) <= _LISTED else (),
        kind=kind,
    )


def _make_choice(channel: Channel) -> Choice:
    name = channel.title if fold(channel.title) == channel.name else channel.name
    return Choice(channel.path.partition("/")[2], channel.title, name)


def _find_choice(channels: Channels, kind: Kind, value: str) -> Choice:
    channel = channels.by_path.get(f"{kind}/{value}")
    return Choice(value, value, value) if channel is None else _make_choice(channel)


def _ask_for_words(
    parameter: str, key: str, legend: str, labels: Mapping[str, str], values: Values
) -> Question:
    chosen = values.get(parameter, ())
    every = {**labels, **{value: labels.get(value, value) for value in chosen}}
    choices = [Choice(value, label, value, value in chosen) for value, label in every.items()]
    return Question(parameter, key, legend, sorted(choices, key=lambda choice: fold(choice.label)))


# What the script of the page says. It finds each by its English text.
_OF_SCRIPT = (
    N_("words"),
    N_("a first day"),
    N_("more than one language"),
    N_("My feed"),
    N_("The site cannot be reached just now"),
    N_("Your feed for config.toml"),
    N_(
        "This site is made of files, which cannot choose for you."
        " Who runs it can publish your feed with these lines."
    ),
    N_("Left out, since config.toml has no key for it: {names}."),
)


def find_script_words(words: Words) -> str:
    """Return what the script of the page says, in JSON by the English text."""
    return json.dumps({text: words.find(text) for text in _OF_SCRIPT}, ensure_ascii=False)
