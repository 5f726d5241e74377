"""Lints finished documents: what a strict feed validator would say of them, told without one.

Pure functions: no clock, no network. An ``error`` is what the W3C's feed validator calls
an error, or what JSON Feed demands; a ``warning`` is what they advise against.
"""

from __future__ import annotations

import importlib

from feeds.check.lint.findings import Finding, Report
from feeds.check.lint.html_rules import strict_html_available

__all__ = ["Finding", "lint", "strict_html_available"]

_MODULES = {
    "application/atom+xml": "feeds.check.lint.atom",
    "application/rss+xml": "feeds.check.lint.rss",
    "application/feed+json": "feeds.check.lint.jsonfeed",
    "text/x-opml": "feeds.check.lint.opml",
}


def lint(path: str, media_type: str, body: bytes) -> list[Finding]:
    """Every finding of a document, in the order of the document.

    A document that cannot be parsed is one finding; a media type that is no feed's
    has none. ``path`` tells the documents of a site apart in messages.
    """
    module = _MODULES.get(media_type.partition(";")[0].strip().lower())
    if module is None:
        return []
    report = Report()
    importlib.import_module(module).check(report, path, body)
    return report.found
