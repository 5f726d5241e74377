"""Decide which records become articles, and write each once, over no other file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any, Literal, NamedTuple

from feeds.collect.imports.records import MOST_NAMES, Record
from feeds.collect.known import make_key
from feeds.collect.new import (
    find_draft_mark,
    format_fields,
    name_file,
    refuse_bucket,
    write_new_file,
    write_numbered,
)
from feeds.config.schema import Config
from feeds.errors import FeedsError, StorageError
from feeds.lib.text.identifiers import fold

# The fields that people look for come first.
_ORDER = (
    "title", "excerpt", "publishedDateTime", "updatedDateTime", "webUrl", "originalUrl", "sourceUrl", "id", "guid", "type",
    "provider", "topics", "categories", "tags", "locale", "images",
)  # fmt: skip
# What becomes of a record: "there" is an article already, "twice" is an earlier record of the same source.
Outcome = Literal["new", "draft", "there", "twice", "unreadable"]


class Choices(NamedTuple):
    """What is wanted of an import: topics, drafts, and what to do with private ones.

    With ``tags_are_topics``, every tag is a topic; else only those that the site has. ``folder`` is below that of
    the articles.
    """

    topics: Sequence[str] = ()
    tags_are_topics: bool = False
    draft: bool = False
    private: bool = False
    folder: str = ""


class ImportPlan(NamedTuple):
    """What becomes of a record: its file and text if new; ``why`` if unusual or wrong."""

    record: Record
    outcome: Outcome
    file: Path | None = None
    text: str = ""
    why: str = ""


class Importer:
    """Plans and writes the articles of one source into the folder of a site."""

    def __init__(self, config: Config, topics: Collection[str], choices: Choices) -> None:
        """Write as ``config`` says; ``topics`` are the site's.

        Raises :class:`FeedsError`.
        """
        refuse_bucket(config)
        self._config = config
        self._choices = choices
        self._spellings = _list_spellings(config, topics)
        self._folder = config.articles_path / choices.folder
        self._numbers: Counter[str] = Counter()
        if not self._folder.resolve().is_relative_to(config.articles_path.resolve()):
            raise FeedsError(f"--folder: {choices.folder} is not below the folder of articles.")

    def plan(self, records: Iterable[Record], known: Mapping[str, str]) -> Iterator[ImportPlan]:
        """Yield what becomes of each record; ``known`` are the keys of existing articles."""
        seen: dict[str, int] = {}
        for record in records:
            if record.problem:
                yield ImportPlan(record, "unreadable", why=record.problem)
                continue
            keys = _list_keys(record.fields)
            there = next((known[key] for key in keys if key in known), None)
            # Two entries of a feed may share a page, but not an id.
            own = keys[:1]
            before = next((seen[key] for key in own if key in seen), None)
            if there is not None:
                yield ImportPlan(record, "there", why=there)
            elif before is not None:
                yield ImportPlan(record, "twice", why=f"the same as {before}")
            else:
                seen.update(dict.fromkeys(own, record.number))
                yield self._plan_new(record)

    def _plan_new(self, record: Record) -> ImportPlan:
        published = record.fields.get("publishedDateTime")
        is_hidden = record.private and not self._choices.private
        reasons = [*record.notes, *(["is private there"] if is_hidden else [])]
        if published is None and not record.notes:
            reasons.append("has no date")
        is_draft = published is None or self._choices.draft or is_hidden
        fields = self._complete(record, is_draft=is_draft)
        matter = format_fields(fields)
        text = matter + (f"\n{record.body}\n" if record.body else "")
        rules = self._config.articles
        for name, length, most in (
            ("max_front_matter", len(matter.encode()), rules.max_front_matter),
            ("max_bytes", len(text.encode()), rules.max_bytes),
        ):
            if length > most:
                return ImportPlan(
                    record, "unreadable", why=f"is larger than articles.{name} ({most:,} bytes)"
                )
        # Markdown would take apart what is HTML.
        ending = ".html" if record.body else ".md"
        begin = name_file(unescape(fields.get("title", "")), published)
        if _has_text(file := self._folder / f"{begin}{ending}", text):
            return ImportPlan(record, "there", why=file.relative_to(self._config.articles_path).as_posix())
        file = self._find_free_name(begin, ending)
        return ImportPlan(record, "draft" if is_draft else "new", file, text, "; ".join(reasons))

    def _find_free_name(self, begin: str, ending: str) -> Path:
        """Return a name that no file has, and none that was planned before."""
        while True:
            number = self._numbers[begin] = self._numbers[begin] + 1
            file = self._folder / f"{begin}{f'-{number}' if number > 1 else ''}{ending}"
            if not file.exists():
                return file

    def _complete(self, record: Record, *, is_draft: bool) -> dict[str, Any]:
        """Return the fields of an article in the order in which people write them."""
        topics, tags = self._divide(record)
        fields = {**record.fields, "topics": topics, "tags": tags}
        if self._config.articles.preset and "id" in fields:
            # With a preset, "id" is what the generator takes it for.
            fields["guid"] = fields.pop("id")
        filled = [name for name, value in fields.items() if value not in ("", None, [], {}, False)]
        if is_draft:
            mark, fields[mark] = find_draft_mark(self._config)
            filled.append(mark)
        return {name: fields[name] for name in sorted(filled, key=_rank)}

    def _divide(self, record: Record) -> tuple[list[str], list[str]]:
        """Return the topics of an article and its other tags."""
        known = {name: self._spellings.get(fold(name), "") for name in record.tags}
        if self._choices.tags_are_topics:
            known |= {name: spelling or name for name, spelling in known.items()}
        topics = [*record.topics, *filter(None, known.values()), *self._choices.topics]
        return list(dict.fromkeys(topics))[:MOST_NAMES], [name for name, topic in known.items() if not topic]

    def write(self, plan: ImportPlan) -> bool:
        """Write a planned article; return whether it was new.

        Raises :class:`StorageError`.
        """
        assert plan.file is not None  # noqa: S101 - only what is new is written
        if write_new_file(plan.file, plan.text):
            return True
        if not _has_text(plan.file, plan.text):
            # Meanwhile, something else got this name.
            write_numbered(plan.file.with_suffix(""), plan.file.suffix, plan.text)
            return True
        return False

    def make_folder(self) -> None:
        """Make the folder that articles are written into. Raises :class:`StorageError`."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{self._folder}: cannot be made: {error.strerror}.") from None


def _rank(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def _list_spellings(config: Config, topics: Collection[str]) -> dict[str, str]:
    """Return the site's topics by all their names."""
    tables = {**config.topics, **config.curated.topics}
    aliases = {fold(alias): name for name, topic in tables.items() for alias in topic.aliases}
    return aliases | {fold(topic): topic for topic in topics}


def _list_keys(fields: Mapping[str, Any]) -> list[str]:
    """Return what an article is known by, its own id first."""
    written = (fields.get(name) for name in ("id", "originalUrl", "webUrl"))
    return [make_key(one) for one in written if one]


def _has_text(file: Path, text: str) -> bool:
    try:
        return file.read_text("utf-8") == text
    except (OSError, ValueError):
        return False


def find_ending_problem(config: Config) -> str:
    """Return what to do if HTML texts would be no articles of the site, else ""."""
    if any(pattern.endswith((".html", "*")) for pattern in config.articles.include):
        return ""
    return 'articles.include has no HTML. Add "**/*.html" to it, or import without --full.'
