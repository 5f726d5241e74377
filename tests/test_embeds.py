"""Embeds become links and pictures: nothing that an author embedded vanishes, and nothing is there twice."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from effort import for_each, is_quick, measure, stressed
from hypothesis import given
from hypothesis import strategies as st

from feeds.articles.embeds import Embed, Replaced, replace_embeds
from feeds.articles.featured import read_featured
from feeds.articles.fields import Fields
from feeds.articles.pictures import Base
from feeds.lib.text.html import sanitise
from feeds.model import Media

BASE = "https://www.example.com/posts/a"
TUBE = "https://www.youtube.com/embed/WJk-Y8LQlfE"
WATCH = "https://www.youtube.com/watch?v=WJk-Y8LQlfE"
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


PIECES = [
    "w1 ", "w2 ", "w3 ", "<b>", "</b>", "</p>", "<iframe src=/x></iframe>", "<iframe src=/x />", "<video src=/x.mp4>", "</video>",
    "<audio>", "</audio>", "<source src=/x>", "<object data=/x>", "</object>", "<embed src=/x>", "<noscript>", "</noscript>",
    "<img data-src=/x.png>", "<picture>", "</picture>", "<source srcset='/x 2x'>", "<a href=/x>", "</a>", "<div class=embed data-href=/x>",
    "</div>", "<blockquote class=embed cite=/x>", "</blockquote>", "<x-y src=/x>", "</x-y>", "<param name=src value=/x>",
]  # fmt: skip


def show(html: str) -> str:
    return sanitise(replace_embeds(html, Base(BASE)).html, BASE).html


def feature(written: object, base: str = BASE, site: str = "https://www.example.com/") -> Replaced:
    fields = Fields({"featuredContent": written}, lambda *_: None, site, lambda _: "")
    return read_featured(fields, Base(base, site))


def links(html: str) -> list[str]:
    return [str(one["href"]) for one in BeautifulSoup(html, "html5lib").select("a[href]")]


def sources(html: str) -> list[str]:
    return [str(one["src"]) for one in BeautifulSoup(html, "html5lib").select("img[src]")]


def words(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html5lib").get_text(" ").split())


@for_each(
    ("address", "page"),
    [
        ("https://www.youtube.com/embed/abcdefghijk", "https://www.youtube.com/watch?v=abcdefghijk"),
        ("//www.youtube-nocookie.com/embed/abcdefghijk?rel=0", "https://www.youtube.com/watch?v=abcdefghijk"),
        ("https://youtu.be/abcdefghijk?t=43", "https://www.youtube.com/watch?v=abcdefghijk&t=43s"),
        ("https://www.youtube.com/shorts/abcdefghijk", "https://www.youtube.com/watch?v=abcdefghijk"),
        ("https://m.youtube.com/live/abcdefghijk", "https://www.youtube.com/watch?v=abcdefghijk"),
        ("https://www.youtube.com/watch?v=abcdefghijk&t=1m3s", "https://www.youtube.com/watch?v=abcdefghijk&t=1m3s"),
        ("http://www.youtube.com/v/abcdefghijk", "https://www.youtube.com/watch?v=abcdefghijk"),
        ("https://www.youtube.com/embed/abcdefghijk?start=90&end=99", "https://www.youtube.com/watch?v=abcdefghijk&t=90s"),
        ("https://www.youtube.com/embed/abcdefghijk?start=0&si=x", "https://www.youtube.com/watch?v=abcdefghijk"),
        ("https://www.youtube.com/embed/abcdefghijk?list=PL1", "https://www.youtube.com/watch?v=abcdefghijk&list=PL1"),
        ("https://www.youtube.com/embed/videoseries?si=x&list=PL1", "https://www.youtube.com/playlist?list=PL1"),
        ("https://www.youtube.com/embed/?listType=playlist&list=PL1", "https://www.youtube.com/playlist?list=PL1"),
        ("https://www.youtube.com/embed?listType=user_uploads&list=U", "https://www.youtube.com/user/U"),
        ("https://www.youtube.com/embed/live_stream?channel=UC1", "https://www.youtube.com/channel/UC1/live"),
        ("https://player.vimeo.com/video/123?h=ab12&badge=0", "https://vimeo.com/123/ab12"),
        ("https://player.vimeo.com/video/123#t=1m2s", "https://vimeo.com/123#t=1m2s"),
        ("https://vimeo.com/showcase/77/embed", "https://vimeo.com/showcase/77"),
        ("https://vimeo.com/event/77/embed", "https://vimeo.com/event/77"),
        ("https://www.dailymotion.com/embed/video/x8?start=5", "https://www.dailymotion.com/video/x8?start=5s"),
        ("https://geo.dailymotion.com/player/xa.html?video=x8", "https://www.dailymotion.com/video/x8"),
        ("https://player.twitch.tv/?channel=some&parent=e.org", "https://www.twitch.tv/some"),
        ("https://player.twitch.tv/?video=v12&parent=e.org&time=1h", "https://www.twitch.tv/videos/12"),
        ("https://clips.twitch.tv/embed?clip=Slug&parent=e.org", "https://clips.twitch.tv/Slug"),
        ("https://tube.example/videos/embed/ab-12?start=1m", "https://tube.example/w/ab-12?start=1m"),
        ("https://tube.example/video-playlists/embed/ab-12", "https://tube.example/w/p/ab-12"),
        ("https://www.loom.com/embed/abc123?sid=1", "https://www.loom.com/share/abc123"),
        ("https://open.spotify.com/embed/episode/xyz?utm_source=g", "https://open.spotify.com/episode/xyz"),
        ("https://open.spotify.com/embed-podcast/show/xyz", "https://open.spotify.com/show/xyz"),
        ("https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/a/b&color=red", "https://soundcloud.com/a/b"),
        (
            "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/12",
            "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/12",
        ),
        ("https://bandcamp.com/EmbeddedPlayer/album=12/", "https://bandcamp.com/EmbeddedPlayer/album=12/"),
        ("https://www.mixcloud.com/widget/iframe/?feed=%2Fa%2Fb%2F", "https://www.mixcloud.com/a/b/"),
        ("https://embed.podcasts.apple.com/de/podcast/x/id1?i=2", "https://podcasts.apple.com/de/podcast/x/id1?i=2"),
        ("https://codepen.io/ann/embed/preview/AbC?default-tab=js", "https://codepen.io/ann/pen/AbC"),
        ("https://jsfiddle.net/ann/abc/3/embedded/result/", "https://jsfiddle.net/ann/abc/3/"),
        ("https://codesandbox.io/embed/abc?view=preview", "https://codesandbox.io/s/abc"),
        ("https://www.google.com/maps/embed?pb=!1m18!1d24!2d-0.127!3d51.5!2m3", "https://www.google.com/maps/@51.5,-0.127,14z"),
        ("https://www.google.com/maps/embed/v1/place?key=SECRET&q=Bern+Old", "https://www.google.com/maps?q=Bern%20Old"),
        ("https://maps.google.com/maps?q=Bern&output=embed", "https://www.google.com/maps?q=Bern"),
        ("https://www.openstreetmap.org/export/embed.html?bbox=1%2C2%2C3%2C4", "https://www.openstreetmap.org/?bbox=1,2,3,4"),
        ("https://drive.google.com/file/d/ab_1/preview", "https://drive.google.com/file/d/ab_1/view"),
        ("https://www.instagram.com/p/Ab1/embed/captioned/", "https://www.instagram.com/p/Ab1/"),
        ("https://platform.twitter.com/embed/Tweet.html?id=12", "https://twitter.com/i/status/12"),
        ("https://www.facebook.com/plugins/video.php?href=https%3A%2F%2Fwww.facebook.com%2Fa%2F1", "https://www.facebook.com/a/1"),
        ("https://embed.bsky.app/embed/did:plc:ab/app.bsky.feed.post/3k?id=1", "https://bsky.app/profile/did:plc:ab/post/3k"),
        ("https://mastodon.example/@ann/112/embed", "https://mastodon.example/@ann/112"),
        ("https://blog.example/2024/post/embed/#?secret=abc", "https://blog.example/2024/post/"),
        (
            "https://cdn.embedly.com/widgets/media.html?src=https%3A%2F%2Fwww.youtube.com%2Fembed%2Fx&url=https%3A%2F%2Fyoutu.be%2Fabcdefghijk",
            "https://www.youtube.com/watch?v=abcdefghijk",
        ),
        ("https://who.knows.example/player?id=7&x=%20", "https://who.knows.example/player?id=7&x=%20"),
    ],
)  # fmt: skip
def test_a_frame_leads_to_the_page_of_what_it_plays(address: str, page: str) -> None:
    found = links(show(f'<iframe src="{address.replace("&", "&amp;")}"></iframe>'))
    assert found == [page]


def test_a_page_is_never_one_that_nobody_can_open() -> None:
    """A player with a part missing, or that names something that is no address, is linked itself."""
    for address in (
        "https://www.youtube.com/embed/live_stream", "https://w.soundcloud.com/player/?url=x",
        "https://www.facebook.com/plugins/post.php?href=javascript:alert(1)", "https://player.twitch.tv/?parent=x",
    ):  # fmt: skip
        assert links(show(f'<iframe src="{address}"></iframe>')) == [address]


@for_each(
    ("html", "address", "text"),
    [
        ('<iframe src="https://w.soundcloud.com/player/?url=x" title="Song"></iframe>', "https://w.soundcloud.com/player/?url=x", "▶ Song (w.soundcloud.com)"),
        ("<iframe src='/widget' aria-label='A &quot;b&quot; &amp; c'></iframe>", "https://www.example.com/widget", 'A "b" & c (example.com)'),
        ('<iframe data-src="https://e.example/x" src="about:blank"></iframe>', "https://e.example/x", "e.example"),
        ('<iframe class=lazyload data-lazy-src="https://e.example/x"></iframe>', "https://e.example/x", "e.example"),
        ('<iframe src="x.html" />', "https://www.example.com/posts/x.html", "x.html (example.com)"),
        ('<video src="/media/clip.mp4"></video>', "https://www.example.com/media/clip.mp4", "▶ clip.mp4 (example.com)"),
        ('<video src="https://cdn.example.org/stream/123"></video>', "https://cdn.example.org/stream/123", "▶ cdn.example.org"),
        ('<video data-src="a.webm" title="T" controls></video>', "https://www.example.com/posts/a.webm", "▶ T (example.com)"),
        ('<audio src="https://cdn.example.org/ep%201.mp3"></audio>', "https://cdn.example.org/ep%201.mp3", "▶ ep 1.mp3 (cdn.example.org)"),
        ('<audio><source src="../ep.ogg" type="audio/ogg"></audio>', "https://www.example.com/ep.ogg", "▶ ep.ogg (example.com)"),
        ('<object data="/doc.pdf" type="application/pdf"></object>', "https://www.example.com/doc.pdf", "doc.pdf (example.com)"),
        ('<object><param name="movie" value="/a.swf"><embed src="/a.swf"></object>', "https://www.example.com/a.swf", "a.swf (example.com)"),
        ('<embed src="https://e.example/song.mp3">', "https://e.example/song.mp3", "▶ song.mp3 (e.example)"),
        ('<bgsound src="/tune.wav">', "https://www.example.com/tune.wav", "▶ tune.wav (example.com)"),
        ('<amp-iframe src="https://e.example/x" width=1></amp-iframe>', "https://e.example/x", "e.example"),
        ('<amp-video src="/v.mp4" title=T></amp-video>', "https://www.example.com/v.mp4", "▶ T (example.com)"),
        ('<amp-audio src="/v.mp3"></amp-audio>', "https://www.example.com/v.mp3", "▶ v.mp3 (example.com)"),
        ('<amp-vimeo data-videoid="12"></amp-vimeo>', "https://vimeo.com/12", "▶ vimeo.com"),
        ('<amp-twitter data-tweetid="12"></amp-twitter>', "https://twitter.com/i/status/12", "twitter.com"),
        ('<some-player src="https://e.example/x" title="T"></some-player>', "https://e.example/x", "T (e.example)"),
        ('<script src="https://gist.github.com/u/ab12.js"></script>', "https://gist.github.com/u/ab12", "gist.github.com"),
        ('<script src="https://asciinema.org/a/14.js" id="asciicast-14" async></script>', "https://asciinema.org/a/14", "asciinema.org"),
        ('<script async src="https://telegram.org/js/telegram-widget.js?22" data-telegram-post="durov/1"></script>', "https://t.me/durov/1", "t.me"),
        ('<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/a/"></blockquote>', "https://www.instagram.com/p/a/", "instagram.com"),
        ('<blockquote class="tiktok-embed" cite="https://www.tiktok.com/@a/video/1"><section></section></blockquote>', "https://www.tiktok.com/@a/video/1", "tiktok.com"),
        ('<div class="fb-post" data-href="https://www.facebook.com/a/posts/1"></div>', "https://www.facebook.com/a/posts/1", "facebook.com"),
        ('<div class="youtube-player" data-id="WJk-Y8LQlfE"></div>', WATCH, ""),
        ('<div class="lazy youtube" data-embed="WJk-Y8LQlfE"><div class="play"></div></div>', WATCH, ""),
        ('<div id="player" data-plyr-provider="youtube" data-plyr-embed-id="WJk-Y8LQlfE"></div>', WATCH, ""),
        ('<div class="vimeo" data-id="12"></div>', "https://vimeo.com/12", "▶ vimeo.com"),
        ('<script async class="speakerdeck-embed" data-id="ab1" src="//speakerdeck.com/assets/embed.js"></script>', "https://speakerdeck.com/player/ab1", "speakerdeck.com"),
        ('<script src="https://fast.wistia.com/embed/medias/ab1.jsonp" async></script><div class="wistia_embed wistia_async_ab1"></div>', "https://fast.wistia.net/embed/iframe/ab1", "▶ fast.wistia.net"),
        ('<wistia-player media-id="ab1"></wistia-player>', "https://fast.wistia.net/embed/iframe/ab1", "fast.wistia.net"),
        ('<div id="b"></div><script src="https://www.buzzsprout.com/1/2-title.js?player=small"></script>', "https://www.buzzsprout.com/1/2-title", "▶ buzzsprout.com"),
        ('<script src="https://emgithub.com/embed-v2.js?target=https%3A%2F%2Fgithub.com%2Fa%2Fb&style=x"></script>', "https://github.com/a/b", "github.com"),
        ('<map name="m"><area href="/one" alt="One" shape="rect"></map>', "https://www.example.com/one", "One"),
        ('<iframe src="https://e.example/x">text without an end', "https://e.example/x", "e.example text without an end"),
        ('<textarea> <iframe src="https://e.example/x"></iframe>', "https://e.example/x", "<textarea> e.example"),
        ('a<b <script> <iframe src="https://e.example/x"></iframe>', "https://e.example/x", "a<b <script> e.example"),
        ("<noembed><iframe src='https://e.example/x'></iframe></noembed>", "https://e.example/x", "e.example"),
    ],
)  # fmt: skip
def test_an_embed_becomes_a_link_that_says_what_it_is(html: str, address: str, text: str) -> None:
    shown = show(f"<p>before</p> {html}")
    assert (links(shown), words(shown)) == ([address], f"before {text}".strip())
    assert replace_embeds(html, Base(BASE)).embeds


@for_each(
    "html",
    [
        '<amp-youtube data-videoid="WJk-Y8LQlfE" layout="responsive"></amp-youtube>',
        '<lite-youtube videoid="WJk-Y8LQlfE"></lite-youtube>',
        f'<figure class="media"><oembed url="{WATCH}"></oembed></figure>',
        f'<iframe data-src="{TUBE}"></iframe><noscript><iframe src="{TUBE}"></iframe></noscript>',
        f'<noscript><iframe src="{TUBE}"></iframe></noscript><iframe data-src="{TUBE}"></iframe>',
        '<object><param name="movie" value="http://www.youtube.com/v/WJk-Y8LQlfE"></param><embed src="http://www.youtube.com/v/WJk-Y8LQlfE" type="application/x-shockwave-flash"></embed></object>',
        f"<IFRAME allow=x SRC = {TUBE} ></IFRAME >",
        f"<video title='<source src=x>'><source type=\"<>\" src={TUBE}></video>",
        f'<iframe srcdoc="<iframe src=x>" src="{TUBE}"></iframe>',
    ],
)  # fmt: skip
def test_a_film_of_youtube_is_shown_once_by_its_picture(html: str) -> None:
    shown = show(html)
    assert (links(shown), len(sources(shown))) == ([WATCH], 1)
    assert "i.ytimg.com/vi/WJk-Y8LQlfE/" in sources(shown)[0]


def test_a_frame_is_replaced_only_if_a_parser_finds_a_frame() -> None:
    for html in (f"<!-- <iframe src={TUBE}></iframe> -->", f'<p title="<iframe src={TUBE}></iframe>">a</p>'):
        assert replace_embeds(html, Base(BASE)) == (html, (), None)
    assert 'alt="▶ a &gt; b (youtube.com)"' in show(f"<iframe title=\"a > b\" src='{TUBE}'></iframe>")


@for_each(
    ("html", "found", "text"),
    [
        ('<iframe src="https://codepen.io/x/embed/y">See <a href="https://codepen.io/x/pen/y">the pen</a></iframe>', ["https://codepen.io/x/pen/y"], "See the pen"),
        ('<object data="/doc.pdf"><a href="/doc.pdf">PDF</a></object>', ["https://www.example.com/doc.pdf"], "PDF"),
        ('<audio src="/e.mp3">No <b>audio</b>.</audio>', ["https://www.example.com/e.mp3"], "▶ e.mp3 (example.com) No audio ."),
        ('<video src="/e.mp4"><a href="/e.mp4">Download</a></video>', ["https://www.example.com/e.mp4"], "Download"),
        ('<video src="/e.mp4"><a href="/other">Text</a></video>', ["https://www.example.com/e.mp4", "https://www.example.com/other"], "▶ e.mp4 (example.com) Text"),
        ('<video src="/e.mp4"><a href="/e.mp4"></a></video>', ["https://www.example.com/e.mp4"] * 2, "▶ e.mp4 (example.com)"),
        ('<lite-youtube videoid="WJk-Y8LQlfE"><a href="https://youtube.com/watch?v=WJk-Y8LQlfE">Play: X</a></lite-youtube>', ["https://youtube.com/watch?v=WJk-Y8LQlfE"], "Play: X"),
        ("<video>Only text</video>", [], "Only text"),
        ("<noscript>Text <a href='/x'>link</a></noscript>", ["https://www.example.com/x"], "Text link"),
        ("<iframe srcdoc='<p>Hello <b>you</b></p>'></iframe>", [], "Hello you"),
        ("<iframe srcdoc='&lt;p&gt;Hello&lt;/p&gt;' src='https://e.example/x'></iframe>", [], "Hello"),
        ("<iframe src='https://e.example/x'>a <!-- b</iframe> c", ["https://e.example/x"], "e.example a <!-- b c"),
        ("<iframe src='https://e.example/x'><b>a <title></iframe> c", ["https://e.example/x"], "e.example a c"),
        ("<iframe src='https://e.example/x' /> a <iframe src='https://f.example/x'></iframe> c", ["https://e.example/x", "https://f.example/x"], "e.example a f.example c"),
        ('<figure><video><source src="/v.webm"><source src="https://c.example/v.mp4"></video><figcaption>cap</figcaption></figure>', ["https://www.example.com/v.webm", "https://c.example/v.mp4"], "▶ v.webm (example.com) ▶ v.mp4 (c.example) cap"),
        ('<blockquote class="twitter-tweet"><p>text</p>— N <a href="https://twitter.com/a/status/1">d</a></blockquote><script async src="https://platform.twitter.com/widgets.js"></script>', ["https://twitter.com/a/status/1"], "text — N d"),
        ('<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/a/"><a href="https://www.instagram.com/p/a/">View</a></blockquote>', ["https://www.instagram.com/p/a/"], "View"),
        ('<div class="fb-post embed" data-href="https://fb.example/1"><div><a href="https://fb.example/1">Post</a></div></div> after', ["https://fb.example/1"], "Post after"),
        ('<div class="video-embed" data-oembed-url="https://vimeo.com/1"><div><iframe src="https://player.vimeo.com/video/1"></iframe></div></div>', ["https://vimeo.com/1"], "▶ vimeo.com"),
    ],
)  # fmt: skip
def test_what_is_written_inside_an_embed_stays_and_is_said_once(
    html: str, found: list[str], text: str
) -> None:
    shown = show(html)
    assert (links(shown), words(shown)) == (found, text)


@for_each(
    ("html", "found"),
    [
        (f'<img src="{PIXEL}" data-src="/r.jpg" alt="A">', "/r.jpg"),
        ('<img data-lazy-src="/r.jpg">', "/r.jpg"),
        (f'<img src="{PIXEL}" data-original="/r.jpg">', "/r.jpg"),
        ('<img src="/r.jpg" data-lazy="true" loading="lazy">', "/r.jpg"),
        (f'<img src="{PIXEL}" data-srcset="/s.jpg 100w, /r.jpg 900w" sizes="auto">', "/r.jpg"),
        ('<img srcset="/s.jpg, /r.jpg 2x">', "/r.jpg"),
        ('<img srcset="/s,1.jpg 1x,/r.jpg 2x">', "/r.jpg"),
        (f'<img src="{PIXEL}" srcset="/r.jpg 900w,/s.jpg 100w">', "/r.jpg"),
        (f'<img src="{PIXEL}" data-src="/r.jpg"><noscript><img src="/r.jpg"></noscript>', "/r.jpg"),
        (f'<img src="{PIXEL}" data-src="/small.jpg">\n<noscript><img src="/r.jpg"></noscript>', "/r.jpg"),
        (f'<noscript><img src="/r.jpg"></noscript><img src="{PIXEL}" data-src="/small.jpg">', "/r.jpg"),
        (f'<img src="{PIXEL}"><noscript><img src="/r.jpg"></noscript>', "/r.jpg"),
        ('<a href="/x"><img data-src="/r.jpg"></a><noscript><a href="/x"><img src="/r.jpg"></a></noscript>', "/r.jpg"),
        ('<noscript><img src="/r.jpg"></noscript>', "/r.jpg"),
        ('<picture><source srcset="/a.avif"><img src="/r.jpg"></picture>', "/r.jpg"),
        (f'<picture><source data-srcset="/r.jpg 1x"><img src="{PIXEL}"></picture>', "/r.jpg"),
        ('<picture><source srcset="/r.jpg"></picture>', "/r.jpg"),
        ('<amp-img src="/r.jpg" width="10" height="20"><noscript><img src="/r.jpg"></noscript></amp-img>', "/r.jpg"),
        ('<amp-anim src="/r.jpg"></amp-anim>', "/r.jpg"),
        ('<object data="/r.svg" type="image/svg+xml"></object>', "/r.svg"),
        ('<object data="/x.svg" type="image/svg+xml"><img src="/r.jpg"></object>', "/r.jpg"),
        ('<embed src="/r.svg" type="image/svg+xml">', "/r.svg"),
    ],
)  # fmt: skip
def test_a_lazy_picture_is_shown_once_with_its_absolute_address(html: str, found: str) -> None:
    assert sources(show(f"<p>{html}</p>")) == [f"https://www.example.com{found}"]


def test_a_picture_keeps_what_else_was_said_about_it() -> None:
    shown = show(
        f"<img src='{PIXEL}' data-src='/r.jpg?a=1&amp;b=2' alt='A \"b\" &lt;i>' width=10 height=20 onerror=x>"
    )
    picture = BeautifulSoup(shown, "html5lib").img
    assert picture is not None
    assert {name: picture[name] for name in ("src", "alt", "width", "height")} == {
        "src": "https://www.example.com/r.jpg?a=1&b=2", "alt": 'A "b" <i>', "width": "10", "height": "20",
    }  # fmt: skip
    assert not picture.has_attr("onerror")


def test_two_pictures_of_an_author_stay_two() -> None:
    assert len(sources(show('<img src="/a.jpg"><img src="/a.jpg"> <img data-src="/a.jpg">'))) == 3
    assert len(sources(show('<img data-src="/a.jpg"> text <noscript><img src="/b.jpg"></noscript>'))) == 2


@for_each(
    "html",
    [
        "<iframe></iframe>", '<iframe src="javascript:x"></iframe>', "<video></video>", "<object></object>",
        '<noscript><iframe src="https://www.googletagmanager.com/ns.html?id=1" height="0" width="0"></iframe></noscript>',
        '<iframe src="https://counter.example/" style="display: none;visibility:hidden"></iframe>',
        '<script src="https://w.soundcloud.com/player/api.js"></script>', "<script>x</script>",
        '<div class="fb-like" data-href="https://e.example/"></div>', '<div class="youtube-list" data-id="&quot;x y"></div>',
        '<embed src="data:text/html,x">', '<iframe src="about:blank"></iframe>',
    ],
)  # fmt: skip
def test_what_has_nothing_to_link_to_is_left_for_the_sanitiser(html: str) -> None:
    """Which removes it, and can tell because it is still there."""
    found = replace_embeds(f"<p>a</p>{html}<p>b</p>", Base(BASE))
    assert found.embeds == ()
    assert found.html.replace("<noscript>", "").replace("</noscript>", "") == (
        f"<p>a</p>{html}<p>b</p>".replace("<noscript>", "").replace("</noscript>", "")
    )


@pytest.mark.parametrize(
    "embed",
    [
        "<iframe src='https://e.example/x'></iframe>",
        "<audio src='/e.example'></audio>",
        "<area href='https://e.example/x'>",
    ],
)
def test_words_beside_an_embed_do_not_become_one_with_its_text(embed: str) -> None:
    for before, after in (("one", "two"), ("<b>one</b>", "<i>two</i>"), ("one ", "\ntwo")):
        text = BeautifulSoup(show(f"{before}{embed}{after}"), "html5lib").get_text()
        assert (text.split()[0], text.split()[-1]) == ("one", "two")


def test_what_was_replaced_is_told_with_its_host() -> None:
    html = f'<iframe src="{TUBE}"></iframe><audio src="/a.mp3"></audio><iframe src="//w.example/x"></iframe>'
    assert replace_embeds(html, Base(BASE)).embeds == (
        Embed("iframe", "youtube.com"), Embed("audio", "example.com"), Embed("iframe", "w.example"),
    )  # fmt: skip


@for_each(
    ("written", "media"),
    [
        ("https://c.example/a.mp3", Media("audio", "https://c.example/a.mp3", "", "https://c.example/a.mp3", "audio/mpeg")),
        ("/a.m4a", Media("audio", "https://www.example.com/a.m4a", "", "https://www.example.com/a.m4a", "audio/mp4")),
        ("a.mp4?x=1#t=5", Media("video", "https://www.example.com/a.mp4?x=1#t=5", "", "https://www.example.com/a.mp4?x=1#t=5", "video/mp4")),
        (f"<iframe src='{TUBE}'></iframe>", Media("video", WATCH, TUBE)),
        (WATCH, Media("video", WATCH, WATCH)),
        ("<iframe src='https://e.example/v?a=1&region=2&amp;b=3'></iframe>", Media("video", "https://e.example/v?a=1&region=2&b=3", "https://e.example/v?a=1&region=2&b=3")),
        ('<audio><source src="/a.ogg"><source src="/a.mp3"></audio>', Media("audio", "https://www.example.com/a.mp3", "", "https://www.example.com/a.mp3", "audio/mpeg")),
        ('<audio src="/s/1" type="audio/mp3; codecs=x"></audio>', Media("audio", "https://www.example.com/s/1", "", "https://www.example.com/s/1", "audio/mpeg")),
        ('<audio src="/s/1"></audio>', Media("audio", "https://www.example.com/s/1", "", "https://www.example.com/s/1")),
        ('<video src="/s/1"></video>', Media("video", "https://www.example.com/s/1", "", "https://www.example.com/s/1")),
        ('<audio src="/a.mp4"></audio>', Media("audio", "https://www.example.com/a.mp4", "", "https://www.example.com/a.mp4", "audio/mp4")),
        ('<video src="/a.ogg"></video>', Media("video", "https://www.example.com/a.ogg", "", "https://www.example.com/a.ogg", "video/ogg")),
        ('<video src="/a.mp3"></video>', Media("audio", "https://www.example.com/a.mp3", "", "https://www.example.com/a.mp3", "audio/mpeg")),
        ('<iframe src="https://open.spotify.com/embed/episode/x"></iframe>', Media("audio", "https://open.spotify.com/episode/x", "https://open.spotify.com/embed/episode/x")),
        ({"url": "/s/1", "type": "audio/mp3"}, Media("audio", "https://www.example.com/s/1", "", "https://www.example.com/s/1", "audio/mpeg")),
        ({"url": "/s.ogg"}, Media("audio", "https://www.example.com/s.ogg", "", "https://www.example.com/s.ogg", "audio/ogg")),
        ({"title": "x"}, None), (["x"], None), (7, None), ({"url": "/p.png"}, None),
        ('<iframe src="https://codepen.io/x/embed/y"></iframe>', None),
        ("<p>text</p>", None), ("", None), ("https://e.example/page", None), ("/p.jpg", None), ("Some words", None),
    ],
)  # fmt: skip
def test_featured_content_is_a_film_or_a_sound_by_its_player_type_or_ending(
    written: object, media: Media | None
) -> None:
    assert feature(written).media == media


@for_each(
    ("written", "text", "found"),
    [
        (f"<iframe src='{TUBE}'></iframe><p>Credits</p>", "Credits", []),
        (f"<p>Two</p><iframe src='{TUBE}'></iframe><iframe src='https://vimeo.com/1'></iframe>", "Two ▶ vimeo.com", ["https://vimeo.com/1"]),
        ('<video><source src="/a.webm"><source src="/a.mp4"></video>', "▶ a.webm (example.com)", ["https://www.example.com/a.webm"]),
        ("https://e.example/page", "https://e.example/page", ["https://e.example/page"]),
        ("Some <b>words</b>", "Some words", []), ("1 < 2", "1 < 2", []), ("Some words", "Some words", []),
        ('<iframe src="https://codepen.io/x/embed/y"></iframe>', "codepen.io", ["https://codepen.io/x/pen/y"]),
    ],
)  # fmt: skip
def test_what_else_is_in_featured_content_stays_in_the_text(
    written: str, text: str, found: list[str]
) -> None:
    shown = sanitise(feature(written).html, BASE).html
    assert (words(shown), links(shown)) == (text, found)


SITE = "https://pages.example.org/site/"


@for_each(
    ("html", "found"),
    [
        ('<img src="/assets/a.png">', "https://pages.example.org/site/assets/a.png"),
        ("<img alt='\"' src=/assets/a.png title=x>", "https://pages.example.org/site/assets/a.png"),
        ('<img src="/site/assets/a.png">', "https://pages.example.org/site/assets/a.png"),
        ('<img src="//e.example/a.png">', "https://e.example/a.png"),
        ('<img src="a.png">', "https://pages.example.org/site/2024/post/a.png"),
        ("<img src = '\u00a0\n/assets/a.png'>", "https://pages.example.org/site/assets/a.png"),
        ('<img data-srcset="/s.png 1x, /l.png 2x">', "https://pages.example.org/site/l.png"),
        ('<img DATA-SRCSET="s.png 1x, /l.png 2x">', "https://pages.example.org/site/l.png"),
        ('<video src="/v.mp4" poster="/p.png"></video>', "https://pages.example.org/site/p.png"),
    ],
)
def test_on_the_site_itself_what_begins_with_a_slash_is_below_the_site(html: str, found: str) -> None:
    """Elsewhere it is below the host of the article."""
    base = f"{SITE}2024/post/"
    assert sources(sanitise(replace_embeds(html, Base(base, SITE)).html, base).html) == [found]
    assert sources(sanitise(feature(f"<b>{html}</b> <i>", base, SITE).html, base).html) in ([found], [])
    assert "https://www.example.com/site/assets/a.png" not in sources(show(html)) or "/site/" in html


def test_the_first_file_in_a_text_is_what_podcast_players_get() -> None:
    html = f'<iframe src="{TUBE}"></iframe><audio src="/a.mp3"></audio><video src="/b.mp4"></video>'
    found = replace_embeds(html, Base(BASE)).media
    assert found is not None
    assert (found.file, found.type) == ("https://www.example.com/a.mp3", "audio/mpeg")
    assert replace_embeds(f'<iframe src="{TUBE}"></iframe>', Base(BASE)).media is None


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_no_word_of_a_text_is_lost_whatever_is_in_it(html: str) -> None:
    """Words outside of tags and scripts, as a parser finds them, are all there, and in their order."""
    found = words(replace_embeds(f"<p>{html}", Base(BASE)).html).split()
    rest = iter(found)
    missing = [word for word in words(f"<p>{html}").split() if word.startswith("w") and word not in rest]
    assert not missing


@pytest.mark.slow
@for_each(
    "piece",
    [
        "<iframe>", "<iframe src=/a>", "<iframe src=a></iframe>", "<object>", "<object></object>", "<object data=a>",
        "<video src=a>", "</video>", "<noscript><img src=a></noscript><img data-src=a>", "<a href=/x><video src=/x>",
        "<div class=embed>", "<div class=embed data-href=/x><div>", "<iframe srcdoc='<iframe srcdoc=", "<x-y src=/a>",
        "<object data=/x>", "<noembed>", "<script src=https://gist.github.com/a.js>", "<picture><source srcset='a, b 2x'>",
        "<iframe><b></iframe>", "<video><object><embed src=/a></video></object>", "<img srcset='a,a,a,a,a,a'>",
    ],
)  # fmt: skip
def test_the_time_to_replace_embeds_grows_with_the_length_of_a_text_only(piece: str) -> None:
    # In time that grows with the square of the length, both would be exceeded.
    size, seconds = (60_000, 2) if stressed() else (30_000, 0.5)
    html = piece * (size // len(piece))
    assert is_quick(measure(lambda: replace_embeds(html, Base(BASE))), seconds)


@pytest.mark.parametrize(
    "text", ["<h2 id='data-races'>Data</h2>", "<p>on data-structures, a=b</p>", "<p>metadata-x = 1</p>"]
)
def test_words_that_begin_like_an_attribute_are_text(text: str) -> None:
    assert replace_embeds(text, Base(BASE)).html is text


def test_a_text_without_embeds_costs_one_search() -> None:
    text = "<p>A line of text with <a href='/x'>a link</a> and <img src='/a.png'>.</p>\n" * 100
    made: list[str] = []
    taken = measure(lambda: made.extend(replace_embeds(text, Base(BASE)).html for _ in range(100)))
    assert all(html is text for html in made)
    assert is_quick(taken, 0.2)
