"""Tell what a site has already, or does not want.

It tells by the addresses and ids in its articles, and by what was dropped. What was dropped is in a file
beside config.toml, an address or id a line. Lines are only ever added, so that git can merge what two
people have dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from feeds.articles.frontmatter import parse
from feeds.articles.positions import FrontMatterError
from feeds.articles.reader import Reader, Reading
from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.lib.storage.files import read_file, read_within, try_lock_if_known, wait_for_lock
from feeds.lib.text.urls import canonicalise, make_page_key
from feeds.sync.process import make_reading_rules
from feeds.sync.scan import ScanRules, scan

_OWN = ("originalUrl", "webUrl", "id")
_IDS = ("id", "guid")
# What the generators call these.
_FOREIGN = (
    "canonical", "canonicalUrl", "canonical_url", "external_link", "external_url", "externalLink", "externalUrl",
    "guid", "link", "original_url", "url",
)  # fmt: skip
# The same in a file that cannot be read as it is now.
_IN_FAULTY = re.compile(
    r"""^["']?(?:originalUrl|webUrl)["']?\s*[:=]\s*["']?(https?://[^\s"']+)""", re.MULTILINE
)
_MOST_BYTES = 20_000_000
_HEAD = "# What `feeds drop` has dropped, and `feeds pull` does not write again. Commit this file.\n"
_LOCK_SECONDS = 5.0


def make_key(written: str) -> str:
    """Return a key that is equal for two spellings of an address, or an id as it is."""
    address = canonicalise(written) if written[:4].lower() == "http" else None
    return written.strip() if address is None else make_page_key(address)


def find_known(config: Config) -> dict[str, str]:
    """Return the keys of all articles, also drafts and removed ones, with their paths.

    The paths are below the folder of articles. A file that cannot be read counts by the lines that look
    like addresses. Raises :class:`StorageError` if the folder cannot be read.
    """
    names = [*_OWN, *(_FOREIGN if config.articles.preset else ())]
    for name in _OWN:
        written = config.articles.fields.get(name, ())
        names += [written] if isinstance(written, str) else written
    known: dict[str, str] = {}
    # No field shows what a preset derives from paths and dates.
    reader = Reader(make_reading_rules(config, drafts=True)) if config.articles.preset else None
    for path in scan(config.articles_path, ScanRules.of(config)).files:
        try:
            data = read_within(config.articles_path, path, config.articles.max_bytes)
        except OSError:
            continue
        derived = _list_derived(reader, path, data) if reader else ()
        for written in (*list_addresses(data, names), *derived):
            known.setdefault(make_key(written), path)
    return known


def _list_derived(reader: Reader, path: str, data: bytes) -> Iterator[str]:
    """Yield the addresses and ids that an article has by a preset."""
    try:
        matter = reader.parse_matter(path, data)
        # Its text says nothing about its address, and takes long.
        found = matter if isinstance(matter, Reading) else reader.interpret(path, matter._replace(body="x"))
    except Exception:  # noqa: BLE001 - whatever it is, `feeds check` reports it
        return
    if (article := found.article) is not None:
        yield from filter(None, (article.url, article.via, article.id, article.guid))


def list_addresses(data: bytes, names: Iterable[str] = _OWN) -> Iterator[str]:
    """Yield what a file has in these fields, of the addresses and ids of articles."""
    text = data.decode("utf-8-sig", "replace")
    try:
        fields: Mapping[str, Any] = parse(text).fields
    except FrontMatterError:
        yield from _IN_FAULTY.findall(text)
        return
    for name in names:
        written = fields.get(name)
        # An id may be any text, and a number too; an address may be none.
        if isinstance(written, (str, int)) and (name in _IDS or ":" in str(written)):
            yield str(written)


def read_dropped(config: Config) -> set[str]:
    """Return the keys of what was dropped.

    Raises :class:`StorageError` if the file cannot be read.
    """
    try:
        text = read_file(config.dropped_path, _MOST_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise StorageError(f"{config.dropped_path}: cannot be read: {error.strerror}.") from None
    lines = map(str.strip, text.splitlines())
    return {make_key(line) for line in lines if line and not line.startswith(("#", "<<<<", "====", ">>>>"))}


def add_dropped(config: Config, written: Iterable[str]) -> None:
    """Add addresses or ids to what was dropped.

    Raises :class:`StorageError` if that cannot be written. Safe to call in two processes at once.
    """
    path = config.dropped_path
    try:
        with path.open("a+b") as stream:
            if not wait_for_lock(
                lambda: try_lock_if_known(stream.fileno()), step=0.01, seconds=_LOCK_SECONDS
            ):
                raise StorageError(f"{path}: another process is writing it. Try again.")
            stream.seek(0)
            before = stream.read()
            known = {make_key(line.strip()) for line in before.decode("utf-8", "replace").splitlines()}
            new = [one for one in dict.fromkeys(written) if make_key(one) not in known]
            if not new:
                return
            # An editor, or a killed process, may have left the last line without its end.
            begin = _HEAD if not before else "" if before.endswith(b"\n") else "\n"
            stream.write((begin + "".join(f"{one}\n" for one in new)).encode())
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}.") from None
