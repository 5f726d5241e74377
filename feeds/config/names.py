"""Finds topics and providers by any of their names, from all configuration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import msgspec

from feeds.config.channel_tables import ProviderConfig, TopicConfig
from feeds.config.schema import Config
from feeds.lib.text.identifiers import fold
from feeds.lib.text.urls import canonicalise_domain
from feeds.model import Kind

T = TypeVar("T", TopicConfig, ProviderConfig)


class Names:
    """The names of a configuration: a topic's folded name, a provider's domain."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._topics = {fold(name): (name, topic) for name, topic in config.curated.topics.items()}
        for name, topic in config.topics.items():
            listed = self._topics.get(fold(name))
            self._topics[fold(name)] = (name, _merge(topic, listed[1]) if listed else topic)
        self._providers = dict(config.curated.providers)
        for name, provider in config.providers.items():
            known = canonicalise_domain(name) or name
            listed_provider = self._providers.get(known)
            self._providers[known] = _merge(provider, listed_provider) if listed_provider else provider
        self._retired_categories = {fold(name) for name, one in config.categories.items() if one.retired}
        # Kind and name of the channels that config.toml retires.
        self.retired = frozenset(self._list_retired())
        # The topics that have the path that somebody chose.
        self.with_slug = [identity for identity, (_, topic) in self._topics.items() if topic.slug]
        self.spellings = {
            fold(spelling): name
            for name, topic in self._topics.values()
            for spelling in (name, *topic.aliases)
        }
        self.domains = {
            canonicalise_domain(alias) or alias: name
            for name, provider in self._providers.items()
            for alias in provider.aliases
        }

    def identify_topic(self, name: str) -> tuple[str, str]:
        """Return identity and label of the topic that a name is a spelling of."""
        folded = fold(name)
        canonical = self.spellings.get(folded)
        return (fold(canonical), canonical) if canonical else (folded, name)

    def find_topic_config(self, identity: str) -> tuple[str, TopicConfig] | None:
        """Return the name and the configuration of a known topic."""
        return self._topics.get(identity)

    def list_including_ancestors(self, identity: str) -> Iterator[tuple[str, str]]:
        """Yield identity and label of ancestors that include their children.

        The nearest comes first.
        """
        for ancestor, label in self.list_ancestors(identity):
            parent = self._topics.get(ancestor)
            if parent is not None and parent[1].include_children:
                yield ancestor, label

    def list_ancestors(self, identity: str) -> Iterator[tuple[str, str]]:
        """Yield identity and label of a topic's ancestors, nearest first.

        A circle ends it.
        """
        seen = {identity}
        while (known := self._topics.get(identity)) is not None and known[1].parent:
            identity, label = self.identify_topic(known[1].parent)
            if identity in seen:
                return
            seen.add(identity)
            yield identity, label

    def list_children(self, identity: str) -> list[str]:
        """Return the known topics directly below a topic."""
        return [
            name
            for name, (_, topic) in self._topics.items()
            if topic.parent and self.identify_topic(topic.parent)[0] == identity != name
        ]

    def identify_provider(self, name: str) -> str:
        """Return a provider's domain, that of the known provider if the name is an alias."""
        known = canonicalise_domain(name) or name
        return self.domains.get(known, known)

    def find_provider_config(self, identity: str) -> ProviderConfig | None:
        """Return the configuration of a known provider."""
        return self._providers.get(identity)

    def list_provider_feeds(self) -> dict[str, str]:
        """Return the known addresses of providers' own feeds, by domain."""
        return {name: provider.feed for name, provider in self._providers.items() if provider.feed}

    def list_fixed_channels(self) -> Iterator[tuple[Kind, str]]:
        """Yield kind and name of the channels that exist even without an article."""
        yield "all", ""
        yield from (("topics", identity) for identity in self._topics)
        yield from (("providers", canonicalise_domain(name) or name) for name in self._config.providers)
        yield from (("categories", identity) for identity in self._retired_categories)
        yield from (("feeds", name) for name in self._config.selections)

    def is_other_spelling(self, kind: Kind, name: str) -> bool:
        """Return whether a name now is another spelling of another channel's name."""
        if kind == "topics":
            return self.identify_topic(name)[0] != name
        return kind == "providers" and self.identify_provider(name) != name

    def _list_retired(self) -> Iterator[tuple[Kind, str]]:
        yield from (("topics", identity) for identity, (_, topic) in self._topics.items() if topic.retired)
        yield from (("providers", name) for name, provider in self._providers.items() if provider.retired)
        yield from (("categories", identity) for identity in self._retired_categories)
        yield from (("feeds", name) for name, one in self._config.selections.items() if one.retired)

    def list_other_spellings(self) -> Iterator[tuple[Kind, str, str]]:
        """Yield kind and identity of a channel with each name that it may have had before."""
        for identity, (name, topic) in self._topics.items():
            yield from (("topics", identity, fold(spelling)) for spelling in (name, *topic.aliases))
        yield from (("providers", name, alias) for alias, name in self.domains.items())


def _merge(said: T, listed: T) -> T:
    """Return the curators' values, overridden by those that config.toml sets."""
    defaults = type(said)()
    values = {
        field.name: getattr(said, field.name)
        for field in msgspec.structs.fields(said)
        if getattr(said, field.name) != getattr(defaults, field.name)
    }
    return msgspec.structs.replace(listed, **values)
