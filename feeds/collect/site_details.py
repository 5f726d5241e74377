"""What single generators' configurations say in ways of their own.

These are folders of posts, and addresses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from feeds.articles.presets.tables import PRESETS
from feeds.collect.config_values import Values, find_text, read_block, read_text
from feeds.collect.folders import MOST_LOOKED_AT
from feeds.lib.text.plain import to_plain_text


class GeneratorSite(NamedTuple):
    """What a generator's folder says about its site; "" where it says nothing.

    ``posts`` is the folder of posts, relative to that of the site. ``url`` is where the site is. ``id`` is what ids
    its own feed has, "" for those that the generator writes.
    """

    generator: str
    posts: str
    title: str = ""
    url: str = ""
    language: str = ""
    timezone: str = ""
    permalink: str = ""
    id: str = ""


# Folders of languages may have their names.
_NAMES_OF_LANGUAGES = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "pt": "portuguese", "it": "italian",
    "nl": "dutch", "pl": "polish", "ru": "russian", "uk": "ukrainian", "tr": "turkish", "ar": "arabic",
    "hi": "hindi", "id": "indonesian", "vi": "vietnamese", "zh": "chinese", "ja": "japanese", "ko": "korean",
}  # fmt: skip
_SECTIONS_OF_HUGO = ("posts", "post", "blog", "news", "articles")


# The usual template of Jekyll before jekyll-feed, still that of many sites, has the address of a post as its id.
_FEEDS_OF_JEKYLL = ("feed.xml", "atom.xml", "rss.xml", "index.xml")
# A site with a feed of each language or section has a template for them.
_TEMPLATES_OF_JEKYLL = ("_layouts/*.rss", "_layouts/*.xml", "_layouts/*.atom", "_includes/*feed*.xml")
_ID_IN_TEMPLATE = re.compile(r"<(id|guid)\b[^>]*>([^<]*)</\1>")
_ADDRESS_IN_TEMPLATE = re.compile(r"\{\{[^}]*\b(?!(?:site|page)\.)\w+\.url\b")


def _describe_jekyll(site: GeneratorSite, _values: Values, folder: Path) -> GeneratorSite:
    """Add what ids the entries of the site's own template have."""
    above = (folder / site.posts).parent
    files = [file for root in (above, folder) for name in _FEEDS_OF_JEKYLL if (file := root / name).is_file()]
    files += [file for pattern in _TEMPLATES_OF_JEKYLL for file in sorted(folder.glob(pattern))]
    ids = _ID_IN_TEMPLATE.findall(read_text(files[0])) if files else []
    is_address = any(_ADDRESS_IN_TEMPLATE.search(written) for _, written in ids)
    return site._replace(id="permalink") if is_address else site


def _list_folders_of_hexo(values: Values) -> list[str]:
    return [f"{folder}/_posts"] if (folder := find_text(values, ("source_dir",))) else []


def _list_folders_of_hugo(values: Values) -> Iterator[str]:
    """Yield the folders that may have a Hugo site's posts, in its main language."""
    language = find_text(values, ("defaultContentLanguage", "defaultcontentlanguage")) or "en"
    named = find_text(values, (f"languages.{language}.contentDir", f"languages.{language}.contentdir"))
    root = named or find_text(values, ("contentDir", "contentdir")) or "content"
    roots = [f"{root}/{_NAMES_OF_LANGUAGES.get(language, language)}", f"{root}/{language}", root]
    yield from (f"{one}/{section}" for one in reversed(roots) for section in _SECTIONS_OF_HUGO)
    yield from roots


def _describe_hugo(site: GeneratorSite, values: Values, _folder: Path) -> GeneratorSite:
    """Add what Hugo's configuration says about a section, and in its main language."""
    section = site.posts.rpartition("/")[2]
    language = find_text(values, ("defaultContentLanguage", "defaultcontentlanguage")) or "en"
    permalink = find_text(values, (f"permalinks.page.{section}", f"permalinks.{section}"))
    ugly = values.get("uglyURLs", values.get("uglyurls"))
    if ugly is True or (isinstance(ugly, dict) and ugly.get(section) is True):
        permalink = f"{(permalink or '/:sections/:slugorfilename').rstrip('/')}.html"
    title = site.title or to_plain_text(find_text(values, (f"languages.{language}.title",)))
    return site._replace(title=title, permalink=permalink)


