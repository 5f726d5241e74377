"""Translates other generators' front matter into ours, and keeps their keys."""

from __future__ import annotations

import re
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from feeds.articles.fields import Key
from feeds.articles.foreign_post import FieldTable, ForeignPost, PostRules, Translation
from feeds.articles.foreign_values import SWITCHES, read_author_names
from feeds.articles.frontmatter import FrontMatter, parse_unfenced, split
from feeds.articles.other_matter import find_syntax, parse_other, read_fenced_headers
from feeds.articles.positions import FrontMatterError, Notes, Split, find_first_line
from feeds.articles.presets import OWN, Preset, TranslationRules
from feeds.articles.presets.field_names import COMMON_FIELDS, OTHER_NAMES
from feeds.articles.presets.permalinks import Post, follows_from_path, make_path, make_url
from feeds.articles.presets.post_names import read_path
from feeds.articles.presets.tables import PRESETS
from feeds.articles.template_syntax import TemplateRules, describe_removals, strip_template_syntax
from feeds.articles.template_syntax.included import expand_includes_of_jekyll
from feeds.articles.template_syntax.shortcodes import expand_includes
from feeds.articles.template_syntax.work import TemplateSite
from feeds.lib.text.plain import remove_unwanted
from feeds.model import Problem


class Translator:
    """Translates the front matter of many posts by one set of rules."""

    def __init__(self, rules: TranslationRules, zone: ZoneInfo) -> None:
        self.rules, self.zone = rules, zone
        self.preset = PRESETS[rules.preset] if rules.preset else OWN
        self.template_rules = TemplateRules(
            self.preset.templates, TemplateSite(rules.base_url, self._find_page)
        )
        authors = read_author_names(rules.authors) if rules.authors else {}
        self._site = PostRules(rules, self.preset, zone, authors)
        self._forms = tuple(form for form in self.preset.matter if form not in ("yaml", "toml", "json"))
        self._fields = list_fields(rules, self.preset)
        self._usual = {name: _choose_usual(name, keys) for name, _, keys in self._fields if keys}
        self._folders = rules.folders or self.preset.folders

    def parse_other(self, path: str, text: str, most: int) -> FrontMatter | None:
        """Return a file with the generator's own front matter, None if it has none.

        Raises :class:`FrontMatterError` for matter of more than ``most`` bytes.
        """
        return parse_other(path, text, self._forms, most) if self._forms else None

    def read_otherwise(self, text: str, error: FrontMatterError) -> FrontMatter | None:
        """Return a file that ours cannot read, if the generator can; else None."""
        if not self.rules.preset:
            return None
        if error.code == "no-front-matter" and self.preset.takes_unfenced:
            return parse_unfenced(text)
        text = remove_unwanted(text)
        if error.code == "not-a-mapping":
            found = split(text)
            lines = map(str.strip, found.matter.split("\n"))
            if not any(line and not line.startswith("#") for line in lines):
                return FrontMatter({}, found.body.strip(), found, None)
        elif error.code == "duplicate-key" and self.preset.takes_last_key:
            return _read_last_keys(split(text), error)
        elif error.code == "yaml" and "headers" in self._forms:
            return read_fenced_headers(split(text))
        return None

    def translate(self, path: str, matter: FrontMatter, notes: Notes) -> Translation:
        """Return a file's front matter in our words; ``path`` is below the articles."""
        post = read_path(
            path,
            has_language_suffix=self.preset.has_language_suffix,
            inner_ending=self.preset.inner_ending,
        )
        body = self._strip_templates(path, matter, notes)
        if self.rules.preset == "nikola" and not matter.fields:
            message = "has no fields, and there are none in a file beside it that ends in .meta."
            notes("no-fields", "note", (), message, "Begin it with lines such as .. title: and .. date:.")
        return ForeignPost(self._site, post, matter.fields, notes).translate(
            self._fields, body, self._folders
        )

    def _strip_templates(self, path: str, matter: FrontMatter, notes: Notes) -> str:
        """Return a file's body without template syntax, and note what was removed."""
        rules = self.template_rules
        if not rules.templates or find_syntax(path, self._forms) in ("rest", "org"):
            return matter.body
        body, site = matter.body, rules.site
        if "{" in body:
            # What an author writes between the fences, some templates show in the text.
            texts = {name: value for name, value in matter.fields.items() if isinstance(value, str)}
            site = site._replace(values={f"page.{name}": value for name, value in texts.items()} | texts)
        if self.rules.includes and "include" in body:
            body = (
                expand_includes_of_jekyll(body, self.rules.includes)
                if self.rules.preset == "jekyll"
                else expand_includes(body, path, self.rules.includes, self.rules.prefix)
            )
        stripped = strip_template_syntax(body, rules.templates, path, site)
        if stripped.removed:
            message = f"text: removed: {describe_removals(stripped.removed)}."
            hint = "Its meaning is not known; what text it has is kept."
            first = stripped.removed[0]
            line = first.line
            if body != matter.body:
                # Lines after an included text are elsewhere than in the file, and those in it are in another.
                written = first.written if first.written in matter.body else "include"
                line = matter.body.count("\n", 0, matter.body.find(written))
            line += find_first_line(matter.split)
            notes.add_placed(Problem("template-syntax", "note", path, message, hint, line))
        return stripped.body

    def _find_page(self, name: str) -> str:
        """Return another post's address by its path or name, "" if that is ambiguous."""
        stem = name.strip("/").removeprefix("_posts/")
        post = read_path(stem if stem.endswith((".md", ".html", ".rst")) else f"{stem}.md")
        pattern = self.rules.permalink or self.preset.permalink
        if not self.rules.base_url or not follows_from_path(pattern, self.preset):
            return ""
        when = datetime.fromisoformat(post.day).replace(tzinfo=self.zone) if post.day else None
        prefix = self.rules.prefix
        if prefix and stem.startswith(f"{prefix}/"):
            prefix = ""
        path = make_path(pattern, Post(post, self.preset, when, prefix=prefix))
        return make_url(self.rules.base_url, path) if path else ""

    def find_base(self, path: str) -> str:
        """Return the base of a file's relative addresses, "" if it is the post's own."""
        if self.preset.relative == "post" or not self.rules.base_url:
            return ""
        folders = filter(None, (self.rules.prefix, path.rpartition("/")[0]))
        return make_url(self.rules.base_url, "/".join((*folders, "")))

    def lead_links(self, html: str, base: str, url: str) -> str:
        """Lead links to places in the text and to other files of the site to their pages.

        ``base`` is what relative addresses counted from, ``url`` the address of the post. A link to a file whose
        page is not known becomes its text.
        """
        if base == url or not url:
            return html
        html = html.replace(f'href="{base}#', f'href="{url}#')
        prefix = self.rules.prefix
        if prefix.endswith("/posts"):
            # Material for MkDocs leaves the folder of posts out of the addresses of what lies in it.
            below = f'src="{self.rules.base_url.rstrip("/")}/'
            html = html.replace(f"{below}{prefix}/", f"{below}{prefix.removesuffix('posts')}")
        if ".md" not in html:
            return html
        site = re.escape(self.rules.base_url.rstrip("/"))
        return re.sub(
            rf'<a href="{site}/([^"#?]*)\.md(#[^"]*)?"([^<>]*)>(.*?)</a>', self._lead, html, flags=re.DOTALL
        )

    def _lead(self, match: re.Match[str]) -> str:
        name, prefix = unquote(match[1]), self.rules.prefix
        if not prefix or name.startswith(f"{prefix}/"):
            url = self._find_page(f"{name.removeprefix(prefix)}.md")
        else:
            # Other pages of MkDocs are at the paths of their files.
            url = make_url(self.rules.base_url, f"{name.removesuffix('index').rstrip('/')}/")
        return f'<a href="{escape(url)}{match[2] or ""}"{match[3]}>{match[4]}</a>' if url else match[4]

    def find_key(self, translation: Translation, key: Key) -> Key:
        """Return the author's field from which one of ours came, or would be read."""
        for length in range(len(key), 0, -1):
            found = translation.keys.get(key[:length])
            if found is not None:
                return (*found, *key[length:])
        if not self.rules.preset:
            return key
        return self._usual.get(".".join(part for part in key if isinstance(part, str)), key)


