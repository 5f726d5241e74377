"""What each feed may hold at each moment, by what was done to the articles: the measure of ``day.py``."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, NamedTuple

Shown = Literal["public", "draft", "hidden"]


class State(NamedTuple):
    """An article as a curator left it."""

    title: str = ""
    topics: frozenset[str] = frozenset()
    shown: Shown = "hidden"


class Version(NamedTuple):
    """A state, and when its writing began and was done, in seconds of one clock."""

    state: State
    began: float
    done: float


class Span(NamedTuple):
    """From when something was asked to when it was answered."""

    asked: float
    answered: float


class Mismatch(NamedTuple):
    """An article that an answer shows otherwise than it may: lost, leaked or wrong."""

    kind: str
    name: str
    text: str


# What a feed shows of a state: a title, or None.
View = Callable[[State], str | None]


def public(topic: str = "") -> View:
    """What a public feed shows: of one topic, or of all."""
    return lambda state: (
        state.title if state.shown == "public" and (not topic or topic in state.topics) else None
    )


def private() -> View:
    """What a private feed with drafts shows."""
    return lambda state: {"public": state.title, "draft": f"Draft: {state.title}", "hidden": None}[
        state.shown
    ]


class Model:
    """The versions of all articles. An older one may be shown for ``window`` seconds after the next was written."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._lock = threading.Lock()
        self._versions: dict[str, list[Version]] = {}
        self.stalest = 0.0

    def note(self, name: str, state: State, began: float, done: float) -> None:
        """Take down what was done to an article."""
        with self._lock:
            self._versions.setdefault(name, []).append(Version(state, began, done))

    @contextmanager
    def writing(self, name: str, state: State) -> Iterator[None]:
        """Take down what is being done meanwhile: it may show at once, and until it is done need not."""
        began = time.monotonic()
        self.note(name, state, began, math.inf)
        yield
        with self._lock:
            self._versions[name][-1] = Version(state, began, time.monotonic())

    def find_mismatches(self, view: View, shown: Mapping[str, str], span: Span) -> Iterator[Mismatch]:
        """What is wrong with an answer that shows these titles by the names of their articles."""
        with self._lock:
            versions = {name: tuple(found) for name, found in self._versions.items()}
        for name in sorted({*versions, *shown}):
            yield from self._judged(
                _expected(view, versions.get(name, ()), span), name, shown.get(name), span
            )

    def _judged(
        self, expected: Sequence[tuple[str | None, float]], name: str, title: str | None, span: Span
    ) -> Iterator[Mismatch]:
        possible = [(seen, end) for seen, end in expected if end + self._window >= span.asked]
        matching = [end for seen, end in possible if seen == title]
        if matching:
            self.stalest = max(self.stalest, span.asked - max(matching))
            return
        allowed = [seen for seen, _ in possible]
        kind = "lost" if title is None else "wrong" if any(allowed) else "leaked"
        yield Mismatch(kind, name, f"{title!r}, but only one of {allowed!r} is allowed")


def _expected(view: View, versions: Sequence[Version], span: Span) -> list[tuple[str | None, float]]:
    """What a feed shows of each version that had begun by then, and when the next one was written."""
    # Before its first version there was no article.
    every = (Version(State(), 0, 0), *versions)
    ends = [*(later.done for later in every[1:]), span.asked]
    return [
        (view(version.state), end)
        for version, end in zip(every, ends, strict=True)
        if version.began <= span.answered
    ]
