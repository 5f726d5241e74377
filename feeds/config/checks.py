"""Checks what the values of config.toml mean, once their types are right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from feeds.config.accent import find_accent_error
from feeds.config.channel_tables import PrivateConfig
from feeds.config.from_toml import ConfigProblems, Key
from feeds.config.own_files import find_own_file_errors
from feeds.config.running_checks import check_running
from feeds.config.safeguards import find_output_error
from feeds.config.schema import Config
from feeds.config.translation import check_translation
from feeds.errors import make_page_address
from feeds.lib.storage.file_names import find_address_error, is_address
from feeds.lib.text.identifiers import fold, is_slug
from feeds.lib.text.languages import is_language
from feeds.lib.text.plain import has_unwanted, to_plain_text
from feeds.lib.text.urls import canonicalise, canonicalise_domain
from feeds.words import check_own_words

# Larger numbers make no sense here, and a database could not hold them.
_MOST = 1_000_000_000
_MOST_WORKERS = 256
_MAIL = re.compile(r"mailto:[^\s@<>\"]+@[^\s@<>\"]+")


def check(config: Config, problems: ConfigProblems) -> None:
    """Add a problem for each value that cannot work."""
    _check_site(config, problems)
    _check_numbers(config, problems)
    _check_zone(config, problems)
    _check_topics(config, problems)
    _check_parents(config, problems)
    _check_names(config, problems)
    _check_providers(config, problems)
    _check_private(config, problems)
    _check_texts(config, problems)
    _check_repeats(config, problems)
    if not config.feeds.formats:
        problems.add(("feeds", "formats"), "is empty.", 'Name at least one, such as "atom".')
    for table, path in (("articles", config.articles.path), ("output", config.output.path)):
        if not path.strip():
            problems.add((table, "path"), "is empty.", "Name a folder.")
    if not config.articles.include:
        problems.add(("articles", "include"), "is empty.", 'Name a pattern, such as "**/*.md".')
    check_translation(config, problems)
    check_running(config, problems)
    _check_places(config, problems)
    if error := find_accent_error(config.pages.accent):
        problems.add(("pages", "accent"), *error)
    _check_sources(config, problems)
    _check_own_files(config, problems)
    for text, message, hint in check_own_words(config.site.language, config.pages.words):
        problems.add(("pages", "words", text), message, hint)


def _check_own_files(config: Config, problems: ConfigProblems) -> None:
    """Add a problem for each file of the pages or link that cannot be used."""
    style, folder = config.style_path, config.static_path
    if style is not None and not style.is_file():
        message = f'names the file "{config.pages.css}", which is not there.'
        problems.add(("pages", "css"), message, "Add the file, or name another one.")
    for message, hint in find_own_file_errors(folder) if folder is not None and folder.is_dir() else ():
        problems.add(("pages", "static"), message, hint)
    for name, url in config.pages.links.items():
        if not _MAIL.fullmatch(url):
            _check_url(url, config.site.base_url, ("pages", "links", name), problems)


def _check_repeats(config: Config, problems: ConfigProblems) -> None:
    output = config.output
    for key, noun, values in (
        (("feeds", "formats"), "format", config.feeds.formats),
        (("output", "compress"), "coding", output.compress),
        (("output", "hosts"), "host", output.hosts),
    ):
        if len(set(values)) < len(values):
            problems.add(key, f"names a {noun} twice.")
    if {"netlify", "cloudflare"} <= set(output.hosts):
        problems.add(
            ("output", "hosts"),
            "names netlify and cloudflare, which read the same files.",
            "Name one of them.",
        )


def _check_site(config: Config, problems: ConfigProblems) -> None:
    site = config.site
    if not site.title.strip():
        problems.add(("site", "title"), "is empty.", "Name the site.")
    _check_base_url("site", site.base_url, problems)
    if config.articles.base_url:
        _check_base_url("articles", config.articles.base_url, problems)
    for name in ("icon", "logo"):
        _check_url(getattr(site, name), site.base_url, ("site", name), problems)
    for domain_name, provider in config.providers.items():
        for name in ("icon", "logo", "feed"):
            _check_url(getattr(provider, name), site.base_url, ("providers", domain_name, name), problems)
    _check_language(site.language, ("site", "language"), problems)


def _check_base_url(table: str, url: str, problems: ConfigProblems) -> None:
    if canonicalise(url) is None or set(url) & set("?#"):
        problems.add(
            (table, "base_url"),
            f'"{url}" is not an absolute http(s) URL.',
            "Write all of it, such as https://example.org/news/.",
        )
    elif re.search(r"//|/\.{1,2}(/|$)|\\", url.partition("://")[2]):
        problems.add(
            (table, "base_url"),
            f'"{url}" has an empty part, "." or ".." in its path.',
            "Write each part of the path once, such as https://example.org/news/.",
        )


def _check_sources(config: Config, problems: ConfigProblems) -> None:
    owner: dict[str, str] = {}
    for name, source in config.sources.items():
        key = ("sources", name, "url")
        url = canonicalise(source.url)
        if url is None:
            problems.add(
                key, f'"{source.url}" is not an absolute http(s) URL.', "Name the address of a feed."
            )
        elif owner.setdefault(url, name) != name:
            problems.add(key, f'is that of "{owner[url]}" too.', "Name each feed once.")


def _check_url(url: str, base: str, key: Key, problems: ConfigProblems) -> None:
    if url and canonicalise(url, base) is None:
        problems.add(
            key, f'"{url}" is not a usable URL.', "Write all of it, such as https://example.org/a.png."
        )


def _check_numbers(config: Config, problems: ConfigProblems) -> None:
    for key, number in (
        (("server", "memory"), config.server.memory),
        (("server", "poll"), config.server.poll),
        (("output", "patience"), config.output.patience),
        (("feeds", "limit"), config.feeds.limit),
        (("feeds", "page_size"), config.feeds.page_size),
        (("feeds", "ttl"), config.feeds.ttl),
        (("articles", "max_bytes"), config.articles.max_bytes),
        (("articles", "excerpt_words"), config.articles.excerpt_words),
        (("articles", "max_front_matter"), config.articles.max_front_matter),
        *((("selections", name, "limit"), selection.limit) for name, selection in config.selections.items()),
        *((("private", name, "limit"), private.limit) for name, private in config.private.items()),
        *((("sources", name, "max"), source.max) for name, source in config.sources.items()),
    ):
        if number is not None and not 1 <= number <= _MOST:
            problems.add(key, f"is {number}, but must be from 1 to {_MOST:,}.")

    if not config.freeze.is_usable:
        problems.add(
            ("freeze", "max_removed"),
            f'is "{config.freeze.max_removed}".',
            'Write a number such as 100, or a share from "0%" to "100%".',
        )
    if not 0 <= config.server.workers <= _MOST_WORKERS:
        problems.add(
            ("server", "workers"), f"is {config.server.workers}, but must be from 0 to {_MOST_WORKERS}."
        )


def _check_zone(config: Config, problems: ConfigProblems) -> None:
    try:
        ZoneInfo(config.articles.timezone)
    except (KeyError, ValueError, OSError):
        problems.add(
            ("articles", "timezone"),
            f'"{config.articles.timezone}" is not a known time zone.',
            'Use a name such as "Europe/Berlin" or "UTC".',
        )


def _check_topics(config: Config, problems: ConfigProblems) -> None:
    owner: dict[str, str] = {}
    for name, topic in config.topics.items():
        if topic.slug and not is_slug(topic.slug):
            _refuse_slug(("topics", name, "slug"), topic.slug, problems)
        for spelling in (name, *topic.aliases):
            first = owner.setdefault(fold(spelling), name)
            if first != name:
                problems.add(("topics", name), f'"{spelling}" belongs to topics."{first}" already.')
    slugs: dict[str, str] = {}
    for name, topic in config.topics.items():
        first = slugs.setdefault(topic.slug, name)
        if topic.slug and first != name:
            problems.add(("topics", name, "slug"), f'"{topic.slug}" is the slug of "{first}" already.')


def _check_parents(config: Config, problems: ConfigProblems) -> None:
    parents = {fold(name): fold(topic.parent) for name, topic in config.topics.items() if topic.parent}
    for name in config.topics:
        above = fold(name)
        for _ in parents:
            above = parents.get(above, "")
            if above == fold(name):
                problems.add(("topics", name, "parent"), "leads back to the topic itself.")
                break


def _check_providers(config: Config, problems: ConfigProblems) -> None:
    owner: dict[str, str] = {}
    for name, provider in config.providers.items():
        for spelling in (name, *provider.aliases):
            known = canonicalise_domain(spelling)
            if known is None:
                problems.add(
                    ("providers", name), f'"{spelling}" is not a domain.', 'Write it like "example.org".'
                )
            elif owner.setdefault(known, name) != name:
                problems.add(
                    ("providers", name), f'"{spelling}" belongs to providers."{owner[known]}" already.'
                )


def _check_names(config: Config, problems: ConfigProblems) -> None:
    for name, selection in config.selections.items():
        if not is_slug(name):
            _refuse_slug(("selections", name), name, problems)
        if selection.window and selection.window_seconds is None:
            hint = 'Write it like "12h", "7d" or "4w".'
            problems.add(
                ("selections", name, "window"), f'"{selection.window}" is not a length of time.', hint
            )
        if selection.window and selection.sort != "quality":
            problems.add(("selections", name, "window"), 'goes with sort = "quality" only.')
        if selection.digest and selection.sort != "date":
            problems.add(
                ("selections", name, "digest"),
                "cannot be sorted: a digest lists its best articles first anyway.",
            )
        if selection.language:
            _check_language(selection.language, ("selections", name, "language"), problems)


def _check_language(tag: str, key: Key, problems: ConfigProblems) -> None:
    if not is_language(tag):
        problems.add(key, f'"{tag}" is not a language tag.', 'Use a form such as "en" or "pt-BR" (BCP 47).')


def _refuse_slug(key: Key, slug: str, problems: ConfigProblems) -> None:
    problems.add(key, f'"{slug}" cannot stand in an address.', "Use a-z, 0-9 and single hyphens.")


def _check_places(config: Config, problems: ConfigProblems) -> None:
    """Add a problem for each missing folder and for each unusable address."""
    for key, path in (
        (("articles", "path"), "" if config.articles_address else config.articles.path),
        (("topics", "path"), config.topics_path),
        (("providers", "path"), config.providers_path),
        (("pages", "templates"), config.pages.templates),
        (("pages", "static"), config.pages.static),
    ):
        if path and not config.locate(path).is_dir():
            message = f'names the folder "{path}", which is not there.'
            problems.add(key, message, "Make the folder, or name the one that you mean.")
    for section, path in (("articles", config.articles.path), ("output", config.output.path)):
        found = find_address_error(path) if is_address(path) else None
        if found:
            problems.add((section, "path"), *found)
    if config.output_address:
        _check_output(config, config.output_address, problems)
    elif error := find_output_error(config):
        problems.add(("output", "path"), *error)


def _check_output(config: Config, address: str, problems: ConfigProblems) -> None:
    """Refuse what an object store cannot do, since it follows no rules of ours."""
    if set(config.output.compress) - {"gzip"}:
        problems.add(
            ("output", "compress"),
            "names a coding that readers may not know: an object store sends it to all of them.",
            'Write ["gzip"] or [].',
        )
    if config.output.hosts:
        problems.add(
            ("output", "hosts"),
            "goes with an output folder only: an object store knows no such rules.",
            f"Take it out; {make_page_address('guides/object-stores')} says what to set at the store.",
        )
    if config.articles_address and f"{address}/".startswith(f"{config.articles_address}/"):
        problems.add(
            ("output", "path"), "is among the articles, and would be read as such.", "Choose another folder."
        )


_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _check_private(config: Config, problems: ConfigProblems) -> None:
    """Add a problem for each private feed that cannot work; ignore its token."""
    for name, private in config.private.items():
        key = ("private", name)
        if not is_slug(name):
            problems.add(key, "cannot stand in an address.", "Use a-z, 0-9 and single hyphens.")
        if private.language and not is_language(private.language):
            problems.add((*key, "language"), "is not a language tag.", 'Use a form such as "en" (BCP 47).')
        _check_source(key, private, problems)
        _check_file(key, private, config, problems)


def _check_source(key: Key, private: PrivateConfig, problems: ConfigProblems) -> None:
    hint = "Name the environment variable or the file that holds the token; it never stands in this file."
    if bool(private.token_env) == bool(private.token_file):
        problems.add(key, "needs one of token_env and token_file.", hint)
    if private.token_env and not _VARIABLE.fullmatch(private.token_env):
        problems.add((*key, "token_env"), "is not the name of an environment variable.", hint)


def _check_file(key: Key, private: PrivateConfig, config: Config, problems: ConfigProblems) -> None:
    path = config.locate(private.token_file)
    if private.token_file and path.resolve().is_relative_to(config.articles_path.resolve()):
        problems.add(
            (*key, "token_file"),
            "is in the folder of articles, and might be published with it.",
            "Move the file out of that folder.",
        )


# Keys of texts that feeds and pages show.
_SHOWN = {"title", "description", "author", "rights", "name", "footer"}


def _check_texts(config: Config, problems: ConfigProblems) -> None:
    """Add a problem for each text that feeds may not hold or would not show as it is."""
    for key, text in _list_texts(config, ()):
        if has_unwanted(text) or "\x00" in text:
            problems.add(key, "holds characters that no feed may hold.", "Retype it.")
        elif key[-1] in _SHOWN and to_plain_text(text) != " ".join(text.split()):
            problems.add(key, "holds tags or entities.", "Write plain text; it is shown as it is written.")
    for name, selection in config.selections.items():
        if not selection.title.strip():
            problems.add(("selections", name, "title"), "is empty.", "Name the selection.")


def _list_texts(value: Any, key: Key) -> Iterator[tuple[Key, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _list_texts(getattr(value, name), (*key, name))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield (*key, name), name
            yield from _list_texts(item, (*key, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _list_texts(item, key)