def _choose_usual(name: str, keys: tuple[Key, ...]) -> Key:
    """Return the author's key that a message names if a field is missing."""
    foreign = [key for key in keys if key != (name.lower(),)]
    return ("date",) if ("date",) in foreign else foreign[0] if foreign else (name,)


def list_fields(rules: TranslationRules, preset: Preset) -> FieldTable:
    """Return our fields, each as its leading keys, and the author's keys in order."""
    names: dict[str, tuple[str, ...]] = (
        {name: (name.lower(),) for name in _OWN_NAMES} if preset is OWN else {}
    )
    if preset is not OWN:
        for name, usual in COMMON_FIELDS.items():
            special = preset.fields.get(name)
            own = () if name.lower() in (special or usual) or "." in name else (name.lower(),)
            last = (*usual, *OTHER_NAMES.get(name, ()))
            names[name] = (*own, *last) if special is None else (*own, *special, *last) if special else ()
        names.update({name: keys for name, keys in preset.fields.items() if name not in COMMON_FIELDS})
    if preset is not OWN:
        # The "id" that authors write for them is not the id of a feed's entry.
        names.setdefault("id", ("guid",))
    for name, keys in rules.fields.items():
        names[name] = tuple(key.lower() for key in keys)
    return tuple(
        (name, tuple(name.split(".")), tuple(tuple(key.split(".")) for key in dict.fromkeys(keys)))
        for name, keys in names.items()
    )


_OWN_NAMES = (
    "title", "publishedDateTime", "updatedDateTime", "excerpt", "originalUrl", "webUrl", "sourceUrl", "id", "locale",
    "type", "quality", "heat", "length", "featuredContent", "related", "provider", "images", "topics", "categories",
    "category", "tags",
)  # fmt: skip


def _read_last_keys(found: Split, error: FrontMatterError) -> FrontMatter | None:
    """Return a file with repeated YAML keys, None if it is unclear if it is public."""
    # Loaded for the first file of this kind.
    from feeds.articles.pyyaml import read_last

    written: dict[str, set[Any]] = {}
    for key, value in found.nodes.value if found.nodes is not None else ():
        if (name := str(key.value).lower()) in SWITCHES:
            written.setdefault(name, set()).add(str(value.value).lower())
    fields = None if any(len(values) > 1 for values in written.values()) else read_last(found)
    return None if fields is None else FrontMatter(fields, found.body.strip(), found, None, error)
