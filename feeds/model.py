"""The values that travel between the rooms. All are frozen; all times are UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

Severity = Literal["error", "warning", "note"]
# What a problem is: each has a page of the documentation, which docs/reference/problems.toml describes.
ProblemCode = Literal[
    "archive-without-chain", "archive-without-current", "avoid-element", "avoid-prefix", "bad-boolean",
    "bad-characters", "bad-date", "bad-domain", "bad-duration", "bad-email", "bad-key", "bad-language",
    "bad-locale", "bad-media-type", "bad-medium", "bad-name", "bad-number", "bad-period", "bad-permalink",
    "bad-rst", "bad-slug", "bad-text-type", "bad-token", "bad-url", "bad-value", "bad-version", "blank",
    "changed-id", "changed-owner", "character-data", "complete-not-current", "complete-with-pages",
    "config-file", "config-key", "config-missing", "config-syntax", "config-type", "config-value",
    "content-before-description", "control-character", "cut-value", "dangerous-attribute", "dangerous-html",
    "dangerous-style", "deadly", "duplicate-element", "duplicate-enclosure", "duplicate-id", "duplicate-key",
    "duplicate-link", "duplicate-topic", "email-form", "email-in-name", "file-kind", "file-name",
    "history-in-entry", "html-fragment", "html-in-text", "image-format", "image-link", "image-title",
    "incomplete", "incomplete-source", "internal", "invalid-html", "json", "large-file", "link-not-empty",
    "link-past-end", "linked-folder", "lonely-group", "long-front-matter", "lost-content", "malformed",
    "media-namespace", "misplaced-metadata", "missing-attribute", "missing-date", "missing-element",
    "missing-file", "missing-guid", "missing-key", "missing-name", "missing-post", "missing-self",
    "missing-text", "missing-title", "more-problems", "moved-date", "no-docutils", "no-domain", "no-fields",
    "no-front-matter", "no-link", "no-markdown", "no-namespace", "no-pillow", "no-rst", "no-token",
    "non-ascii-url", "non-canonical-url", "not-a-feed", "not-a-file", "not-a-list", "not-a-mapping", "not-text",
    "not-utf-8", "nothing-left", "odd-date", "old-date", "open-token-file", "out-of-order", "outside",
    "outside-file", "relative-url", "replaced-content", "reserved-prefix", "reused-id", "said-twice",
    "same-address", "same-link", "same-slug", "same-url", "self-not-feed", "stale-updated", "stray-file",
    "template-syntax", "toml", "too-deep", "too-large", "too-long", "too-many", "too-many-aliases", "too-slow",
    "two-ends", "unclear-switch", "unexpected-space", "unexpected-text", "unknown-attribute", "unknown-element",
    "unknown-field", "unknown-key", "unknown-namespace", "unknown-permalink", "unknown-relation",
    "unknown-scheme", "unread-field", "unread-switch", "unreadable", "unsafe-url", "unterminated", "weak-guid",
    "wrong-type", "wrong-weekday", "xhtml-without-div", "yaml",
]  # fmt: skip
# What the index keeps of a file: why its article is public, or why it is not.
FileState = Literal["public", "future", "unpublished", "removed", "faulty"]
# What a look at a file finds: a new state; or that its bytes are the "same", or that it is not there any more.
FoundState = Literal[FileState, "same", "vanished"]
# What a report counts: states, and the articles that are "shadowed" by another one with their id.
ReportedState = Literal[FileState, "shadowed"]
# What reading a file finds. An article in the future is read as public: holding it back needs a clock.
Hidden = Literal["", "unpublished", "removed", "faulty"]
# "digests" is not a channel of its own: it gathers the articles that a digest chooses from.
# "queries" are those that readers make with parameters; the index does not list them.
Kind = Literal["all", "topics", "providers", "categories", "tags", "feeds", "digests", "queries"]
# The path below which articles have their pages.
ARTICLE_PAGES = "articles/"
# Digests are articles without a file. Their paths begin with this.
DIGEST_PATH = "digest:"

# The generators whose posts can be read, and what the folders above a post can be.
PresetName = Literal[
    "hugo", "jekyll", "pelican", "eleventy", "zola", "hexo", "docusaurus", "quarto", "mkdocs", "astro", "nikola",
    "obsidian", "middleman",
]  # fmt: skip
Folders = Literal["category", "topic", "none"]
DateOrder = Literal["", "day-first", "month-first"]


def escape_unprintable(text: str) -> str:
    """Return a text as one printable line: unprintable characters are escaped."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


