"""Which articles a channel selects, and which channels an article belongs to. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from feeds.config import Config, CustomConfig
from feeds.model import Article, Membership
from feeds.text.topics import fold
from feeds.text.urls import domain


class Selector:
    """Says for each article which channels it belongs to, by one configuration."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def memberships(self, article: Article) -> tuple[Membership, ...]:
        """The channels of an article, each once, in a fixed order."""
        found = {(m.kind, m.name): m for m in self._memberships(article)}
        return tuple(found.values())

    def topic(self, name: str) -> tuple[str, str]:
        """A topic's identity and label: those of the configured topic that it is a spelling of."""
        folded = fold(name)
        canonical = self._spellings.get(folded)
        return (fold(canonical), canonical) if canonical else (folded, name)

    def provider(self, name: str) -> str:
        """A provider's domain: that of the configured provider that it is an alias of."""
        return self._domains.get(name, name)

    def _memberships(self, article: Article) -> Iterator[Membership]:
        yield Membership("all", "", "")
        for topic in article.topics:
            yield Membership("topics", *self.topic(topic))
        if article.provider.domain:
            yield Membership("providers", self.provider(article.provider.domain), article.provider.name)
        for category in article.categories:
            yield Membership("categories", fold(category), category)
        for name, custom in self._config.custom.items():
            if self.matches(custom, article):
                yield Membership("feeds", name, "")

    def matches(self, custom: CustomConfig, article: Article) -> bool:
        """Whether a custom feed selects an article: any of each list, all conditions."""
        topics = {self.topic(name)[0] for name in article.topics}
        return (
            _any_of(custom.topics, topics, lambda name: self.topic(name)[0])
            and not any(self.topic(name)[0] in topics for name in custom.exclude_topics)
            and _any_of(custom.providers, {self.provider(article.provider.domain)}, self._provider_name)
            and _any_of(custom.categories, {fold(name) for name in article.categories}, fold)
            and _any_of(custom.types, {fold(article.type)}, fold)
            and _speaks(article.language or self._config.site.language, custom.language)
            and _at_least(article.quality, custom.min_quality)
            and _at_least(article.heat, custom.min_heat)
        )

    def _provider_name(self, name: str) -> str:
        return self.provider(domain(name) or name)

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return {
            fold(spelling): name
            for name, topic in self._config.topics.items()
            for spelling in (name, *topic.aliases)
        }

    @cached_property
    def _domains(self) -> dict[str, str]:
        return {
            domain(alias) or alias: domain(name) or name
            for name, provider in self._config.providers.items()
            for alias in provider.aliases
        }


def _any_of(wanted: Iterable[str], have: set[str], identity: Callable[[str], str]) -> bool:
    names = [identity(name) for name in wanted]
    return not names or any(name in have for name in names)


def _speaks(language: str, wanted: str) -> bool:
    """Basic filtering of language ranges (RFC 4647, section 3.3.1): "en" takes "en-GB" too."""
    language, wanted = language.lower(), wanted.lower()
    return not wanted or language == wanted or language.startswith(wanted + "-")


def _at_least(score: int | None, least: int | None) -> bool:
    return least is None or (score is not None and score >= least)
