"""Reads what no article can do without: a title, a date, and an address or a text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from feeds.articles.fields import Fields
from feeds.articles.unknown_fields import find_renamed

_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)


class RequiredFields(NamedTuple):
    """The title, dates and addresses of an article.

    ``url`` is where to read it, "" if that is the page that the site makes of it. ``original_url`` is where it was
    first, "" if that is not known. ``updated`` is never before ``published``.
    """

    title: str
    published: datetime
    updated: datetime
    url: str
    original_url: str


def read_required_fields(
    fields: Fields, zone: ZoneInfo, *, has_text: bool, is_foreign: bool
) -> RequiredFields | None:
    """Read them all and note every problem; None if one is missing.

    ``zone`` is that of a date without one. ``is_foreign``: another generator wrote the fields.
    """
    published, updated = _read_dates(fields, zone)
    title = fields.read_text("title")
    if not title:
        hint = _hint_at_other_name(fields, "title") or "Give the article a title."
        fields.note_problem("missing-title", "error", "title", "is missing or empty.", hint)
    original, web = fields.read_url("originalUrl"), fields.read_url("webUrl")
    url = web or original
    # The address of a generator's post may follow from its date: then the date is all that is missing.
    if not url and not has_text and (published is not None or not is_foreign):
        fields.note_problem(
            "no-link", "error", "originalUrl", "is missing, and there is no webUrl and no text.",
            "Give the article an address or a text.",
        )  # fmt: skip
    if published is None or not title or not (url or has_text):
        return None
    return RequiredFields(title, published, updated or published, url, original)


def _read_dates(fields: Fields, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    published = fields.read_date("publishedDateTime", zone, "error")
    if published is None:
        if "publishedDateTime" not in fields:
            hint = _hint_at_other_name(fields, "publishedDateTime") or "Write it like 2023-07-24T09:36:00Z."
            fields.note_problem("missing-date", "error", "publishedDateTime", "is missing.", hint)
        return None, None
    if published < _OLDEST:
        fields.note_problem(
            "old-date", "warning", "publishedDateTime", "is before 1990, which validators and readers doubt."
        )
    updated = fields.read_date("updatedDateTime", zone, "warning")
    if updated is not None and updated < published:
        fields.note_problem(
            "bad-date", "warning", "updatedDateTime", "is before publishedDateTime.", "It is left out."
        )
        updated = None
    return published, updated


def _hint_at_other_name(fields: Fields, missing: str) -> str:
    """Return what to rename if a missing field has another name, "" otherwise."""
    name = find_renamed(fields.values, missing)
    return f'Rename "{name}" to {missing}.' if name else ""
