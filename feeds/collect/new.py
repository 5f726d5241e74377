"""Write one new article, and other files that are not there yet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from feeds.config.schema import Config
from feeds.errors import FeedsError, StorageError
from feeds.lib.text.identifiers import make_slug
from feeds.lib.text.plain import to_plain_text

_LONGEST_NAME = 80
_MOST_TOPICS = 12


class NewArticle(NamedTuple):
    """What an article begins with; ``topics`` are those of the site, named in a comment."""

    title: str
    published: datetime
    topics: Sequence[str] = ()
    draft: bool = False


def list_topics(config: Config) -> tuple[str, ...]:
    """Return the names of topics that the configuration and the files of topics have, in their order."""
    return tuple({**config.topics, **config.curated.topics})


def write_article(config: Config, article: NewArticle) -> Path:
    """Write a new file into the folder of articles, and return where it is.

    Its name is made of date and title, with a number if there is such a file. Raises
    :class:`StorageError` if it cannot be written, and :class:`FeedsError` if articles are in a bucket.
    """
    if config.articles_address:
        raise FeedsError("The articles are in a bucket. Write the file there with the tools of its host.")
    begin = f"{article.published:%Y-%m-%d}-{make_slug(article.title)[:_LONGEST_NAME].rstrip('-')}"
    text = format_article(article)
    for number in range(1, 1000):
        file = config.articles_path / f"{begin}{f'-{number}' if number > 1 else ''}.md"
        if write_new_file(file, text):
            return file
    raise StorageError(f"{config.articles_path}: there are too many files that begin with {begin}.")


def format_article(article: NewArticle) -> str:
    """Return the text of a new article, ready to be filled in."""
    known = ", ".join(map(quote, article.topics[:_MOST_TOPICS]))
    lines = [
        "---",
        f"title: {quote(to_plain_text(article.title))}",
        "excerpt: ",
        f"publishedDateTime: {article.published.isoformat(timespec='seconds')}",
        *(["draft: true"] if article.draft else []),
        "topics: []" + (f"   # such as [{known}]" if known else ""),
        "# originalUrl: https://…   # if this shares a page of somebody else",
        "---",
        "",
        "",
    ]
    return "\n".join(lines)


def write_new_file(file: Path, text: str) -> bool:
    """Write a file that is not there yet; return whether it was written. Raises :class:`StorageError`."""
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        return False
    except OSError as error:
        raise StorageError(f"{file}: cannot be written: {error.strerror}.") from None
    return True


def quote(text: str) -> str:
    """Return a text in quotes, as TOML and YAML both read it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "")
