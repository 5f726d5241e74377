"""How much tests try: enough for minutes by default, ten times as much and more under `make stress`.

conftest.py imports it before all else.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any, TypeVar

# Tests start hundreds of processes that import feeds. Where the environment forbids to write bytecode, as in
# many images, each of them would compile it, which takes longer than all else that it does. First of all, since
# pytest compiles hypothesis too.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Each process collects thousands of tests that stay: to look for garbage among them is a quarter of that work.
# pytest_collection_finish of conftest.py has it go on.
gc.disable()
# No test uses trio, whose plug-in hypothesis would load.
os.environ["HYPOTHESIS_NO_PLUGINS"] = "1"

from hypothesis import settings  # noqa: E402

Thing = TypeVar("Thing")

# No deadlines, because a busy machine is no fault of an example. CI tries the same examples each time.
settings.register_profile(
    "minutes", max_examples=20, deadline=None, derandomize=os.environ.get("CI") == "true"
)
settings.register_profile("stress", max_examples=1000, deadline=None)
settings.load_profile("minutes")


def stressed() -> bool:
    """Return whether this run is `make stress`; its profile is set before test modules are imported."""
    return settings.get_current_profile_name() == "stress"


def examples(few: int, many: int, **others: Any) -> settings:
    """Have hypothesis try ``few`` examples, and ``many`` under `make stress`."""
    return settings(max_examples=many if stressed() else few, deadline=None, **others)


def some(things: Sequence[Thing], few: int) -> list[Thing]:
    """Return about ``few`` of many variants of one claim, spread over them, and all under `make stress`."""
    return list(things) if stressed() else list(things[:: max(1, len(things) // few)])
