"""Puts the files for web hosts in place: some in the output folder, some beside it."""

from __future__ import annotations

from collections.abc import Container
from collections.abc import Set as AbstractSet
from pathlib import Path

from feeds.errors import StorageError
from feeds.freeze import hosts
from feeds.freeze.manifest import Outcome
from feeds.lib.storage.files import replace_file
from feeds.publisher.snapshot import Snapshot


class Hosting:
    """The files that the configuration asks for, against those that are there.

    They are small, so each is made and compared by every freeze. Those that are ours say
    so in their first line.
    """

    def __init__(
        self, site: Snapshot, output: Path, documents: Container[str], plan: Outcome, *, dry_run: bool
    ) -> None:
        """``documents`` are the files that the last freeze wrote: one may have the place of these now."""
        self._output = output
        self._documents = documents
        self._plan = plan
        self._dry_run = dry_run
        self._wanted = hosts.make_files(site, output.name)

    @property
    def wanted(self) -> AbstractSet[str]:
        """The files that there are to be."""
        return self._wanted.keys()

    def refuse_foreign(self) -> None:
        """Raise :class:`StorageError` where a file of somebody else has the place of one of these."""
        for file in self._wanted:
            body = self._read(file)
            if body is not None and not hosts.is_ours(body) and file not in hosts.OPTIONAL:
                raise StorageError(
                    f"{self._path(file)}: stands in the way, and no freeze has written it."
                    " Remove it, or take the host out of output.hosts."
                )

    def put(self) -> None:
        """Write those that changed, and delete those that are no longer asked for."""
        for file, wanted in self._wanted.items():
            body = self._read(file)
            ours = body is None or hosts.is_ours(body) or file in self._documents
            if body == wanted or not ours:
                self._plan.kept.append(file)
                continue
            self._plan.written.append(file)
            if not self._dry_run:
                replace_file(self._path(file), wanted)
        for file in hosts.list_names(self._output.name):
            body = None if file in self._wanted else self._read(file)
            if body is not None and hosts.is_ours(body):
                self._plan.deleted.append(file)
                if not self._dry_run:
                    self._delete(self._path(file))

    def _path(self, file: str) -> Path:
        beside = file.startswith(hosts.BESIDE)
        return self._output.parent / file.removeprefix(hosts.BESIDE) if beside else self._output / file

    def _read(self, file: str) -> bytes | None:
        try:
            return self._path(file).read_bytes()
        except OSError:
            return None

    def _delete(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{path}: cannot be deleted: {error.strerror}.") from None
