"""What the commands say when they are done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from feeds.config.schema import Config
from feeds.freeze.plan import Outcome
from feeds.index.read import overview
from feeds.model import Problem
from feeds.publisher.snapshot import Snapshot

_HELD_BACK = {
    "unpublished": "unpublished",
    "removed": "removed",
    "future": "dated in the future",
    "shadowed": "with the URL of another",
    "faulty": "with errors",
}
_MOST_SHOWN = 20


class FreezeReport(msgspec.Struct):
    """All that a freeze has to tell; ``seconds`` of wall time."""

    plan: Outcome
    states: dict[str, int]
    problems: Sequence[Problem]
    dry_run: bool
    refused: bool
    seconds: float


def count_states(site: Snapshot) -> dict[str, int]:
    """How many articles are public, and how many are held back for which reason."""
    counts = overview.count_file_states(site.connection)
    return {"public": counts.get("public", 0), **{name: counts.get(name, 0) for name in _HELD_BACK}}


def format_text(outcome: FreezeReport, config: Config) -> str:
    """The end of a freeze, for a person."""
    lines = [problem.text() for problem in outcome.problems[:_MOST_SHOWN]]
    if len(outcome.problems) > _MOST_SHOWN:
        lines.append(f"… and {len(outcome.problems) - _MOST_SHOWN} more; `feeds check` shows all.")
    held = [f"{outcome.states[name]} {words}" for name, words in _HELD_BACK.items() if outcome.states[name]]
    public = outcome.states["public"]
    lines.append(
        f"{public} article{'' if public == 1 else 's'} published; held back: {', '.join(held) or 'none'}."
    )
    if outcome.refused:
        lines.append(f"Nothing was written: {_count_problems(outcome.problems)} (--strict).")
        return "\n".join(lines)
    plan = outcome.plan
    verb = "would be written" if outcome.dry_run else "written"
    done = f"{len(plan.written)} {verb}, {len(plan.kept)} kept, {len(plan.deleted)} deleted"
    lines.append(f"{config.output_place}: {done}, in {outcome.seconds:.2f} s.")
    return "\n".join(lines)


def format_json(outcome: FreezeReport) -> str:
    """The end of a freeze, for a program."""
    plan: dict[str, Any] = {
        "written": outcome.plan.written,
        "kept": outcome.plan.kept,
        "deleted": outcome.plan.deleted,
        "articles": outcome.states,
        "problems": outcome.problems,
        "dry_run": outcome.dry_run,
        "refused": outcome.refused,
        "seconds": round(outcome.seconds, 3),
    }
    return msgspec.json.format(msgspec.json.encode(plan), indent=2).decode()


def format_welcome(site: Snapshot, address: str) -> str:
    """What a server says when it begins: its address, and which feeds there are."""
    kinds = Counter[str](channel.kind for channel in site.channels.by_path.values())
    names = {"topics": "topics", "providers": "providers", "categories": "categories", "feeds": "selections"}
    listed = ", ".join(f"{kinds[kind]} {name}" for kind, name in names.items() if kinds[kind])
    endings = ", ".join(f".{name}" for name in site.config.feeds.formats)
    examples = [channel.path for channel in site.channels.by_path.values() if channel.kind == "topics"][:3]
    feeds = "\n".join(f"  {address}{path}.{site.config.feeds.formats[0]}" for path in ["all", *examples])
    return f"Serving on {address} (Ctrl+C stops)\nFeeds ({endings}): all, {listed}\n{feeds}"


def _count_problems(problems: Sequence[Problem]) -> str:
    return f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
