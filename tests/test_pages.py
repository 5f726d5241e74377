"""Pages: light, valid, without a clock, linked to what is there, and safe whatever articles hold."""

from __future__ import annotations

import json
import random
import re
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

import html5lib
import pytest
from effort import stressed
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html
from sites import NOW, ROOT, Workspace, as_file, tree

from feeds.index import migrations
from feeds.index.read import weeks
from feeds.index.read.weeks import Year
from feeds.index.sqlite.connections import SqliteConnection
from feeds.lib.text.identifiers import make_path_slug
from feeds.lib.text.languages import find_direction
from feeds.publisher import routes
from feeds.publisher.pages import charts
from feeds.publisher.pages.page_renderer import BRIEF, PICTURED
from feeds.site import Site, open_site
from feeds.web.app import create
from feeds.words import load_words

BASE = "https://feeds.example.org/"
ENGLISH = load_words("en")
LIGHT = 60_000
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
COUNTS = st.lists(st.integers(0, 5000), min_size=52, max_size=52).map(tuple)
NASTY = '</script><script>alert(1)</script><img src=x onerror="alert(1)">'


def application(workspace: Workspace) -> FlaskClient:
    return create(open_site(workspace.config, NOW, search=True).publisher).test_client()


def parsed(page: str | bytes) -> Any:
    return html.fromstring(page)


def parsed_xml(document: bytes) -> Any:
    return etree.fromstring(document)


def pages(output: Path) -> dict[str, str]:
    return {
        path.relative_to(output).as_posix().removesuffix("index.html"): path.read_text()
        for path in sorted(output.rglob("*.html"))
    }


def written(workspace: Workspace, number: int = 60) -> Workspace:
    """Articles enough for an archive, one with markup everywhere, one in Arabic, one without a link."""
    for n in range(number):
        workspace.article(f"a{n:03}", publishedDateTime=datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=n))
    workspace.article("nasty", title=f"T {NASTY}", excerpt=NASTY, topics=["<b>AI</b> & more"], category=NASTY)
    workspace.article("arabic", title="انطلاق", locale="ar", publishedDateTime="2024-02-29T00:00:00Z")
    workspace.article(
        "own/piece", originalUrl=None, body=f"# Words\n\n{NASTY}\n\n![x](https://example.org/x.png)\n"
    )
    return workspace


@pytest.fixture
def site(workspace: Workspace) -> Workspace:
    workspace.configure(
        '[topics.AI]\ndescription = "Thinking machines"\n[topics.Robots]\nparent = "AI"\n'
        '[selections.best]\ntitle = "Best"\nsort = "quality"\n'
    )
    written(workspace).freeze()
    return workspace


@pytest.fixture(scope="module")
def many_feeds(tmp_path_factory: pytest.TempPathFactory) -> Site:
    workspace = Workspace(tmp_path_factory.mktemp("many") / "site")
    for n in range(2000):
        workspace.article(
            f"a{n}",
            title=f"A title of usual length for an article, number {n}",
            publishedDateTime=datetime(2024, 5, 20, tzinfo=UTC) - timedelta(hours=4 * n),
            topics=[f"A topic of many words {n % 200}", f"Another topic {n % 7}"],
            provider={
                "name": f"The Provider {n}",
                "domain": f"provider-{n}.example.org",
                "images": [{"url": f"https://images.example.org/icons/{n}.png", "width": 32, "height": 32}],
            },
        )
    return open_site(workspace.config, NOW, search=True)


@pytest.mark.slow
def test_an_excerpt_that_is_the_beginning_of_the_text_is_shown_once(workspace: Workspace) -> None:
    workspace.article("own", originalUrl=None, excerpt="One two…", body="One **two** three.")
    workspace.article("other", originalUrl=None, excerpt="Four", body="One.")
    paragraphs = "".join(f"Paragraph **{number}** of many.\n\n" for number in range(200))
    workspace.article(
        "long", originalUrl=None, excerpt="Of a long text…", body=f"Of a long text.\n\n{paragraphs}"
    )
    workspace.article("end", originalUrl=None, excerpt="The end", body=f"{paragraphs}The *end*.")
    workspace.freeze()
    pages = [workspace.read(f"articles/{name}/index.html") for name in ("own", "other", "long", "end")]
    assert [page.count(b'class="lead"') for page in pages] == [0, 1, 0, 0]


