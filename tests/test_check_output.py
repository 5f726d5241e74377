"""What `feeds check` shows: the line with a marker, totals by kind, the files that were asked for."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from effort import for_each, is_quick, measure
from sites import CONFIG, Workspace

from feeds.articles.unknown_fields import KNOWN
from feeds.check.private_lines import SHOWN, find_quotable
from feeds.check.quotes import Quote, Quoter
from feeds.cli import main
from feeds.cli.problem_text import count_failures, format_totals
from feeds.model import Problem

HERE = CONFIG.replace('"articles"', '"."')
CANARY = "kanarienvogelq7x"
NO_DATE = "---\ntitle: A\noriginalUrl: https://example.org/{}\n---\n"


def run(workspace: Workspace, *words: str, **environment: str | None) -> Result:
    command = ["--config", str(workspace.folder / "config.toml"), *words]
    return CliRunner().invoke(main, command, env=environment, catch_exceptions=False)


@pytest.fixture
def here(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(workspace.folder)
    return workspace


# Exit codes.


@pytest.mark.parametrize(
    ("severity", "plain", "strict"), [("error", 1, 1), ("warning", 0, 1), ("note", 0, 0), (None, 0, 0)]
)
@pytest.mark.parametrize("style", ["text", "json", "github"])
def test_check_exits_with_1_for_errors_and_with_strict_for_warnings_but_never_for_notes(
    here: Workspace, style: str, severity: str | None, plain: int, strict: int
) -> None:
    here.article("a", **({"webUrl": "ftp://x/"} if severity == "warning" else {}))
    if severity == "error":
        here.write("b.md", "no fence")
    if severity == "note":
        here.configure('[private.x]\ntitle = "X"\ntopics = ["AI"]\ntoken_env = "NOT_SET_HERE"\n')
    for options, code in (((), plain), (("--strict",), strict)):
        result = run(here, "check", "--format", style, *options, NOT_SET_HERE=None)
        assert result.exit_code == code, result.output
        shown = {"github": f"::{severity}".replace("note", "notice"), "json": f'"severity": "{severity}"'}
        assert severity is None or shown.get(style, f"1 {severity}") in result.stdout


def test_freeze_strict_writes_although_there_are_warnings(here: Workspace) -> None:
    here.article("a", webUrl="ftp://x/")
    result = run(here, "freeze", "--strict")
    assert result.exit_code == 0
    assert "1 problem (1 warning): 1 bad-url." in result.stdout
    assert here.output.exists()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.md": "no fence", "b.md": NO_DATE}, "there are 2 files: 2 with errors. The errors are 1 "),
        ({"a.md": "---\npublished: false\n---\n"}, "there is 1 file: 1 unpublished. Publish one"),
        ({"a.rst": "text"}, 'there is 1 file in articles: none has a name like "**/*.md", '),
    ],
)
def test_a_freeze_that_publishes_nothing_although_there_are_files_exits_with_1_and_says_why(
    here: Workspace, files: dict[str, str], said: str
) -> None:
    for name, text in files.items():
        here.write(name, text)
    for options in ((), ("--json",), ("--dry-run",)):
        result = run(here, "freeze", *options)
        assert result.exit_code == 1
        assert said in result.stderr
    here.article("good")
    assert run(here, "freeze").exit_code == 0


def test_a_freeze_of_an_empty_folder_is_fine(here: Workspace) -> None:
    here.write(".gitkeep", "")
    result = run(here, "freeze")
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize(
    "words",
    [
        ["--config", "", "check"],
        ["freeze", "--output", ""],
        ["freeze", "--output", " "],
        ["freeze", "--base-url", ""],
        ["freeze", "--cluster", ""],
        ["check", "--against", ""],
        ["check", "--format", ""],
        ["check", ""],
        ["run", "--base-url", ""],
        ["run", "--port", ""],
        ["run", "--socket", ""],
        ["ping", ""],
        ["ping", "--base-url", ""],
    ],
)
def test_an_empty_value_is_wrong_usage_in_a_sentence(here: Workspace, words: list[str]) -> None:
    before = sorted(here.folder.rglob("*"))
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert re.search(r"^Error: Invalid value for .*\.$", result.stderr, re.MULTILINE)
    assert sorted(here.folder.rglob("*")) == before


# Totals.


def test_totals_count_each_severity_and_each_kind_the_most_frequent_first() -> None:
    found = [Problem("missing-date", "error", "a.md", "")] * 59 + [
        Problem("bad-url", "warning", "b.md", "")
    ] * 3
    assert format_totals(found) == "62 problems (59 errors, 3 warnings): 59 missing-date, 3 bad-url."
    assert (count_failures(found), count_failures(found, strict=True)) == (59, 62)
    assert format_totals([]) == "0 problems."
    assert format_totals([Problem("no-token", "note", "c", "")]) == "0 problems (1 note): 1 no-token."


def test_at_most_20_of_a_kind_are_shown_unless_all_is_asked_for(here: Workspace) -> None:
    for n in range(25):
        here.write(f"a{n}.md", NO_DATE.format(n))
    here.article("b", webUrl="ftp://x/")
    some, every = run(here, "check").stdout, run(here, "check", "--all").stdout
    assert (some.count("[missing-date]"), every.count("[missing-date]")) == (20, 25)
    assert "And 5 missing-date, which `feeds check --all` shows." in some
    assert some.count("[bad-url]") == 1
    for text in (some, every):
        assert text.splitlines()[-1] == "26 problems (25 errors, 1 warning): 25 missing-date, 1 bad-url."
    assert len(json.loads(run(here, "check", "--format", "json").stdout)) == 26


# Files and folders.


@pytest.fixture
def three(here: Workspace) -> Workspace:
    for name in ("a.md", "sub/b.md", "sub/deep/c.md", "sub-other/d.md"):
        here.write(name, NO_DATE.format(name))
    return here


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["articles/a.md"], "a"),
        (["a.md"], "a"),
        (["./articles/../articles/a.md"], "a"),
        (["sub"], "bc"),
        (["articles/sub/"], "bc"),
        (["sub/deep", "a.md"], "ac"),
        (["."], "abcd"),
        (["articles"], "abcd"),
        (["config.toml"], ""),
    ],
)
def test_only_the_problems_of_the_files_and_folders_named_are_reported(
    three: Workspace, names: list[str], found: str
) -> None:
    result = run(three, "check", "--format", "json", *names)
    assert "".join(sorted(Path(problem["path"]).stem for problem in json.loads(result.stdout))) == found
    assert result.exit_code == (1 if found else 0)


def test_a_file_is_named_from_where_one_is_and_by_its_whole_path(
    three: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(three.articles / "sub")
    for name in ("b.md", str(three.articles / "sub" / "b.md"), "sub/b.md"):
        (problem,) = json.loads(run(three, "check", "--format", "json", name).stdout)
        assert problem["path"] == "b.md"


def test_a_name_of_nothing_is_wrong_usage(three: Workspace) -> None:
    result = run(three, "check", "nothing.md")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        '"nothing.md" is neither a file nor a folder. Name one as it is seen from here, or from articles.\n'
    )


# Quotes.


def quote(workspace: Workspace, text: str, line: int, column: int, *, encoding: str = "utf-8") -> Quote:
    path = workspace.articles / "quoted.md"
    path.write_bytes(text.encode())
    found = Quoter(workspace.config, encoding).quote(
        Problem("yaml", "error", str(path), "", "", line, column)
    )
    assert found is not None
    return found


def cells(text: str) -> int:
    """The cells that a terminal takes for a text, by another way than the code's."""
    plain = "".join(sign for sign in text if not unicodedata.combining(sign))
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in plain)


