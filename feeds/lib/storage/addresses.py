"""Checks addresses in object stores, such as ``s3://bucket/folder``. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple


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
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
# With these signs, an address would say more than a place, perhaps a password.
_MORE = re.compile(r"[@?#\s]|::")


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
            "Leave credentials to the environment (docs/object-stores.md).",
        )
    if any(part in ("", ".", "..") for part in rest.split("/")):
        return "names no bucket, or a folder without a name.", 'Write it like "s3://bucket/folder".'
    return None
