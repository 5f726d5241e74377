"""The tables of config.toml, with their defaults."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from feeds.config.channel_tables import (
    CategoryConfig,
    PrivateConfig,
    ProviderConfig,
    SelectionConfig,
    SourceConfig,
    TagsConfig,
    TopicConfig,
)
from feeds.config.running_tables import (
    DigestsConfig,
    FreezeConfig,
    IndexConfig,
    IndexnowConfig,
    OutputConfig,
    RsscloudConfig,
    ServerConfig,
    WebsubConfig,
)
from feeds.lib.storage.file_names import from_system, is_address, to_system
from feeds.lib.storage.files import STATE_FOLDER
from feeds.model import DateOrder, Folders, PresetName

FormatName = Literal["atom", "rss", "json"]
# Which articles have a page of their own: those without a link, all that have a text, or none.
ArticlePages = Literal["own", "all", "none"]


class SiteConfig(Struct, frozen=True):
    """The site that the feeds belong to.

    ``title``: The name of the site.
    ``base_url``: The address that the feeds are published under.
    ``description``: One sentence for the front page and the feed of all articles.
    ``language``: The language of the site (BCP 47), such as "pt-BR"; its pages speak it.
    ``author``: The author of the feeds; without one, the title.
    ``id``: If the site moves, its old ``base_url``: feeds keep their ids.
    ``rights``: A line of copyright.
    ``icon``: The address of a small square picture.
    ``logo``: The address of a picture.
    """

    title: str
    base_url: str
    description: str = ""
    language: str = "en"
    author: str = ""
    id: str = ""
    rights: str = ""
    icon: str = ""
    logo: str = ""


class ArticlesConfig(Struct, frozen=True):
    """Where the articles are, and how they are read.

    ``path``: The folder of articles, relative to config.toml, or an address such as "s3://bucket/folder".
    ``include``: Which files are articles. Hidden files and folders, the output, the index, frozen trees and what
        editors and sync programs leave (backups, conflict copies) are none.
    ``exclude``: Files that are not articles, though they match: the same patterns.
    ``preset``: The generator that the articles were written for. It sets ``include`` and ``exclude``, unless they are given.
    ``timezone``: The time zone of dates that name none.
    ``date_order``: How 03/04/2024 is read, "day-first" or "month-first". Without it, as the generator reads it; else such a
        date is a problem. 14/03/2024 has one reading.
    ``base_url``: What relative addresses of articles count from: the address of the site that they are written for.
        Without one, that of the site of the feeds.
    ``permalink``: The pattern of the articles' addresses below ``base_url``, in the generator's own syntax, such as
        "/:year/:month/:slug/" or "{date:%Y}/{slug}/". Without one, the generator's.
    ``id``: With a preset, whether ids are those of the generator's own feed ("preset"), the addresses of the articles
        ("permalink"), as in many feeds whose template is a site's own, or ours ("own").
    ``folders``: What the folders above an article are. Without it, what they are for the generator.
    ``same_url``: With "both", articles about one address are articles of their own, with ids by their paths.
    ``excerpt``: What an article without an excerpt gets: its text up to a mark such as ``<!--more-->``, else its first
        paragraph; or "none". With a preset "first-paragraph", else "none".
    ``excerpt_words``: How many words such an excerpt has, at most.
    ``fields``: Which fields of the front matter are read as ours: a dotted path, or several in order, such as
        ``excerpt = ["summary", "description"]`` or ``"provider.authors" = "author.name"``.
    ``defaults``: The value of a field if an article has none, such as
        ``provider = { name = "Example Blog", domain = "blog.example.org" }``.
    ``max_bytes``: A larger file is a problem, not an article.
    ``max_front_matter``: The bytes that front matter may have, at most.
    ``assets``: Whether the pictures, sounds, films and PDFs that an article without a link names by relative addresses
        are published with its page.
    ``max_asset_bytes``: A larger one is a problem, and not published.
    """

    path: str
    include: tuple[str, ...] = (
        "**/*.md", "**/*.markdown", "**/*.mdown", "**/*.txt", "**/*.html", "**/*.htm",
    )  # fmt: skip
    exclude: tuple[str, ...] = ()
    preset: PresetName | Literal[""] = ""
    timezone: str = "UTC"
    date_order: DateOrder = ""
    base_url: str = ""
    permalink: str = ""
    id: Literal["preset", "permalink", "own"] = "preset"
    folders: Folders | Literal[""] = ""
    same_url: Literal["newest", "both"] = "newest"
    excerpt: Literal["", "first-paragraph", "none"] = ""
    excerpt_words: int = 50
    fields: dict[str, str | tuple[str, ...]] = {}
    defaults: dict[str, Any] = {}
    max_bytes: int = 1_000_000
    max_front_matter: int = 64_000
    assets: bool = True
    max_asset_bytes: int = 25_000_000

    @property
    def most_excerpt_words(self) -> int:
        """How many words an excerpt that is made of a text has at most, 0 if none is made."""
        is_made = self.excerpt == "first-paragraph" or (self.preset and not self.excerpt)
        return self.excerpt_words if is_made else 0


class FeedsConfig(Struct, frozen=True):
    """How feeds are made.

    ``limit``: Entries in a feed: exactly the newest, if there are as many.
    ``formats``: Which formats are published.
    ``archive``: Whether older entries are in archive documents (RFC 5005).
    ``page_size``: Entries in an archive document; best not more than ``limit``.
    ``tombstones``: Whether Atom says for 90 days which entries were withdrawn (RFC 6721). The W3C validator warns about
        the namespace, which it does not know.
    ``content``: Whether entries have the text ("full"), or a summary only.
    ``ttl``: Minutes for which readers and caches may keep a feed.
    ``stylesheet``: Whether Atom and RSS name a style sheet, for browsers that show XML with one.
    """

    limit: int = 50
    formats: tuple[FormatName, ...] = ("atom", "rss", "json")
    archive: bool = True
    page_size: int = 50
    tombstones: bool = False
    content: Literal["full", "summary"] = "full"
    ttl: int = 30
    stylesheet: bool = True

    @property
    def recommended(self) -> FormatName:
        """The format for unknown readers: Atom if there is one, since it says most."""
        return next((name for name in ("atom", "rss") if name in self.formats), self.formats[0])


class PagesConfig(Struct, frozen=True):
    """The look of the pages, and which there are.

    ``style``: The look: "paper" (a magazine), "plain" (one column, black on white) or "dense" (many articles on little
        space).
    ``accent``: The colour of links and buttons, such as "#a33f08". It must be readable on a light page; ``feeds check``
        names the nearest colour that is.
    ``css``: A style sheet of your own, which comes after ours.
    ``static``: A folder of fonts, pictures, sounds and style sheets that is published as it is, below ``static/own/``.
    ``templates``: A folder of your own templates, relative to config.toml, which replace ours by name.
    ``footer``: A text at the foot of each page.
    ``links``: Addresses at the foot of each page, by what they are called, such as
        ``{ About = "/about/", Contact = "mailto:ada@example.org" }``.
    ``articles``: Which articles have a page: those without a link ("own"), all that have a text ("all"; entries of feeds
        link to the source as before), or "none".
    ``search``: Whether the search of a frozen site finds articles, not feeds alone.
    ``words``: Your own words for those of the pages, by the English ones. Words that count have one for each plural
        category.
    """

    style: Literal["paper", "plain", "dense"] = "paper"
    accent: str = ""
    css: str = ""
    static: str = ""
    templates: str = ""
    footer: str = ""
    links: dict[str, str] = {}
    articles: ArticlePages = "own"
    search: bool = True
    words: dict[str, str | dict[str, str]] = {}


class ImagesConfig(Struct, frozen=True):
    """The pictures of other sites that pages show.

    ``cache``: Whether each is fetched once, made small and shown from the host of the site. It needs the extra ``images``.
    ``feeds``: Whether feeds show the small ones, too. Without it, readers get the addresses that articles name.
    """

    cache: bool = False
    feeds: bool = False


class Tables(Struct, frozen=True):
    """The tables of config.toml."""

    site: SiteConfig
    articles: ArticlesConfig
    feeds: FeedsConfig = FeedsConfig()
    output: OutputConfig = OutputConfig()
    pages: PagesConfig = PagesConfig()
    images: ImagesConfig = ImagesConfig()
    freeze: FreezeConfig = FreezeConfig()
    index: IndexConfig = IndexConfig()
    digests: DigestsConfig = DigestsConfig()
    server: ServerConfig = ServerConfig()
    websub: WebsubConfig = WebsubConfig()
    rsscloud: RsscloudConfig = RsscloudConfig()
    indexnow: IndexnowConfig = IndexnowConfig()
    topics: dict[str, TopicConfig] = {}
    providers: dict[str, ProviderConfig] = {}
    categories: dict[str, CategoryConfig] = {}
    tags: TagsConfig = TagsConfig()
    selections: dict[str, SelectionConfig] = {}
    private: dict[str, PrivateConfig] = {}
    sources: dict[str, SourceConfig] = {}


class Curated(Struct, frozen=True):
    """The curators' topics by name, and their providers by domain."""

    topics: dict[str, TopicConfig] = {}
    providers: dict[str, ProviderConfig] = {}


