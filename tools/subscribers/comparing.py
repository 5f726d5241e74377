"""Compares what readers keep with what the articles say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .records import FIELDS, Outline, Record, View
from .serving import Expected

OUTLINE_FIELDS = ("url", "title", "group")


@dataclass
class Verdict:
    """How far a reader agrees: for each field a count, or ``None`` if it keeps no such thing.

    ``of`` is how many entries there are; ``differences`` has a sentence for each disagreement.
    """

    of: int
    agreeing: dict[str, int | None] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)


def compare(view: View, expected: Expected) -> Verdict:
    """Hold a reader's view of a feed against the articles."""
    verdict = Verdict(len(expected.entries))
    _compare_feed(view, expected.view, verdict)
    pairs = _paired(view.records, expected.entries, verdict)
    for name in FIELDS:
        kept = [(entry, getattr(record, name)) for entry, record in pairs]
        if pairs and all(value is None for _, value in kept):
            verdict.agreeing[name] = None
            continue
        wrong = [(entry, value) for entry, value in kept if not _agrees(name, value, entry, expected)]
        verdict.agreeing[name] = len(kept) - len(wrong)
        verdict.differences.extend(
            f"{name} of {entry.title!r}: {value!r}, not {getattr(entry, name)!r}" for entry, value in wrong
        )
    return verdict


def _compare_feed(view: View, expected: View, verdict: Verdict) -> None:
    """A feed has a title and a page: 1 if the reader has both right, else 0."""
    if view.title is None and view.home is None:
        verdict.agreeing["feed"] = None
        return
    wrong = [name for name in ("title", "home") if getattr(view, name) != getattr(expected, name)]
    verdict.agreeing["feed"] = int(not wrong)
    verdict.differences.extend(
        f"{name} of the feed: {getattr(view, name)!r}, not {getattr(expected, name)!r}" for name in wrong
    )


def _paired(
    records: Sequence[Record], entries: Sequence[Record], verdict: Verdict
) -> list[tuple[Record, Record]]:
    """Each entry with its record: by id, else by link. What is left over is a difference."""
    left = list(records)
    pairs = []
    for entry in entries:
        found = next((record for record in left if record.id == entry.id), None)
        found = found or next((record for record in left if entry.link and record.link == entry.link), None)
        if found is None:
            verdict.differences.append(f"no entry {entry.title!r}")
        else:
            left.remove(found)
            pairs.append((entry, found))
    verdict.differences.extend(f"an entry of no article: {record.title!r}" for record in left)
    return pairs


def _agrees(name: str, value: object, entry: Record, expected: Expected) -> bool:
    """Whether a value is the article's.

    Pictures agree if the leading one leads, and none is another article's. For an article
    without a link, a reader may give its id, as feedparser does.
    """
    if name == "link" and not entry.link:
        return value in ("", entry.id)
    if name != "pictures" or not isinstance(value, tuple):
        return bool(value == getattr(entry, name))
    pictures = entry.pictures or ()
    inside = expected.inside.get(entry.id or "", ())
    leads = not pictures or value[:1] == pictures[:1] or pictures[0] in inside
    return leads and set(value) <= {*pictures, *inside}


def compare_outlines(found: Sequence[Outline], expected: Sequence[Outline]) -> Verdict:
    """Hold imported subscriptions against the feeds that there are."""
    verdict = Verdict(len(expected))
    by_url = {outline.url: outline for outline in found}
    pairs = [(wanted, by_url[wanted.url]) for wanted in expected if wanted.url in by_url]
    for name in OUTLINE_FIELDS:
        kept = [(getattr(wanted, name), getattr(outline, name)) for wanted, outline in pairs]
        unkept = kept and all(value is None for _, value in kept)
        wrong = [] if unkept else [pair for pair in kept if pair[0] != pair[1]]
        verdict.agreeing[name] = None if unkept else len(kept) - len(wrong)
        verdict.differences.extend(f"{name} of a feed: {value!r}, not {wanted!r}" for wanted, value in wrong)
    addresses = [outline.url for outline in expected]
    verdict.differences.extend(f"no feed {url}" for url in addresses if url not in by_url)
    verdict.differences.extend(f"a feed too many: {url}" for url in by_url if url not in addresses)
    if len(found) != len(by_url):
        verdict.differences.append(f"{len(found)} feeds with {len(by_url)} addresses")
    return verdict
