"""List the files of the folder of articles, without reading them.

The fingerprint of a folder is a hash of the names and stamps of its files. If the index knows a
folder by the same fingerprint, its files need not be compared one by one.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from feeds.config.schema import Config
from feeds.config.translation import find_companion_ending, has_bundles
from feeds.errors import StorageError
from feeds.index.rows import Folder, Listing, Stamp, find_folder
from feeds.lib.storage.file_names import SYSTEM_IS_UTF8, find_companion, from_system, make_matcher, to_system
from feeds.lib.storage.files import MANIFEST_NAME
from feeds.lib.storage.stray_files import STRAY_FOLDERS, find_stray_files
from feeds.model import Problem, ProblemCode, Severity

# Numbers as bytes: a third less to hash than their digits.
_encode = msgspec.msgpack.Encoder().encode
# Some file systems have inodes of 64 bits, and a database has numbers with a sign.
_63_BITS = (1 << 63) - 1
_MARK_BYTES = 7
# The mapper gets at least this many trees, if there are as many: of fewer, one may have most of the files.
_TREES = 16
# The file that makes a bundle of its folder, perhaps in another language.
_INDEX = re.compile(r"index(?:\.[a-zA-Z]{2}(?:-\w+)?)?\.(?:md|markdown|html|org)")
unpack_folders = msgspec.msgpack.Decoder(list[Folder]).decode
FolderMapper = Callable[
    [Callable[[Sequence[str]], Sequence[Folder]], Sequence[Sequence[str]]], Iterable[Sequence[Folder]]
]


class ScanRules(Struct, frozen=True):
    """Which files are articles: they match a pattern, none of ``exclude``.

    They are not ``excluded`` either. ``excluded`` are files and folders below the folder of articles that
    belong to the site itself: its output, its index, its configuration. A file with the ending
    ``companion`` beside an article is a part of it, and if a folder ``has_bundles``, so are files beside its index.
    """

    include: tuple[str, ...]
    excluded: frozenset[str] = frozenset()
    exclude: tuple[str, ...] = ()
    companion: str = ""
    has_bundles: bool = False

    @classmethod
    def of(cls, config: Config) -> ScanRules:
        """Return the rules of a configuration."""
        root = os.path.realpath(config.articles_path)
        own = [
            config.output_path,
            config.digests_path,
            config.dropped_path,
            config.index_path.with_name("pictures"),
            *(config.index_path.with_name(name) for name in _list_index_files(config)),
            config.locate(config.file),
            *(config.locate(path) for path in (config.topics_path, config.providers_path) if path),
            *filter(None, [config.templates_path, config.style_path, config.static_path]),
        ]
        # A link to the output is no article, and neither is what it leads to.
        places = {place for path in own for place in (os.path.realpath(path), os.path.abspath(path))}
        starts = {
            f"{start.rstrip(os.sep)}{os.sep}" for start in (root, os.path.abspath(config.articles_path))
        }
        return cls(
            config.articles.include,
            frozenset(
                from_system(place[len(start) :])
                for place in places
                for start in starts
                if place.startswith(start)
            ),
            config.articles.exclude,
            find_companion_ending(config),
            has_bundles(config),
        )

    def name_articles(self, paths: Iterable[str]) -> set[str]:
        """Return paths, those of companions replaced by those of their articles."""
        found = set(paths)
        if self.companion:
            endings = {pattern.rpartition("*")[2] for pattern in self.include}
            for path in [path for path in found if path.endswith(self.companion)]:
                found.remove(path)
                found.update(path.removesuffix(self.companion) + ending for ending in endings)
        return found


def _list_index_files(config: Config) -> Iterator[str]:
    index = config.index_path
    yield from (f"{index.name}{suffix}" for suffix in ("", "-wal", "-shm", "-journal"))
    yield from (index.with_suffix(suffix).name for suffix in (".lock", ".key", ".channels"))
    for path in (config.outbox_path, config.pulled_path):
        yield from (path.name, path.with_suffix(".lock").name)


def scan(
    folder: Path, rules: ScanRules, known: Mapping[str, bytes] | None = None, mapper: FolderMapper = map
) -> Listing:
    """List the articles below ``folder`` by some rules, except hidden files.

    ``known`` has the fingerprints of folders by path; ``mapper`` decides where the work is done (as
    :func:`map` does, or a pool's). What programs leave beside articles, and trees that a freeze
    wrote, are left out. Links to folders are not followed; a link to a file counts if
    that file is in the folder. Raises :class:`StorageError` if the folder itself cannot be read.
    """
    scanner = _Scanner(folder, rules, known or {})
    found: list[Folder] = []
    waiting = [""]
    while waiting and len(waiting) < _TREES:
        found.append(scanner.scan_folder(waiting.pop(0)))
        waiting.extend(found[-1].below)
    for folders in mapper(scanner.scan_trees, [[path] for path in waiting]):
        found.extend(folders)
    return make_listing(found)


def scan_below(folder: Path, rules: ScanRules, paths: Iterable[str]) -> Listing:
    """List like :func:`scan`, but only what is at or below some relative paths."""
    scanner = _Scanner(folder, rules, {})
    found = [one for path in paths for one in scanner.scan_path(path)]
    return make_listing(found)._replace(folders={})


def make_listing(found: Sequence[Folder]) -> Listing:
    """Join the contents of folders to one listing."""
    return Listing(
        {path: stamp for one in found for path, stamp in one.files.items()},
        tuple(problem for one in found for problem in one.problems),
        {one.path: (one.fingerprint, one.number) for one in found if one.files},
        frozenset(one.path for one in found if one.number and not one.files),
        frozenset(path for one in found for path in one.unreadable),
    )


class _Scanner:
    """Scans folders below a root."""

    def __init__(self, root: Path, rules: ScanRules, known: Mapping[str, bytes]) -> None:
        self._root = os.path.realpath(root)
        self._wanted = make_matcher(rules.include, rules.exclude)
        self._rules = rules
        self._known = known
        # By the path of a folder, the names in it that are left out.
        self._excluded: dict[str, set[str]] = {}
        for path in rules.excluded:
            self._excluded.setdefault(find_folder(path), set()).add(path.rpartition("/")[2])

    def scan_trees(self, paths: Sequence[str]) -> list[Folder]:
        """Scan some folders and all folders below them."""
        return [found for path in paths for found in self._scan_tree(path)]

    def scan_path(self, path: str) -> Iterator[Folder]:
        """Scan a file or folders at a path, unless gone, hidden or behind a link."""
        parts = path.split("/") if path else []
        above = [
            os.path.join(self._root, to_system("/".join(parts[:depth]))) for depth in range(1, len(parts))
        ]
        if self._is_left_out(parts) or any(map(os.path.islink, above)) or any(map(_is_frozen_tree, above)):
            return
        full = os.path.join(self._root, to_system(path))
        is_link = os.path.islink(full)
        contents = FolderContents(self._root, self._wanted, self._rules)
        if not path or (os.path.isdir(full) and not is_link):
            yield from self._scan_tree(path)
            contents.note_folder(path)
        elif os.path.lexists(full):
            contents.add(full, path, partial(os.stat, full), is_link=is_link)
            for beside in self._list_related(path, full):
                contents.add_file(beside, partial(os.stat, os.path.join(self._root, to_system(beside))))
        yield contents.to_folder(find_folder(path))

    def scan_folder(self, path: str) -> Folder:
        """Scan a folder without those below it."""
        contents = FolderContents(self._root, self._wanted, self._rules)
        prefix = f"{path}/" if path else ""
        try:
            entries = list(os.scandir(os.path.join(self._root, to_system(path))))
        except OSError as error:
            if not path:
                raise StorageError(
                    f"{from_system(self._root)}: the folder of articles cannot be read: {error.strerror}."
                ) from None
            contents.add_unreadable(prefix, f"cannot be listed: {error.strerror}.")
            return contents.to_folder(path)
        below = []
        excluded = self._excluded.get(path, ())
        for entry in entries:
            name = entry.name if SYSTEM_IS_UTF8 else from_system(entry.name)
            if name.startswith("."):
                if name == MANIFEST_NAME and path:
                    return FolderContents(self._root, self._wanted, self._rules).to_folder(path)
                continue
            if name in excluded:
                continue
            if entry.is_file(follow_symlinks=False):
                contents.add_file(prefix + name, entry.stat)
            elif entry.is_dir(follow_symlinks=False):
                contents.note_folder(prefix + name)
                if name not in STRAY_FOLDERS and contents.check_name(prefix + name):
                    below.append(prefix + name)
            else:
                contents.add(entry.path, prefix + name, entry.stat, is_link=entry.is_symlink())
        return contents.to_folder(path, self._known.get(path), below)

    def _list_related(self, path: str, full: str) -> list[str]:
        """Return the files beside one: its companion, the index of its bundle."""
        folder = f"{find_folder(path)}/".removeprefix("/")
        names = [find_companion(path, self._rules.companion)] if self._rules.companion else []
        if self._rules.has_bundles and folder and not _INDEX.fullmatch(path, len(folder)):
            names += [folder + name for name in os.listdir(os.path.dirname(full)) if _INDEX.fullmatch(name)]
        return [name for name in names if os.path.isfile(os.path.join(self._root, to_system(name)))]

    def _is_left_out(self, parts: Sequence[str]) -> bool:
        """Return whether a path is hidden, excluded, or in a folder that is."""
        return any(
            name.startswith(".")
            or name in STRAY_FOLDERS
            or name in self._excluded.get("/".join(parts[:depth]), ())
            for depth, name in enumerate(parts)
        )

    def _scan_tree(self, path: str) -> Iterator[Folder]:
        found = self.scan_folder(path)
        yield found
        for inner in found.below:
            yield from self._scan_tree(inner)


class FolderContents:
    """Collects the files of one folder, and the problems with them."""

    def __init__(self, root: str, wanted: Callable[[str], object], rules: ScanRules) -> None:
        self._root = root
        self._wanted = wanted
        self._companion = rules.companion
        self._has_bundles = rules.has_bundles
        self._companions: dict[str, tuple[str, int, int, int, int]] = {}
        self._files: list[tuple[str, int, int, int, int]] = []
        self._problems: list[Problem] = []
        self._unreadable: list[str] = []
        # What is in the place of an article without being one. If there was an article, nobody withdrew it.
        self._blocked: list[str] = []

    def to_folder(self, path: str, known: bytes | None = None, below: Sequence[str] = ()) -> Folder:
        """Return all that was found, without files if the fingerprint is the known one."""
        if self._companions:
            self._files = [self._add_companion(file) for file in self._files]
        if self._has_bundles and path:
            # The other texts of a bundle are resources of its page.
            start = len(path) + 1
            self._files = [file for file in self._files if _INDEX.fullmatch(file[0], start)] or self._files
        self._files.sort()
        self._leave_out_stray_files(len(path) + 1 if path else 0)
        blocked = [(place,) for place in sorted(self._blocked)]
        fingerprint = hashlib.sha256(_encode([*self._files, *blocked])).digest()
        files = {} if fingerprint == known else {file[0]: Stamp._make(file[1:]) for file in self._files}
        if self._unreadable:
            # No known fingerprint: what cannot be looked at now must be looked at the next time.
            fingerprint = b""
        return Folder(
            path,
            fingerprint,
            len(self._files),
            files,
            tuple(self._problems),
            tuple(below),
            (*self._unreadable, *self._blocked),
        )

    def add(self, full: str, path: str, status_of: Callable[[], os.stat_result], *, is_link: bool) -> None:
        """Add the file at a path, if it is wanted and is in the folder."""
        if is_link and os.path.isdir(full):
            if self.check_name(path):
                self._blocked += (path, f"{path}/")
                self.add_problem("linked-folder", path, "is a link to a folder; such links are not followed.")
        elif is_link and self._wanted(path) and not os.path.realpath(full).startswith(self._root + os.sep):
            if self.check_name(path):
                self._blocked.append(path)
                self.add_problem("outside", path, "is a link to a file outside of the folder.")
        else:
            self.add_file(path, status_of)

    def add_file(self, path: str, status_of: Callable[[], os.stat_result]) -> None:
        """Add a file, if it is wanted."""
        is_companion = self._companion and path.endswith(self._companion)
        if not (self._wanted(path) or is_companion) or not (path.isascii() or self.check_name(path)):
            return
        try:
            status = status_of()
        except OSError as error:
            self.add_unreadable(path, f"cannot be read: {error.strerror}.")
            return
        if stat.S_ISREG(status.st_mode):
            self._keep(
                (path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino & _63_BITS)
            )
        elif not is_companion:
            self._blocked.append(path)
            self.add_problem("not-a-file", path, "is not an ordinary file.")

    def note_folder(self, path: str) -> None:
        """Note a folder that has the name of an article."""
        if path and self._wanted(path):
            self._blocked.append(path)

    def check_name(self, path: str) -> bool:
        """Return whether a path is text, as the index needs; add a problem if not."""
        try:
            path.encode()
        except UnicodeEncodeError:
            shown = path.encode("utf-8", "backslashreplace").decode()
            self.add_problem("bad-name", shown, "has a name that is not UTF-8.", "Rename it.")
            return False
        return True

    def add_object(self, path: str, size: int, mtime: int) -> None:
        """Add an object of a store, with its stamp."""
        self._keep((path, size, mtime, 0, 0))

    def _keep(self, file: tuple[str, int, int, int, int]) -> None:
        if self._companion and file[0].endswith(self._companion):
            self._companions[file[0]] = file
        else:
            self._files.append(file)

    def _add_companion(self, file: tuple[str, int, int, int, int]) -> tuple[str, int, int, int, int]:
        """Return a file with a stamp that changes with its companion too."""
        path, size, mtime, ctime, inode = file
        beside = self._companions.get(find_companion(path, self._companion))
        if beside is None:
            return file
        mark = int.from_bytes(hashlib.sha256(_encode(beside)).digest()[:_MARK_BYTES])
        return path, size + beside[1], max(mtime, beside[2]), max(ctime, beside[3]), inode ^ mark

    def add_unreadable(self, path: str, message: str) -> None:
        """Add an unreadable file, or a folder as "path/", and name it in a problem."""
        self._unreadable.append(path)
        self.add_problem("unreadable", path, message)

    def add_problem(
        self,
        code: ProblemCode,
        path: str,
        message: str,
        hint: str = "It is left out.",
        severity: Severity = "error",
    ) -> None:
        """Add a problem with a file or folder."""
        self._problems.append(Problem(code, severity, path, message, hint))

    def _leave_out_stray_files(self, start: int) -> None:
        """Leave out what programs left beside articles, from name ``start`` on."""
        stray = find_stray_files([file[0][start:] for file in self._files])
        if not stray:
            return
        for path, *_ in self._files:
            if what := stray.get(path[start:]):
                self.add_problem(
                    "stray-file",
                    path,
                    f"is {what}.",
                    "It is left out. Delete it, or rename it.",
                    "warning",
                )
        self._files = [file for file in self._files if file[0][start:] not in stray]


def _is_frozen_tree(folder: str) -> bool:
    return os.path.lexists(os.path.join(folder, MANIFEST_NAME))
