"""What an entry depends on beside its article."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from feeds.config.names import Names
from feeds.config.schema import Config

# Each document writes its entries anew where they are not kept: a short one in the time of a request.
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


def entry_context(config: Config, names: Names) -> EntryContext:
    """The part of a configuration that shows in entries; ``names`` is what it says of names."""
    return EntryContext(
        base_url=config.site.base_url,
        language=config.site.language,
        content=config.feeds.content,
        topics=names.spellings,
        sources=names.provider_feeds(),
        pages=config.output.pages,
    )


def are_kept(config: Config) -> bool:
    """Whether entries are kept with their articles, each of which then stands in several documents.

    Where feeds are short and have no archive, most articles stand in none, and most of the others in
    one: there entries are written for the documents that show them.
    """
    limits = [config.feeds.limit, *(custom.limit or 0 for custom in config.custom.values())]
    return config.feeds.archive or max(limits) > _FEW
