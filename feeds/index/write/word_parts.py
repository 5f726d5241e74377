"""Keeps the words of titles, summaries and names for a frozen site's search.

They are kept in parts of articles and cells of words (:mod:`feeds.index.word_index`). A sync changes the parts
of which an article came, went or was edited, and notes which cells that changed: so an edit costs the
words of two articles, and a freeze makes the files of those cells alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from feeds.index.index import Index
from feeds.index.sql import Connection, get_meta, make_chunks, make_decoder, placeholders, set_meta
from feeds.index.word_index import (
    CELL_LETTERS,
    LEAF_LETTERS,
    PART,
    Words,
    decode_divided,
    decode_words,
    read_words,
)
from feeds.lib import processes
from feeds.lib.processes import PackedWork, map_in_processes
from feeds.lib.text.folding import divide_for_search, is_unspaced, take_letters
from feeds.model import DIGEST_PATH

# Of a cell whose words have more articles than this, parts are files of their own.
_LARGEST = 16_384
# Goes up whenever texts are divided into words in another way.
_VERSION = 1
# Starting processes costs as much as the words of this many parts.
_WORTH_FORKING = 3
_encode = msgspec.msgpack.Encoder().encode
_PartKeys = Mapping[int, tuple[int, int, int]]


class _Source(msgspec.Struct, frozen=True):
    """The provider of an article."""

    domain: str = ""
    name: str = ""


class _Texts(msgspec.Struct, frozen=True):
    """What a search looks at in an article."""

    title: str
    summary: str = ""
    provider: _Source = _Source()
    topics: tuple[str, ...] = ()


_decode_texts = make_decoder(_Texts)


class _PendingWords(msgspec.Struct, frozen=True):
    """What the words are brought up to date with, and the parts that change."""

    name: str
    is_new: bool
    articles: _PartKeys
    changed: tuple[int, ...]


class _PartChange(msgspec.Struct, frozen=True):
    """What changes of a part.

    These are cells that have other words now, their new rows, and the words by cell.
    """

    part: int
    outdated: tuple[str, ...]
    rows: tuple[tuple[int, str, int, bytes], ...]
    touched: dict[str, tuple[str, ...]]


_decode_change = msgspec.msgpack.Decoder(_PartChange).decode


def update_word_parts(index: Index) -> None:
    """Bring the words up to date with the articles that readers get."""
    with index.reading() as connection:
        if get_meta(connection, "indexed") == _name_state(connection):
            return
        first = None if _has_words(connection) else _find_state(connection)
    changes = _find_changes_apart(index, first) if first is not None and _is_worth_forking(first) else None
    with index.writing() as connection:
        state = _find_state(connection)
        if changes is None or state != first:
            changes = [_find_change(connection, part, is_new=state.is_new) for part in state.changed]
        _apply(connection, state, changes)


def _name_state(connection: Connection) -> str:
    return f"{get_meta(connection, 'generation')} {_VERSION}"


def _has_words(connection: Connection) -> bool:
    """Return whether there are words of any article, divided as now."""
    version = (get_meta(connection, "indexed") or "").partition(" ")[2]
    return (
        version == str(_VERSION)
        and connection.execute("SELECT 1 FROM word_part_keys LIMIT 1").fetchone() is not None
    )


def _find_state(connection: Connection) -> _PendingWords:
    is_new = not _has_words(connection)
    keys = connection.execute("SELECT key FROM channels WHERE kind = 'all'").fetchone()
    now = _read_parts(connection, keys[0]) if keys else {}
    rows = () if is_new else connection.execute("SELECT * FROM word_part_keys")
    before = {part: tuple(row) for part, *row in rows}
    changed = tuple(part for part in sorted(now.keys() | before.keys()) if now.get(part) != before.get(part))
    return _PendingWords(_name_state(connection), is_new, now, changed)


def _is_worth_forking(state: _PendingWords) -> bool:
    return len(state.changed) >= _WORTH_FORKING and processes.can_fork()


def _find_changes_apart(index: Index, state: _PendingWords) -> list[_PartChange]:
    """Find what changes of each part, in several processes."""

    def find(part: int) -> _PartChange:
        with index.reading() as connection:
            return _find_change(connection, part, is_new=state.is_new)

    # A database that is open here must not be used there (sqlite.org/howtocorrupt.html, 2.6).
    index.close()
    with index.sharing():
        return list(map(_decode_change, map_in_processes(PackedWork(find), state.changed)))


def _apply(connection: Connection, state: _PendingWords, changes: Iterable[_PartChange]) -> None:
    if state.is_new:
        for table in ("word_part_keys", "word_parts", "word_cells"):
            connection.execute(f"DELETE FROM {table}")
    touched: dict[str, set[str]] = defaultdict(set)
    for change in changes:
        for chunk in make_chunks(change.outdated):
            connection.execute(
                f"DELETE FROM word_parts WHERE part = ? AND cell IN {placeholders(len(chunk))}",
                (change.part, *chunk),
            )
        connection.insert("word_parts", change.rows)
        for cell, words in change.touched.items():
            touched[cell].update(words)
    connection.execute("DELETE FROM word_part_keys")
    connection.insert("word_part_keys", [(part, *row) for part, row in state.articles.items()])
    _note_cells(connection, touched, int(get_meta(connection, "generation") or 0))
    set_meta(connection, "indexed", state.name)


def _read_parts(connection: Connection, channel: int) -> _PartKeys:
    """Return what tells whether a part's articles changed; no key is used again."""
    rows = connection.execute(
        f"SELECT article / {PART}, count(*), sum(article), sum(article * article) FROM members WHERE channel = ?"
        " GROUP BY 1",
        (channel,),
    )
    return {int(part): (int(number), int(total), int(squares)) for part, number, total, squares in rows}


