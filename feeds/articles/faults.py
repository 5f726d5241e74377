"""What makes front matter unreadable as a whole."""

from __future__ import annotations

from feeds.model import Problem


class FrontMatterError(Exception):
    """Front matter that cannot be read; ``line`` and ``column`` count from 1 in the file."""

    def __init__(self, code: str, message: str, hint: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint
        self.line, self.column = line, column

    def problem(self, path: str) -> Problem:
        """The error as a problem of a file: nothing of it can be read."""
        return Problem(self.code, "error", path, self.message, self.hint, self.line, self.column)
