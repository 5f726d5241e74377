"""Knows players that sites embed, and leads from each to the page it belongs to.

A player's own address shows a bare player, or nothing at all outside of a frame. So a link goes to its page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Literal
from urllib.parse import parse_qsl, quote

from msgspec import Struct

from feeds.lib.text.urls import canonicalise

# "page" is what is neither heard nor watched: a map, a form, a piece of code.
Kind = Literal["video", "audio", "page"]
_ID = r"(?P<id>[\w-]+)"
_TUBE = r"(?:www\.|m\.|music\.)?youtube(?:-nocookie)?\.com"
_WATCH = "https://www.youtube.com/watch?v={id}"
# Kind, pattern of the address without its scheme, and page: {name} is a group of the pattern or a parameter of the
# query. A row counts only if it has all that its page names. The first one counts.
_ROWS: tuple[tuple[Kind, str, str], ...] = (
    ("video", rf"{_TUBE}/embed/live_stream\b", "https://www.youtube.com/channel/{channel}/live"),
    ("video", rf"{_TUBE}/embed/?\?.*\blistType=user_uploads", "https://www.youtube.com/user/{list}"),
    ("video", rf"{_TUBE}/(?:embed(?:/(?:videoseries)?)?|playlist)(?=[?#])", "https://www.youtube.com/playlist?list={list}"),
    ("video", rf"{_TUBE}/(?:embed|v|e|shorts|live)/(?P<id>(?!videoseries|live_stream)[\w-]{{6,20}})", _WATCH),
    ("video", rf"{_TUBE}/(?:watch)?(?=[?#])", "https://www.youtube.com/watch?v={v}"),
    ("video", r"youtu\.be/(?P<id>[\w-]{6,20})", _WATCH),
    ("video", r"player\.vimeo\.com/video/(?P<id>\d+)", "https://vimeo.com/{id}/{h}"),
    ("video", r"player\.vimeo\.com/video/(?P<id>\d+)", "https://vimeo.com/{id}"),
    ("video", r"(?:player\.)?vimeo\.com/(?P<id>(?:showcase|album|event)/\d+(?:/[\da-f]{8,})?)/embed", "https://vimeo.com/{id}"),
    ("video", r"(?:www\.)?vimeo\.com/(?P<id>\d+(?:/[\da-f]+)?)/?(?=$|[?#])", "https://vimeo.com/{id}"),
    ("video", rf"(?:www\.)?dailymotion\.com/embed/(?P<kind>video|playlist)/{_ID}", "https://www.dailymotion.com/{kind}/{id}"),
    ("video", r"geo\.dailymotion\.com/player", "https://www.dailymotion.com/video/{video}"),
    ("video", r"player\.twitch\.tv/.*[?&]video=v?(?P<id>\d+)", "https://www.twitch.tv/videos/{id}"),
    ("video", r"player\.twitch\.tv/", "https://www.twitch.tv/{channel}"),
    ("video", r"clips\.twitch\.tv/embed", "https://clips.twitch.tv/{clip}"),
    ("video", r"(?:www\.)?loom\.com/embed/(?P<id>\w+)", "https://www.loom.com/share/{id}"),
    ("video", r"embed(?:-ssl)?\.ted\.com/talks/(?:lang/[\w-]+/)?(?P<id>[\w-]+)", "https://www.ted.com/talks/{id}"),
    ("video", r"archive\.org/embed/(?P<id>[\w.-]+)", "https://archive.org/details/{id}"),
    ("video", rf"streamable\.com/[eos]/{_ID}", "https://streamable.com/{id}"),
    ("video", r"odysee\.com/(?:\$|%24)/embed/(?P<id>[^?#]+)", "https://odysee.com/{id}"),
    ("video", r"(?:player|www)\.bilibili\.com/(?:player\.html|blackboard)", "https://www.bilibili.com/video/{bvid}"),
    ("video", r"embed\.nicovideo\.jp/watch/(?P<id>\w+)", "https://www.nicovideo.jp/watch/{id}"),
    ("video", r"rutube\.ru/play/embed/(?P<id>\w+)", "https://rutube.ru/video/{id}/"),
    ("video", r"vk(?:video)?\.(?:com|ru)/video_ext\.php", "https://vk.com/video{oid}_{id}"),
    ("video", r"(?:www\.)?tiktok\.com/(?:embed|player)/(?:v\d/)?(?P<id>\d+)", "https://www.tiktok.com/@/video/{id}"),
    # PeerTube: any host.
    ("video", rf"(?P<host>[\w.:-]+)/videos/embed/{_ID}", "https://{host}/w/{id}"),
    ("video", rf"(?P<host>[\w.:-]+)/video-playlists/embed/{_ID}", "https://{host}/w/p/{id}"),
    ("audio", rf"open\.spotify\.com/embed(?:-podcast)?/(?P<kind>\w+)/{_ID}", "https://open.spotify.com/{kind}/{id}"),
    ("audio", r"open\.spotify\.com/(?:track|album|playlist|episode|show|artist)/\w+", ""),
    ("audio", r"(?P<host>anchor\.fm|(?:podcasters|creators)\.spotify\.com)/(?P<show>[^?#]+)/embed/(?P<id>[^?#]+)", "https://{host}/{show}/{id}"),
    # The addresses of SoundCloud's interface are no pages.
    ("audio", r"w\.soundcloud\.com/player/?\?(?!.*api\.soundcloud)", "{url}"),
    ("audio", r"(?:w|www)?\.?soundcloud\.com/", ""),
    ("audio", r"(?:player-widget|www)\.mixcloud\.com/widget/.*[?&]feed=http", "{feed}"),
    ("audio", r"(?:player-widget|www)\.mixcloud\.com/widget/", "https://www.mixcloud.com{feed}"),
    ("audio", r"(?:[\w-]+\.)?bandcamp\.com/", ""),
    ("audio", r"embed\.(?P<host>(?:podcasts|music)\.apple\.com)/(?P<id>[^#]+)", "https://{host}/{id}"),
    ("audio", r"widget\.deezer\.com/widget/\w+/(?P<kind>\w+)/(?P<id>\w+)", "https://www.deezer.com/{kind}/{id}"),
    ("audio", rf"share\.transistor\.fm/e/{_ID}", "https://share.transistor.fm/s/{id}"),
    ("page", rf"codepen\.io/(?P<user>(?:team/)?[\w-]+)/(?:embed|full|details)/(?:preview/)?{_ID}", "https://codepen.io/{user}/pen/{id}"),
    ("page", r"jsfiddle\.net/(?P<id>[\w./-]+?)/embed", "https://jsfiddle.net/{id}/"),
    ("page", r"codesandbox\.io/embed/(?P<id>[\w./-]+)", "https://codesandbox.io/s/{id}"),
    ("page", r"observablehq\.com/embed/(?P<id>[\w@./-]+)", "https://observablehq.com/{id}"),
    ("page", r"gist\.github\.com/(?P<id>[\w./-]+?)\.(?:js|pibb)\b", "https://gist.github.com/{id}"),
    ("video", r"fast\.wistia\.com/embed/medias/(?P<id>\w+)\.jsonp?", "https://fast.wistia.net/embed/iframe/{id}"),
    ("audio", r"(?P<page>www\.buzzsprout\.com/\d+/[\w-]+)\.js", "https://{page}"),
    ("page", r"emgithub\.com/embed", "{target}"),
    ("page", r"asciinema\.org/a/(?P<id>\w+)(?:\.js|/iframe|/embed)", "https://asciinema.org/a/{id}"),
    ("page", r"(?:www\.|maps\.)?google\.[\w.]+/maps/embed\?pb=.*!2d(?P<east>[\d.-]+)!3d(?P<north>[\d.-]+)", "https://www.google.com/maps/@{north},{east},14z"),
    ("page", r"(?:www\.|maps\.)?google\.[\w.]+/maps", "https://www.google.com/maps?q={q}"),
    ("page", r"(?:www\.|maps\.)?google\.[\w.]+/maps", ""),
    ("page", r"www\.openstreetmap\.org/export/embed\.html", "https://www.openstreetmap.org/?bbox={bbox}"),
    ("page", rf"drive\.google\.com/file/d/{_ID}/preview", "https://drive.google.com/file/d/{id}/view"),
    ("page", r"docs\.google\.com/", ""),
    ("page", r"platform\.(?:twitter|x)\.com/embed/", "https://twitter.com/i/status/{id}"),
    ("page", r"(?:www\.)?facebook\.com/plugins/", "{href}"),
    ("page", r"(?:www\.)?instagram\.com/(?P<id>(?:[\w.]+/)?(?:p|reel|tv)/[\w-]+)/embed", "https://www.instagram.com/{id}/"),
    ("page", r"(?:embed\.reddit\.com|www\.redditmedia\.com)/(?P<id>r/[^?#]+)", "https://www.reddit.com/{id}"),
    ("page", r"embed\.bsky\.app/embed/(?P<user>did:[\w:.%-]+)/app\.bsky\.feed\.post/(?P<id>\w+)", "https://bsky.app/profile/{user}/post/{id}"),
    ("page", r"(?P<page>[\w.:-]+/@[\w.@-]+/\d+)/embed", "https://{page}"),
    ("page", r"(?:www\.)?figma\.com/embed", "{url}"),
    ("page", r"cdn\.(?:embedly\.com/widgets|iframe\.ly)/", "{url}"),
    ("page", r"(?P<page>[^?#]+)/embed/?#\?secret=", "https://{page}/"),
)  # fmt: skip
# Elements of AMP and of other kits whose players are named by an id, and their scripts.
ELEMENTS: dict[str, tuple[str, str]] = {
    "amp-youtube": ("data-videoid", "https://www.youtube.com/embed/{}"),
    "lite-youtube": ("videoid", "https://www.youtube.com/embed/{}"),
    "lite-yt": ("videoid", "https://www.youtube.com/embed/{}"),
    "amp-vimeo": ("data-videoid", "https://player.vimeo.com/video/{}"),
    "lite-vimeo": ("videoid", "https://player.vimeo.com/video/{}"),
    "amp-dailymotion": ("data-videoid", "https://www.dailymotion.com/embed/video/{}"),
    "amp-soundcloud": (
        "data-trackid",
        "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/{}",
    ),
    "amp-twitter": ("data-tweetid", "https://platform.twitter.com/embed/Tweet.html?id={}"),
    "amp-instagram": ("data-shortcode", "https://www.instagram.com/p/{}/embed/"),
    "amp-gist": ("data-gistid", "https://gist.github.com/{}.js"),
    "amp-facebook": ("data-href", "{}"),
    "amp-tiktok": ("data-src", "{}"),
    "amp-reddit": ("data-src", "{}"),
    "amp-pinterest": ("data-url", "{}"),
    "amp-imgur": ("data-imgur-id", "https://imgur.com/{}"),
    "mux-player": ("playback-id", "https://player.mux.com/{}"),
    "oembed": ("url", "{}"),
    "wistia-player": ("media-id", "https://fast.wistia.net/embed/iframe/{}"),
}
# Ordinary elements that a script fills: by their classes, and the attribute with an address or an id.
_FILLED: tuple[tuple[str, str, str], ...] = (
    (r"embed|instagram-media", "data-instgrm-permalink", "{}"),
    (r"text-post-media", "data-text-post-permalink", "{}"),
    (r"embed", "data-embed-url", "{}"),
    (r"embed", "data-oembed-url", "{}"),
    (r"embed|\bfb-(?:post|video)", "data-href", "{}"),
    (r"embed", "cite", "{}"),
    *(
        (host, attribute, form)
        for host, form in (
            ("youtube", "https://www.youtube.com/embed/{}"),
            ("vimeo", "https://player.vimeo.com/video/{}"),
            ("speakerdeck", "https://speakerdeck.com/player/{}"),
        )
        for attribute in ("data-id", "data-video-id", "data-videoid", "data-embed", "data-embed-id", "data-plyr-embed-id")
    ),
    (r"", "data-telegram-post", "https://t.me/{}"),
)  # fmt: skip
_EACH_ID = re.compile(r"[\w./-]+")
# Where a page takes the time to start at, and how it is written.
_STARTS: tuple[tuple[str, str], ...] = (
    (r"https://www\.youtube\.com/watch\?", "&t={}"),
    (r"https://vimeo\.com/\d+", "#t={}"),
    (r"https://www\.dailymotion\.com/video/", "?start={}"),
    (r"https://www\.twitch\.tv/videos/", "?t={}"),
    (r"https://[^/]+/w/[^p/]", "?start={}"),
)
_START = re.compile(r"(?:\d+h)?(?:\d+m)?(?:\d+s?)?")
# Pages that are a parameter as a whole.
_WHOLE = ("{url}", "{href}", "{feed}", "{target}")
_FILM = re.compile(r"https://www\.youtube\.com/watch\?v=([\w-]+)")


def find_filled(attributes: Mapping[str, str]) -> str:
    """Return the address of what a script would show in an element, "" without one.

    It is as it was written.
    """
    about = f"{attributes.get('class', '')} {attributes.get('data-plyr-provider', '')}"
    for pattern, name, form in _FILLED:
        value = attributes.get(name, "")
        if value and re.search(pattern, about) and (form == "{}" or _EACH_ID.fullmatch(value)):
            return form.format(value)
    return ""


class Player(Struct, frozen=True):
    """What a known player plays: the page to link to, and its picture if known."""

    kind: Kind
    page: str
    poster: str = ""


@lru_cache(maxsize=1024)
def find_player(address: str) -> Player | None:
    """Return what a player at a canonical address plays, None if it is not known."""
    rest = address.partition("://")[2]
    for kind, pattern, template in _compile_rows():
        if (match := pattern.match(rest)) is not None and (page := _fill(template, match, address)):
            # The address that a page embeds may be one of another row.
            inner = find_player(page) if template in _WHOLE else None
            return inner or Player(kind, page, _find_poster(page))
    return None


@cache
def _compile_rows() -> tuple[tuple[Kind, re.Pattern[str], str], ...]:
    return tuple((kind, re.compile(pattern), template) for kind, pattern, template in _ROWS)


def _fill(template: str, match: re.Match[str], address: str) -> str | None:
    """Return the page of a row, None if the address lacks a part of it."""
    if not template:
        return address
    start, _, fragment = address.partition("#")
    query = dict(parse_qsl(start.partition("?")[2]))
    if template in _WHOLE:
        return canonicalise(query.get(template[1:-1], ""))
    values = {name: quote(value, safe="/:@,.~") for name, value in query.items()} | match.groupdict()
    try:
        page = canonicalise(template.format_map(values))
    except KeyError:
        return None
    return page and _keep_start(page, query, dict(parse_qsl(fragment)))


def _keep_start(page: str, query: dict[str, str], fragment: dict[str, str]) -> str:
    """Let a page start where its player does; a film keeps its list."""
    if _FILM.match(page) and "list" in query:
        page = f"{page}&list={quote(query['list'])}"
    start = query.get("start") or query.get("t") or fragment.get("t") or ""
    if start.strip("0s") and _START.fullmatch(start):
        start += "s" if start.isdecimal() else ""
        form = next((form for begin, form in _STARTS if re.match(begin, page)), "")
        page += form.format(start)
    return page


def _find_poster(page: str) -> str:
    return f"https://i.ytimg.com/vi/{match[1]}/hqdefault.jpg" if (match := _FILM.match(page)) else ""
