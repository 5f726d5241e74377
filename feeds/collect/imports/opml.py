"""Read lists of feeds (OPML), and write their tables for `feeds pull`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from feeds.collect.imports.records import LONGEST_NAME, read_address
from feeds.collect.new import quote
from feeds.config.schema import Config
from feeds.errors import FeedsError
from feeds.lib.text.identifiers import fold, make_slug
from feeds.lib.text.plain import remove_unwanted
from feeds.lib.text.urls import make_page_key

_LONGEST_KEY = 60


class ListedFeed(NamedTuple):
    """A feed that a list names: its configured name, title, address and topics.

    ``folders`` are the names under which the list has it.
    """

    name: str
    title: str
    url: str
    topics: Sequence[str]
    folders: Sequence[str]


class FeedList(NamedTuple):
    """The new feeds of a list, how many the site has, and those that are unreadable."""

    feeds: Sequence[ListedFeed]
    there: int
    problems: Sequence[str]


def read_opml(text: str, config: Config, topics: Collection[str]) -> FeedList:
    """Return the feeds of a list, in order.

    Raises :class:`FeedsError` if it has none. ``topics`` are the names of the site's topics: a folder with
    the name of one gives it.
    """
    import listparser

    # In ASCII, because the parser does not look at the encoding that the file declares.
    found: Any = listparser.parse(remove_unwanted(text).encode("ascii", "xmlcharrefreplace"))
    if not found.feeds:
        raise FeedsError("is a list without feeds.")
    known = {make_page_key(read_address(source.url) or source.url) for source in config.sources.values()}
    names, there = set(config.sources), 0
    spellings = {fold(topic): topic for topic in topics}
    feeds: list[ListedFeed] = []
    problems: list[str] = []
    for number, feed in enumerate(found.feeds, start=1):
        url = read_address(feed.url)
        if not url:
            problems.append(f'{number}: "{feed.url[:60]}" is not an http(s) address.')
        elif make_page_key(url) in known:
            there += 1
        else:
            known.add(make_page_key(url))
            title = " ".join(feed.title.split())[:LONGEST_NAME]
            name = _choose_name(title or urlsplit(url).hostname or "feed", names)
            folders = list(dict.fromkeys(part for path in feed.categories for part in path if part))
            chosen = [spellings[fold(one)] for one in folders if fold(one) in spellings]
            feeds.append(ListedFeed(name, title, url, list(dict.fromkeys(chosen)), folders))
    return FeedList(feeds, there, problems)


def _choose_name(title: str, names: set[str]) -> str:
    """Return a name that no other feed has, and note it."""
    slug = make_slug(title)[:_LONGEST_KEY].strip("-")
    name = next(
        one for number in range(1, 10**6) if (one := f"{slug}-{number}" if number > 1 else slug) not in names
    )
    names.add(name)
    return name


def format_sources(feeds: Sequence[ListedFeed]) -> str:
    """Return the tables of feeds for config.toml."""
    return "\n".join(_format_source(feed) for feed in feeds)


def _format_source(feed: ListedFeed) -> str:
    about = " · ".join(filter(None, [feed.title, " / ".join(feed.folders)]))
    # A comment ends with its line, whatever a title holds.
    comment = f"# {quote(about)[1:-1]}\n" if about else ""
    topics = f"topics = [{', '.join(map(quote, feed.topics))}]\n" if feed.topics else ""
    return f"{comment}[sources.{feed.name}]\nurl = {quote(feed.url)}\n{topics}"