@pytest.mark.slow
def test_the_pages_of_2200_feeds_are_light(many_feeds: Site) -> None:
    assets = sum(
        (ROOT / "feeds/publisher/pages/static" / name).stat().st_size for name in ("style.css", "page.js")
    )
    with many_feeds.publisher.snapshot() as snapshot:
        assert len(snapshot.channels.by_path) > 2200
        index = snapshot.document("")
        assert index is not None
        assert 0 < index.body.count(b"<svg") <= 33
        for path in ("", "topics/", "providers/", "providers/page/2/", "all/", "all/archive/1/", "404.html"):
            document = snapshot.document(path)
            assert document is not None
            assert len(document.body) + assets < LIGHT, path


@pytest.mark.slow
def test_the_pages_of_2200_feeds_are_as_light_when_they_are_served(many_feeds: Site) -> None:
    client = create(many_feeds.publisher).test_client()
    for path in ("", "topics/", "providers/", "providers/page/2/", "search/?q=provider", "build/"):
        page = client.get(f"/{path}").data
        files = set(re.findall(r'(?:src|href)="(?:\.\./|\./)*(static/[^"]+\.(?:css|js))"', page.decode()))
        assert len(files) >= 2
        weight = len(page) + sum(len(client.get(f"/{file}").data) for file in files)
        assert weight < LIGHT, path


def test_every_page_is_valid_html_with_one_heading_and_nothing_inline(site: Workspace) -> None:
    found = pages(site.output)
    assert len(found) >= 20
    for path, text in found.items():
        html5lib.HTMLParser(strict=True).parse(text)
        document = parsed(text)
        assert len(document.xpath("//h1")) == (1 if "piece" not in path else 2), path
        assert not document.xpath("//@style | //style | //@*[starts-with(name(), 'on')]"), path
        scripts = document.xpath("//script[not(@src)]/@type")
        assert set(scripts) <= {"application/ld+json"}, path
        assert document.xpath("//meta[@http-equiv='Content-Security-Policy']"), path
        assert "alert(1)" not in "".join(document.xpath("//script/text()")).replace("\\u003c", ""), path


def test_every_link_and_file_of_every_page_is_there(site: Workspace) -> None:
    for path, text in pages(site.output).items():
        document = parsed(text)
        ids = set(document.xpath("//@id"))
        for address in document.xpath(
            "//a/@href | //link/@href | //script/@src | //form/@action | //@data-feeds"
        ):
            target, fragment = urldefrag(urljoin(BASE + path, address))
            if not target.startswith(BASE):
                assert address.startswith(("https://", "feed:https://")), (path, address)
                continue
            file = site.output / target.removeprefix(BASE)
            file = file / "index.html" if target.endswith("/") else file
            assert file.is_file(), (path, address)
            here = (
                ids
                if target == BASE + path
                else set(parsed(file.read_text()).xpath("//@id"))
                if fragment
                else set()
            )
            assert not fragment or fragment in here, (path, address)


def test_pictures_are_loaded_late_and_say_nothing_of_who_looks(site: Workspace) -> None:
    pictures = 0
    for path, text in pages(site.output).items():
        document = parsed(text)
        assert document.xpath("string(//meta[@name='referrer']/@content)") == "no-referrer", path
        for picture in document.xpath("//main//ol//img | //main//*[@class='prose']//img"):
            assert picture.get("loading") == "lazy", path
            assert picture.get("referrerpolicy") == "no-referrer", path
            pictures += 1
    assert pictures


def test_articles_speak_their_language(site: Workspace) -> None:
    document = parsed((site.output / "all" / "index.html").read_text())
    assert document.xpath("string(//article[@lang='ar']/@dir)") == "rtl"
    assert [find_direction(tag) for tag in ("he-IL", "uz-Arab", "az-Latn", "ur", "arn", "en")] == [
        "rtl", "rtl", "ltr", "rtl", "ltr", "ltr"
    ]  # fmt: skip


