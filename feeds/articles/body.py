"""Makes an article's HTML of its text and featuredContent, and tells what is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from feeds.articles.embeds import Embed, Replaced, replace_embeds
from feeds.articles.featured import read_featured
from feeds.articles.fields import FEATURED, Fields
from feeds.articles.other_matter import Syntax
from feeds.articles.pictures import Base
from feeds.articles.positions import IN_TEXT, Notes
from feeds.articles.template_syntax import TemplateRules, describe_removals, strip_template_syntax
from feeds.lib.text.html import TooDeepError, sanitise
from feeds.lib.text.unsupported import Loss
from feeds.model import Media, ProblemCode, Severity

_ENDINGS = {"rest": "rst", "org": "org"}
# A message names at most this many things, because a person reads it.
_MOST_NAMED = 8
_HINT_OF_REPLACED = "Feeds show a link, a picture or text in its place."
_HINT_OF_LOST = "Feeds cannot show it: write it in another way, or link to it."


class Body(Struct, frozen=True):
    """What an article shows: sanitised HTML, and a film or sound above or in it."""

    html: str
    media: Media | None


class _CleanPart(Struct, frozen=True):
    """Sanitised HTML, what was taken from it, and its film or sound."""

    key: str
    html: str
    losses: tuple[Loss, ...]
    media: Media | None


class Text(Struct, frozen=True):
    """The text below the front matter, in its file's syntax, with its templates' kind."""

    syntax: Syntax
    written: str
    rules: TemplateRules = TemplateRules()


def make_body(text: Text, fields: Fields, base: Base, notes: Notes) -> Body | None:
    """Return what an article shows; None if there is an error, which is noted.

    What is lost is noted once
    for the whole file, and so is what was replaced faithfully.
    """
    parts = []
    if fields.values.get(FEATURED) is not None:
        replaced = read_featured(fields, base)
        parts.append(_clean(replaced, base.address, FEATURED, notes))
    if text.written:
        html, is_sound = _render(text, notes)
        # In sound HTML there is no embed, and rarely a path from the root.
        replaced = Replaced(html) if is_sound and '="/' not in html else replace_embeds(html, base)
        parts.append(_clean(replaced, base.address, IN_TEXT, notes, is_sound=is_sound))
    if notes.is_faulty():
        return None
    cleaned = [part for part in parts if part]
    if lost := [(part.key, loss) for part in cleaned for loss in part.losses]:
        _note_losses(lost, "lost-content", "warning", notes)
        _note_losses(lost, "replaced-content", "note", notes)
    media = next((part.media for part in cleaned if part.media), None)
    return Body("".join(part.html for part in cleaned), media)


def _render(text: Text, notes: Notes) -> tuple[str, bool]:
    """Return a text as HTML, and whether it is sound.

    :mod:`feeds.lib.text.sound_html` says what that is. The HTML is "" if there is an error.
    """
    if text.syntax == "html":
        return text.written, False
    if text.syntax != "markdown":
        return _render_other(text.syntax, text.written, text.rules, notes), False
    # Loaded for the first article with a text.
    from feeds.lib.text.markdown import render_markdown

    try:
        return render_markdown(text.written)
    except ValueError as error:
        notes("no-markdown", "error", (IN_TEXT,), f"{error}.", "Write it in a plainer way.")
        return "", False


def _render_other(syntax: Syntax, text: str, rules: TemplateRules, notes: Notes) -> str:
    """Return org-mode or reStructuredText as HTML without templates, "" on an error."""
    # Loaded for the first text in such a syntax.
    from feeds.articles.org import render_org
    from feeds.articles.rest import MissingDocutilsError, render_rest

    removed: list[str] = []
    if syntax == "org":
        html = render_org(text)
    else:
        try:
            html, left_out, errors = render_rest(text, rules.site)
        except MissingDocutilsError:
            message = "is reStructuredText, which docutils renders, and that is not installed."
            notes("no-docutils", "error", (IN_TEXT,), message, 'Install it: pip install "feeds[rst]".')
            return ""
        except ValueError as error:
            notes("no-rst", "error", (IN_TEXT,), f"{error}.", "Write it in a plainer way.")
            return ""
        removed += [f'{kind} "{name}"' for kind, name in left_out]
        if errors:
            line, said = errors[0]
            written = text.split("\n")[line - 1].strip() if line else ""
            more = f" There are {len(errors) - 1} more such errors." if errors[1:] else ""
            notes("bad-rst", "warning", (IN_TEXT, written), f"cannot be read: {said}.{more}", "Mend it.")
    stripped = strip_template_syntax(html, rules.templates, f".{_ENDINGS[syntax]}", rules.site)
    if removed or stripped.removed:
        named = ", ".join([*removed[:_MOST_NAMED], *filter(None, [describe_removals(stripped.removed)])])
        hint = "Its meaning is not known; what text it has is kept."
        notes("template-syntax", "note", (IN_TEXT,), f"removed: {named}.", hint)
    return stripped.body


def _clean(
    replaced: Replaced, base: str, key: str, notes: Notes, *, is_sound: bool = False
) -> _CleanPart | None:
    try:
        cleaned = sanitise(replaced.html, base, is_sound=is_sound)
    except TooDeepError:
        notes("too-deep", "error", (key,), "nests elements too deeply.", "Flatten it.")
        return None
    return _CleanPart(key, cleaned.html, (*map(_describe, replaced.embeds), *cleaned.losses), replaced.media)


def _describe(embed: Embed) -> Loss:
    of = f" of {embed.host}" if embed.host else ""
    return Loss(f"{embed.element}{of}", f"{embed.element}s{of}", 1, f"<{embed.element}", faithful=True)


def _note_losses(
    lost: Iterable[tuple[str, Loss]], code: ProblemCode, severity: Severity, notes: Notes
) -> None:
    """Note what is lost, or else what was replaced, as one problem at the first place."""
    faithful = severity == "note"
    chosen = [(key, loss) for key, loss in lost if loss.faithful is faithful]
    if not chosen:
        return
    key, first = chosen[0]
    named = list(_name_losses(loss for _, loss in chosen))
    if len(named) > _MOST_NAMED:
        named = [*named[:_MOST_NAMED], "and more"]
    message = f"{'replaced' if faithful else 'removed'}: {', '.join(named)}."
    hint = _HINT_OF_REPLACED if faithful else _HINT_OF_LOST
    if all(loss.one.startswith("link ") for _, loss in chosen):
        hint = "Their text stays: mend the address, or leave it out."
    notes(code, severity, (key, first.written) if key == IN_TEXT else (key,), message, hint)


def _name_losses(losses: Iterable[Loss]) -> Iterator[str]:
    """Yield each kind of loss with its number: "2 iframes of example.org"."""
    counts: dict[tuple[str, str], int] = {}
    for loss in losses:
        kind = (loss.one, loss.many)
        counts[kind] = counts.get(kind, 0) + loss.number
    for (one, many), count in counts.items():
        yield one if count == 1 else f"{count:,} {many}"
