"""What an entry depends on besides its article."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from feeds.config.names import Names
from feeds.config.schema import Config

# This many entries can be rendered within one request.
_FEW = 100


class EntryContext(Struct, frozen=True):
    """The part of the configuration that shows in entries.

    ``topics`` maps the spellings of configured topics to their names, ``sources`` the
    domains of providers to the addresses of their own feeds. With ``pages``, an article
    without a link has a page on the site.
    """

    base_url: str
    language: str
    content: Literal["full", "summary"] = "full"
    topics: dict[str, str] = {}
    sources: dict[str, str] = {}
    pages: bool = True


def make_entry_context(config: Config, names: Names) -> EntryContext:
    """Return the part of a configuration and its names that shows in entries."""
    return EntryContext(
        base_url=config.site.base_url,
        language=config.site.language,
        content=config.feeds.content,
        topics=names.spellings,
        sources=names.list_provider_feeds(),
        pages=config.output.pages and config.pages.articles != "none",
    )


def keeps_entries(config: Config) -> bool:
    """Return whether the index keeps entries, because several documents use each.

    If feeds are short and have no archive, most articles are in no document and most of the
    others in one. Then each document renders its own entries.
    """
    if config.images.cache and config.images.feeds:
        # They show pictures that may come after the article.
        return False
    limits = [config.feeds.limit, *(selection.limit or 0 for selection in config.selections.values())]
    return config.feeds.archive or max(limits) > _FEW
