"""Makes the address of a post from a pattern, in the syntax of its generator.

``/:year/:month/:slug/`` is that of Hugo, Jekyll and Hexo, ``{date:%Y}/{slug}.html`` that of Pelican and MkDocs,
``/{{ page.fileSlug }}/`` that of Eleventy. All of them are read for every generator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from posixpath import dirname, join
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from feeds.articles.presets import PART, Preset, SlugStyle, check_pattern
from feeds.articles.presets.post_names import (
    PostName,
    read_path,
    slugify,
    slugify_path,
    slugify_plainly,
    slugize,
    split_dated_path,
    tidy_hugo_path,
)
from feeds.lib.text.urls import canonicalise

_FORMAT_OF_FILTER = re.compile(r"""["']([^"']*%[^"']*)["']""")
_CUT = re.compile(r"\[(\d*|last)(:?)(\d*|last)\]")
# A pattern whose address is that of a file, and not of a folder.
_NAMES_PAGE = re.compile(r"\.(?:html?|php|txt|xml|json)/?\Z")
_SLASHES = re.compile(r"/{2,}")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DIRECTIVE = re.compile(r"%(-?)([a-zA-Z%])")


class Post(NamedTuple):
    """What an address is made of. ``when`` is in the zone whose day the address shows."""

    path: PostName
    preset: Preset
    when: datetime | None = None
    title: str = ""
    slug: str = ""
    categories: tuple[str, ...] = ()
    author: str = ""
    prefix: str = ""


Part = str | tuple[Callable[[Post, str], str], str]


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, preset: Preset) -> tuple[Part, ...]:
    """Return a pattern's parts: texts, and functions with the argument they take.

    Raises :class:`UnknownPartError` for a placeholder that the generator does not have.
    """
    check_pattern(pattern, preset)
    pattern = preset.styles.get(pattern, pattern)
    parts: list[Part] = []
    place = 0
    for match in PART.finditer(pattern):
        parts.append(pattern[place : match.start()])
        place = match.end()
        name = match["colon"] or match["liquid"] or match["brace"]
        known = preset.placeholders[name]
        filters = match["filters"] or ""
        found = _FORMAT_OF_FILTER.search(filters)
        argument = match["cut"] or match["format"] or (found[1] if found else "")
        if known.startswith("="):
            parts.append(known[1:])
        else:
            parts.append((_filter_by_slugify(PARTS[known]) if "slug" in filters else PARTS[known], argument))
    parts.append(pattern[place:])
    return tuple(part for part in parts if part)


def follows_from_path(pattern: str, preset: Preset) -> bool:
    """Return whether a post's path alone says its address, if the post sets none.

    No title, category or author does then.
    """
    pattern = preset.styles.get(pattern, pattern)
    parts = {
        preset.placeholders.get(match[1] or match[3] or match[5], "") for match in PART.finditer(pattern)
    }
    by_title = {"slug", "slug_or_title", "title"} if preset.slug == "title" else {"slug_or_title", "title"}
    return not any(part in by_title or part.startswith(("categor", "author")) for part in parts)


def make_path(pattern: str, post: Post, *, is_own: bool = False) -> str | None:
    """Return a post's path on its site, None if the pattern needs a missing date.

    ``is_own``: the pattern is what the post itself says.
    """
    try:
        made = [
            part if isinstance(part, str) else part[0](post, part[1])
            for part in compile_pattern(pattern, post.preset)
        ]
    except _UndatedError:
        return None
    path = _SLASHES.sub("/", "/" + "".join(made))
    is_usual = pattern.removesuffix(".html").rstrip("/") == post.preset.permalink.rstrip("/")
    if post.preset.slugs == "hugo" and not is_own and not is_usual:
        path = tidy_hugo_path(path)
    if post.preset.has_slash and not path.endswith("/") and _NAMES_PAGE.search(pattern) is None:
        path += "/"
    return path


def make_url(base_url: str, path: str) -> str:
    """Return the address of a path on a site, "" if there can be none."""
    return canonicalise(base_url.rstrip("/") + (path if path.startswith("/") else f"/{path}")) or ""


