"""Turns one file's bytes into an article, or the problems that hold it back."""

from __future__ import annotations

from codecs import BOM_UTF8
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from feeds.articles.fields import FEATURED, Fields
from feeds.articles.frontmatter import FrontMatter, parse, split
from feeds.articles.media_fields import read_images, read_provider, read_related
from feeds.articles.pictures import Base, list_local_files
from feeds.articles.positions import FrontMatterError, Notes, find_source
from feeds.articles.presets import TranslationRules
from feeds.articles.required_fields import RequiredFields, read_required_fields
from feeds.articles.unknown_fields import KNOWN, note_unknown_fields
from feeds.articles.visibility import find_hiding_reason
from feeds.errors import ProcessError
from feeds.lib.bounded_work import BoundedWork, EndedError, TooSlowError
from feeds.lib.text.identifiers import make_entry_ids, make_path_slug
from feeds.lib.text.languages import is_language
from feeds.lib.text.plain import shorten
from feeds.model import ARTICLE_PAGES, Article, Hidden, Media, Problem, make_internal_problem

if TYPE_CHECKING:
    from feeds.articles.other_matter import Syntax
    from feeds.articles.translate import Translator

_PAGES = (".html", ".htm")
# A shorter text takes two seconds at most, whatever it holds (tests/test_slow_files.py).
_QUICK_TEXT, _QUICK_MATTER = 32_000, 8_000
# Seconds of processor time for each megabyte begun: several times what ordinary text takes.
_MOST_SECONDS, _MEGABYTE = 10, 1_000_000


class ReadingRules(Struct, frozen=True):
    """What reading depends on besides the file.

    ``timezone`` is that of dates without a zone, ``base_url`` is what relative URLs start from.
    A file has at most ``max_bytes``, its front matter ``max_front_matter``. With ``drafts``,
    unpublished articles are read too. The pages of articles without a link are below ``pages_url``.
    ``translation`` is for front matter of other generators. ``same_url`` says whether articles about one address
    are the same article. An article without an excerpt gets one of at most ``excerpt_words``, 0 for none.
    ``relative_url`` is what relative addresses in texts start from, "" for the address of the article.
    """

    timezone: str
    base_url: str
    max_bytes: int
    max_front_matter: int = 64_000
    drafts: bool = False
    pages_url: str = ""
    translation: TranslationRules | None = None
    same_url: Literal["newest", "both"] = "newest"
    excerpt_words: int = 0
    relative_url: str = ""


class Reading(Struct, frozen=True):
    """The result of reading one file: an article, or the reason for holding it back.

    ``hidden`` is "" for a public article, else "unpublished", "removed" or "faulty".
    An article in the future is read as public: holding it back needs a clock, and so does one whose time is
    over: ``expires`` is when it is withdrawn. With drafts, one that is "unpublished" has its article too.
    """

    article: Article | None
    hidden: Hidden
    problems: tuple[Problem, ...] = ()
    expires: datetime | None = None


class _Presented(NamedTuple):
    """What an article shows: its excerpt, its HTML, and its film or sound."""

    summary: str
    html: str
    media: Media | None


def read(path: str, data: bytes, rules: ReadingRules) -> Reading:
    """Read one file; ``path`` is relative to the folder of articles.

    Whatever the file holds raises nothing; :class:`ProcessError` is raised if a large or unusual file needs
    a process of its own and the machine has none.
    """
    reader = Reader(rules)
    try:
        return reader.interpret(path, reader.parse_matter(path, data))
    except ProcessError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, one file must not cost the others
        return Reading(None, "faulty", (make_internal_problem(path, error),))


class _FileRequest(Struct, frozen=True):
    """A file to be read in another process."""

    path: str
    data: bytes
    rules: ReadingRules


def read_for_parent(request: bytes) -> bytes:
    """Read a request's file in this process, which may be ended if that takes long."""
    asked = _decode_request(request)
    reader = Reader(asked.rules, bounded=False)
    try:
        found = reader.interpret(asked.path, reader.parse_matter(asked.path, asked.data))
    except Exception as error:  # noqa: BLE001 - the parent gets it as a problem of this file
        found = Reading(None, "faulty", (make_internal_problem(asked.path, error),))
    return _encode(found)


_encode = msgspec.msgpack.Encoder().encode
_decode_request = msgspec.msgpack.Decoder(_FileRequest).decode
_decode_reading = msgspec.msgpack.Decoder(Reading).decode
_read_elsewhere = BoundedWork(__name__, read_for_parent.__name__)


