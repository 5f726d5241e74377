"""Recognise the generator of a folder, and read its configuration of the site.

A configuration is data here, also if it is a program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from feeds.collect.config_values import Values, find_text, read_values
from feeds.collect.folders import find_dated_folder, find_folder_of_posts, has_dated_posts, has_posts, narrow
from feeds.collect.site_details import FOLDERS, REFINEMENTS, GeneratorSite, read_docusaurus
from feeds.lib.text.languages import is_language
from feeds.lib.text.plain import to_plain_text
from feeds.lib.text.urls import canonicalise

_PARTS = ("website", "docs", "site", "blog", "web")
_SITES = (".", *_PARTS, *(f"{folder}/{name}" for folder in ("packages", "apps") for name in _PARTS))
# Where generators take files from that are published as they are.
_PUBLISHED = (".", "static", "public", "source", "src", "docs", "blog", "content", "content/extra", "files")


# Where authors look at their sites while they write.
_NOWHERE = re.compile(r"(?:https?:)?(?://)?(?:localhost|127\.|0\.0\.0\.0)", re.IGNORECASE)


class _Generator(NamedTuple):
    """How a generator is recognised, and where its configuration has what.

    ``signs`` are files, of which one is enough, ``needs`` is a value that its configuration must have. Of ``posts``,
    the first folder counts that has dated ones, else the first that has any; Hugo's are where its configuration says.
    If they are in none of these, texts with the ``endings`` count wherever they are, in a folder called ``within``.
    The names of values are dotted paths, tried in turn. Without a name of its own, ``timezone`` is that of what pages
    show: dates without a zone are in UTC.
    """

    name: str
    signs: tuple[str, ...]
    posts: tuple[str, ...]
    title: tuple[str, ...] = ("title",)
    url: tuple[str, ...] = ("url",)
    language: tuple[str, ...] = ("language", "lang", "locale")
    timezone: tuple[str, ...] = ()
    permalink: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    within: str = ""


_ZONE = ("timezone",)
# The first that fits counts, so those come first whose signs others have too.
_GENERATORS = (
    _Generator(
        "hugo",
        (
            *(f"{folder}hugo.{end}" for folder in ("", "config/_default/") for end in ("toml", "yaml", "yml", "json")),
            *(f"config/_default/config.{end}" for end in ("toml", "yaml", "yml", "json")),
        ),
        (), url=("baseURL", "baseurl"), language=("locale", "languageCode", "defaultContentLanguage"), timezone=("timeZone", "timezone"),
    ),
    _Generator(
        "hugo", ("config.toml", "config.yaml", "config.json"), (), url=("baseURL", "baseurl"),
        language=("locale", "languageCode", "defaultContentLanguage"), timezone=("timeZone", "timezone"), needs=("baseURL", "baseurl"),
    ),
    _Generator(
        "zola", ("zola.toml", "config.toml"), ("content/blog", "content/posts", "content"), url=("base_url",),
        language=("default_language",), needs=("base_url",),
    ),
    # Octopress is Jekyll with its posts where Hexo has them; its configuration names the folder.
    _Generator("jekyll", ("_config.yml",), ("source/_posts",), permalink=("permalink",), below=("root",), needs=("source",), timezone=_ZONE),
    _Generator("hexo", ("_config.yml",), ("source/_posts",), permalink=("permalink",), timezone=_ZONE),
    # Some have a configuration for each place to which they deploy.
    _Generator(
        "hexo", ("_config.yml", "_config.prod.yml", "_config.production.yml"), (), permalink=("permalink",), timezone=_ZONE,
        needs=("source_dir",),
    ),
    _Generator(
        "jekyll", ("_config.yml", "_config.yaml"), ("_posts", "docs/_posts", "blog/_posts", "collections/_posts"),
        permalink=("collections.posts.permalink", "permalink"), below=("baseurl",), timezone=_ZONE,
        endings=(".md", ".markdown", ".html"), within="_posts",
    ),
    _Generator(
        "pelican", ("pelicanconf.py", "publishconf.py"), ("content", "content/posts", "content/articles"),
        ("SITENAME",), ("SITEURL",), ("DEFAULT_LANG",), ("TIMEZONE",), ("ARTICLE_URL",),
    ),
    _Generator(
        "nikola", ("conf.py",), ("posts", "blog"), ("BLOG_TITLE",), ("SITE_URL", "BASE_URL"), ("DEFAULT_LANG",), ("TIMEZONE",),
        # ABlog for Sphinx has one in lower case.
        needs=("BLOG_TITLE",),
    ),
    _Generator(
        "quarto", ("_quarto.yml", "_quarto.yaml"), ("posts", "blog/posts", "docs/blog/posts", "blog"), ("website.title", "title"),
        ("website.site-url",), ("lang",), endings=(".qmd", ".md"),
    ),
    _Generator(
        "mkdocs", ("mkdocs.blog.yml", "mkdocs-blog.yml", "mkdocs.yml", "mkdocs.yaml"), ("docs/blog/posts", "docs/posts", "docs/blog", "docs"), ("site_name",),
        ("site_url",), ("theme.language",),
    ),
    _Generator(
        "docusaurus", tuple(f"docusaurus.config.{end}" for end in ("js", "ts", "mjs", "cjs", "mts")), ("blog", "website/blog"),
        language=("defaultLocale",), below=("baseUrl",),
    ),
    _Generator(
        "astro", tuple(f"astro.config.{end}" for end in ("mjs", "js", "ts", "cjs")),
        ("src/content/blog", "src/content/posts", "src/content/docs/blog", "src/data/blog", "src/pages/blog", "src/pages/posts", "src/content"),
        ("title", "SITE_TITLE"), ("site",), below=("base",), endings=(".md", ".mdx"),
    ),
    _Generator(
        "eleventy", (".eleventy.js", *(f"eleventy.config.{end}" for end in ("js", "mjs", "cjs", "ts"))),
        ("content/blog", "src/posts", "posts", "src/blog", "blog", "content", "src"), endings=(".md", ".markdown", ".html"),
        url=("url", "siteUrl", "siteURL", "baseUrl", "host"),
    ),
    _Generator(
        "middleman", ("config.rb",), ("source/blog", "source/posts", "source/articles", "source"), permalink=("permalink",), timezone=("zone",),
        url=("url", "site_url", "url_root", "base_url"), needs=("blog",), endings=(".md", ".markdown", ".html"),
    ),
    # Quartz publishes a vault.
    _Generator(
        "obsidian", ("quartz.config.ts", "quartz.config.yaml"), ("content",), ("pageTitle", "configuration.pageTitle"),
        ("baseUrl", "configuration.baseUrl"), ("locale", "configuration.locale"),
    ),
    _Generator("obsidian", (".obsidian/app.json", ".obsidian/workspace.json", ".obsidian/core-plugins.json"), (".",)),
)  # fmt: skip


def recognise(folder: Path) -> GeneratorSite | None:
    """Return what a generator says about the site in a folder, None for no generator.

    Projects have their site in a folder of its own, of any name.
    """
    for below in chain(_SITES, _list_above_posts(folder)):
        if (found := _recognise_in(folder / below)) is not None:
            return found._replace(posts=(Path(below) / found.posts).as_posix())
    return None


def _list_above_posts(folder: Path) -> Iterator[str]:
    """Yield the folders around most posts, from the outermost."""
    if (found := find_folder_of_posts(folder)) is not None:
        yield from (one.as_posix() for one in reversed(Path(found.path).parents) if one.name)


def _recognise_in(folder: Path) -> GeneratorSite | None:
    for generator in _GENERATORS:
        sign = next((folder / sign for sign in generator.signs if (folder / sign).is_file()), None)
        if sign is None:
            continue
        values = _read_values(folder, generator, sign)
        if generator.needs and not find_text(values, generator.needs):
            continue
        if (posts := _find_posts(folder, generator, values)) is not None:
            found = _describe(generator, posts, values)
            refine = REFINEMENTS.get(generator.name)
            found = refine(found, values, folder) if refine else found
            return found if found.url else found._replace(url=find_own_address(folder))
    return None


def _find_posts(folder: Path, generator: _Generator, values: Values) -> str | None:
    """Return the folder of posts of a site, relative to it; None if it has no texts."""
    list_folders = FOLDERS.get(generator.name)
    named = list_folders(values) if list_folders else ()
    folders = [name for name in (*named, *generator.posts) if has_posts(folder / name)]
    if len(folders) > 1 or generator.endings:
        dated = next((name for name in folders if has_dated_posts(folder / name)), None)
        if dated is not None and generator.endings:
            # Pages may be in the same folder.
            return (Path(dated) / narrow(folder / dated)).as_posix()
        if dated is None and generator.endings:
            dated = find_dated_folder(folder, generator.endings, generator.within)
        if dated is not None:
            return dated
    return next(iter(folders), None)


def find_own_address(folder: Path) -> str:
    """Return the address that a GitHub Pages file gives the site, "" without one."""
    for below in _PUBLISHED:
        try:
            host = (folder / below / "CNAME").read_text("utf-8").strip()
        except (OSError, ValueError):
            continue
        if host and (url := canonicalise(f"https://{host}/")):
            return url
    return ""


def _describe(generator: _Generator, posts: str, values: Values) -> GeneratorSite:
    url = find_text(values, generator.url)
    if _NOWHERE.match(url):
        url = ""
    if url and "//" not in url:
        url = f"https://{url}"
    below = find_text(values, generator.below).strip("/")
    if below and url and "//" not in below and not url.rstrip("/").endswith(f"/{below}"):
        url = f"{url.rstrip('/')}/{below}"
    language = find_text(values, generator.language).replace("_", "-")
    return GeneratorSite(
        generator.name,
        posts,
        title=to_plain_text(find_text(values, generator.title)),
        url=(canonicalise(f"{url.rstrip('/')}/") or "") if url else "",
        language=language if is_language(language) else "",
        timezone=find_text(values, generator.timezone),
        permalink=find_text(values, generator.permalink),
    )


def _read_values(folder: Path, generator: _Generator, sign: Path) -> dict[str, Any]:
    """Return what the configuration says; nothing if it cannot be read."""
    files = [sign]
    if generator.name == "pelican":
        files = [folder / name for name in ("pelicanconf.py", "publishconf.py")]
    elif generator.name == "hugo":
        return _read_tables(sign)
    elif generator.name == "docusaurus":
        return {**read_values(sign), **read_docusaurus(sign)}
    elif generator.name == "eleventy":
        files = [file for file in map(folder.joinpath, _ELEVENTY_DATA) if file.is_file()]
    elif generator.name == "astro":
        files = [sign, *(folder / "src" / name for name in ("consts.ts", "config.ts", "site.config.ts"))]
    values: dict[str, Any] = {}
    for file in files:
        # The last one has the addresses of the published site.
        values.update({name: value for name, value in read_values(file).items() if value or value is False})
    return values


def _read_tables(sign: Path) -> dict[str, Any]:
    """Return the configuration of Hugo, whose tables may be in files of their own."""
    values = read_values(sign)
    folder = sign.parent if sign.parent.name == "_default" else sign.parent / "config" / "_default"
    for name in ("languages", "permalinks"):
        for file in sorted(folder.glob(f"{name}*.*")):
            _, *below, _ = file.name.split(".")
            table = {below[0]: read_values(file)} if below else read_values(file)
            values[name] = {**(known if isinstance(known := values.get(name), dict) else {}), **table}
    return values


_ELEVENTY_DATA = tuple(
    f"{folder}{name}.{end}"
    for folder in ("_data/", "src/_data/", "content/_data/", "src/site/_data/", "src/data/", "data/")
    for name in ("metadata", "site", "meta")
    for end in ("json", "js", "mjs", "yaml", "yml")
)
