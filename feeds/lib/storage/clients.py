"""What differs between stores: setting up a client, passing headers, listing objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

# How many requests run at the same time.
SIDE_BY_SIDE = 16
CONNECT_SECONDS, READ_SECONDS = 10, 30
_NAMES = {
    "Content-Type": "content_type",
    "Cache-Control": "cache_control",
    "Content-Encoding": "content_encoding",
}


def client_options(scheme: str) -> dict[str, Any]:
    """Return the options of a store's file system, besides those of the environment.

    :mod:`feeds.lib.storage.retry` repeats requests, so S3's client need not.
    """
    if scheme != "s3":
        return {}
    from fsspec.config import conf

    client = {
        "retries": {"total_max_attempts": 1, "mode": "standard"},
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "max_pool_connections": SIDE_BY_SIDE,
    }
    return {"config_kwargs": conf.get("s3", {}).get("config_kwargs", {}) | client}


def header_arguments(scheme: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments that make a store keep headers with an object."""
    if scheme == "s3":
        return {name.replace("-", ""): value for name, value in headers.items()}
    settings = {_NAMES[name]: value for name, value in headers.items()}
    if scheme == "az":
        return {"content_settings": settings}
    if scheme == "gs":
        return {"content_type": settings.pop("content_type"), "fixed_key_metadata": settings}
    return {}


def condition_arguments(scheme: str, mark: str | None) -> dict[str, Any]:
    """Return the arguments that make a store replace only the object with this mark.

    With None, the store writes only if there is no object. Stores without conditions on marks
    (RFC 9110, 13.1) check the second case alone.
    """
    if scheme == "s3":
        return {"IfNoneMatch": "*"} if mark is None else {"IfMatch": mark}
    return {"mode": "create"} if mark is None else {}


# The names that stores have for the mark of an object's state, the best first.
_MARKS = ("ETag", "etag", "generation", "created", "LastModified", "last_modified")
Ask = Callable[[Callable[[], Any]], Any]


def list_infos(scheme: str, system: Any, root: str, ask: Ask) -> Iterator[tuple[str, int, str]]:
    """Return name, size and mark of each object below a root; ``ask`` makes a request."""
    if scheme == "s3":
        return _list_s3(system, root, ask)
    found = ask(partial(system.find, root, detail=True))
    return ((name, info["size"], get_mark(info)) for name, info in found.items())


def get_mark(info: Mapping[str, Any]) -> str:
    """Return the mark of an object's state, which differs from those of its other states."""
    return next((str(info[name]) for name in _MARKS if info.get(name)), "")


def _list_s3(system: Any, root: str, ask: Ask) -> Iterator[tuple[str, int, str]]:
    bucket, _, folder = root.partition("/")
    wanted = {"Bucket": bucket, "Prefix": f"{folder}/" if folder else ""}
    while True:
        page = ask(partial(system.call_s3, "list_objects_v2", **wanted))
        yield from ((f"{bucket}/{one['Key']}", one["Size"], one["ETag"]) for one in page.get("Contents", ()))
        if not page.get("IsTruncated"):
            return
        wanted["ContinuationToken"] = page["NextContinuationToken"]
