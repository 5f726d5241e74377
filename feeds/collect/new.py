"""Write one new article, and other files that are not there yet."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from feeds.config.schema import Config
from feeds.errors import FeedsError, StorageError
from feeds.lib.storage.files import create_file
from feeds.lib.text.identifiers import make_slug
from feeds.lib.text.plain import keep_plain_text, remove_unwanted, to_plain_text

_LONGEST_NAME = 80
_MOST_OF_A_NAME = 1000
# Characters that YAML or TOML take for the end of a line, or do not allow in a text.
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_ASTRAL = 0x10000
_MOST_TOPICS = 12


# What marks a draft for the generator that reads the folder too, if it does not know "draft".
_DRAFT_MARKS: Mapping[str, tuple[str, bool]] = {"jekyll": ("published", False), "hexo": ("published", False)}


class NewArticle(NamedTuple):
    """What an article begins with; ``topics`` are the site's, named in a comment."""

    title: str
    published: datetime
    topics: Sequence[str] = ()
    draft: bool = False


def find_draft_mark(config: Config) -> tuple[str, bool]:
    """Return the field that marks a draft and its value; the generator obeys it, too."""
    return _DRAFT_MARKS.get(config.articles.preset, ("draft", True))


def list_topics(config: Config) -> tuple[str, ...]:
    """Return the names of all topics but retired ones, configured ones first.

    The others come from the files of topics.
    """
    return tuple(
        name for name, topic in {**config.curated.topics, **config.topics}.items() if not topic.retired
    )


def write_article(config: Config, article: NewArticle) -> Path:
    """Write a new file into the folder of articles, and return where it is.

    Its name is made of date and title, with a number if there is such a file. Raises
    :class:`StorageError` if it cannot be written, and :class:`FeedsError` if articles are in a bucket.
    """
    refuse_bucket(config)
    begin = config.articles_path / name_file(article.title, article.published)
    return write_numbered(begin, ".md", _format_article(config, article))


def refuse_bucket(config: Config) -> None:
    """Raise :class:`FeedsError` if articles are in a bucket."""
    if config.articles_address:
        raise FeedsError("The articles are in a bucket. Write the file there with the tools of its host.")


def name_file(title: str, published: date | None) -> str:
    """Return a file name without its ending, from an article's day, if any, and title."""
    slug = make_slug(title)[:_LONGEST_NAME].rstrip("-")
    return slug if published is None else f"{published.isoformat()[:10]}-{slug}"


def write_numbered(
    begin: Path, ending: str, text: str, look_at: Callable[[Path], None] = lambda _file: None
) -> Path:
    """Write a new file, with a number if its name is taken; return where it is.

    ``look_at`` is called with each file that is there, and may raise what ends this. Raises :class:`StorageError`.
    """
    for number in range(1, _MOST_OF_A_NAME):
        file = begin.with_name(f"{begin.name}{f'-{number}' if number > 1 else ''}{ending}")
        if write_new_file(file, text):
            return file
        look_at(file)
    raise StorageError(f"{begin.parent}: there are too many files that begin with {begin.name}.")


def _format_article(config: Config, article: NewArticle) -> str:
    """Return the text of a new article to be filled in; a preset's generator reads it."""
    date = "date" if config.articles.preset else "publishedDateTime"
    mark, value = find_draft_mark(config)
    known = ", ".join(map(quote, article.topics[:_MOST_TOPICS]))
    lines = [
        "---",
        f"title: {quote(to_plain_text(article.title))}",
        "excerpt: ",
        f"{date}: {article.published.isoformat(timespec='seconds')}",
        *([f"{mark}: {str(value).lower()}"] if article.draft else []),
        "topics: []" + (f"   # such as [{known}]" if known else ""),
        "# originalUrl: https://…   # if this shares a page of somebody else",
        "---",
        "",
        "",
    ]
    return "\n".join(lines)


def write_new_file(file: Path, text: str) -> bool:
    """Write a file that is not there yet; return whether it was.

    Raises :class:`StorageError`.
    """
    return create_file(file, text.encode())


def format_fields(fields: Mapping[str, Any], notes: Mapping[str, str] | None = None) -> str:
    """Return the text of an article with these fields, and none of its own.

    Values are texts, numbers, truth values, times with a zone, and lists and mappings of them. ``notes`` are comments
    at the ends of lines, by field. Each value has a line of its own, so that it is plain YAML, which is read fastest.
    """
    return "\n".join(["---", *_list_lines(fields, notes or {}), "---", ""])


def _list_lines(fields: Mapping[str, Any], notes: Mapping[str, str]) -> Iterator[str]:
    for name, value in fields.items():
        note = f"   # {notes[name]}" if name in notes else ""
        match value:
            case dict():
                yield f"{name}:{note}"
                yield from (f"  {line}" for line in _list_lines(value, {}))
            case list() | tuple() if any(isinstance(item, dict) for item in value):
                yield f"{name}:{note}"
                for item in value:
                    first, *others = _list_lines(item, {})
                    yield f"  - {first}"
                    yield from (f"    {line}" for line in others)
            case [_, *_]:
                yield f"{name}:{note}"
                yield from (f"  - {_format_value(item)}" for item in value)
            case _:
                yield f"{name}: {_format_value(value)}{note}"


def _format_value(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return quote(value) if isinstance(value, str) else json.dumps(value)


def escape_markup(text: str) -> str:
    """Return a plain text as a field needs it, so that its markup-like parts stay."""
    text = " ".join(remove_unwanted(text).split())
    if to_plain_text(text) == keep_plain_text(text):
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;")


def quote(text: str) -> str:
    """Return a text in quotes, as TOML and YAML both read it."""
    return _UNSAFE.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(sign: re.Match[str]) -> str:
    number = ord(sign[0])
    return f"\\u{number:04x}" if number < _ASTRAL else f"\\U{number:08x}"
