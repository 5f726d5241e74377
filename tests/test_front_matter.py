"""What people write between the fences: other programs' fields, slips of the pen, and other fences."""

from __future__ import annotations

import pytest
from effort import for_each
from sites import Workspace

from feeds.articles.reader import Reading, ReadingRules, read
from feeds.articles.unknown_fields import KNOWN
from feeds.articles.visibility import has_changed_line, hash_visibility_lines
from feeds.check.private_lines import find_quotable
from feeds.model import Problem

RULES = ReadingRules(timezone="UTC", base_url="https://feeds.example.org/", max_bytes=1_000_000)
GOOD = 'title: Good\npublishedDateTime: 2024-01-02T03:04:05Z\noriginalUrl: "https://example.org/a"\n'


def reading(matter: str, body: str = "") -> Reading:
    return read("a.md", f"---\n{matter}---\n{body}".encode(), RULES)


def only(found: Reading) -> Problem:
    (problem,) = found.problems
    return problem


@for_each(
    ("name", "known"),
    [
        ("titel", "title"), ("topcis", "topics"), ("orignalUrl", "originalUrl"), ("publised", "published"),
        ("excrept", "excerpt"), ("imagse", "images"), ("relatde", "related"), ("tgas", "tags"), ("tpye", "type"),
        ("topiks", "topics"), ("quallity", "quality"), ("Topics", "topics"), ("catagories", "categories"),
        ("lenght", "length"), ("webURL", "webUrl"), ("publishedDatetime", "publishedDateTime"), ("tag", "tags"),
    ],
)  # fmt: skip
def test_a_misspelt_field_gets_a_hint_at_the_one_that_was_meant(name: str, known: str) -> None:
    found = reading(f"{GOOD}{name}: yes\n")
    assert found.article is not None
    assert (only(found).code, only(found).severity, only(found).field) == ("unknown-field", "warning", name)
    assert only(found).line == 5
    assert f'"{known}" is' in only(found).message


@for_each(
    "name",
    ["head", "craft", "style", "text", "foo", "body", "note", "internal", "editor", "abc", "secured", "live",
     "hate", "tap", "lists", "mood", "season", "episode", "guid", "x" * 500, "rating", "city", "price", "actions"],
)  # fmt: skip
def test_a_field_of_ones_own_is_no_problem(name: str) -> None:
    assert reading(f"{GOOD}{name}: x\n").problems == ()


@for_each(
    ("name", "known"),
    [
        ("date", "publishedDateTime"), ("pubDate", "publishedDateTime"), ("published_at", "publishedDateTime"),
        ("lastmod", "updatedDateTime"), ("updated", "updatedDateTime"), ("author", "provider.authors"),
        ("authors", "provider.authors"), ("image", "images"), ("cover", "images"), ("heroImage", "images"),
        ("cover-image", "images"), ("description", "excerpt"), ("summary", "excerpt"), ("subtitle", "excerpt"),
        ("permalink", "webUrl"), ("slug", "webUrl"), ("url", "webUrl"), ("link", "originalUrl"),
        ("audio", "featuredContent"), ("enclosure", "featuredContent"), ("keywords", "tags"), ("lang", "locale"),
        ("Author", "provider.authors"),
    ],
)  # fmt: skip
def test_a_field_of_another_program_is_a_note_that_names_what_is_read(name: str, known: str) -> None:
    found = reading(f"{GOOD}{name}: x\n")
    assert found.article is not None
    assert only(found).text() == (
        f"a.md:5:1: note: {name}: is not read; {known} is. Write {known} if feeds are to show it. [unread-field]"
    )


@for_each("name", ["layout", "weight", "menu", "aliases", "toc"])
def test_a_field_that_only_other_programs_use_may_stay(name: str) -> None:
    assert only(reading(f"{GOOD}{name}: x\n")).message == "is not read."


def test_all_fields_of_other_programs_are_one_note_for_each_file() -> None:
    found = reading(f"{GOOD}layout: post\nauthor: Ann\ncover: a.jpg\ndate: 2024-01-01\n")
    assert only(found).field == "layout"
    assert only(found).severity == "note"
    for part in ('"author"', '"cover"', '"date"'):
        assert part in only(found).message
    for part in ("provider.authors", "images", "publishedDateTime"):
        assert part in only(found).hint


