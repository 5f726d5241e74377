"""The categories of an entry: its topics, under the address of the topics' folder."""

from __future__ import annotations

from feeds.formats.context import EntryContext
from feeds.model import Article
from feeds.text.topics import fold


def topic_names(article: Article, context: EntryContext) -> list[str]:
    """The topics of an article as the configuration spells them, each once."""
    names = {fold(name): name for name in reversed(article.topics)}
    named = {context.topics.get(folded, name): None for folded, name in reversed(names.items())}
    return list(named)
