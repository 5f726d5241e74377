"""Ask the sources for new entries, and write each as an article.

What is there already is known by the articles and by what was dropped, not by what is remembered of a source: a
killed pull is made up for by the next one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from feeds.collect.fetch import Fetched, Fetcher
from feeds.collect.known import find_known, make_key, read_dropped
from feeds.collect.new import (
    escape_markup,
    find_draft_mark,
    format_fields,
    name_file,
    refuse_bucket,
    write_numbered,
)
from feeds.collect.source_entries import make_fields
from feeds.collect.source_feeds import Entry, NoFeedError, SourceFeed, parse_feed
from feeds.collect.source_state import SourceState, SourceStates, change_states, hash_rules
from feeds.config.channel_tables import SourceConfig
from feeds.config.schema import Config
from feeds.errors import FeedsError, FetchError, StorageError
from feeds.lib.exchange import name_status
from feeds.lib.storage.files import remove_leftovers
from feeds.lib.text.folding import fold_for_search
from feeds.lib.text.identifiers import make_slug
from feeds.lib.text.plain import to_plain_text

DRAFTS = "drafts"
# A feed with a podcast of ten years.
MOST_BYTES = 10_000_000
# Each takes up to a millisecond.
_MOST_ENTRIES = 5000
# Hosts that are asked at the same time.
_AT_ONCE = 8
_NO_DATE = "the feed has no date that can be read: this is when it was pulled"
# The curator reads these first.
_FIRST = ("title", "excerpt", "publishedDateTime", "updatedDateTime")
_HINTS: Mapping[int, str] = {
    401: " It is only for those who sign in.",
    403: " It refuses programs, or this network.",
    404: " Has the feed another address now?",
    429: " It asks for fewer requests.",
}
# In these scripts, words have no blanks between them.
_FIRST_WITHOUT_BLANKS = "\u0e00"


class NewDraft(NamedTuple):
    """An article that was written, or would be: its title and where it is."""

    title: str
    file: Path


class Pulled(NamedTuple):
    """What came of one source, in sentences; ``failure`` is "" if it was readable.

    ``skipped`` entries have no title or no address, so that nothing can be made of them; ``cut`` ones were not in
    the feed the last time, and are left out by ``max``.
    """

    name: str
    written: tuple[NewDraft, ...] = ()
    failure: str = ""
    moved: str = ""
    skipped: int = 0
    cut: int = 0


def pull_sources(
    config: Config, names: Sequence[str], now: datetime, fetcher: Fetcher, *, dry_run: bool = False
) -> Generator[Pulled]:
    """Yield what came of each source, or of the named ones, in config.toml's order.

    One that failed is not asked until its time comes, unless it is named. With ``dry_run`` nothing is written.
    Raises :class:`FeedsError` if nothing can be pulled at all, also because another pull is at work.
    """
    refuse_bucket(config)
    chosen = _choose(config, names)
    with nullcontext(SourceStates(config)) if dry_run else change_states(config) as states:
        puller = _Puller(config, states, now, dry_run=dry_run)
        due = {name: states.get(name, source) for name, source in chosen.items()}
        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            answers = {
                name: pool.submit(_ask, fetcher, state, chosen[name])
                for name, state in due.items()
                if names or not puller.is_waiting(state)
            }
            for name, state in due.items():
                if name not in answers:
                    yield Pulled(name, failure=_describe_wait(name, state))
                elif all(_is_unreached(one.result()) for one in answers.values()):
                    # This machine is offline, which is no source's fault.
                    yield Pulled(name, failure=f"{name}: {answers[name].result()}")
                else:
                    yield puller.settle(name, state, answers[name].result())
        finally:
            pool.shutdown(cancel_futures=True)


def _choose(config: Config, names: Sequence[str]) -> dict[str, SourceConfig]:
    if not config.sources:
        raise FeedsError('There is no source. Name one in config.toml: [sources.NAME] url = "https://…".')
    unknown = [name for name in names if name not in config.sources]
    if unknown:
        raise FeedsError(f"There is no source {unknown[0]}. There are: {', '.join(config.sources)}.")
    return {name: source for name, source in config.sources.items() if not names or name in names}


def _ask(fetcher: Fetcher, state: SourceState, source: SourceConfig) -> Fetched | FetchError:
    """Return the answer of a source; ask only for changes, unless its rules changed."""
    url = state.moved or source.url
    try:
        if state.rules != hash_rules(source):
            return fetcher.fetch(url)
        return fetcher.fetch(url, etag=state.etag, last_modified=state.last_modified)
    except FetchError as error:
        return error


def _is_unreached(answer: Fetched | FetchError) -> bool:
    return isinstance(answer, FetchError) and not answer.status


class _Puller:
    """Writes what sources have that nobody has yet."""

    def __init__(self, config: Config, states: SourceStates, now: datetime, *, dry_run: bool) -> None:
        self._config = config
        self._states = states
        self._known = {*find_known(config), *read_dropped(config)}
        self._now = now
        self._dry_run = dry_run
        self._zone = ZoneInfo(config.articles.timezone)

    def is_waiting(self, state: SourceState) -> bool:
        """Return whether a source is not to be asked yet, or never again."""
        return state.gone or state.due > self._now.timestamp()

    def settle(self, name: str, state: SourceState, answer: Fetched | FetchError) -> Pulled:
        """Write the articles of an answer, and only then remember it."""
        source = self._config.sources[name]
        if isinstance(answer, FetchError):
            return self._note_failure(name, state, _explain(answer, source.url), answer)
        rules = hash_rules(source)
        moved = answer.moved or state.moved
        fine = replace(state, rules=rules, moved=moved, gone=False, failures=0, since=0, due=0, reason="")
        if answer.status == HTTPStatus.NOT_MODIFIED:
            self._remember(name, fine)
            return Pulled(name, moved=_describe_move(name, moved))
        try:
            feed = parse_feed(answer.body, answer.url, answer.content_type)
        except NoFeedError as error:
            led = "" if answer.url in answer.visited[:1] else f"leads to {answer.url}, which "
            return self._note_failure(name, state, f"{source.url} {led}{error}")
        candidates = _list_candidates(feed, self._zone)
        chosen = self._choose_entries(source, candidates)
        before, ids = set(state.ids.values()), self._match_ids(state, candidates)
        written = []
        for one in chosen[: source.max]:
            if not self._is_known(one, ids):
                written.append(self._write(name, source, one))
                self._known.add(one.key)
        self._remember(name, replace(fine, etag=answer.etag, last_modified=answer.last_modified, ids=ids))
        return Pulled(
            name,
            tuple(written),
            moved=_describe_move(name, moved),
            skipped=min(len(feed.entries), _MOST_ENTRIES) - len(candidates),
            cut=sum(one.key not in before and not self._is_known(one, ids) for one in chosen[source.max :]),
        )

    def _note_failure(
        self, name: str, state: SourceState, reason: str, error: FetchError | None = None
    ) -> Pulled:
        gone = error is not None and error.status == HTTPStatus.GONE
        retry_after = error.retry_after if error else 0
        failed = state.fail(reason, self._now.timestamp(), retry_after, gone=gone)
        self._remember(name, failed)
        if gone or failed.due <= self._now.timestamp():
            return Pulled(name, failure=f"{name}: {reason}")
        return Pulled(name, failure=f"{name}: {reason} It is asked again after {_format_time(failed.due)}.")

    def _remember(self, name: str, state: SourceState) -> None:
        if not self._dry_run:
            self._states.put(name, state)

    def _choose_entries(self, source: SourceConfig, candidates: Iterable[_Candidate]) -> list[_Candidate]:
        """Return the entries that meet a source's conditions, newest first.

        One without a date counts as new.
        """
        wanted, unwanted = _compile(source.words), _compile(source.exclude)
        found = [
            one
            for one in candidates
            if (not source.words or wanted.search(one.text))
            and not (source.exclude and unwanted.search(one.text))
        ]
        # A date in the future must not keep its place for ever.
        found.sort(
            key=lambda one: min(one.fields.get("publishedDateTime", self._now), self._now), reverse=True
        )
        return found

    def _match_ids(self, state: SourceState, candidates: Iterable[_Candidate]) -> dict[str, str]:
        """Return the address key of each id: the first that an entry had.

        It may have another one now.
        """
        counts = Counter(one.own_id for one in candidates)
        # Some feeds give all entries the same id.
        names = ((one.own_id if counts[one.own_id] == 1 else one.key, one.key) for one in candidates)
        return {own_id: state.ids.get(own_id, key) for own_id, key in names}

    def _is_known(self, one: _Candidate, ids: Mapping[str, str]) -> bool:
        own_id = one.own_id if ":" in one.own_id else ""
        return not self._known.isdisjoint({one.key, ids.get(one.own_id, one.key), make_key(own_id)} - {""})

    def _write(self, name: str, source: SourceConfig, one: _Candidate) -> NewDraft:
        """Write an entry as an article. Raises :class:`StorageError`."""
        fields, title = dict(one.fields), to_plain_text(one.fields["title"])
        is_dated = "publishedDateTime" in fields
        published = fields.setdefault("publishedDateTime", self._now.astimezone(UTC).replace(microsecond=0))
        if fields.get("locale") == self._config.site.language:
            del fields["locale"]
        begin = {key: fields.pop(key) for key in _FIRST if key in fields}
        folder = self._config.articles_path
        if source.draft or not is_dated:
            folder = folder / DRAFTS / make_slug(name)
            begin |= [find_draft_mark(self._config)]
        if source.topics:
            begin["topics"] = [escape_markup(topic) for topic in source.topics]
        file = folder / name_file(title, published)
        if self._dry_run:
            return NewDraft(title, file.with_name(f"{file.name}.md"))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{folder}: cannot be made: {error.strerror}.") from None
        remove_leftovers(folder)
        notes = {} if is_dated else {"publishedDateTime": _NO_DATE}
        return NewDraft(title, write_numbered(file, ".md", format_fields({**begin, **fields}, notes)))


class _Candidate(NamedTuple):
    """An entry that can become an article; ``key`` is its address's.

    ``text`` is what words are looked for in.
    """

    fields: dict[str, Any]
    key: str
    own_id: str
    text: str


def _list_candidates(feed: SourceFeed, zone: ZoneInfo) -> list[_Candidate]:
    found = []
    for entry in feed.entries[:_MOST_ENTRIES]:
        try:
            fields = make_fields(entry, feed, zone)
        except Exception:  # noqa: BLE001, S112 - whatever an entry holds, it must not cost the others; it is counted
            continue
        if "title" in fields and "originalUrl" in fields:
            key = make_key(fields["originalUrl"])
            found.append(_Candidate(fields, key, _find_id(entry) or key, _gather_text(fields)))
    return found


def _find_id(entry: Entry) -> str:
    return str(entry.get("id") or "").strip()


def _gather_text(fields: Mapping[str, Any]) -> str:
    return fold_for_search("\n".join([fields["title"], fields.get("excerpt", ""), *fields.get("tags", ())]))


def _compile(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds any of some phrases, ignoring case and accents."""
    parts = []
    for word in map(fold_for_search, words):
        text = r"\s+".join(map(re.escape, word.split()))
        has_blanks = max(word, default="") < _FIRST_WITHOUT_BLANKS
        # Beside a word in another script there may be no blank.
        edge = r"[a-z0-9_]" if word.isascii() else r"\w"
        parts.append(rf"(?<!{edge}){text}(?!{edge})" if has_blanks else text)
    return re.compile("|".join(parts))


def _explain(error: FetchError, url: str) -> str:
    """Return why a feed cannot be had, as a sentence."""
    if error.status == HTTPStatus.GONE:
        return f"{url} is gone for good (410). Take it out of config.toml, or change its url."
    if not error.status:
        return str(error)
    return f"{url}: the server answered {name_status(error.status)}.{_HINTS.get(error.status, '')}"


def _describe_move(name: str, moved: str) -> str:
    return f"{name}: has moved to {moved} for good. Change url in [sources.{name}]." if moved else ""


def _describe_wait(name: str, state: SourceState) -> str:
    if state.gone:
        return f"{name}: {state.reason}"
    return (
        f"{name}: fails since {_format_time(state.since)}: {state.reason} It is asked again after"
        f" {_format_time(state.due)}, or by `feeds pull {name}`."
    )


def _format_time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