@for_each(
    ("matter", "code", "hint"),
    [
        ("title: A\ndate: 2024-01-31T10:00:00Z\n", "missing-date", 'Rename "date" to publishedDateTime.'),
        ("title: A\npubDate: 2024-01-31\n", "missing-date", 'Rename "pubDate" to publishedDateTime.'),
        ("title: A\npublishdDateTime: 2024-01-31\n", "missing-date", 'Rename "publishdDateTime" to publishedDateTime.'),
        ("titel: A\npublishedDateTime: 2024-01-31\n", "missing-title", 'Rename "titel" to title.'),
        ("headline: A\npublishedDateTime: 2024-01-31\n", "missing-title", 'Rename "headline" to title.'),
        ("title: A\ndate:\n", "missing-date", "Write it like 2023-07-24T09:36:00Z."),
    ],
)  # fmt: skip
def test_a_missing_field_that_is_there_by_another_name_says_what_to_rename(
    matter: str, code: str, hint: str
) -> None:
    found = reading(matter + "originalUrl: https://example.org/a\n")
    assert found.hidden == "faulty"
    assert [problem.hint for problem in found.problems if problem.code == code] == [hint]


@for_each(
    ("matter", "warned"),
    [
        ("status: draft", True), ("status: Private", True), ("hidden: true", True), ("publish: false", True),
        ("isDraft: yes", True), ("is_draft: 1", True), ("unlisted: true", True), ("visibility: private", True),
        ("status: published", False), ("hidden: false", False), ("publish: true", False), ("state: Texas", False),
        ("visibility: public", False),
    ],
)  # fmt: skip
def test_what_hides_an_article_elsewhere_holds_it_back_because_it_is_not_read_here(
    matter: str,
    warned: bool,  # noqa: FBT001
) -> None:
    found = reading(f"{GOOD}{matter}\n")
    assert (found.article is None) is warned
    assert [(problem.code, problem.severity) for problem in found.problems] == [
        ("unread-switch", "error")
    ] * warned


@for_each("matter", ["publised: false", "darft: true", "removd: 1", "publishd: later", "Deletd: x"])
def test_a_misspelt_switch_that_would_hide_the_article_holds_it_back(matter: str) -> None:
    found = reading(f"{GOOD}{matter}\n")
    assert found.article is None
    assert (only(found).code, only(found).severity) == ("unclear-switch", "error")


def test_no_known_field_is_taken_for_an_unknown_one() -> None:
    for name in KNOWN - {
        "published",
        "publishedDateTime",
        "removed",
        "deleted",
        "draft",
        "title",
        "originalUrl",
    }:
        assert not {"unknown-field", "unread-field"} & {
            one.code for one in reading(f"{GOOD}{name}:\n").problems
        }


def test_a_check_of_one_file_shows_no_notes_of_others(workspace: Workspace) -> None:
    workspace.write("a.md", f"---\n{GOOD}---\n")
    workspace.write("b.md", f"---\n{GOOD.replace('/a', '/b')}layout: post\n---\n")
    shown = workspace.run("check", "a.md").stdout
    assert "unread-field" not in shown
    assert "unread-field" in workspace.run("check", "b.md").stdout


JSON = (
    '"title": "Good",\n"publishedDateTime": "2024-01-02T03:04:05Z",\n"originalUrl": "https://example.org/a"'
)
TOML = 'title = "Good"\npublishedDateTime = 2024-01-02T03:04:05Z\noriginalUrl = "https://example.org/a"'
YAML = GOOD.rstrip("\n")
# How a file may begin and end its front matter; what stands for the fields; and how one more is added to them.
FORMS = {
    "dots": ("---\n", YAML, "\n{}: {}", "\n...\n"),
    "dots and blanks": ("---\n", YAML, "\n{}: {}", "\n...  \n"),
    "comment": ("--- # front matter\n", YAML, "\n{}: {}", "\n---\n"),
    "comment at the end": ("---\n", YAML, "\n{}: {}", "\n--- # end\n"),
    "blanks": ("---  \t\n", YAML, "\n{}: {}", "\n--- \t\n"),
    "language": ("---yaml\n", YAML, "\n{}: {}", "\n---\n"),
    "language after a blank": ("--- yml\n", YAML, "\n{}: {}", "\n---\n"),
    "byte order mark and lines before": ("\ufeff\n\n---\n", YAML, "\n{}: {}", "\n---\n"),
    "carriage returns": ("---\r\n", YAML.replace("\n", "\r\n"), "\r\n{}: {}", "\r\n---\r\n"),
    "merged": ("---\nbase: &base\n  type: note", "\n<<: *base\n" + YAML, "\n{}: {}", "\n---\n"),
    "toml with a comment": ("+++ # x\n", TOML, "\n{} = {}", "\n+++ # y\n"),
    "toml between dashes": ("---toml\n", TOML, "\n{} = {}", "\n---\n"),
    "json between dashes": ("---json\n{\n", JSON, ',\n"{}": {}', "\n}\n---\n"),
    "json after a blank": ("--- json\n{", JSON, ',"{}": {}', "}\n---\n"),
    "json between semicolons": (";;;\n{\n", JSON, ',\n"{}": {}', "\n}\n;;;\n"),
    "json without braces": (";;;\n", JSON, ',\n"{}": {}', "\n;;;\n"),
    "an object": ("{\n", JSON, ',\n"{}": {}', "\n}\n"),
    "an object in one line": ("{", JSON.replace("\n", " "), ', "{}": {}', "}\n"),
    "an object with tabs": ("{\n\t", JSON.replace("\n", "\n\t"), ',\n\t"{}": {}', "\n}\n\n"),
}