class Problem(Struct, frozen=True, omit_defaults=True):
    """Something wrong with an article or the configuration.

    ``line`` and ``column`` count from 1; 0 means that the place is unknown.
    An ``error`` holds the article back, or leaves its last good version published; a ``warning`` does
    not. A ``note`` costs nothing: a field is not read, something is shown in another form, or this machine
    lacks an optional part, so something was not looked at.
    """

    code: ProblemCode
    severity: Severity
    path: str
    message: str
    hint: str = ""
    line: int = 0
    column: int = 0
    field: str = ""

    def place(self) -> str:
        """Return ``file:line:column`` as far as known, the form that editors jump to."""
        parts = [escape_unprintable(self.path), *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)

    def text(self) -> str:
        """Return one line for a person: where, what, and what to do."""
        field = f" {self.field}:" if self.field else ""
        hint = f" {self.hint}" if self.hint else ""
        return escape_unprintable(
            f"{self.place()}: {self.severity}:{field} {self.message}{hint} [{self.code}]"
        )


def make_internal_problem(path: str, error: Exception) -> Problem:
    """Report a bug of ours as a problem of the one article that triggered it."""
    message = f"cannot be read or written, by a fault of feeds itself ({type(error).__name__})."
    return Problem("internal", "error", path, message, "Please report it with the file.")


class Image(Struct, frozen=True, omit_defaults=True):
    """A picture of an article or a provider; sizes are in pixels, if known."""

    url: str
    width: int | None = None
    height: int | None = None
    title: str = ""
    attribution: str = ""


def choose_icon_and_logo(pictures: Sequence[Image]) -> tuple[str, Image | None]:
    """Choose the smallest square picture as icon, and the largest of all as logo."""
    if not pictures:
        return "", None
    squares = sorted((p for p in pictures if p.width and p.width == p.height), key=lambda p: p.width or 0)
    return (squares[0].url if squares else ""), max(pictures, key=lambda p: p.width or 0)


class Provider(Struct, frozen=True, omit_defaults=True):
    """The publisher of what an article links to, identified by its domain."""

    domain: str = ""
    name: str = ""
    authors: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()


class Related(Struct, frozen=True, omit_defaults=True):
    """Another piece on the same subject."""

    url: str
    title: str
    provider: str = ""
    published: datetime | None = None


class Media(Struct, frozen=True, omit_defaults=True):
    """What an article lets people hear or watch: a page, a player, or the file itself.

    ``type`` is the media type of the file, and ``length`` its size in bytes, if known.
    """

    medium: Literal["audio", "video"]
    page: str = ""
    player: str = ""
    file: str = ""
    type: str = ""
    length: int = 0


class Article(Struct, frozen=True, omit_defaults=True):
    """A curator's article, cleaned: plain text, sanitised HTML, absolute URLs.

    ``updated`` equals ``published`` unless the article says otherwise.
    ``duration`` is in seconds. ``url`` is empty for an article without a link. ``guid`` is its author's own id if
    that is no URI: RSS and JSON Feed have it in place of ``id``, which is made from it. ``files`` are those that an
    article without a link names by relative addresses, as they count from its page.
    """

    path: str
    id: str
    title: str
    published: datetime
    updated: datetime
    url: str = ""
    guid: str = ""
    via: str = ""
    summary: str = ""
    body: str = ""
    type: str = ""
    language: str = ""
    quality: int | None = None
    heat: int | None = None
    duration: int | None = None
    provider: Provider = Provider()
    topics: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    related: tuple[Related, ...] = ()
    media: Media | None = None
    files: tuple[str, ...] = ()


