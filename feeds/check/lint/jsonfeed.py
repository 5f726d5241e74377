"""Check JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from feeds.check.lint.date_rules import EntryTimes, check_order, check_rfc3339
from feeds.check.lint.findings import Report
from feeds.check.lint.html_rules import check_html
from feeds.check.lint.text_rules import (
    check_characters,
    check_filled,
    check_language,
    check_media_type,
    check_plain,
    check_tags,
)
from feeds.check.lint.url_rules import check_link

_VERSION = "https://jsonfeed.org/version/1.1"
_Rule = Callable[[Report, str, str], object]


def _accept_any_text(_report: Report, _field: str, _value: str) -> None:
    """Accept any text."""


# For each key, the check of its text, or the type of another value.
_AUTHOR: dict[str, _Rule | type] = {"name": check_tags, "url": check_link, "avatar": check_link}
_ATTACHMENT: dict[str, _Rule | type] = {
    "url": check_link, "mime_type": check_media_type, "title": check_tags, "size_in_bytes": float,
    "duration_in_seconds": float,
}  # fmt: skip
_HUB: dict[str, _Rule | type] = {"type": _accept_any_text, "url": check_link}
_FEED: dict[str, _Rule | type] = {
    "version": _accept_any_text, "title": check_tags, "home_page_url": check_link, "feed_url": check_link,
    "description": check_tags, "user_comment": _accept_any_text, "next_url": check_link, "icon": check_link,
    "favicon": check_link, "authors": list, "language": check_language, "expired": bool, "hubs": list,
    "items": list,
}  # fmt: skip
_ITEM: dict[str, _Rule | type] = {
    "id": _accept_any_text, "url": check_link, "external_url": check_link, "title": check_tags, "content_html": check_html,
    "content_text": _accept_any_text, "summary": check_tags, "image": check_link, "banner_image": check_link,
    "date_published": check_rfc3339, "date_modified": check_rfc3339, "authors": list, "tags": list,
    "language": check_language, "attachments": list,
}  # fmt: skip
_TYPES = {list: "an array", bool: "true or false", float: "a number", dict: "an object"}


def check(report: Report, path: str, body: bytes) -> None:
    """Check a whole JSON Feed."""
    try:
        feed = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        report.error("malformed", "", f"It is not JSON: {error}.")
        return
    if not isinstance(feed, dict):
        report.error("not-a-feed", "", f"{path} does not hold an object.")
        return
    _check_object(report, feed, _FEED, required=("version", "title", "items"))
    if isinstance(version := feed.get("version", _VERSION), str) and version != _VERSION:
        report.error("bad-version", "version", f'The version is "{version}" instead of "{_VERSION}".')
    for key in ("home_page_url", "feed_url"):
        if key not in feed:
            report.warning("missing-key", key, f"The feed lacks its {key}.")
    if "next_url" in feed and feed["next_url"] == feed.get("feed_url"):
        report.error("link-past-end", "next_url", "The next page is the feed itself.")
    for hub in _get_objects(report, feed, "hubs"):
        _check_object(report, hub, _HUB, required=("type", "url"), field="hubs")
    _check_authors(report, feed)
    _check_items(report, feed)


def _check_items(report: Report, feed: dict[str, Any]) -> None:
    times: list[EntryTimes] = []
    seen = set[str]()
    for number, item in enumerate(_get_objects(report, feed, "items"), 1):
        identity = str(item.get("id") or item.get("url") or f"item {number}")[:1000]
        entry_report = report.narrow_to(identity)
        if item.get("id") and identity in seen:
            entry_report.error("duplicate-id", "id", "Another item of the feed has this id.")
        seen.add(identity)
        times.append(_check_item(entry_report, item))
    check_order(report, "items", None, times)


def _check_item(report: Report, item: dict[str, Any]) -> EntryTimes:
    dates = _check_object(report, item, _ITEM, required=("id",))
    if "content_html" not in item and "content_text" not in item:
        report.error("missing-key", "content_html", "The item has neither content_html nor content_text.")
    _check_authors(report, item)
    for tag in _get_list(item, "tags"):
        if not isinstance(tag, str):
            report.error("wrong-type", "tags", "A tag is not a text.")
        elif check_filled(report, "tags", tag):
            check_plain(report, "tags", tag)
            check_characters(report, "tags", tag)
            if "<" in tag:
                report.warning("html-in-text", "tags", f'The tag "{tag}" is not escaped by all readers.')
    for attachment in _get_objects(report, item, "attachments"):
        _check_object(report, attachment, _ATTACHMENT, required=("url", "mime_type"), field="attachments")
    return EntryTimes(report, dates.get("date_published"), dates.get("date_modified"))


def _check_authors(report: Report, parent: dict[str, Any]) -> None:
    for author in _get_objects(report, parent, "authors"):
        _check_object(report, author, _AUTHOR, field="authors")
        if not author.keys() & _AUTHOR.keys():
            report.error("missing-key", "authors", "An author has no name, url or avatar.")


def _check_object(
    report: Report,
    value: dict[str, Any],
    known: Mapping[str, _Rule | type],
    *,
    required: tuple[str, ...] = (),
    field: str = "",
) -> dict[str, datetime | None]:
    """Check the keys and values of an object; return the dates that can be read."""
    results: dict[str, datetime | None] = {}
    for key in required:
        if key not in value:
            report.error("missing-key", field or key, f'It lacks "{key}".')
    for key, held in value.items():
        found = _check_value(report, field or key, key, held, known.get(key))
        results |= {key: found} if isinstance(found, datetime) else {}
    return results


def _check_value(report: Report, field: str, key: str, value: object, rule: _Rule | type | None) -> object:
    """Check a value by the rule of its key; return what the rule returns."""
    if key.startswith("_"):
        if not isinstance(value, dict):
            report.error("wrong-type", field, f'The extension "{key}" is not an object.')
    elif rule is None:
        report.error(
            "unknown-key", field, f'"{key}" is not a key of JSON Feed; an extension starts with "_".'
        )
    elif isinstance(rule, type):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not (number if rule is float else isinstance(value, rule)):
            report.error("wrong-type", field, f'"{key}" is not {_TYPES[rule]}.')
    elif not isinstance(value, str):
        report.error("wrong-type", field, f'"{key}" is not a text.')
    elif check_filled(report, field, value):
        check_characters(report, field, value)
        return rule(report, field, value)
    return None


def _get_list(parent: dict[str, Any], key: str) -> list[Any]:
    """Return an array, or [] for any other value, which has been reported already."""
    found = parent.get(key, [])
    return found if isinstance(found, list) else []


def _get_objects(report: Report, parent: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = []
    for held in _get_list(parent, key):
        if isinstance(held, dict):
            found.append(held)
        else:
            report.error("wrong-type", key, f'"{key}" holds something that is not an object.')
    return found
