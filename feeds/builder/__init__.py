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

__all__ = ["LOOKED_AT", "NEWEST", "Chosen", "Vocabulary", "builder_page"]

# So many matching articles are shown, and of so many articles the types and languages are offered.
NEWEST, LOOKED_AT = 12, 1000
# Asked behind a fold, which is open where one of them was chosen.
_FURTHER = ("exclude_topic", "min_heat", "since", "limit")


class Chosen(NamedTuple):
    """What was chosen, by parameter, and what it selects: its title, its parameters in their one
    order, how many articles, and the newest of them. ``fault`` is what is wrong with the choice."""  # noqa: D205, D209 - two sentences

    values: Values
    title: str = ""
    query: str = ""
    number: int = 0
    articles: Sequence[Article] = ()
    fault: str = ""


def builder_page(
    config: Config, names: Names, channels: Channels, vocabulary: Vocabulary, chosen: Chosen | None
) -> str:
    """The page with what was chosen; without a choice it shows nothing that an article's text or date changes."""
    values = chosen.values if chosen else {}
    return render(
        "build.html", config, names, channels, root="../", channel=channels.by_path["all"],
        questions=questions(channels, vocabulary, config.site.language, values),
        without=without(channels, values), found=chosen,
        given=lambda parameter: values.get(parameter) or [""],
        further=any(values.get(parameter) for parameter in _FURTHER),
    )  # fmt: skip
