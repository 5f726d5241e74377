"""Words: every one is translated in every language, plurals, numbers, days, orders and directions are right."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message
from documentation import blocks
from effort import for_each
from lxml import html
from sites import CONFIG, NOW, ROOT, Workspace, tree
from words import LANGUAGES, collect_messages, read_catalogue

from feeds.errors import ConfigError
from feeds.lib.text.languages import find_locale, format_number, format_short_date, join_list, make_sort_key
from feeds.publisher.pages.filters import PageWords
from feeds.publisher.pages.templates import _make_our_environment
from feeds.site import open_site
from feeds.web.app import create
from feeds.words import Words, find_places, load_words
from feeds.words.catalogues import TEMPLATE, find_categories, find_language, list_languages, list_messages

NUMBERS = (*range(201), 1000, 1_000_000, 1_000_001, 3_000_000)
EVERY = pytest.mark.parametrize("language", list_languages())
LATIN = re.compile(r"[A-Za-z]+")
# A site whose own words are all in these brackets: what is outside of them is a word that nobody can translate.
IN_BRACKETS = re.compile(r"⟦[^⟧]*⟧")
SHOWN = ("aria-label", "alt", "placeholder", "title", "data-said", "value")
NAMES = {"Atom", "RSS", "JSON", "Feed", "Feedly", "Inoreader", "The", "Old", "Reader", "NewsBlur"}
# Of parameters of an address, which are the same everywhere.
NAMES |= {"q", "limit", "topic"}


@cache
def named() -> Catalog:
    """What templates and modules name."""
    return collect_messages()


def messages(catalogue: Catalog) -> dict[str | tuple[str, ...], Message]:
    return {m.id if isinstance(m.id, str) else tuple(m.id): m for m in catalogue if m.id}


def catalogue_of(language: str) -> Catalog:
    return read_catalogue(LANGUAGES / f"{language}.po")


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def test_the_list_of_messages_has_what_templates_and_modules_name() -> None:
    listed = read_catalogue(LANGUAGES / TEMPLATE)
    assert set(messages(listed)) == set(messages(named())), "run python tools/words.py"


@EVERY
def test_every_word_is_translated(language: str) -> None:
    found = messages(catalogue_of(language))
    assert set(found) == set(messages(named())), "run python tools/words.py"
    assert [id_ for id_, message in found.items() if message.fuzzy or not all(forms(message))] == []


@EVERY
def test_every_translation_has_the_places_of_its_message(language: str) -> None:
    """A form that stands for one number alone may leave the number out: "one article"."""
    categories = find_categories(language)
    of = find_locale(language)
    assert of is not None
    alone = [c for c in categories if len([n for n in NUMBERS if of.plural_form(n) == c]) == 1]
    wrong = []
    for id_, message in messages(catalogue_of(language)).items():
        wanted = find_places(id_ if isinstance(id_, str) else id_[1])
        names = categories if len(forms(message)) > 1 else ("other",)
        for category, form in zip(names, forms(message), strict=True):
            found = find_places(form)
            if found != wanted and not (category in alone and found == wanted - {"number"}):
                wrong.append(form)
    assert wrong == []


@EVERY
def test_plural_forms_are_those_of_cldr(language: str) -> None:
    locale, catalogue = find_locale(language), catalogue_of(language)
    categories = find_categories(language)
    assert locale is not None
    choose = gettext.c2py(catalogue.plural_expr)
    assert catalogue.num_plurals == len(categories)
    assert [categories[choose(number)] for number in NUMBERS] == [locale.plural_form(n) for n in NUMBERS]
    assert {len(forms(m)) for id_, m in messages(catalogue).items() if isinstance(id_, tuple)} == {
        len(categories)
    }


@EVERY
def test_no_translation_is_typed_with_straight_quotes_or_stray_spaces(language: str) -> None:
    texts = [form for m in messages(catalogue_of(language)).values() for form in forms(m)]
    assert [text for text in texts if text != text.strip() or "  " in text or "..." in text] == []
    assert [text for text in texts if "'" in text or (text.count('"') and text.count('"') != 2)] == []


@for_each(
    ("tag", "language"),
    [("en", "en"), ("en-GB", "en"), ("de-AT", "de"), ("pt", "pt-BR"), ("pt-PT", "pt-BR"), ("pt-br", "pt-BR"),
     ("zh", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh-TW", "zh-Hant"), ("zh-Hant-HK", "zh-Hant"), ("zh-HK", "zh-Hant"),
     ("iw", "he"), ("nb", "en"), ("la", "en"), ("sr-Latn", "en")],
)  # fmt: skip
def test_a_tag_leads_to_the_nearest_catalogue(tag: str, language: str) -> None:
    assert find_language(tag) == (language if language in ("en", *list_languages()) else "en")


def test_numbers_days_and_lists_are_written_as_the_language_writes_them() -> None:
    day = datetime(2024, 7, 24, tzinfo=UTC)
    assert [format_number(1_234_567, tag) for tag in ("en", "de", "fr", "fa", "hi", "la")] == [
        "1,234,567", "1.234.567", "1\u202f234\u202f567", "۱٬۲۳۴٬۵۶۷", "12,34,567", "1,234,567",
    ]  # fmt: skip
    assert [format_short_date(day, tag) for tag in ("en", "de", "ja", "fa")] == [
        "24 Jul 2024", "24.07.2024", "2024/07/24", "۲۴ ژوئیه ۲۰۲۴",
    ]  # fmt: skip
    assert [join_list(["a", "b", "c"], tag) for tag in ("en", "de", "ar", "ja")] == [
        "a, b, and c", "a, b und c", "a وb وc", "a、b、c",
    ]  # fmt: skip
    assert [join_list(texts, "en") for texts in ([], ["a"], ["a", "b"])] == ["", "a", "a and b"]


@for_each(
    ("language", "ordered"),
    [
        ("en", ["Apfel", "Äpfel", "apple", "Zebra"]),
        ("de", ["Apfel", "Äpfel", "Öl", "Ozean", "Zebra"]),
        ("sv", ["Apa", "Zebra", "Ål", "Ärta", "Öl"]),
        ("da", ["Abe", "Zebra", "Ærte", "Øl", "Ål"]),
        ("es", ["nube", "ñandú", "oso"]),
        ("pl", ["las", "łąka", "mama", "zebra", "źrebię", "żaba"]),
        ("cs", ["cena", "čaj", "hora", "chata", "jaro"]),
        ("tr", ["Ilgaz", "İzmir", "Kars", "oda", "ödül"]),
        ("uk", ["гора", "ґанок", "дім", "єнот", "ива", "їжак", "йод", "кіт"]),
        ("ru", ["ёлка", "ель", "жук", "йод", "кот"]),
        ("zh-Hans", ["爱", "北京", "上海"]),
    ],
)
def test_lists_are_in_the_order_of_the_alphabet(language: str, ordered: list[str]) -> None:
    assert sorted(set(ordered), key=lambda text: make_sort_key(text, language)) == ordered


def test_texts_and_values_are_safe_in_html_and_keep_their_direction() -> None:
    words = PageWords(Words("en", {"Subscribe to {title}": "<b>Follow</b> {title}"}))
    assert words.gettext("Subscribe to {title}", title="<i>") == "&lt;b&gt;Follow&lt;/b&gt; &lt;i&gt;"
    assert words.gettext("Subscribe to {title}", title="خبر").endswith("\u2068خبر\u2069")
    assert "\u2068Atom\u2069" in Words("ar", {}).gettext("Open the {format} feed", format="Atom")
    assert words.gettext("Open the {format} feed", format="{format}") == "Open the {format} feed"


def test_the_own_words_of_a_site_win_in_every_form(workspace: Workspace) -> None:
    workspace.configure(
        '[pages.words]\n"Topics" = "Themes"\n"{number} articles" = { one = "{number} piece", other = "{number} pieces" }\n'
    )
    for n in range(2):
        workspace.article(f"a{n}", topics=["AI", f"T{n}"])
    workspace.freeze()
    page = html.fromstring(workspace.read("topics/index.html"))
    assert page.xpath("string(//h1)") == "Themes"
    assert [(p.text or "").split(" · ")[0] for p in page.iterfind(".//li/p")] == [
        "2 pieces",
        "1 piece",
        "1 piece",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('"Topic" = 3', "is a whole number, but must be text."),
        ('"Topiks" = "x"', "is not among the words of the pages."),
        ('"Topics" = { one = "x" }', "counts nothing, so it has one form."),
        ('"{number} articles" = { one = "x" }', "has forms that do not fit."),
        ('"{number} articles" = { few = "x", other = "y" }', "has forms that do not fit."),
        (
            '"{title}, archive {number}" = "Follow {name}"',
            "has the place {name}, for which there is no value.",
        ),
    ],
)
def test_own_words_that_cannot_be_used_are_named(workspace: Workspace, line: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        workspace.configure(f"[pages.words]\n{line}\n")
    found = caught.value.problems[0]
    assert (found.message, found.line > 0) == (said, True)


def test_a_misspelt_word_names_the_nearest(workspace: Workspace) -> None:
    with pytest.raises(ConfigError) as caught:
        workspace.configure('[pages.words]\n"Suscribe" = "x"\n')
    assert caught.value.problems[0].hint == 'Did you mean "Subscribe"?'
    assert caught.value.problems[0].field == "pages.words.Suscribe"


def test_the_own_words_that_the_docs_show_can_be_used(workspace: Workspace) -> None:
    (shown,) = blocks("toml", (ROOT / "docs" / "guides" / "languages.md").read_text())
    assert len(workspace.configure(base=shown).pages.words) == 3


def own_words() -> str:
    """A table that has words of the site's own for everything."""
    lines = []
    for message in list_messages():
        places = "".join(f"{{{name}}}" for name in sorted(find_places(message.many or message.one)))
        lines.append(f"{_toml(message.many or message.one)} = {_toml(f'⟦{places}⟧')}")
    return "[pages.words]\n" + "\n".join(lines)


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def shown(page: str) -> Iterator[str]:
    """The texts that people see or hear on a page."""
    document = html.fromstring(page)
    for element in document.iter():
        if isinstance(element.tag, str) and element.tag not in ("script", "style", "code"):
            yield element.text or ""
            yield from (element.get(name, "") for name in SHOWN if element.tag != "input" or name != "value")
        yield element.tail or ""


