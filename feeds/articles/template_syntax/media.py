"""Writes pictures, films, sounds and embeds from template tags' arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple
from urllib.parse import quote as quote_url

from feeds.articles.template_syntax.work import NO_ADDRESS, Work, quote

# What looks like this in a caption is Markdown, or HTML.
_MARKDOWN = re.compile(r"[*_`\[\x01]|</?[a-zA-Z]")
_PICTURE = re.compile(r"\.(?:avif|gif|jpe?g|png|svg|webp)(?:[?#]|\Z)", re.IGNORECASE)
_FILM = re.compile(r"\.(?:m4v|mov|mp4|ogv|webm)(?:[?#]|\Z)", re.IGNORECASE)
_MEDIA_FILE = re.compile(
    r"\.(?:avif|gif|jpe?g|png|svg|webp|m4a|m4v|mov|mp3|mp4|oga|ogg|ogv|wav|webm)\Z", re.IGNORECASE
)
# A number alone, or with a unit, is how wide something is.
_SIZE = re.compile(r"\d+(?:\.\d+)?(?:%|[a-z]{1,3})?")
# By these names, a tag of any name has its picture or film.
_SOURCES = ("src", "image", "image_path", "img", "url", "path", "file", "source", "video")
# What such a tag shows stands beside a link.
_DECORATION = re.compile("avatar|icon|logo")
# Arguments with these names have a command each.
_PROGRAMS = frozenset(["bash", "bun", "cargo", "deno", "npm", "npx", "pip", "pnpm", "sh", "uv", "yarn"])
_ID = re.compile(r"[\w.:-]{1,100}")
_GIST = re.compile(r"[\w-]+/[0-9a-f]+|[0-9a-f]+")


class Arguments(NamedTuple):
    """The arguments of a tag: in order, and by their names in lower case."""

    values: tuple[str, ...] = ()
    named: dict[str, str] = {}  # noqa: RUF012 - nobody changes it

    def get(self, *names: str, at: int = -1) -> str:
        """Return the first argument with one of these names or at a place, "" if none."""
        found = next((self.named[name] for name in names if self.named.get(name)), "")
        return found or (self.values[at] if 0 <= at < len(self.values) else "")


class Shown(NamedTuple):
    """What a tag and its end tag show; a block stands apart from its surroundings."""

    text: str
    is_block: bool = False
    end: str = ""


Write = Callable[[Arguments, Work], Shown | None]


def write_figure(source: str, alt: str = "", caption: str = "", link: str = "") -> str:
    """Return a picture, in a figure if it has a caption. Captions may be Markdown."""
    if not source or source == NO_ADDRESS:
        return f"*{caption}*" if caption else ""
    picture = f'<img src="{quote(_encode(source))}" alt="{quote(alt or _drop_markup(caption))}">'
    if link and link != NO_ADDRESS:
        picture = f'<a href="{quote(link)}">{picture}</a>'
    if not caption:
        return picture
    text = f"\n\n{caption}\n\n" if _MARKDOWN.search(caption) else escape(caption, quote=False)
    return f"<figure>\n{picture}\n<figcaption>{text}</figcaption>\n</figure>"


def write_youtube(name: str) -> str:
    """Return the player of a film by its id or its address."""
    if "/" in name:
        match = re.search(r"(?:v=|youtu\.be/|/embed/|/shorts/|/live/)([\w-]{6,20})", name)
        if match is None:
            return write_link(name) if name.startswith("http") else ""
        name = match[1]
    name = name.partition("?")[0].partition("&")[0]
    return f'<iframe src="https://www.youtube.com/embed/{name}"></iframe>' if _ID.fullmatch(name) else ""


def write_link(address: str, text: str = "") -> str:
    """Return a link; without a text, it shows its address."""
    return f'<a href="{quote(address)}">{escape(text or address)}</a>'


def _drop_markup(text: str) -> str:
    return re.sub(r"[*_`\[\]]|\(http[^()\s]*\)|</?[a-zA-Z][^<>]*>", "", text)


def _encode(address: str) -> str:
    return quote_url(address, safe="/:?#[]@!$&'()*+,;=%~\x01\x02\x03") if " " in address else address


def find_media(name: str, arguments: Arguments, work: Work) -> Shown | None:
    """Return what a tag of any name shows if it has a picture or a film."""
    source = arguments.get(*_SOURCES)
    if _FILM.search(source):
        return _show_film(Arguments(named=arguments.named), work)
    if _PICTURE.search(source):
        return _show_figure(Arguments(named=arguments.named))
    first, *words = arguments.values or ("",)
    if not _PICTURE.search(first) or _DECORATION.search(name):
        return None
    # Of several pictures, each tag has its own way to say where they are.
    is_one = not any(_PICTURE.search(word) and " " not in word for word in words)
    return _show_figure(arguments) if is_one else None


def find_picture_and_words(written: str) -> Arguments | None:
    """Return the arguments of a tag with a picture and words, None for others.

    There are no quotation marks around the words, which may hold some.
    """
    source, _, words = written.strip().partition(" ")
    if not _PICTURE.search(source) or source[0] in "\"'" or "=" in source:
        return None
    words = words.strip()
    return Arguments((source, words)) if words[:1].isalpha() and "=" not in words else None


def begin_at_root(arguments: Arguments, is_below_root: Callable[[str], object]) -> Arguments:
    """Return arguments with media files from the root of the site, if so meant."""

    def change(value: str) -> str:
        return f"/{value}" if _MEDIA_FILE.search(value) and is_below_root(value) else value

    return Arguments(
        tuple(map(change, arguments.values)),
        {name: change(value) for name, value in arguments.named.items()},
    )


def find_commands(arguments: Arguments) -> Shown | None:
    """Return the commands that a tag of any name has for several programs, if any.

    One of such tabs would be empty without them, and the sentence before it promises them.
    """
    given = [value for name, value in arguments.named.items() if name in _PROGRAMS and " " in value.strip()]
    return Shown(f"<pre><code>{escape(chr(10).join(given))}</code></pre>", is_block=True) if given else None


def find_link(name: str, arguments: Arguments) -> Shown | None:
    """Return what a tag of any name shows that names nothing but an address, if any."""
    address = arguments.values[0] if len(arguments.values) == 1 and not arguments.named else ""
    if not address.startswith(("https://", "http://")) or " " in address or _DECORATION.search(name):
        return None
    return (
        _show_figure(Arguments((address,)))
        if _PICTURE.search(address)
        else Shown(write_link(address), is_block=True)
    )


def _show_figure(arguments: Arguments, _work: Work | None = None) -> Shown | None:
    source = arguments.get(
        "src", "image_path", "url", "path", "source", "file", "image", "img", "filename", "link", at=0
    )
    if not source or source.startswith("{"):
        return None
    caption = arguments.get("caption", "title", "description", "figcaption", "attr")
    alt = arguments.get("alt", "fig-alt", "text") or _find_words(arguments.values[1:])
    link = arguments.get("link", "href", "target") if "src" in arguments.named else ""
    return Shown(write_figure(source, alt, caption, link if "/" in link else ""), is_block=True)


def _find_words(values: Sequence[str]) -> str:
    """Return what arguments without a name say: a sentence, else all words."""
    words = [value for value in values if "://" not in value and not _SIZE.fullmatch(value)]
    return next((value for value in words if " " in value), "") or " ".join(words)


def _show_youtube(arguments: Arguments, _work: Work) -> Shown | None:
    name = arguments.get("id", "videoid", "video_id", "v", "code", "url", "src", "video", "youtubeid", at=0)
    player = write_youtube(name)
    return Shown(player, is_block=True) if player else None


def _show_vimeo(arguments: Arguments, _work: Work) -> Shown | None:
    name = (
        arguments.get("id", "videoid", "video_id", "url", "src", "video", at=0).rstrip("/").rpartition("/")[2]
    )
    if not name.isdecimal():
        return None
    return Shown(f'<iframe src="https://player.vimeo.com/video/{name}"></iframe>', is_block=True)


def _show_film(arguments: Arguments, work: Work) -> Shown | None:
    provider = arguments.get("provider", "platform", "service").lower()
    source = arguments.get("src", "url", "id", "path", "file", "source", "video", "mp4", "webm", at=0)
    if provider == "vimeo" or "vimeo.com/" in source:
        return _show_vimeo(Arguments((source,)), work)
    if provider == "youtube" or "youtu" in source:
        return _show_youtube(Arguments((source,)), work)
    if not source or "." not in source or source.startswith("{"):
        return None
    film = f'<video src="{quote(_encode(source))}" controls></video>'
    caption = escape(arguments.get("caption"), quote=False)
    return Shown(
        f"<figure>\n{film}\n<figcaption>{caption}</figcaption>\n</figure>" if caption else film, is_block=True
    )


def _show_sound(arguments: Arguments, _work: Work) -> Shown | None:
    source = arguments.get("src", "url", "file", "path", "mp3", at=0)
    if "." not in source or source.startswith("{"):
        return None
    return Shown(f'<audio src="{quote(_encode(source))}" controls></audio>', is_block=True)


def _show_frame(arguments: Arguments, _work: Work) -> Shown | None:
    source = arguments.get("src", "url", at=0)
    return Shown(f'<iframe src="{quote(source)}"></iframe>', is_block=True) if "//" in source else None


def _show_gist(arguments: Arguments, _work: Work) -> Shown | None:
    first, second = (
        arguments.get("user", "username", "url", "src", at=0),
        arguments.get("id", "gist", "hash", at=1),
    )
    if "/" in first and not second:
        first = first.removeprefix("https://gist.github.com/")
    name = f"{first}/{second}" if first and re.fullmatch(r"[0-9a-f]{5,}", second) else first or second
    if not _GIST.fullmatch(name):
        return None
    return Shown(write_link(f"https://gist.github.com/{name}"), is_block=True)


def _show_tweet(arguments: Arguments, _work: Work) -> Shown | None:
    user, name = arguments.get("user", "username"), arguments.get("id", "tweetid", "url", "link", at=0)
    if not name.isdecimal() and arguments.get(at=1).isdecimal():
        user, name = name, arguments.get(at=1)
    if name.startswith("https://"):
        return Shown(write_link(name), is_block=True)
    if not name.isdecimal():
        return None
    place = f"{user}/status" if _ID.fullmatch(user) else "i/web/status"
    return Shown(write_link(f"https://twitter.com/{place}/{name}"), is_block=True)


def _make_link_writer(pattern: str) -> Write:
    """Make a writer of a link to an address with the id of what is shown there."""

    def write(arguments: Arguments, _work: Work) -> Shown | None:
        name = arguments.get("id", "url", "src", "shortcode", "link", at=0)
        if name.startswith(("https://", "http://")):
            return Shown(write_link(name), is_block=True)
        return Shown(write_link(pattern.format(name)), is_block=True) if _ID.fullmatch(name) else None

    return write


def _show_codepen(arguments: Arguments, _work: Work) -> Shown | None:
    user, name = arguments.get("user", "username", at=0), arguments.get("id", "slug", "hash", at=1)
    if not (_ID.fullmatch(user) and _ID.fullmatch(name)):
        return None
    return Shown(write_link(f"https://codepen.io/{user}/pen/{name}"), is_block=True)


# By the names of tags, in lower case and without hyphens.
MEDIA: dict[str, Write] = {
    **dict.fromkeys(
        ["assetimg", "fig", "figure", "figureimage", "image", "imageprocess", "imagecaption", "img", "imgproc", "lazyimage", "lightbox", "nextimage", "picture", "photo", "responsiveimage", "staticimage", "thumbnail", "zoomimage"], _show_figure
    ),
    **dict.fromkeys(["liteyoutube", "liteyoutubeembed", "youtube", "youtubeembed", "youtubeenhanced", "youtubelite", "youtubeplayer", "youtubevideo", "yt"], _show_youtube),
    **dict.fromkeys(["vimeo", "vimeoenhanced", "vimeoplayer"], _show_vimeo),
    **dict.fromkeys(["film", "video", "videoembed", "videoplayer", "embedvideo", "html5video"], _show_film),
    **dict.fromkeys(["audio", "mp3", "sound"], _show_sound),
    **dict.fromkeys(["iframe", "frame", "embed"], _show_frame),
    **dict.fromkeys(["gist", "githubgist"], _show_gist),
    **dict.fromkeys(["tweet", "twitter", "twittertweet", "x", "xpost"], _show_tweet),
    **dict.fromkeys(["asciicast", "asciinema"], _make_link_writer("https://asciinema.org/a/{}")),
    "bluesky": _make_link_writer("https://bsky.app/profile/{}"),
    "codesandbox": _make_link_writer("https://codesandbox.io/s/{}"),
    "instagram": _make_link_writer("https://www.instagram.com/p/{}/"),
    "jsfiddle": _make_link_writer("https://jsfiddle.net/{}/"),
    "speakerdeck": _make_link_writer("https://speakerdeck.com/player/{}"),
    "stackblitz": _make_link_writer("https://stackblitz.com/edit/{}"),
    "codepen": _show_codepen,
}  # fmt: skip
