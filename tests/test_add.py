"""`feeds add`: pages after the kinds that publishers use become articles, and nothing in these is invented."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from effort import for_each
from sites import Workspace
from web_pages import Answer, Pages, serve_pages

from feeds.cli import main
from feeds.collect.page import remove_trackers

TOPICS = '[topics."Artificial Intelligence"]\naliases = ["AI", "KI"]\n[topics.Rust]\n[topics."C++"]\n[topics.Gone]\nretired = true\n'


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with serve_pages() as served:
        yield served


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.collect.fetch.PAUSE", 0)


def add(workspace: Workspace, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in this process, with what is given on its standard input."""
    command = ["--config", str(workspace.folder / "config.toml"), "add", "--allow-private", *words]
    done = CliRunner().invoke(main, command, input=given)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


def find(workspace: Workspace, url: str, *words: str) -> dict[str, Any]:
    """Add a page, and return the fields of the only article."""
    done = add(workspace, url, *words)
    assert done.returncode == 0, done.stderr
    (file,) = workspace.articles.rglob("*.md")
    matter: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8").split("---\n")[1])
    return matter


def wrap(head: str, body: str = "", language: str = "en") -> str:
    return f'<!doctype html><html lang="{language}"><head>{head}</head><body>{body}</body></html>'


NEWS = wrap(
    """<title>Robots learn to knit | The Example Times</title>
    <link rel="canonical" href="https://times.example.org/2024/robots-knit">
    <meta property="og:site_name" content="The Example Times"><meta property="og:type" content="article">
    <meta property="og:title" content="Robots learn to knit – you won’t believe it">
    <meta property="og:description" content="A &lt;b&gt;scarf&lt;/b&gt; in four hours &amp; a half.">
    <meta property="og:image" content="https://times.example.org/knit.jpg">
    <meta property="og:image:width" content="1200"><meta property="og:image:height" content="630">
    <script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
      {"@type": "WebSite", "name": "Times"}, {"@type": "Organization", "@id": "#us", "name": "The Example Times"},
      {"@type": "NewsArticle", "headline": "Robots learn to knit", "datePublished": "2024-05-01T22:30:00Z",
       "author": [{"@id": "#jane"}, {"@type": "Person", "name": "John Roe"}], "publisher": {"@id": "#us"},
       "keywords": "robots, AI, textiles", "articleSection": "Science"},
      {"@type": "Person", "@id": "#jane", "name": "Jane Doe"},
      {"@type": "NewsArticle", "headline": "Another story", "url": "https://times.example.org/other",
       "datePublished": "2020-01-01", "author": {"@type": "Person", "name": "Someone Else"}}]}</script>
    <meta property="article:published_time" content="2024-05-02T00:30:00+02:00">""",
    "<h1>Robots learn to knit</h1>",
)


def test_a_news_site_tells_everything(workspace: Workspace, pages: Pages) -> None:
    workspace.configure(TOPICS)
    assert find(workspace, pages.put("/2024/robots-knit?utm_source=x&fbclid=1", NEWS)) == {
        "title": "Robots learn to knit",
        "excerpt": "A scarf in four hours & a half.",
        "publishedDateTime": yaml.safe_load("2024-05-02T00:30:00+02:00"),
        "originalUrl": "https://times.example.org/2024/robots-knit",
        "type": "article",
        "locale": "en",
        "provider": {
            "name": "The Example Times",
            "domain": "times.example.org",
            "authors": [{"name": "Jane Doe"}, {"name": "John Roe"}],
        },
        "images": [{"url": "https://times.example.org/knit.jpg", "width": 1200, "height": 630}],
        "topics": ["Artificial Intelligence"],
    }
    assert [file.name for file in workspace.articles.iterdir()] == ["2024-05-02-robots-learn-to-knit.md"]
    assert workspace.problems() == []


