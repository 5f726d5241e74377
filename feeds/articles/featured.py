"""Reads what an article features: the film or sound shown above its text."""

from __future__ import annotations

from html import escape

from feeds.articles.embeds import EmbedRewriter, Replaced
from feeds.articles.fields import FEATURED, Fields
from feeds.articles.pictures import Base, place_all_below
from feeds.articles.players import find_player
from feeds.lib.text.media_types import find_media_type, find_medium, read_media_type
from feeds.lib.text.mistyped import find_meant
from feeds.model import Media

_BEGINNINGS = ("http://", "https://", "/")


def read_featured(fields: Fields, base: Base) -> Replaced:
    """Take what an article features: HTML, an address, or ``url`` and ``type``.

    ``media`` is the first film or sound. It is not in the HTML, because entries show it above the text.
    An address is a field like others; only those in HTML count from ``base``.
    """
    value = fields.values.get(FEATURED)
    if not isinstance(value, str):
        return Replaced("", (), None if value is None else _read_file(fields))
    text = value.strip()
    if "<" not in text:
        is_address = len(text.split()) == 1 and (
            text.startswith(_BEGINNINGS) or find_media_type(f"https://host/{text}") or find_meant(text)
        )
        return _read_address(text, fields.read_url(FEATURED)) if is_address else Replaced(text)
    rewriter = EmbedRewriter(place_all_below(text, base), base.address)
    first = next((one for one in rewriter.shown if one.media), None)
    if first is not None:
        rewriter.parts[first.slot] = " ".join(first.others)
        rewriter.embeds.remove(first.embed)
    return Replaced("".join(rewriter.parts), tuple(rewriter.embeds), first and first.media)


def _read_file(fields: Fields) -> Media | None:
    part = fields.read_part(FEATURED)
    if part is None:
        return None
    url = part.read_url("url")
    if not url:
        part.note_problem("no-link", "warning", "url", "is missing.", "Name the file, and its type.")
        return None
    kind = read_media_type(part.read_text("type")) or find_media_type(url) or ""
    medium = find_medium(kind)
    return None if medium is None or medium == "image" else Media(medium, page=url, file=url, type=kind)


def _read_address(text: str, url: str) -> Replaced:
    """Return what an address leads to."""
    if not url:
        return Replaced("")
    kind, player = find_media_type(url), find_player(url)
    medium = find_medium(kind)
    if medium == "image":
        return Replaced(f'<p><img src="{escape(url)}" alt=""></p>')
    if medium is not None:
        return Replaced("", (), Media(medium, page=url, file=url, type=kind or ""))
    if player is not None and player.kind != "page":
        return Replaced("", (), Media(player.kind, page=player.page, player=url))
    return Replaced(f'<p><a href="{escape(url)}">{escape(text)}</a></p>')
