"""Describe config.toml and front matter as JSON Schema (2020-12), for editors.

What is said of a key of config.toml is its paragraph in the docstring of its table; the documentation shows the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec

from feeds.articles.unknown_fields import KNOWN
from feeds.config.channel_tables import SelectionConfig
from feeds.config.schema import Tables
from feeds.errors import StorageError
from feeds.lib.storage.files import read_file, replace_file

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# This marks a file that we wrote and may replace.
MARK = "Written by `feeds schema`."
_LONGEST = 1_000_000
Schema = dict[str, Any]
# What a docstring says about a key: a paragraph that begins with its name and a colon.
_KEY = re.compile(r"^[ ]*``(\w+)``: (.+(?:\n {8,}\S.*)*)", re.MULTILINE)
# Tables of named tables that also have one ordinary key.
_WITH_PATH = ("topics", "providers")


def make_config_schema() -> Schema:
    """Return the schema of config.toml: it accepts what `feeds check` accepts.

    It accepts no unknown key.
    """
    made = msgspec.json.schema(Tables)
    definitions = made["$defs"]
    for table in list_tables():
        definition = definitions[table.__name__]
        definition["additionalProperties"] = False
        definition["description"] = _read_first_line(table)
        said = read_descriptions(table)
        for name, value in definition["properties"].items():
            # Beside a reference, too: that is allowed since 2019-09.
            value["description"] = said.get(name, "")
    tables = definitions.pop(Tables.__name__)
    tables["additionalProperties"] = False
    for name in _WITH_PATH:
        described = tables["properties"][name]
        entry = described["additionalProperties"]
        path = {"type": "string", "description": "A folder of files, relative to config.toml."}
        # A topic may have this name, too.
        described["properties"] = {"path": {"anyOf": [path, entry]}}
    selection = definitions[SelectionConfig.__name__]
    # A retired selection needs no title, because no page or feed shows it.
    del selection["required"]
    selection["anyOf"] = [
        {"required": ["title"]},
        {"properties": {"retired": {"const": True}}, "required": ["retired"]},
    ]
    for table_of_tables in tables["properties"].values():
        # The defaults of each key are in its own table.
        table_of_tables.pop("default", None)
        reference = table_of_tables.get("$ref") or table_of_tables["additionalProperties"]["$ref"]
        table_of_tables["description"] = definitions[reference.rpartition("/")[2]]["description"]
    about = {"$schema": DIALECT, "title": "The configuration of feeds (config.toml)", "$comment": MARK}
    return {
        **about,
        **{name: value for name, value in tables.items() if name != "title"},
        "$defs": definitions,
    }


def list_tables() -> Iterator[type[msgspec.Struct]]:
    """Yield the types of the tables of config.toml."""
    for field in msgspec.structs.fields(Tables):
        kinds = [one for one in (field.type, *get_args(field.type)) if isinstance(one, type)]
        yield from (kind for kind in kinds if issubclass(kind, msgspec.Struct))


def read_descriptions(table: type[msgspec.Struct]) -> dict[str, str]:
    """Return what the docstrings of a table and of its bases say of each key."""
    said: dict[str, str] = {}
    for one in reversed(table.__mro__):
        said |= {key: _join_lines(text) for key, text in _KEY.findall(one.__doc__ or "")}
    return said


def _read_first_line(table: type[msgspec.Struct]) -> str:
    return _join_lines((table.__doc__ or "").partition("\n")[0])


def _join_lines(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")


# Numbers, dates and truth values are read as they are written.
_TEXT: Schema = {"type": ["string", "number", "boolean"]}
_NAME: Schema = {"type": ["string", "number", "boolean"], "maxLength": 200}
_NAMES: Schema = {
    "anyOf": [_NAME, {"type": "array", "items": {"anyOf": [_NAME, {"type": "null"}]}, "maxItems": 200}]
}
_DATE: Schema = {"type": ["string", "integer"], "maxLength": 100}
_NUMBER: Schema = {"anyOf": [{"type": "number", "minimum": -(10**9), "maximum": 10**9}, {"type": "string"}]}
_URL: Schema = {"type": "string", "maxLength": 8000}
_SWITCH: Schema = {"anyOf": [{"type": "boolean"}, {"enum": ["true", "false", "yes", "no", "on", "off"]}]}
_DURATION: Schema = {"type": ["string", "number"]}


def _describe_mapping(properties: dict[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    empty: Schema = {"type": "null"}
    return {
        "type": "object",
        "properties": {name: {"anyOf": [value, empty]} for name, value in properties.items()},
        "required": list(required),
    }


def _describe_list(item: Schema, text: Schema) -> Schema:
    """Return the schema of a list of mappings, of texts in their place, or of one."""
    one = {"anyOf": [item, text, {"type": "null"}]}
    return {"anyOf": [one, {"type": "array", "items": one, "maxItems": 200}]}


_PICTURES = _describe_list(
    _describe_mapping(
        {"url": _URL, "width": _NUMBER, "height": _NUMBER, "title": _TEXT, "attribution": _TEXT}, ("url",)
    ),
    _URL,
)
_AUTHORS = _describe_list(_describe_mapping({"name": _TEXT}, ("name",)), {"type": "string"})
_PROVIDER: Schema = {
    "anyOf": [
        _TEXT,
        _describe_mapping(
            {"name": _TEXT, "domain": {"type": "string"}, "authors": _AUTHORS, "images": _PICTURES}
        ),
    ]
}
_RELATED = _describe_list(
    _describe_mapping(
        {
            "title": _TEXT,
            "webUrl": _URL,
            "originalUrl": _URL,
            "provider": _describe_mapping({"name": _TEXT}),
            "publishedDateTime": _DATE,
        },
        ("title",),
    ),
    _URL,
)
_FILM: Schema = {
    "anyOf": [{"type": "string"}, _describe_mapping({"url": _URL, "type": {"type": "string"}}, ("url",))]
}
_ANY: Schema = {}
# Each field of an article: what it may be, and what it says.
ARTICLE_FIELDS: dict[str, tuple[Schema, str]] = {
    "title": (_TEXT, "What the article is called, in plain text. Required."),
    "excerpt": (_TEXT, "The summary, in plain text."),
    "publishedDateTime": (
        _DATE,
        "When it was published, such as 2024-07-24T09:36:00Z; it orders the feeds, newest first. Required.",
    ),
    "updatedDateTime": (_DATE, "When the article says that it changed."),
    "webUrl": (
        _URL,
        "Where to read it, if that is not originalUrl: then this is the link, and originalUrl the source.",
    ),
    "originalUrl": (_URL, "The address of what it is about; its id is made of it, unless it has one."),
    "sourceUrl": (_URL, "Where the curator found it."),
    "id": (_TEXT, "An id of your own, as it is in every format."),
    "type": (_TEXT, "What it is, such as article or video."),
    "provider": (_PROVIDER, "Who published what it is about: name and domain, authors, images."),
    "topics": (_NAMES, "Its topics, which have feeds."),
    "category": (_NAMES, "Its category, which has a feed."),
    "categories": (_NAMES, "Its categories, which have feeds."),
    "tags": (_NAMES, "Names that are not topics; with `tags.feeds` they have feeds, too."),
    "quality": (_NUMBER, "How good it is: a number that selections can ask for."),
    "heat": (_NUMBER, "How much it is talked about: a number that selections can ask for."),
    "locale": (_TEXT, "Its language, such as pt-BR, if that is not the site's."),
    "images": (_PICTURES, "Its pictures: addresses, or url with width, height, title and attribution."),
    "featuredContent": (_FILM, "A film or sound: its address, HTML, or url and type."),
    "length": (_DURATION, "How long that is: 14:53, PT14M53S, 15 min, or seconds."),
    "related": (_RELATED, "Other pieces on the subject: title, webUrl, provider."),
    "draft": (_SWITCH, "Whether it is a draft, which no feed shows."),
    "published": (_SWITCH, "Whether it is public; it is if this is left out."),
    "removed": (_SWITCH, "Whether it was taken back."),
    "deleted": (_SWITCH, "Whether it was taken back."),
    "secured": (_ANY, "What never leaves the file, whatever it holds."),
    **dict.fromkeys(("actions", "price", "ampWebUrl", "cdnAmpWebUrl"), (_ANY, "Is not shown.")),
}


def make_article_schema() -> Schema:
    """Return the schema of the front matter of an article.

    It accepts what `feeds check` accepts, but for fields of other programs: it knows only ours.
    """
    assert ARTICLE_FIELDS.keys() == KNOWN  # noqa: S101 - a test says so, too
    hidden = [("draft", True), ("published", False), ("removed", True), ("deleted", True)]
    return {
        "$schema": DIALECT,
        "title": "The front matter of an article of feeds",
        "$comment": MARK,
        "type": "object",
        "properties": {
            name: {"description": said, **({"anyOf": [schema, {"type": "null"}]} if schema else {})}
            for name, (schema, said) in ARTICLE_FIELDS.items()
        },
        "additionalProperties": False,
        "anyOf": [
            {"required": ["title", "publishedDateTime"]},
            # What is not shown may still be incomplete.
            *({"properties": {name: {"const": value}}, "required": [name]} for name, value in hidden),
        ],
    }


def format_schema(name: str) -> str:
    """Return one of the schemas as JSON: "article" or "config"."""
    made = make_article_schema() if name == "article" else make_config_schema()
    return json.dumps(made, indent=2, ensure_ascii=False)


def write_schema(name: str, file: Path) -> None:
    """Write a schema into a file.

    Raises :class:`StorageError` if the file is there and not ours.
    """
    try:
        before = read_file(file, _LONGEST).decode("utf-8", "replace")
    except FileNotFoundError:
        before = MARK
    except OSError as error:
        raise StorageError(f"{file}: cannot be read: {error.strerror}.") from None
    if MARK not in before:
        raise StorageError(f"{file}: is there already, and `feeds schema` did not write it. Rename it.")
    replace_file(file, f"{format_schema(name)}\n".encode())