@pytest.mark.parametrize(
    "scheme", ["JSON-LD", "microdata", "Open Graph", "Dublin Core", "microformats2", "Highwire"]
)
def test_each_kind_of_metadata_is_enough_alone(workspace: Workspace, pages: Pages, scheme: str) -> None:
    head, body = {
        "JSON-LD": (
            """<script type="application/ld+json">[{"@type": "Organization", "name": "X"}, {"@type": ["BlogPosting"],
            "name": "On time", "datePublished": "2024-05-01T10:00:00Z", "author": "Jane Doe", "description": "Why."}]</script>
            <script type="application/ld+json">{broken</script>""",
            "",
        ),
        "microdata": (
            "",
            """<div itemscope itemtype="https://schema.org/BlogPosting"><h2 itemprop="headline">On time</h2>
            <span itemprop="author" itemscope itemtype="https://schema.org/Person"><b itemprop="name">Jane Doe</b></span>
            <time itemprop="datePublished" datetime="2024-05-01T10:00:00Z">May</time><p itemprop="description">Why.</p></div>""",
        ),
        "Open Graph": (
            """<meta property="og:title" content="On time"><meta property="og:description" content="Why.">
            <meta name="author" content="By Jane Doe"><meta name="article:published_time" content="2024-05-01T10:00:00Z">""",
            "",
        ),
        "Dublin Core": (
            """<meta name="DC.title" content="On time"><meta name="DC.creator" content="Doe, Jane">
            <meta name="DCTERMS.issued" content="2024-05-01T10:00:00Z"><meta name="DC.description" content="Why.">""",
            "",
        ),
        "microformats2": (
            "",
            """<article class="h-entry"><h1 class="p-name">On time</h1><a class="p-author h-card" href="/me">Jane Doe</a>
            <time class="dt-published" datetime="2024-05-01T10:00:00Z">May</time><p class="p-summary">Why.</p></article>""",
        ),
        "Highwire": (
            """<meta name="citation_title" content="On time"><meta name="citation_author" content="Doe, Jane">
            <meta name="citation_date" content="2024-05-01T10:00:00Z"><meta name="citation_abstract" content="Why.">""",
            "",
        ),
    }[scheme]  # fmt: skip
    found = find(workspace, pages.put("/blog/on-time", wrap(head, body)))
    assert (found["title"], found["excerpt"]) == ("On time", "Why.")
    assert found["publishedDateTime"].isoformat() == "2024-05-01T10:00:00+00:00"
    assert found["provider"]["authors"] == [{"name": "Jane Doe"}]
    assert "draft" not in found