def make_id(url: str, post: Post) -> str:
    """Return the id that the generator's own feed gives the post at an address."""
    rule = post.preset.id
    parts = urlsplit(url)
    if rule == "jekyll":
        # Jekyll::Document#id
        name = post.slug or post.path.name
        folder = dirname(parts.path.rstrip("/")) or "/"
        return canonicalise(f"{parts.scheme}://{parts.netloc}{join(folder, name)}") or url
    if rule == "tag":
        # feedgenerator.get_tag_uri
        day = f",{post.when:%Y-%m-%d}" if post.when else ""
        fragment = f"/{parts.fragment}" if parts.fragment else ""
        return f"tag:{parts.hostname}{day}:{unquote(parts.path)}{fragment}"
    return url


def _filter_by_slugify(make: Callable[[Post, str], str]) -> Callable[[Post, str], str]:
    """Return a part of an address behind Eleventy's filter ``slugify``."""
    return lambda post, argument: slugify(make(post, argument), "eleventy")


class _UndatedError(ValueError):
    """A pattern needs the date of a post that has none."""


def _require_date(post: Post) -> datetime:
    if post.when is None:
        raise _UndatedError
    return post.when


def _format(when: datetime, pattern: str) -> str:
    """Format a date as English ``strftime`` does, whatever the process' locale."""

    def replace(match: re.Match[str]) -> str:
        make = _DIRECTIVES.get(match[2])
        text = make(when) if make else match[0]
        return text.lstrip("0") or "0" if match[1] and make else text

    return _DIRECTIVE.sub(replace, pattern)


_DIRECTIVES: Mapping[str, Callable[[datetime], str]] = {
    "Y": lambda when: f"{when.year:04}",
    "y": lambda when: f"{when.year % 100:02}",
    "m": lambda when: f"{when.month:02}",
    "d": lambda when: f"{when.day:02}",
    "e": lambda when: f"{when.day:2}",
    "H": lambda when: f"{when.hour:02}",
    "M": lambda when: f"{when.minute:02}",
    "S": lambda when: f"{when.second:02}",
    "b": lambda when: _MONTHS[when.month - 1][:3],
    "B": lambda when: _MONTHS[when.month - 1],
    "a": lambda when: _DAY_NAMES[when.weekday()][:3],
    "A": lambda when: _DAY_NAMES[when.weekday()],
    "j": lambda when: f"{when.timetuple().tm_yday:03}",
    "G": lambda when: str(when.isocalendar().year),
    "V": lambda when: f"{when.isocalendar().week:02}",
    "u": lambda when: str(when.isoweekday()),
    "%": lambda when: "%",  # noqa: ARG005 - as the others
}


def _format_by(pattern: str) -> Callable[[Post, str], str]:
    return lambda post, argument: _format(_require_date(post), argument if "%" in argument else pattern)


# These generators take the slug that a post names as it is: Pelican, Nikola, MkDocs and Astro.
_AS_WRITTEN: frozenset[SlugStyle] = frozenset(["pelican", "nikola", "words"])


def _make_slug(post: Post, argument: str) -> str:  # noqa: ARG001 - as the other parts
    preset, path = post.preset, post.path
    if post.slug and preset.slugs in _AS_WRITTEN:
        # An index of Nikola has the address of its folder.
        is_index = preset.slugs == "nikola" and post.slug == "index" and path.is_bundle
        return path.file if is_index else post.slug
    if post.slug:
        # In Zola and Jekyll, a slash in a slug begins no folder.
        return (slugify if preset.slugs in ("zola", "jekyll") else slugify_path)(post.slug, preset.slugs)
    if preset.slug == "title":
        return slugify(post.title or path.file, preset.slugs)
    if preset.slug == "dated-path":
        return split_dated_path(path)[1]
    return slugify(path.file if preset.slug == "file" else path.name, preset.slugs)


def _slugify_title(post: Post) -> str:
    """Return the title, as an address has it: in Hugo, a slash in it begins no folder."""
    title = post.title or post.path.name
    return slugify(title.replace("/", "-") if post.preset.slugs == "hugo" else title, post.preset.slugs)


def _list_sections(post: Post) -> list[str]:
    return [*filter(None, post.prefix.split("/")), *post.path.folders]


def _join_sections(post: Post, argument: str) -> str:
    sections = _list_sections(post)
    if (cut := _CUT.fullmatch(argument)) is not None:
        first, is_range, last = cut.groups()
        start = len(sections) - 1 if first == "last" else int(first or 0)
        end = len(sections) - 1 if last == "last" else int(last or len(sections))
        sections = sections[start:end] if is_range else sections[start : start + 1]
    # Zola takes folders as they are.
    return slugify_path("/".join(sections), "raw" if post.preset.slugs == "zola" else post.preset.slugs)


