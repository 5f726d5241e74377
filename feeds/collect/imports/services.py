"""What services call their columns, and how a row of theirs becomes a record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from feeds.collect.imports.records import (
    LONGEST_EXCERPT,
    LONGEST_NAME,
    MOST_NAMES,
    USUAL_FOLDERS,
    Record,
    drop_empty,
    make_title,
    name_provider,
    read_address,
    read_line,
    read_moment,
)
from feeds.errors import FeedsError
from feeds.lib.text.dates import parse_length
from feeds.lib.text.languages import is_language
from feeds.lib.text.plain import find_nearest, remove_unwanted, shorten

Row = Mapping[str, Any]


class Service(NamedTuple):
    """An export: its name, the columns that identify it, and the fields they become.

    A column is a dotted path in JSON; of several, the first that says something counts. ``items`` is the key
    under which JSON lists the rows, ``separator`` is between names in one text. With the value of ``private``
    in its column, a row is not for others.
    """

    name: str
    signs: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    separator: str = r"\s*[,;|]\s*"
    private: tuple[str, object] | None = None
    items: str = ""


_BLANKS = r"\s+"
SERVICES: tuple[Service, ...] = (
    Service(
        "an export of wallabag",
        ("url", "is_archived", "created_at"),
        {
            "title": ("title",), "originalUrl": ("url", "given_url"), "publishedDateTime": ("created_at",),
            "excerpt": ("content",), "tags": ("tags",), "authors": ("published_by",), "locale": ("language",),
            "images": ("preview_picture",), "text": ("content",),
        },
    ),
    Service(
        "an export of Pinboard",
        ("href", "description", "extended", "toread"),
        {
            "title": ("description",), "originalUrl": ("href",), "publishedDateTime": ("time",),
            "excerpt": ("extended",), "tags": ("tags",),
        },
        separator=_BLANKS, private=("shared", "no"),
    ),
    Service(
        "an export of linkding",
        ("url", "tag_names", "date_added"),
        {
            "title": ("title", "website_title"), "originalUrl": ("url",), "publishedDateTime": ("date_added",),
            "excerpt": ("description", "notes", "website_description"), "tags": ("tag_names",),
            "images": ("preview_image_url",),
        },
        private=("shared", False), items="results",
    ),
    Service(
        "an export of Karakeep",
        ("createdat", "content", "tags"),
        {
            "title": ("title", "content.title"), "originalUrl": ("content.url", "content.sourceUrl"),
            "publishedDateTime": ("createdAt",), "excerpt": ("note", "summary", "content.description"),
            "tags": ("tags",), "images": ("content.imageUrl",), "authors": ("content.author",), "text": ("content.text",),
        },
        items="bookmarks",
    ),
    Service(
        "an export of Raindrop.io",
        ("title", "note", "excerpt", "url", "folder", "created"),
        {
            "title": ("title",), "originalUrl": ("url",), "publishedDateTime": ("created",),
            "excerpt": ("note", "excerpt"), "tags": ("tags",), "folder": ("folder",), "images": ("cover",),
        },
    ),
    Service(
        "an export of Pocket",
        ("title", "url", "time_added"),
        {
            "title": ("title",), "originalUrl": ("url",), "publishedDateTime": ("time_added",), "tags": ("tags",),
        },
        separator=r"\s*[|,]\s*",
    ),
    Service(
        "an export of Instapaper",
        ("url", "title", "selection", "folder", "timestamp"),
        {
            "title": ("Title",), "originalUrl": ("URL",), "publishedDateTime": ("Timestamp",),
            "excerpt": ("Selection",), "tags": ("Tags",), "folder": ("Folder",),
        },
    ),
    Service(
        "an export of Readwise Reader",
        ("title", "url", "document tags", "saved date"),
        {
            "title": ("Title",), "originalUrl": ("URL",), "publishedDateTime": ("Saved date",), "tags": ("Document tags",),
        },
    ),
    Service(
        "an export of Omnivore",
        ("url", "slug", "savedat", "labels"),
        {
            "title": ("title",), "originalUrl": ("url",), "publishedDateTime": ("savedAt",),
            "excerpt": ("description",), "tags": ("labels",), "authors": ("author",), "images": ("thumbnail",),
        },
    ),
    Service(
        "a list of starred items",
        ("title", "origin", "alternate"),
        {
            "title": ("title",), "originalUrl": ("canonical.0.href", "alternate.0.href"), "authors": ("author",),
            "publishedDateTime": ("published",), "excerpt": ("summary.content", "content.content"),
            "text": ("content.content", "summary.content"), "provider": ("origin.title",),
        },
        items="items",
    ),
)  # fmt: skip
# What any table may call its columns, in small letters.
_USUAL = Service(
    "a table",
    (),
    {
        "title": ("title", "name", "headline"),
        "originalUrl": ("originalurl", "url", "link", "href", "address", "external_url"),
        "webUrl": ("weburl",), "sourceUrl": ("sourceurl", "via"), "id": ("guid",),
        "publishedDateTime": (
            "publisheddatetime", "published", "date", "date_published", "pubdate", "created", "created_at", "time", "timestamp",
        ),
        "updatedDateTime": ("updateddatetime", "updated", "date_modified", "updated_at"),
        "excerpt": ("excerpt", "summary", "description", "note", "notes", "comment"),
        "tags": ("tags", "labels", "keywords"), "topics": ("topics",), "categories": ("categories", "category"),
        "authors": ("authors", "author", "creator"), "images": ("images", "image", "cover", "thumbnail"),
        "locale": ("locale", "language", "lang"), "provider": ("provider", "publisher", "site"),
        "type": ("type",), "quality": ("quality",), "heat": ("heat",), "length": ("length", "duration"),
    },
)  # fmt: skip
FIELDS = (*dict.fromkeys([*_USUAL.columns, "featuredContent", "text"]),)


def recognise_service(keys: Iterable[str]) -> Service:
    """Return the service whose export has these columns, or what any table may be."""
    known = {key.strip().lower() for key in keys}
    return next((one for one in SERVICES if known.issuperset(one.signs)), _USUAL)


def parse_mapping(written: Sequence[str], columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return which column is which field, from ``field=column,field=column``.

    Raises :class:`FeedsError` for a field that there is not, and a column that the table has not.
    """
    found: dict[str, tuple[str, ...]] = {}
    by_lower = {column.strip().lower(): column for column in columns}
    for pair in (one for text in written for one in re.split(r",(?=\s*\w+=)", text)):
        field, sign, column = (part.strip() for part in pair.partition("="))
        if not sign or field not in FIELDS:
            near = find_nearest(field, FIELDS, field[:1])
            hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(FIELDS)}."
            raise FeedsError(f"--map: {field} is not a field that can be imported. {hint}")
        if column.lower() not in by_lower and "." not in column:
            raise FeedsError(f"--map: there is no column {column}. There are: {name_columns(columns)}.")
        found[field] = (by_lower.get(column.lower(), column),)
    return found


