"""Files that make a web host serve a frozen tree as the application does.

Types, caching, redirects and errors are the same. Each host has a module that writes :class:`HostRules`
in its language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from feeds.config.running_tables import HostName
from feeds.config.schema import Config
from feeds.freeze.hosts import netlify, servers
from feeds.freeze.hosts.rules import HostRules, make_rules
from feeds.paths import NOT_FOUND
from feeds.publisher.snapshot import Snapshot

__all__ = ["BESIDE", "OPTIONAL", "depends_on_files", "is_ours", "list_names", "make_files"]

# A path that begins with this is beside the output folder: everything in the folder is published.
BESIDE = "../"
# Pages that the site may have of its own.
OPTIONAL = frozenset({NOT_FOUND})
_MARK = "Written by `feeds freeze`: changes to this file are lost."

# Their rules come before files, or list which addresses have none.
_LISTED = frozenset({"netlify", "cloudflare"})

_Writer = Callable[[HostRules], str]
_FILES: dict[HostName, dict[str, _Writer]] = {
    "netlify": {
        "_headers": netlify.write_headers,
        "_redirects": partial(netlify.write_redirects, cloudflare=False),
        "404.html": netlify.write_missing_page,
    },
    "cloudflare": {
        "_headers": netlify.write_headers,
        "_redirects": partial(netlify.write_redirects, cloudflare=True),
        "404.html": netlify.write_missing_page,
    },
    "nginx": {"../{folder}.nginx.conf": servers.write_nginx_server},
    "caddy": {"../{folder}.Caddyfile": servers.write_caddy_site},
    # It knows no rules: copies of documents are in the place of redirects.
    "github-pages": {},
}


def make_files(site: Snapshot, folder: str, others: Iterable[str]) -> dict[str, bytes]:
    """Make the files for the configured hosts, by path from the output folder.

    ``folder`` is the name of the output folder; files beside it are named after it. ``others`` are the files in it
    that are the site's own: no redirect hides one.
    """
    wanted = site.config.output.hosts
    if not needs_rules(site.config):
        return {}
    rules = make_rules(site, others)
    return {
        file.format(folder=folder): _mark(file, write(rules))
        for host in wanted
        for file, write in _FILES[host].items()
        # If the site has pages, it has a 404 page of its own.
        if not (site.config.output.pages and file == NOT_FOUND)
    }


def needs_rules(config: Config) -> bool:
    """Return whether a host is named that reads rules."""
    return any(_FILES[host] for host in config.output.hosts)


def depends_on_files(config: Config) -> bool:
    """Return whether a host's rules depend on the files of others in the folder."""
    return not _LISTED.isdisjoint(config.output.hosts)


def list_names(folder: str) -> set[str]:
    """List every file that :func:`make_files` may give."""
    return {file.format(folder=folder) for writers in _FILES.values() for file in writers}


def is_ours(body: bytes) -> bool:
    """Return whether a freeze wrote this, and not somebody by hand."""
    return _MARK.encode() in body.partition(b"\n")[0]


def _mark(file: str, text: str) -> bytes:
    first = f"<!-- {_MARK} -->" if file.endswith(".html") else f"# {_MARK}"
    return f"{first}\n{text}".encode()
