"""Publish a draft, or forget it for good."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from feeds.articles.frontmatter import parse, split
from feeds.articles.positions import FrontMatterError
from feeds.collect.known import add_dropped, list_addresses
from feeds.collect.new import refuse_bucket
from feeds.collect.pull import DRAFTS
from feeds.config.schema import Config
from feeds.errors import FeedsError, StorageError
from feeds.lib.storage.files import create_file, read_own_file, replace_file

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_MARK = re.compile(
    r"""["']?(?:draft["']?\s*[:=]\s*["']?(?:true|yes|on)|published["']?\s*[:=]\s*["']?(?:false|no|off))["']?\s*(?:\#.*)?""",
    re.IGNORECASE,
)
# With their values if they are absent.
_MARKS = {"draft": "false", "published": "true"}
_NO, _YES = ("false", "no", "off"), ("true", "yes", "on")
_MOST_OF_A_NAME = 1000


def keep_draft(config: Config, name: str) -> Path:
    """Publish a draft: take its mark away, and move it to the folder of articles.

    All else in it stays byte for byte. Returns where it is. Raises :class:`FeedsError` if it is not a draft, and
    :class:`StorageError`. A call that was killed can be repeated.
    """
    file = _find_file(config, name)
    data = _read(file)
    is_below = _is_below_drafts(config, file)
    if _is_marked(_parse(data, name)):
        data = _remove_mark(data, name)
    elif not is_below:
        raise FeedsError(f"{name}: is not a draft: it has neither draft: true nor published: false.")
    if not is_below:
        replace_file(file, data)
        return file
    target = _move(file, data, config.articles_path / file.name)
    file.unlink()
    return target


def drop_draft(config: Config, name: str) -> None:
    """Delete a draft, so that no pull writes it again.

    Raises :class:`FeedsError` if it is published or has nothing to know it by, and :class:`StorageError`.
    """
    file = _find_file(config, name)
    data = _read(file)
    if not _is_below_drafts(config, file) and not _is_marked(_parse(data, name)):
        raise FeedsError(
            f"{name}: is not a draft, so it stays. To take an article back, write removed: true into it."
        )
    addresses = list(list_addresses(data))
    if not addresses:
        raise FeedsError(f"{name}: has no address to know it by. Delete it by hand.")
    # In this order, because a deleted file that is not noted as dropped would come back.
    add_dropped(config, addresses)
    file.unlink()


def _is_below_drafts(config: Config, file: Path) -> bool:
    return file.resolve().is_relative_to(config.articles_path.resolve() / DRAFTS)


def _find_file(config: Config, name: str) -> Path:
    """Return a file as it is named from here or from the folder of articles."""
    refuse_bucket(config)
    file = next((one for one in (Path(name), config.articles_path / name) if os.path.lexists(one)), None)
    if file is None:
        raise FeedsError(f"{name}: there is no such file.")
    if file.is_dir():
        raise FeedsError(f"{name}: is a folder. Name its files: {name.rstrip('/')}/*")
    if not file.resolve().is_relative_to(config.articles_path.resolve()):
        raise FeedsError(f"{name}: is not in the folder of articles.")
    return file


def _read(file: Path) -> bytes:
    try:
        return read_own_file(file)
    except OSError as error:
        raise StorageError(f"{file}: cannot be read: {error.strerror}.") from None


def _parse(data: bytes, name: str) -> Mapping[str, Any]:
    try:
        return parse(data.decode("utf-8-sig")).fields
    except UnicodeDecodeError:
        raise FeedsError(f"{name}: is not UTF-8. Save it as UTF-8.") from None
    except FrontMatterError as error:
        raise FeedsError(f"{name}: {error} Mend it first: `feeds check` says where.") from None


def _is_marked(fields: Mapping[str, Any]) -> bool:
    draft, published = (str(fields.get(name, default)).lower() for name, default in _MARKS.items())
    return draft not in _NO or published not in _YES


def _remove_mark(data: bytes, name: str) -> bytes:
    """Return a file without the lines that make it a draft.

    Raises :class:`FeedsError` if that cannot be done.
    """
    text = data.decode()
    found = split(text.removeprefix("\ufeff"))
    last = found.first_line + found.matter.count("\n")
    kept = "".join(
        line
        for number, line in enumerate(_LINE.findall(text), start=1)
        if not (found.first_line <= number < last and _MARK.fullmatch(line.rstrip()))
    ).encode()
    before, after = _parse(data, name), _parse(kept, name)
    is_same = {key: value for key, value in before.items() if key not in _MARKS or key in after} == after
    if _is_marked(after) or not is_same:
        raise FeedsError(
            f"{name}: its mark is not in a line of its own. Take it away by hand, and move the file."
        )
    return kept


def _move(file: Path, data: bytes, target: Path) -> Path:
    """Write a file under another's name, with a number if the name is taken."""
    for number in range(1, _MOST_OF_A_NAME):
        place = target.with_name(f"{target.stem}-{number}{target.suffix}") if number > 1 else target
        # The same file is there if an earlier call was killed.
        if create_file(place, data) or _read(place) == data:
            return place
    raise StorageError(f"{target.parent}: there are too many files with the name of {file.name}.")
