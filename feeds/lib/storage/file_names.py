"""The names of files and the addresses of object stores.

Names are text that depends on no locale. Python decodes the names of files by the locale. Ids and addresses
of articles follow from such names, so they would follow from the locale too. Here, a name is always its
bytes decoded as UTF-8.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from feeds.errors import make_page_address

SYSTEM_IS_UTF8 = sys.getfilesystemencoding() == "utf-8"
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
# With these signs, an address would hold more than a place, perhaps a password.
_MORE = re.compile(r"[@?#\s]|::")


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


def make_matcher(globs: Sequence[str], excluded: Sequence[str] = ()) -> Callable[[str], object]:
    """Return a function that tells if a path matches, and matches no ``excluded``."""
    pattern = "|".join(f"(?:{_translate_glob(glob)})" for glob in globs)
    if excluded:
        no = "|".join(f"(?:{_translate_glob(glob)})" for glob in excluded)
        pattern = f"(?!(?:{no})\\Z)(?:{pattern})"
    return re.compile(pattern, re.DOTALL).fullmatch


def _translate_glob(glob: str) -> str:
    """Return the regular expression of a glob; ``**/`` is any number of folders."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(signs.get(part, re.escape(part)) for part in parts)


def find_companion(path: str, ending: str) -> str:
    """Return the path of the file that may have the front matter of a post."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name.rpartition('.')[0] or name}{ending}"


class Store(NamedTuple):
    """The package that fsspec needs for a store, and our extra that installs it."""

    package: str
    extra: str


STORES = {
    "s3": Store("s3fs", "s3"),
    "gs": Store("gcsfs", "gcs"),
    "az": Store("adlfs", "azure"),
    "memory": Store("fsspec", "s3"),
}


def is_address(place: str) -> bool:
    """Return whether this names a store and not a folder of this machine."""
    return _ADDRESS.fullmatch(place) is not None


def get_scheme(address: str) -> str:
    """Return the part before ``://``."""
    return address.partition("://")[0]


def find_address_error(address: str) -> tuple[str, str] | None:
    """Return why an address cannot be used and what to do; None if it can be used.

    Neither text repeats the address, which might hold a password.
    """
    if get_scheme(address) not in STORES:
        return "names no store that is known.", "Begin it with s3://, gs:// or az://, or name a folder."
    rest = address.partition("://")[2].rstrip("/")
    if _MORE.search(rest):
        return (
            "has more than a store, a bucket and a folder.",
            f"Leave credentials to the environment: {make_page_address('guides/object-stores')}",
        )
    if any(part in ("", ".", "..") for part in rest.split("/")):
        return "names no bucket, or a folder without a name.", 'Write it like "s3://bucket/folder".'
    return None
