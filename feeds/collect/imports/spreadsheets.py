"""Read tables: CSV, JSON and JSON Lines, whoever wrote them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from feeds.collect.imports.records import Record, Source
from feeds.collect.imports.services import (
    SERVICES,
    Row,
    RowReader,
    Service,
    name_columns,
    parse_mapping,
    recognise_service,
)
from feeds.errors import FeedsError

MOST_ROWS = 200_000
_LOOKED_AT = 20
_LONGEST_CELL = 20_000_000
_DELIMITERS = ",;\t|"


class TableReading(NamedTuple):
    """How to read a table: columns of fields, the zone of dates, with texts or not."""

    mapping: Sequence[str] = ()
    zone: ZoneInfo = ZoneInfo("UTC")
    full: bool = False


class _Table(NamedTuple):
    """The columns of a table and its rows, or in place of a row what is wrong with it."""

    columns: Sequence[str]
    rows: Sequence[Row | str]
    items: str = ""


def read_csv(text: str, how: TableReading) -> Source:
    """Return the records of a table.

    Raises :class:`FeedsError` if it is not one, or if its columns are unknown.
    """
    return _read_table(_parse_csv(text), how)


def read_json(text: str, how: TableReading) -> Source:
    """Return the records of JSON or JSON Lines.

    Raises :class:`FeedsError` as :func:`read_csv` does.
    """
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        # More than one value: a line each.
        if "\n" not in text.strip():
            raise FeedsError(f"is not JSON: {error}.") from None
        return _read_table(_parse_lines(text), how)
    return _read_table(_find_rows(found), how)


def _read_table(table: _Table, how: TableReading) -> Source:
    if len(table.rows) > MOST_ROWS:
        raise FeedsError(f"has more than {MOST_ROWS:,} entries. Divide it.")
    service = recognise_service(table.columns)
    if service.items and table.items and service.items != table.items:
        service = recognise_service(())
    columns = parse_mapping(how.mapping, table.columns) or _choose_columns(service, table.columns)
    if not how.full and not how.mapping:
        columns = {field: paths for field, paths in columns.items() if field != "text"}
    if "title" not in columns or not {"originalUrl", "webUrl", "text"}.intersection(columns):
        raise FeedsError(
            f"has the columns {name_columns(table.columns)}. "
            "Say which is which: --map title=COLUMN,originalUrl=COLUMN,publishedDateTime=COLUMN"
        )
    reader = RowReader(service, columns, how.zone)
    return Source(
        service.name,
        [
            Record(number, {}, problem=row) if isinstance(row, str) else reader.read(number, row)
            for number, row in enumerate(table.rows, start=1)
        ],
    )


def _choose_columns(service: Service, columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the columns of each field as the table writes them; dotted paths stay."""
    by_lower = {column.strip().lower(): column for column in columns}
    chosen = {
        field: tuple(
            by_lower.get(path.lower(), path) for path in paths if "." in path or path.lower() in by_lower
        )
        for field, paths in service.columns.items()
    }
    return {field: paths for field, paths in chosen.items() if paths}


def _parse_csv(text: str) -> _Table:
    lines = text.lstrip("\r\n")
    first, _, rest = lines.partition("\n")
    if first.lower().startswith("sep="):
        # Excel's own line, which names the delimiter.
        lines, first = rest, rest.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    if not first.count(delimiter):
        raise FeedsError("is neither a feed nor a list of bookmarks nor a table that can be read.")
    csv.field_size_limit(_LONGEST_CELL)
    cells = csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter)
    header = [name.strip() for name in next(cells)]
    return _Table([name for name in header if name], list(islice(_list_rows(cells, header), MOST_ROWS + 1)))


def _list_rows(cells: Any, header: Sequence[str]) -> Iterator[Row | str]:
    while True:
        try:
            row = next(cells, None)
        except csv.Error as error:
            yield f"cannot be read, nor what follows it ({error}, line {cells.line_num})"
            return
        if row is None:
            return
        if any(row):
            yield dict(zip(header, row, strict=False))


def _parse_lines(text: str) -> _Table:
    rows: list[Row | str] = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        try:
            row = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            rows.append(f"is not JSON: {error}")
            continue
        rows.append(row if isinstance(row, dict) else "is not an object")
    if not any(isinstance(row, dict) for row in rows):
        raise FeedsError(
            f"is not JSON: no line of it is an object (the first {rows[0] if rows else 'is empty'})."
        )
    return _Table(_list_keys(rows), rows)


def _find_rows(found: Any) -> _Table:
    """Return the objects that JSON lists: at its top, by a service's key, or alone."""
    items = ""
    if isinstance(found, dict):
        known = [one.items for one in SERVICES if isinstance(found.get(one.items), list)]
        lists = known or [key for key, value in found.items() if _lists_objects(value)]
        items = lists[0] if known or len(lists) == 1 else ""
        found = found[items] if items else [found] if found else []
    if not _lists_objects(found):
        raise FeedsError("is JSON without a list of objects.")
    rows: list[Row | str] = [row if isinstance(row, dict) else "is not an object" for row in found]
    return _Table(_list_keys(rows), rows, items)


def _lists_objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(row, dict) for row in value)


def _list_keys(rows: Sequence[Row | str]) -> list[str]:
    """Return the keys of the first rows, in their order."""
    looked_at = islice((row for row in rows if not isinstance(row, str)), _LOOKED_AT)
    return list(dict.fromkeys(str(key) for row in looked_at for key in row))
