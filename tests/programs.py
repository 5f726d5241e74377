"""Programs that tests start and that are no Python packages."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


def require_program(name: str, *places: str) -> str:
    """Return the path of a program or file; ``places`` are tried before PATH.

    If there is none, skip the test and name the program; under CI fail, because there
    `make needs` must have installed it.
    """
    found = next((place for place in places if Path(place).exists()), None) or shutil.which(name)
    if found is None:
        message = f"{name} is not installed; `make needs` tries to install it"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found
