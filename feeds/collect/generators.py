"""Recognise the generator of a folder, and read what its configuration says about the site.

A configuration is data here: YAML, TOML and JSON are parsed, and of a program only those assignments are
read that give a name a literal value. Nothing of it is ever run.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from feeds.collect.folders import MOST_LOOKED_AT, has_posts
from feeds.lib.storage.files import read_file
from feeds.lib.text.languages import is_language
from feeds.lib.text.plain import to_plain_text
from feeds.lib.text.urls import canonicalise

_MOST_BYTES = 1_000_000
_SITES = (".", "website", "docs", "site", "blog", "web")
# title: "Example", as JavaScript and TypeScript write it.
_PROPERTY = re.compile(
    r"""^\s*(?:export\s+)?(?:const\s+)?(\w+)\s*[:=]\s*(["'`])((?:(?!\2)[^\\\n])*)\2""", re.MULTILINE
)
_Values = Mapping[str, Any]


class GeneratorSite(NamedTuple):
    """What a generator's folder says about its site; "" where it says nothing.

    ``posts`` is the folder of posts, relative to that of the site. ``url`` is where the site is.
    """

    generator: str
    posts: str
    title: str = ""
    url: str = ""
    language: str = ""
    timezone: str = ""
    permalink: str = ""


class _Generator(NamedTuple):
    """How a generator is recognised, and where its configuration has what.

    ``signs`` are files, of which one is enough, ``needs`` is a value that its configuration must have. Of ``posts``,
    the first folder counts that has any; Hugo's are where its configuration says. The names of values are dotted
    paths, tried in turn.
    """

    name: str
    signs: tuple[str, ...]
    posts: tuple[str, ...]
    title: tuple[str, ...] = ("title",)
    url: tuple[str, ...] = ("url",)
    language: tuple[str, ...] = ("language", "lang", "locale")
    timezone: tuple[str, ...] = ("timezone",)
    permalink: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    needs: str = ""


# The first that fits counts, so those come first whose signs others have too.
_GENERATORS = (
    _Generator(
        "hugo",
        ("hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config/_default/hugo.toml", "config/_default/config.toml"),
        (), url=("baseURL", "baseurl"), language=("locale", "languageCode", "defaultContentLanguage"), timezone=("timeZone", "timezone"),
    ),
    _Generator(
        "hugo", ("config.toml", "config.yaml", "config.json"), (), url=("baseURL", "baseurl"),
        language=("locale", "languageCode", "defaultContentLanguage"), timezone=("timeZone", "timezone"), needs="baseURL",
    ),
    _Generator(
        "zola", ("zola.toml", "config.toml"), ("content/blog", "content/posts", "content"), url=("base_url",),
        language=("default_language",), needs="base_url",
    ),
    _Generator("hexo", ("_config.yml",), ("source/_posts",), permalink=("permalink",)),
    _Generator(
        "jekyll", ("_config.yml", "_config.yaml"), ("_posts", "docs/_posts", "blog/_posts", "collections/_posts"),
        permalink=("collections.posts.permalink", "permalink"), below=("baseurl",),
    ),
    _Generator(
        "pelican", ("pelicanconf.py", "publishconf.py"), ("content", "content/posts", "content/articles"),
        ("SITENAME",), ("SITEURL",), ("DEFAULT_LANG",), ("TIMEZONE",), ("ARTICLE_URL",),
    ),
    _Generator(
        "nikola", ("conf.py",), ("posts", "blog"), ("BLOG_TITLE",), ("SITE_URL", "BASE_URL"), ("DEFAULT_LANG",), ("TIMEZONE",),
        needs="BLOG_TITLE",
    ),
    _Generator(
        "quarto", ("_quarto.yml", "_quarto.yaml"), ("posts", "blog/posts", "docs/blog/posts", "blog"), ("website.title", "title"),
        ("website.site-url",), ("lang",),
    ),
    _Generator(
        "mkdocs", ("mkdocs.yml", "mkdocs.yaml"), ("docs/blog/posts", "docs/posts", "docs/blog", "docs"), ("site_name",),
        ("site_url",), ("theme.language",),
    ),
    _Generator(
        "docusaurus", tuple(f"docusaurus.config.{end}" for end in ("js", "ts", "mjs", "cjs")), ("blog", "website/blog"),
        language=("defaultLocale",), below=("baseUrl",),
    ),
    _Generator(
        "astro", tuple(f"astro.config.{end}" for end in ("mjs", "js", "ts", "cjs")),
        ("src/content/blog", "src/content/posts", "src/data/blog", "src/pages/blog", "src/pages/posts", "src/content"),
        ("title", "SITE_TITLE"), ("site",), below=("base",),
    ),
    _Generator(
        "eleventy", (".eleventy.js", *(f"eleventy.config.{end}" for end in ("js", "mjs", "cjs", "ts"))),
        ("content/blog", "src/posts", "posts", "src/blog", "blog", "content", "src"),
    ),
    # Quartz publishes a vault.
    _Generator(
        "obsidian", ("quartz.config.ts", "quartz.config.yaml"), ("content",), ("pageTitle", "configuration.pageTitle"),
        ("baseUrl", "configuration.baseUrl"), ("locale", "configuration.locale"),
    ),
    _Generator("obsidian", (".obsidian/app.json", ".obsidian/workspace.json", ".obsidian/core-plugins.json"), (".",)),
)  # fmt: skip


def recognise(folder: Path) -> GeneratorSite | None:
    """Return what a generator says about the site in a folder; None if no generator is recognised.

    Projects have their site in a folder of its own.
    """
    for below in _SITES:
        if (found := _recognise_in(folder / below)) is not None:
            return found._replace(posts=(Path(below) / found.posts).as_posix())
    return None


def _recognise_in(folder: Path) -> GeneratorSite | None:
    for generator in _GENERATORS:
        sign = next((folder / sign for sign in generator.signs if (folder / sign).is_file()), None)
        if sign is None:
            continue
        values = _read_values(folder, generator, sign)
        list_folders = _FOLDERS.get(generator.name)
        named = list_folders(values) if list_folders else ()
        posts = next((name for name in (*named, *generator.posts) if has_posts(folder / name)), None)
        if posts is None:
            continue
        if not generator.needs or _find(values, (generator.needs, generator.needs.lower())):
            found = _describe(generator, posts, values)
            refine = _REFINEMENTS.get(generator.name)
            return refine(found, values, folder) if refine else found
    return None


_SECTIONS_OF_HUGO = ("posts", "post", "blog", "news", "articles")


def _list_folders_of_hugo(values: _Values) -> Iterator[str]:
    """Yield the folders that may have the posts of a Hugo site: those in its main language only."""
    language = _find(values, ("defaultContentLanguage", "defaultcontentlanguage")) or "en"
    named = _find(values, (f"languages.{language}.contentDir", f"languages.{language}.contentdir"))
    root = named or _find(values, ("contentDir", "contentdir")) or "content"
    roots = [f"{root}/{language}", root]
    yield from (f"{one}/{section}" for one in reversed(roots) for section in _SECTIONS_OF_HUGO)
    yield from roots


def _describe_hugo(site: GeneratorSite, values: _Values, _folder: Path) -> GeneratorSite:
    """Add what Hugo's configuration says about a section, and in its main language."""
    section = site.posts.rpartition("/")[2]
    language = _find(values, ("defaultContentLanguage", "defaultcontentlanguage")) or "en"
    permalink = _find(values, (f"permalinks.page.{section}", f"permalinks.{section}"))
    ugly = values.get("uglyURLs", values.get("uglyurls"))
    if ugly is True or (isinstance(ugly, dict) and ugly.get(section) is True):
        permalink = f"{(permalink or '/:sections/:slugorfilename').rstrip('/')}.html"
    title = site.title or to_plain_text(_find(values, (f"languages.{language}.title",)))
    return site._replace(title=title, permalink=permalink)


def _read_posts_of_nikola(values: _Values) -> tuple[str, str] | None:
    """Return the folder of posts and where they are published, as the first line of POSTS has them."""
    match values.get("POSTS"):
        case ((str(wildcard), str(destination), *_), *_) if "/" in wildcard:
            return wildcard.partition("*")[0].rpartition("/")[0], destination.strip("/")
    return None


def _list_folders_of_nikola(values: _Values) -> list[str]:
    return [] if (written := _read_posts_of_nikola(values)) is None else [written[0]]


def _describe_nikola(site: GeneratorSite, values: _Values, _folder: Path) -> GeneratorSite:
    """Add the addresses of posts, if they are not the usual ones."""
    written = _read_posts_of_nikola(values)
    is_pretty = values.get("PRETTY_URLS") is not False
    if written is None or written[0] != site.posts or (is_pretty and written[1] == site.posts):
        return site
    below = f":sections[{len(Path(site.posts).parts)}:]"
    return site._replace(
        permalink=f"/{written[1]}/{below}/:slug{'/' if is_pretty else '.html'}".replace("//", "/")
    )


def _read_blog_of_mkdocs(values: _Values) -> tuple[str, str]:
    """Return the folder of posts that the blog plugin reads, and their addresses, "" if they are the usual ones."""
    plugins = values.get("plugins")
    listed = plugins if isinstance(plugins, list) else [plugins]
    tables = [one for one in listed if isinstance(one, dict)]
    blog = next((found for one in tables if isinstance(found := one.get("blog"), dict)), {})
    folder = (_find(blog, ("blog_dir",)) or "blog").strip("./")
    post = (_find(blog, ("post_url_format",)) or "{date}/{slug}").strip("/")
    day = _find(blog, ("post_url_date_format",))
    for written, directive in (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d")):
        day = day.replace(written, directive)
    end = ".html" if values.get("use_directory_urls") is False else "/"
    address = f"/{folder}/{post}{end}".replace("//", "/")
    if day:
        address = address.replace("{date}", f"{{date:{day}}}")
    docs = _find(values, ("docs_dir",)) or "docs"
    return f"{docs}/{folder}/posts".replace("//", "/"), "" if address == "/blog/{date}/{slug}/" else address


def _list_folders_of_mkdocs(values: _Values) -> list[str]:
    return [_read_blog_of_mkdocs(values)[0]]


def _describe_mkdocs(site: GeneratorSite, values: _Values, _folder: Path) -> GeneratorSite:
    return site._replace(permalink=_read_blog_of_mkdocs(values)[1])


_ROUTE_PART = re.compile(r"\[(\.\.\.)?(\w+)\]")
_ROUTE_NAMES = {"slug": ":slug", "id": ":file", "post": ":file", "path": ":file"}
_ROUTE_DAYS = ("year", "month", "day")


def _read_route(folder: Path, posts: str) -> str:
    """Return the addresses that the one route of an Astro site gives its posts, "" if they are the usual ones."""
    pages = folder / "src" / "pages"
    routes = []
    for file in islice(pages.rglob("*.astro"), MOST_LOOKED_AT):
        route = file.relative_to(pages).with_suffix("").as_posix()
        names = [name for _, name in _ROUTE_PART.findall(route)]
        if (
            names
            and names[-1] in _ROUTE_NAMES
            and set(names[:-1]) <= set(_ROUTE_DAYS)
            and route.endswith("]")
        ):
            routes.append(route)
    section = posts.rpartition("/")[2]
    of_posts = [route for route in routes if route.split("/")[-2:-1] == [section]]
    if of_posts or len(routes) != 1:
        return ""
    has_day = any(f"[{name}]" in routes[0] for name in _ROUTE_DAYS)

    def replace(match: re.Match[str]) -> str:
        if match[2] in _ROUTE_DAYS:
            return f":{match[2]}"
        # If the day is in the folders, the name comes without it.
        return ":slug" if has_day else ":file"

    return f"/{_ROUTE_PART.sub(replace, routes[0])}/"


def _describe_astro(site: GeneratorSite, _values: _Values, folder: Path) -> GeneratorSite:
    return site._replace(permalink=_read_route(folder, site.posts))


# Where the configuration of a generator names folders of posts, and what more it says about a site.
_FOLDERS: dict[str, Callable[[_Values], Iterable[str]]] = {
    "hugo": _list_folders_of_hugo,
    "mkdocs": _list_folders_of_mkdocs,
    "nikola": _list_folders_of_nikola,
}
_REFINEMENTS: dict[str, Callable[[GeneratorSite, _Values, Path], GeneratorSite]] = {
    "astro": _describe_astro,
    "hugo": _describe_hugo,
    "mkdocs": _describe_mkdocs,
    "nikola": _describe_nikola,
}


def _describe(generator: _Generator, posts: str, values: _Values) -> GeneratorSite:
    url = _find(values, generator.url)
    if url and "//" not in url:
        url = f"https://{url}"
    below = _find(values, generator.below).strip("/")
    if below and url and "//" not in below and not url.rstrip("/").endswith(f"/{below}"):
        url = f"{url.rstrip('/')}/{below}"
    language = _find(values, generator.language).replace("_", "-")
    return GeneratorSite(
        generator.name,
        posts,
        title=to_plain_text(_find(values, generator.title)),
        url=(canonicalise(f"{url.rstrip('/')}/") or "") if url else "",
        language=language if is_language(language) else "",
        timezone=_find(values, generator.timezone),
        permalink=_find(values, generator.permalink),
    )


def _find(values: _Values, names: Iterable[str]) -> str:
    """Return the first text that a dotted path leads to."""
    for name in names:
        found: Any = values
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if isinstance(found, str) and found.strip():
            return found.strip()
    return ""


def _read_values(folder: Path, generator: _Generator, sign: Path) -> dict[str, Any]:
    """Return what the configuration says; nothing if it cannot be read."""
    files = [sign]
    if generator.name == "pelican":
        files = [folder / name for name in ("pelicanconf.py", "publishconf.py")]
    elif generator.name == "hugo":
        return _read_tables(sign)
    elif generator.name == "eleventy":
        files = [file for file in map(folder.joinpath, _ELEVENTY_DATA) if file.is_file()]
    elif generator.name == "astro":
        files = [sign, *(folder / "src" / name for name in ("consts.ts", "config.ts", "site.config.ts"))]
    values: dict[str, Any] = {}
    for file in files:
        # The last one has the addresses of the published site.
        values.update({name: value for name, value in _read(file).items() if value or value is False})
    return values


def _read_tables(sign: Path) -> dict[str, Any]:
    """Return what the configuration of Hugo says; its tables may be in files of their own."""
    values = _read(sign)
    folder = sign.parent if sign.parent.name == "_default" else sign.parent / "config" / "_default"
    for name in ("languages", "permalinks"):
        for file in sorted(folder.glob(f"{name}*.*")):
            _, *below, _ = file.name.split(".")
            table = {below[0]: _read(file)} if below else _read(file)
            values[name] = {**(known if isinstance(known := values.get(name), dict) else {}), **table}
    return values


_ELEVENTY_DATA = tuple(
    f"{folder}{name}.{end}"
    for folder in ("_data/", "src/_data/", "content/_data/")
    for name in ("metadata", "site", "meta")
    for end in ("json", "js", "mjs", "yaml", "yml")
)


def _read(file: Path) -> dict[str, Any]:
    try:
        text = read_file(file, _MOST_BYTES).decode("utf-8-sig")
        found = _PARSERS[file.suffix](text)
    except (OSError, ValueError, SyntaxError, RecursionError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


class _PlainLoader(yaml.SafeLoader):
    """Takes values with tags of programs, such as ``!!python/name``, for nothing."""


_PlainLoader.add_multi_constructor("", lambda _loader, _suffix, _node: None)


def _read_literals(text: str) -> dict[str, Any]:
    """Return the names to which a Python program gives a literal value at its top level."""
    found: dict[str, Any] = {}
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            try:
                found[statement.targets[0].id] = ast.literal_eval(statement.value)
            except ValueError:
                continue
    return found


def _read_properties(text: str) -> dict[str, Any]:
    """Return the properties to which a JavaScript program gives a text; of the same names, the first."""
    found: dict[str, Any] = {}
    for name, _, value in _PROPERTY.findall(text):
        found.setdefault(name, value)
    return found


_PARSERS: dict[str, Callable[[str], Any]] = {
    ".toml": tomllib.loads,
    ".json": json.loads,
    ".py": _read_literals,
    **dict.fromkeys((".yml", ".yaml"), lambda text: yaml.load(text, _PlainLoader)),  # noqa: S506 - a safe loader
    **dict.fromkeys((".js", ".ts", ".mjs", ".cjs"), _read_properties),
}