@pytest.mark.slow
def test_no_page_says_a_word_that_cannot_be_translated(workspace: Workspace) -> None:
    """All that a site has is in Cyrillic, and so are dates: what is left in Latin letters is ours."""
    workspace.configure(
        own_words()
        + '\n[topics."ЙЙ"]\ndescription = "ЙЙ"\n[topics."ЦЦ"]\nparent = "ЙЙ"\n[tags]\nfeeds = true\n'
        + '[selections.best]\ntitle = "ФФ"\nsort = "quality"\n',
        base='[site]\ntitle = "ЯЯ"\nbase_url = "https://feeds.example.org/"\nlanguage = "ru"\n[articles]\npath = "articles"\n[feeds]\nlimit = 5\npage_size = 5\n',
    )
    for n in range(70):
        workspace.article(
            f"a{n}", title=f"Ж {n}", excerpt="ЖЖ", topics=["ЙЙ", f"Ы {n}"], tags=["ЩЩ"], category="ШШ",
            type="ТТ" if n % 2 else "ВВ", provider={"name": f"Ю {n % 3}", "domain": f"ю{n % 3}.рф"},
            originalUrl=None if n % 9 == 0 else f"https://example.org/{n}",
            related=[{"title": "ЖЖ", "url": "https://example.org/x"}],
            publishedDateTime=datetime(2024, 1, 1 + n % 28, tzinfo=UTC),
        )  # fmt: skip
    workspace.freeze()
    found = {path: data for path, data in tree(workspace.output).items() if path.endswith(".html")}
    client = create(open_site(workspace.config, NOW, search=True).publisher).test_client()
    asked = (
        "search/?q=ы",
        "build/?topic=йй",
        "build/?q=-ж",
        "build/?limit=ж",
        "build/?limit=1&limit=2",
        "build/?topic=ж",
        "topics/ж/",
    )
    found |= {path: client.get(f"/{path}", headers={"Accept": "text/html"}).data for path in asked}
    wrong = {
        (path, text)
        for path, data in found.items()
        for text in shown(data.decode())
        if set(LATIN.findall(IN_BRACKETS.sub("", text))) - NAMES and "://" not in text
    }
    assert wrong == set()


