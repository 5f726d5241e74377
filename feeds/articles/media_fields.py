"""Reads the pictures, videos, provider and related pieces of an article."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

from feeds.articles.fields import Fields
from feeds.lib.text.plain import has_unwanted, to_plain_text
from feeds.lib.text.urls import canonicalise, canonicalise_domain
from feeds.model import Image, Provider, Related, Video

_FRAME = re.compile(r"<(?:iframe|video|source)\b[^<>]*?\ssrc\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_WHOLE_FRAME = re.compile(
    r"<(iframe|video)\b[^<>]*>(?:(?!<(?:iframe|video)\b).)*?</\1\s*>", re.IGNORECASE | re.DOTALL
)
_YOUTUBE = re.compile(r"https?://(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]{6,20})")
_VIMEO = re.compile(r"https?://player\.vimeo\.com/video/(\d+)")
_FILE = re.compile(r"https?://[^?#]+\.(?:mp4|webm|ogv|mov|m4v)(?:[?#].*)?", re.IGNORECASE)


def read_images(fields: Fields, name: str = "images") -> tuple[Image, ...]:
    """Return the pictures of an article or a provider, each address once."""
    found = {}
    for part in fields.parts(name, "url"):
        url = part.url("url")
        if url and url not in found:
            found[url] = Image(
                url=url,
                width=part.size("width"),
                height=part.size("height"),
                title=part.text("title"),
                attribution=part.text("attribution"),
            )
    return tuple(found.values())


def read_provider(fields: Fields) -> Provider:
    """Return the provider, named as the article says or by its domain."""
    if fields.raw("provider"):
        return Provider(name=fields.text("provider"))
    part = fields.part("provider")
    if part is None:
        return Provider()
    if (usual := part.get_only("name", "domain")) is not None and (
        known_one := _make_provider(*usual)
    ) is not None:
        return known_one
    host = part.text("domain")
    known = canonicalise_domain(host) if host else ""
    if known is None:
        part.note_problem(
            "bad-domain", "warning", "domain", "is not a domain.", 'Write it like "example.org".'
        )
    names = [author.text("name") for author in part.parts("authors", "name")]
    return Provider(
        domain=known or "",
        name=part.text("name") or known or "",
        authors=tuple(dict.fromkeys(filter(None, names))),
        images=read_images(part),
    )


@lru_cache(maxsize=4096)
def _make_provider(name: str, host: str) -> Provider | None:
    """Return a provider with a name and a domain only; None if there is a problem to note.

    Cached, because the same providers appear in many articles.
    """
    known = canonicalise_domain(host)
    return (
        None
        if known is None or has_unwanted(name)
        else Provider(domain=known, name=to_plain_text(name) or known)
    )


def read_related(fields: Fields, zone: ZoneInfo) -> tuple[Related, ...]:
    """Return the related pieces that have an address and a title."""
    found = {}
    for part in fields.parts("related", "webUrl"):
        url = part.url("webUrl") or part.url("originalUrl")
        title = part.text("title")
        if url and title and url not in found:
            publisher = part.part("provider")
            found[url] = Related(
                url=url,
                title=title,
                provider=publisher.text("name") if publisher else "",
                published=part.date("publishedDateTime", zone, "warning"),
            )
    return tuple(found.values())


def replace_frames(content: str) -> str:
    """Replace each embedded video by a link, because feed readers remove frames.

    The link shows the video's own picture if its address is known.
    """
    return _WHOLE_FRAME.sub(_link_to_video, content) if "<" in content else content


def _link_to_video(match: re.Match[str]) -> str:
    film = find_video(match[0])
    # A frame that is not a known player may be anything: an advertisement, a counter.
    if film is None or film.page == film.player:
        return ""
    shown = "▶ " + html.escape(film.page)
    if (youtube := _YOUTUBE.match(film.player)) is not None:
        shown = f'<img src="https://i.ytimg.com/vi/{youtube[1]}/hqdefault.jpg" alt="{shown}" width="480" height="360">'
    return f'<a href="{html.escape(film.page)}">{shown}</a>'


def find_video(content: str) -> Video | None:
    """Find the video that HTML embeds: a YouTube or Vimeo player, another player, or a file."""
    frame = _FRAME.search(content)
    url = canonicalise(html.unescape(frame[1]), "https://embed.invalid/") if frame else None
    if url is None or "//embed.invalid/" in url:
        return None
    if match := _YOUTUBE.match(url):
        return Video(page=f"https://www.youtube.com/watch?v={match[1]}", player=url)
    if match := _VIMEO.match(url):
        return Video(page=f"https://vimeo.com/{match[1]}", player=url)
    return Video(page=url, file=url) if _FILE.fullmatch(url) else Video(page=url, player=url)
