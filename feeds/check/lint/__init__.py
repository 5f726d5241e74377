"""Check finished documents by the rules of a strict feed validator.

Everything here is pure: no clock, no network. An ``error`` is what the W3C feed validator calls
an error, or what JSON Feed forbids. A ``warning`` is what they advise against.
"""

from __future__ import annotations

import importlib

from feeds.check.lint.findings import Finding, Report

__all__ = ["Finding", "lint"]

# Imported when the first document of its media type comes.
_MODULES = {
    "application/atom+xml": "feeds.check.lint.atom",
    "application/rss+xml": "feeds.check.lint.rss",
    "application/feed+json": "feeds.check.lint.jsonfeed",
    "text/x-opml": "feeds.check.lint.opml",
}


def lint(path: str, media_type: str, body: bytes) -> list[Finding]:
    """Return all findings about a document, in document order.

    A document that cannot be parsed gives one finding. A media type without rules gives none.
    ``path`` names the document in messages.
    """
    module = _MODULES.get(media_type.partition(";")[0].strip().lower())
    if module is None:
        return []
    report = Report()
    importlib.import_module(module).check(report, path, body)
    return report.found
