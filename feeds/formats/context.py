"""What an entry depends on beside its article."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


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
