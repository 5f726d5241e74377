"""The HTML pages. Links are relative, so that a frozen site works at any address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial
from urllib.parse import urlsplit

from msgspec import Struct

from feeds.channels.channel_set import Channels
from feeds.channels.pagination import CARDS
from feeds.config.names import Names
from feeds.config.schema import Config
from feeds.images.store import Pictures
from feeds.index.read.weeks import WEEKS, Year
from feeds.lib.text.languages import format_month
from feeds.model import ARTICLE_PAGES, Article, Channel, Image, Kind
from feeds.paths import (
    BUILDER,
    SEARCH,
    make_article_path,
    make_list_path,
    make_page_archive_path,
    make_page_path,
)
from feeds.publisher.headers import GONE, NOT_FOUND
from feeds.publisher.pages import charts, links, lists
from feeds.publisher.pages.builder import (
    BuilderState,
    Vocabulary,
    find_script_words,
    make_exclusion,
    make_questions,
)
from feeds.publisher.pages.prose import Sizes, make_prose
from feeds.publisher.pages.structured_data import (
    About,
    describe_article,
    describe_channel,
    describe_page,
    describe_site,
)
from feeds.publisher.pages.templates import Templates
from feeds.publisher.small_pictures import SmallPicture, find_small
from feeds.words import N_

# How many articles and feeds a search shows.
MOST_FOUND, MOST_FEEDS = 20, 6
# How many of the newest articles the front page shows: some with their pictures, the others briefly.
PICTURED, BRIEF = 7, 9
# These questions are folded away, unless one of them was answered.
_FURTHER = ("exclude_topic", "min_heat", "since", "limit")
_NOT_FOUND = {
    404: (N_("Not found"), NOT_FOUND),
    410: (N_("Gone"), GONE),
}
_DIGESTS = {
    "daily": N_("A digest: one entry for each day"),
    "weekly": N_("A digest: one entry for each week"),
    "monthly": N_("A digest: one entry for each month"),
}


class Overview(Struct, frozen=True):
    """What the front page shows; years are by a channel's key."""

    groups: Sequence[lists.Group]
    years: Mapping[int, Year]
    latest: Sequence[Article]


class FoundArticles(Struct, frozen=True):
    """The articles that a search found, with the channel of all.

    With a ``problem`` of the words, the channel is None.
    """

    channel: Channel | None
    articles: Sequence[Article]
    problem: str


