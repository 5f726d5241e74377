"""Decides which channels an article belongs to. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from feeds.config.channel_tables import Conditions
from feeds.config.names import Names
from feeds.config.schema import Config
from feeds.lib.text.identifiers import fold
from feeds.model import Article, Membership


class Selector:
    """Assigns articles to channels by one configuration."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._names = Names(config)
        self._selections = {name: s for name, s in config.selections.items() if not s.retired}

    def find_memberships(self, article: Article) -> tuple[Membership, ...]:
        """Return the channels of an article, each once, in a fixed order."""
        found = {(m.kind, m.name): m for m in self._list_memberships(article)}
        return tuple(found.values())

    def _list_memberships(self, article: Article) -> Iterator[Membership]:
        yield Membership("all", "", "")
        for topic in article.topics:
            identity, label = self._names.identify_topic(topic)
            yield from (
                Membership("topics", *parent) for parent in self._names.list_including_ancestors(identity)
            )
            yield Membership("topics", identity, label)
        if article.provider.domain:
            yield Membership(
                "providers",
                self._names.identify_provider(article.provider.domain),
                article.provider.name,
            )
        for category in article.categories:
            yield Membership("categories", fold(category), category)
        if self._config.tags.feeds:
            yield from (Membership("tags", fold(tag), tag) for tag in article.tags)
        for name, selection in self._selections.items():
            if self.matches(selection, article):
                yield Membership("digests" if selection.digest else "feeds", name, "")

    def _identify_topic(self, name: str) -> str:
        return self._names.identify_topic(name)[0]

    def _list_with_ancestors(self, name: str) -> Iterator[str]:
        """Return a topic and the topics above it that include their children."""
        identity = self._identify_topic(name)
        yield identity
        yield from (parent for parent, _ in self._names.list_including_ancestors(identity))

    def matches(self, wanted: Conditions, article: Article) -> bool:
        """Return whether an article meets all conditions; of a list, any value is enough."""
        topics = {identity for name in article.topics for identity in self._list_with_ancestors(name)}
        return (
            _has_any(wanted.topics, topics, self._identify_topic)
            and not any(self._identify_topic(name) in topics for name in wanted.exclude_topics)
            and _has_any(
                wanted.providers,
                {self._names.identify_provider(article.provider.domain)},
                self._names.identify_provider,
            )
            and _has_any(wanted.categories, {fold(name) for name in article.categories}, fold)
            and _has_any(wanted.types, {fold(article.type)}, fold)
            and _speaks(article.language or self._config.site.language, wanted.language)
            and _reaches(article.quality, wanted.min_quality)
            and _reaches(article.heat, wanted.min_heat)
        )


def _has_any(wanted: Iterable[str], have: set[str], identity: Callable[[str], str]) -> bool:
    names = [identity(name) for name in wanted]
    return not names or any(name in have for name in names)


def _speaks(language: str, wanted: str) -> bool:
    """Filter by language range (RFC 4647, section 3.3.1): "en" includes "en-GB"."""
    language, wanted = language.lower(), wanted.lower()
    return not wanted or language == wanted or language.startswith(wanted + "-")


def _reaches(score: int | None, least: int | None) -> bool:
    return least is None or (score is not None and score >= least)
