"""The page for building a feed, as the application answers it and as it is frozen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from query_site import BASE, write_articles
from sites import NOW, Workspace, as_file, tree

from feeds.site import open_site
from feeds.web.app import create


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    workspace = write_articles(Workspace(tmp_path_factory.mktemp("building") / "site"))
    return create(open_site(workspace.config, NOW, search=True).publisher).test_client()


def soup(text: str | bytes) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def page(client: FlaskClient, query: str, status: int = 200) -> BeautifulSoup:
    response = client.get(f"/build/?{query}")
    assert (response.status_code, response.mimetype) == (status, "text/html")
    return soup(response.text)


def texts(found: BeautifulSoup, selector: str) -> list[str]:
    return [" ".join(element.text.split()) for element in found.select(selector)]


def chosen(found: BeautifulSoup) -> Iterator[tuple[str, str]]:
    for field in found.select("#build input[name]"):
        if field.has_attr("checked") if field.get("type") == "checkbox" else field.get("value"):
            yield str(field["name"]), str(field["value"])


def test_it_shows_a_choice_what_it_selects_and_where_its_feed_is(client: FlaskClient) -> None:
    found = page(client, "type=video&topic=Robotics&topic=AI&q=robot&min_quality=10")
    assert set(chosen(found)) == {
        ("topic", "ai"), ("topic", "robotics"), ("type", "video"), ("q", "robot"), ("min_quality", "10"),
    }  # fmt: skip
    assert texts(found, "#found") == ["1 article"]
    assert texts(found, "#result h3") == ["About robot-arms"]
    one = "?topic=ai&topic=robotics&type=video&q=robot&min_quality=10"
    addresses = [str(link["href"]) for link in found.select("#result .address a")]
    assert addresses == [f"../feed.{ending}{one}" for ending in ("atom", "rss", "json")]
    for address in addresses:
        feed = client.get(address.removeprefix(".."))
        assert feed.status_code == 200, address
        assert b"About robot-arms" in feed.data
        assert b"About chess" not in feed.data


def test_its_addresses_are_shown_whole(client: FlaskClient) -> None:
    fields = page(client, "topic=AI").select("#result .address input")
    assert [field["value"] for field in fields] == [
        f"{BASE}/feed.{ending}?topic=ai" for ending in ("atom", "rss", "json")
    ]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("topic=Robotix", 'topic: there is no topic "Robotix". Did you mean "Robotics"?'),
        ("min_quality=good", 'min_quality: "good" must be a whole number'),
        ("q=-only", "q: write 1 to 20 words"),
        ("x=" + "y" * 5000, "The parameters are longer than 4,000 characters."),
    ],
)
def test_a_bad_parameter_is_400_with_its_sentence_beside_what_was_given(
    client: FlaskClient, query: str, says: str
) -> None:
    found = page(client, query, 400)
    (problem,) = texts(found, "[role=alert]")
    assert says in problem
    if not query.startswith("x="):
        assert tuple(query.split("=")) in set(chosen(found))
    assert not found.select("#result h3")


def test_what_people_type_stays_text(client: FlaskClient) -> None:
    typed = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    for name, status in (("q", 200), ("topic", 400), ("provider", 400), ("type", 400), ("language", 400)):
        response = client.get("/build/", query_string={name: typed})
        assert response.status_code == status
        found = soup(response.text)
        assert not [
            s for s in found.select("script") if not s.get("src") and s.get("type") != "application/ld+json"
        ]
        assert not found.select("[onerror]")
        assert typed in unescape(response.text)


def test_answers_to_a_choice_are_for_one_person_and_no_search_engine(client: FlaskClient) -> None:
    for query in ("topic=ai", "topic=zzz", "q="):
        response = client.get(f"/build/?{query}", headers={"Accept-Encoding": "br"})
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert response.headers["Content-Encoding"] == "br"
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        assert "ETag" not in response.headers
        head = client.head(f"/build/?{query}")
        assert (head.data, head.status_code) == (b"", response.status_code)
    assert f'<link rel="canonical" href="{BASE}/build/">' in client.get("/build/?topic=ai").text


def test_without_a_choice_it_is_a_document_that_is_frozen_too(workspace: Workspace) -> None:
    write_articles(workspace).freeze()
    client = create(open_site(workspace.config, NOW, search=True).publisher).test_client()
    plain = client.get("/build/")
    assert as_file(plain.data) == workspace.read("build/index.html")
    assert plain.headers["Cache-Control"].startswith("public")
    assert client.get("/build").headers["Location"] == f"{BASE}/build/"
    # An empty form has chosen nothing: all articles.
    answered = soup(client.get("/build/?q=&min_quality=").text)
    assert texts(answered, "#found") == ["5 articles"]
    assert answered.select("#result .address a")[0].get("href") == "../all.atom"


def test_an_edited_article_leaves_the_frozen_page_as_it_is(workspace: Workspace) -> None:
    write_articles(workspace).freeze()
    workspace.article("chess", topics=["AI"], title="Another title", type="article")
    plan = workspace.freeze()
    assert "topics/ai.atom" in plan.written
    assert "build/index.html" not in plan.written
    workspace.article("kites", topics=["Kites"])
    assert "build/index.html" in workspace.freeze().written


def test_feeds_without_pages_have_no_such_page(workspace: Workspace) -> None:
    write_articles(workspace)
    workspace.configure("[output]\npages = false\n")
    workspace.freeze()
    assert not [path for path in tree(workspace.output) if path.startswith("build/")]


@pytest.mark.slow
def test_short_lists_of_names_are_in_the_page_and_long_ones_are_not(workspace: Workspace) -> None:
    for number in range(201):
        workspace.article(
            f"a{number}", topics=[f"Topic {number % 20}"], provider={"domain": f"p{number}.example"}
        )
    workspace.freeze()
    found = soup(workspace.read("build/index.html"))
    assert len(found.select("input[type=checkbox][name=topic]")) == 12
    assert len(found.select("#known-topics option")) == 20
    assert len(found.select("#known-providers option")) == 0
    assert re.search(
        rb'<datalist id="known-providers" data-kind="providers">', workspace.read("build/index.html")
    )


@pytest.mark.parametrize(
    ("query", "conditions"),
    [
        ("topic=machines", 'topics = ["Machines"]'),
        ("exclude_topic=machines", 'exclude_topics = ["Machines"]'),
        ("topic=ai&topic=gardens&type=video", 'topics = ["AI", "Gardens"]\ntypes = ["video"]'),
        ("provider=gruen.example&language=de", 'providers = ["gruen.example"]\nlanguage = "de"'),
        ("category=games&min_quality=10", 'categories = ["games"]\nmin_quality = 10'),
    ],
)
def test_a_choice_and_the_same_in_config_toml_are_the_same_articles(
    client: FlaskClient, workspace: Workspace, query: str, conditions: str
) -> None:
    write_articles(workspace)
    own = (workspace.folder / "config.toml").read_text()
    workspace.configure(base=f'{own}\n[selections.my-feed]\ntitle = "My feed"\n{conditions}\n')
    workspace.freeze()
    ids = re.findall(rb"<id>urn:uuid:[^<]+</id>", client.get(f"/feed.atom?{query}").data)[1:]
    assert ids
    assert re.findall(rb"<id>urn:uuid:[^<]+</id>", workspace.read("feeds/my-feed.atom"))[1:] == ids
