"""Refuses to empty a site because its folder is empty, such as that of an unmounted disk, or its files are faulty."""

from __future__ import annotations

from pathlib import Path

from feeds.config.schema import Config
from feeds.errors import RemovalsError


def refuse_removals(config: Config, folder: Path | str, removed: int, of: int) -> None:
    """Raise :class:`RemovalsError` if more of ``of`` articles are gone than the limit allows.

    Articles whose files say so, by ``published``, ``removed``, ``deleted`` or ``draft``, do not count
    while the index is synced. The limit is ``freeze.max_removed``. ``folder`` is the folder or the address that the articles
    are gone from: that of the articles, or the frozen one.
    """
    if removed > config.freeze.most_removed(of):
        raise RemovalsError(
            f"{folder}: {removed} of {of} articles are gone, more than freeze.max_removed"
            f" ({config.freeze.max_removed}) allows, so nothing is changed."
            f" Is {config.articles_place} the right folder, and all there?"
            " If they are meant to go: feeds freeze --allow-removals."
        )