def test_a_page_names_its_own_feeds_and_describes_itself(site: Workspace) -> None:
    document = parsed((site.output / "topics" / "ai" / "index.html").read_text())
    found = document.xpath("//link[@rel='alternate']/@href")
    assert [urljoin(f"{BASE}topics/ai/", address) for address in found] == [
        f"{BASE}topics/ai.{name}" for name in ("atom", "rss", "json")
    ]
    data = json.loads(document.xpath("string(//script[@type='application/ld+json'])"))
    assert (data["@type"], data["url"]) == ("CollectionPage", f"{BASE}topics/ai/")
    assert document.xpath("string(//meta[@property='og:description']/@content)") == "Thinking machines"
    assert document.xpath("string(//link[@rel='canonical']/@href)") == f"{BASE}topics/ai/"
    readers = dict(
        zip(
            document.xpath("//ul[@class='readers']//text()[normalize-space()]"),
            document.xpath("//ul[@class='readers']//@href"),
            strict=True,
        )
    )
    assert (
        readers["Feedly"]
        == "https://feedly.com/i/subscription/feed%2Fhttps%3A%2F%2Ffeeds.example.org%2Ftopics%2Fai.atom"
    )
    assert readers["Desktop reader"] == f"feed:{BASE}topics/ai.atom"
    assert f"{BASE}topics/ai.json" in document.xpath("//input/@value")


def test_topics_are_listed_below_their_parents_and_those_in_a_circle_beside_each_other(
    workspace: Workspace,
) -> None:
    workspace.configure('[topics.AI]\n[topics.Robots]\nparent = "ai"\n[topics.Arms]\nparent = "Robots"\n')
    workspace.article("a", topics=["Arms"])
    workspace.freeze()
    document = parsed((workspace.output / "topics/index.html").read_text())
    below = document.xpath(
        "//li[a[normalize-space()='AI']]/ul/li[a[normalize-space()='Robots']]/ul/li/a[1]/text()"
    )
    assert below == ["Arms"]
    crumbs = parsed((workspace.output / "topics/arms/index.html").read_text()).xpath(
        "//nav[@class='crumbs']//a/text()"
    )
    assert crumbs == ["Feeds", "Topics", "AI", "Robots"]


def test_the_front_page_leads_with_the_newest_articles_then_selections_then_what_is_active(
    workspace: Workspace,
) -> None:
    workspace.configure('[selections.films]\ntitle = "Films"\ntypes = ["video"]\n')
    for number in range(20):
        workspace.article(
            f"new-{number:02}",
            excerpt="What it says.",
            publishedDateTime=NOW - timedelta(days=7 * number + 1),
            topics=["Active"],
            images=[{"url": f"https://images.example.org/{number}.png"}],
            provider={"name": "Often", "domain": "often.example"},
        )
        workspace.article(
            f"old-{number:02}",
            publishedDateTime=NOW - timedelta(days=1000 + number),
            topics=["Large", "Active" if number else "Small"],
            provider={"name": f"Once {number}", "domain": f"once-{number}.example"},
        )
    workspace.freeze()
    page = parsed(workspace.read("index.html").decode())
    titles = page.xpath("//ol[contains(@class, 'stories')]//h3/a/text()")
    assert titles == [f"About new-{number:02}" for number in range(PICTURED + BRIEF)]
    first = page.xpath("//ol[contains(@class, 'stories')]/li[1]")[0]
    assert first.xpath(".//img/@src") == ["https://images.example.org/0.png"]
    said = " ".join(first.text_content().split())
    for part in ("About new-00", "Often · 31 May 2024", "What it says.", "Active"):
        assert part in said
    assert page.xpath("//h2/text()") == ["Latest", "Selections", "Topics", "Providers"]
    cards = {
        heading: page.xpath(f"//section[h2='{heading}']//ul[@class='feeds']/li/a/text()")
        for heading in ("Selections", "Topics", "Providers")
    }
    assert cards == {"Selections": ["Films"], "Topics": ["Active", "Large", "Small"], "Providers": ["Often"]}
    assert page.xpath("//a[.='All providers']/@href") == ["./providers/"]
    assert len(page.xpath("//*[contains(@class, 'get')]/summary")) == 1