YOUTUBE = wrap(
    """<title>How a loom works - YouTube</title><meta property="og:site_name" content="YouTube">
    <link rel="canonical" href="https://www.youtube.com/watch?v=aBcDeFgHiJk"><meta property="og:type" content="video.other">
    <meta property="og:title" content="How a loom works"><meta property="og:image" content="https://i.ytimg.com/vi/aBcDeFgHiJk/max.jpg">
    <link type="application/json+oembed" rel="alternate" href="/oembed?url=x">""",
    """<div itemscope itemtype="http://schema.org/VideoObject"><meta itemprop="name" content="How a loom works">
    <meta itemprop="duration" content="PT14M53S"><meta itemprop="datePublished" content="2024-03-04T08:00:01-08:00">
    <span itemprop="author" itemscope itemtype="http://schema.org/Person"><link itemprop="name" content="Loom Channel"></span></div>""",
)
VIMEO = wrap(
    """<title>Weaving on Vimeo</title><meta property="og:site_name" content="Vimeo"><meta property="og:type" content="video">
    <link rel="canonical" href="https://vimeo.com/123456"><meta property="og:title" content="Weaving">
    <meta name="date" content="x"><script type="application/ld+json">{"@type": "VideoObject", "name": "Weaving",
    "uploadDate": "2024-03-04T08:00:01+00:00"}</script>
    <link rel="alternate" type="application/json+oembed" href="{root}/vimeo.json">"""
)
PODCAST = wrap(
    """<title>Episode 7: Wool – The Yarn</title><meta property="og:site_name" content="The Yarn">
    <script type="application/ld+json">{"@type": "PodcastEpisode", "name": "Episode 7: Wool", "datePublished": "2024-03-04",
    "timeRequired": "PT1H2M3S", "url": "{root}/episodes/7", "associatedMedia": {"@type": "MediaObject",
    "contentUrl": "https://cdn.example.org/7.mp3"}, "partOfSeries": {"@type": "PodcastSeries", "name": "The Yarn"}}</script>"""
)
ARXIV = wrap(
    """<title>[2401.00001] On Knots</title><meta property="og:site_name" content="arXiv.org">
    <meta property="og:title" content="On Knots"><meta name="citation_title" content="On Knots">
    <meta name="citation_author" content="Doe, Jane"><meta name="citation_author" content="van der Berg, Jan">
    <meta name="citation_date" content="2024/01/02"><meta name="citation_pdf_url" content="https://arxiv.org/pdf/2401.00001">
    <link rel="canonical" href="https://arxiv.org/abs/2401.00001"><meta name="citation_abstract" content="We tie.">""",
    "<h1>Title:On Knots</h1>",
)
GITHUB = wrap(
    """<title>Release v1.2.0 · someone/loom · GitHub</title><meta property="og:site_name" content="GitHub">
    <meta property="og:title" content="Release v1.2.0 · someone/loom"><meta property="og:type" content="object">
    <meta property="og:description" content="Warp and weft."><meta property="og:url" content="/someone/loom/releases/tag/v1.2.0">""",
    '<h1>v1.2.0</h1><relative-time datetime="2024-02-03T04:05:06Z">Feb 3, 2024</relative-time>',
)
MASTODON = wrap(
    """<title>Jane: "Wool is back." - Social</title><meta content="Social" property="og:site_name">
    <meta content="article" property="og:type"><meta content="Jane Doe (@jane@social.example)" property="og:title">
    <meta content="2024-03-04T05:06:07Z" property="og:published_time"><meta content="Wool is back." property="og:description">
    <meta content="400" property="og:image:width"><meta content="400" property="og:image:height">
    <meta content="https://social.example/a.png" property="og:image">"""
)
WORDPRESS = wrap(
    """<title>Ein Pulli &#8211; Strickblog</title><meta property="og:title" content="Ein Pulli - Strickblog">
    <meta property="og:site_name" content="Strickblog"><meta property="og:locale" content="de_DE">
    <meta name="twitter:label1" content="Verfasst von"><meta name="twitter:data1" content="Jana Muster">
    <meta property="article:published_time" content="2024-03-04T05:06:07+01:00">""",
    """<article class="post hentry"><h1 class="entry-title">Ein Pulli</h1><span class="author vcard"><a class="url fn n"
    href="/author/jana">Jana Muster</a></span></article>""",
    "de",
)


