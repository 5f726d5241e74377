"""The HTML pages: an index of all channels, and a page for each. Links are relative, so
that a frozen site works wherever it is put."""  # noqa: D205, D209 - one sentence

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from feeds.channels import KINDS, Channels
from feeds.config import Config
from feeds.formats import MEDIA_TYPES
from feeds.model import Article, Channel
from feeds.naming import Names
from feeds.text.plain import shorten

NEWEST = 12
_HEADINGS = {
    "feeds": "Selections",
    "all": "Everything",
    "topics": "Topics",
    "providers": "Providers",
    "categories": "Categories",
}
_SUMMARY_LENGTH = 320
_RTL = {"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}


def index_page(config: Config, names: Names, channels: Channels, newest: Sequence[Article]) -> str:
    """The page of the site: its channels by kind, and the newest articles."""
    groups = [(_HEADINGS[kind], channels.of(kind)) for kind in KINDS]
    return render(
        "index.html", config, names, channels, root="./", channel=channels.by_path["all"],
        groups=[(heading, found) for heading, found in groups if found], articles=newest,
    )  # fmt: skip


def channel_page(
    config: Config, names: Names, channels: Channels, channel: Channel, articles: Sequence[Article]
) -> str:
    """The page of a channel: its feeds and its newest articles."""
    root = "../" * (channel.path.count("/") + 1)
    return render("channel.html", config, names, channels, root=root, channel=channel, articles=articles)


def render(template: str, config: Config, names: Names, channels: Channels, **values: object) -> str:
    """A page made from a template, which finds these values by name."""
    paths = channels.paths

    def topics(article: Article) -> list[tuple[str, str]]:
        """Title and path of each topic, spelt as the article spells it: a page changes with
        its own articles only."""  # noqa: D205, D209 - one sentence
        found = dict(names.topic(name) for name in article.topics)
        return [(label, paths["topics", name]) for name, label in found.items() if ("topics", name) in paths]

    def provider(article: Article) -> str | None:
        return paths.get(("providers", names.provider(article.provider.domain)))

    return _environment().get_template(template).render(
        site=config.site, formats=config.feeds.formats, topics=topics, provider=provider, **values
    )  # fmt: skip


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("feeds"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shorten"] = lambda text: shorten(text, _SUMMARY_LENGTH)
    environment.filters["direction"] = lambda tag: "rtl" if tag[:2].lower() in _RTL else "ltr"
    environment.globals["format_names"] = {"atom": "Atom", "rss": "RSS", "json": "JSON"}
    environment.globals["media_types"] = MEDIA_TYPES
    return environment
