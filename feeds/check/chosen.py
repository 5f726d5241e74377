"""Choose the problems of the files and folders that a command names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from feeds.config.schema import Config
from feeds.errors import FeedsError
from feeds.index.read import overview
from feeds.model import Problem
from feeds.publisher.snapshot import Snapshot


def choose_problems(found: Iterable[Problem], names: Sequence[str], site: Snapshot) -> list[Problem]:
    """Return the problems of the files and folders named, and the notes of the site.

    Names are relative to the working directory, or to the folder of articles. Articles in an object
    store are named by their address, or the part of it after that of all articles. Raises
    :class:`feeds.errors.FeedsError` for a name that is neither a file nor a folder.
    """
    chosen = [path for name in names for path in _find(name, site)]
    kept: dict[str, bool] = {}
    for problem in found:
        if problem.path not in kept:
            path = _straighten(problem.path, site.config)
            kept[problem.path] = any(path == one or path.startswith(f"{one}/") for one in chosen)
    # A note of the configuration is about what was not looked at, wherever that is.
    site_wide = site.config.show_path(site.config.file)
    return [
        problem
        for problem in found
        if kept[problem.path] or (problem.severity == "note" and problem.path == site_wide)
    ]


def _find(name: str, site: Snapshot) -> list[str]:
    """Return the paths that a name stands for."""
    config = site.config
    if address := config.articles_address:
        key = name.removeprefix(address).strip("/")
        there = [f"{address}/{key}".rstrip("/")] if overview.has_file(site.connection, key) else []
        where = address
    else:
        below = config.articles_path / name
        there = [str(below)] if os.path.lexists(below) else []
        where = os.path.relpath(config.articles_path)
    if os.path.lexists(name):
        there.append(name)
    if not there:
        raise FeedsError(
            f'"{name}" is neither a file nor a folder. Name one as it is seen from here, or from {where}.'
        )
    return [_straighten(path, config) for path in there]


def _straighten(path: str, config: Config) -> str:
    """Return a path in the one form that can be compared."""
    if config.articles_address and path.startswith(config.articles_address):
        return path
    return os.path.realpath(path)