def test_the_line_is_quoted_with_a_marker_beneath_it_and_no_colour_in_a_pipe(here: Workspace) -> None:
    here.article("a", publishedDateTime="soon")
    lines = run(here, "check").stdout.splitlines()
    assert lines[1:5] == ["  |", "3 | publishedDateTime: soon", "  | ^^^^^^^^^^^^^^^^^", ""]


def test_on_a_terminal_in_colour(here: Workspace) -> None:
    here.article("a", publishedDateTime="soon")
    plain = run(here, "check").stdout
    coloured = run(here, "check", FORCE_COLOR="1").stdout
    assert "\x1b[31m\x1b[1m^" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain
    assert run(here, "check", FORCE_COLOR="1", NO_COLOR="1").stdout == plain


@for_each(
    "before",
    [
        "a ",
        "\t",
        "日本語 ",
        "e\u0301\u0308 ",
        "\x1b[31m",
        "\u200d",
        "ｆ",
        "한",
        "🦊 ",
        "x" * 300,
        "日" * 90 + "\t",
        "e\u0301" * 200,
    ],
)
@for_each("after", ["", " tail", "日本" * 200])
@for_each("encoding", ["utf-8", "cp1252", "ascii"])
def test_the_marker_is_under_its_place_whatever_the_line_holds(
    workspace: Workspace, before: str, after: str, encoding: str
) -> None:
    line = f'title: "{before}'
    # Problems count the characters that an article may hold.
    column = len(line.replace("\x1b", "")) + 1
    found = quote(workspace, f"---\n{line}HERE{after}\n---\n", 2, column, encoding=encoding)
    assert found.text.isprintable()
    assert cells(found.text) <= 106
    found.text.encode(encoding)
    place = found.text.index("HERE")
    assert cells(found.text[:place]) == found.start
    assert found.width == 1


