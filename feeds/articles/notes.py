"""What is noted while a file is read."""

from __future__ import annotations

from feeds.articles.fields import Key
from feeds.articles.places import Note, Split, problem_at
from feeds.model import Problem, Severity

_MOST_NOTED = 50


class Notes:
    """Problems of one file, their places looked up only when there are any."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: list[Note] = []

    def __call__(self, code: str, severity: Severity, key: Key, message: str, hint: str) -> None:
        """Note a problem with the field of a key."""
        self.found.append((code, severity, key, message, hint))

    def faulty(self) -> bool:
        """Whether there is an error, which holds the article back."""
        return any(severity == "error" for _, severity, _, _, _ in self.found)

    def problems(self, split: Split) -> tuple[Problem, ...]:
        """All that was noted, with its places in the file."""
        notes = self.found
        if len(notes) > _MOST_NOTED:
            # Errors first: they are why an article is not published.
            notes = sorted(notes, key=lambda note: note[1] != "error")[:_MOST_NOTED]
            more = len(self.found) - len(notes)
            notes.append(("more-problems", "warning", (), f"has {more} more problems.", "Mend these first."))
        return tuple(problem_at(self.path, split, note) for note in notes)
