"""Gather every problem of a site, and format it for programs and GitHub."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from feeds.config.schema import Config
from feeds.index.read import channels, overview
from feeds.model import Problem, Severity, escape_unprintable
from feeds.publisher.snapshot import Snapshot

_PLAIN_PATH = re.compile(r"(?:[\w-][\w.-]*/)*[\w-][\w.-]*", re.ASCII)
_GITHUB_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}


def gather_problems(site: Snapshot, listed: Iterable[Problem]) -> list[Problem]:
    """Return every problem of the articles, by file and line.

    ``listed`` are problems that the index does not hold. Paths are relative to the working
    directory, so that editors and GitHub find the files.
    """
    found = [
        *listed,
        *overview.read_problems(site.connection),
        *_find_shared_urls(site),
        *_find_same_slugs(site),
        *site.files.findings.problems,
        *_check_images(site.config),
    ]
    return sort_problems(_make_paths_relative(found, site.config))


def check_tokens(config: Config) -> list[Problem]:
    """Return problems of private tokens; one that this machine lacks is a note.

    The machine that checks articles need not have the tokens of the server.
    """
    if not config.private:
        return []
    from feeds.config.tokens import ABSENT, find_problems

    return [
        msgspec.structs.replace(problem, severity="note") if problem.code == ABSENT else problem
        for problem in find_problems(config)
    ]


def compare_with_build(site: Snapshot, build: str) -> list[Problem]:
    """Return what readers would notice after an earlier freeze, such as new ids.

    It would show articles as unread again, or another feed at an address. ``build`` is the folder of that
    freeze. Raises :class:`feeds.errors.StorageError` if it cannot be read.
    """
    from feeds.check.published import compare_entries, compare_owners, read_owners, read_published

    articles = channels.read_shown_articles(site.connection)
    found = [
        *compare_entries(read_published(Path(build)), articles),
        *compare_owners(read_owners(Path(build)), site),
    ]
    return _make_paths_relative(found, site.config)


def check_documents(site: Snapshot) -> list[Problem]:
    """Return what a feed validator would say about the finished documents."""
    from feeds.check.documents import lint_documents

    return _make_paths_relative(lint_documents(site), site.config)


def check_links(site: Snapshot) -> list[Problem]:
    """Return the missing files and posts that articles name relatively.

    Raises :class:`feeds.errors.FeedsError` if the articles are in an object store.
    """
    from feeds.check.local_files import find_missing_files

    # What is missing beside an article of one's own is known already.
    told = {(one.path, one.line) for one in site.files.findings.problems if one.code == "missing-file"}
    found = (one for one in find_missing_files(site) if (one.path, one.line) not in told)
    return _make_paths_relative(found, site.config)


def merge_problems(found: Sequence[Problem], more: Iterable[Problem], config: Config) -> list[Problem]:
    """Return problems together with ``more``, which were found later, each once."""
    return sort_problems(dict.fromkeys([*found, *_make_paths_relative(more, config)]))


def _make_paths_relative(found: Iterable[Problem], config: Config) -> list[Problem]:
    """Return problems with paths that are relative to the working directory."""
    above = config.show_path("a").removesuffix("a")
    can_join = not above.startswith("..")
    return [
        msgspec.structs.replace(
            problem,
            path=above + problem.path
            # Most paths are plain. There may be very many, and other ways take ten times as long.
            if can_join and _PLAIN_PATH.fullmatch(problem.path)
            else config.show_path(problem.path),
        )
        for problem in found
    ]


def sort_problems(found: Iterable[Problem]) -> list[Problem]:
    """Return problems in the order of files, lines and columns."""
    return sorted(found, key=lambda problem: (problem.path, problem.line, problem.column, problem.code))


def format_json(found: Sequence[Problem]) -> str:
    """Return problems as JSON."""
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()


def format_for_github(found: Sequence[Problem]) -> str:
    """Return problems as workflow commands: GitHub shows each beside its line."""
    return "\n".join(map(_format_for_github, found))


def _check_images(config: Config) -> Sequence[Problem]:
    if not config.images.cache:
        return ()
    # Loaded for the sites that cache pictures.
    from feeds.images.cache import describe_missing_library

    return describe_missing_library(config)


def _find_shared_urls(site: Snapshot) -> Iterator[Problem]:
    for path, other, url in overview.find_shadowed_files(site.connection):
        yield Problem(
            "same-url", "warning", path,
            f'has the same URL or id as "{other}", which is published and keeps its place ({url}).',
            "Keep one of the two files.",
        )  # fmt: skip
    for first, *rest in overview.find_shared_links(site.connection):
        for path in rest:
            yield Problem(
                "same-link",
                "warning",
                path,
                f'links to the same page as "{first}".',
                "Keep one of the two files.",
            )


def _find_same_slugs(site: Snapshot) -> Iterator[Problem]:
    for first, second in site.find_collisions():
        if not first.count or not second.count:
            # No article gives the name any more, so there is no file to mend.
            continue
        path = overview.find_member_path(site.connection, second.key)
        other = overview.find_member_path(site.connection, first.key)
        yield Problem(
            "same-slug", "warning", path,
            f'"{second.title}" makes the same address as "{first.title}" in "{other}"; it is at {second.path}.',
            "Give one of them a slug in the configuration."
            if second.kind == "topics"
            else "Write both in one way, or rename one.",
            field=second.kind,
        )  # fmt: skip


def _format_for_github(problem: Problem) -> str:
    """Return a workflow command that makes GitHub show the problem beside its line."""
    place = {"file": problem.path, "line": problem.line, "col": problem.column, "title": problem.code}
    where = ",".join(
        f"{name}={_escape(escape_unprintable(str(value)))}" for name, value in place.items() if value
    )
    field = f"{problem.field}: " if problem.field else ""
    text = escape_unprintable(f"{field}{problem.message} {problem.hint}".strip())
    return f"::{_GITHUB_LEVELS[problem.severity]} {where}::{_escape(text, keep=':,')}"


def _escape(text: str, keep: str = "") -> str:
    for sign, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        if sign not in keep:
            text = text.replace(sign, code)
    return text
