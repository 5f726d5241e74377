"""Puts the files for web hosts in place: in the output folder or beside it."""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from pathlib import Path

import msgspec

from feeds.errors import StorageError
from feeds.freeze import hosts
from feeds.lib.storage.files import read_own_file, replace_file


class HostPlan(msgspec.Struct, frozen=True):
    """The files for web hosts that a freeze writes, with bytes, keeps and deletes."""

    write: dict[str, bytes]
    keep: list[str]
    delete: list[str]


def read_host_files(output: Path) -> dict[str, bytes]:
    """Read every file that may be one for a web host. They are small and few.

    What is there and no ordinary file reads as empty, so that it counts as somebody else's.
    """
    bodies = {}
    for file in hosts.list_names(output.name):
        path = _find_path(output, file)
        if os.path.lexists(path):
            try:
                bodies[file] = read_own_file(path)
            except OSError:
                bodies[file] = b""
    return bodies


def plan_host_files(
    wanted: Mapping[str, bytes], found: Mapping[str, bytes], before: Container[str], documents: Container[str]
) -> HostPlan:
    """Compare the files that the configuration asks for with those that are there.

    Those that are ours say so in their first line. ``before`` are the documents of the last freeze: one may
    have the place of these. ``documents`` are those of this one.
    """
    plan = HostPlan({}, [], [])
    for file, body in wanted.items():
        there = found.get(file)
        ours = there is None or hosts.is_ours(there) or file in before
        if there == body or not ours:
            plan.keep.append(file)
        else:
            plan.write[file] = body
    plan.delete.extend(
        file
        for file, body in found.items()
        if file not in wanted and file not in documents and hosts.is_ours(body)
    )
    return plan


def refuse_foreign_host_files(output: Path, wanted: Mapping[str, bytes], found: Mapping[str, bytes]) -> None:
    """Raise :class:`StorageError` if somebody else's file is in the place of ours."""
    for file in wanted:
        body = found.get(file)
        if body is not None and not hosts.is_ours(body) and file not in hosts.OPTIONAL:
            raise StorageError(
                f"{_find_path(output, file)}: is in the way, and no freeze has written it."
                " Remove it, or take the host out of output.hosts."
            )


def apply_host_plan(output: Path, plan: HostPlan) -> None:
    """Write and delete the files of a plan. Raises :class:`StorageError`."""
    for file, body in plan.write.items():
        replace_file(_find_path(output, file), body)
    for path in (_find_path(output, file) for file in plan.delete):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{path}: cannot be deleted: {error.strerror}.") from None


def _find_path(output: Path, file: str) -> Path:
    beside = file.startswith(hosts.BESIDE)
    return output.parent / file.removeprefix(hosts.BESIDE) if beside else output / file