def name_columns(columns: Sequence[str]) -> str:
    """Return the columns of a table for a message."""
    return shorten(", ".join(columns), 300)


def _find_value(row: Row, path: str) -> Any:
    """Return what a row has at a dotted path, None if it has nothing there."""
    if path in row:
        return row[path]
    found: Any = row
    for part in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return found


class RowReader:
    """Makes records of the rows of one table. ``zone`` is that of dates without one."""

    def __init__(self, service: Service, columns: Mapping[str, tuple[str, ...]], zone: ZoneInfo) -> None:
        """Read these ``columns``, by field."""
        self._service = service
        self._columns = columns
        self._zone = zone

    def read(self, number: int, row: Row) -> Record:
        """Return the record of a row."""
        notes: list[str] = []
        address = read_address(self._find(row, "originalUrl"))
        web = read_address(self._find(row, "webUrl"))
        body = _read_body(self._find(row, "text"))
        problem = self._explain_no_address(row) if not (address or web or body) else ""
        excerpt = shorten(read_line(self._find(row, "excerpt")), LONGEST_EXCERPT)
        provider = name_provider(address or web)
        if name := read_line(self._find(row, "provider")):
            provider = {"name": name, **provider}
        if authors := self._read_names(row, "authors"):
            provider["authors"] = [{"name": author} for author in authors]
        fields = {
            "title": make_title(read_line(self._find(row, "title")), excerpt, address or web),
            "excerpt": excerpt,
            **{name: self._read_date(row, name, notes) for name in ("publishedDateTime", "updatedDateTime")},
            "originalUrl": address,
            "webUrl": web,
            "sourceUrl": read_address(self._find(row, "sourceUrl")),
            "id": remove_unwanted(str(self._find(row, "id") or "")).strip(),
            "type": read_line(self._find(row, "type")),
            **{name: _read_number(self._find(row, name)) for name in ("quality", "heat")},
            "length": parse_length(str(self._find(row, "length") or "")),
            "locale": _read_language(self._find(row, "locale")),
            "provider": provider,
            "categories": self._read_names(row, "categories"),
            "images": [{"url": url} for url in map(read_address, _list(self._find(row, "images"))) if url],
            "featuredContent": read_address(self._find(row, "featuredContent")),
        }
        return Record(
            number,
            drop_empty(fields),
            body,
            private=self._is_private(row),
            tags=[*self._read_names(row, "tags"), *self._read_folders(row)],
            topics=self._read_names(row, "topics"),
            problem=problem,
            notes=notes,
        )

    def _find(self, row: Row, field: str) -> Any:
        """Return the first value of a field's columns that says something."""
        values = (_find_value(row, path) for path in self._columns.get(field, ()))
        return next((value for value in values if value not in (None, "", [], {})), None)

    def _explain_no_address(self, row: Row) -> str:
        written = self._find(row, "originalUrl") or self._find(row, "webUrl")
        return f'"{shorten(str(written), 60)}" is not an http(s) address' if written else "has no address"

    def _read_date(self, row: Row, field: str, notes: list[str]) -> Any:
        written = self._find(row, field)
        moment = read_moment(written, self._zone)
        if written is not None and moment is None and str(written).strip("0 "):
            notes.append(f'"{shorten(str(written), 40)}" is not a date that can be read in one way')
        return moment

    def _read_names(self, row: Row, field: str) -> list[str]:
        separator = self._service.separator if field != "authors" else r"\s*;\s*"
        names = map(read_line, _split(self._find(row, field), separator))
        return [one for one in dict.fromkeys(names) if one and len(one) <= LONGEST_NAME][:MOST_NAMES]

    def _read_folders(self, row: Row) -> list[str]:
        return [name for name in self._read_names(row, "folder") if name.lower() not in USUAL_FOLDERS]

    def _is_private(self, row: Row) -> bool:
        if self._service.private is None:
            return False
        column, value = self._service.private
        found = _find_value(row, column)
        return found == value or str(found).strip().lower() == str(value).lower()