def test_charts_are_drawn_if_there_is_an_article_a_month_and_say_what_they_show(workspace: Workspace) -> None:
    for number in range(12):
        month = NOW - timedelta(days=28 * number + 1)
        workspace.article(
            f"often-{number}", publishedDateTime=month, topics=["Often", "Rare"][: 1 + number % 2]
        )
    workspace.freeze()
    index = workspace.read("index.html").decode()
    # That of the topic, and that of the provider.
    assert index.count("<svg") == 2
    assert "Articles per week, 5 Jun 2023 to 2 Jun 2024" in re.sub(r"<[^>]+>", "", index)
    assert workspace.read("topics/often/index.html").count(b"<figcaption>") == 1
    assert b"<svg" not in workspace.read("topics/rare/index.html")


def test_a_selection_with_a_window_counts_what_it_shows(workspace: Workspace) -> None:
    workspace.configure('[selections.best]\ntitle = "Best"\nsort = "quality"\nwindow = "7d"\nlimit = 4\n')
    for number in range(20):
        workspace.article(
            f"a{number:02}", publishedDateTime=NOW - timedelta(days=number * 3 + 1), quality=number
        )
    workspace.freeze()
    card = parsed(workspace.read("index.html").decode()).xpath("//li[a='Best']/p[@class='meta']")[0]
    assert card.text_content() == "2 articles · 31 May 2024"
    page = parsed(workspace.read("feeds/best/index.html").decode())
    assert len(page.xpath("//h3")) == 2
    assert page.xpath("//p[@class='meta']")[0].text_content().startswith("2 articles")
    assert b'["feeds/best","Best",2,' in workspace.read("search/feeds.json")


def test_a_digest_says_what_its_entries_are(workspace: Workspace) -> None:
    workspace.configure('[selections.weekly]\ntitle = "This week"\ndigest = "weekly"\n')
    workspace.article("a")
    workspace.freeze()
    for path in ("index.html", "feeds/weekly/index.html"):
        assert b"A digest: one entry for each week" in workspace.read(path)


def test_an_empty_site_says_what_to_do(workspace: Workspace) -> None:
    workspace.freeze()
    page = workspace.read("index.html").decode()
    assert "No articles yet." in page
    assert "<code>feeds new</code>" in page
    assert "<form" not in page


def test_pages_of_an_archive_are_named_by_their_months(workspace: Workspace) -> None:
    for number in range(100):
        workspace.article(f"a{number:03}", publishedDateTime=NOW - timedelta(days=number + 1), topics=["AI"])
    workspace.freeze()
    headings = [
        parsed(workspace.read(f"topics/ai/archive/{number}/index.html").decode()).xpath("//h1/text()")
        for number in (1, 2)
    ]
    assert headings == [["AI · February 2024 to April 2024"], ["AI · April 2024 to May 2024"]]