class Config(Tables, frozen=True, kw_only=True):
    """The whole configuration, checked; ``file`` is the file that it was read from.

    ``topics_path`` and ``providers_path`` are the folders of curators' files, "" for none.
    """

    file: str
    topics_path: str = ""
    providers_path: str = ""
    curated: Curated = Curated()

    @property
    def folder(self) -> Path:
        """The folder that relative paths start from."""
        return Path(to_system(self.file)).parent

    def locate(self, path: str) -> Path:
        """Return a path of the configuration as the system knows it."""
        return self.folder / to_system(path)

    @property
    def articles_path(self) -> Path:
        """The folder of articles."""
        return self.locate(self.articles.path)

    @property
    def articles_address(self) -> str | None:
        """The address of the articles in an object store; None if they are in a folder."""
        return self.articles.path.rstrip("/") if is_address(self.articles.path) else None

    @property
    def articles_place(self) -> str:
        """The folder of articles or their address, for messages."""
        return self.articles_address or from_system(self.articles_path)

    def show_path(self, path: str) -> str:
        """Return an article's path for messages: from the working directory, or a URL."""
        # It may be the key of an object, which is no path.
        if self.articles_address and not path.startswith("/"):
            return f"{self.articles_address}/{path}"
        return from_system(os.path.relpath(self.articles_path / to_system(path)))

    @property
    def templates_path(self) -> Path | None:
        """The folder of the site's own templates, None if it has none."""
        return self.locate(self.pages.templates) if self.pages.templates else None

    @property
    def style_path(self) -> Path | None:
        """The site's own style sheet, None if it has none."""
        return self.locate(self.pages.css) if self.pages.css else None

    @property
    def static_path(self) -> Path | None:
        """The folder of files that are published as they are, None if the site has none."""
        return self.locate(self.pages.static) if self.pages.static else None

    @property
    def output_path(self) -> Path:
        """The folder that freeze writes."""
        return self.locate(self.output.path)

    @property
    def output_address(self) -> str | None:
        """The address in an object store that a freeze writes to, None for a folder."""
        return self.output.path.rstrip("/") if is_address(self.output.path) else None

    @property
    def output_place(self) -> Path | str:
        """The folder or the address that freeze writes to."""
        return self.output_address or self.output_path

    @property
    def digests_path(self) -> Path:
        """The file in which closed digests are recorded."""
        return self.locate(self.digests.path)

    @property
    def index_path(self) -> Path:
        """The file of the index."""
        if self.index.path:
            return self.locate(self.index.path)
        beside = self.folder if self.output_address else self.output_path.parent
        return beside / STATE_FOLDER / "index.sqlite"

    @property
    def outbox_path(self) -> Path:
        """The file of pending notifications, beside the index."""
        return self.index_path.with_name("push.json")

    @property
    def has_push(self) -> bool:
        """Whether anybody is told when something changes."""
        return bool(self.websub.hubs or self.rsscloud.server or self.indexnow.key)

    @property
    def pulled_path(self) -> Path:
        """The file of what the last pull found out about each source, beside the index."""
        return self.index_path.with_name("sources.json")

    @property
    def dropped_path(self) -> Path:
        """The file of the addresses that no pull writes again, beside the configuration."""
        return self.folder / "dropped.txt"
