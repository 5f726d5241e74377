"""The images and services of deploy/ are built on a separate machine, and the result serves feeds."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from machine import Machine, need_machines
from programs import require_program
from sites import ROOT, Workspace

# To build an image takes a minute on a quiet machine with two cores.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

DEPLOY = ROOT / "deploy"
UNITS = DEPLOY / "systemd"
# What `make needs` has downloaded, if it is what the image asks for now.
WHEELS = Path(sys.prefix) / "wheels"
LOADED = "feeds.freeze.freeze, feeds.site, feeds.web.app, feeds.web.server, feeds.web.worker_process, granian.server"
FETCH = (
    "import sys, time, urllib.request\n"
    "for _ in range(2400):\n"
    "    try: body = urllib.request.urlopen('http://127.0.0.1:5000' + sys.argv[1]).read()\n"
    "    except OSError: time.sleep(0.05)\n"
    "    else: sys.stdout.buffer.write(body); break\n"
    "else: sys.exit('no answer')\n"
)


class Step(NamedTuple):
    """An instruction of a Containerfile and its arguments."""

    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """Its arguments, as a list."""
        return list(json.loads(self.text)) if self.text.startswith("[") else shlex.split(self.text)


def steps() -> list[Step]:
    """The instructions of the Containerfile, in order."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Containerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [Step(*line.split(" ", 1)) for line in lines if line]


def step(name: str) -> Step:
    """The last instruction of a name, which is the one that counts."""
    return [found for found in steps() if found.name == name][-1]


def copy(words: list[str], machine: Machine) -> None:
    """Do what COPY does; the results of an earlier stage are in their place already."""
    if words[0].startswith("--from="):
        assert words[1] == words[2]
        return
    *sources, target = words
    place = machine.files / target.lstrip("/")
    for source in sources:
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, place)


def have_wheels() -> bool:
    """Whether all files that an image installs are in WHEELS."""
    asked = [DEPLOY / "requirements.txt", DEPLOY / "build-requirements.txt"]
    copies = [WHEELS / path.name for path in asked]
    return all(
        copy.exists() and copy.read_bytes() == path.read_bytes()
        for copy, path in zip(copies, asked, strict=True)
    )


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """A machine on which all steps of the Containerfile were done, in order, as they stand there."""
    need_machines()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        made = Machine(Path(folder))
        environment = ""
        if have_wheels():
            shutil.copytree(WHEELS, made.files / "wheels")
            made.settings |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}
        for instruction in steps():
            if instruction.name == "FROM":
                environment = ""
            if instruction.name == "ENV":
                environment = f"export {instruction.text}; "
            if instruction.name == "COPY":
                copy(instruction.words, made)
            if instruction.name == "RUN":
                made.run(environment + instruction.text, online=True)
        # pip would have compiled all; here it is what services load, who may not write what they compile.
        made.run(f"/opt/feeds/bin/python -c 'import {LOADED}'")
        yield made


@pytest.fixture
def site(machine: Machine, workspace: Workspace) -> Iterator[str]:
    """A site at /site that holds nothing but articles and a configuration; index and output are elsewhere."""
    for n in range(5):
        workspace.article(f"a{n}", topics=["AI", f"T{n}"])
    workspace.configure('[output]\npath = "/state/build"\n')
    shutil.copytree(workspace.folder, machine.files / "site", dirs_exist_ok=True)
    yield "/site"
    shutil.rmtree(machine.files / "site")


def test_an_image_holds_nothing_that_installs_or_builds(machine: Machine) -> None:
    for python in ("python", "/opt/feeds/bin/python"):
        found = machine.run(f"{python} -c 'import importlib.util as u; print(u.find_spec(\"pip\"))'")
        assert found == "None\n", python
    found = machine.run(
        "/opt/feeds/bin/python -c 'import importlib.util as u; print(u.find_spec(\"setuptools\"))'"
    )
    assert found == "None\n"


def test_an_image_can_keep_its_index_in_postgresql(machine: Machine) -> None:
    assert machine.run("/opt/feeds/bin/python -c 'import psycopg; print(psycopg.pq.__impl__)'") == "binary\n"