@pytest.mark.parametrize(
    ("page", "right"),
    [
        (
            YOUTUBE,
            {
                "title": "How a loom works",
                "type": "video",
                "length": 893,
                "originalUrl": "https://www.youtube.com/watch?v=aBcDeFgHiJk",
                "featuredContent": "https://www.youtube.com/watch?v=aBcDeFgHiJk",
                "provider": {"name": "YouTube", "domain": "youtube.com", "authors": [{"name": "Loom Channel"}]},
            },
        ),
        (
            VIMEO,
            {
                "title": "Weaving",
                "type": "video",
                "length": 61,
                "provider": {"name": "Vimeo", "domain": "vimeo.com", "authors": [{"name": "Weaver"}]},
                "images": [{"url": "https://i.vimeocdn.com/1.jpg", "width": 640, "height": 360}],
            },
        ),
        (
            PODCAST,
            {
                "title": "Episode 7: Wool",
                "type": "podcast",
                "length": 3723,
                "publishedDateTime": "2024-03-04",
                "featuredContent": {"url": "https://cdn.example.org/7.mp3", "type": "audio/mpeg"},
            },
        ),
        (
            ARXIV,
            {
                "title": "On Knots",
                "publishedDateTime": "2024-01-02",
                "excerpt": "We tie.",
                "provider": {
                    "name": "arXiv.org",
                    "domain": "arxiv.org",
                    "authors": [{"name": "Jane Doe"}, {"name": "Jan van der Berg"}],
                },
            },
        ),
        (GITHUB, {"title": "Release v1.2.0 · someone/loom", "excerpt": "Warp and weft.", "publishedDateTime": "2024-02-03"}),
        (
            MASTODON,
            {
                "title": "Jane Doe (@jane@social.example)",
                "excerpt": "Wool is back.",
                "type": "article",
                "images": [{"url": "https://social.example/a.png", "width": 400, "height": 400}],
            },
        ),
        (WORDPRESS, {"title": "Ein Pulli", "locale": "de"}),
    ],
    ids=["YouTube", "Vimeo", "podcast", "arXiv", "GitHub", "Mastodon", "WordPress"],
)  # fmt: skip
def test_a_page_of_each_kind_gives_what_it_says(
    workspace: Workspace, pages: Pages, page: str, right: dict[str, Any]
) -> None:
    pages.put(
        "/vimeo.json",
        json.dumps(
            {
                "type": "video", "title": "Weaving", "author_name": "Weaver", "duration": 61, "thumbnail_width": 640,
                "thumbnail_height": 360, "thumbnail_url": "https://i.vimeocdn.com/1.jpg",
            }
        ),
        "application/json",
    )  # fmt: skip
    found = find(workspace, pages.put("/episodes/7", page))
    assert {name: found.get(name) for name in right} == right
    assert "draft" not in found
    assert workspace.problems() == []


def test_what_a_page_does_not_say_is_not_invented(workspace: Workspace, pages: Pages) -> None:
    workspace.configure(TOPICS)
    done = add(workspace, pages.put("/notes/plain", wrap("", "<p>Nothing to see, and AI is not meant.</p>")))
    assert "It is a draft, because the page does not say: title, publishedDateTime." in done.stdout
    (file,) = workspace.articles.iterdir()
    assert file.name == "notes-plain.md"
    assert yaml.safe_load(file.read_text().split("---\n")[1]) == {
        "title": "",
        "excerpt": "",
        "draft": True,
        "originalUrl": f"{pages.root}/notes/plain",
        "locale": "en",
        "provider": {"name": "127.0.0.1", "domain": "127.0.0.1"},
        "topics": [],
    }
    assert '# such as ["Artificial Intelligence", "Rust", "C++"]' in file.read_text()


def test_a_day_that_only_the_text_of_a_page_tells_is_taken_and_the_curator_told(
    workspace: Workspace, pages: Pages
) -> None:
    page = wrap("<title>Old news</title>", "<h1>Old news</h1><p class='date'>Published on 4 March 2019</p>")
    done = add(workspace, pages.put("/old", page))
    assert "(2019-03-04): look whether it is right" in done.stdout
    (file,) = workspace.articles.iterdir()
    assert 'publishedDateTime: "2019-03-04"   # the only day in its text: look whether' in file.read_text()


