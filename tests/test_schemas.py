"""Every Atom document follows RFC 4287, every JSON document JSON Feed 1.1, OPML holds every feed in its group."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from lxml import etree
from sites import CONFIG, CORPUS, ROOT, Workspace

SCHEMAS = Path(__file__).parent / "schemas"
FOLDERS = {"sample": ROOT / "seeds"} | {
    name: CORPUS / name for name in ("_news", "_learning/videos", "_samples")
}


@pytest.fixture(scope="module", params=FOLDERS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = FOLDERS[request.param]
    if not folder.is_dir():
        pytest.skip("the shared corpus is not beside the project")
    workspace = Workspace(tmp_path_factory.mktemp("schemas") / "site")
    base = CONFIG.replace('path = "articles"', f'path = "{folder.as_posix()}"')
    workspace.configure(
        "[feeds]\nlimit = 20\npage_size = 15\n"
        '[selections.top]\ntitle = "Top"\nsort = "quality"\n[selections.weekly]\ntitle = "Weekly"\ndigest = "weekly"\n'
        '[websub]\nhubs = ["https://hub.example.org/"]\n',
        base,
    )
    workspace.freeze(datetime(2026, 11, 1, tzinfo=UTC))
    return workspace


def test_every_atom_document_follows_rfc_4287(site: Workspace) -> None:
    schema = etree.RelaxNG(etree.parse(SCHEMAS / "atom.rng"))
    documents = sorted(site.output.rglob("*.atom"))
    assert documents
    for path in documents:
        assert schema.validate(etree.parse(path)), f"{path}: {schema.error_log}"


def test_every_json_document_follows_json_feed(site: Workspace) -> None:
    schema = jsonschema.Draft202012Validator(json.loads((SCHEMAS / "jsonfeed.json").read_text()))
    documents = [
        path
        for path in sorted(site.output.rglob("*.json"))
        if path.name[0] != "." and path.name != "feeds.json"
    ]
    assert documents
    for path in documents:
        errors = [
            f"{error.json_path}: {error.message}"
            for error in schema.iter_errors(json.loads(path.read_text()))
        ]
        assert errors == [], path


def test_opml_and_catalogue_name_every_feed_in_its_group(site: Workspace) -> None:
    opml = etree.parse(site.output / "feeds.opml")
    listed = {
        outline.get("xmlUrl", "").removeprefix("https://feeds.example.org/")
        for outline in opml.iterfind("body/outline/outline")
    }
    there = {
        path.relative_to(site.output).as_posix()
        for path in site.output.rglob("*.atom")
        if path.parent.name != "archive"
    }
    assert listed == there
    groups = [outline.get("text") for outline in opml.iterfind("body/outline")]
    assert groups[:4] == ["Selections", "Everything", "Topics", "Providers"]
    catalogue = json.loads(site.read("feeds.json"))
    assert {f["urls"]["atom"].removeprefix("https://feeds.example.org/") for f in catalogue["feeds"]} == there
    assert sum(f["articles"] for f in catalogue["feeds"] if f["group"] == "Everything") > 40


def test_the_schemas_find_faults() -> None:
    atom = etree.RelaxNG(etree.parse(SCHEMAS / "atom.rng"))
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><id>x:y</id><title>t</title><updated>{}</updated></feed>'
    )
    assert atom.validate(etree.fromstring(feed.format("2024-01-01T00:00:00Z")))
    assert not atom.validate(etree.fromstring(feed.format("2024-01-01")))
    assert not atom.validate(
        etree.fromstring(feed.format("2024-01-01T00:00:00Z").replace("<title>t</title>", ""))
    )
    schema = jsonschema.Draft202012Validator(json.loads((SCHEMAS / "jsonfeed.json").read_text()))
    good = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "t",
        "items": [{"id": "1", "content_text": "x"}],
    }
    assert schema.is_valid(good)
    assert not schema.is_valid(good | {"items": [{"id": 1, "content_text": "x"}]})
    assert not schema.is_valid(good | {"items": [{"id": "1"}]})
    assert not schema.is_valid(good | {"unknown": 1})
