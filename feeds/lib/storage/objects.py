"""Reads and writes the objects below an address of a store, through fsspec."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property, partial
from typing import Any, NamedTuple, TypeVar

from feeds.errors import StorageError, make_page_address
from feeds.lib.storage.clients import (
    CALL_SECONDS,
    SIDE_BY_SIDE,
    Retry,
    explain,
    get_mark,
    has_code,
    list_infos,
    make_client_options,
    make_condition_arguments,
    make_header_arguments,
)
from feeds.lib.storage.file_names import STORES, get_scheme

Item = TypeVar("Item")
Value = TypeVar("Value")

# S3's codes for a condition that does not hold; the last one if the object is gone.
_CONFLICTS = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")
_HELP = f"{make_page_address('guides/object-stores')} says what is needed."


class Object(NamedTuple):
    """Size of an object in bytes, and the store's mark of its state: usually its ETag."""

    size: int
    mark: str


class ConflictError(StorageError):
    """Somebody else has written an object in the meantime."""


class Objects:
    """The objects below an address such as ``s3://bucket/folder``.

    Safe to share between threads. All methods raise :class:`StorageError` if the store does not answer,
    after several tries if the failure may be temporary. ``say`` gets a sentence about these. A call that
    takes longer than ``seconds`` is ended, and not repeated. A store that asks to slow down gets fewer
    requests at a time, and is asked for ``patience`` seconds.
    """

    def __init__(
        self,
        address: str,
        say: Callable[[str], None] = lambda _text: None,
        seconds: float = CALL_SECONDS,
        patience: float = 0,
    ) -> None:
        self.address = address.rstrip("/")
        self._seconds = seconds
        self._scheme = get_scheme(address)
        self._retry = Retry(say, patience)

    def __reduce__(self) -> tuple[type[Objects], tuple[str]]:
        """Pickle the address alone, because another process needs connections of its own."""
        return Objects, (self.address,)

    @property
    def is_shared(self) -> bool:
        """Whether other processes see the same objects."""
        return self._scheme != "memory"

    def list_objects(self) -> dict[str, Object]:
        """Return all objects by name, which is the path below the address."""
        system, root = self._file_system
        start = len(root) + 1
        return {
            name[start:]: Object(size, told)
            for name, size, told in list_infos(
                self._scheme, system, root, partial(self._call, "", "cannot be listed")
            )
            # Some tools make an object for each folder.
            if name.startswith(f"{root}/") and not name.endswith("/")
        }

    def read(self, name: str, most: int) -> bytes:
        """Return the first ``most`` bytes of an object. Raises :class:`FileNotFoundError`."""
        system, root = self._file_system
        # Without a range, fsspec would first ask for the size.
        call = partial(system.cat_file, f"{root}/{name}", start=0, end=most)
        body: bytes = self._call(name, "cannot be read", partial(_read_or_empty, call), missing=True)
        return body

    def read_each(self, names: Sequence[str], most: int) -> dict[str, bytes]:
        """Return the first bytes of several objects, read side by side; skip gone ones."""

        def read(name: str) -> bytes | None:
            try:
                return self.read(name, most)
            except FileNotFoundError:
                return None

        bodies = zip(names, map_side_by_side(read, names), strict=True)
        return {name: body for name, body in bodies if body is not None}

    def put(self, name: str, body: bytes, headers: Mapping[str, str]) -> Object | None:
        """Write an object with its headers; return None if the store returns no mark."""
        return self._write(name, body, make_header_arguments(self._scheme, headers))

    def replace(self, before: Object | None, name: str, body: bytes, headers: Mapping[str, str]) -> Object:
        """Write an object only if its state is still ``before``; None means no object.

        Raises :class:`ConflictError` if it is not, as far as the store can tell.
        """
        condition = make_condition_arguments(self._scheme, before.mark if before else None)
        arguments = make_header_arguments(self._scheme, headers) | condition
        try:
            done = self._write(name, body, arguments)
        except ConflictError:
            # An earlier try may have succeeded and only its answer been lost.
            if self.read_each([name], len(body) + 1).get(name) != body:
                raise
            done = None
        found = done or self.find(name)
        if found is None:
            raise ConflictError(f"{self.address}/{name}: was deleted by somebody else meanwhile.")
        return found

    def find(self, name: str) -> Object | None:
        """Ask for one object alone, which no store tells late; return None without one."""
        system, root = self._file_system
        with suppress(FileNotFoundError):
            info = self._call(name, "cannot be read", partial(system.info, f"{root}/{name}"), missing=True)
            return Object(info["size"], get_mark(info))
        return None

    def hurry(self) -> None:
        """Be no longer patient: what is under way will not be needed."""
        self._retry.hurry()

    def remove(self, names: Iterable[str]) -> None:
        """Delete objects side by side; those that are gone already are no error."""
        deque(map_side_by_side(self._delete, names), maxlen=0)

    @cached_property
    def _file_system(self) -> tuple[Any, str]:
        """The store's file system, and the name of the address in it."""
        kind = STORES[self._scheme]
        try:
            from fsspec.core import url_to_fs

            given = make_client_options(self._scheme) | {"use_listings_cache": False}
            system, root = url_to_fs(self.address, **given)
        except ImportError:
            raise StorageError(
                f"{self.address}: needs the package {kind.package}."
                f' Install it with: pip install "feeds[{kind.extra}]"'
            ) from None
        except Exception as error:  # noqa: BLE001 - libraries of stores raise errors of all kinds
            raise StorageError(f"{self.address}: cannot be opened: {explain(error)}. {_HELP}") from None
        # S3's own retries would multiply ours.
        system.retries = 1
        return system, root

    def _write(self, name: str, body: bytes, arguments: dict[str, Any]) -> Object | None:
        system, root = self._file_system
        call = partial(system.pipe_file, f"{root}/{name}", body, **arguments)
        answer = self._call(name, "cannot be written", call)
        told = answer.get("ETag") if isinstance(answer, dict) and self._scheme == "s3" else None
        return Object(len(body), told) if told else None

    def _delete(self, name: str) -> None:
        system, root = self._file_system
        with suppress(FileNotFoundError):
            self._call(name, "cannot be deleted", partial(system.rm_file, f"{root}/{name}"), missing=True)

    def _call(self, name: str, failing: str, call: Callable[..., Any], *, missing: bool = False) -> Any:
        """Return a call's result; if ``missing``, let :class:`FileNotFoundError` pass."""
        place = f"{self.address}/{name}" if name else self.address
        # The limits of clients are those of one step: a store that sends byte by byte would keep them for ever.
        limit = {"timeout": self._seconds} if getattr(self._file_system[0], "async_impl", False) else {}
        try:
            return self._retry.run(place, partial(call, **limit))
        except Exception as error:
            if missing and isinstance(error, FileNotFoundError):
                raise
            if isinstance(error, FileExistsError) or has_code(error, *_CONFLICTS):
                raise ConflictError(f"{place}: was written by somebody else meanwhile.") from None
            if isinstance(error, FileNotFoundError):
                raise StorageError(f"{place}: {failing}: there is no such bucket.") from None
            raise StorageError(f"{place}: {failing}: {explain(error)}. {_HELP}") from None


