"""Reads the pictures, provider and related pieces of an article."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

from feeds.articles.fields import Fields
from feeds.articles.unknown_fields import KNOWN, note_misspelt_parts
from feeds.lib.text.plain import has_unwanted, to_plain_text
from feeds.lib.text.urls import canonicalise_domain
from feeds.model import Image, Provider, Related

_OF_IMAGE = frozenset(("attribution", "height", "title", "url", "width"))
_OF_PROVIDER = frozenset(("authors", "domain", "images", "name"))


def read_images(fields: Fields) -> tuple[Image, ...]:
    """Return the pictures of an article or a provider, each address once."""
    found = {}
    for part in fields.read_parts("images", "url"):
        note_misspelt_parts(part, _OF_IMAGE)
        part.require("url")
        url = part.read_url("url")
        if url and url not in found:
            found[url] = Image(
                url=url,
                width=part.read_size("width"),
                height=part.read_size("height"),
                title=part.read_text("title"),
                attribution=part.read_text("attribution"),
            )
    return tuple(found.values())


def read_provider(fields: Fields) -> Provider:
    """Return the provider, named as the article says or by its domain."""
    if fields.get_raw("provider"):
        _note_no_domain(fields, "provider")
        return Provider(name=fields.read_text("provider"))
    part = fields.read_part("provider")
    if part is None:
        return Provider()
    if (usual := part.get_only("name", "domain")) is not None and (
        known_one := _make_provider(*usual)
    ) is not None:
        return known_one
    note_misspelt_parts(part, _OF_PROVIDER)
    host = part.read_text("domain")
    known = canonicalise_domain(host) if host else ""
    if known is None:
        part.note_problem(
            "bad-domain", "warning", "domain", "is not a domain.", 'Write it like "example.org".'
        )
    if not host and "name" in part:
        _note_no_domain(part, "name")
    names = [_read_author(author) for author in part.read_parts("authors", "name")]
    return Provider(
        domain=known or "",
        name=part.read_text("name") or known or "",
        authors=tuple(dict.fromkeys(filter(None, names))),
        images=read_images(part),
    )


def _note_no_domain(fields: Fields, name: str) -> None:
    fields.note_problem(
        "no-domain", "note", name, "has no domain, so the provider has no feed.",
        "Write the provider as {name: Example News, domain: example.org}.",
    )  # fmt: skip


def _read_author(author: Fields) -> str:
    author.require("name")
    return author.read_text("name")


@lru_cache(maxsize=4096)
def _make_provider(name: str, host: str) -> Provider | None:
    """Return a provider with name and domain only, None if there is a problem.

    Cached, because the same providers appear in many articles.
    """
    known = canonicalise_domain(host)
    return (
        None
        if known is None or has_unwanted(name) or "<" in name or "&#" in name
        else Provider(domain=known, name=to_plain_text(name) or known)
    )


def read_related(fields: Fields, zone: ZoneInfo) -> tuple[Related, ...]:
    """Return the related pieces that have an address and a title."""
    found = {}
    for part in fields.read_parts("related", "webUrl"):
        note_misspelt_parts(part, KNOWN)
        part.require("webUrl", "originalUrl")
        part.require("title")
        url = part.read_url("webUrl") or part.read_url("originalUrl")
        title = part.read_text("title")
        if url and title and url not in found:
            publisher = part.read_part("provider")
            found[url] = Related(
                url=url,
                title=title,
                provider=publisher.read_text("name") if publisher else "",
                published=part.read_date("publishedDateTime", zone, "warning"),
            )
    return tuple(found.values())