def _split(written: Any, separator: str) -> Iterator[Any]:
    """Yield names from a list, a list in a text, a separated text, or named objects."""
    if isinstance(written, str):
        if written.startswith("["):
            try:
                yield from _split(json.loads(written), separator)
            except (ValueError, RecursionError):
                # As Python shows a list.
                yield from (name.strip("'\" ") for name in written.strip("[]").split(","))
            return
        yield from re.split(separator, written.strip())
    for one in _list(written) if not isinstance(written, str) else ():
        yield (
            next((one[key] for key in ("label", "name", "title") if key in one), "")
            if isinstance(one, Mapping)
            else one
        )


def _list(written: Any) -> list[Any]:
    return written if isinstance(written, list) else [] if written is None else [written]


def _read_number(written: Any) -> int | None:
    try:
        return round(float(written)) if not isinstance(written, bool) else None
    except (TypeError, ValueError, OverflowError):
        return None


def _read_language(written: Any) -> str:
    tag = str(written or "").strip().replace("_", "-")
    return tag if is_language(tag) else ""


def _read_body(written: Any) -> str:
    """Return a text as HTML: one without markup by its paragraphs."""
    text = remove_unwanted(written).strip() if isinstance(written, str) else ""
    return text if re.search(r"</\w|<(?:br|p|img)\b", text) else make_paragraphs(text)


def make_paragraphs(text: str) -> str:
    """Return a plain text as HTML."""
    parts = (escape(part.strip()) for part in re.split(r"\n\s*\n", text))
    return "\n".join(f"<p>{part}</p>" for part in parts if part)
