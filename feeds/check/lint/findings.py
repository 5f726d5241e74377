"""Findings of the lint, and the report that collects them."""

from __future__ import annotations

from msgspec import Struct

from feeds.model import ProblemCode, Severity


class Finding(Struct, frozen=True):
    """Something wrong with a finished document.

    ``entry`` is the id of the entry or item, empty if the finding is about the feed itself.
    ``field`` is the element or the JSON key.
    """

    code: ProblemCode
    severity: Severity
    message: str
    entry: str = ""
    field: str = ""


class Report:
    """Collects the findings about one feed or one of its entries."""

    def __init__(self, entry: str = "", found: list[Finding] | None = None) -> None:
        self.entry = entry
        self.found = [] if found is None else found

    def narrow_to(self, entry: str) -> Report:
        """Return a report about one entry that adds to the findings of this one."""
        return Report(entry, self.found)

    def add(self, severity: Severity, code: ProblemCode, field: str, message: str) -> None:
        """Add a finding, unless the same one was added just before."""
        finding = Finding(code, severity, message, self.entry, field)
        if finding not in self.found[-20:]:
            self.found.append(finding)

    def error(self, code: ProblemCode, field: str, message: str) -> None:
        """Add what a validator calls an error."""
        self.add("error", code, field, message)

    def warning(self, code: ProblemCode, field: str, message: str) -> None:
        """Add what a validator calls a warning."""
        self.add("warning", code, field, message)
