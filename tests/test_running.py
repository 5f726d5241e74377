"""What a running server says: of articles, of its state, and of changes of the configuration."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families
from servers import Server
from sites import NOW, Workspace, save
from waiting import PATIENCE, until

from feeds.config.schema import Config
from feeds.index import open_index
from feeds.publisher.snapshot import Publisher
from feeds.site import open_site
from feeds.web.app import create_app, stop
from feeds.web.supervisor import Supervisor

pytestmark = pytest.mark.slow

TOKEN = "0123456789abcdefghijklmnopqrstuvwxyz"  # noqa: S105 - of the tests alone
PRIVATE = '[private.editors]\ntitle = "Editors"\ntoken_file = "token"\n'
TOPIC = "name: AI\ntitle: {title}\n"


class Running:
    """A server that runs in a folder, and what it has printed."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.folder = workspace.folder
        self._errors = workspace.folder / "errors.txt"
        self.server = Server(workspace.folder / "config.toml", errors=self._errors)

    @property
    def said(self) -> str:
        return self._errors.read_text()

    def hears(self, text: str, times: int = 1) -> None:
        until(lambda: self.said.count(text) >= times, f"{text!r} in {self.said!r}")

    def has(self, path: str, text: str) -> bool:
        response, body = self.server.get(path)
        return response.status == 200 and text.encode() in body


def prepare(workspace: Workspace) -> None:
    """Make a site that has all that its documents may depend on."""
    workspace.article("good")
    workspace.article("draft", published=False)
    workspace.write("bad.md", "---\ntitle: 'a quote too few\n---\n")
    (workspace.folder / "token").write_text(TOKEN)
    (workspace.folder / "topics").mkdir()
    (workspace.folder / "topics" / "ai.yaml").write_text(TOPIC.format(title="First title"))
    (workspace.folder / "pages" / "inner").mkdir(parents=True)
    workspace.configure(EXTRA)


@pytest.fixture
def running(workspace: Workspace) -> Iterator[Running]:
    prepare(workspace)
    running = Running(workspace)
    yield running
    running.server.stop()


EXTRA = '[server]\nworkers = 1\n[topics]\npath = "topics"\n[pages]\ntemplates = "pages"\n' + PRIVATE


def test_a_server_says_its_state_and_each_new_and_each_mended_problem(running: Running) -> None:
    workspace, server = running.workspace, running.server
    _, body = until(server.ask_health, "it is well")
    assert re.fullmatch(rb"ok: 1 articles, 1 faulty, synced \d+ s ago\n", body)
    families = {
        family.name: family.samples[0].value
        for family in text_string_to_metric_families(server.get("/metrics")[1].decode())
        if family.samples
    }
    assert (families["feeds_articles"], families["feeds_faulty_files"]) == (1, 1)
    assert 0 <= families["feeds_seconds_since_sync"] < PATIENCE

    workspace.article("folder/new", publishedDateTime=None)
    running.hears("new.md")
    (line,) = [line for line in running.said.splitlines() if "folder/new.md" in line]
    assert re.search(r"articles/folder/new\.md(:\d+)*: error: publishedDateTime: .+ \[missing-date\]$", line)
    workspace.article("folder/new")
    running.hears("mended: ")
    (line,) = [line for line in running.said.splitlines() if line.startswith("mended: ")]
    assert re.search(r"articles/folder/new\.md: publishedDateTime: .+ \[missing-date\]$", line)
    (workspace.articles / "bad.md").unlink()
    running.hears("gone: ")
    assert running.said.count("bad.md") == 1, "what was wrong at the start is counted, not listed"
    assert until(server.ask_health, "it is well")[1].startswith(b"ok: 2 articles, 0 faulty, synced ")

    server.process.terminate()
    assert server.process.stdout
    output = server.process.stdout.read()
    assert "1 article in 3 channels, 1 faulty; held back: 1 unpublished; the index last changed" in output
    assert f"http://127.0.0.1:{server.port}/private/editors/<token>/feed.atom" in output
    assert TOKEN not in output


