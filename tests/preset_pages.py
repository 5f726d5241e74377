"""Prints what the presets say, for the pages of docs/start/generators.

``python tests/preset_pages.py`` writes the tables into the pages anew.
"""

from __future__ import annotations

import re
from pathlib import Path

from feeds.articles.presets import Preset, TranslationRules
from feeds.articles.presets.field_names import COMMON_FIELDS, OTHER_NAMES
from feeds.articles.presets.tables import PRESETS
from feeds.articles.translate import list_fields

PAGES = Path(__file__).resolve().parents[1] / "docs" / "start" / "generators"
_TABLE = re.compile(r"(<!-- from the preset -->\n).*?(<!-- end -->)", re.DOTALL)
_IDS = {
    "permalink": "the address of the post",
    "jekyll": "the address of the post with its slug at the end and no ending of a file",
    "tag": "a `tag:` URI of the host, the day and the path",
}
_SLUGS = {
    "name": "the name of the file, without a day before it",
    "file": "the name of the file",
    "title": "made of the title",
    "dated-path": "the path, with its day as folders",
}
_FOLDERS = {
    "category": "categories of the post",
    "topic": "topics of the post",
    "none": "parts of the address only",
}
_NOT_SHOWN = frozenset(
    {"slug", "expires", "webUrl", "sourceUrl", "featuredContent", "related", "quality", "heat"}
)


def _code(texts: object) -> str:
    return ", ".join(f"`{text}`" for text in texts) if isinstance(texts, (tuple, list)) else f"`{texts}`"


def print_preset(name: str) -> str:
    """Return the table of one preset."""
    preset = PRESETS[name]  # type: ignore[index]
    rows = [
        ("files", _code(preset.include) + (f", but {_code(preset.exclude)}" if preset.exclude else "")),
        *_list_fields(name, preset),
        ("the default of `permalink`", _code(preset.styles.get(preset.permalink, preset.permalink))),
        ("its other names", ", ".join(f"`{style}`" for style in preset.styles)),
        ("parts that it may have", _code(tuple(preset.placeholders))),
        ("an address of its own", _code(preset.address)),
        ("the slug", f"`slug`, else {_SLUGS[preset.slug]}"),
        (
            "the day in an address",
            "that of `timezone`" if preset.zone == "site" else "as the author wrote it",
        ),
        ("folders", _FOLDERS[preset.folders]),
        ("files beside posts", _describe_static(preset)),
        ("the id of an entry", f"{_IDS[preset.id]} ({preset.source})"),
        ("the feed that it replaces", _code(preset.old_feed)),
    ]
    lines = [f"| {what} | {value} |" for what, value in rows if value]
    return "\n".join(["| what | from |", "| --- | --- |", *lines, ""])


def _describe_static(preset: Preset) -> str:
    named = _code(tuple(f"{folder}/" for folder in preset.static if folder))
    return f"beside the post, and in {named or 'the folder of the site'}"


def _list_fields(name: str, preset: Preset) -> list[tuple[str, str]]:
    """List the names of each field, without those that are read last for every generator."""
    table = list_fields(TranslationRules(preset=name), preset)  # type: ignore[arg-type]
    named = ((field, tuple(".".join(map(str, key)) for key in keys)) for field, _, keys in table)
    shown = []
    for field, keys in named:
        hidden = {field.lower()} | set(OTHER_NAMES.get(field, ())) - set(preset.fields.get(field, ()))
        if field in COMMON_FIELDS and field not in _NOT_SHOWN:
            shown.append((f"`{field}`", _code(tuple(key for key in keys if key not in hidden))))
    return shown


def fill(page: str, name: str) -> str:
    """Return a page with the table of its preset."""
    return _TABLE.sub(lambda match: f"{match[1]}\n{print_preset(name)}\n{match[2]}", page)


if __name__ == "__main__":
    for each in PRESETS:
        file = PAGES / f"{each}.md"
        file.write_text(fill(file.read_text(), each))
