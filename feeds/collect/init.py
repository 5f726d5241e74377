"""Write what a new site needs: a configuration, an article, files for its host.

Nothing that is there is ever overwritten.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Literal, NamedTuple, get_args
from zoneinfo import available_timezones

from feeds.collect.folders import FolderOfPosts
from feeds.collect.new import quote, write_new_file
from feeds.collect.post_defaults import PostDefaults
from feeds.collect.site_details import GeneratorSite
from feeds.config import DEFAULT_CONFIG, OTHER_CONFIG
from feeds.config.translation import get_date_order, is_known_permalink
from feeds.errors import FeedsError, StorageError
from feeds.lib.text.dates import format_rfc3339

HostFiles = Literal["github-pages", "netlify", "nginx", "compose"]
HOSTS: tuple[HostFiles, ...] = get_args(HostFiles)
_TEMPLATES = Path(__file__).parent / "templates"
_HOST_FILES: dict[HostFiles, dict[str, str]] = {
    "github-pages": {".github/workflows/feeds.yml": "github-pages.yml"},
    "netlify": {"netlify.toml": "netlify.toml"},
    "nginx": {},
    "compose": {"compose.yaml": "compose.yaml", "Containerfile": "Containerfile"},
}
_UNKNOWN_PERMALINK = "   # feeds cannot compute this: write a pattern that they can, else the preset's counts"
_UNKNOWN_URL = '# base_url = "https://blog.example.org/"   # where the articles are: fill it in'
_GUESSED = "   # no generator was recognised: this reads date, tags and others; name yours"
_GUESSED_PERMALINK = '# permalink = "/:year/:month/:slug/"   # how their addresses are made: write it, else the preset\'s counts'
_IGNORED = ("/build/", "/.feeds/")


class SiteAnswers(NamedTuple):
    """What is asked of whoever begins a site, answered by them or by what is there."""

    title: str
    base_url: str
    language: str


class Beginning(NamedTuple):
    """What a new site is made of.

    ``posts`` is the folder of texts that are there, if no generator is known; None if there are none.
    ``defaults`` is what the generator gives to every post. ``date_order`` is how posts write 03/04/2024, "" if none shows it.
    """

    answers: SiteAnswers
    found: GeneratorSite | None
    posts: FolderOfPosts | None
    hosts: Sequence[HostFiles] = ()
    defaults: PostDefaults = PostDefaults({}, "")
    date_order: str = ""


class NewSite(NamedTuple):
    """The files that were written and those that were there, relative to the site."""

    written: tuple[str, ...]
    kept: tuple[str, ...]


def suggest_answers(
    folder: Path, found: GeneratorSite | None, posts: FolderOfPosts | None = None
) -> SiteAnswers:
    """Return the answers that fit if nobody says otherwise."""
    name = folder.absolute().name.replace("-", " ").replace("_", " ").strip().title() or "News"
    url = found.url if found else posts.url if posts else ""
    return SiteAnswers(
        found.title if found and found.title else name,
        f"{url}feeds/" if url else "https://feeds.example.org/",
        found.language if found and found.language else "en",
    )


def choose_config(folder: Path) -> Path:
    """Return the configuration to write: feeds.toml if a generator has config.toml.

    Raises :class:`FeedsError` if the site has one of ours.
    """
    for name in (DEFAULT_CONFIG, OTHER_CONFIG):
        file = folder / name
        if not file.exists():
            return file
        if _is_ours(file):
            break
    raise FeedsError(f"{file}: is there already. Run `feeds check`, or change it by hand.")


def _is_ours(file: Path) -> bool:
    """Return whether a file may be our configuration: generators have no such table."""
    try:
        return isinstance(tomllib.loads(file.read_text("utf-8-sig")).get("site"), dict)
    except (OSError, ValueError):
        return True


def write_site(config: Path, site: Beginning, now: datetime) -> NewSite:
    """Write the configuration of a new site, and other files beside it.

    The folder is made if it is missing. Raises :class:`StorageError`.
    """
    files = {config.name: write_config(site)}
    if site.found is None and site.posts is None:
        title = quote(f"Welcome to {site.answers.title}")
        files["articles/welcome.md"] = _fill("welcome.md", title=title, now=format_rfc3339(now))
    files[".gitignore"] = "".join(f"{line}\n" for line in _IGNORED)
    for host in site.hosts:
        files |= {
            name: (_TEMPLATES / template).read_text("utf-8") for name, template in _HOST_FILES[host].items()
        }
    written: list[str] = []
    kept: list[str] = []
    for name, text in files.items():
        (written if _write_new(config.parent / name, text) else kept).append(name)
    return NewSite(tuple(written), tuple(kept))


def list_missing_ignores(folder: Path) -> Sequence[str]:
    """Return the lines that .gitignore should have and has not."""
    try:
        lines = {
            line.strip().strip("/")
            for line in (folder / ".gitignore").read_text("utf-8", "replace").splitlines()
        }
    except OSError:
        return ()
    return [line for line in _IGNORED if line.strip("/") not in lines]


def write_config(site: Beginning) -> str:
    """Return the text of a configuration."""
    answers, found = site.answers, site.found
    lines = [
        "[site]",
        f"title = {quote(answers.title)}",
        f"base_url = {quote(answers.base_url)}   # where the feeds will be",
        f"language = {quote(answers.language)}",
        "",
        "[articles]",
        f"path = {quote(found.posts if found else site.posts.path if site.posts else 'articles')}",
    ]
    order = [f"date_order = {quote(site.date_order)}   # of 03/04/2024"] if site.date_order else []
    if site.posts is not None:
        preset = site.posts.preset
        lines += (
            [f"preset = {quote(preset)}{_GUESSED}", _write_articles_url(site.posts.url), _GUESSED_PERMALINK]
            if preset
            else []
        )
        lines += order
    if found is not None:
        lines += [f"preset = {quote(found.generator)}", _write_articles_url(found.url)]
        lines += _list_permalink(found, site.defaults.permalink)
        lines += [f"id = {quote(found.id)}   # as the site's own feed has them"] if found.id else []
        lines += [f"timezone = {quote(found.timezone)}"] if found.timezone in available_timezones() else []
        lines += [] if get_date_order(found.generator) else order
        lines += _list_defaults(site.defaults)
    if rules := [host for host in ("nginx", "netlify", "github-pages") if host in site.hosts]:
        lines += ["", "[output]", f"hosts = {json.dumps(rules)}"]
    return "\n".join(lines) + "\n"


def _list_permalink(found: GeneratorSite, of_posts: str) -> list[str]:
    """Return the line about addresses: of the folder of posts, else of the site."""
    patterns = [pattern for pattern in (of_posts, found.permalink) if pattern]
    known = [pattern for pattern in patterns if is_known_permalink(found.generator, pattern)]
    if known:
        # It is of no use while nobody knows where the articles are.
        return [f"{'' if found.url else '# '}permalink = {quote(known[0])}"]
    return [f"# permalink = {quote(one)}{_UNKNOWN_PERMALINK}" for one in patterns[:1]]


def _write_articles_url(url: str) -> str:
    return f"base_url = {quote(url)}   # where the articles are" if url else _UNKNOWN_URL


def _list_defaults(defaults: PostDefaults) -> list[str]:
    """Return the lines about what every post has that names nothing else."""
    written = {name: json.dumps(value, ensure_ascii=False) for name, value in defaults.values.items()}
    if "authors" in written:
        written["provider"] = f"{{ authors = {written.pop('authors')} }}"
    lines = [f"{name} = {value}" for name, value in written.items()]
    return ["", "[articles.defaults]   # as the generator gives them to every post", *lines] if lines else []


def _write_new(file: Path, text: str) -> bool:
    """Write a file that is not there yet, and its folders; return whether it is new."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{file}: cannot be written: {error.strerror}.") from None
    return write_new_file(file, text)


def _fill(name: str, **values: str) -> str:
    return Template((_TEMPLATES / name).read_text("utf-8")).substitute(values)