def test_a_place_behind_the_end_of_a_line_or_of_the_file_does_no_harm(workspace: Workspace) -> None:
    assert quote(workspace, "---\ntitle: x\n---\n", 2, 99).start == len("title: x")
    path = workspace.articles / "quoted.md"
    for line in (0, -1, 99):
        assert (
            Quoter(workspace.config, "utf-8").quote(Problem("yaml", "error", str(path), "", "", line, 1))
            is None
        )


@pytest.mark.parametrize("path", ["config.toml", "articles/missing.md", "../outside.md", "/etc/hostname"])
def test_other_files_than_articles_and_curators_files_are_never_quoted(here: Workspace, path: str) -> None:
    (here.folder.parent / "outside.md").write_text("title: x")
    assert Quoter(here.config, "utf-8").quote(Problem("yaml", "error", path, "", "", 1, 1)) is None


PRIVATE = [
    f"secured: {CANARY}",
    f"secured:\n  - {CANARY}\n  - title: {CANARY}",
    f"secured: |\n  title: {CANARY}\n\n  {CANARY}",
    f'secured: "x\n  title: {CANARY}"',
    f"secured: {{title: x,\n  topics: {CANARY}}}",
    f"price: {CANARY}",
    f"unknown: {CANARY}",
    f"# {CANARY}",
    f"title: x # {CANARY}",
    f"provider:\n  name: P\n  key: {CANARY}",
    f"provider:\n  name: P\n  key:\n    name: {CANARY}",
    f"provider: {{name: P, key: {CANARY}}}",
    f"images:\n  - url: https://x.example/\n    secret: {CANARY}",
    f"images: [{{url: x, secured: {CANARY}}}]",
    f'"secured": {CANARY}',
    f'"sec\\u0075red": {CANARY}',
    f"? secured\n: {CANARY}",
    f"excerpt: |\n  <!-- {CANARY} -->\n  <!--\n  {CANARY}\n  -->",
    f'featuredContent: <p data-x="{CANARY}">text</p>',
]
BREAKING = ["", "title: a: b", "topics: [", 'title: "x', "\ttitle: x", "title: @x", "title: a\ntitle: b"]


@for_each("private", PRIVATE)
@for_each("broken", BREAKING)
@for_each("yaml", [False, True])
def test_no_line_with_something_private_is_quoted(private: str, broken: str, *, yaml: bool) -> None:
    for matter in (f"{private}\n{broken}\ntitle: z\n", f"{broken}\n{private}\ntitle: z\n"):
        text = matter if yaml else f"---\n{matter}---\nText\n"
        shown = [find_quotable(text, yaml=yaml)(number) or "" for number in range(1, text.count("\n") + 2)]
        assert CANARY not in "\n".join(shown)


@for_each(
    "value",
    [f"'{CANARY}", f'"x\n{CANARY}', f'"x\ntitle: {CANARY}', f"[a,\n{CANARY}", f"[a,\ntitle: {CANARY}", f"{{a: b,\n{CANARY}",
     f"x\n{CANARY}", f"|\n{CANARY}", f"*{CANARY}", f"!{CANARY} x", f"@{CANARY}"],
)  # fmt: skip
def test_a_private_value_that_breaks_the_front_matter_is_not_quoted(value: str) -> None:
    text = f"---\ntitle: x\nsecured: {value}\ntopics: [AI]\n---\n"
    shown = [find_quotable(text, yaml=False)(number) or "" for number in range(1, 9)]
    assert shown[1] == "title: x"
    assert CANARY not in "\n".join(shown)


