"""Find what a generator gives to all posts of a folder: defaults and permalinks.

Jekyll has that in its configuration, Hugo in the cascade of an `_index.md`, Eleventy, Quarto and MkDocs in a file of
data beside the posts, Pelican, Nikola and Zola as the author of the site.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from feeds.collect.config_values import Values, read_front_matter, read_text, read_values
from feeds.collect.site_details import GeneratorSite

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "topics": ("tags", "topics", "keywords"),
    "categories": ("categories", "category"),
    "authors": ("authors", "author"),
    "locale": ("lang", "language", "locale"),
}
# Tags that only collect posts say nothing about one.
_COLLECTIONS = frozenset(["all", "article", "articles", "blog", "blogposts", "news", "post", "posts"])
# An address that a function computes, or a value that has a name.
_COMPUTED = re.compile(r"""\bpermalink["']?\s*(?:\(|:\s*[^\s"'`])""")
# The one text that a function returns, `/web/${page.fileSlug}/`, if nothing decides between several.
_RETURNED = re.compile(
    r"""\bpermalink\b(?:(?!\bif\b)[^`?;])*+(?<!\w)`([^`\n]++)`(?![^},]*\breturn\b[^;}]*`)"""
)
_PART_OF_PAGE = re.compile(r"\$\{\s*(?:\w+\.)*page\.(fileSlug|filePathStem)\s*\}")
_NAMES = ("name", "display_name", "title")


class PostDefaults(NamedTuple):
    """What every post has unless it says otherwise: values, and an address pattern.

    The pattern is "" for none; it may have parts that nobody can compute here.
    """

    values: Mapping[str, Any]
    permalink: str


def find_defaults(folder: Path, site: GeneratorSite) -> PostDefaults:
    """Return what the generator of a site gives to every post in its folder of posts."""
    posts = PurePosixPath(site.posts)
    merged: dict[str, Any] = {}
    for values in _SOURCES.get(site.generator, _find_none)(folder, posts):
        merged |= {str(name).lower(): value for name, value in values.items() if value is not None}
    permalink = merged.get("permalink")
    return PostDefaults(_translate(merged), permalink if isinstance(permalink, str) else "")


def _translate(values: Values) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, keys in _FIELDS.items():
        value = next((values[key] for key in keys if values.get(key)), None)
        names = [one for one in _list_names(value) if name != "topics" or one.lower() not in _COLLECTIONS]
        if names:
            found[name] = names[0] if name == "locale" else names
    return found


def _list_names(value: object) -> Iterator[str]:
    """Yield texts and the names of objects; what a template would fill in is left out."""
    for item in value if isinstance(value, list) else [value]:
        name = (
            next((item[key] for key in _NAMES if isinstance(item.get(key), str)), "")
            if isinstance(item, dict)
            else item
        )
        if isinstance(name, str) and name.strip() and "{{" not in name:
            yield name.strip()


def _list_folders(posts: PurePosixPath, top: str = "") -> list[PurePosixPath]:
    """Return the folders from the top to that of the posts; the nearest counts."""
    every = [*reversed(posts.parents), posts]
    return every[every.index(PurePosixPath(top)) :] if PurePosixPath(top) in every else [posts]


def _find_none(_folder: Path, _posts: PurePosixPath) -> Iterable[Values]:
    return ()


def _read_jekyll(folder: Path, posts: PurePosixPath) -> Iterator[Values]:
    site = next((one for one in _list_folders(posts) if (folder / one / "_config.yml").is_file()), None)
    entries = read_values(folder / (site or ".") / "_config.yml").get("defaults")
    for entry in entries if isinstance(entries, list) else ():
        scope, values = (entry.get("scope"), entry.get("values")) if isinstance(entry, dict) else (None, None)
        scope = scope if isinstance(scope, dict) else {}
        path = str(scope.get("path") or "").strip("/")
        inside = posts.relative_to(site) if site else posts
        if (
            isinstance(values, dict)
            and scope.get("type") in (None, "", "posts")
            and (not path or inside.is_relative_to(path))
        ):
            yield values


def _read_hugo(folder: Path, posts: PurePosixPath) -> Iterator[Values]:
    for above in _list_folders(posts, posts.parts[0] if posts.parts else ""):
        cascade = read_front_matter(folder / above / "_index.md").get("cascade")
        for values in cascade if isinstance(cascade, list) else [cascade]:
            # Others are for some of the pages.
            if isinstance(values, dict) and not {"target", "_target"} & values.keys():
                params = values.get("params")
                yield {**(params if isinstance(params, dict) else {}), **values}


def _read_eleventy(folder: Path, posts: PurePosixPath) -> Iterator[Values]:
    for above in filter(lambda one: one.name, _list_folders(posts)):
        for ending in (".json", ".11tydata.json", ".11tydata.js", ".11tydata.mjs", ".11tydata.cjs"):
            file = folder / above / f"{above.name}{ending}"
            yield read_values(file)
            if ending.endswith("js") and _COMPUTED.search(text := read_text(file)):
                yield {"permalink": _read_returned(text) or f"{{{{ function | {file.name} }}}}"}


def _read_returned(program: str) -> str:
    """Return the pattern of addresses that a function returns, "" if that is unclear."""
    match = _RETURNED.search(program)
    pattern = _PART_OF_PAGE.sub(r"{{ page.\1 }}", match[1]) if match is not None else ""
    return "" if "${" in pattern else pattern


def _read_quarto(folder: Path, posts: PurePosixPath) -> Iterator[Values]:
    for above in _list_folders(posts):
        yield from (read_values(folder / above / f"_metadata.{ending}") for ending in ("yml", "yaml"))


def _read_mkdocs(folder: Path, posts: PurePosixPath) -> Iterator[Values]:
    for above in _list_folders(posts):
        yield read_values(folder / above / ".meta.yml")


def _read_author(name: str, file: str) -> Callable[[Path, PurePosixPath], Iterator[Values]]:
    """Return a function that reads a site's author from its configuration."""

    def read(folder: Path, posts: PurePosixPath) -> Iterator[Values]:
        for above in _list_folders(posts):
            yield {"author": read_values(folder / above / file).get(name)}

    return read


_SOURCES: Mapping[str, Callable[[Path, PurePosixPath], Iterable[Values]]] = {
    "jekyll": _read_jekyll,
    "hugo": _read_hugo,
    "eleventy": _read_eleventy,
    "quarto": _read_quarto,
    "mkdocs": _read_mkdocs,
    "pelican": _read_author("AUTHOR", "pelicanconf.py"),
    "nikola": _read_author("BLOG_AUTHOR", "conf.py"),
    "hexo": _read_author("author", "_config.yml"),
}
