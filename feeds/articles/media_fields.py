"""Reads the pictures, videos, provider and related pieces of an article."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import ZoneInfo

from feeds.articles.fields import Fields
from feeds.lib.text.plain import has_unwanted, to_plain_text
from feeds.lib.text.tags import Tag, decode_value, list_tags
from feeds.lib.text.urls import canonicalise, canonicalise_domain
from feeds.model import Image, Provider, Related, Video

_FRAME = re.compile(r"<(?:iframe|video|source)\b", re.IGNORECASE)
_FRAMES = ("iframe", "video")
_SOURCES = (*_FRAMES, "source")
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
    return "".join(_replace_each(content)) if _FRAME.search(content) else content


def _replace_each(content: str) -> Iterator[str]:
    place = 0
    for start, end in _list_frames(content):
        yield content[place:start]
        yield _link_to_video(content[start:end])
        place = end
    yield content[place:]


def _list_frames(content: str) -> list[tuple[int, int]]:
    """Return the places of frames and videos, without those inside another one."""
    found: list[tuple[int, int]] = []
    begun: list[Tag] = []
    for tag in list_tags(content, _FRAMES):
        if not tag.is_end:
            begun.append(tag)
        elif begun and begun[-1].name == tag.name:
            start = begun.pop().start
            while found and found[-1][0] > start:
                found.pop()
            found.append((start, tag.end))
    return found


def _link_to_video(frame: str) -> str:
    film = find_video(frame)
    # A frame that is not a known player may be anything: an advertisement, a counter.
    if film is None or film.page == film.player:
        return ""
    shown = "▶ " + html.escape(film.page)
    if (youtube := _YOUTUBE.match(film.player)) is not None:
        shown = f'<img src="https://i.ytimg.com/vi/{youtube[1]}/hqdefault.jpg" alt="{shown}" width="480" height="360">'
    return f'<a href="{html.escape(film.page)}">{shown}</a>'


def find_video(content: str) -> Video | None:
    """Find the video that HTML embeds: a YouTube or Vimeo player, another player, or a file."""
    written = _find_source(content) if _FRAME.search(content) else ""
    url = canonicalise(decode_value(written), "https://embed.invalid/") if written else None
    if url is None or "//embed.invalid/" in url:
        return None
    if match := _YOUTUBE.match(url):
        return Video(page=f"https://www.youtube.com/watch?v={match[1]}", player=url)
    if match := _VIMEO.match(url):
        return Video(page=f"https://vimeo.com/{match[1]}", player=url)
    return Video(page=url, file=url) if _FILE.fullmatch(url) else Video(page=url, player=url)


def _find_source(content: str) -> str:
    """Return the address of the first frame or video that has one, "" if there is none."""
    for tag in list_tags(content, _SOURCES):
        if not tag.is_end and (source := tag.list_attributes().get("src")):
            return source
    return ""
