"""Topics and providers by any of their names: config.toml and the curators' files together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import msgspec

from feeds.config.schema import Config, ProviderConfig, TopicConfig
from feeds.lib.text.identifiers import fold, make_slug
from feeds.lib.text.urls import canonicalise_domain
from feeds.model import Kind

T = TypeVar("T", TopicConfig, ProviderConfig)


class Names:
    """What one configuration says of names. A topic's identity is its folded name, a provider's its domain."""

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

    def topic(self, name: str) -> tuple[str, str]:
        """A topic's identity and label: those of the known topic that it is a spelling of."""
        folded = fold(name)
        canonical = self.spellings.get(folded)
        return (fold(canonical), canonical) if canonical else (folded, name)

    def topic_config(self, identity: str) -> tuple[str, TopicConfig] | None:
        """The name of a known topic, and what is known of it."""
        return self._topics.get(identity)

    def including_ancestors(self, identity: str) -> Iterator[tuple[str, str]]:
        """Identity and label of each ancestor of a topic that takes in its children, nearest first."""
        for ancestors, label in self.ancestors(identity):
            parent = self._topics.get(ancestors)
            if parent is not None and parent[1].include_children:
                yield ancestors, label

    def ancestors(self, identity: str) -> Iterator[tuple[str, str]]:
        """Identity and label of each ancestor of a topic, nearest first; each once, though they be a circle."""
        seen = {identity}
        while (known := self._topics.get(identity)) is not None and known[1].parent:
            identity, label = self.topic(known[1].parent)
            if identity in seen:
                return
            seen.add(identity)
            yield identity, label

    def children(self, identity: str) -> list[str]:
        """The known topics right below a topic."""
        return [
            name
            for name, (_, topic) in self._topics.items()
            if topic.parent and self.topic(topic.parent)[0] == identity != name
        ]

    def provider(self, name: str) -> str:
        """A provider's domain: that of the known provider that it is an alias of."""
        known = canonicalise_domain(name) or name
        return self.domains.get(known, known)

    def provider_config(self, identity: str) -> ProviderConfig | None:
        """What is known of a provider."""
        return self._providers.get(identity)

    def provider_feeds(self) -> dict[str, str]:
        """The address of a provider's own feed, by domain, where it is known."""
        return {name: provider.feed for name, provider in self._providers.items() if provider.feed}

    def list_fixed_channels(self) -> Iterator[tuple[Kind, str]]:
        """The channels that there are even without an article."""
        yield "all", ""
        yield from (("topics", identity) for identity in self._topics)
        yield from (("providers", canonicalise_domain(name) or name) for name in self._config.providers)
        yield from (("feeds", name) for name in self._config.selections)

    def list_old_paths(self) -> Iterator[tuple[str, Kind, str]]:
        """Paths that other spellings make, with the kind and identity of the channel that is meant."""
        for identity, (name, topic) in self._topics.items():
            for spelling in (name, *topic.aliases):
                yield f"topics/{make_slug(fold(spelling))}", "topics", identity
        for alias, name in self.domains.items():
            yield f"providers/{alias}", "providers", name


def _merge(said: T, listed: T) -> T:
    """What config.toml says, and where it says nothing, what the curators' file says."""
    defaults = type(said)()
    values = {
        field.name: getattr(said, field.name)
        for field in msgspec.structs.fields(said)
        if getattr(said, field.name) != getattr(defaults, field.name)
    }
    return msgspec.structs.replace(listed, **values)