@for_each(
    "private",
    [f'secured = "{CANARY}"', f'secured = """\n{CANARY}\ntitle = "{CANARY}"\n"""', f'secured = [\n["title"],\n"{CANARY}",\n]',
     f'provider = {{name = "P", key = "{CANARY}"}}', f'[extra]\ntitle = "{CANARY}"', f'provider.key = "{CANARY}"',
     f'[[images]]\nurl = "x"\nsecret = "{CANARY}"', f"# {CANARY}", f'[provider.more]\nname = "{CANARY}"'],
)  # fmt: skip
@for_each("broken", ["", "title = ", "title"])
def test_no_line_of_toml_with_something_private_is_quoted(private: str, broken: str) -> None:
    text = f'+++\ntitle = "x"\n{private}\n{broken}\n+++\n'
    shown = [find_quotable(text, yaml=False)(number) or "" for number in range(1, text.count("\n") + 1)]
    assert shown[1] == 'title = "x"'
    assert CANARY not in "\n".join(shown)


@for_each(
    "body",
    [
        f"a <!-- {CANARY} --> b",
        f"<!--\n{CANARY}\n-->",
        f'<p class="{CANARY}">b</p>',
        f'<p\ndata-x="{CANARY}">',
        f"<script>\n{CANARY}\n</script>",
    ],
)
def test_what_readers_do_not_see_of_the_text_is_not_quoted(body: str) -> None:
    text = f'---\ntitle: x\n---\nPlain <a href="https://x.example/">link</a>\n{body}\n'
    quotable = find_quotable(text, yaml=False)
    assert quotable(4) == 'Plain <a href="https://x.example/">link</a>'
    assert CANARY not in "\n".join(quotable(number) or "" for number in range(1, 10))


def test_quoted_fields_are_known_ones_and_neither_secured_nor_left_out() -> None:
    never = {"actions", "ampWebUrl", "cdnAmpWebUrl", "price", "secured", "sourceUrl"}
    assert never == KNOWN - SHOWN


# Orders to the runner of a forge.

ORDERS = [
    "::error::x",
    " ::stop-commands::y",
    "\t::add-mask::z",
    "##[error]x",
    "a ##[group]b",
    "##vso[task.complete]c",
]


@pytest.mark.parametrize("colour", [None, "1"])
@pytest.mark.parametrize(
    "words",
    [
        ["check"], ["check", "--all"], ["check", "--format", "json"], ["check", "--format", "github"],
        ["freeze"], ["freeze", "--strict"], ["freeze", "--json"], ["freeze", "--dry-run"],
    ],
)  # fmt: skip
def test_no_name_of_a_file_and_no_text_is_an_order_to_a_runner(
    here: Workspace, words: list[str], colour: str | None
) -> None:
    here.configure(base=HERE)
    for number, order in enumerate(ORDERS):
        name = order.replace("\t", " ")
        (here.folder / f"{name}.md").write_text(NO_DATE.format(number), encoding="utf-8")
        (here.folder / f"{name}{number}.md").write_text(
            f"---\ntitle: |-\n  x\n  {order}\npublishedDateTime: {order}\n---\n", encoding="utf-8"
        )
    shown = run(here, *words, FORCE_COLOR=colour).output
    assert "x.md" in shown
    for line in shown.splitlines():
        plain = re.sub(r"\x1b\[[0-9;]*m", "", line).lstrip()
        if "github" in words:
            plain = re.sub(r"^::(error|warning|notice) [^:]*::", "", plain)
        else:
            assert not re.search(r"##(vso)?\[", plain)
        assert not plain.startswith("::")
    if "json" in words:
        assert "##[error]x.md" in {problem["path"] for problem in json.loads(shown)}


def test_a_page_that_is_one_long_line_is_quoted_at_once() -> None:
    """Nothing of it: what its fields are is unclear, and finding out takes the square of its length."""
    text = "<p>" + "a: b, c " * 40_000
    found: list[object] = []
    assert is_quick(measure(lambda: found.append(find_quotable(text, yaml=False)(1))), 1)
    assert found == [None]
