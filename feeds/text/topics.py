"""When two spellings of a name are the same name."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """The identity of a name: case, width and white space do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
