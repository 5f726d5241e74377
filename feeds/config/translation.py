"""Makes and checks the rules by which other generators' articles are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, get_args

from feeds.config.from_toml import ConfigProblems
from feeds.lib.storage.file_names import to_system
from feeds.model import DateOrder, PresetName

if TYPE_CHECKING:
    from feeds.articles.presets import Preset, TranslationRules
    from feeds.config.schema import Config

_SWITCHES = frozenset(
    {"published", "draft", "removed", "deleted", "id", "title", "publishedDateTime", "secured"}
)
_INNER = frozenset({"provider.name", "provider.domain", "provider.authors", "provider.images"})
_MADE = frozenset({"slug", "expires"})
# The folder of a site's main language may have its code or its name.
_NAMES_OF_LANGUAGES = frozenset([
    "arabic", "chinese", "czech", "danish", "dutch", "english", "finnish", "french", "german", "greek", "hebrew",
    "hindi", "hungarian", "indonesian", "italian", "japanese", "korean", "norwegian", "persian", "polish",
    "portuguese", "romanian", "russian", "spanish", "swedish", "turkish", "ukrainian", "vietnamese",
])  # fmt: skip
_MOST_BYTES = 1_000_000
# All texts that posts may include.
_MOST_INCLUDED = 1_000_000
# A folder of posts is in the folder of the site, perhaps in that of a section.
_MOST_ABOVE = 2
_CONFIGS_OF_JEKYLL = ("_config.yml", "_config.yaml")


def apply_preset(table: dict[str, Any]) -> None:
    """Name the files that are articles for a table's preset, unless the table does."""
    articles = table.get("articles")
    name: Any = articles.get("preset") if isinstance(articles, dict) else None
    if isinstance(articles, dict) and name in get_args(PresetName):
        preset = _find_preset(name)
        articles.setdefault("include", list(preset.include))
        articles.setdefault("exclude", list(preset.exclude))


def make_translation_rules(config: Config) -> TranslationRules | None:
    """Return how other generators' front matter is read, None if all is ours."""
    one = config.articles
    if not (one.preset or one.permalink or one.fields or one.defaults or one.folders or one.date_order):
        return None
    # Loaded for the sites that need it.
    from feeds.articles.presets import TranslationRules

    return TranslationRules(
        preset=one.preset,
        base_url=one.base_url,
        permalink=one.permalink,
        id=one.id,
        language=config.site.language,
        folders=one.folders,
        prefix=_find_prefix(config) if one.preset else "",
        fields={name: (keys,) if isinstance(keys, str) else keys for name, keys in one.fields.items()},
        defaults=one.defaults,
        authors=_read_authors(config) if one.preset else "",
        date_order=one.date_order,
        includes=_read_includes(config) if one.preset in ("quarto", "jekyll") else {},
        parents=_find_parents(config) if one.preset == "jekyll" else (),
    )


def find_companion_ending(config: Config) -> str:
    """Return the ending of files with the front matter of posts beside them, or ""."""
    return _find_preset(config.articles.preset).companion if config.articles.preset else ""


def has_bundles(config: Config) -> bool:
    """Return whether the files beside an index file are a part of its article."""
    name = config.articles.preset
    return _find_preset(name).has_bundles if name else False


def _find_preset(name: PresetName) -> Preset:
    # Loaded for the sites that name one.
    from feeds.articles.presets.tables import PRESETS

    return PRESETS[name]


def _find_prefix(config: Config) -> str:
    """Return the folders from which addresses start, above that of the articles."""
    preset = _find_preset(config.articles.preset or "hugo")
    parts = [part for part in PurePosixPath(config.articles.path).parts if part not in (".", "..", "/")]
    if config.articles_address is None:
        folder = config.articles_path.absolute()
        for above in (folder, *folder.parents[: len(folder.parents) - 1]):
            if any((above / to_system(marker)).exists() for marker in preset.markers):
                return folder.relative_to(above).as_posix().strip(".")
    places = [n for n, part in enumerate(parts) if part in preset.roots]
    if places:
        parts = parts[places[-1] + 1 :]
    elif "" not in preset.roots or config.articles_address is not None or config.articles.path[:1] == "/":
        parts = []
    # Loaded with the presets.
    from feeds.articles.presets.post_names import LANGUAGES

    known = LANGUAGES | _NAMES_OF_LANGUAGES
    if preset.has_language_suffix and len(parts) > 1 and parts[0].partition("-")[0] in known:
        # The folder of the site's main language, which addresses do not have.
        del parts[0]
    return "/".join(part for part in parts if part != "_posts")


