"""The names of files: as text that depends on no locale, and compared with patterns.

Python decodes the names of files by the locale. Ids and addresses of articles follow from such names,
so they would follow from the locale too. Here, a name is always its bytes decoded as UTF-8.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

SYSTEM_IS_UTF8 = sys.getfilesystemencoding() == "utf-8"


def to_system(path: str) -> str:
    """Return a path as the functions of the system expect it in this process's locale."""
    return path if SYSTEM_IS_UTF8 else os.fsdecode(path.encode("utf-8", "surrogateescape"))


def from_system(path: str | Path) -> str:
    """Return a path, as the functions of the system give it, as UTF-8.

    Bytes that are no UTF-8 become lone surrogates.
    """
    if SYSTEM_IS_UTF8:
        return str(path)
    return os.fsencode(path).decode("utf-8", "surrogateescape")


def make_matcher(globs: Sequence[str]) -> Callable[[str], object]:
    """Return a function that tells whether a path matches one of these patterns."""
    return re.compile("|".join(f"(?:{_translate_glob(glob)})" for glob in globs), re.DOTALL).fullmatch


def _translate_glob(glob: str) -> str:
    """Return a regular expression for a glob; ``**/`` stands for any number of folders."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(signs.get(part, re.escape(part)) for part in parts)
