"""What a web host must know of a site to answer as the application does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from feeds.config.schema import Config
from feeds.formats import MEDIA_TYPES
from feeds.paths import FEED_LISTS, FROM_CHANNELS, FROM_CONFIG, HTML, ROBOTS, SEARCH_LIST, SITEMAP
from feeds.publisher import headers
from feeds.publisher.pages.static_files import static_files, static_type
from feeds.publisher.snapshot import Snapshot


class Redirect(NamedTuple):
    """An old path, the new one, and the status of the redirect."""

    old: str
    new: str
    status: int


class HostRules(NamedTuple):
    """The rules by which a web host answers for a site.

    All paths begin with a slash: they are what follows the host in an address. ``types`` are the content types of
    files by ending, ``catalogues`` those of the lists of all feeds by path. ``folders`` are those that feeds
    are in, and ``alone`` the paths of feeds that are in none. ``gone`` are the paths of retired feeds, and
    ``gone_folders`` the folders of their archives.
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

    @property
    def missing(self) -> str:
        """The sentence for a path at which there is nothing."""
        return f"{headers.NOT_FOUND} All feeds are listed at {self.config.site.base_url}"


def make_rules(site: Snapshot) -> HostRules:
    """Make the rules of a site from its configuration and channels."""
    config = site.config
    address = urlsplit(config.site.base_url)
    root = address.path
    paths = [*site.channels.by_path, *site.channels.moved]
    statics = {
        path.rpartition(".")[2]: static_type(path) for path in (*static_files(), *site.router.own_files)
    }
    types: dict[str, str] = {name: MEDIA_TYPES[name] for name in config.feeds.formats}
    types |= {"html": HTML, **statics}
    if config.output.pages:
        types |= {"txt": FROM_CONFIG[ROBOTS], "xml": FROM_CHANNELS[SITEMAP]}
    return HostRules(
        config=config,
        origin=f"{address.scheme}://{address.netloc}",
        root=root,
        types={ending: headers.content_type(type_) for ending, type_ in types.items()},
        catalogues={root + path: headers.content_type(type_) for path, type_ in _catalogues(site).items()},
        folders=tuple(sorted({root + path.partition("/")[0] for path in paths if "/" in path})),
        alone=tuple(sorted(root + path for path in paths if "/" not in path)),
        redirects=tuple(_redirects(site, root)),
        gone=tuple(_gone(site, root)),
        gone_folders=tuple(f"{root}{path}/archive/" for path in sorted(site.channels.retired)),
    )


def _catalogues(site: Snapshot) -> Mapping[str, str]:
    """List the paths and types of files whose ending does not tell their type."""
    if not site.config.output.pages:
        return FEED_LISTS
    return FEED_LISTS | {SEARCH_LIST: FROM_CHANNELS[SEARCH_LIST]}


def _redirects(site: Snapshot, root: str) -> Iterator[Redirect]:
    """List the redirects of renamed channels: each format, the page, and the page without its slash."""
    endings = [*(f".{name}" for name in site.config.feeds.formats), "/"]
    for old, new in site.channels.moved.items():
        yield from (Redirect(root + old + ending, root + new + ending, 301) for ending in endings)
    for old, new in site.channels.moved.items():
        yield Redirect(root + old, f"{root}{new}/", 308)


def _gone(site: Snapshot, root: str) -> Iterable[str]:
    endings = ["", "/", *(f".{name}" for name in site.config.feeds.formats)]
    return (root + path + ending for path in sorted(site.channels.retired) for ending in endings)