def test_a_container_serves_what_it_freezes_as_a_user_without_rights_over_files_that_it_cannot_write(
    machine: Machine, site: str
) -> None:
    user, group = step("USER").text.split(":")
    become = f"setpriv --reuid={user} --regid={group} --clear-groups --no-new-privs --bounding-set=-all"
    start = shlex.join(step("ENTRYPOINT").words)
    health = re.search(r"CMD (\[.*\])", step("HEALTHCHECK").text)
    assert health
    program = f"""
        export {step("ENV").text}
        cd {step("WORKDIR").text}
        {become} touch {site}/x 2>/dev/null && exit 1
        {become} {start} freeze >/dev/null
        {become} {start} {shlex.join(step("CMD").words)} >/dev/null & server=$!
        python -c {shlex.quote(FETCH)} /topics/ai.atom
        until {become} {shlex.join(json.loads(health[1]))}; do sleep 0.1; done
        cmp -s /state/build/topics/ai.atom /dev/null && exit 1
        grep -q "^Uid:.{user}" /proc/$server/status
        kill $server
        wait $server
        printf '\\n===\\n'
        cat /state/build/topics/ai.atom
    """
    # As with --read-only: nothing can be written but what is mounted for it.
    mounts = (
        "mount -o remount,ro .\n"
        f"mount -t tmpfs -o uid={user},gid={group} tmpfs {step('VOLUME').text.lstrip('/')}"
    )
    served, frozen = machine.run(program, prepare=mounts).split("\n===\n")
    assert "About a4" in served
    assert served == frozen


PROBE = """\
[Unit]
DefaultDependencies=no
After=feeds.service feeds-freeze.service

[Service]
Type=oneshot
ExecStart=/bin/sh -e /srv/probe
ExecStopPost=/bin/touch /done
StandardOutput=file:/seen/log
StandardError=file:/seen/log
"""
TARGET = """\
[Unit]
DefaultDependencies=no
Wants=feeds.service feeds-freeze.service feeds-freeze.timer probe.service
"""
# What is asked of the running services; each answer is a file in /seen.
QUESTIONS = f"""\
export PATH=/opt/python/bin:$PATH
python -c {shlex.quote(FETCH)} /topics/ai.atom > /seen/served
pid=$(systemctl show --property MainPID --value feeds)
grep -E '^(Uid|CapBnd|NoNewPrivs|Seccomp):' /proc/$pid/status > /seen/status
nsenter --target $pid --mount --root sh -c 'touch /srv/feeds/x /opt/feeds/x /etc/x' 2> /seen/refused || true
workers() {{ cat /proc/$pid/task/$pid/children; }}
before=$(workers)
systemctl reload feeds
for _ in $(seq 100); do test "$(workers)" != "$before" && break; sleep 0.1; done
python -c {shlex.quote(FETCH)} /topics/ai.atom > /seen/reloaded
systemctl is-active feeds feeds-freeze.timer > /seen/active
systemctl stop feeds
systemctl show --property Result feeds feeds-freeze > /seen/results
cat /var/lib/feeds/build/topics/ai.atom > /seen/frozen
"""
STATE = '[output]\npath = "/var/lib/feeds/build"\n'


@pytest.fixture(scope="module")
def seen(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was seen on a machine whose systemd ran the units."""
    require_program("systemd", "/lib/systemd/systemd")
    workspace = Workspace(tmp_path_factory.mktemp("units") / "feeds")
    for n in range(5):
        workspace.article(f"a{n}", topics=["AI", f"T{n}"])
    workspace.configure(STATE)
    files = machine.files
    shutil.copytree(workspace.folder, files / "srv" / "feeds")
    (files / "srv" / "probe").write_text(QUESTIONS)
    (files / "seen").mkdir()
    ours = files / "etc" / "systemd" / "ours"
    shutil.copytree(UNITS, ours)
    (ours / "probe.service").write_text(PROBE)
    (ours / "default.target").write_text(TARGET)
    machine.run("systemd-sysusers /etc/systemd/ours/feeds.sysusers")
    machine.boot("done")
    return files / "seen"


def test_the_units_serve_and_freeze_the_same_under_systemd_with_all_that_they_forbid(seen: Path) -> None:
    assert (seen / "log").read_text() == ""
    served, frozen = (seen / "served").read_text(), (seen / "frozen").read_text()
    assert "About a4" in served
    assert served == frozen == (seen / "reloaded").read_text()
    assert (seen / "active").read_text().split() == ["active", "active"]
    assert (seen / "results").read_text().split() == ["Result=success", "Result=success"]


def test_the_service_has_no_rights_and_sees_nothing_but_its_state_as_writable(seen: Path) -> None:
    status = dict(line.split(":\t", 1) for line in (seen / "status").read_text().splitlines())
    assert status["Uid"].split()[0] != "0"
    assert status["CapBnd"] == "0" * 16
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert (seen / "refused").read_text().count("Read-only file system") == 3


@pytest.mark.parametrize("unit", ["feeds.service", "feeds-freeze.service"])
def test_systemd_finds_a_unit_right_and_little_that_it_leaves_open(
    machine: Machine, seen: Path, unit: str
) -> None:
    assert seen.is_dir()
    place = "/etc/systemd/ours"
    verify = f"systemd-analyze verify --man=no {place}/{unit} {place}/feeds-freeze.timer 2>&1"
    assert machine.run(verify) == ""
    said = machine.run(f"systemd-analyze security --offline=true --threshold=20 {place}/{unit}")
    assert re.search(r"exposure level for \S+: (0\.\d|1\.\d)", said), said
