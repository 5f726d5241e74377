"""Reads one post of another generator: its fields, and what its path says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from feeds.articles.fields import Key, NoteProblem
from feeds.articles.foreign_values import (
    HIDING_WORDS,
    NO_HIDES,
    SHOWING_WORDS,
    WORD_HIDES,
    YES_HIDES,
    clean_heading,
    drop_links,
    is_date,
    is_same_language,
    is_same_title,
    normalise_date,
    read_authors,
    read_pictures,
    read_written,
    split_names,
)
from feeds.articles.presets import Preset, TranslationRules, UnknownPartError
from feeds.articles.presets.permalinks import Post, make_id, make_path, make_url
from feeds.articles.presets.post_names import PostName, list_categories, make_title, split_dated_path
from feeds.lib.text.dates import DateError, parse
from feeds.lib.text.languages import find_tag
from feeds.lib.text.urls import canonicalise

_URLS = frozenset({"originalUrl", "webUrl", "sourceUrl"})
# What is surely meant otherwise.
_UNFIT: Mapping[str, tuple[type, ...]] = {
    "publishedDateTime": (bool, dict),
    "updatedDateTime": (bool,),
    **dict.fromkeys(("excerpt", "topics", "categories", "provider.authors"), (bool,)),
}
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
_DAY_IN_ADDRESS = re.compile(r"/(\d{4})/(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])/")
_TEMPLATE = re.compile(r"\{\{|\{%")
_HEADING = re.compile(
    r"\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+(?:(?P<signs>\#{1,2})[ \t]+(?P<atx>[^\n]+?)(?:[ \t]+\#+)?[ \t]*(?:\n|\Z)"
    r"|(?P<setext>[^\s#>|*+`<-][^\n]*)\n=+[ \t]*(?:\n|\Z))",
    re.DOTALL,
)
_LONGEST_CODE = 3
_NONE = object()


FieldTable = tuple[tuple[str, Key, tuple[Key, ...]], ...]


class Translation(NamedTuple):
    """Front matter in our words.

    ``keys`` lead from our fields to the author's own; ``body`` lacks a heading that became the title.
    """

    values: dict[str, Any]
    keys: dict[Key, Key]
    body: str
    expires: datetime | None


class PostRules(NamedTuple):
    """What all posts of a site share; ``authors`` has the names by their keys."""

    rules: TranslationRules
    preset: Preset
    zone: ZoneInfo
    authors: Mapping[str, str]


class ForeignPost:
    """The translation of one post."""

    def __init__(self, site: PostRules, path: PostName, fields: Mapping[str, Any], note: NoteProblem) -> None:
        self._rules, self._preset, self._zone, self._authors = site
        self._order = self._rules.date_order or self._preset.date_order
        self._path = path
        self._fields = fields
        self._note = note
        self._names: dict[str, str] = {}
        for name in fields:
            if isinstance(name, str):
                # Of two spellings of a name, the first one counts.
                self._names.setdefault(name.lower(), name)
        self.values: dict[str, Any] = {}
        self.keys: dict[Key, Key] = {}

    def translate(self, table: FieldTable, body: str, folders: str) -> Translation:
        """Read every field of the table, and make what the generator would make."""
        self._read_switches()
        for name, ours, candidates in table:
            if candidates:
                self._read(name, ours, candidates)
        self._read_page()
        when = self._read_dates()
        body = self._read_title(body)
        excerpt = self.values.get("excerpt")
        if self._rules.preset and isinstance(excerpt, str) and "](" in excerpt:
            self.values["excerpt"] = drop_links(excerpt)
        self._read_names(folders)
        slug, expires = self.values.pop("slug", None), self.values.pop("expires", None)
        self._read_address(when, str(slug).strip() if isinstance(slug, (str, int)) else "")
        self._read_people()
        self._read_pictures()
        if self._path.language:
            self.values.setdefault("locale", self._path.language)
        if self._rules.preset and isinstance(language := self.values.get("locale"), str):
            # Some themes write "Chinese".
            is_name = len(language) > _LONGEST_CODE and language.isalpha()
            self.values["locale"] = (find_tag(language) if is_name else "") or language
        self._apply_defaults()
        return Translation(self.values, self.keys, body, self._read_expiry(expires))

    def _find(self, key: Key) -> tuple[Any, Key]:
        """Return the value at a dotted key in lower case and the key as it is written."""
        name = self._names.get(str(key[0]))
        if name is None:
            return None, ()
        value = self._fields[name]
        written: Key = (name,)
        for part in key[1:]:
            if not isinstance(value, dict):
                return None, ()
            inner = part if part in value else next((one for one in value if str(one).lower() == part), None)
            if inner is None:
                return None, ()
            value, written = value[inner], (*written, inner)
        return value, written

    def _read(self, name: str, ours: Key, candidates: tuple[Key, ...]) -> None:
        for candidate in candidates:
            # Of the dozens of names that other generators have, a post has few.
            if candidate[0] not in self._names:
                continue
            value, written = self._find(candidate)
            if value is None or value == "" or not self._suits(name, value):
                continue
            self._put(ours, value, written)
            return

    def _suits(self, name: str, value: object) -> bool:
        """Return whether a value fits a field, as other programs use the same names."""
        if name in _URLS:
            # "link" may be a path on the site itself, which is not another page.
            return not self._rules.preset or (isinstance(value, str) and bool(_ABSOLUTE.match(value.strip())))
        if name == "related":
            # Others name posts of their site by titles or paths.
            return not self._rules.preset or "webUrl" in str(value) or "originalUrl" in str(value)
        if name == "images":
            return isinstance(value, (str, list, dict))
        if name == "locale":
            # In Quarto, "language" has words of the site.
            return not (self._rules.preset and isinstance(value, dict))
        return not isinstance(value, _UNFIT.get(name, ()))

    def _put(self, ours: Key, value: object, written: Key) -> None:
        if len(ours) == 1:
            self.values[str(ours[0])] = value
        else:
            inner = self.values.get(str(ours[0]))
            table = (
                dict(inner) if isinstance(inner, dict) else {"name": inner} if isinstance(inner, str) else {}
            )
            self.values[str(ours[0])] = {**table, str(ours[1]): value}
        self.keys[ours] = written

    def _read_switches(self) -> None:
        """Find what hides the post; a switch is true, false, or an unclear value."""
        if self._path.is_draft:
            self.values["draft"] = True
        for lower, name in self._names.items():
            value = self._fields[name]
            if lower in YES_HIDES:
                self._switch("draft", value, name)
            elif lower in NO_HIDES:
                if not is_date(value) and value is not None:
                    self._switch("published", value, name)
            elif lower in WORD_HIDES:
                self._read_status(lower, name, value)
            elif lower in ("removed", "deleted"):
                self._switch(lower, value, name)
            elif (lower == "password" and value) or (lower == "permalink" and value is False):
                self._switch("draft", True, name)  # noqa: FBT003 - the value of a field

    def _read_status(self, lower: str, name: str, value: object) -> None:
        word = value.strip().lower() if isinstance(value, str) else ""
        if word in HIDING_WORDS:
            self._switch("draft", True, name)  # noqa: FBT003 - the value of a field
        elif word and word not in SHOWING_WORDS and lower in self._preset.switches:
            # Unclear.
            self._switch("draft", value, name)

    def _read_page(self) -> None:
        """Hide a page that is no post, such as a list of posts."""
        for name in self._preset.pages:
            if name in self._names and "publishedDateTime" not in self.values:
                self._switch("draft", True, self._names[name])  # noqa: FBT003 - the value of a field

    def _switch(self, ours: str, value: object, name: str) -> None:
        known = self.values.get(ours, _NONE)
        hides = ours != "published"
        # What hides the post stays, and so does what is unclear.
        if known is _NONE or known is (not hides) or (known is not hides and value is hides):
            self.values[ours] = value
            self.keys[(ours,)] = (name,)

    def _read_dates(self) -> datetime | None:
        """Make dates readable; return the day in addresses, in the generator's zone."""
        for name in ("publishedDateTime", "updatedDateTime"):
            if name in self.values:
                when = normalise_date(self.values[name], self._order)
                if self._preset.moments_in_utc and isinstance(when, datetime) and when.tzinfo is None:
                    when = when.replace(tzinfo=UTC)
                self.values[name] = when
        value = self.values.get("publishedDateTime")
        if value is None:
            day = split_dated_path(self._path)[0] if self._preset.slug == "dated-path" else self._path.day
            day = day or self._find_day_in_address()
            if not day or not self._rules.preset:
                return None
            self.values["publishedDateTime"] = value = day
        try:
            moment = parse(value, self._zone)
        except DateError:
            return None
        # Parsed once.
        self.values["publishedDateTime"] = moment
        if self._preset.day and self.keys.get(("publishedDateTime",)) != (self._preset.day,):
            shown = normalise_date(self._find((self._preset.day,))[0], self._order)
            with suppress(DateError):
                value, moment = shown, parse(shown, self._zone)
        written = read_written(value) if self._preset.zone == "written" else None
        return written or moment.astimezone(self._zone)

    def _find_day_in_address(self) -> str:
        """Return the day in the address that the post sets itself, "" if it has none."""
        for key in self._preset.address:
            value, _ = self._find((key,))
            if isinstance(value, str) and (match := _DAY_IN_ADDRESS.search(f"/{value}/")) is not None:
                return "-".join(match.groups())
        return ""

    def _read_expiry(self, value: object) -> datetime | None:
        if value is None:
            return None
        try:
            return parse(normalise_date(value, self._order), self._zone)
        except DateError:
            return None

    def _read_title(self, body: str) -> str:
        """Take a missing title from heading or file name; return the body without it."""
        if not self._rules.preset:
            return body
        title = self.values.get("title")
        heading = _HEADING.match(body)
        shown = clean_heading(heading["atx"] or heading["setext"]) if heading else ""
        is_first = bool(shown) and heading is not None and heading["signs"] != "##"
        if title is None:
            takes_heading = is_first and self._preset.takes_heading
            title = shown if takes_heading else make_title(self._path, self._preset.titles)
            if title:
                self.values["title"] = title
        if heading and shown and isinstance(title, str) and is_same_title(shown, title):
            return body[heading.end() :].lstrip("\n")
        return body

    def _read_names(self, folders: str) -> None:
        for name in ("topics", "categories"):
            if name in self.values:
                self.values[name] = split_names(self.values[name], self._find_separator(name))
        if self._rules.preset == "nikola":
            self._read_tags_of_nikola()
        if folders != "none" and (self._path.folders or self._rules.parents):
            name = "topics" if folders == "topic" else "categories"
            is_jekyll = self._rules.preset == "jekyll" and not self._rules.folders
            above = [*self._rules.parents, *list_categories(self._path, above_posts=is_jekyll)]
            if self._rules.preset == "pelican":
                # Pelican takes the folder only for a post that names no category.
                above = above[-1:] if name not in self.values else []
            if above:
                named = self.values.get(name, [])
                values = named if isinstance(named, list) else [named]
                self.values[name] = [*above, *values] if is_jekyll else [*values, *above]

    def _find_separator(self, name: str) -> str:
        # In Jekyll, "category" and "tag" name one.
        is_one = self._preset.id == "jekyll" and self.keys.get((name,)) in (("category",), ("tag",))
        return "" if is_one else self._preset.separator

    def _read_tags_of_nikola(self) -> None:
        """In Nikola, some tags are switches."""
        tags = self.values.get("topics")
        if isinstance(tags, list):
            if any(tag in ("draft", "private") for tag in tags):
                self._switch("draft", True, str(self.keys[("topics",)][0]))  # noqa: FBT003 - the value of a field
            self.values["topics"] = [tag for tag in tags if tag != "mathjax"]

    def _read_address(self, when: datetime | None, slug: str) -> None:
        """Make the post's own address and id, if the site has one and the post sets none."""
        rules, preset = self._rules, self._preset
        if not rules.base_url or not (rules.preset or rules.permalink):
            return
        if "webUrl" in self.values:
            if written := canonicalise(str(self.values["webUrl"])):
                self._make_id(written, when, slug)
            return
        post = self._describe(when, slug)
        path = self._read_own_address(post)
        if path is None:
            path = make_path(rules.permalink or preset.permalink, post)
            if path is None:
                return
            language = self._path.language
            if language and not is_same_language(language, rules.language):
                path = f"/{language.lower() if preset.slugs == 'hugo' else language}{path}"
        url = make_url(rules.base_url, path)
        if url:
            self.values["webUrl"] = url
            self._make_id(url, when, slug)

    def _read_own_address(self, post: Post) -> str | None:
        """Return the path that the post sets itself, None if it has none or is unclear."""
        for key in self._preset.address:
            value, written = self._find((key,))
            if not isinstance(value, str) or not value.strip():
                continue
            try:
                path = make_path(value.strip(), post, is_own=True)
            except UnknownPartError:
                self._note(
                    "unknown-permalink", "warning", written, "has a part that cannot be computed.",
                    "Write the address itself; the site's pattern is taken.",
                )  # fmt: skip
                continue
            if path is not None and not _TEMPLATE.search(path):
                self.keys[("webUrl",)] = written
                return path
        return None

    def _describe(self, when: datetime | None, slug: str) -> Post:
        title, categories = self.values.get("title"), self.values.get("categories", ())
        listed = categories if isinstance(categories, list) else [categories]
        authors = self.values.get("provider")
        author = authors.get("authors") if isinstance(authors, dict) else ""
        return Post(
            self._path,
            self._preset,
            when,
            title if isinstance(title, str) else "" if title is None else str(title),
            slug,
            tuple(str(one) for one in listed if isinstance(one, (str, int))),
            author if isinstance(author, str) else "",
            self._rules.prefix,
        )

    def _make_id(self, url: str, when: datetime | None, slug: str) -> None:
        if self._rules.id != "own" and self._rules.preset and "id" not in self.values:
            is_url = "permalink" in (self._rules.id, self._preset.id)
            self.values["id"] = url if is_url else make_id(url, self._describe(when, slug))

    def _read_people(self) -> None:
        provider = self.values.get("provider")
        if isinstance(provider, dict) and "authors" in provider and self._rules.preset:
            names = read_authors(provider["authors"], self._preset.separator, self._authors)
            self.values["provider"] = {**provider, "authors": names}
            if not names:
                del self.values["provider"]["authors"]
                if not self.values["provider"]:
                    del self.values["provider"]

    def _read_pictures(self) -> None:
        if "images" not in self.values or not self._rules.preset:
            return
        pictures = self._preset.pictures
        page = str(self.values.get("webUrl", "")) if pictures == "post" else ""
        found = read_pictures(self.values["images"], page or self._rules.base_url, pictures)
        if found:
            self.values["images"] = found
        else:
            del self.values["images"]

    def _apply_defaults(self) -> None:
        for name, value in self._rules.defaults.items():
            known = self.values.get(name)
            if known is None or known in ("", []):
                self.values[name] = value
            elif isinstance(known, dict) and isinstance(value, dict):
                self.values[name] = {**value, **{key: one for key, one in known.items() if one is not None}}
