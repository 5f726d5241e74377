"""Stops before a site is emptied because its folder is, as that of a disk which is not mounted."""

from __future__ import annotations

from pathlib import Path

from feeds.config.schema import Config
from feeds.errors import RemovalsError


def refuse_removals(config: Config, folder: Path | str, removed: int, of: int) -> None:
    """Raise :class:`RemovalsError` where more of so many articles are gone than ``freeze.max_removed`` allows.

    ``folder`` is where they were: that of the articles, or the frozen one; or its address.
    """
    if removed > config.freeze.most_removed(of):
        raise RemovalsError(
            f"{folder}: {removed} of {of} articles are gone, more than freeze.max_removed"
            f" ({config.freeze.max_removed}) allows, so nothing is changed."
            f" Is {config.articles_place} the right folder, and all there?"
            " If they are meant to go: feeds freeze --allow-removals."
        )
