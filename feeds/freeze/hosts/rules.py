"""What a web host must know of a site to answer as the application does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from feeds.config.schema import Config, FormatName
from feeds.formats import MEDIA_TYPES
from feeds.lib.text.media_types import find_safe_file_type
from feeds.paths import (
    FEED_LISTS,
    FROM_CHANNELS,
    FROM_CONFIG,
    GUESSED_NAMES,
    HTML,
    ROBOTS,
    SEARCH_LIST,
    SITEMAP,
    make_feed_list_path,
)
from feeds.publisher import guesses, headers
from feeds.publisher.pages.static_files import find_static_type, list_static_files
from feeds.publisher.snapshot import Snapshot


class Redirect(NamedTuple):
    """An old path, the new one, and the status of the redirect."""

    old: str
    new: str
    status: int


class HostRules(NamedTuple):
    """The rules by which a web host answers for a site.

    All paths begin with a slash: they are what follows the host in an address. ``types`` are the content types of files
    by ending, ``catalogues`` those of the lists of all feeds by path. ``folders`` are those that feeds are in, and
    ``alone`` the paths of feeds that are in none. ``gone`` are the paths of retired feeds, and ``gone_folders`` the
    folders of their archives. ``guessed`` lead to feeds from addresses that readers guess, unless there is a file, and
    :data:`feeds.publisher.guesses.ANY` stands for one part of a path; ``guessed_names`` are the last parts of these, by
    format.
    """

    config: Config
    origin: str
    root: str
    types: dict[str, str]
    catalogues: dict[str, str]
    folders: tuple[str, ...]
    alone: tuple[str, ...]
    redirects: tuple[Redirect, ...]
    gone: tuple[str, ...]
    gone_folders: tuple[str, ...]
    guessed: tuple[Redirect, ...]
    guessed_names: Mapping[FormatName, Iterable[str]]

    @property
    def missing(self) -> str:
        """The sentence for a path at which there is nothing."""
        return f"{headers.NOT_FOUND} All feeds are listed at {self.config.site.base_url}"


def make_rules(site: Snapshot, others: Iterable[str]) -> HostRules:
    """Make the rules of a site from its configuration and channels.

    ``others`` are the files in the folder that are not ours.
    """
    config = site.config
    address = urlsplit(config.site.base_url)
    root = address.path
    paths = [*site.channels.by_path, *site.channels.moved]
    statics = {
        path.rpartition(".")[2]: find_static_type(path)
        for path in (*list_static_files(), *site.router.own_files)
    }
    types: dict[str, str] = {name: MEDIA_TYPES[name] for name in config.feeds.formats}
    types |= {"html": HTML, **statics}
    for path in (*site.files.findings.files, *site.router.picture_paths):
        types.setdefault(path.rpartition(".")[2], find_safe_file_type(path) or "")
    if config.output.pages:
        types |= {"txt": FROM_CONFIG[ROBOTS], "xml": FROM_CHANNELS[SITEMAP]}
    return HostRules(
        config=config,
        origin=f"{address.scheme}://{address.netloc}",
        root=root,
        types={ending: headers.make_content_type(type_) for ending, type_ in types.items()},
        catalogues={
            root + path: headers.make_content_type(type_) for path, type_ in _list_catalogues(site).items()
        },
        folders=tuple(sorted({root + path.partition("/")[0] for path in paths if "/" in path})),
        alone=tuple(sorted(root + path for path in paths if "/" not in path)),
        redirects=tuple(_list_redirects(site, root)),
        gone=tuple(_list_gone_paths(site, root)),
        gone_folders=tuple(f"{root}{path}/archive/" for path in sorted(site.channels.retired)),
        guessed=tuple(_list_guessed_redirects(site, root, others)),
        guessed_names=guesses.group_names(config.feeds),
    )


def _list_catalogues(site: Snapshot) -> Mapping[str, str]:
    """List the paths and types of files whose ending does not tell their type."""
    parts = map(make_feed_list_path, range(1, site.router.feed_list_length + 1))
    found = FEED_LISTS | dict.fromkeys(parts, FEED_LISTS[make_feed_list_path(1)])
    return found | {SEARCH_LIST: FROM_CHANNELS[SEARCH_LIST]} if site.config.output.pages else found


def _list_redirects(site: Snapshot, root: str) -> Iterator[Redirect]:
    """List the redirects of renamed channels: formats, page, page without its slash."""
    endings = [*(f".{name}" for name in site.config.feeds.formats), "/"]
    for old, new in site.channels.moved.items():
        yield from (Redirect(root + old + ending, root + new + ending, 301) for ending in endings)
    for old, new in site.channels.moved.items():
        yield Redirect(root + old, f"{root}{new}/", 308)


def _list_guessed_redirects(site: Snapshot, root: str, others: Iterable[str]) -> Iterator[Redirect]:
    """List the redirects from guessed paths at which the site has nothing of its own."""
    # Hosts show a page for a path with and without a slash, and without its ending.
    shown = (file.removesuffix("/index.html").removesuffix(".html") for file in others)
    taken = {guesses.generalise(path) for path in shown if path.rpartition("/")[2] in GUESSED_NAMES}
    for guess, feed in guesses.list_guesses(site.channels, site.config.feeds):
        if guess not in taken and site.router.find(f"{guess}/") is None:
            yield Redirect(root + guess, root + feed, 301)


def _list_gone_paths(site: Snapshot, root: str) -> Iterable[str]:
    names = [f"/{name}" for name in GUESSED_NAMES]
    endings = ["", "/", *(f".{name}" for name in site.config.feeds.formats), *names]
    return (root + path + ending for path in sorted(site.channels.retired) for ending in endings)