def _read_bounded(path: str, data: bytes, rules: ReadingRules) -> Reading:
    """Read a file that may take long in a process that the system ends then."""
    seconds = _MOST_SECONDS * (1 + len(data) // _MEGABYTE)
    try:
        return _decode_reading(_read_elsewhere(_encode(_FileRequest(path, data, rules)), seconds))
    except TooSlowError:
        message = f"takes more than {seconds} seconds to read."
    except EndedError:
        message = "ends each process that reads it."
    problem = Problem("too-slow", "error", path, message, "Shorten it, or write it in a plainer way.")
    return Reading(None, "faulty", (problem,))


class Reader:
    """Reads many files; each as :func:`read` does, in two steps."""

    def __init__(self, rules: ReadingRules, *, bounded: bool = True) -> None:
        """``bounded``: a process that can be ended reads those files that may take long."""
        self._rules = rules
        self._bounded = bounded
        self._zone = ZoneInfo(rules.timezone)
        # The address below which articles without a link have their pages.
        self._pages = rules.pages_url or rules.base_url + ARTICLE_PAGES
        self._translator: Translator | None = None
        if rules.translation is not None:
            # Loaded if the site needs it.
            from feeds.articles.translate import Translator

            self._translator = Translator(rules.translation, self._zone)

    def parse_matter(self, path: str, data: bytes) -> FrontMatter | Reading:
        """Return the front matter of a file, or the result if it has none."""
        text = ""
        try:
            text = _decode(data, self._rules.max_bytes)
            if len(data) > _QUICK_MATTER and self._bounded and self._may_take_long(path, text):
                return _read_bounded(path, data, self._rules)
            found = (
                self._translator.parse_other(path, text, self._rules.max_front_matter)
                if self._translator
                else None
            )
            return found or parse(text, self._rules.max_front_matter)
        except FrontMatterError as error:
            if self._translator and (found := self._translator.read_otherwise(text, error)):
                return found
            return Reading(None, "faulty", (_soften(error.make_problem(path)),))

    def _may_take_long(self, path: str, text: str) -> bool:
        """Return whether a text may take long. Raises :class:`FrontMatterError`."""
        if len(text) > _QUICK_TEXT or self._find_syntax(path) == "rest":
            return True
        try:
            return len(split(text).matter) > _QUICK_MATTER
        except FrontMatterError:
            if self._translator is None:
                raise
            # Other front matter is read in time that is proportional to its length.
            return False

    def _find_syntax(self, path: str) -> Syntax:
        # Loaded for the first article that has a text.
        from feeds.articles.other_matter import find_syntax

        return find_syntax(path, self._translator.preset.matter if self._translator else ())

    def interpret(self, path: str, matter: FrontMatter | Reading) -> Reading:
        """Return the result of a file from its front matter."""
        if isinstance(matter, Reading):
            return matter
        notes = Notes(path)
        if self._translator is not None:
            return self._interpret_foreign(path, matter, notes, self._translator)
        fields = Fields(matter.fields, notes, self._rules.base_url, partial(find_source, matter.split))
        return self._read_fields(path, matter, fields, notes)

    def _interpret_foreign(
        self, path: str, matter: FrontMatter, notes: Notes, translator: Translator
    ) -> Reading:
        """Return the result of a file with front matter of another generator."""
        translation = translator.translate(path, matter, notes)
        find_key = partial(translator.find_key, translation)
        fields = Fields(
            translation.values,
            lambda code, severity, key, message, hint: notes(code, severity, find_key(key), message, hint),
            self._rules.base_url,
            lambda key: find_source(matter.split, find_key(key)),
        )
        translated = matter._replace(fields=translation.values, body=translation.body)
        found = self._read_fields(path, translated, fields, notes)
        return msgspec.structs.replace(found, expires=translation.expires) if translation.expires else found

    def _read_fields(self, path: str, matter: FrontMatter, fields: Fields, notes: Notes) -> Reading:
        names = matter.fields.keys()
        strange = [] if names <= KNOWN else [name for name in names if name not in KNOWN]
        why_hidden = find_hiding_reason(fields, strange)
        if why_hidden == "removed" or (why_hidden == "unpublished" and not self._rules.drafts):
            return Reading(None, why_hidden, notes.list_problems(matter.split))
        note_unknown_fields(matter.fields, strange, notes)
        if matter.unwanted is not None:
            sign, line, column = matter.unwanted
            message = f"holds U+{ord(sign):04X}, which no feed may hold."
            hint = "It is removed, and so is any further one."
            notes.add_placed(Problem("control-character", "warning", path, message, hint, line, column))
        if matter.repeated is not None:
            hint = "The last one counts, as for the generator. Keep one of the two."
            one = matter.repeated
            notes.add_placed(Problem(one.code, "warning", path, one.message, hint, one.line, one.column))
        if " #" in matter.split.matter and matter.split.fence == "-":
            _note_cut_values(matter.split.matter, notes)
        article = self._read_article(path, fields, matter.body, notes)
        if article is None or notes.is_faulty():
            return Reading(None, "faulty", notes.list_problems(matter.split))
        return Reading(article, why_hidden, notes.list_problems(matter.split))

    def _read_article(self, path: str, fields: Fields, body: str, notes: Notes) -> Article | None:
        """Read every field, to note every problem; None if a required field is missing."""
        required = read_required_fields(
            fields, self._zone, has_text=bool(body), is_foreign=self._translator is not None
        )
        if required is None:
            return None
        url, site = required.url, self._rules.base_url
        address = self._find_address(path, url)
        if not url and self._pages.startswith(site):
            fields = fields.count_from(address)
        base = Base(address, site if not url or url.startswith(site) else "")
        shown = self._show(path, body, fields, base, url=url, notes=notes)
        if shown is None:
            return None
        if not url and not shown.html:
            fields.note_problem(
                "nothing-left", "error", "text", "has nothing that a feed can show, and there is no webUrl.",
                "Give the article an address, or a text that needs no script.",
            )  # fmt: skip
            return None
        return self._make_article(path, fields, required, shown, address)

    def _find_address(self, path: str, url: str) -> str:
        """Return what relative addresses in an article's text start from."""
        if self._rules.relative_url:
            return self._rules.relative_url
        if not url:
            return f"{self._pages}{make_path_slug(path)}/"
        return (self._translator.find_base(path) if self._translator else "") or url

    def _make_article(
        self, path: str, fields: Fields, required: RequiredFields, shown: _Presented, address: str
    ) -> Article:
        """Make an article of what is read already and of all other fields."""
        original, url = required.original_url, required.url
        images = read_images(fields)
        files = () if url else list_local_files(shown.html, images, shown.media, address, self._pages)
        address_of_id = "" if self._rules.same_url == "both" else original or url
        entry_id, guid = make_entry_ids(fields.read_text("id"), address_of_id, path)
        return Article(
            path=path,
            id=entry_id,
            guid=guid,
            title=required.title,
            published=required.published,
            updated=required.updated,
            url=url,
            via=fields.read_url("sourceUrl") or (original if original != url else ""),
            summary=shown.summary,
            body=shown.html,
            type=fields.read_text("type"),
            language=_read_language(fields),
            quality=fields.read_number("quality"),
            heat=fields.read_number("heat"),
            duration=fields.read_duration("length"),
            provider=read_provider(fields),
            topics=fields.read_texts("topics"),
            categories=fields.read_texts("categories", "category"),
            tags=fields.read_texts("tags"),
            images=images,
            related=read_related(fields, self._zone),
            media=shown.media,
            files=files,
        )

    def _show(  # noqa: PLR0913 - all that a text depends on
        self, path: str, text: str, fields: Fields, base: Base, *, url: str, notes: Notes
    ) -> _Presented | None:
        """Return what an article shows; None if there is an error, which is noted."""
        summary = fields.read_text("excerpt")
        if not text and FEATURED not in fields:
            # As most articles about others' pages.
            return _Presented(summary, "", None)
        # Loaded for the first article that has a text.
        from feeds.articles.body import Text, make_body
        from feeds.articles.excerpts import make_excerpt, mark_excerpt_end
        from feeds.articles.template_syntax import TemplateRules

        needs_excerpt = bool(self._rules.excerpt_words and text and not summary)
        written = mark_excerpt_end(text) if needs_excerpt else text
        rules = self._translator.template_rules if self._translator else TemplateRules()
        body = make_body(Text(self._find_syntax(path), written, rules), fields, base, notes)
        if body is None:
            return None
        html = self._translator.lead_links(body.html, base.address, url) if self._translator else body.html
        if needs_excerpt:
            summary, html = make_excerpt(html, self._rules.excerpt_words)
        return _Presented(summary, html, body.media)


def _soften(problem: Problem) -> Problem:
    """Make a warning of a page that may be no article: programs leave such pages."""
    if problem.code != "no-front-matter" or not problem.path.lower().endswith(_PAGES):
        return problem
    hint = "Begin it with front matter, or leave it out of articles.include if it is not an article."
    return msgspec.structs.replace(problem, severity="warning", hint=hint)


def _decode(data: bytes, max_bytes: int) -> str:
    if len(data) > max_bytes:
        raise FrontMatterError(
            "too-large", f"is larger than {max_bytes:,} bytes.",
            "Shorten it, or raise articles.max_bytes in the configuration.",
        )  # fmt: skip
    data = data.removeprefix(BOM_UTF8)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        start = data.rfind(b"\n", 0, error.start) + 1
        raise FrontMatterError(
            "not-utf-8", f"is not UTF-8 (byte 0x{data[error.start]:02x}).", "Save it as UTF-8.",
            data.count(b"\n", 0, error.start) + 1, error.start - start + 1,
        ) from None  # fmt: skip


def _note_cut_values(matter: str, notes: Notes) -> None:
    """Note each text of which YAML takes the end for a comment."""
    # Loaded already: the YAML is not plain.
    from feeds.articles.pyyaml import list_cut_values

    for key, rest in list_cut_values(matter):
        message = f'ends before "{shorten(rest, 40)}", which is a comment in YAML.'
        notes("cut-value", "warning", key, message, "Put the whole value in quotes if that belongs to it.")


def _read_language(fields: Fields) -> str:
    language = fields.read_text("locale").replace("_", "-")
    if language and not is_language(language):
        fields.note_problem(
            "bad-locale", "warning", "locale", "is not a language tag.", 'Write it like "en" or "pt-BR".'
        )
        return ""
    return language
