"""Tells authors which fields are not read: misspelt ones and other programs'."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from feeds.articles.fields import Fields
from feeds.articles.positions import Notes
from feeds.articles.visibility import SWITCHES

KNOWN = frozenset(
    [
        "actions", "ampWebUrl", "cdnAmpWebUrl", "categories", "category", "deleted", "draft", "excerpt",
        "featuredContent", "heat", "id", "images", "length", "locale", "originalUrl", "price", "provider",
        "published", "publishedDateTime", "quality", "related", "removed", "secured", "sourceUrl", "tags",
        "title", "topics", "type", "updatedDateTime", "webUrl",
    ]
)  # fmt: skip
# No known name is half as long.
_LONGEST_NAME = 40
# One wrong letter of a shorter name makes another word: head and heat, craft and draft.
_SHORTEST_FOR_ONE_LETTER, _SHORTEST_FOR_SWAP = 6, 4

# The fields of Hugo, Jekyll, Pelican, Eleventy, Astro, Zola, Ghost and podcast hosts, by what is read instead.
_FOREIGN = {
    "publishedDateTime": (
        "created createdat date datecreated datepublished datetime issued postdate posted pubdate publicationdate"
        " publishdate publishedat publisheddate publishedon publishedtime timestamp"
    ),
    "updatedDateTime": (
        "changed datemodified edited lastmod lastmodified lastmodifiedat lastupdated moddate modified modifieddate"
        " updated updatedat updateddate"
    ),
    "provider.authors": "author authors byline creator writer",
    "provider": "publisher",
    "images": (
        "banner cover coverart coverimage featuredimage featureimage hero heroimage image mainimage ogimage photo"
        " picture socialimage teaserimage thumb thumbnail"
    ),
    "excerpt": (
        "abstract dek description intro lead lede metadescription standfirst subheading subtitle summary tagline"
        " teaser"
    ),
    "webUrl": "canonical canonicalurl permalink slug url",
    "originalUrl": "externallink externalurl href link linkurl source",
    "tags": "keyword keywords subject subjects",
    "categories": "section",
    "featuredContent": (
        "audio audiofile audiourl embed enclosure enclosureurl enclosures media mp3 podcast video videourl youtube"
    ),
    "length": "duration",
    "locale": "lang language",
    "title": "heading headline",
    "": (
        "aliases cascade comments featured layout math menu order outputs params pin pinned redirectfrom resources"
        " series sitemap sticky template toc weight"
    ),
}  # fmt: skip
_READ_INSTEAD = {name: known for known, names in _FOREIGN.items() for name in names.split()}
# The fields by which other programs hide an article, and the values with which they do.
_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
# With these values, a switch hides nothing: the others, and "published".
_PUBLIC = (_NO, _YES)
_STATES = frozenset({"draft", "private", "pending", "hidden", "unlisted", "unpublished", "future", "trash"})
_HIDING = {
    **dict.fromkeys(("hidden", "private", "unlisted", "isdraft", "isprivate", "ishidden"), _YES),
    **dict.fromkeys(("publish", "public", "visible", "ispublished", "ispublic", "isvisible"), _NO),
    **dict.fromkeys(("status", "visibility", "state"), _STATES),
}


def note_unknown_fields(values: Mapping[str, Any], strange: Iterable[str], notes: Notes) -> None:
    """Note the ``strange`` names: those of no field.

    A misspelt field is a warning, and one that would hide the article if it were read is an error. All fields
    of other programs together are one note.
    """
    foreign = []
    for name in strange:
        plain = _simplify(name)
        if plain in _READ_INSTEAD:
            foreign.append(name)
        elif plain in _HIDING:
            if str(values[name]).strip().lower() in _HIDING[plain]:
                notes(
                    "unread-switch", "error", (name,),
                    "is not read, but other programs hide an article by it.",
                    'Write "draft: true" if that was meant, else take it out.',
                )  # fmt: skip
        # Another spelling of a switch is an error of its own.
        elif (known := _find_near(name)) and name.strip().lower() not in SWITCHES:
            # In doubt, an article is not public.
            hides = (
                known in SWITCHES and str(values[name]).strip().lower() not in _PUBLIC[known == "published"]
            )
            notes(
                "unclear-switch" if hides else "unknown-field",
                "error" if hides else "warning",
                (name,),
                f'is not known; "{known}" is.',
                "Rename it if that was meant.",
            )
    if foreign:
        notes("unread-field", "note", (foreign[0],), *_describe_foreign(foreign))


def note_misspelt_parts(part: Fields, known: frozenset[str]) -> None:
    """Note misspelt fields in a part such as the provider; others are its author's."""
    if part.values.keys() <= known:
        return
    for name in part.values:
        if name not in known and isinstance(name, str) and (near := _find_near(name, known)):
            message = f'is not known; "{near}" is.'
            part.note_problem("unknown-field", "warning", name, message, "Rename it if that was meant.")


def find_renamed(values: Mapping[str, Any], missing: str) -> str:
    """Return the field that was probably meant for a missing one, "" for none."""
    return next(
        (
            name
            for name, value in values.items()
            if name not in KNOWN
            and value is not None
            and missing in (_READ_INSTEAD.get(_simplify(name)), _find_near(name))
        ),
        "",
    )


def _describe_foreign(names: list[str]) -> tuple[str, str]:
    """Return message and hint about other programs' fields, placed at the first one."""
    first, *others = names
    instead = {name: _READ_INSTEAD[_simplify(name)] for name in names}
    if not others:
        known = instead[first]
        return (
            (f"is not read; {known} is.", f"Write {known} if feeds are to show it.")
            if known
            else ("is not read.", "It may stay: nothing in a feed is like it.")
        )
    read = [f'{known} in place of "{name}"' for name, known in instead.items() if known]
    quoted = ", ".join(f'"{name}"' for name in others)
    hint = f"Write {', '.join(read)}; the rest may stay." if read else "They may stay."
    return f"is not read, and so are not: {quoted}.", hint


@lru_cache(maxsize=4096)
def _simplify(name: str) -> str:
    """Return a name without differences of case and of what joins its words."""
    return name.lower().translate(_JOINTS) if len(name) <= _LONGEST_NAME else ""


_JOINTS = str.maketrans("", "", "_-. ")


@lru_cache(maxsize=4096)
def _find_near(name: str, known_names: frozenset[str] = KNOWN) -> str:
    """Return the known field that a name is a misspelling of, "" if it is of none."""
    if len(name) > _LONGEST_NAME:
        return ""
    lower = name.lower()
    by_lower = {known.lower(): known for known in sorted(known_names)}
    near = difflib.get_close_matches(lower, by_lower, n=1, cutoff=0.85)
    found = near[0] if near else next((known for known in by_lower if _is_slip(lower, known)), "")
    return by_lower[found] if found else ""


def _is_slip(name: str, known: str) -> bool:
    """Return whether two names differ by one letter or two that changed places."""
    if len(name) != len(known):
        return False
    places = [n for n, (letter, wanted) in enumerate(zip(name, known, strict=True)) if letter != wanted]
    if len(places) == 1:
        return len(known) >= _SHORTEST_FOR_ONE_LETTER
    return (
        len(places) == 2  # noqa: PLR2004 - two letters
        and len(known) >= _SHORTEST_FOR_SWAP
        and places[1] == places[0] + 1
        and name[places[0]] == known[places[1]]
        and name[places[1]] == known[places[0]]
    )