def write(form: str, *more: tuple[str, str], body: str = "Some text.") -> Reading:
    begin, fields, one, end = FORMS[form]
    text = begin + fields + "".join(one.format(*pair) for pair in more) + end + body
    return read("a.md", text.encode(), RULES)


@for_each("form", FORMS)
def test_each_form_of_front_matter_is_read_to_the_same_article(form: str) -> None:
    found = write(form, ("quality", "80"), ("topics", '["A", "B"]'))
    assert found.problems == ()
    assert found.article is not None
    assert (found.article.title, found.article.quality, found.article.topics) == ("Good", 80, ("A", "B"))
    assert found.article.body == "<p>Some text.</p>"
    assert found.article.published.isoformat() == "2024-01-02T03:04:05+00:00"


@for_each("form", FORMS)
@for_each(
    ("name", "value", "hidden"),
    [
        ("draft", "true", "unpublished"), ("published", "false", "unpublished"), ("removed", "true", "removed"),
        ("deleted", '"yes"', "removed"), ("Draft", "true", "faulty"), ("PUBLISHED", "false", "faulty"),
        ("published", '"perhaps"', "faulty"), ("draft", "[true]", "faulty"), (" draft ", "true", "faulty"),
    ],
)  # fmt: skip
def test_what_is_not_public_is_hidden_in_each_form(form: str, name: str, value: str, hidden: str) -> None:
    found = write(form, (name, value))
    assert found.article is None
    # TOML and YAML take no such name without quotes.
    assert found.hidden == (hidden if name.strip() == name or '"{}"' in FORMS[form][2] else found.hidden)


@for_each("form", FORMS)
@for_each("switch", ["draft: true", '"draft": true', "draft = true", "Published: no", " - removed: yes"])
def test_a_switch_in_a_broken_file_is_noticed_in_each_form(form: str, switch: str) -> None:
    begin, fields, _, end = FORMS[form]
    known = hash_visibility_lines((begin + fields + end).encode())
    assert has_changed_line(hash_visibility_lines(f"{begin}{fields}\n{switch}\n{end}".encode()), known)


def test_several_fields_of_json_in_one_line_are_looked_at_one_by_one() -> None:
    known = hash_visibility_lines(f"{{\n{JSON}\n}}\n".encode())
    broken = f'{{\n"type": "note", "draft": true,\n{JSON},\n}}\n'
    assert has_changed_line(hash_visibility_lines(broken.encode()), known)


@for_each(
    "text",
    [
        f"---\n{GOOD}...\ndraft: true\n---\ntext",
        f"---\n{GOOD}...\ndraft: true\ntext",
        f"---\n{GOOD}...\n\nmore: x\n'published' : false\n---\ntext",
        f'{{{JSON}}} {{"draft": true}}\ntext',
        f'---json\n{{{JSON}}}\n{{"draft": true}}\n---\ntext',
        f'---json\n{{{JSON}, "draft": false, "draft": true}}\n---\ntext',
    ],
)  # fmt: skip
def test_a_switch_behind_what_seems_the_end_holds_the_article_back(text: str) -> None:
    assert read("a.md", text.encode(), RULES).hidden == "faulty"