class Membership(Struct, frozen=True, array_like=True):
    """One channel that an article belongs to, and the article's spelling of its name.

    ``name`` is the channel's identity within its kind, ``label`` the spelling.
    """

    kind: Kind
    name: str
    label: str


class TextSearch(Struct, frozen=True):
    """Words and phrases that an article must contain, and those that it must not."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...] = ()


class Query(Struct, frozen=True):
    """A reader's query in terms of the index: articles that meet every condition.

    An article must be in a channel of each of ``groups`` (by key) and in none of ``without``,
    have one of ``types`` and of ``languages``, and be found by any search of ``match``. ``since`` is
    in seconds since 1970. An empty value or None is no condition.
    """

    groups: tuple[tuple[int, ...], ...]
    without: tuple[int, ...] = ()
    types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    match: tuple[TextSearch, ...] = ()
    min_quality: int | None = None
    min_heat: int | None = None
    since: int | None = None


class Channel(Struct, frozen=True, array_like=True):
    """A set of articles that has feeds, with its place on the site.

    ``path`` is the path of its feeds without their ending: ``topics/ai``.
    ``changed`` is when its articles last changed, ``generation`` in which sync.
    ``key`` is its number in the index, 0 where it never had an article. With ``by_quality``
    the best come first, of those of the last ``window`` seconds before ``changed``.
    The channel of a query has its parameters as name. ``emptied`` is when the last article left a channel that
    has none. One that is not ``listed`` has its address still, but no list names it. ``label`` is the
    spelling of its name in the index. ``oldest`` is when the oldest article that it has or had was published.
    """

    kind: Kind
    name: str
    path: str
    title: str
    description: str = ""
    count: int = 0
    newest: datetime | None = None
    changed: datetime | None = None
    generation: int = 0
    limit: int = 50
    key: int = 0
    by_quality: bool = False
    window: int | None = None
    query: Query | None = None
    emptied: datetime | None = None
    listed: bool = True
    label: str = ""
    oldest: datetime | None = None


class Link(Struct, frozen=True):
    """A link of a feed: its relation, its address, and its media type if it has one."""

    rel: str
    href: str
    type: str = ""

    def list_attributes(self) -> dict[str, str]:
        """Return the attributes of the element ``atom:link``."""
        return {"rel": self.rel, "href": self.href, **({"type": self.type} if self.type else {})}


class Tombstone(Struct, frozen=True):
    """An entry that was withdrawn, and when (RFC 6721)."""

    id: str
    when: datetime


class CloudServer(Struct, frozen=True):
    """Where readers of RSS register for being told of changes (rssCloud)."""

    domain: str
    port: int
    path: str


class Feed(Struct, frozen=True):
    """A channel's metadata, ready for a format. ``links`` begin with page and self.

    ``archive`` marks an archive document, ``complete`` a feed in one document (RFC 5005).
    ``ttl`` is in minutes. ``style`` is the address of the style sheet for browsers, relative to the feed.
    """

    id: str
    title: str
    subtitle: str
    home: str
    self_url: str
    links: tuple[Link, ...]
    updated: datetime
    language: str
    author: str
    generator: str
    ttl: int
    rights: str = ""
    icon: str = ""
    logo: Image | None = None
    archive: bool = False
    complete: bool = False
    tombstones: tuple[Tombstone, ...] = ()
    style: str = ""
    cloud: CloudServer | None = None


class Document(Struct, frozen=True):
    """One document of the site: the same bytes, served or frozen.

    ``path`` is the path below the base URL; one that is empty or ends in ``/``
    is a page. ``etag`` is the hexadecimal hash of the body, without quotes. ``final`` marks
    an archive document that is full. ``problems`` are those of articles that are missing from it.
    """

    path: str
    media_type: str
    body: bytes
    etag: str
    last_modified: datetime
    final: bool = False
    problems: tuple[Problem, ...] = ()