class Pages:
    """Renders the pages of one state of a site."""

    def __init__(  # noqa: PLR0913 - what pages depend on
        self,
        config: Config,
        names: Names,
        channels: Channels,
        templates: Templates,
        pictures: Pictures,
        *,
        served: bool,
    ) -> None:
        """With ``served``, pages offer what needs an application."""
        self._config = config
        self._names = names
        self._served = served
        self._pictures = pictures
        self._channels = channels
        self._templates = templates
        self._words = templates.words
        self._everything = channels.by_path["all"]

    def render_index(self, view: Overview) -> str:
        """Render the front page: the newest articles, then the channels by kind."""
        shown = [node.channel.key for group in view.groups for node in group.nodes]
        years = [view.years[key] for key in shown if key in view.years]
        charted = any(charts.is_worth_a_chart(year) for year in years)
        begin, end = _find_bounds(years[0]) if years else (None, None)
        return self._render(
            "index.html", "", describe_site(self._config, self._summary),
            everything=self._everything, channels=len(self._channels.by_path), groups=view.groups,
            years=view.years, charted=charted, begin=begin, end=end, latest=view.latest, pictured=PICTURED,
            readers=links.list_reader_links(self._config, self._words, self._everything),
        )  # fmt: skip

    def render_list(self, kind: Kind, number: int) -> str:
        """Render a page of the list of all channels of a kind."""
        words, path = self._words, make_list_path(kind, number)
        title = heading = words.gettext(lists.HEADINGS[kind])
        if number > 1:
            title = words.gettext("{heading}, page {number}", heading=heading, number=number)
        description = words.gettext("{heading} of {site}", heading=heading, site=self._config.site.title)
        about = describe_page(self._config, path, heading, description)
        return self._render(
            "list.html", path, about,
            kind=kind, number=number, heading=heading, title=title, total=len(self._channels.list_sorted(kind)),
            nodes=lists.list_nodes(self._channels, self._names, kind, number),
            pages=lists.list_pages(self._channels, kind),
        )  # fmt: skip

    def render_channel(
        self, channel: Channel, articles: Sequence[Article], older: int, year: Year | None, icon: str
    ) -> str:
        """Render the page of a channel: its feeds and its newest articles.

        ``older`` is the archive page that continues it, 0 if there is none.
        """
        begin, end = _find_bounds(year) if year else (None, None)
        return self._render(
            "channel.html", make_page_path(channel), describe_channel(
                self._config, channel, self._words.gettext("The newest articles: {title}", title=channel.title), articles
            ),
            channel=channel, articles=articles, older=older, year=year, icon=icon,
            rhythm=charts.describe_rhythm(self._words, year, channel.count) if year else "",
            begin=begin, end=end,
            crumbs=links.list_breadcrumbs(self._channels, self._names, self._words, channel),
            below=links.list_subtopics(self._channels, self._names, channel),
            readers=links.list_reader_links(self._config, self._words, channel), cards_shown=CARDS,
        )  # fmt: skip

    def render_archive(self, channel: Channel, number: int, last: int, articles: Sequence[Article]) -> str:
        """Render a page of older articles. A full one depends only on its own articles."""
        path = make_page_archive_path(channel, number)
        if articles:
            title = f"{channel.title} · {self._name_months(articles[-1].published, articles[0].published)}"
        else:
            title = self._words.gettext("{title}, archive {number}", title=channel.title, number=number)
        return self._render(
            "archive.html", path, describe_page(self._config, path, title, title),
            channel=channel, title=title, number=number, last=last, articles=articles,
            crumbs=links.list_breadcrumbs(self._channels, self._names, self._words, channel),
        )  # fmt: skip

    def render_article(
        self,
        article: Article,
        before: Article | None,
        after: Article | None,
        sizes: Sizes,
    ) -> str:
        """Render an article's page, with links to the ones published before and after.

        ``sizes`` are width and height of pictures that are known, by their addresses.
        """
        path = make_article_path(article, self._config.pages.articles)
        about = describe_article(self._config, path, article)
        small = {"small": partial(self._find_small, path)} if self._pictures.pictures else {}
        return self._render(
            "article.html", path, about, article=article, everything=self._everything, before=before, after=after,
            prose=make_prose(article.body, article.url or about.url, sizes, is_here=not article.url, **small), sizes=sizes,
        )  # fmt: skip

    def render_search(self, words: str, found: FoundArticles | None) -> str:
        """Render the page that finds articles and feeds; without words, it leads to lists."""
        feeds = lists.find_channels(self._channels, words)
        description = f"{self._words.gettext('Find articles and feeds')} · {self._config.site.title}"
        about = describe_page(self._config, SEARCH, self._words.gettext("Search"), description)
        return self._render(
            "search.html", SEARCH, about, words=words, found=found,
            readers=links.list_reader_links(self._config, self._words, found.channel) if found and found.channel else [],
            feeds=[lists.Node(channel, ()) for channel in feeds[:MOST_FEEDS]], total=len(feeds), singular=lists.SINGULAR,
        )  # fmt: skip

    def render_builder(self, vocabulary: Vocabulary, state: BuilderState | None) -> str:
        """Render the page for building a feed, with what was chosen.

        Without a choice, only a name that comes or goes with an article can change the page.
        """
        shown = state or BuilderState({})
        words = self._words
        description = words.gettext("Any choice of articles of {site}", site=self._config.site.title)
        about = describe_page(self._config, BUILDER, words.gettext("Build your own feed"), description)
        return self._render(
            "build.html", BUILDER, about, chosen=state is not None, problem=shown.problem, articles=shown.articles,
            channel=shown.channel or self._everything,
            questions=make_questions(self._channels, vocabulary, words, shown.values),
            without=make_exclusion(self._channels, words, shown.values),
            given=lambda parameter: shown.values.get(parameter) or [""],
            script_words=find_script_words(words), further=any(shown.values.get(parameter) for parameter in _FURTHER),
        )  # fmt: skip

    def render_not_found(self, near: Sequence[Channel] = (), status: int = 404) -> str:
        """Render the page for a missing path; its links start at the root of the host."""
        heading, sentence = map(self._words.gettext, _NOT_FOUND[status])
        root = urlsplit(self._config.site.base_url).path
        about = describe_page(self._config, "", heading, sentence)
        return self._render("missing.html", "", about, at=root, near=near, heading=heading, sentence=sentence)

    def _name_months(self, first: datetime, last: datetime) -> str:
        """Return the months of an archive page: "January 2024 to March 2024"."""
        months = [format_month(moment, self._words.language) for moment in (first, last)]
        if months[0] == months[1]:
            return months[0]
        return self._words.gettext("{first} to {last}", first=months[0], last=months[1])

    def _describe_digest(self, channel: Channel) -> str:
        """Say what the entries of a digest are; "" for any other channel."""
        selection = self._config.selections.get(channel.name) if channel.kind == "feeds" else None
        return self._words.gettext(_DIGESTS[selection.digest]) if selection and selection.digest else ""

    @property
    def _summary(self) -> str:
        words, feeds = self._words, len(self._channels.by_path)
        counted = words.ngettext("{number} article", "{number} articles", self._everything.count)
        return f"{counted} · {words.ngettext('{number} feed', '{number} feeds', feeds)}"

    def _find_small(self, path: str, url: str) -> SmallPicture | None:
        """Return the copies of a picture for the page at a path."""
        return find_small(self._pictures, url, _find_root(path)) if self._pictures.pictures else None

    def _render(self, template: str, path: str, about: About, at: str = "", **values: object) -> str:
        root = at or _find_root(path)
        paths = self._channels.paths

        def list_topics(article: Article) -> list[links.Link]:
            return links.list_topic_links(self._channels, self._names, article)

        def find_provider(article: Article) -> str | None:
            return paths.get(("providers", self._names.identify_provider(article.provider.domain)))

        def make_link(article: Article) -> str:
            page = make_article_path(article, self._config.pages.articles)
            return f"{root}{page}" if page else article.url

        def make_source(picture: Image) -> str:
            own = f"{self._config.site.base_url}{ARTICLE_PAGES}"
            return (
                picture.url.replace(own, f"{root}{ARTICLE_PAGES}", 1)
                if picture.url.startswith(own)
                else picture.url
            )

        return self._templates.render(
            template, site=self._config.site, formats=self._config.feeds.formats, root=root, about=about,
            look=self._config.pages, served=self._served, indexed=self._config.pages.search and not self._served,
            digest=self._describe_digest, own_links=links.list_footer_links(self._config),
            tags_have_feeds=self._config.tags.feeds, topics=list_topics, provider=find_provider, link=make_link, source=make_source,
            small=partial(self._find_small, path), **values,
        )  # fmt: skip


def _find_root(path: str) -> str:
    """Return what leads from a page to the site."""
    return "../" * path.count("/") or "./"


def _find_bounds(year: Year) -> tuple[datetime, datetime]:
    """Return the first and the last day of the weeks of a year."""
    end = datetime.combine(year.last, time(), UTC)
    return end - timedelta(weeks=WEEKS, days=-1), end
