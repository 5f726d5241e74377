"""What a freeze does."""

from __future__ import annotations

import msgspec


class Plan(msgspec.Struct):
    """What a freeze did or, in a dry run, would do; files relative to the output folder."""

    written: list[str]
    kept: list[str]
    deleted: list[str]
