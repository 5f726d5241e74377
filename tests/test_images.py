"""Pictures of other sites: fetched once and politely, made small, shown from the own host; nothing waits or fails for them."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from bs4 import BeautifulSoup
from effort import for_each
from flask.testing import FlaskClient
from PIL import Image
from sites import NOW, Workspace, tree
from waiting import PATIENCE, until
from web_pages import Answer, Pages, serve_pages

from feeds.collect.fetch import Fetcher
from feeds.config.schema import Config
from feeds.images import cache
from feeds.images.cache import Bounds, PictureCache, list_pictures
from feeds.images.shrink import shrink
from feeds.images.store import Picture, Pictures, PictureStore
from feeds.index.read.channels import read_shown_articles
from feeds.model import Article
from feeds.site import open_site
from feeds.web import background
from feeds.web.app import create

CACHED = "[images]\ncache = true\n"
BOUNDS = Bounds(PATIENCE, 100)


def draw(kind: str = "JPEG", size: tuple[int, int] = (1200, 600), **options: object) -> bytes:
    opened = BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(opened, kind, **options)
    return opened.getvalue()


@pytest.fixture(scope="module")
def sites() -> Iterator[Pages]:
    with serve_pages() as served:
        yield served


@pytest.fixture(autouse=True)
def _allow_this_machine(monkeypatch: pytest.MonkeyPatch, sites: Pages) -> None:
    """Let pictures be fetched from this machine, without pauses."""
    sites.answers.clear()
    sites.requests.clear()
    monkeypatch.setattr(cache, "make_fetcher", make_fetcher)


def make_fetcher(config: Config) -> Fetcher:
    return Fetcher(config.site.base_url, allow_private=True, pause=0, seconds=PATIENCE, limit=1_000_000)


def list_copies(workspace: Workspace) -> list[str]:
    return sorted(path for path in tree(workspace.output) if path.startswith("pictures/"))


def read_list(workspace: Workspace) -> Pictures:
    return PictureStore(workspace.config).read()


def run(workspace: Workspace, bounds: Bounds = BOUNDS) -> int:
    """Fetch the pictures of a site once more; return how many are left."""
    publisher = open_site(workspace.config, NOW).publisher
    with publisher.snapshot() as site:
        articles = list(read_shown_articles(site.connection))
    return PictureCache(workspace.config, publisher.pictures, bounds=bounds).run(articles)


def test_a_picture_is_fetched_once_and_shown_small_from_the_own_host(
    workspace: Workspace, sites: Pages
) -> None:
    workspace.configure(CACHED)
    lead = sites.put("/lead.jpg", draw(), "image/jpeg")
    inner = sites.put("/inner.png", draw("PNG", (200, 100)), "image/png")
    workspace.article("a", f"Text\n\n![In the text]({inner})", originalUrl=None, images=[lead])
    workspace.freeze()
    page = BeautifulSoup(workspace.read("articles/a/index.html"), "html5lib")
    sources = [str(one["srcset"]) for one in page.select("article picture source[type='image/webp']")]
    shown = page.select("article picture img")
    assert [len(source.split(", ")) for source in sources] == [2, 1]
    assert [(one["width"], one["height"]) for one in shown] == [("640", "320"), ("200", "100")]
    assert shown[1]["alt"] == "In the text"
    named = [
        part.split()[0]
        for one in (*sources, *(str(one["srcset"]) for one in shown))
        for part in one.split(", ")
    ]
    assert sorted(name.removeprefix("../../") for name in named) == list_copies(workspace)
    for path in list_copies(workspace):
        with Image.open(workspace.output / path) as copy:
            width = int(path.rpartition("-")[2].partition(".")[0])
            assert (copy.format, copy.width) == ("WEBP" if path.endswith("webp") else "JPEG", width)
    (card,) = BeautifulSoup(workspace.read("index.html"), "html5lib").select("picture img.picture")
    assert (card["width"], card["height"], bool(card["sizes"])) == ("320", "180", True)
    assert lead.encode() in workspace.read("all.atom"), "readers get the originals"
    assert workspace.freeze().written == []
    assert sorted(path for path, _ in sites.requests) == ["/inner.png", "/lead.jpg"]


def test_only_pages_that_show_a_new_picture_are_made_again(workspace: Workspace, sites: Pages) -> None:
    workspace.configure(CACHED)
    late = f"{sites.root}/late.jpg"
    workspace.article("a", images=[late], topics=["AI"])
    workspace.article("b", topics=["Robots"], provider={"name": "Other", "domain": "other.example"})
    workspace.freeze()
    assert list_copies(workspace) == []
    sites.put("/late.jpg", draw(size=(300, 300)), "image/jpeg")
    forget_failures(workspace)
    written = workspace.freeze().written
    assert len([path for path in written if path.startswith("pictures/")]) == 2
    assert {path for path in written if path.endswith(".html")} == {
        "index.html", "all/index.html", "topics/ai/index.html", "providers/example.org/index.html",
    }  # fmt: skip
    assert not [path for path in written if path.endswith((".atom", ".rss"))]
    (workspace.articles / "a.md").unlink()
    done = workspace.freeze()
    assert len([path for path in done.deleted if path.startswith("pictures/")]) == 2
    assert read_list(workspace).pictures == {}
    assert list((workspace.config.index_path.parent / "pictures").glob("*.webp")) == []


def forget_failures(workspace: Workspace) -> None:
    """Make every picture due, as if time had passed."""
    store = PictureStore(workspace.config)
    known = store.read()
    due = {url: msgspec.structs.replace(one, due=0) for url, one in known.pictures.items()}
    store.write(msgspec.structs.replace(known, pictures=due))


def test_feeds_show_the_small_ones_only_if_they_are_to(workspace: Workspace, sites: Pages) -> None:
    workspace.configure(f"{CACHED}feeds = true\n")
    lead = sites.put("/lead.jpg", draw(), "image/jpeg")
    workspace.article("a", f"Text\n\n![x]({lead})", originalUrl=None)
    workspace.article("b", images=[lead])
    workspace.freeze()
    own = next(path for path in list_copies(workspace) if path.endswith("-640.jpg"))
    for name in ("all.atom", "all.rss", "all.json", "topics/ai.atom"):
        text = workspace.read(name).decode()
        assert (lead in text, text.count(f"https://feeds.example.org/{own}") >= 2) == (False, True), name


def test_a_picture_that_failed_is_asked_for_later_and_ever_later(workspace: Workspace, sites: Pages) -> None:
    workspace.configure(CACHED)
    gone, busy = f"{sites.root}/gone.jpg", f"{sites.root}/busy.jpg"
    sites.answers["/busy.jpg"] = Answer(status=429, headers={"Retry-After": "90000"})
    workspace.article("a", images=[gone])
    workspace.article("b", images=[busy])
    done = workspace.freeze()
    assert done.problems == set()
    assert gone.encode() in workspace.read("index.html")
    now, known = time.time(), read_list(workspace).pictures
    assert 3500 < known[gone].due - now <= 3600
    assert 89_900 < known[busy].due - now <= 90_000
    workspace.freeze()
    assert len(sites.requests) == 2
    forget_failures(workspace)
    run(workspace)
    assert 7100 < read_list(workspace).pictures[gone].due - now < 7300
    assert len(sites.requests) == 4


def test_a_picture_is_asked_for_again_with_its_mark_and_stays_if_its_site_fails(
    workspace: Workspace, sites: Pages
) -> None:
    workspace.configure(CACHED)
    url = sites.put("/a.jpg", draw(), "image/jpeg", headers={"ETag": '"one"'})
    workspace.article("a", images=[url])
    workspace.freeze()
    before = list_copies(workspace)
    for answer in (None, Answer(status=500), Answer(b"<svg/>", headers={"ETag": '"two"'})):
        forget_failures(workspace)
        if answer is not None:
            sites.answers["/a.jpg"] = answer
        workspace.freeze()
        assert (list_copies(workspace) == before) == (answer is None or answer.status == 500)
    assert [headers.get("if-none-match") for _, headers in sites.requests] == [
        None,
        '"one"',
        '"one"',
        '"one"',
    ]
    sites.put("/a.jpg", draw(size=(400, 400)), "image/jpeg")
    forget_failures(workspace)
    assert run(workspace) == 0
    workspace.freeze()
    assert len(list_copies(workspace)) == 4
    assert not set(before) & set(list_copies(workspace))


def test_addresses_of_private_networks_are_never_asked(
    workspace: Workspace, sites: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    workspace.configure(CACHED)
    urls = [
        sites.put("/a.jpg", draw(), "image/jpeg"),
        "http://169.254.169.254/latest.png",
        "http://[::1]/a.png",
    ]
    for number, url in enumerate(urls):
        workspace.article(f"a{number}", images=[url])
    assert workspace.freeze().problems == set()
    assert sites.requests == []
    assert list_copies(workspace) == []


def test_a_host_that_does_not_answer_costs_no_more_than_the_bound(workspace: Workspace, sites: Pages) -> None:
    workspace.configure(CACHED)
    good = sites.put("/good.jpg", draw(size=(100, 100)), "image/jpeg")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"http://127.0.0.1:{silent.getsockname()[1]}"
        for number in range(6):
            workspace.article(f"a{number}", images=[f"{host}/{number}.jpg"])
        workspace.article("good", images=[good])
        publisher = open_site(workspace.config, NOW).publisher
        with publisher.snapshot() as site:
            articles = list(read_shown_articles(site.connection))
        slow = Fetcher("https://feeds.example.org/", allow_private=True, pause=0, seconds=1)
        left = PictureCache(workspace.config, publisher.pictures, slow, Bounds(PATIENCE, 100)).run(articles)
    assert left == 5, "a host that gave no answer is not asked again in the same run"
    assert publisher.pictures.pictures.find(good) is not None


def test_a_run_asks_for_no_more_pictures_than_its_bound_new_ones_first(
    workspace: Workspace, sites: Pages
) -> None:
    workspace.configure(CACHED)
    for number in range(4):
        workspace.article(
            f"a{number}", images=[sites.put(f"/{number}.gif", draw("GIF", (9, 9 + number)), "image/gif")]
        )
    assert run(workspace, Bounds(PATIENCE, 3)) == 1
    assert run(workspace, Bounds(PATIENCE, 3)) == 0
    assert len({path for path, _ in sites.requests}) == 4


def test_nothing_is_fetched_twice_at_the_same_time(workspace: Workspace, sites: Pages) -> None:
    workspace.configure(CACHED)
    workspace.article("a", images=[sites.put("/a.jpg", draw(), "image/jpeg")])
    with PictureStore(workspace.config).lock() as is_ours:
        assert is_ours
        assert run(workspace) == 0
    assert sites.requests == []


def test_without_the_library_a_problem_names_the_extra_and_pages_show_the_originals(
    workspace: Workspace, sites: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "can_shrink", lambda: False)
    url = sites.put("/a.jpg", draw(), "image/jpeg")
    workspace.article("a", images=[url])
    assert [one for one in workspace.problems() if one.code == "no-pillow"] == []
    workspace.configure(CACHED)
    (problem,) = workspace.freeze().problems
    assert (problem.code, "feeds[images]" in problem.hint) == ("no-pillow", True)
    assert [one.code for one in workspace.problems()] == ["no-pillow"]
    assert url.encode() in workspace.read("index.html")
    assert sites.requests == []


@pytest.fixture
def client(workspace: Workspace, sites: Pages) -> FlaskClient:
    workspace.configure(CACHED)
    workspace.article("a", images=[sites.put("/a.jpg", draw(), "image/jpeg")])
    return create(open_site(workspace.config, NOW).publisher).test_client()


def test_a_server_fetches_a_picture_in_the_background_and_shows_it_as_soon_as_it_is_there(
    workspace: Workspace, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_PICTURES_SECONDS", 0.01)
    until(lambda: b"<picture>" in client.get("/").data)
    path = next(read_list(workspace).list_paths())
    answer = client.get(f"/{path}")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert client.get(f"/{path}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    for other in ("pictures/list.json", "pictures/lock", "pictures/../index.sqlite", "pictures/0-320.webp"):
        assert client.get(f"/{other}").status_code in (404, 308)


def test_a_list_that_somebody_changed_leads_nowhere(workspace: Workspace, client: FlaskClient) -> None:
    run(workspace)
    store, url = PictureStore(workspace.config), next(iter(read_list(workspace).pictures))
    for name in ("../../config", "a" * 19, "A" * 20, ""):
        store.write(
            Pictures("b", 1, {url: msgspec.structs.replace(read_list(workspace).pictures[url], hash=name)})
        )
        assert PictureStore(workspace.config).pictures.find(url) is None
        assert b"<picture>" not in client.get("/all/").data
        workspace.config.index_path.with_name("pictures").joinpath("list.json").unlink()
        run(workspace)
    Path(store.folder / "list.json").write_bytes(b"{")
    assert run(workspace) == 0
    assert store.pictures.find(url) is not None


def test_pictures_of_the_own_site_and_of_texts_that_have_no_page_are_not_fetched(
    workspace: Workspace,
) -> None:
    picture = '<img src="https://o.example/%s.png?a=1&amp;b=2" alt="">'
    day = NOW
    linked = Article("a.md", "urn:a", "A", day, day, url="https://example.org/", body=picture % "linked")
    own = Article(
        "b.md",
        "urn:b",
        "B",
        day,
        day,
        body=picture % "own" + '<img src="https://feeds.example.org/articles/b/c.png" alt="">',
    )
    assert list(list_pictures([linked, own], workspace.config)) == ["https://o.example/own.png?a=1&b=2"]


def test_a_copy_is_turned_as_it_was_taken_and_tells_nothing_about_where() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A camera"
    exif.get_ifd(0x8825)[1] = "N"
    small, large = shrink(draw(size=(1400, 700), exif=exif, comment=b"at home"))
    assert [(one.width, one.height) for one in (small, large)] == [(320, 640), (640, 1280)]
    for body in (small.webp, small.jpg):
        with Image.open(BytesIO(body)) as copy:
            assert not copy.getexif()
            assert copy.size == (320, 640)
        assert b"home" not in body
        assert b"camera" not in body.lower()


def test_transparency_is_white_where_there_is_none() -> None:
    opened = BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(opened, "PNG")
    (copy,) = shrink(opened.getvalue())
    with Image.open(BytesIO(copy.jpg)) as plain, Image.open(BytesIO(copy.webp)) as clear:
        assert plain.convert("RGB").getpixel((5, 5)) == (255, 255, 255)
        assert clear.mode == "RGBA"


def bomb(width: int, height: int) -> bytes:
    """A picture of few bytes and very many pixels."""
    opened = BytesIO()
    Image.new("1", (width, height)).save(opened, "PNG")
    return opened.getvalue()


@for_each(
    "make",
    [
        lambda: b"", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n",
        lambda: draw()[:200], lambda: b"\xff\xd8\xff" * 99, lambda: bomb(12_000, 9_000), lambda: bomb(1, 9000),
        lambda: draw("TIFF", (20, 20)), lambda: draw("BMP", (20, 20)),
        lambda: draw("GIF", (20, 20), save_all=True, append_images=[Image.new("RGB", (20, 20), "red")]),
    ],
)  # fmt: skip
def test_what_is_no_plain_picture_has_no_copy_and_harms_nobody(make: Callable[[], bytes]) -> None:
    assert shrink(make()) == []


def test_a_change_is_known_by_the_state_before_it() -> None:
    copies = Pictures("born", 3, {"a": Picture(changed=1), "b": Picture(changed=3)})
    assert copies.find_changed("born.3") == set()
    assert copies.find_changed("born.2") == {"b"}
    assert copies.find_changed("other.2") is None
    assert copies.find_changed("") is None
    assert Pictures().find_changed("") == set()
