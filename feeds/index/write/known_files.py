"""Reads what the index knows of the files that a sync is about to write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from feeds.index.sql import Connection, make_chunks, placeholders
from feeds.model import Article, FileState, Problem

_decode_problems = msgspec.json.Decoder(tuple[Problem, ...]).decode
_decode_article = msgspec.json.Decoder(Article).decode


class KnownFile(NamedTuple):
    """A file as the index knows it.

    ``since`` is when its published version was read, in seconds. ``is_published``: there is one.
    """

    state: FileState
    hash: bytes
    since: int | None
    visibility: bytes
    problems: tuple[Problem, ...]
    is_published: bool


def read_known_files(connection: Connection, paths: Sequence[str]) -> dict[str, KnownFile]:
    """Return what the index knows of some files, by path."""
    found: dict[str, KnownFile] = {}
    for chunk in make_chunks(paths):
        rows = connection.execute(
            "SELECT files.path, state, hash, since, visibility, problems, articles.path IS NOT NULL FROM files"
            f" LEFT JOIN articles ON articles.path = files.path WHERE files.path IN {placeholders(len(chunk))}",
            chunk,
        )
        for path, state, file_hash, since, visibility, problems, is_published in rows:
            found[path] = KnownFile(
                state,
                file_hash,
                since,
                visibility or b"",
                _decode_problems(problems) if problems else (),
                bool(is_published),
            )
    return found


def read_articles(connection: Connection, paths: Sequence[str]) -> list[Article]:
    """Return the articles of some files, without those that another version of the code wrote in another form."""
    found = []
    for chunk in make_chunks(paths):
        rows = connection.execute(
            f"SELECT article FROM articles WHERE path IN {placeholders(len(chunk))} ORDER BY path", chunk
        )
        for (body,) in rows:
            try:
                found.append(_decode_article(body))
            except msgspec.ValidationError:
                continue
    return found
