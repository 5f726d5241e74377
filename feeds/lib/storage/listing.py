"""Lists the objects of a store, page by page where it is S3: a page that fails is asked for again, not all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

# What stores call that which tells one state of an object from the next, the best first.
_MARKS = ("ETag", "etag", "generation", "created", "LastModified", "last_modified")
Ask = Callable[[Callable[[], Any]], Any]


def infos(scheme: str, system: Any, root: str, ask: Ask) -> Iterator[tuple[str, int, str]]:
    """The whole name, the size and the mark of each object below a root; ``ask`` makes a request."""
    if scheme == "s3":
        return _s3(system, root, ask)
    found = ask(partial(system.find, root, detail=True))
    return ((name, info["size"], mark(info)) for name, info in found.items())


def mark(info: Mapping[str, Any]) -> str:
    """What tells this state of an object from others."""
    return next((str(info[name]) for name in _MARKS if info.get(name)), "")


def _s3(system: Any, root: str, ask: Ask) -> Iterator[tuple[str, int, str]]:
    bucket, _, folder = root.partition("/")
    wanted = {"Bucket": bucket, "Prefix": f"{folder}/" if folder else ""}
    while True:
        page = ask(partial(system.call_s3, "list_objects_v2", **wanted))
        yield from ((f"{bucket}/{one['Key']}", one["Size"], one["ETag"]) for one in page.get("Contents", ()))
        if not page.get("IsTruncated"):
            return
        wanted["ContinuationToken"] = page["NextContinuationToken"]