def test_a_frozen_site_offers_nothing_that_needs_an_application(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.freeze()
    client = application(workspace)
    assert '<a href="./build/">' in client.get("/").text
    assert "https://feeds.example.org/build/" in client.get("/sitemap.xml").text
    for path, body in tree(workspace.output).items():
        assert path.startswith("build/") or b'build/"' not in body, path
        assert b"https://feeds.example.org/build/" not in body or path == "build/index.html"


@given(COUNTS)
def test_a_chart_is_as_wide_as_the_year_and_as_high_as_its_largest_week(counts: tuple[int, ...]) -> None:
    year = Year(counts, date(2024, 6, 2))
    for levels in (charts.SMALL, charts.LARGE):
        path = re.search(r'd="([^"]*)"', charts.draw_chart(ENGLISH, year, levels))
        assert path
        y, heights = levels, []
        for step, number in re.findall(r"([vh])(-?\d+)", path[1]):
            y += int(number) if step == "v" else 0
            heights.extend([levels - y] * int(number) if step == "h" else [])
        assert len(heights) == 52
        assert max(heights) == (levels if any(counts) else 0)
        assert all((height > 0) == (count > 0) for height, count in zip(heights, counts, strict=True))


@given(st.lists(st.datetimes(datetime(2023, 1, 1), datetime(2024, 6, 30)), min_size=1, max_size=60))  # noqa: DTZ001 - zone comes below
def test_a_year_counts_each_article_in_its_week(moments: list[datetime]) -> None:
    newest = max(moments)
    sunday = newest.date() + timedelta(days=6 - newest.date().weekday())
    expected = [0] * 52
    for moment in moments:
        back = (sunday - moment.date()).days // 7
        if back < 52:
            expected[51 - back] += 1
    assert counted(moments, newest) == Year(tuple(expected), sunday)


def counted(moments: list[datetime], newest: datetime) -> Year:
    """What the index counts of articles of these moments in one channel."""
    with closing(sqlite3.connect(":memory:", factory=SqliteConnection)) as connection:
        for statement in migrations.MIGRATIONS[0].both:
            connection.execute(statement)
        ages = [-int(moment.replace(tzinfo=UTC).timestamp()) for moment in moments]
        rows = [(1, age, str(n), n, "") for n, age in enumerate(ages)]
        connection.executemany("INSERT INTO members VALUES (?, ?, ?, ?, ?)", rows)
        return weeks.count_years(connection, [1], newest.replace(tzinfo=UTC))[1]


def test_how_often_a_channel_publishes_is_said_in_words() -> None:
    sunday = date(2024, 6, 2)

    def said(*counts: int, count: int | None = None) -> str:
        year = Year((0,) * (52 - len(counts)) + counts, sunday)
        return charts.describe_rhythm(ENGLISH, year, sum(counts) if count is None else count)

    assert said(*[3] * 52) == "about 3 articles a week"
    assert said(4, 2) == "about 3 articles a week"
    assert said(*[1, 0, 0, 0] * 13, count=500) == "about 1 article a month"
    assert said(1) == "less than one article a month"
    assert said(2, count=90) == "less than one article a month"
    assert (
        charts.describe_year(ENGLISH, Year((0,) * 51 + (1,), sunday))
        == "1 article in the 52 weeks to 2 Jun 2024"
    )


def test_a_channels_page_changes_only_with_its_own_articles(site: Workspace) -> None:
    site.article("later", publishedDateTime=datetime(2024, 5, 1, tzinfo=UTC), topics=["Other"], provider=None)
    changed = {path for path in site.freeze().written if path.endswith(".html")}
    assert changed >= {"index.html", "all/index.html", "topics/other/index.html", "topics/index.html"}
    assert not {path for path in changed if path.startswith(("topics/ai", "providers/example.org"))}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5] if stressed() else [1])