@for_each(
    ("text", "code", "line", "column"),
    [
        ('---json\n{\n"title": "T",\n}\n---\n', "json", 4, 1),
        ('---json\n{\n"title": \'T\'\n}\n---\n', "json", 3, 10),
        ('{\n"title": "T" "x": 1}\n', "json", 2, 14),
        (';;;\n"title": T\n;;;\n', "json", 2, 10),
        ('{"title": "T"\n\ntext', "json", 3, 1),
        ('{"a": 1, "a": 2}\n', "duplicate-key", 1, 1),
        ('{"a": NaN}\n', "bad-value", 1, 1),
        ('---json\n{"a": Infinity}\n---\n', "bad-value", 2, 1),
        ('{"a": ' + "9" * 5000 + "}\n", "bad-value", 1, 1),
        ('{"a":' * 60 + "1" + "}" * 60, "too-deep", 1, 1),
        ('{"a":' * 20_000, "too-deep", 1, 1),
        ("---json\n[1]\n---\n", "json", 2, 1),
        ("---js\ntitle: x\n---\n", "no-front-matter", 1, 1),
        ("---javascript\nconst title = 1;\n---\n", "no-front-matter", 1, 1),
        ("{% include x %}\n", "no-front-matter", 1, 1),
        ("---json\n{}\n", "unterminated", 1, 1),
    ],
)  # fmt: skip
def test_faulty_json_is_reported_with_its_place(text: str, code: str, line: int, column: int) -> None:
    found = only(read("a.md", text.encode(), RULES))
    assert (found.code, found.severity, found.line, found.column) == (code, "error", line, column)


@for_each(
    ("form", "line", "column"),
    [("dots", 5, 1), ("comment", 5, 1), ("json between dashes", 6, 1), ("json without braces", 5, 1),
     ("an object", 5, 1), ("an object with tabs", 5, 2), ("toml between dashes", 5, 1)],
)  # fmt: skip
def test_a_problem_of_a_field_has_its_place_in_each_form(form: str, line: int, column: int) -> None:
    found = only(write(form, ("quality", '"high"')))
    assert (found.code, found.line, found.column) == ("bad-number", line, column)


def test_numbers_and_yes_and_no_stay_texts_as_they_are_written() -> None:
    for title, text in (("2024.10", "2024.10"), ("0.50", "0.50"), ("true", "true"), ("7", "7")):
        found = read("a.md", f'{{"title": {title}, {JSON.partition(",")[2]}}}\n'.encode(), RULES).article
        assert found is not None
        assert found.title == text


@pytest.mark.parametrize("merge", ["<<: *a", "<<: [*a]", "<<: *a\n<<: *a"])
def test_merged_fields_count_and_a_hidden_one_among_them_hides(merge: str) -> None:
    rest = GOOD.partition("\n")[2]
    found = reading(f"base: &a\n  title: 2024\n  topics: [X]\n{merge}\n{rest}")
    if merge.count("<<") > 1:
        assert only(found).code == "duplicate-key"
        return
    assert found.article is not None
    assert (found.article.title, found.article.topics) == ("2024", ("X",))
    assert reading(f"base: &a\n  draft: true\n{merge}\n{GOOD}").hidden == "unpublished"
    assert reading(f"base: &a\n  Draft: true\n{merge}\n{GOOD}").hidden == "faulty"


def test_a_mapping_that_takes_from_itself_costs_nothing() -> None:
    assert reading(f"{GOOD}x: &a\n  <<: *a\n").problems == ()
    assert only(reading(f"{GOOD}images: &a\n  - &b\n    <<: *b\n")).code == "incomplete"


@for_each(
    "private",
    [
        '"secured": "CANARY"',
        '"secured": {"title": "CANARY"}',
        '"title": "x", "own": "CANARY"',
        '"secured": "CANARY',
    ],
)
@for_each("broken", ["", ",\n", ",\n\"title\": 'x'", ',\n"quality": "\\ud83d\\ude00"'])
@for_each("form", [form for form in FORMS if '"{}"' in FORMS[form][2]])
def test_no_line_of_json_with_something_private_is_quoted(form: str, broken: str, private: str) -> None:
    begin, fields, _, end = FORMS[form]
    text = f"{begin}{fields},\n{private}{broken}{end}text\n"
    shown = [find_quotable(text, yaml=False)(number) or "" for number in range(1, text.count("\n") + 2)]
    assert "CANARY" not in "\n".join(shown)


def test_a_comment_behind_a_fence_is_not_quoted() -> None:
    text = "--- # CANARY\ntitle: x\n--- # CANARY\n"
    assert "CANARY" not in "".join(find_quotable(text, yaml=False)(number) or "" for number in range(1, 4))