def _join_path(post: Post, stem: str) -> str:
    """Return the path below the folder where addresses start; a bundle is a folder."""
    return "/".join([*filter(None, post.prefix.split("/")), *post.path.folders, stem])


def _make_slug_path(post: Post, argument: str) -> str:  # noqa: ARG001 - as the other parts
    path = post.slug or slugify_path(_join_path(post, post.path.file), post.preset.slugs)
    if post.slug and post.preset.slugs == "words":
        # Astro's slug is a path in a collection, which is a folder and mostly has a route of its name.
        path = "/".join([*_list_sections(post)[:1], post.slug])
    # Quartz' simplifySlug: an index has the address of its folder.
    return f"{path}/" if post.path.is_bundle and post.preset.slugs == "quartz" else path


def _make_file_slug(post: Post, argument: str) -> str:  # noqa: ARG001 - as the other parts
    """Return the name of a file, or of its folder for an index, without a day."""
    if post.path.name != "index":
        return post.path.name
    above = _list_sections(post)
    return read_path(f"{above[-1]}.md").name if above else ""


def _make_folder_path(post: Post, argument: str) -> str:  # noqa: ARG001 - as the other parts
    """Return the path, without the name of a post that its folder has already."""
    path = _join_path(post, post.path.file)
    is_repeated = not post.path.is_bundle and post.path.folders[-1:] == (post.path.file,)
    return path.rpartition("/")[0] if is_repeated else path


def _join_categories(post: Post, make: Callable[[str], str]) -> str:
    return "/".join(dict.fromkeys(make(one) for one in post.categories))


PARTS: Mapping[str, Callable[[Post, str], str]] = {
    "year": _format_by("%Y"),
    "short_year": _format_by("%y"),
    "month": _format_by("%m"),
    "i_month": _format_by("%-m"),
    "day": _format_by("%d"),
    "i_day": _format_by("%-d"),
    "hour": _format_by("%H"),
    "minute": _format_by("%M"),
    "second": _format_by("%S"),
    "yearday": _format_by("%-j"),
    "yearday3": _format_by("%j"),
    "month_name": _format_by("%B"),
    "short_month": _format_by("%b"),
    "day_name": _format_by("%A"),
    "short_day": _format_by("%a"),
    "weekday": lambda post, argument: str(_require_date(post).isoweekday() % 7),  # noqa: ARG005 - as the others
    "iso_weekday": _format_by("%u"),
    "week_year": _format_by("%G"),
    "week": _format_by("%V"),
    "date": _format_by("%Y/%m/%d"),
    "slug": _make_slug,
    "plain_file": lambda post, _: slugify_plainly(post.path.file),
    "plain_slug": lambda post, _: slugify_plainly(post.slug or post.path.name),
    "title": lambda post, _: _slugify_title(post),
    "slug_or_title": lambda post, _: (
        slugify(post.slug, post.preset.slugs) if post.slug else _slugify_title(post)
    ),
    "slug_or_name": lambda post, _: post.slug or post.path.name,
    "slug_or_file": lambda post, _: post.slug or slugify(post.path.file, post.preset.slugs),
    "name": lambda post, _: post.path.name,
    "file": lambda post, _: slugify(post.path.file, post.preset.slugs),
    "file_as_written": lambda post, _: post.path.stem.rpartition("/")[2],
    "sections": _join_sections,
    "section": lambda post, _: slugify("".join(_list_sections(post)[:1]), post.preset.slugs),
    "path": lambda post, _: _join_path(post, post.path.file),
    "stem_path": lambda post, _: _join_path(post, post.path.name),
    "slug_path": _make_slug_path,
    "folder_path": _make_folder_path,
    "file_slug": _make_file_slug,
    "output_path": lambda post, _: "/".join([*filter(None, post.prefix.split("/")), post.path.stem]),
    "categories": lambda post, _: _join_categories(post, lambda one: one.lower().replace("#", "%23")),
    "category_slugs": lambda post, _: _join_categories(
        post, lambda one: slugify(one, post.preset.slugs).lower()
    ),
    "category_slug": lambda post, _: slugify("".join(post.categories[:1]), post.preset.slugs) or "misc",
    "category_path": lambda post, _: "/".join(slugize(one) for one in post.categories) or "uncategorized",
    "author_slug": lambda post, _: slugify(post.author, post.preset.slugs),
    "language": lambda post, _: post.path.language or "en",
}
