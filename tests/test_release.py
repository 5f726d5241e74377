"""A release says which version it is, and nobody publishes but the job that does; building it is `make release-check`."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from sites import ROOT

SPEC = importlib.util.spec_from_file_location("release", ROOT / "tools" / "release.py")
assert SPEC
assert SPEC.loader
release = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(release)

RELEASE = ROOT / ".github" / "workflows" / "release.yml"
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
WORKFLOWS = [*(ROOT / ".github" / "workflows").glob("*.yml"), ROOT / "action.yml"]


def test_the_notes_of_a_release_are_its_section_of_the_changelog_alone() -> None:
    text = "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-11-28\n\n### Added\n\n- One.\n\n## 0.1.0\n\n- Two.\n"
    assert release.read_notes(text, "0.2.0") == "### Added\n\n- One.\n"
    assert release.read_notes(text, "0.1.0") == "- Two.\n"
    assert release.read_notes(text, "0.2") == release.read_notes(text, "0x2.0") == ""
    assert len(release.read_notes(CHANGELOG, release.read_version(ROOT))) > 1000


@pytest.mark.parametrize(
    ("tag", "notes", "fault"),
    [("v0.2.0", "- One.\n", ""), ("0.2.0", "- One.\n", "The tag 0.2.0 is not v0.2.0, the version in feeds/version.py."),
     ("v0.2.1", "- One.\n", "The tag v0.2.1 is not v0.2.0, the version in feeds/version.py."),
     ("v0.2.0", "", "CHANGELOG.md has no section for 0.2.0.")],
)  # fmt: skip
def test_a_tag_that_is_not_the_version_or_has_no_notes_is_refused(tag: str, notes: str, fault: str) -> None:
    assert release.find_fault(tag, "0.2.0", notes) == fault


def test_every_place_that_names_a_version_names_that_of_the_package() -> None:
    version = release.read_version(ROOT)
    files = [
        file
        for folder in ("deploy", "docs", "feeds/collect/templates")
        for ending in ("md", "yml", "yaml")
        for file in (ROOT / folder).rglob(f"*.{ending}")
    ]
    named = [
        (file.name, found)
        for file in files
        for found in re.findall(r"(?:\bfeeds(?::|@v)|newTag: \")(\d+\.\d+\.\d+)", file.read_text())
    ]
    assert len(named) >= 7
    assert {found for _, found in named} == {version}, named


def test_only_the_job_that_publishes_may_show_who_it_is_and_none_may_write_more_than_it_does() -> None:
    workflow = yaml.safe_load(RELEASE.read_text())
    assert workflow["permissions"] == {}
    rights = {name: job["permissions"] for name, job in workflow["jobs"].items()}
    assert [name for name, right in rights.items() if "id-token" in right] == ["publish"]
    assert {name: [key for key, value in right.items() if value == "write"] for name, right in rights.items()} == {
        "build": [], "publish": ["id-token", "attestations"], "image": ["packages"],
        "announce": ["contents"],
    }  # fmt: skip
    assert "secrets." not in RELEASE.read_text()
    # What has a token that can publish runs nothing of this repository.
    assert not any("run" in step for step in workflow["jobs"]["publish"]["steps"])


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_every_action_is_pinned_by_its_commit_and_named_with_its_version(file: Path) -> None:
    for line in re.findall(r"uses: (.*)", file.read_text()):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", line), line


def test_an_installation_has_the_fast_parser_where_it_has_a_wheel_and_nowhere_else() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    [wanted] = [Requirement(text) for text in project["dependencies"] if text.startswith("yaml-rs")]
    assert wanted.marker is not None
    here: dict[str, str] = {name: str(value) for name, value in default_environment().items()}
    here |= {"platform_python_implementation": "CPython", "extra": ""}

    def has(machine: str, python: str = "3.13", **more: str) -> bool:
        assert wanted.marker is not None
        return wanted.marker.evaluate({**here, "platform_machine": machine, "python_version": python, **more})

    assert all(
        has(one, python) for one in ("x86_64", "aarch64", "AMD64", "arm64") for python in ("3.11", "3.14")
    )
    assert not any(has(machine) for machine in ("armv7l", "s390x", "riscv64", "i686", "x86"))
    assert not has("x86_64", "3.15")
    assert not has("x86_64", platform_python_implementation="PyPy")
    assert not {"fast", "lint"} & project["optional-dependencies"].keys()


def test_the_container_for_developers_is_json_and_forwards_the_port_of_the_server() -> None:
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    assert container["forwardPorts"] == [5000]
