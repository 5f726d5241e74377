"""Reads JSON front matter: an object, or between ``---json`` or ``;;;`` fences."""

from __future__ import annotations

import json
from json import JSONDecodeError
from typing import Any

from feeds.articles.positions import FrontMatterError, Split, complete_json

_HINT = 'JSON has names and texts in double quotes ("), no comments, and no comma after the last field.'


def split_object(text: str, start: int) -> Split:
    """Split a text whose front matter is the object that begins at ``start``.

    Raises :class:`FrontMatterError`.
    """
    first_line = text.count("\n", 0, start) + 1
    try:
        # A text may hold a raw tab: authors cannot see it.
        _, end = json.JSONDecoder(strict=False).raw_decode(text, start)
    except JSONDecodeError as error:
        raise _make_error(error, error.lineno, error.colno) from None
    except RecursionError:
        raise FrontMatterError("too-deep", "is nested too deeply.", "Flatten it.", first_line) from None
    except ValueError:
        raise _make_bad_value(first_line) from None
    rest, _, body = text[end:].partition("\n")
    if rest.strip():
        line = text.count("\n", 0, end) + 1
        raise FrontMatterError(
            "json", "has text after its front matter, on the same line.", "Begin a line after the }.", line
        )
    return Split(text[start:end], first_line, "{", body)


def load(split: Split) -> Any:
    """Return the values of front matter in JSON. Raises :class:`FrontMatterError`."""
    try:
        return json.loads(
            complete_json(split.matter),
            strict=False,
            object_pairs_hook=lambda pairs: _make_object(pairs, split.first_line),
            parse_constant=_refuse_constant,
        )
    except JSONDecodeError as error:
        added = len(complete_json(split.matter)) > len(split.matter) and error.lineno == 1
        raise _make_error(error, split.first_line + error.lineno - 1, max(error.colno - added, 1)) from None


def _make_object(pairs: list[tuple[str, Any]], line: int) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        message = f'the key "{twice}" stands here for the second time.'
        raise FrontMatterError("duplicate-key", message, "Keep one of the two.", line)
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _make_error(error: JSONDecodeError, line: int, column: int) -> FrontMatterError:
    return FrontMatterError("json", f"is not valid JSON: {error.msg}.", _HINT, line, column)


def _make_bad_value(line: int) -> FrontMatterError:
    message = "has a value that cannot be read, such as a number that is too long."
    return FrontMatterError("bad-value", message, "Put it in quotes.", line)
