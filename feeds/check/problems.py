"""Gathers every problem of a site and shows it: for people, programs and GitHub."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from feeds.config.schema import Config
from feeds.index.read import channels, overview
from feeds.model import Problem
from feeds.model import shown as visible
from feeds.publisher.snapshot import Snapshot

Style = Literal["text", "json", "github"]


def problems(site: Snapshot, listed: Iterable[Problem]) -> list[Problem]:
    """Every problem of the articles, by file and line; ``listed`` are those outside of the index.

    Files are named from the working directory, so that editors and GitHub find them.
    """
    found = [*listed, *overview.file_problems(site.connection), *_shared_urls(site), *_collisions(site)]
    return in_order(located(found, site.config))


def tokens(config: Config) -> tuple[list[Problem], list[Problem]]:
    """What is wrong with the tokens of private feeds, and which are not on this machine."""
    if not config.private:
        return [], []
    from feeds.config.tokens import ABSENT, problems

    found = problems(config)
    absent = [problem for problem in found if problem.code == ABSENT]
    return [problem for problem in found if problem not in absent], absent


def since(site: Snapshot, build: str) -> list[Problem]:
    """What would bring back articles as unread that an earlier freeze into ``build`` has published.

    Raises :class:`feeds.errors.StorageError` where that cannot be read.
    """
    from feeds.check.published import compare, published_before

    found = compare(published_before(Path(build)), channels.shown_articles(site.connection))
    return located(found, site.config)


def proofread(site: Snapshot) -> list[Problem]:
    """What a feed validator would say of the finished documents."""
    from feeds.check.documents import proofread

    return located(proofread(site), site.config)


def joined(found: Sequence[Problem], more: Iterable[Problem], config: Config) -> list[Problem]:
    """Problems together with those that showed later, each once."""
    return in_order(dict.fromkeys([*found, *located(more, config)]))


def located(found: Iterable[Problem], config: Config) -> list[Problem]:
    """Problems with their paths from the working directory."""
    return [_located(problem, config) for problem in found]


def in_order(found: Iterable[Problem]) -> list[Problem]:
    """Problems by file and place."""
    return sorted(found, key=lambda problem: (problem.path, problem.line, problem.column, problem.code))


def shown(found: Sequence[Problem], style: Style) -> str:
    """Problems as text: a line each, JSON, or GitHub's workflow commands."""
    if style == "json":
        return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
    write = _github if style == "github" else Problem.text
    return "\n".join(write(problem) for problem in found)


def _located(problem: Problem, config: Config) -> Problem:
    """A problem with its path from the working directory; that of an article is relative to their folder.

    Of an article in a store, it is the address.
    """
    if config.articles_address and not os.path.isabs(problem.path):  # noqa: PTH117 - it is no path before that
        return msgspec.structs.replace(problem, path=f"{config.articles_address}/{problem.path}")
    return msgspec.structs.replace(problem, path=os.path.relpath(config.articles_path / problem.path))


def _shared_urls(site: Snapshot) -> Iterator[Problem]:
    for path, other, url in overview.shadowed(site.connection):
        yield Problem(
            "same-url", "warning", path,
            f'has the same URL or id as "{other}", which is published in its place ({url}).',
            "Keep one of the two files.",
        )  # fmt: skip
    for first, *rest in overview.same_links(site.connection):
        for path in rest:
            yield Problem(
                "same-link",
                "warning",
                path,
                f'links to the same page as "{first}".',
                "Keep one of the two files.",
            )


def _collisions(site: Snapshot) -> Iterator[Problem]:
    for first, second in site.channels.collisions:
        path = overview.member_path(site.connection, second.key)
        other = overview.member_path(site.connection, first.key)
        yield Problem(
            "same-slug", "warning", path,
            f'"{second.title}" makes the same address as "{first.title}" in "{other}"; it is at {second.path}.',
            "Give one of them a slug in the configuration.",
            field=second.kind,
        )  # fmt: skip


def _github(problem: Problem) -> str:
    """A workflow command that GitHub shows beside the line."""
    place = {"file": problem.path, "line": problem.line, "col": problem.column, "title": problem.code}
    where = ",".join(f"{name}={_escaped(visible(str(value)))}" for name, value in place.items() if value)
    field = f"{problem.field}: " if problem.field else ""
    text = visible(f"{field}{problem.message} {problem.hint}".strip())
    return f"::{problem.severity} {where}::{_escaped(text, keep=':,')}"


def _escaped(text: str, keep: str = "") -> str:
    for sign, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        if sign not in keep:
            text = text.replace(sign, code)
    return text