def test_after_any_edits_a_freeze_holds_what_one_from_nothing_holds(
    in_memory: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(routes, "CARDS", 2)
    monkeypatch.setattr(routes, "ROWS", 3)
    chance = random.Random(seed)  # noqa: S311 - edits that can be repeated
    workspace = Workspace(in_memory / "site")
    archives = 0
    for turn in range(12):
        for _ in range(chance.choice([1, 3, 8])):
            name = f"n{chance.randrange(20):02}"
            link = None if chance.random() < 0.4 else f"https://example.org/{name}"
            if chance.random() < 0.25:
                (workspace.articles / f"{name}.md").unlink(missing_ok=True)
            else:
                workspace.article(
                    name, body=f"Text {chance.random()}", originalUrl=link, topics=chance.sample(["A", "B"], 1),
                    publishedDateTime=datetime(2024, 1, chance.randint(1, 28), tzinfo=UTC),
                )  # fmt: skip
        workspace.freeze()
        fresh = in_memory / f"fresh-{turn}"
        (workspace.folder / ".feeds").rename(in_memory / f"index-{turn}")
        workspace.freeze(output=fresh)
        assert tree(workspace.output) == tree(fresh)
        archives += sum(path.endswith("index.html") and "/archive/" in path for path in tree(fresh))
        # Goes on with the index that knows what changed.
        for path in (workspace.folder / ".feeds").iterdir():
            path.unlink()
        (workspace.folder / ".feeds").rmdir()
        (in_memory / f"index-{turn}").rename(workspace.folder / ".feeds")
    assert archives


def test_archive_pages_hold_every_article_and_full_ones_stay_as_they_are(workspace: Workspace) -> None:
    def titles(path: str) -> list[str]:
        return list(map(str, parsed((workspace.output / path).read_text()).xpath("//h3/a/text()")))

    written(workspace, 100).freeze()
    newest, found, number = titles("all/index.html"), [], 0
    pager = parsed((workspace.output / "all/index.html").read_text()).xpath("string(//a[@rel='prev']/@href)")
    number = int(pager.rstrip("/").rpartition("/")[2])
    for page in range(number, 0, -1):
        found.extend(titles(f"all/archive/{page}/index.html"))
    assert sorted(newest + found) == sorted(set(newest + found))
    assert len(newest + found) == 103
    first = (workspace.output / "all/archive/1/index.html").read_bytes()
    workspace.article("newer", publishedDateTime=datetime(2024, 5, 30, tzinfo=UTC))
    assert "all/archive/1/index.html" not in workspace.freeze().written
    assert (workspace.output / "all/archive/1/index.html").read_bytes() == first


def test_an_article_without_a_link_has_a_page_that_its_entries_name(site: Workspace) -> None:
    address = f"{BASE}articles/own/piece/"
    # Its date is that of none of the newest, so it is in an archive document of the feed.
    stem = next(
        path.relative_to(site.output).with_suffix("")
        for path in site.output.glob("all/archive/*.atom")
        if address.encode() in path.read_bytes()
    )
    entry = parsed_xml(site.read(f"{stem}.atom")).xpath("//*[local-name()='link'][@rel='alternate']/@href")
    assert address in entry
    assert f"<link>{address}</link>".encode() in site.read(f"{stem}.rss")
    assert address in {item.get("url") for item in json.loads(site.read(f"{stem}.json"))["items"]}
    document = parsed(site.read("articles/own/piece/index.html"))
    assert document.xpath("string(//*[@class='prose']/h1)") == "Words"
    assert not document.xpath("//*[@class='prose']//script | //@onerror")
    client = application(site)
    assert as_file(client.get("/articles/own/piece/").data) == site.read("articles/own/piece/index.html")
    assert client.get("/articles/own/piece").status_code == 308
    assert client.get("/articles/a000/").status_code == client.get("/articles/nope/").status_code == 404
    (site.articles / "own" / "piece.md").unlink()
    assert "articles/own/piece/index.html" in site.freeze().deleted
    assert application(site).get("/articles/own/piece/").status_code == 404


def test_without_pages_no_entry_names_one(workspace: Workspace) -> None:
    workspace.configure("[output]\npages = false\n")
    workspace.article("piece", originalUrl=None, body="Words")
    workspace.freeze()
    assert "url" not in json.loads(workspace.read("all.json"))["items"][0]
    assert b"articles/piece" not in workspace.read("all.atom")
    assert b"xml-stylesheet" not in workspace.read("all.atom")


@given(st.lists(st.text("aB.-/é ", min_size=1, max_size=8), min_size=2, max_size=6, unique=True))
def test_no_two_files_have_one_page(names: list[str]) -> None:
    paths = [f"{name}{ending}" for name in names for ending in (".md", ".txt", "")]
    assert len({make_path_slug(path) for path in paths}) == len(set(paths))
    assert make_path_slug("2024/hello-world.md") == "2024/hello-world"


def test_feeds_are_found_by_words_without_a_script(site: Workspace) -> None:
    client = application(site)
    found = parsed(client.get("/search/?q=thinking+AI").data)
    assert found.xpath("//div[@id='found']//li/a[1]/text()") == ["AI"]
    assert found.xpath("string(//input[@name='q']/@value)") == "thinking AI"
    assert found.xpath("string(//meta[@name='robots']/@content)") == "noindex"
    assert b"0 feeds with" in client.get("/search/?q=nothing").data
    assert client.get("/search/?_=123").data == client.get("/search/").data
    assert as_file(client.get("/search/").data) == site.read("search/index.html")
    assert b"<script>alert" not in client.get("/search/", query_string={"q": NASTY}).data
    listed = json.loads(site.read("search/feeds.json"))["feeds"]
    assert ["topics/ai", "AI", 62, "2024-02-29", "29 Feb 2024", "Thinking machines"] in listed


def test_who_looks_for_what_is_not_there_gets_a_page_with_what_is_near(site: Workspace) -> None:
    client = application(site)
    page = client.get("/topics/robotz/", headers=BROWSER)
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert page.headers["Vary"] == "Accept"
    document = parsed(page.data)
    assert document.xpath("//ul[@class='lists']//a/@href") == ["/topics/robots/"]
    assert document.xpath("string(//link[@rel='stylesheet']/@href)") == "/static/style.css"
    for path, headers in (("/topics/robotz.atom", BROWSER), ("/topics/robotz/", {})):
        plain = client.get(path, headers=headers)
        assert plain.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert f"{BASE}topics/robots/" in plain.text


def test_the_sitemap_has_every_page_and_robots_know_it(
    site: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    document = parsed_xml(site.read("sitemap.xml"))
    addresses = [address.removeprefix(BASE) for address in document.xpath("//s:loc/text()", namespaces=space)]
    expected = {path for path in pages(site.output) if "/archive/" not in path} - {"404.html"}
    # What needs an application is not offered, though its page is there.
    assert sorted(addresses) == sorted(expected - {"build/"})
    assert (
        document.xpath("string(//s:url[s:loc[contains(., '/topics/ai/')]]/s:lastmod)", namespaces=space)
        == "2024-02-29T00:00:00Z"
    )
    assert site.read("robots.txt").endswith(f"Sitemap: {BASE}sitemap.xml\n".encode())
    monkeypatch.setattr(routes, "MOST_ADDRESSES", 5)
    monkeypatch.setattr("feeds.publisher.page_documents.MOST_ADDRESSES", 5)
    parts = -(-len(addresses) // 5)
    site.freeze(output=site.folder / "other")
    assert (site.folder / "other" / f"sitemap-{parts}.xml").exists()
    client = application(site)
    assert client.get(f"/sitemap-{parts}.xml").status_code == 200
    assert client.get(f"/sitemap-{parts + 1}.xml").status_code == 404
    assert client.get("/sitemap.xml").data.count(b"<loc>") == parts


def test_feeds_name_a_style_sheet_that_is_there_unless_switched_off(workspace: Workspace) -> None:
    workspace.configure("[feeds]\nlimit = 5\npage_size = 5\n")
    written(workspace, 20).freeze()
    feeds = [*workspace.output.rglob("*.atom"), *workspace.output.rglob("*.rss")]
    assert any("archive" in path.parts for path in feeds)
    for path in feeds:
        instruction = re.search(
            rb'^<\?xml .*\?>\n<\?xml-stylesheet type="text/css" href="([^"]+)"\?>\n<', path.read_bytes()
        )
        assert instruction
        assert (path.parent / instruction[1].decode()).resolve() == workspace.output / "static" / "feed.css"
    workspace.configure("[feeds]\nlimit = 5\npage_size = 5\nstylesheet = false\n")
    workspace.freeze()
    assert not any(b"xml-stylesheet" in path.read_bytes() for path in feeds)


def test_the_policy_allows_our_own_files_and_pictures_and_nothing_else(site: Workspace) -> None:
    policy = application(site).get("/").headers["Content-Security-Policy"]
    allowed: dict[str, Any] = {
        name: values for name, *values in (part.split() for part in policy.split("; "))
    }
    assert (
        allowed.pop("default-src") == allowed.pop("base-uri") == allowed.pop("frame-ancestors") == ["'none'"]
    )
    assert allowed.pop("img-src") == ["https:", "http:", "'self'"]
    assert set(map(tuple, allowed.values())) == {("'self'",)}