@pytest.mark.parametrize("ending", ["md", "markdown", "mdown", "txt", "html", "htm"])
def test_articles_are_found_by_the_usual_endings(workspace: Workspace, ending: str) -> None:
    workspace.write(f"a.{ending}", f"---\n{GOOD}---\n")
    workspace.freeze()
    assert b"Good" in workspace.read("all.atom")


def test_a_finished_page_beside_the_articles_is_a_warning(workspace: Workspace) -> None:
    workspace.write("index.html", "<!DOCTYPE html><title>x</title>")
    workspace.write("a.md", f"---\n{GOOD}---\n")
    assert [(one.path, one.severity) for one in workspace.problems()] == [("index.html", "warning")]


@for_each(
    ("matter", "code", "severity", "field"),
    [
        ("images: [{width: 3}]\n", "incomplete", "warning", "images[0].url"),
        ("images: [{url: ''}]\n", "incomplete", "warning", "images[0].url"),
        ("related: [{title: x}]\n", "incomplete", "warning", "related[0].webUrl"),
        ("related: [{webUrl: https://e.example/}]\n", "incomplete", "warning", "related[0].title"),
        ("related: ['https://e.example/']\n", "incomplete", "warning", "related[0].title"),
        ("provider: {name: A, domain: a.example, authors: [{email: x}]}\n", "incomplete", "warning",
         "provider.authors[0].name"),
        ("provider: {domain: a.example, images: [{title: x}]}\n", "incomplete", "warning", "provider.images[0].url"),
        ("provider: Example\n", "no-domain", "note", "provider"),
        ("provider: {name: Example}\n", "no-domain", "note", "provider.name"),
        ("topics: AI, Robotics\n", "not-a-list", "warning", "topics"),
        ("categories: Politics, Local\n", "not-a-list", "warning", "categories"),
        ("category: Politics, Local\n", "not-a-list", "warning", "category"),
        ("tags: birds,bees\n", "not-a-list", "warning", "tags"),
        ('topics: ["a\\x07b"]\n', "control-character", "warning", "topics[0]"),
        ("topics: {a: 1}\n", "not-text", "warning", "topics"),
        ("topics: AI; Robotics\n", "not-a-list", "warning", "topics"),
        ("tags: '#birds #bees'\n", "not-a-list", "warning", "tags"),
        ("provider: {name: A, domain: a.example, authors: 'Ann, Bob'}\n", "not-a-list", "warning", "provider.authors"),
        ("provider: {name: A, domain: a.example, author: Ann}\n", "unknown-field", "warning", "provider.author"),
        ("provider: {Name: A, domain: a.example}\n", "unknown-field", "warning", "provider.Name"),
        ("images: [{url: a.png, heigth: 3}]\n", "unknown-field", "warning", "images[0].heigth"),
        ("related: [{titel: A, title: A, webUrl: 'https://e.example/'}]\n", "unknown-field", "warning", "related[0].titel"),
        ("featuredContent: www.youtube.com/watch?v=abcdefghijk\n", "bad-url", "warning", "featuredContent"),
        ("topics: [{a: 1}]\n", "not-text", "warning", "topics[0]"),
        ("excerpt: Our #1 pick\n", "cut-value", "warning", "excerpt"),
        ("excerpt: #AI and more\n", "cut-value", "warning", "excerpt"),
        ("topics: AI #robots\n", "cut-value", "warning", "topics"),
    ],
)  # fmt: skip
def test_what_costs_a_part_of_an_article_is_a_problem_of_that_part(
    matter: str, code: str, severity: str, field: str
) -> None:
    found = reading(GOOD + matter)
    assert found.article is not None
    assert [(one.code, one.severity, one.field, one.line) for one in found.problems] == [
        (code, severity, field, 5)
    ]


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("AI, Robotics", "Write [AI, Robotics]"),
        ("a,b , c", "Write [a, b, c]"),
        ("AI: now, R&D", 'Write ["AI: now", "R&D"]'),
    ],
)
def test_the_hint_of_a_text_with_commas_is_the_list(written: str, hint: str) -> None:
    assert only(reading(f"{GOOD}topics: '{written}'\n")).hint.startswith(hint)


