"""The tables of config.toml, with their defaults."""

from __future__ import annotations

import os
import re
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
from feeds.lib.storage.file_names import from_system, is_address, to_system
from feeds.lib.storage.files import STATE_FOLDER
from feeds.model import Folders, PresetName

FormatName = Literal["atom", "rss", "json"]
# Which articles have a page of their own: those without a link, all that have a text, or none.
ArticlePages = Literal["own", "all", "none"]


class SiteConfig(Struct, frozen=True):
    """The site that the feeds belong to; ``id`` keeps the ids of feeds if the host changes."""

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
    """Where the articles are; ``timezone`` is that of dates without one.

    ``base_url`` is where they are, and what relative addresses in their fields count from: an empty one is that
    of the site. A file has at most ``max_bytes``, and its front matter ``max_front_matter``. ``preset`` names
    the generator that the articles were written for, ``permalink`` the pattern of their addresses. ``fields``
    and ``defaults`` go over what the preset reads. ``same_url`` says whether articles about one address are the
    same article. ``excerpt`` says whether an article without one gets one of at most ``excerpt_words``: with a
    preset it does.
    """

    path: str
    include: tuple[str, ...] = (
        "**/*.md", "**/*.markdown", "**/*.mdown", "**/*.txt", "**/*.html", "**/*.htm",
    )  # fmt: skip
    exclude: tuple[str, ...] = ()
    preset: PresetName | Literal[""] = ""
    timezone: str = "UTC"
    base_url: str = ""
    permalink: str = ""
    id: Literal["preset", "own"] = "preset"
    folders: Folders | Literal[""] = ""
    same_url: Literal["newest", "both"] = "newest"
    excerpt: Literal["", "first-paragraph", "none"] = ""
    excerpt_words: int = 50
    fields: dict[str, str | tuple[str, ...]] = {}
    defaults: dict[str, Any] = {}
    max_bytes: int = 1_000_000
    max_front_matter: int = 64_000

    @property
    def most_excerpt_words(self) -> int:
        """How many words an excerpt that is made of a text has at most, 0 if none is made."""
        is_made = self.excerpt == "first-paragraph" or (self.preset and not self.excerpt)
        return self.excerpt_words if is_made else 0


class FeedsConfig(Struct, frozen=True):
    """How feeds are made: ``ttl`` in minutes, ``limit`` and ``page_size`` in entries."""

    limit: int = 50
    formats: tuple[FormatName, ...] = ("atom", "rss", "json")
    archive: bool = True
    page_size: int = 50
    tombstones: bool = False
    content: Literal["full", "summary"] = "full"
    ttl: int = 30
    stylesheet: bool = True


class IndexConfig(Struct, frozen=True):
    """Where the index is: a SQLite file, or a schema of the PostgreSQL database at ``url``.

    An empty ``path`` means a file in ``.feeds/`` beside the output.
    """

    path: str = ""
    url: str = ""
    schema: str = "feeds"


class ServerConfig(Struct, frozen=True):
    """How ``feeds run`` serves.

    ``workers`` is the number of processes (0 for one per core), ``memory`` the megabytes of finished
    answers that each keeps, ``watch`` how edits are noticed, and ``poll`` the seconds between looks
    at articles in an object store.
    """

    workers: int = 0
    memory: int = 64
    watch: Literal["auto", "events", "stamps", "off"] = "auto"
    poll: int = 30


class DigestsConfig(Struct, frozen=True):
    """Where closed digests are recorded; unlike the index, this file cannot be built again."""

    path: str = "digests.json"


class WebsubConfig(Struct, frozen=True):
    """The addresses of the hubs that are notified when a feed changes."""

    hubs: tuple[str, ...] = ()


class OutputConfig(Struct, frozen=True):
    """Where freeze writes, and what.

    ``pages`` says whether pages are written or feeds alone, ``compress`` which compressed copies
    lie beside the documents, ``hosts`` for which web hosts rules are written.
    """

    path: str = "build"
    pages: bool = True
    compress: tuple[Coding, ...] = ()
    hosts: tuple[HostName, ...] = ()


class PagesConfig(Struct, frozen=True):
    """The look of the pages, and which there are.

    ``style`` is one of three looks, ``accent`` a colour such as "#a33f08". ``css`` is a style sheet that comes
    after ours, ``static`` a folder that is published as it is, ``templates`` a folder of templates that replace
    ours. ``footer`` is a text at the foot of each page, ``links`` are addresses there, by what they are called.
    ``articles`` says which articles have a page of their own: those of one's own, which have no link, all that
    have a text, or none. ``words`` are the site's own words by the English ones; those that count have one for
    each plural category.
    """

    style: Literal["paper", "plain", "dense"] = "paper"
    accent: str = ""
    css: str = ""
    static: str = ""
    templates: str = ""
    footer: str = ""
    links: dict[str, str] = {}
    articles: ArticlePages = "own"
    words: dict[str, str | dict[str, str]] = {}


class FreezeConfig(Struct, frozen=True):
    """How many articles may go at once without being asked: a number, or a share such as "25%"."""

    max_removed: int | str = "25%"

    def most_removed(self, of: int) -> int:
        """Return how many of ``of`` articles may go; a share is at least a few."""
        if isinstance(self.max_removed, int):
            return self.max_removed
        share = _SHARE.fullmatch(self.max_removed)
        return max(_FEW, of * int(share[1]) // 100) if share else 0

    @property
    def is_usable(self) -> bool:
        """Whether the limit is a number or a share."""
        if isinstance(self.max_removed, int):
            return self.max_removed >= 0
        return _SHARE.fullmatch(self.max_removed) is not None


class Tables(Struct, frozen=True):
    """The tables of config.toml."""

    site: SiteConfig
    articles: ArticlesConfig
    feeds: FeedsConfig = FeedsConfig()
    output: OutputConfig = OutputConfig()
    pages: PagesConfig = PagesConfig()
    freeze: FreezeConfig = FreezeConfig()
    index: IndexConfig = IndexConfig()
    digests: DigestsConfig = DigestsConfig()
    server: ServerConfig = ServerConfig()
    websub: WebsubConfig = WebsubConfig()
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
        """Return the path of an article for messages: from the working directory, or an address."""
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
        """The address in an object store that freeze writes to; None if it writes a folder."""
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
        """The file of pending notifications to hubs, beside the index."""
        return self.index_path.with_name("websub.json")

    @property
    def pulled_path(self) -> Path:
        """The file of what the last pull found out about each source, beside the index."""
        return self.index_path.with_name("sources.json")

    @property
    def dropped_path(self) -> Path:
        """The file of the addresses that no pull writes again, beside the configuration."""
        return self.folder / "dropped.txt"


_SHARE = re.compile(r"(100|[1-9]?\d)%")
# Removing this few articles is normal on a site of any size.
_FEW = 5
Coding = Literal["gzip", "br", "zstd"]
HostName = Literal["netlify", "cloudflare", "nginx", "caddy"]
