"""What the commands say when they are done, and a server when it begins."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from feeds.cli.problem_text import count_failures, format_totals
from feeds.config.schema import Config
from feeds.index.read import overview
from feeds.model import Problem, ReportedState
from feeds.publisher.snapshot import Snapshot
from feeds.site import Plan

_HELD_BACK: dict[ReportedState, str] = {
    "unpublished": "unpublished",
    "removed": "removed",
    "future": "dated in the future",
    "shadowed": "with the URL of another",
    "faulty": "with errors",
}
_MOST_SHOWN = 20
_KINDS = {
    "topics": ("topic", "topics"),
    "providers": ("provider", "providers"),
    "categories": ("category", "categories"),
    "tags": ("tag", "tags"),
    "feeds": ("selection", "selections"),
}


def format_text(plan: Plan, seconds: float, config: Config) -> str:
    """Write what a freeze did for a person; ``seconds`` of wall time."""
    lines = [problem.text() for problem in _choose_shown(plan.problems)]
    if len(plan.problems) > _MOST_SHOWN:
        more = len(plan.problems) - _MOST_SHOWN
        lines.append(f"And {more} more, which `feeds check --all` shows.")
    if plan.problems:
        lines.append(format_totals(plan.problems))
    public = plan.articles["public"]
    lines.append(
        f"{public} article{'' if public == 1 else 's'} published; held back: {_format_held_back(plan.articles)}."
    )
    if plan.refused:
        errors = count_failures(plan.problems)
        lines.append(f"Nothing was written: {errors} error{'' if errors == 1 else 's'} (--strict).")
        return "\n".join(lines)
    verb = "would be written" if plan.dry_run else "written"
    done = f"{len(plan.written)} {verb}, {len(plan.kept)} kept, {len(plan.deleted)} deleted"
    lines.append(f"{config.output_place}: {done}, in {seconds:.2f} s.")
    return "\n".join(lines)


def format_json(plan: Plan, seconds: float) -> str:
    """Write what a freeze did for a program; ``seconds`` of wall time."""
    values: dict[str, Any] = {
        "written": plan.written,
        "kept": plan.kept,
        "deleted": plan.deleted,
        "articles": plan.articles,
        "problems": plan.problems,
        "dry_run": plan.dry_run,
        "refused": plan.refused,
        "seconds": round(seconds, 3),
    }
    return msgspec.json.format(msgspec.json.encode(values), indent=2).decode()


def format_welcome(site: Snapshot, place: str, address: str, monitored: str = "") -> str:
    """Return what a server says when it starts: where it listens, and some feeds.

    ``address`` is where the site is. ``monitored`` is the address of health and metrics if they have one of
    their own.
    """
    kinds = Counter[str](channel.kind for channel in site.channels.find_listed())
    listed = ", ".join(_count_channels(kinds[kind], *names) for kind, names in _KINDS.items() if kinds[kind])
    endings = ", ".join(f".{name}" for name in site.config.feeds.formats)
    examples = [channel.path for channel in site.channels.find_listed() if channel.kind == "topics"][:3]
    feeds = "\n".join(f"  {address}{path}.{site.config.feeds.formats[0]}" for path in ["all", *examples])
    lines = [f"Serving on {place} (Ctrl+C stops)", f"Feeds ({endings}): all, {listed}", feeds]
    if monitored:
        lines.append(f"Health and metrics: {monitored}healthz, {monitored}metrics")
    if site.config.private:
        # Their tokens are for subscribers alone, and what a server says is logged.
        lines.append("Private feeds, each with a token of its own, as the password or in the address:")
        ending = site.config.feeds.formats[0]
        for name in site.config.private:
            lines += [f"  {address}private/{name}{part}/feed.{ending}" for part in ("", "/<token>")]
    return "\n".join([*lines, _format_state(site)])


def _count_channels(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _format_state(site: Snapshot) -> str:
    """Return the state of a site in one line: articles, channels, age of the index."""
    states = overview.count_articles(site.connection)
    public = states["public"]
    states.pop("faulty")
    faulty = sum(overview.count_faulty_files(site.connection))
    age = int((datetime.now(UTC) - site.router.newest_change).total_seconds())
    return (
        f"{public} article{'' if public == 1 else 's'} in {len(site.channels.by_path)} channels, {faulty} faulty;"
        f" held back: {_format_held_back(states)}; the index last changed {_format_age(age)} ago."
    )


def _format_held_back(states: Mapping[ReportedState, int]) -> str:
    return (
        ", ".join(f"{states[name]} {words}" for name, words in _HELD_BACK.items() if states.get(name))
        or "none"
    )


def _format_age(seconds: int) -> str:
    """Write an age in its largest unit: 59 s, 3 min, 5 h, 12 d."""
    units = (("d", 86400), ("h", 3600), ("min", 60))
    return next((f"{seconds // of} {unit}" for unit, of in units if seconds >= of), f"{max(0, seconds)} s")


def explain_nothing(plan: Plan, config: Config) -> str:
    """Return why nothing is published although there are files, "" otherwise."""
    files = sum(plan.articles.values())
    if plan.published:
        return ""
    if files == 0:
        return _explain_no_match(config)
    sentence = (
        f"No article is published, though there {_count_files(files)}: {_format_held_back(plan.articles)}."
    )
    errors = Counter(problem.code for problem in plan.problems if problem.severity == "error")
    if errors:
        listed = ", ".join(f"{n} {code}" for code, n in errors.most_common())
        return f"{sentence} The errors are {listed}; `feeds check` shows where. Mend them, and freeze again."
    return f"{sentence} Publish one, or leave the folder empty if that is meant."


def _explain_no_match(config: Config) -> str:
    """Return a sentence for a folder whose files are no articles, "" if it is empty."""
    if config.articles_address:
        # An empty store is refused, so a file that is not an article says on purpose that there are none.
        return ""
    names = (name for _, _, names in os.walk(config.articles_path) for name in names)
    files = sum(not name.startswith(".") for name in names)
    patterns = ", ".join(f'"{pattern}"' for pattern in config.articles.include)
    where = os.path.relpath(config.articles_path)
    if not files:
        return ""
    return (
        f"No article is published, though there {_count_files(files)} in {where}: none has a name like"
        f" {patterns}. Rename them, or change articles.include."
    )


def _count_files(count: int) -> str:
    return f"is {count} file" if count == 1 else f"are {count} files"


def _choose_shown(problems: Sequence[Problem]) -> list[Problem]:
    """Choose the problems to show, in order. If there are too many, errors come first."""
    chosen = sorted(problems, key=lambda problem: problem.severity != "error")[:_MOST_SHOWN]
    kept = set(map(id, chosen))
    return [problem for problem in problems if id(problem) in kept]