def _list_posts_of_nikola(values: Values) -> Iterator[tuple[str, str]]:
    """Yield the folders of posts and where they are published, as POSTS has them."""
    written = values.get("POSTS")
    for line in written if isinstance(written, (list, tuple)) else ():
        match line:
            case (str(wildcard), str(destination), *_) if "/" in wildcard:
                yield wildcard.partition("*")[0].rpartition("/")[0], destination.strip("/")


def _list_folders_of_nikola(values: Values) -> list[str]:
    return [folder for folder, _ in _list_posts_of_nikola(values)]


def _describe_nikola(site: GeneratorSite, values: Values, _folder: Path) -> GeneratorSite:
    """Add the addresses of posts, if they are not the usual ones."""
    destination = next((to for folder, to in _list_posts_of_nikola(values) if folder == site.posts), None)
    is_pretty = values.get("PRETTY_URLS") is not False
    if destination is None or (is_pretty and destination == site.posts):
        return site
    below = f":sections[{len(Path(site.posts).parts)}:]"
    return site._replace(
        permalink=f"/{destination}/{below}/:slug{'/' if is_pretty else '.html'}".replace("//", "/")
    )


def _read_blog_of_mkdocs(values: Values) -> tuple[str, str]:
    """Return the blog plugin's folder of posts and its addresses, "" for the usual."""
    blog = _list_plugins(values).get("blog") or {}
    folder = (find_text(blog, ("blog_dir",)) or "blog").strip("./")
    post = (find_text(blog, ("post_url_format",)) or "{date}/{slug}").strip("/")
    day = find_text(blog, ("post_url_date_format",))
    for written, directive in (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d")):
        day = day.replace(written, directive)
    end = ".html" if values.get("use_directory_urls") is False else "/"
    address = f"/{folder}/{post}{end}".replace("//", "/")
    if day:
        address = address.replace("{date}", f"{{date:{day}}}")
    docs = find_text(values, ("docs_dir",)) or "docs"
    return f"{docs}/{folder}/posts".replace("//", "/"), "" if address == "/blog/{date}/{slug}/" else address


def _list_plugins(values: Values) -> dict[str, dict[str, Any]]:
    """Return the options of each plugin of MkDocs by its name."""
    plugins = values.get("plugins")
    found: dict[str, dict[str, Any]] = {}
    for one in plugins if isinstance(plugins, list) else [plugins]:
        for name, options in one.items() if isinstance(one, dict) else [(one, None)]:
            found[str(name).removeprefix("material/")] = options if isinstance(options, dict) else {}
    return found


def _list_folders_of_mkdocs(values: Values) -> list[str]:
    return [_read_blog_of_mkdocs(values)[0]]


def _describe_mkdocs(site: GeneratorSite, values: Values, _folder: Path) -> GeneratorSite:
    """Add the addresses of posts; without the blog plugin, they are those of pages."""
    if isinstance(values.get("plugins"), (list, dict)) and "blog" not in _list_plugins(values):
        is_file = values.get("use_directory_urls") is False
        return site._replace(permalink="/{path}.html" if is_file else "/{path}/")
    return site._replace(permalink=_read_blog_of_mkdocs(values)[1])


_ROUTE_PART = re.compile(r"\[(\.\.\.)?(\w+)\]")
_ROUTE_NAMES = {"slug": ":slug", "id": ":file", "post": ":file", "path": ":file"}
_ROUTE_DAYS = ("year", "month", "day")


def _find_section(route: str) -> str:
    """Return the last folder of a route, but parameters and languages, "" if none."""
    folders = reversed(route.split("/")[:-1])
    return next((part for part in folders if "[" not in part and part not in _NAMES_OF_LANGUAGES), "")


def _read_route(folder: Path, posts: str) -> str:
    """Return the addresses of an Astro site's one route, "" for the usual ones."""
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
    # Others are those of teams, products and the like.
    known = {*posts.split("/"), *_SECTIONS_OF_HUGO, "writing", "notes", "p"}
    routes = [route for route in routes if _find_section(route) in ("", *known)]
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


def _describe_astro(site: GeneratorSite, _values: Values, folder: Path) -> GeneratorSite:
    """Add the addresses of posts, if they are not the usual ones."""
    _, is_in_docs, below = site.posts.partition("content/docs/")
    if is_in_docs and any("starlight" in read_text(file) for file in folder.glob("astro.config.*")):
        # Starlight has its pages at the root of the site.
        return site._replace(permalink=f"/{below}/:file/")
    return site._replace(permalink=_read_route(folder, site.posts))


def _describe_eleventy(site: GeneratorSite, _values: Values, _folder: Path) -> GeneratorSite:
    """Leave the path of the site's address out if addresses of posts begin with it.

    Eleventy's feed resolves the path of a post against that address, as a browser does.
    """
    root, _, path = site.url.removesuffix("/").partition("://")[2].partition("/")
    folders = [part for part in Path(site.posts).parts if part not in ("content", "src")]
    is_repeated = path and path.split("/") == folders[: path.count("/") + 1]
    return site._replace(url=f"{site.url.partition('://')[0]}://{root}/") if is_repeated else site


def _describe_pelican(site: GeneratorSite, values: Values, _folder: Path) -> GeneratorSite:
    """Take the slug in addresses from the name of a file, if the site does."""
    name = find_text(values, ("FILENAME_METADATA",))
    if "(?P<slug>" in name and "(?P<date>" in name:
        part = "{name}"
    elif "(?P<slug>" in name or values.get("SLUGIFY_SOURCE") == "basename":
        part = "{basename}"
    else:
        return site
    return site._replace(permalink=(site.permalink or PRESETS["pelican"].permalink).replace("{slug}", part))


def _list_folders_of_middleman(values: Values) -> list[str]:
    return [f"source/{prefix.strip('/')}"] if (prefix := find_text(values, ("prefix",))) else []


def _describe_middleman(site: GeneratorSite, values: Values, _folder: Path) -> GeneratorSite:
    """Add the addresses of posts, if they are not the usual ones."""
    prefix = find_text(values, ("prefix",)).strip("/")
    usual = PRESETS["middleman"].permalink
    address = (site.permalink or usual).strip("/")
    if "directory_indexes" in values:
        address = f"{address.removesuffix('.html')}/"
    address = f"/{prefix}/{address}" if prefix else f"/{address}"
    return site._replace(permalink="" if address == usual else address)


_BLOG_OF_DOCUSAURUS = re.compile(r"""(?:(?<![\w.])["']?blog["']?\s*:|plugin-content-blog["']\s*,)\s*\{""")


def _list_folders_of_docusaurus(values: Values) -> list[str]:
    return [path.removeprefix("./")] if (path := find_text(values, ("blog.path",))) else []


def _describe_docusaurus(site: GeneratorSite, values: Values, _folder: Path) -> GeneratorSite:
    """Add the addresses of posts, if they are not the usual ones."""
    route = values["blog"].get("routeBasePath", "blog").strip("/")
    address = f"/{route}/:slug{'/' if values.get('trailingSlash') is True else ''}".replace("//", "/")
    return site._replace(permalink="" if address == "/blog/:slug" else address)


def read_docusaurus(file: Path) -> dict[str, Any]:
    """Return what a Docusaurus configuration says of its blog, and address endings."""
    text = read_text(file)
    slash = re.search(r"trailingSlash\s*:\s*(true|false)\b", text)
    return {
        "blog": read_block(text, _BLOG_OF_DOCUSAURUS),
        "trailingSlash": slash[1] == "true" if slash else None,
    }


# Where the configuration of a generator names folders of posts, and what more it says about a site.
FOLDERS: dict[str, Callable[[Values], Iterable[str]]] = {
    "docusaurus": _list_folders_of_docusaurus,
    "hexo": _list_folders_of_hexo,
    "hugo": _list_folders_of_hugo,
    "middleman": _list_folders_of_middleman,
    "mkdocs": _list_folders_of_mkdocs,
    "nikola": _list_folders_of_nikola,
}
REFINEMENTS: dict[str, Callable[[GeneratorSite, Values, Path], GeneratorSite]] = {
    "astro": _describe_astro,
    "docusaurus": _describe_docusaurus,
    "eleventy": _describe_eleventy,
    "hugo": _describe_hugo,
    "jekyll": _describe_jekyll,
    "middleman": _describe_middleman,
    "mkdocs": _describe_mkdocs,
    "nikola": _describe_nikola,
    "pelican": _describe_pelican,
}
