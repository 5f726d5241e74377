"""Check that the files and posts are there which articles name relatively.

Each article is read once more, with addresses of no host in the place of those of the site: so whatever leads there
was written without a host, in whichever syntax, and is looked for where its generator would take it from.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import quote, unquote, urljoin, urlsplit

import msgspec

from feeds.articles.presets import Preset
from feeds.articles.reader import Reader
from feeds.config.schema import Config
from feeds.errors import FeedsError
from feeds.index.read import channels
from feeds.lib.storage.file_names import to_system
from feeds.lib.text.media_types import find_media_type
from feeds.model import Article, Problem
from feeds.publisher.snapshot import Snapshot
from feeds.sync.object_articles import read_article, read_original
from feeds.sync.process import make_reading_rules

# Names that no host has (RFC 6761, section 6.4).
_ROOT, _BESIDE = "https://root.invalid/", "https://beside.invalid/"
# This many folders show how far up an address goes.
_STEP, _STEPS = "~/", 20
_ADDRESS = re.compile(r' (\w+)="(https://(?:root|beside)\.invalid/[^"]*)"')
_SHOWS = frozenset(["src", "poster"])
# What links download. Other endings are those of pages, or programs make the files.
_DOWNLOADS = frozenset([
    "pdf", "epub", "mobi", "ps", "zip", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar", "dmg", "exe", "deb",
    "rpm", "apk", "jar", "iso", "doc", "docx", "odt", "rtf", "xls", "xlsx", "ods", "csv", "tsv", "ppt",
    "pptx", "odp", "key", "bib", "ipynb", "parquet", "sqlite", "db", "ttf", "otf", "woff", "woff2",
])  # fmt: skip
_SOURCES = (".md", ".mdx", ".markdown", ".rst", ".qmd", ".org", ".ipynb", ".html", ".htm", ".txt")
_USUAL = ("", "static", "public", "source")
_MOST_ABOVE, _MOST_FILES = 4, 100_000
_NO_SITE = frozenset(["node_modules", "public", "_site", "dist", "build", "output", "venv"])


class _Named(NamedTuple):
    """A file or post that an article names.

    ``ups`` are the folders that its address goes up, -1 if it begins at the root of the site. ``path`` is the rest.
    """

    path: str
    ups: int
    is_link: bool
    field: str

    @property
    def written(self) -> str:
        """The address, as an author would write it."""
        return f"/{self.path}" if self.ups < 0 else "../" * self.ups + self.path


class _Post(NamedTuple):
    """An article: its file, its address ("" if it has none), and what it names.

    The address is relative to that of the site.
    """

    path: str
    address: str
    named: tuple[_Named, ...]


def find_missing_files(site: Snapshot) -> Iterator[Problem]:
    """Yield a problem for each file and each post that articles name and is missing.

    Raises :class:`FeedsError` if the articles are in an object store.
    """
    config = site.config
    if config.articles_address is not None:
        raise FeedsError(
            "check --links looks for files beside the articles, and these are in an object store. Check a copy of them."
        )
    reader = _LinkReader(config)
    posts = [
        post
        for article in channels.read_shown_articles(site.connection)
        if (post := reader.read(article)) is not None
    ]
    folders = _Folders(config, reader.preset, posts)
    for post in posts:
        missing = [named for named in post.named if not folders.has(named, post)]
        if missing:
            text = reader.read_text(post.path)
            yield from (_make_problem(post.path, named, text, folders.first) for named in missing)


class _LinkReader:
    """Reads articles with addresses that show how they were written."""

    def __init__(self, config: Config) -> None:
        self._config = config
        rules = make_reading_rules(config)
        self._site = rules.base_url
        # Below a path of its host, a site writes addresses with and without it.
        self._below = urlsplit(rules.base_url).path.lstrip("/")
        root = _ROOT + self._below
        translation = rules.translation
        if translation is not None and translation.base_url:
            translation = msgspec.structs.replace(translation, base_url=root)
        self._reader = Reader(
            msgspec.structs.replace(
                rules,
                base_url=root,
                pages_url=root if rules.pages_url.startswith(rules.base_url) else _BESIDE,
                translation=translation,
                relative_url=_BESIDE + _STEP * _STEPS,
            )
        )
        self.preset: Preset | None = None
        if config.articles.preset:
            # Loaded for the sites that name one.
            from feeds.articles.presets.tables import PRESETS

            self.preset = PRESETS[config.articles.preset]

    def read_text(self, path: str) -> str:
        """Return the text of a file, "" if it cannot be read."""
        try:
            return read_original(self._config, path).decode("utf-8-sig", "replace")
        except OSError:
            return ""

    def read(self, known: Article) -> _Post | None:
        """Return what the article names, None if it is unreadable or is of another site."""
        if known.url and not known.url.startswith(self._site):
            return None
        try:
            data = read_article(self._config, known.path)
        except OSError:
            return None
        matter = self._reader.parse_matter(known.path, data)
        article = self._reader.interpret(known.path, matter).article
        if article is None:
            return None
        address = known.url.removeprefix(self._site)
        named = {(one.ups, one.path): one for one in reversed([*self._list_named(article)])}
        return _Post(known.path, address, tuple(reversed(named.values())))

    def _list_named(self, article: Article) -> Iterator[_Named]:
        for name, written in _ADDRESS.findall(article.body):
            yield from self._read_address(unescape(written), "text", is_link=name not in _SHOWS)
        for picture in article.images:
            yield from self._read_address(picture.url, "images")
        if article.media is not None:
            yield from self._read_address(article.media.file, "text")

    def _read_address(self, written: str, field: str, *, is_link: bool = False) -> Iterator[_Named]:
        url = written.partition("#")[0].partition("?")[0]
        if url.startswith(_BESIDE):
            steps = url.removeprefix(_BESIDE)
            path = steps.lstrip("~/")
            kept = steps[: len(steps) - len(path)].count("~")
            if not kept and not steps.startswith("~"):
                # From the root of its host.
                path, kept = steps.removeprefix(self._below), _STEPS + 1
            ups = _STEPS - kept
        elif url.startswith(_ROOT):
            path, ups = url.removeprefix(_ROOT).removeprefix(self._below), -1
        else:
            return
        path = unquote(path)
        # What a template would have written is not known.
        if (path or ups > 0) and "{" not in path and _is_checked(path, ups, is_link=is_link):
            yield _Named(path.lstrip("/"), ups, is_link, field)


def _find_ending(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[2].lower() if "." in path else ""


def _is_file(path: str) -> bool:
    return find_media_type(f"{_ROOT}{path}") is not None or _find_ending(path) in _DOWNLOADS


def _is_checked(path: str, ups: int, *, is_link: bool) -> bool:
    """Return whether what is not found is surely missing: programs make many pages."""
    if not is_link:
        return bool(_find_ending(path))
    return _is_file(path) or ups >= 0


class _Folders:
    """The folders of a site, and what is in them."""

    def __init__(self, config: Config, preset: Preset | None, posts: Sequence[_Post]) -> None:
        self._articles = os.path.realpath(config.articles_path)
        self._above = above = _list_folders_above(self._articles, os.path.realpath(config.folder))
        self._top = above[-1]
        static = preset.static if preset else ("",)
        # The generator of a site may be elsewhere, or another one.
        self._roots = list(_list_static(above, static) or _list_static(above, _USUAL))
        self._finds_by_name = config.articles.preset == "obsidian"
        self._posts = {_strip(post.address): post.path for post in posts if post.address}
        self._known: dict[str, bool] = {}
        self.first = static[0].rstrip("*/")

    def has(self, named: _Named, post: _Post) -> bool:
        """Return whether what a post names is there."""
        if named.is_link and not _is_file(named.path):
            return self._has_page(named, post)
        found = any(map(self._exists, self._list_places(named, post)))
        if found or not self._finds_by_name:
            return found
        return named.path.rpartition("/")[2] in self._names

    def _list_places(self, named: _Named, post: _Post) -> Iterator[str]:
        """Yield the paths at which a generator may find a file."""
        if named.ups < 0:
            yield from self._list_places_at_root(named.path)
            return
        folder, _, name = post.path.rpartition("/")
        up = "../" * named.ups
        yield os.path.join(self._articles, folder, up + named.path)
        # Hexo and others have a folder for the files of a post.
        yield os.path.join(self._articles, folder, name.rpartition(".")[0], up + named.path)
        if named.path.startswith("@site/"):
            # Docusaurus' own name for the folder of the site.
            yield from (os.path.join(above, named.path.removeprefix("@site/")) for above in self._above)
        if post.address:
            address = urlsplit(urljoin(f"{_ROOT}{post.address}", up + quote(named.path))).path
            yield from self._list_places_at_root(unquote(address.lstrip("/")))

    def _list_places_at_root(self, path: str) -> Iterator[str]:
        for root in self._roots:
            yield os.path.join(root, path)
        # Below the address of a post is what lies beside it.
        above = path
        while above:
            above, _, _ = above.rpartition("/")
            if (post := self._posts.get(above)) is not None:
                rest = path[len(above) :].lstrip("/")
                folder, _, name = post.rpartition("/")
                yield os.path.join(self._articles, folder, rest)
                yield os.path.join(self._articles, folder, name.rpartition(".")[0], rest)

    def _has_page(self, named: _Named, post: _Post) -> bool:
        """Return whether there is a page: a post at the address, or a text of the name.

        A folder of the name will do, too.
        """
        path = named.path.rstrip("/")
        if post.address:
            address = urljoin(f"{_ROOT}{post.address}", "../" * named.ups + quote(path))
            if _strip(unquote(urlsplit(address).path)) in self._posts:
                return True
        if not path:
            return True
        name = _strip(path).rpartition("/")[2]
        return (
            any(map(self._exists, self._list_places(named, post)))
            or name.lower() in self._stems
            or any(_strip(address).rpartition("/")[2] == name for address in self._posts)
        )

    def _exists(self, path: str) -> bool:
        path = os.path.normpath(path)
        found = self._known.get(path)
        if found is None:
            forms = dict.fromkeys((path, normalize("NFC", path), normalize("NFD", path)))
            found = self._known[path] = path.startswith(self._top) and any(
                os.path.lexists(to_system(form)) for form in forms
            )
        return found

    @cached_property
    def _names(self) -> frozenset[str]:
        """The names of the files and folders of the site."""
        names: set[str] = set()
        for _, folders, files in os.walk(self._top):
            folders[:] = [one for one in folders if not one.startswith(".") and one not in _NO_SITE]
            names.update(folders, files)
            if len(names) > _MOST_FILES:
                break
        return frozenset(names)

    @cached_property
    def _stems(self) -> frozenset[str]:
        """The names of texts and folders without a day and without endings, in lower case."""
        stems = {name.rpartition(".")[0] if name.lower().endswith(_SOURCES) else name for name in self._names}
        return frozenset(form for stem in stems for form in (stem.lower(), _DAY.sub("", stem.lower())))


_DAY = re.compile(r"\A\d{4}-\d{1,2}-\d{1,2}[-_ ]")
_PAGE = re.compile(r"(?:(?:\A|/)index)?(?:\.(?:html?|php|mdx?|markdown|rst|qmd|org|ipynb|txt))?/?\Z")


def _strip(address: str) -> str:
    """Return the address of a page without what servers may leave out."""
    return _PAGE.sub("", address.strip("/"))


def _list_folders_above(folder: str, site: str) -> list[str]:
    """Return a folder and those above it, up to the configuration or the repository."""
    found = [folder]
    path = Path(folder)
    is_inside = path.is_relative_to(site)
    for above in path.parents if is_inside else path.parents[:_MOST_ABOVE]:
        if is_inside and not above.is_relative_to(site):
            break
        found.append(str(above))
        if not is_inside and (above / ".git").exists():
            break
    return found


def _list_static(above: Iterable[str], static: Sequence[str]) -> list[str]:
    """Return the existing folders whose files have addresses from the site's root."""
    return [
        str(place)
        for folder in above
        for name in static
        for place in (Path(folder).glob(name) if "*" in name else [Path(folder, name)])
        if place.is_dir()
    ]


def _make_problem(path: str, named: _Named, text: str, static: str) -> Problem:
    line, column = _locate(text, named)
    verb = "links to" if named.is_link else "shows"
    if named.is_link and not _is_file(named.path):
        message, hint = f'{verb} "{named.written}", and there is no such post.', "Mend the address."
        return Problem("missing-post", "warning", path, message, hint, line, column, named.field)
    where = f"below {static}/" if named.ups < 0 and static else "to the site"
    where = "beside the article" if named.ups >= 0 else where
    return Problem(
        "missing-file", "warning", path, f'{verb} "{named.written}", and there is no such file.',
        f"Mend the address, or add the file {where}.", line, column, named.field,
    )  # fmt: skip


def _locate(text: str, named: _Named) -> tuple[int, int]:
    """Return the line and column of an address as it was written, 0 and 0 if unknown."""
    name = named.path.rstrip("/").rpartition("/")[2]
    for part in (named.written, quote(named.written), named.path, quote(named.path), name, quote(name)):
        if part and (place := text.find(part)) >= 0:
            return text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
    return 0, 0