def test_feeds_and_lists_of_feeds_say_nothing_that_cannot_be_translated(workspace: Workspace) -> None:
    workspace.configure(own_words())
    workspace.article("a", category="C")
    workspace.freeze()
    feeds = ("all", "topics/ai", "providers/example.org", "categories/c")
    assert all(b"<subtitle>\xe2\x9f\xa6" in workspace.read(f"{feed}.atom") for feed in feeds)
    groups = re.findall(rb'<outline text="(.*?)">', workspace.read("feeds.opml"))
    assert len(groups) == 4
    assert all(group.decode() == "⟦⟧" for group in groups)
    assert 'content: "⟦⟧"' in workspace.read("static/feed.css").decode()


def test_lists_of_a_site_are_in_its_order(workspace: Workspace) -> None:
    base = CONFIG.replace("[articles]", 'language = "sv"\n[articles]')
    workspace.configure(base=base)
    workspace.article("a", topics=["Ål", "Zebra", "Öl", "Apa", "Ärta"])
    workspace.freeze()
    page = html.fromstring(workspace.read("topics/index.html"))
    assert [a.text for a in page.iterfind(".//main//li/a") if a.get("class") != "get"][1:] == [
        "Apa", "Zebra", "Ål", "Ärta", "Öl",
    ]  # fmt: skip


def test_the_words_of_the_script_are_those_of_the_site(workspace: Workspace) -> None:
    workspace.configure(own_words())
    workspace.article("a")
    workspace.freeze()
    assert b'"\xe2\x9f\xa6{number}\xe2\x9f\xa7"' in workspace.read("search/feeds.json")


def test_english_needs_no_catalogue() -> None:
    assert load_words("en").gettext("Subscribe") == "Subscribe"
    assert load_words("en").ngettext("{number} article", "{number} articles", 1234) == "1,234 articles"


def test_our_templates_compile_to_the_same_in_each_language() -> None:
    """So one compiled file serves all: no filter of a language is applied to a constant."""
    first, *others = (_make_our_environment(load_words(language)) for language in ("en", "ar", "ja"))
    for name in first.list_templates(extensions=["html"]):
        source = first.loader.get_source(first, name)[0] if first.loader else ""
        compiled = first.compile(source, name, raw=True)
        assert [other.compile(source, name, raw=True) for other in others] == [compiled] * 2