def map_side_by_side(
    call: Callable[[Item], Value], things: Iterable[Item], hurry: Callable[[], None] = lambda: None
) -> Iterator[Value]:
    """Do what :func:`map` does with several calls at a time, and few things waiting.

    If one fails, ``hurry`` is called, the end of those under way is waited for, and what it raised is raised.
    """
    failures: list[Exception] = []

    def attempt(thing: Item) -> Value:
        try:
            return call(thing)
        except Exception as error:
            # Noted at once: results are taken in order, and earlier ones may take long.
            failures.append(error)
            hurry()
            raise

    waiting: deque[Future[Value]] = deque()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        try:
            for thing in things:
                waiting.append(pool.submit(attempt, thing))
                if len(waiting) > 2 * SIDE_BY_SIDE:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except Exception:
            # The first to fail says why; others may have ended because of it.
            if failures:
                raise failures[0] from None
            raise
        except BaseException:
            hurry()
            raise
        finally:
            for call_under_way in waiting:
                call_under_way.cancel()


def _read_or_empty(call: Callable[..., bytes], **limit: float) -> bytes:
    """Read a range of an object, b"" of an empty one, which has no such range."""
    try:
        return call(**limit)
    except Exception as error:
        if has_code(error, "InvalidRange", "416"):
            return b""
        raise
