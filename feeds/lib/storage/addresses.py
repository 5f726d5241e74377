"""Addresses in object stores, such as ``s3://bucket/folder``. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple


class Store(NamedTuple):
    """The package that fsspec needs for a store, and the extra of ours that installs it."""

    package: str
    extra: str


STORES = {
    "s3": Store("s3fs", "s3"),
    "gs": Store("gcsfs", "gcs"),
    "az": Store("adlfs", "azure"),
    "memory": Store("fsspec", "s3"),
}
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
# With these, an address would say more than a place; a password, perhaps.
_MORE = re.compile(r"[@?#\s]|::")


def is_address(place: str) -> bool:
    """Whether this names a store rather than a folder of this machine."""
    return _ADDRESS.fullmatch(place) is not None


def get_scheme(address: str) -> str:
    """The part before ``://``."""
    return address.partition("://")[0]


def find_fault(address: str) -> tuple[str, str] | None:
    """What keeps an address from being used, and what to do; None where nothing does.

    Neither repeats the address: it might hold a password.
    """
    if get_scheme(address) not in STORES:
        return "names no store that is known.", "Begin it with s3://, gs:// or az://, or name a folder."
    rest = address.partition("://")[2].rstrip("/")
    if _MORE.search(rest):
        return (
            "has more than a store, a bucket and a folder.",
            "Leave credentials to the environment (docs/object-stores.md).",
        )
    if any(part in ("", ".", "..") for part in rest.split("/")):
        return "names no bucket, or a folder without a name.", 'Write it like "s3://bucket/folder".'
    return None
