"""How much tests try: enough for minutes by default, ten times as much and more under `make stress`."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings

# No deadlines, because a busy machine is no fault of an example. CI tries the same examples each time.
settings.register_profile(
    "minutes", max_examples=30, deadline=None, derandomize=os.environ.get("CI") == "true"
)
settings.register_profile("stress", max_examples=1000, deadline=None)
settings.load_profile("minutes")


def stressed() -> bool:
    """Return whether this run is `make stress`; its profile is set before test modules are imported."""
    return settings.get_current_profile_name() == "stress"


def examples(few: int, many: int, **others: Any) -> settings:
    """Have hypothesis try ``few`` examples, and ``many`` under `make stress`."""
    return settings(max_examples=many if stressed() else few, deadline=None, **others)
