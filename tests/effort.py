"""How much tests try: enough for minutes by default, ten times as much and more under `make stress`.

conftest.py imports it before all else.
"""

from __future__ import annotations

import functools
import gc
import inspect
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
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

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

Thing = TypeVar("Thing")
Test = Callable[..., None]

# No deadlines, because a busy machine is no fault of an example. CI tries the same examples each time.
_PATIENT: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("minutes", max_examples=20, derandomize=os.environ.get("CI") == "true", **_PATIENT)
settings.register_profile("stress", max_examples=1000, **_PATIENT)
settings.load_profile("minutes")


def stressed() -> bool:
    """Return whether this run is `make stress`; its profile is set before test modules are imported."""
    return settings.get_current_profile_name() == "stress"


def examples(few: int, many: int, *suppressed: HealthCheck) -> settings:
    """Have hypothesis try ``few`` examples, and ``many`` under `make stress`; suppress more of its checks."""
    found = {**_PATIENT, "suppress_health_check": [*_PATIENT["suppress_health_check"], *suppressed]}
    return settings(max_examples=many if stressed() else few, **found)


def some(things: Sequence[Thing], few: int) -> list[Thing]:
    """Return about ``few`` of many variants of one claim, spread over them, and all under `make stress`."""
    return list(things) if stressed() else list(things[:: max(1, len(things) // few)])


def measure(work: Callable[[], object], clock: Callable[[], float] = time.thread_time) -> float:
    """Return the seconds of the processor that some work takes, without a search for what others left as garbage."""
    gc.disable()
    try:
        began = clock()
        work()
        return clock() - began
    finally:
        gc.enable()


def is_quick(taken: float, seconds: float) -> bool:
    """Return whether work took no more than some seconds of a processor as it was when they were chosen.

    If it took more, this one may be slower, or share its core with others: so it is compared with known work.
    """
    return taken < seconds or taken < seconds * _measure_slowness()


def _measure_slowness() -> float:
    """Return how many times longer this processor takes now for work that took 4.5 milliseconds."""
    pattern, times = re.compile(r"(\w)(\d+)"), 20
    began = time.process_time()
    for _ in range(times):
        pattern.sub(r"\2\1", " ".join([f"a{number}" for number in range(4000)])).split()
    return (time.process_time() - began) / times / 0.0045


def for_each(names: str | tuple[str, ...], rows: Iterable[Any]) -> Callable[[Test], Test]:
    """Try a test with each row of a table, all in one go, and name every row with which it fails.

    pytest's own ``parametrize`` makes a test of each row, which takes five milliseconds in all processes together:
    longer than most rows. It is for rows that need fixtures of their own, or take longer.
    """
    keys = (names,) if isinstance(names, str) else names
    table = [(row,) for row in rows] if isinstance(names, str) else list(rows)

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def try_all(**fixtures: Any) -> None:
            failed: list[BaseException] = []
            for row in table:
                values = dict(zip(keys, row, strict=True))
                try:
                    test(**values, **fixtures)
                except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - each is raised below
                    error.add_note(f"with {values}")
                    failed.append(error)
            if failed:
                raise BaseExceptionGroup(f"{len(failed)} of {len(table)} rows failed", failed)

        signature = inspect.signature(test)
        others = [one for name, one in signature.parameters.items() if name not in keys]
        assert len(others) == len(signature.parameters) - len(keys), f"{test.__name__} does not take {names}"
        try_all.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        return try_all

    return decorate