def test_the_year_of_a_copyright_is_no_date(workspace: Workspace, pages: Pages) -> None:
    page = wrap(
        "<title>Old news</title>", "<h1>Old news</h1><footer>© 2015–2019 Example Ltd, since 1998</footer>"
    )
    done = add(workspace, pages.put("/old", page))
    assert "It is a draft, because the page does not say: publishedDateTime." in done.stdout


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("ar", "الصوف يعود"), ("bn", "উল ফিরে এসেছে"), ("cs", "Vlna je zpět, žlutě"), ("de", "Wolle ist zurück: schön"),
        ("el", "Το μαλλί επιστρέφει"), ("en", "Wool’s back — “really”"), ("es", "¿Vuelve la lana, señor?"), ("fa", "پشم برگشته است"),
        ("fi", "Villa on palannut työhön"), ("fr", "La laine revient : ça alors"), ("he", "הצמר חוזר"), ("hi", "ऊन वापस आ गया है"),
        ("hu", "Visszatért a gyapjú, őszintén"), ("id", "Wol kembali"), ("it", "La lana è tornata"), ("ja", "羊毛が帰ってきた"),
        ("ko", "양털이 돌아왔다"), ("pl", "Wełna wróciła"), ("pt-BR", "A lã está de volta"), ("ru", "Шерсть вернулась"), ("th", "ขนแกะกลับมาแล้ว"),
        ("tr", "Yün geri döndü"), ("uk", "Вовна повернулася"), ("vi", "Len đã trở lại"), ("zh-Hant", "羊毛回來了"),
    ],
)  # fmt: skip
def test_pages_in_all_languages_keep_their_words(
    workspace: Workspace, pages: Pages, language: str, title: str
) -> None:
    """A time is in the zone of the site if the page names none."""
    page = wrap(
        f'<title>{title}</title><meta property="og:title" content="{title}"><meta property="article:published_time" content="2024-01-02 03:04">',
        f"<h1>{title}</h1>",
        language,
    )
    found = find(workspace, pages.put("/words", page))
    assert (found["title"], found["locale"]) == (title, language)
    assert found["publishedDateTime"].isoformat() == "2024-01-02T03:04:00+00:00"


@pytest.mark.parametrize(
    ("encoding", "header", "meta"),
    [
        ("utf-8", "text/html; charset=iso-8859-1", ""),
        ("utf-8", "text/html", '<meta charset="windows-1252">'),
        ("windows-1252", "text/html", '<meta charset="windows-1252">'),
        ("iso-8859-1", "text/html; charset=iso-8859-1", ""),
        ("utf-16", "text/html; charset=utf-16", ""),
        ("windows-1252", "text/html", ""),
    ],
)
def test_a_page_is_read_in_its_charset_also_if_it_names_a_wrong_one(
    workspace: Workspace, pages: Pages, encoding: str, header: str, meta: str
) -> None:
    text = "Größere Maschen für die Mütze"
    page = wrap(f"<title>{text}</title>{meta}", f"<h1>{text}</h1><p>{'Über Größe und Weiß. ' * 9}</p>", "de")
    assert find(workspace, pages.put("/charset", page.encode(encoding), header))["title"] == text


def test_a_russian_page_without_a_charset_is_read(workspace: Workspace, pages: Pages) -> None:
    text = "Шерсть вернулась в каждый дом"
    page = wrap(
        f"<title>{text}</title>", f"<h1>{text}</h1><p>{'Это длинный русский текст о вязании. ' * 9}</p>", "ru"
    )
    assert find(workspace, pages.put("/koi", page.encode("koi8-r"), "text/html"))["title"] == text


@pytest.mark.parametrize(
    ("words", "topics"),
    [
        ('<meta name="keywords" content="looms, Rust">', ["Rust"]),
        ('<meta property="article:tag" content="artificial intelligence">', ["Artificial Intelligence"]),
        ('<meta property="article:section" content="KI & Co">', ["Artificial Intelligence"]),
        ("<title>Why C++ stays</title>", ["C++"]),
        ("<title>Aide for all: trust, gone</title>", []),
        ("<title>ai que bonito</title>", []),
    ],
)
def test_topics_are_those_of_the_site_that_a_page_names(
    workspace: Workspace, pages: Pages, words: str, topics: list[str]
) -> None:
    workspace.configure(TOPICS)
    page = wrap(f'{words}<meta property="article:published_time" content="2024-01-02">')
    assert find(workspace, pages.put("/topics", page))["topics"] == topics


def test_the_curators_own_words_come_first(workspace: Workspace, pages: Pages) -> None:
    workspace.configure(TOPICS)
    url = pages.put("/2024/robots-knit", NEWS)
    found = find(
        workspace, url, "--note", "Read it to the end: <why>.", "--topic", "rust", "--topic", "New", "--draft"
    )
    assert found["excerpt"] == "Read it to the end: <why>. “A scarf in four hours & a half.”"
    assert (found["topics"], found["draft"]) == (["Rust", "New"], True)


