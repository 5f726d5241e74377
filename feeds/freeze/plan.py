"""What a freeze does."""

from __future__ import annotations

import msgspec


class Plan(msgspec.Struct):
    """What a freeze did or, in a dry run, would do; files relative to the output folder.

    ``first`` says that no freeze had written the folder before.
    """

    written: list[str]
    kept: list[str]
    deleted: list[str]
    first: bool = False
