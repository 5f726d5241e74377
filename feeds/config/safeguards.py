"""Refuses what would destroy: unfit output folders, and too many removals."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from feeds.config.schema import Config
from feeds.errors import RemovalsError
from feeds.lib.storage.file_names import from_system, make_matcher
from feeds.lib.storage.files import MANIFEST_NAME, read_file

_HINT = "Name a folder of its own: everything in it is published."
_FENCE = b"---"


def find_output_error(config: Config) -> tuple[str, str] | None:
    """Return what is wrong with the output folder and what to do, None if nothing."""
    if "\0" in config.output.path:
        return "holds a character that no path may hold.", _HINT
    output = Path(os.path.realpath(config.output_path))
    for path, noun in _list_sources(config):
        if Path(os.path.realpath(path)).is_relative_to(output):
            return f'names the folder "{from_system(config.output_path)}", which holds {noun}.', _HINT
    if (article := _find_article(config, output)) is not None:
        return f'names a folder of articles: "{article}" is there.', _HINT
    return None


def _list_sources(config: Config) -> Iterator[tuple[Path, str]]:
    yield config.locate(config.file), "the configuration"
    if config.articles_address is None:
        yield config.articles_path, "the articles"
    for path, noun in (
        (config.topics_path and config.locate(config.topics_path), "the topics"),
        (config.providers_path and config.locate(config.providers_path), "the providers"),
        (config.templates_path, "the templates"),
        (config.style_path, "the style sheet"),
        (config.static_path, "the files of the pages"),
    ):
        if path:
            yield path, noun
    for private in config.private.values():
        if private.token_file:
            yield config.locate(private.token_file), "the token of a private feed"
    yield config.index_path, "the index"
    yield config.outbox_path, "the list of pending notifications"
    if any(selection.digest for selection in config.selections.values()):
        yield config.digests_path, "the record of closed digests"
    if config.sources:
        yield config.dropped_path, "the record of what was dropped"


def _find_article(config: Config, output: Path) -> str | None:
    """Find an article in an output folder inside the articles, before a first freeze.

    From the first freeze on, nothing in the folder is read as an article.
    """
    root = Path(os.path.realpath(config.articles_path))
    if config.articles_address or not output.is_relative_to(root) or (output / MANIFEST_NAME).exists():
        return None
    is_wanted = make_matcher(config.articles.include, config.articles.exclude)
    for folder, _, names in os.walk(output):
        for name in names:
            path = from_system(Path(folder, name).relative_to(root).as_posix())
            if is_wanted(path) and _has_front_matter(Path(folder, name)):
                return path
    return None


def _has_front_matter(file: Path) -> bool:
    try:
        return read_file(file, 8).removeprefix(b"\xef\xbb\xbf").startswith(_FENCE)
    except OSError:
        return False


def refuse_removals(config: Config, folder: Path | str, removed: int, of: int) -> None:
    """Raise :class:`RemovalsError` if too many of ``of`` articles are gone.

    Articles whose files say so, by ``published``, ``removed``, ``deleted`` or ``draft``, do not count.
    The limit is ``freeze.max_removed``. ``folder`` is the folder or the address that the articles
    are gone from: that of the articles, or the frozen one.
    """
    if removed > config.freeze.count_most_removed(of):
        raise RemovalsError(
            f"{folder}: {removed} of {of} articles are gone, more than freeze.max_removed"
            f" ({config.freeze.max_removed}) allows, so nothing is changed."
            f" Is {config.articles_place} the right folder, and all there?"
            " If they are meant to go: feeds freeze --allow-removals."
        )