def test_a_page_of_a_host_that_is_no_domain_has_no_provider(workspace: Workspace, pages: Pages) -> None:
    pages.put("/here", wrap('<title>Here</title><meta name="date" content="x">'))
    found = find(workspace, pages.root.replace("127.0.0.1", "localhost") + "/here")
    assert found.get("provider", {}) == {}


def test_a_picture_with_a_mistyped_address_is_left_out_for_the_next(
    workspace: Workspace, pages: Pages
) -> None:
    head = """<title>Here</title><meta property="og:image" content="https://e.org/a.jpghttps://e.org/a.jpg">
    <meta name="twitter:image" content="https://e.org/b.jpg"><meta name="article:published_time" content="2024-01-02">"""
    assert find(workspace, pages.put("/pictures", wrap(head)))["images"] == [{"url": "https://e.org/b.jpg"}]
    assert workspace.problems() == []


def test_a_provider_is_called_as_the_site_calls_it(workspace: Workspace, pages: Pages) -> None:
    workspace.configure('[providers."example.org"]\nname = "Example"\naliases = ["times.example.org"]')
    found = find(workspace, pages.put("/2024/robots-knit", NEWS))["provider"]
    assert (found["name"], found["domain"]) == ("Example", "example.org")


def test_what_is_there_already_is_refused_with_its_file(workspace: Workspace, pages: Pages) -> None:
    url = pages.put("/2024/robots-knit", NEWS)
    assert add(workspace, url).returncode == 0
    short, refresh = pages.redirect("/short", "/2024/robots-knit?utm_medium=mail", 301), "/refresh"
    pages.put("/2024/robots-knit?utm_medium=mail", NEWS)
    pages.put(refresh, wrap(f'<meta http-equiv="refresh" content="0; url={url}">'))
    for again in (url, "http://times.example.org/2024/robots-knit", short, pages.root + refresh):
        done = add(workspace, again)
        assert done.returncode == 1
        assert "is there already: " in done.stderr
        assert "2024-05-02-robots-learn-to-knit.md" in done.stderr
    assert len(list(workspace.articles.iterdir())) == 1


def test_two_articles_with_one_name_and_two_runs_at_once_lose_nothing(
    workspace: Workspace, pages: Pages
) -> None:
    """The other run has written its file after this one looked."""
    url = pages.put("/2024/robots-knit", NEWS)
    other = pages.put("/other", NEWS.replace("2024/robots-knit", "2024/other"))
    seen: list[str] = []

    def write(self: Any, page: Any, wishes: Any) -> Any:
        if not seen:
            seen.append("once")
            assert add(workspace, url).returncode == 0
        return original(self, page, wishes)

    from feeds.collect.add import Adder

    original = Adder.write
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Adder, "write", write)
        done = add(workspace, url)
    assert "is there already" in done.stderr
    assert add(workspace, other).returncode == 0
    names = sorted(file.name for file in workspace.articles.iterdir())
    assert names == ["2024-05-02-robots-learn-to-knit-2.md", "2024-05-02-robots-learn-to-knit.md"]


def test_a_list_on_the_standard_input_goes_on_after_a_failure(workspace: Workspace, pages: Pages) -> None:
    url = pages.put("/2024/robots-knit", NEWS)
    done = add(
        workspace,
        given=f"https://\x1b[31m.example.org\n# mine\n\n{pages.root}/missing\nfile:///etc/passwd\n  {url}  \n",
    )
    assert done.returncode == 1
    assert "\x1b" not in done.stderr
    assert "/missing: the server answered 404 Not Found. Is the address complete?" in done.stderr
    assert "file:///etc/passwd: is not the address of a page" in done.stderr
    assert done.stdout.startswith("Written: ")


