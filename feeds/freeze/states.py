"""Which state of a site a tree shows, and since which one the next may differ."""

from __future__ import annotations

from typing import Any

from feeds.assets import fingerprint
from feeds.freeze.manifest import Manifest
from feeds.publisher import Snapshot


def shown(site: Snapshot) -> dict[str, Any]:
    """What a manifest says of the state that its tree shows."""
    return {
        "generation": site.state.generation,
        "token": site.state.token,
        "site": fingerprint(site.config),
        "layout": site.channels.layout(),
        "articles": site.channels.by_path["all"].count,
        "codings": sorted(site.config.output.compress),
    }


def since(site: Snapshot, old: Manifest, new: Manifest) -> int:
    """The generation that a tree shows; -1 where it cannot be compared with this site."""
    same_site = (old.site, old.layout) == (new.site, new.layout)
    return old.generation if same_site and site.has_been(old.generation, old.token) else -1