def test_in_use_now_is_true_and_what_only_a_restart_can_change_is_named(running: Running) -> None:
    workspace = running.workspace
    more = EXTRA.replace("workers = 1", "workers = 2\nmemory = 32")
    workspace.configure(more)
    sentence = "in use now, but for server.workers and server.memory: these need a restart of the server."
    running.hears(sentence)
    workspace.configure(more + '[selections.new]\ntitle = "New feed"\n')
    running.hears(sentence, times=2)
    assert all(running.has("/feeds/new.atom", "New feed") for _ in range(20)), "in every worker"


class Supervised:
    """The supervisor of a server whose workers change over at once."""

    def __init__(self, workspace: Workspace) -> None:
        from feeds.web.server import ConfigSource

        self.said: list[str] = []
        self.reads = 0
        self._source = ConfigSource(str(workspace.folder / "config.toml"))
        self.site = open_site(self._source.read(), NOW, search=True)
        self.publisher = self.site.publisher
        self._supervisor = Supervisor(self.site, self._read, self._reload, self.said.append)
        self._supervisor.start()
        self.stop = self._supervisor.stop

    def _read(self) -> Config:
        self.reads += 1
        return self._source.read()

    def _reload(self, config: Config, done: Callable[[], None]) -> None:
        self.publisher = Publisher(config, open_index(config))
        done()

    def has(self, path: str, text: str) -> bool:
        with self.publisher.snapshot() as site:
            document = site.document(path)
        return document is not None and text.encode() in document.body

    def hears(self, text: str, times: int = 1) -> None:
        until(lambda: "\n".join(self.said).count(text) >= times, f"{text!r} in {self.said!r}")


@pytest.fixture
def supervised(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervised]:
    monkeypatch.setattr("feeds.sync.watch._TICK_SECONDS", 0.1)
    monkeypatch.setattr("feeds.sync.config_files._RETRY_SECONDS", 0.2)
    prepare(workspace)
    supervised = Supervised(workspace)
    yield supervised
    supervised.stop()


BEST = '[selections.best]\ntitle = "Best of all"\n'


