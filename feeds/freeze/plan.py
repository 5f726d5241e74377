"""What a freeze does."""

from __future__ import annotations

import msgspec

from feeds.freeze.manifest import Packed, Written
from feeds.model import Problem


class Plan(msgspec.Struct):
    """What a freeze did or, in a dry run, would do; files relative to the output folder.

    ``first`` says that no freeze had written the folder before, ``faults`` which articles could
    not be shown where they should be.
    """

    written: list[str] = []
    kept: list[str] = []
    deleted: list[str] = []
    first: bool = False
    faults: set[Problem] = set()


class Done(msgspec.Struct):
    """What was done for some places: part of a plan, and part of the new manifest."""

    plan: Plan = msgspec.field(default_factory=Plan)
    files: dict[str, Written] = {}
    packed: dict[str, Packed] = {}
