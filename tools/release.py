"""Builds what a release publishes, tries it in empty environments, and lists what it is made of.

    python tools/release.py [TAG]

TAG is such as v0.2.0: it must be the version of the package, and CHANGELOG.md must have a section for it. Writes the
wheel and the source to ``dist/packages``, and to ``dist/papers`` a list of what was installed with them (CycloneDX)
and the notes of the release. Needs the network. Exits with 1 if anything is wrong.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parents[1]
PACKAGES, PAPERS = ROOT / "dist" / "packages", ROOT / "dist" / "papers"
_UNRELEASED = "Unreleased"
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")


def main() -> None:
    """Do all of it, and say each step in a line."""
    version = read_version(ROOT)
    notes = read_notes((ROOT / "CHANGELOG.md").read_text(), version)
    if len(sys.argv) > 1 and (fault := find_fault(sys.argv[1], version, notes)):
        sys.exit(fault)
    for folder in (PACKAGES, PAPERS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    (PAPERS / "notes.md").write_text(notes or read_notes((ROOT / "CHANGELOG.md").read_text(), _UNRELEASED))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tools = make_environment(folder / "tools", "build", "cyclonedx-bom", "twine")
        run(tools / "python", "-m", "build", "--outdir", PACKAGES, ROOT)
        [wheel], [source] = PACKAGES.glob("*.whl"), PACKAGES.glob("*.tar.gz")
        run(tools / "twine", "check", "--strict", wheel, source)
        for package in (wheel, source):
            programs = make_environment(folder / package.suffix[1:], str(package))
            try_commands(programs, folder / f"site-{package.suffix[1:]}", version)
            print(f"{package.name} works in an empty environment.")
        require_same_files(wheel, folder / "gz")
        sbom = PAPERS / "feeds.cdx.json"
        run(tools / "cyclonedx-py", "environment", "--output-reproducible", "-o", sbom, folder / "whl")
    print(f"{PACKAGES} and {PAPERS} hold what feeds {version} is.")


def read_version(root: Path) -> str:
    """Return the version of the package in a checkout."""
    found = re.search(r'__version__ = "(.+)"', (root / "feeds" / "version.py").read_text())
    assert found  # noqa: S101 - the file is ours
    return found[1]


def read_notes(changelog: str, version: str) -> str:
    """Return the section of a version in the text of CHANGELOG.md, "" if there is none."""
    found = re.search(
        rf"^## \[?{re.escape(version)}(?:[\] ].*)?\n((?:(?!## ).*\n)*)", changelog, re.MULTILINE
    )
    return found[1].strip() + "\n" if found else ""


def find_fault(tag: str, version: str, notes: str) -> str:
    """Return what is wrong with a tag in a sentence, "" if nothing is."""
    if tag != f"v{version}":
        return f"The tag {tag} is not v{version}, the version in feeds/version.py."
    return "" if notes else f"CHANGELOG.md has no section for {version}."


def make_environment(folder: Path, *packages: str) -> Path:
    """Make an environment with packages, in the pinned versions, and return the folder of its programs."""
    run(sys.executable, "-m", "venv", folder)
    run(
        folder / "bin" / "pip",
        "install",
        "-qq",
        "--disable-pip-version-check",
        "-c",
        ROOT / "constraints.txt",
        *packages,
    )
    return folder / "bin"


def try_commands(programs: Path, site: Path, version: str) -> None:
    """Begin a site, check, freeze and serve it by the programs of an environment."""
    site.mkdir()
    feeds = programs / "feeds"
    said = run(feeds, "--version", cwd=site)
    assert said.startswith(f"feeds {version}"), said  # noqa: S101 - so this stops
    run(
        feeds,
        "init",
        "--title",
        "T",
        "--base-url",
        "https://feeds.example.org/",
        "--language",
        "en",
        cwd=site,
    )
    run(feeds, "check", "--feeds", cwd=site)
    run(feeds, "freeze", cwd=site)
    with subprocess.Popen(
        [feeds, "run", "--port", "0"], cwd=site, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None  # noqa: S101 - for the type checker
        address = next(found[0] for line in server.stdout if (found := _ADDRESS.search(line)))
        with urllib.request.urlopen(f"{address}all.atom", timeout=10) as response:  # noqa: S310 - of this machine
            served = response.read()
        server.terminate()
    assert served == (site / "build" / "all.atom").read_bytes()  # noqa: S101 - so this stops


def require_same_files(wheel: Path, environment: Path) -> None:
    """Stop if the source has installed other files than those of the wheel."""
    [packages] = environment.glob("lib/python*/site-packages")
    with ZipFile(wheel) as archive:
        wanted = {name for name in archive.namelist() if name.startswith("feeds/")}
    installed = (path for path in packages.glob("feeds/**/*") if path.is_file())
    found = {path.relative_to(packages).as_posix() for path in installed if "__pycache__" not in path.parts}
    assert found == wanted, sorted(found ^ wanted)  # noqa: S101 - so this stops


def run(program: Path | str, *words: Path | str, cwd: Path = ROOT) -> str:
    """Run a program; return what it prints. Exit with what it says if it fails."""
    done = subprocess.run([program, *words], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{Path(program).name} {' '.join(map(str, words))}:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
