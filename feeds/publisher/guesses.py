"""Addresses that people and readers guess for feeds, and where they lead.

Asks no database. They are what other programs call a feed: WordPress and Substack ``/feed``, Ghost and
Tumblr ``/rss``, Hugo ``/index.xml``, Jekyll ``/feed.xml``, Eleventy ``/feed.json``. Nobody has to know
ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from feeds.channels.channel_set import Channels
from feeds.config.schema import FeedsConfig, FormatName
from feeds.paths import GUESSED_NAMES

# The channel that a site's own feed is, and the folder in which many sites have their posts.
_WHOLE, _BLOG = "all", "blog"
# In a path, one part that may be any text, as hosts write it in their rules.
ANY = ":channel"


def choose_format(feeds: FeedsConfig, name: str) -> FormatName:
    """Return the format that a guessed name means, or the best that the site has."""
    wanted = next((one for one in _ENDINGS if one in name), None)
    if wanted is None and name.endswith(".xml"):
        wanted = next((one for one in feeds.formats if one != "json"), None)
    return wanted if wanted in feeds.formats else feeds.recommended


_ENDINGS: tuple[FormatName, ...] = ("atom", "rss", "json")


def group_names(feeds: FeedsConfig) -> Mapping[FormatName, Iterable[str]]:
    """Return the guessed names by the format that they lead to on a site."""
    found: dict[FormatName, list[str]] = {}
    for name in GUESSED_NAMES:
        found.setdefault(choose_format(feeds, name), []).append(name)
    return found


def split_guess(path: str) -> tuple[str, str] | None:
    """Return a channel's path and the guessed name in a path, None if it is no guess.

    Neither case nor slashes too many or too few make a difference.
    """
    *folder, name = [part for part in path.lower().split("/") if part] or [""]
    if name not in GUESSED_NAMES:
        return None
    return (_WHOLE if folder in ([], [_BLOG]) else "/".join(folder)), name


def find_guessed(channels: Channels, feeds: FeedsConfig, path: str) -> str | None:
    """Return the path of the feed that a guessed path leads to, None if there is none."""
    guess = split_guess(path)
    if guess is None:
        return None
    stem, name = guess
    stem = channels.moved.get(stem, stem)
    return f"{stem}.{choose_format(feeds, name)}" if stem in channels.by_path else None


def list_guesses(channels: Channels, feeds: FeedsConfig) -> Iterator[tuple[str, str]]:
    """Yield guessed paths with the paths of their feeds, the whole site's first.

    :data:`ANY` stands for the name of any channel of a folder: there may be a hundred thousand.
    """
    formats = {name: choose_format(feeds, name) for name in GUESSED_NAMES}
    for folder in ("", f"{_BLOG}/"):
        yield from ((f"{folder}{name}", f"{_WHOLE}.{ending}") for name, ending in formats.items())
    folders = (path.partition("/")[0] + f"/{ANY}" if "/" in path else path for path in channels.by_path)
    for path in dict.fromkeys(folders):
        yield from ((f"{path}/{name}", f"{path}.{ending}") for name, ending in formats.items())


def generalise(path: str) -> str:
    """Return the guessed path that stands for a path in :func:`list_guesses`."""
    folder, _, rest = path.partition("/")
    inner, _, name = rest.rpartition("/")
    return f"{folder}/{ANY}/{name}" if inner and "/" not in inner else path