def _find_change(connection: Connection, part: int, *, is_new: bool) -> _PartChange:
    """Find what changes of a part; nothing is known of it if all words are new.

    The words of the articles that are in it already are taken as they are: an article keeps its words as long as its
    key.
    """
    first = part * PART
    rows = () if is_new else connection.execute("SELECT cell, body FROM word_parts WHERE part = ?", (part,))
    old: dict[str, bytes] = dict(rows)
    known = {cell: decode_words(body) for cell, body in old.items()}
    before = {cell: _list_keys(words) for cell, words in known.items()}
    here = set().union(*before.values())
    now = _read_keys(connection, first)
    gone = here - now
    came = _divide_by_cells(_collect_words(_read_texts(connection, first, sorted(now - here))))
    touched: dict[str, tuple[str, ...]] = {}
    new: list[tuple[int, str, int, bytes]] = []
    for cell in sorted(known.keys() | came.keys()):
        if cell in came or not gone.isdisjoint(before[cell]):
            words = _change_words(known.get(cell, ({}, {})), gone, came.get(cell, ({}, {})))
            number = sum(map(_count, words))
            body = _encode(words) if number else None
            # If everything is new, all words are new in their cells.
            touched[cell] = () if is_new else _compare_words(old.get(cell), body)
            if body is not None:
                new.append((part, cell, number, body))
    return _PartChange(part, tuple(sorted(touched.keys() & old.keys())), tuple(new), touched)


def _read_keys(connection: Connection, first: int) -> set[int]:
    """Return the articles of a part that readers get, as keys from its first.

    Who has an id in vain is asked of an index: beside an article's text it would take reading all of the text.
    """
    rows = connection.execute(
        "SELECT key FROM articles WHERE key >= ? AND key < ? AND substr(path, 1, ?) != ?"
        " AND key NOT IN (SELECT key FROM articles WHERE shown = 0)",
        (first, first + PART, len(DIGEST_PATH), DIGEST_PATH),
    )
    return {key - first for (key,) in rows}


