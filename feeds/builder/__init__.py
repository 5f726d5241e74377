"""The page on which people build a feed of their own choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from feeds.builder.questions import Values, Vocabulary, questions, without
from feeds.channels import Channels
from feeds.config import Config
from feeds.model import Article
from feeds.naming import Names
from feeds.pages import render

__all__ = ["LOOKED_AT", "NEWEST", "Found", "Values", "Vocabulary", "builder_page"]

# So many matching articles are shown, and of so many articles the types and languages are offered.
NEWEST, LOOKED_AT = 12, 1000
# Asked behind a fold, which is open where one of them was chosen.
FURTHER = ("exclude_topic", "min_heat", "since", "limit")


class Found(NamedTuple):
    """What was chosen: its title, its parameters in their one order, how many articles it has,
    and the newest of them. ``fault`` is what is wrong with the choice, and then all that there is."""  # noqa: D205, D209 - two sentences

    title: str = ""
    query: str = ""
    count: int = 0
    articles: Sequence[Article] = ()
    fault: str = ""


def builder_page(
    config: Config,
    names: Names,
    channels: Channels,
    vocabulary: Vocabulary,
    values: Values | None = None,
    found: Found | None = None,
) -> str:
    """The page with the choices that were made; without any, it depends on no article's text or date."""
    chosen = values or {}
    return render(
        "build.html", config, names, channels, root="../", channel=channels.by_path["all"],
        questions=questions(channels, vocabulary, config.site.language, chosen),
        without=without(channels, chosen), found=found,
        given=lambda parameter: chosen.get(parameter) or [""],
        further=any(chosen.get(parameter) for parameter in FURTHER),
    )  # fmt: skip