@for_each(
    "matter",
    ["topics: Islands of 1,000 people\n", "topics: [Research and, Development]\n", 'topics: ["AI, Robotics"]\n',
     "tags: birds\n", "topics: R&amp;D\n", "provider: {authors: [Ann]}\n", "provider: {domain: a.example}\n",
     "images: []\n", "related:\n", "images: ['https://e.example/a.png']\n"],
)  # fmt: skip
def test_what_costs_nothing_is_no_problem(matter: str) -> None:
    assert reading(GOOD + matter).problems == ()


@pytest.mark.parametrize("body", ["<script>x()</script>", "<style>p {}</style>", "<!-- later -->"])
def test_an_article_of_which_nothing_is_left_is_a_problem(body: str) -> None:
    matter = "title: Good\npublishedDateTime: 2024-01-02\n"
    assert [one.code for one in reading(matter, body).problems if one.severity == "error"] == ["nothing-left"]
    assert reading(GOOD, body).article is not None


@for_each(
    ("text", "line", "column", "sign"),
    [
        (f"---\n{GOOD}---\none\ntw\x08o\x07\n", 7, 3, "U+0008"),
        (f"---\n{GOOD}type: a\x1bb\n---\none\n", 5, 8, "U+001B"),
        (f"---\n{GOOD}---\n\ufffd\n", 6, 1, "U+FFFD"),
        (f"---\r\n{GOOD}---\r\n\r\nx\u202ey\r\n", 7, 2, "U+202E"),
        ('{"title": "Go\x07od", ' + JSON.partition(",")[2] + "}\n", 1, 14, "U+0007"),
    ],
)
def test_a_control_character_is_reported_with_line_column_and_number(
    text: str, line: int, column: int, sign: str
) -> None:
    found = only(read("a.md", text.encode(), RULES))
    assert (found.code, found.line, found.column) == ("control-character", line, column)
    assert sign in found.message


def test_items_that_are_comments_in_yaml_are_named() -> None:
    found = reading(f"{GOOD}topics:\n  - #AI\n  - Law\n  - Sea #2\ntags:\n- #birds\n- x\n")
    assert [(one.field, one.line, one.message[: one.message.index(",")]) for one in found.problems] == [
        ("topics[0]", 6, 'ends before "#AI"'), ("topics[2]", 8, 'ends before "#2"'), ("tags[0]", 10, 'ends before "#birds"'),
    ]  # fmt: skip


@for_each("matter", [
    "excerpt: Text # a comment\n", "excerpt: 'a #1'\n", 'excerpt: "a" #ok\n', "excerpt: C# and F#\n", "excerpt: a#b\n", "excerpt: |\n  a #b\n",
    "topics: [a] #b\n", "topics: # mine\n  - a # b\n", "secured:\n  x: a #b\n", "#topics: a #b\n",
])  # fmt: skip
def test_a_comment_in_yaml_is_no_problem(matter: str) -> None:
    assert reading(GOOD + matter).problems == ()


@for_each(("matter", "line", "column", "said"), [
    ('excerpt: "text\nlength: 5\n', 5, 10, "a text in quotes begins here"), ("excerpt: 'text\n", 5, 10, "a text in quotes begins here"),
    ("topics: [a, b\nlength: 5\n", 5, 9, 'a list in "[" begins here'), ("provider: {name: x\nlength: 5\n", 5, 11, 'a mapping in "{" begins here'),
    ("excerpt: a\u2028b\n", 5, 11, "holds U+2028"), ("excerpt: a\x85b\n", 5, 11, "holds U+0085"), ('excerpt: "a" b\n', 5, 14, "did not find expected key"),
])  # fmt: skip
def test_an_error_of_yaml_is_where_its_author_has_to_look(
    matter: str, line: int, column: int, said: str
) -> None:
    problem = only(reading(GOOD + matter))
    assert (problem.line, problem.column) == (line, column)
    assert said in problem.message


@pytest.mark.parametrize("indent", ["\t", " \t", "\t  "])
def test_a_tab_indents_yaml_as_spaces_do(indent: str) -> None:
    """As Hexo reads it, though YAML allows none there."""
    found = reading(f"{GOOD}topics:\n{indent}- AI\n{indent}- Robots\n")
    assert found.article is not None
    assert found.article.topics == ("AI", "Robots")


def test_a_tab_in_a_text_of_yaml_stays() -> None:
    found = reading(f"{GOOD}topics:\n\t- AI\nexcerpt: a\tb\n")
    assert found.article is not None
    assert found.article.summary == "a b"
    assert only(reading(f"{GOOD}topics:\n\t- AI\n- Robots\n")).code == "yaml"