def test_a_dry_run_writes_nothing_and_shows_all(workspace: Workspace, pages: Pages) -> None:
    url = pages.put("/2024/robots-knit", NEWS)
    done = add(workspace, url, "--dry-run")
    assert done.stdout.startswith('---\ntitle: "Robots learn to knit"\n')
    (found,) = json.loads(add(workspace, url, "--dry-run", "--json").stdout)
    assert (found["url"], found["fields"]["type"]) == (url, "article")
    assert list(workspace.articles.iterdir()) == []
    (found,) = json.loads(add(workspace, f"{pages.root}/missing", "--json").stdout)
    assert "404" in found["problem"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}), "is a PDF"),
        (Answer(b"\x89PNG", headers={"Content-Type": "image/png"}), "is not a page, but image/png"),
        (Answer(b"<?xml version='1.0'?><rss></rss>", headers={"Content-Type": "text/xml"}), "is a feed. `feeds import`"),
        (Answer(b"x", headers={"Content-Type": "text/\x1b[31mred"}), "is not a page, but text/ [31mred"),
        (Answer(b"no", 403, {"Content-Type": "text/html"}), "refuses programs, or this network. Open it in a browser"),
        (Answer(b"no", 451, {"Content-Type": "text/html"}), "legal reasons"),
        (Answer(b"", headers={"Content-Type": "text/html"}), "the page is empty"),
        (Answer(wrap("<title>Just a moment...</title>").encode(), headers={"Content-Type": "text/html"}), "whether a person reads it"),
        (Answer(wrap("<title>Before you continue to YouTube</title>").encode(), headers={"Content-Type": "text/html"}), "feeds new"),
    ],
)  # fmt: skip
def test_what_is_no_page_to_be_had_says_what_to_do(
    workspace: Workspace, pages: Pages, answer: Answer, says: str
) -> None:
    pages.answers["/wall"] = answer
    done = add(workspace, f"{pages.root}/wall")
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert list(workspace.articles.iterdir()) == []


@for_each(
    ("url", "kept"),
    [
        ("https://e.org/a?utm_source=x&b=2&a=1&gclid=3#part", "https://e.org/a?b=2&a=1#part"),
        ("https://e.org/a?fbclid=1", "https://e.org/a"),
        ("https://e.org/?p=12&mc_cid=1&ref=hn", "https://e.org/?p=12"),
        ("https://e.org/a?uid=5&gallery=2&reference=x&session=3", "https://e.org/a?uid=5&gallery=2&reference=x&session=3"),
        ("https://e.org/a?q=a%20b&empty=&alone", "https://e.org/a?q=a%20b&empty=&alone"),
    ],
)  # fmt: skip
def test_only_what_tells_trackers_something_goes_from_an_address(url: str, kept: str) -> None:
    assert remove_trackers(url) == kept


def test_a_page_that_names_the_front_page_or_a_private_host_as_its_address_is_not_believed(
    workspace: Workspace, pages: Pages
) -> None:
    for canonical in ("https://e.org/", "http://localhost/x", "ftp://e.org/x", "https://u:p@e.org/x"):
        page = wrap(f'<title>A</title><link rel="canonical" href="{canonical}">')
        (found,) = json.loads(add(workspace, pages.put("/own", page), "--dry-run", "--json").stdout)
        assert found["fields"]["originalUrl"] == f"{pages.root}/own"


def test_on_a_terminal_what_is_missing_is_asked_for(
    workspace: Workspace, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.cli.adding.is_interactive", lambda: True)
    done = add(workspace, pages.put("/plain", wrap("<title>A plain page</title>")), given="4 March 2024\n")
    assert "does not say when it was published" in done.stdout
    (file,) = workspace.articles.iterdir()
    assert file.name == "2024-03-04-a-plain-page.md"
    assert "draft" not in file.read_text()


def test_without_the_extra_the_command_says_what_to_install(
    workspace: Workspace, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "extruct.jsonld", None)
    done = add(workspace, pages.put("/2024/robots-knit", NEWS))
    assert done.returncode == 2
    assert done.stderr == 'This needs extruct. Install it: pip install "feeds[collect]".\n'