def _read_texts(connection: Connection, first: int, keys: Sequence[int]) -> Iterator[tuple[int, _Texts]]:
    """Read the texts of articles by their keys in the part whose first key is given."""
    for chunk in make_chunks([first + key for key in keys]):
        rows = connection.execute(
            f"SELECT key, article FROM articles WHERE key IN {placeholders(len(chunk))} ORDER BY key", chunk
        )
        yield from ((key - first, _decode_texts(body)) for key, body in rows)


def _list_keys(words: Words) -> set[int]:
    return {key for found in words for keys in found.values() for key in keys}


def _change_words(old: Words, gone: AbstractSet[int], came: Words) -> Words:
    """Return words without the articles that went, and with those that came."""
    changed: Words = ({}, {})
    for result, before, after in zip(changed, old, came, strict=True):
        if not before:
            # Their keys are in order, as the articles were read.
            result.update(sorted(after.items()))
            continue
        for word in sorted(before.keys() | after.keys()):
            keys = [key for key in before.get(word, ()) if key not in gone]
            if found := sorted([*keys, *after.get(word, ())]):
                result[word] = found
    return changed


def _compare_words(old: bytes | None, new: bytes | None) -> tuple[str, ...]:
    """Return the words of which a part had or has other articles."""
    before, after = (({}, {}) if body is None else decode_words(body) for body in (old, new))
    changed = {
        word
        for one, other in zip(before, after, strict=True)
        for word in one.keys() | other.keys()
        if one.get(word) != other.get(word)
    }
    return tuple(sorted(changed))


def _collect_words(articles: Iterable[tuple[int, _Texts]]) -> Words:
    titles, others = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
    for key, texts in articles:
        provider = texts.provider
        text = "\n".join((texts.summary, provider.name, provider.domain, *texts.topics))
        in_title = set(divide_for_search(texts.title))
        for word in in_title:
            titles[word].append(key)
        for word in set(divide_for_search(text)) - in_title:
            others[word].append(key)
    return titles, others


def _divide_by_cells(words: Words) -> dict[str, Words]:
    """Divide words by the letters with which they begin."""
    cells: dict[str, Words] = {}
    for place, found in enumerate(words):
        for word, keys in found.items():
            cell = take_letters(word, CELL_LETTERS)
            if cell not in cells:
                cells[cell] = ({}, {})
            cells[cell][place][word] = keys
    return cells


def _count(words: Mapping[str, list[int]]) -> int:
    return sum(map(len, words.values()))


def _note_cells(connection: Connection, touched: Mapping[str, set[str]], generation: int) -> None:
    """Note cells whose words changed, and those divided; cells without words go."""
    for chunk in make_chunks(sorted(touched)):
        of_chunk = f"WHERE cell IN {placeholders(len(chunk))}"
        known = connection.execute(f"SELECT cell, divided FROM word_cells {of_chunk}", chunk).fetchall()
        divided = {cell: decode_divided(body) for cell, body in known if body is not None}
        connection.execute(f"DELETE FROM word_cells {of_chunk}", chunk)
        sizes = connection.execute(
            f"SELECT cell, sum(numbers) FROM word_parts {of_chunk} GROUP BY cell", chunk
        ).fetchall()
        rows: list[tuple[str, int, bytes | None]] = []
        for cell, size in sizes:
            # A script without spaces has thousands of second letters.
            is_large = size > _LARGEST and not is_unspaced(cell)
            parts = _divide_cell(connection, cell) if is_large else ()
            before = divided.get(cell, {})
            changed = {take_letters(word, LEAF_LETTERS) for word in (touched[cell] if parts else ())}
            generations = {
                one: generation if one in changed else before.get(one, generation) for one in parts
            }
            rows.append((cell, generation, msgspec.json.encode(generations) if parts else None))
        connection.insert("word_cells", rows)


def _divide_cell(connection: Connection, cell: str) -> list[str]:
    """Return the letters with which a cell's words begin, one more than they share."""
    words = {word for _, found in read_words(connection, [cell]) for part in found for word in part}
    return sorted({take_letters(word, LEAF_LETTERS) for word in words})