def test_files_of_curators_and_templates_are_noticed_however_they_are_saved(
    workspace: Workspace, supervised: Supervised
) -> None:
    topics = workspace.folder / "topics"
    assert supervised.has("topics/ai/", "First title")
    save(topics / "ai.yaml", TOPIC.format(title="Other title"))
    supervised.hears("is in use now.")
    assert supervised.has("topics/ai/", "Other title")
    stamp = (topics / "ai.yaml").stat()
    with (topics / "ai.yaml").open("r+") as opened:
        opened.write(TOPIC.format(title="OTHER title"))
    os.utime(topics / "ai.yaml", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    supervised.hears("is in use now.", times=2)
    assert supervised.has("topics/ai/", "OTHER title"), "of the same size and time"

    save(topics / "ai.yaml", "name: 'AI\n")
    supervised.hears("the old one stays in use")
    assert "topics/ai.yaml" in supervised.said[-1]
    assert supervised.has("topics/ai/", "OTHER title"), "a broken file takes nothing away"
    save(topics / "ai.yaml", TOPIC.format(title="OTHER title"))
    supervised.hears("The configuration is in order again")
    save(topics / "more.yaml", "name: More\ntitle: One more\n")
    supervised.hears("is in use now.", times=3)

    template = workspace.folder / "pages" / "inner" / "foot.html"
    save(template, "in a folder below")
    supervised.hears("is in use now.", times=4)
    save(workspace.folder / "pages" / "feed.html", "{% if %}")
    supervised.hears("the old one stays in use", times=2)
    assert "feed.html" in supervised.said[-1]


def test_config_toml_may_be_a_link_that_is_swapped_or_be_gone_for_a_while(
    workspace: Workspace, supervised: Supervised
) -> None:
    folder = workspace.folder
    file = folder / "config.toml"
    text = file.read_text()
    # As Kubernetes does with ConfigMaps: nothing in the folder of the file itself changes.
    for name, contents in (("..one", text), ("..two", text + BEST)):
        (folder / name).mkdir()
        (folder / name / "config.toml").write_text(contents)
    (folder / "..data").symlink_to("..one")
    (folder / "link").symlink_to("..data/config.toml")
    (folder / "link").rename(file)
    (folder / "..swap").symlink_to("..two")
    (folder / "..swap").rename(folder / "..data")
    supervised.hears("is in use now.")
    assert supervised.has("feeds/best.atom", "Best of all")

    file.unlink()
    supervised.hears("there is no such file")
    assert supervised.has("feeds/best.atom", "Best of all")
    save(file, text + BEST)
    supervised.hears("The configuration is in order again; it is the one in use.")
    file.touch()
    save(file, text + BEST.replace("Best of all", "All the best"))
    supervised.hears("is in use now.", times=2)
    assert supervised.has("feeds/best.atom", "All the best")
    assert len(supervised.said) == 4, "each is said once, and a touch is no change"


def test_a_configuration_at_fault_is_said_once_and_used_when_what_it_names_is_there(
    workspace: Workspace, supervised: Supervised
) -> None:
    file = workspace.folder / "config.toml"
    text = file.read_text()
    save(file, text.replace("title =", "titl =") + "[feeds]\nlimit = 'x'\n")
    supervised.hears("the old one stays in use:")
    assert 'Did you mean "title"?' in supervised.said[-1]
    assert "feeds.limit" in supervised.said[-1]
    save(file, text.replace('token_file = "token"', 'token_file = "other"') + BEST)
    supervised.hears("names a file that is not there")
    save(workspace.folder / "other", TOKEN)
    supervised.hears("is in use now.")
    save(file, text + BEST + '[providers]\npath = "providers"\n')
    supervised.hears("the old one stays in use:", times=3)
    seen = supervised.reads
    until(lambda: supervised.reads > seen + 1, "it is read again and again")
    (workspace.folder / "providers").mkdir()
    supervised.hears("is in use now.", times=2)
    assert len(supervised.said) == 5


def test_another_index_and_another_folder_of_articles_need_no_restart(
    workspace: Workspace, supervised: Supervised
) -> None:
    text = (workspace.folder / "config.toml").read_text()
    moved = workspace.folder / "elsewhere"
    moved.mkdir()
    for file in workspace.articles.iterdir():
        (moved / file.name).write_bytes(file.read_bytes())
    text = text.replace('path = "articles"', 'path = "elsewhere"')
    save(workspace.folder / "config.toml", f'{text}\n[index]\npath = "other.sqlite"\n')
    supervised.hears("is in use now.")
    (moved / "more.md").write_bytes((moved / "good.md").read_bytes().replace(b"good", b"moved"))
    until(lambda: supervised.has("all.json", "About moved"), "in the other folder and index")
    assert (workspace.folder / "other.sqlite").exists()


def test_a_process_that_does_not_sync_follows_its_configuration_too(
    workspace: Workspace, supervised: Supervised
) -> None:
    second = Supervised(workspace)
    workspace.configure(EXTRA + BEST)
    supervised.hears("is in use now.")
    second.hears("is in use now.")
    assert second.has("feeds/best.atom", "Best of all")
    second.stop()


def test_an_application_in_another_server_says_that_it_needs_a_restart(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    prepare(workspace)
    app = create_app(workspace.folder / "config.toml")
    app.test_client().get("/all.atom")
    workspace.configure(EXTRA + BEST)
    until(lambda: "The old one stays in use until a restart." in caplog.text, "a change that is not used")
    stop(app)


def test_a_record_of_digests_that_is_edited_is_noticed(workspace: Workspace) -> None:
    for day in range(1, 4):
        workspace.article(f"a{day}", publishedDateTime=f"2024-01-0{day}T12:00:00Z")
    workspace.configure('[selections.daily]\ntitle = "Each day"\ndigest = "daily"\n')
    site = open_site(workspace.config, NOW)

    def titles() -> str:
        with site.publisher.snapshot() as snapshot:
            document = snapshot.document("feeds/daily.json")
        assert document
        return document.body.decode()

    record = workspace.folder / "digests.json"
    assert "Each day" in titles()
    generation = site.syncer.read_generation()
    site.syncer.sync_below([], NOW)
    assert site.syncer.read_generation() == generation, "nothing changed"
    before = record.read_bytes()
    record.write_bytes(before.replace(b"Each day", b"Every day"))
    site.syncer.sync_below([], NOW)
    assert "Every day: " in titles()
    record.write_bytes(before)
    site.syncer.sync_below([], NOW)
    assert "Every day: " not in titles()
