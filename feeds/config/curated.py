"""Reads the curators' topics and providers: folders with one file for each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec

from feeds.articles import frontmatter
from feeds.articles.fields import Fields, Key
from feeds.articles.media_fields import read_images
from feeds.articles.positions import FrontMatterError, Split, find_source, make_problem
from feeds.config.channel_tables import ProviderConfig, TopicConfig
from feeds.config.schema import Config, Curated
from feeds.lib.storage.file_names import from_system
from feeds.lib.storage.files import read_file
from feeds.lib.storage.stray_files import find_stray_files
from feeds.lib.text.identifiers import fold, is_slug
from feeds.lib.text.urls import canonicalise_domain
from feeds.model import Problem, ProblemCode, Severity, choose_icon_and_logo

_ENDINGS = {".yaml", ".yml", ".md", ".txt"}


def read_curated(config: Config) -> tuple[Config, tuple[Problem, ...]]:
    """Add the contents of the folders of topics and providers to the configuration.

    A file that cannot be read is a problem; the others still count.
    """
    problems: list[Problem] = []
    topics: dict[str, TopicConfig] = {}
    providers: dict[str, ProviderConfig] = {}
    for fields in _read_files(config, config.topics_path, problems):
        name = fields.read_text("name")
        if not name:
            fields.note_problem("missing-name", "error", "name", "is missing.", "Write the topic's name.")
        elif fold(name) in {fold(other) for other in topics}:
            fields.note_problem(
                "duplicate-topic", "error", "name", f'"{name}" has a file already.', "Keep one of them."
            )
        else:
            topics[name] = _read_topic(fields)
    for fields in _read_files(config, config.providers_path, problems):
        known = canonicalise_domain(fields.read_text("domain") or fields.read_text("_id"))
        if known is None:
            fields.note_problem(
                "bad-domain", "error", "domain", "is missing or no domain.", 'Write it like "example.org".'
            )
        else:
            providers[known] = _read_provider(fields)
    curated = Curated(topics, providers)
    return msgspec.structs.replace(config, curated=curated), tuple(problems)


def _read_topic(fields: Fields) -> TopicConfig:
    slug = fields.read_text("slug") or fields.read_text("_id")
    if slug and not is_slug(slug):
        fields.note_problem(
            "bad-slug", "warning", "_id", f'"{slug}" cannot stand in an address.', "Its name is used instead."
        )
        slug = ""
    return TopicConfig(
        slug=slug,
        title=fields.read_text("title"),
        description=fields.read_text("description"),
        aliases=fields.read_texts("aliases"),
        parent=fields.read_text("parent"),
        include_children=fields.read_flag("include_children", default=False) is True,
    )


def _read_provider(fields: Fields) -> ProviderConfig:
    icon, logo = choose_icon_and_logo(read_images(fields))
    return ProviderConfig(
        name=fields.read_text("name"),
        description=fields.read_text("description"),
        icon=icon,
        logo=logo.url if logo else "",
        feed=fields.read_url("feed"),
        aliases=fields.read_texts("aliases"),
    )


def _read_files(config: Config, folder: str, problems: list[Problem]) -> Iterator[Fields]:
    """Yield the fields of each file of a folder, by name, and note problems."""
    if not folder:
        return
    for path in sorted(config.locate(folder).iterdir()):
        if path.suffix not in _ENDINGS or path.name.startswith("."):
            continue
        start = None if config.articles_address else config.articles_path
        shown = from_system(path if start is None else os.path.relpath(path, start))
        if what := find_stray_files([path.name]).get(path.name):
            problems.append(
                Problem(
                    "stray-file", "warning", shown, f"is {what}.", "It is left out. Delete it, or rename it."
                )
            )
            continue
        try:
            matter = _parse(path, config.articles.max_bytes)
        except FrontMatterError as error:
            problems.append(error.make_problem(shown))
        except (OSError, UnicodeDecodeError) as error:
            problems.append(
                Problem("unreadable", "error", shown, f"cannot be read: {error}.", "Save it as UTF-8.")
            )
        else:
            yield Fields(
                matter.fields,
                _make_note(shown, matter.split, problems),
                config.site.base_url,
                partial(find_source, matter.split),
            )


def _parse(path: Path, max_bytes: int) -> frontmatter.FrontMatter:
    text = read_file(path, max_bytes).decode("utf-8-sig")
    return frontmatter.parse_yaml(text) if path.suffix in (".yaml", ".yml") else frontmatter.parse(text)


def _make_note(
    path: str, split: Split, problems: list[Problem]
) -> Callable[[ProblemCode, Severity, Key, str, str], None]:
    def note(code: ProblemCode, severity: Severity, key: Key, message: str, hint: str) -> None:
        problems.append(make_problem(path, split, (code, severity, key, message, hint)))

    return note