def _find_parents(config: Config) -> tuple[str, ...]:
    """Return the folders of a Jekyll site in which that of the posts lies."""
    if config.articles_address is not None:
        return ()
    folder = config.articles_path.absolute()
    files = (above / name for above in (folder, *folder.parents) for name in _CONFIGS_OF_JEKYLL)
    file = next((one for one in files if one.is_file()), None)
    if file is None:
        return ()
    parts = folder.relative_to(file.parent).parts
    if "_posts" in parts:
        parts = parts[: parts.index("_posts")]
    try:
        with file.open("rb") as opened:
            written = opened.read(_MOST_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        written = ""
    # Posts are looked for in these, whose names say nothing.
    for folders in re.findall(r"""(?m)^(?:source|collections_dir)[ \t]*:[ \t]*["']?([^\s"'#]+)""", written):
        root = PurePosixPath(folders).parts
        if parts[: len(root)] == root:
            parts = parts[len(root) :]
    return tuple(part for part in parts if not part.startswith("_"))


def _read_authors(config: Config) -> str:
    """Return the generator's file that lists authors by their keys, "" without one."""
    name = _find_preset(config.articles.preset or "hugo").authors_file
    file = config.articles_path / name
    if not name or config.articles_address is not None or not file.is_file():
        return ""
    try:
        with file.open("rb") as opened:
            return opened.read(_MOST_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return ""


def get_date_order(name: str) -> DateOrder:
    """Return how a generator reads 01/02/2024, "" if it does not."""
    # Loaded for the sites that have one.
    from feeds.articles.presets.tables import PRESETS

    return next((preset.date_order for known, preset in PRESETS.items() if known == name), "")


def _read_includes(config: Config) -> dict[str, str]:
    """Return the texts of files that posts may include, by their paths.

    Those of Quarto are no posts by their names, in the folder of articles; those of Jekyll are in ``_includes``.
    """
    folder, patterns = config.articles_path, ("_*.qmd", "_*.md")
    if config.articles.preset == "jekyll":
        around = (folder / "_includes", *(one / "_includes" for one in folder.parents[:_MOST_ABOVE]))
        folder, patterns = next((one for one in around if one.is_dir()), around[0]), ("*.md", "*.markdown")
    if config.articles_address is not None or not folder.is_dir():
        return {}
    root, found, left = folder.resolve(), dict[str, str](), _MOST_INCLUDED
    for file in sorted(file for pattern in patterns for file in folder.rglob(pattern)):
        try:
            path = file.relative_to(folder).as_posix()
            path.encode()
            if file.resolve().is_relative_to(root) and file.is_file() and file.stat().st_size <= left:
                found[path] = file.read_bytes()[:left].decode("utf-8-sig", "replace")
                left -= len(found[path])
        except (OSError, UnicodeEncodeError):
            continue
    return found


def is_known_permalink(name: str, pattern: str) -> bool:
    """Return whether addresses can be made by a pattern of a generator."""
    # Loaded for the sites that have one.
    from feeds.articles.presets import OWN, UnknownPartError, check_pattern
    from feeds.articles.presets.tables import PRESETS

    preset = next((preset for known, preset in PRESETS.items() if known == name), None)
    try:
        check_pattern(pattern, preset or OWN)
    except UnknownPartError:
        return False
    return preset is not None


def check_translation(config: Config, problems: ConfigProblems) -> None:
    """Add a problem for each unusable value about other generators' articles."""
    one = config.articles
    if one.permalink:
        _check_permalink(config, problems)
    if one.fields or one.defaults:
        _check_fields(config, problems)


def _check_permalink(config: Config, problems: ConfigProblems) -> None:
    # Loaded for the sites that have one.
    from feeds.articles.presets import OWN, UnknownPartError, check_pattern

    preset = _find_preset(config.articles.preset) if config.articles.preset else OWN
    key = ("articles", "permalink")
    try:
        check_pattern(config.articles.permalink, preset)
    except UnknownPartError as error:
        known = ", ".join(preset.placeholders)
        problems.add(key, f'has "{error}", which {preset.title} does not know.', f"Known are: {known}.")
    if not config.articles.base_url:
        problems.add(key, "needs articles.base_url.", "Write where the articles are.")


def is_plain(fields: Iterable[str], defaults: Mapping[str, Any]) -> bool:
    """Return whether fields and defaults are surely right, without loading a reader."""
    from feeds.articles.presets.field_names import COMMON_FIELDS

    return COMMON_FIELDS.keys() >= set(fields) and all(
        _is_plain_value(name, value) for name, value in defaults.items()
    )


def _is_plain_value(name: str, value: object) -> bool:
    if name == "provider":
        return isinstance(value, dict) and all(
            _is_plain_value(f"provider.{key}", inner) for key, inner in value.items()
        )
    texts = value if isinstance(value, list) else [value]
    form = _PLAIN.get(name)
    return (
        form is not None
        and (name.endswith("s") or not isinstance(value, list))
        and all(isinstance(text, str) and re.fullmatch(form, text) for text in texts)
    )


# Compiled for the sites that need them.
_NAME = r"[A-Za-z][\w.+-]*(?: [\w.+-]+)*"
_PLAIN = {
    **dict.fromkeys(("topics", "categories", "tags", "provider.name", "provider.authors"), _NAME),
    "locale": r"[a-z]{2}(?:-[A-Z]{2})?",
    "provider.domain": r"(?:[a-z][a-z0-9]*\.)+[a-z]{2,}",
}


def _check_fields(config: Config, problems: ConfigProblems) -> None:
    if is_plain(config.articles.fields, config.articles.defaults):
        return
    # Loaded for the sites that need them.
    from feeds.articles.frontmatter import FrontMatter
    from feeds.articles.positions import Split
    from feeds.articles.reader import Reader, ReadingRules
    from feeds.articles.unknown_fields import KNOWN

    known = ", ".join(sorted(KNOWN - _SWITCHES))
    for name in config.articles.fields:
        if name not in KNOWN and name not in _INNER | _MADE:
            problems.add(
                ("articles", "fields", name), "is not a field of an article.", f"Known are: {known}."
            )
    for name in config.articles.defaults:
        if name not in KNOWN - _SWITCHES:
            problems.add(("articles", "defaults", name), "cannot have a default.", f"Possible are: {known}.")
    values = {"title": "x", "publishedDateTime": "2000-01-01", "webUrl": "https://example.org/"}
    values |= config.articles.defaults
    reader = Reader(ReadingRules("UTC", config.site.base_url, _MOST_BYTES))
    found = reader.interpret("", FrontMatter(values, "", Split("", 1, "-", ""), None))
    for problem in found.problems:
        if problem.code != "unknown-field":
            message = f"{problem.field} {problem.message}".strip()
            problems.add(("articles", "defaults"), message, problem.hint)
