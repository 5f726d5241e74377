"""The HTML pages. Links are relative, so that a frozen site works wherever it is put."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit

from msgspec import Struct

from feeds.channels.build import Channels
from feeds.channels.pagination import CARDS
from feeds.config.names import Names
from feeds.config.schema import Config
from feeds.index.read.weeks import WEEKS, Year
from feeds.model import Article, Channel, Kind
from feeds.paths import BUILDER, SEARCH, article_page, feed_path, list_path, page_archive_path, page_path
from feeds.publisher.pages import charts, links, lists
from feeds.publisher.pages.builder import Chosen, Vocabulary, questions, without
from feeds.publisher.pages.structured_data import About, of_article, of_channel, of_site
from feeds.publisher.pages.templates import Templates

__all__ = ["Overview", "Pages", "Templates"]

MOST_FOUND = 60
# Asked behind a fold, which is open where one of them was answered.
_FURTHER = ("exclude_topic", "min_heat", "since", "limit")
_MISSING = {
    404: ("Not found", "There is no such feed or page."),
    410: ("Gone", "This feed was retired: it has no articles any more."),
}


class Overview(Struct, frozen=True):
    """What the index shows beside its channels: years by a channel's key, icons by its path."""

    groups: Sequence[lists.Group]
    years: Mapping[int, Year]
    icons: Mapping[str, str]
    latest: Sequence[Article]


class Pages:
    """Makes the pages of one state of a site."""

    def __init__(self, config: Config, names: Names, channels: Channels, templates: Templates) -> None:
        self._config = config
        self._names = names
        self._channels = channels
        self._templates = templates
        self._everything = channels.by_path["all"]

    def index(self, view: Overview) -> str:
        """The page of the site: its channels by kind, and the newest articles."""
        return self._render(
            "index.html", "", of_site(self._config, self._summary),
            everything=self._everything, channels=len(self._channels.by_path), groups=view.groups,
            years=view.years, icons=view.icons, latest=view.latest,
        )  # fmt: skip

    def list(self, kind: Kind, number: int) -> str:
        """A page of the list of all channels of a kind."""
        heading, path = lists.HEADINGS[kind], list_path(kind, number)
        about = About.of(self._config, path, heading, f"{heading} of {self._config.site.title}")
        return self._render(
            "list.html", path, about,
            kind=kind, number=number, heading=heading, total=len(self._channels.of(kind)),
            nodes=lists.list_nodes(self._channels, self._names, kind, number),
            pages=lists.list_pages(self._channels, kind),
        )  # fmt: skip

    def channel(
        self, channel: Channel, articles: Sequence[Article], older: int, year: Year | None, icon: str
    ) -> str:
        """The page of a channel: its feeds and its newest articles; ``older`` is the page of its
        archive that goes on where this one ends, 0 where there is none."""  # noqa: D205, D209 - one sentence
        end = datetime.combine(year.last, time(), UTC) if year else None
        return self._render(
            "channel.html", page_path(channel), of_channel(self._config, channel, articles),
            channel=channel, articles=articles, older=older, year=year, icon=icon,
            rhythm=charts.rhythm(year, channel.count) if year else "",
            begin=end - timedelta(weeks=WEEKS, days=-1) if end else None, end=end,
            crumbs=links.crumbs(self._channels, self._names, channel),
            below=links.below(self._channels, self._names, channel),
            readers=links.readers(self._config, channel), cards_shown=CARDS,
        )  # fmt: skip

    def archive(self, channel: Channel, number: int, last: int, articles: Sequence[Article]) -> str:
        """A page of older articles. What is on a full one depends on its own articles only."""
        path = page_archive_path(channel, number)
        title = f"{channel.title}, archive {number}"
        return self._render(
            "archive.html", path, About.of(self._config, path, title, title),
            channel=channel, number=number, last=last, articles=articles,
            crumbs=links.crumbs(self._channels, self._names, channel),
        )  # fmt: skip

    def article(self, article: Article) -> str:
        """The page of an article that has no link of its own."""
        path = article_page(article)
        about = of_article(self._config, path, article)
        return self._render("article.html", path, about, article=article, everything=self._everything)

    def search(self, words: str) -> str:
        """The page that finds feeds by words; without words, it leads to the lists."""
        found = lists.matching(self._channels, words)
        about = About.of(self._config, SEARCH, "Search", f"Find a feed of {self._config.site.title}")
        return self._render(
            "search.html",
            SEARCH,
            about,
            words=words,
            found=found[:MOST_FOUND],
            total=len(found),
            singular=lists.SINGULAR,
        )

    def builder(self, vocabulary: Vocabulary, chosen: Chosen | None) -> str:
        """The page for building a feed, with what was chosen. Without a choice it shows nothing
        that changes with an article, unless a name comes or goes with it."""  # noqa: D205, D209 - two sentences
        made = chosen or Chosen({})
        title = "Build your own feed"
        about = About.of(self._config, BUILDER, title, f"Any choice of articles of {self._config.site.title}")
        return self._render(
            "build.html", BUILDER, about, chosen=chosen is not None, fault=made.fault, articles=made.articles,
            channel=made.channel or self._everything, feed_path=feed_path,
            questions=questions(self._channels, vocabulary, self._config.site.language, made.values),
            without=without(self._channels, made.values),
            given=lambda parameter: made.values.get(parameter) or [""],
            further=any(made.values.get(parameter) for parameter in _FURTHER),
        )  # fmt: skip

    def missing(self, near: Sequence[Channel] = (), status: int = 404) -> str:
        """What to say where there is nothing, wherever that is: links count from the host's root."""
        heading, sentence = _MISSING[status]
        root = urlsplit(self._config.site.base_url).path
        about = About.of(self._config, "", heading, sentence)
        return self._render("missing.html", "", about, at=root, near=near, heading=heading, sentence=sentence)

    @property
    def _summary(self) -> str:
        return f"{self._everything.count:,} articles in {len(self._channels.by_path):,} feeds"

    def _render(self, template: str, path: str, about: About, at: str = "", **values: object) -> str:
        root = at or "../" * path.count("/") or "./"
        paths = self._channels.paths

        def topics(article: Article) -> list[links.Link]:
            return links.topics(self._channels, self._names, article)

        def provider(article: Article) -> str | None:
            return paths.get(("providers", self._names.provider(article.provider.domain)))

        def link(article: Article) -> str:
            page = article_page(article)
            return f"{root}{page}" if page else article.url

        return self._templates.render(
            template, site=self._config.site, formats=self._config.feeds.formats, root=root, about=about,
            own_look=bool(self._config.pages.accent), topics=topics, provider=provider, link=link, **values,
        )  # fmt: skip
