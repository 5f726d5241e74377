"""Says what each generator calls the parts of an article: a data table for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from feeds.model import DateOrder, Folders, PresetName

if TYPE_CHECKING:
    from feeds.articles.template_syntax import Templates

# How a generator makes a text a part of an address.
SlugStyle = Literal[
    "jekyll", "hugo", "pelican", "zola", "nikola", "hexo", "eleventy", "words", "quartz", "raw"
]
# How it makes the name of a file the title of a post that has none: as it is, with a day before it ("file") or
# without, or as words.
TitleStyle = Literal["words", "jekyll", "mkdocs", "file", "name"]
# What the generator's own feed has as the id of an entry: its address, its address without the ending of the
# file (jekyll-feed), or a tag URI of its host, day and path (Pelican).
IdRule = Literal["permalink", "jekyll", "tag"]
# What front matter can look like.
Matter = Literal["yaml", "toml", "json", "headers", "rest", "nikola", "org", "meta", "none"]

# A part of a pattern of addresses, in the syntax of whichever generator.
PART = re.compile(
    r":(?P<colon>[a-z_A-Z]+)(?P<cut>\[[^\]]*\])?"
    r"|\{\{-?\s*(?:page\.)?(?P<liquid>\w+)(?P<filters>\s*\|[^}]*)?\s*-?\}\}"
    r"|\{(?P<brace>\w+)(?::(?P<format>[^{}]*))?\}"
)

_FILTER = re.compile(r"slug|%|^\s*(?:safe|url|string)[\s-]*$")
_UNKNOWN_PART = re.compile(r"\{[{%][^}]*\}*")


class UnknownPartError(ValueError):
    """A pattern has a part that nothing is known of; the text is its name."""


def check_pattern(pattern: str, preset: Preset) -> None:
    """Raise :class:`UnknownPartError` if a generator lacks a part of a pattern."""
    pattern = preset.styles.get(pattern, pattern)
    if (unknown := _UNKNOWN_PART.search(PART.sub("", pattern))) is not None:
        raise UnknownPartError(unknown[0])
    for match in PART.finditer(pattern):
        # The site's own filters may make anything of a part; these make slugs, or format a day and say how.
        filters = (match["filters"] or "").split("|")[1:]
        is_known = (match["colon"] or match["liquid"] or match["brace"]) in preset.placeholders
        if not is_known or any(_FILTER.search(one) is None for one in filters):
            raise UnknownPartError(match[0])


class Preset(Struct, frozen=True, kw_only=True, eq=False):
    """What one generator expects of a post.

    - ``fields``: for each of our fields, the author's keys in order, dotted and in lower case. They come before
      those of ``COMMON_FIELDS``.
    - ``include``: the files that are posts; ``exclude``: those among them that are not.
    - ``roots``: the names of the folder from which addresses start, "" for that of config.toml. A folder that
      has one of ``markers`` is it in any case.
    - ``permalink``: the address of a post by default, in the generator's syntax; ``styles``: patterns with a
      name; ``placeholders``: its words for the parts in ours (``permalinks.PARTS``).
    - ``has_slash``: an address that names no page ends with a slash, whatever its pattern is.
    - ``address``: the keys by which a post sets its address itself.
    - ``slug``: what an address has if the post names no slug: the name of the file, without a day before it
      ("name") or with it ("file"), the title, or the path with the day as folders ("dated-path").
    - ``has_bundles``: in a folder with an index file, the other texts are resources of its page, not posts.
    - ``companion``: the ending of a file beside a post that may have its front matter, "" for none.
    - ``day``: the key whose day addresses show if a post has it, whenever it was published.
    - ``static``: the folders of the site whose files are at its root, or below it with their paths.
    - ``id``: what the generator's own feed has as an entry's id; ``source``: where that is written;
      ``old_feed``: where that feed is.
    """

    title: str
    matter: tuple[Matter, ...] = ("yaml", "toml", "json")
    templates: Templates = ""
    include: tuple[str, ...] = ("**/*.md", "**/*.markdown", "**/*.html")
    exclude: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = {}
    permalink: str
    styles: Mapping[str, str] = {}
    placeholders: Mapping[str, str] = {}
    address: tuple[str, ...] = ("permalink",)
    # The keys whose words say whether a post is public; elsewhere "status" may say anything.
    switches: tuple[str, ...] = ()
    has_slash: bool = False
    slug: Literal["name", "file", "title", "dated-path"] = "name"
    slugs: SlugStyle = "raw"
    titles: TitleStyle = "words"
    # The first heading is the title of a post that names none, before the name of its file.
    takes_heading: bool = True
    has_language_suffix: bool = False
    # The ending of the page, which a name may have before that of the file: post.html.md
    inner_ending: str = ""
    # Of equal keys in YAML, the generator takes the last (Hugo before 0.152); others cannot read such a post.
    takes_last_key: bool = False
    # YAML may begin without a fence.
    takes_unfenced: bool = False
    # The day in an address is that of the site's time zone, or of the zone that the author wrote.
    zone: Literal["site", "written"] = "site"
    day: str = ""
    # What YAML itself takes for a time, bare and with seconds, is one of UTC if it names no zone.
    moments_in_utc: bool = False
    # How the generator reads 01/02/2024; "" if it cannot.
    date_order: DateOrder = ""
    # Keys that a page has that is no post, if it has no date.
    pages: tuple[str, ...] = ()
    # What separates the names in a text of several topics or authors.
    separator: Literal["", ",", ";,", " "] = ""
    # A relative picture starts from the post, from the site's root, or is renamed by the generator ("built").
    pictures: Literal["post", "root", "built"] = "root"
    # Relative addresses in a text count from the address of the post, or from the file as it lies in its folder.
    relative: Literal["post", "file"] = "post"
    folders: Folders = "none"
    static: tuple[str, ...] = ("",)
    has_bundles: bool = False
    companion: str = ""
    id: IdRule = "permalink"
    source: str
    old_feed: tuple[str, ...] = ()
    authors_file: str = ""


# A site without a preset that names fields or defaults in config.toml reads its own names.
OWN = Preset(
    title="feeds",
    matter=("yaml", "toml"),
    permalink="/:path/",
    placeholders={"path": "path", "slug": "slug", "year": "year", "month": "month", "day": "day"},
    address=(),
    slug="file",
    source="none",
)


class TranslationRules(Struct, frozen=True, kw_only=True):
    """How a site's front matter is read: a preset, and what config.toml overrides.

    ``base_url`` is where the articles themselves are, "" if nothing says so: then they have no permalinks.
    ``prefix`` are the folders between the one that addresses start from and that of the articles.
    ``language`` is the site's own: addresses of posts in others begin with theirs.
    ``authors`` is the text of the file that lists authors by their keys: parsed where posts are read.
    ``parents`` are the folders around that of the articles which Jekyll takes for categories.
    ``includes`` are the texts that posts of Quarto may include, by their paths below the articles.
    ``date_order`` is how 01/02/2024 is read, "" for as the generator reads it.
    """

    preset: PresetName | Literal[""] = ""
    base_url: str = ""
    permalink: str = ""
    id: Literal["preset", "permalink", "own"] = "preset"
    language: str = ""
    folders: Folders | Literal[""] = ""
    prefix: str = ""
    fields: Mapping[str, tuple[str, ...]] = {}
    defaults: Mapping[str, Any] = {}
    authors: str = ""
    parents: tuple[str, ...] = ()
    includes: Mapping[str, str] = {}
    date_order: DateOrder = ""
