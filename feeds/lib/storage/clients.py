"""What differs from store to store: how a client is set up, and how headers are given to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

# So many requests are under way at a time.
SIDE_BY_SIDE = 16
CONNECT_SECONDS, READ_SECONDS = 10, 30
_NAMES = {
    "Content-Type": "content_type",
    "Cache-Control": "cache_control",
    "Content-Encoding": "content_encoding",
}


def client_options(scheme: str) -> dict[str, Any]:
    """What a store's file system is made with, beside what the environment says.

    Requests are tried again by :mod:`feeds.lib.storage.retry`, so S3's client need not.
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
    """The arguments that have a store keep headers with an object."""
    if scheme == "s3":
        return {name.replace("-", ""): value for name, value in headers.items()}
    settings = {_NAMES[name]: value for name, value in headers.items()}
    if scheme == "az":
        return {"content_settings": settings}
    if scheme == "gs":
        return {"content_type": settings.pop("content_type"), "fixed_key_metadata": settings}
    return {}


def condition_arguments(scheme: str, mark: str | None) -> dict[str, Any]:
    """The arguments that have a store write only in place of the object with this mark; None: of none.

    A store that cannot tell objects apart so (RFC 9110, 13.1) is asked for the second alone.
    """
    if scheme == "s3":
        return {"IfNoneMatch": "*"} if mark is None else {"IfMatch": mark}
    return {"mode": "create"} if mark is None else {}


# What stores call that which tells one state of an object from the next, the best first.
_MARKS = ("ETag", "etag", "generation", "created", "LastModified", "last_modified")
Ask = Callable[[Callable[[], Any]], Any]


def list_infos(scheme: str, system: Any, root: str, ask: Ask) -> Iterator[tuple[str, int, str]]:
    """The whole name, the size and the mark of each object below a root; ``ask`` makes a request."""
    if scheme == "s3":
        return _list_s3(system, root, ask)
    found = ask(partial(system.find, root, detail=True))
    return ((name, info["size"], get_mark(info)) for name, info in found.items())


def get_mark(info: Mapping[str, Any]) -> str:
    """What tells this state of an object from others."""
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
