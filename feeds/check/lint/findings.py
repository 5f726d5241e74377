"""What a lint finds, and where it is written down."""

from __future__ import annotations

from msgspec import Struct

from feeds.model import Severity


class Finding(Struct, frozen=True):
    """Something wrong with a finished document.

    ``entry`` is the id of the entry or item that it is about, empty for the feed
    itself; ``field`` is the element or the JSON key.
    """

    code: str
    severity: Severity
    message: str
    entry: str = ""
    field: str = ""


class Report:
    """Collects the findings about one feed, or about one entry of it."""

    def __init__(self, entry: str = "", found: list[Finding] | None = None) -> None:
        self.entry = entry
        self.found = [] if found is None else found

    def about(self, entry: str) -> Report:
        """A report about an entry; its findings are gathered with those of the feed."""
        return Report(entry, self.found)

    def add(self, severity: Severity, code: str, field: str, message: str) -> None:
        """Write down a finding; the same one is written once."""
        finding = Finding(code, severity, message, self.entry, field)
        if finding not in self.found[-20:]:
            self.found.append(finding)

    def error(self, code: str, field: str, message: str) -> None:
        """What a validator calls an error."""
        self.add("error", code, field, message)

    def warning(self, code: str, field: str, message: str) -> None:
        """What a validator calls a warning."""
        self.add("warning", code, field, message)
