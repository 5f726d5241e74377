"""Reads what a post's path says, and makes parts of addresses as generators do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category, normalize

from feeds.articles.presets import SlugStyle, TitleStyle
from feeds.lib.text.identifiers import transliterate

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:T[\d:.]+Z?)?[-_ ]*(.*)", re.DOTALL)
# Docusaurus also takes folders for the parts of a day.
_DAY_OF_PATH = re.compile(r"(.*)(?<!\d)(\d{4}[-/]\d{1,2}[-/]\d{1,2})(?!\d)[-/]?(.*)", re.DOTALL)
_LANGUAGE = re.compile(r"(.+)\.(([a-z]{2})(?:-[A-Za-z]{2,4})?)")
# Generators know the languages that a site names; other words may stand there too, as in "node.js.md".
LANGUAGES = frozenset([
    "af", "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "eo", "es", "et", "eu",
    "fa", "fi", "fr", "ga", "gl", "gu", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "kk", "km",
    "kn", "ko", "lb", "lo", "lt", "lv", "mk", "mn", "mr", "ms", "nb", "ne", "nl", "nn", "no", "pa", "pl", "pt",
    "ro", "ru", "si", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "uz", "vi",
    "zh",
])  # fmt: skip
_INDEX = "index"
_DRAFTS = frozenset({"_drafts", "drafts"})
_FIRST_YEAR, _LAST_YEAR = 1000, 9999
_MONTHS, _DAYS = 12, 31
# A longer name cannot be a part of an address.
_LONGEST = 1000


class PostName(NamedTuple):
    """What the path of a post says, relative to the folder of articles.

    ``folders`` are those above the post; one that holds a bundle is the name of the post, and ``is_bundle`` is
    true. ``file`` is the name without ending, ``name`` that without a day before it, and ``day`` the day as
    YYYY-MM-DD, "" if there is none. ``stem`` is the whole path without ending, as written.
    """

    folders: tuple[str, ...]
    file: str
    name: str
    day: str
    stem: str
    is_bundle: bool
    is_draft: bool
    language: str


def read_path(path: str, *, has_language_suffix: bool = False, inner_ending: str = "") -> PostName:
    """Return what the path of a post says."""
    folder, _, last = path.rpartition("/")
    file, dot, _ = last.rpartition(".")
    file = (file if dot else last).removesuffix(inner_ending)
    language = ""
    if has_language_suffix and (match := _LANGUAGE.fullmatch(file)) is not None and match[3] in LANGUAGES:
        file, language = match[1], match[2]
    stem = f"{folder}/{file}" if folder else file
    above = _split_folders(folder)
    # Jekyll's and Hexo's folder of posts is no part of any address.
    folders = tuple(one for one in above if one != "_posts") if "_posts" in above else above
    is_bundle = file == _INDEX and bool(folders)
    if is_bundle:
        file, folders = folders[-1], folders[:-1]
    day, name = _find_day(file)
    return PostName(
        folders, file, name or file, day, stem, is_bundle, not _DRAFTS.isdisjoint(above), language
    )


@lru_cache(maxsize=256)
def _split_folders(folder: str) -> tuple[str, ...]:
    return tuple(folder.split("/")) if folder else ()


def _find_day(file: str) -> tuple[str, str]:
    """Return the day that a name begins with, and what is behind it."""
    match = _DAY.fullmatch(file) if file[:1].isdigit() else None
    if match is None:
        return "", file
    day = _format_day(match[1], match[2], match[3])
    return (day, match[4]) if day else ("", file)


def _format_day(year: str, month: str, day: str) -> str:
    if not (_FIRST_YEAR <= int(year) <= _LAST_YEAR and 0 < int(month) <= _MONTHS and 0 < int(day) <= _DAYS):
        return ""
    return f"{year}-{int(month):02}-{int(day):02}"


def split_dated_path(post: PostName) -> tuple[str, str]:
    """Return the day in a path, and the path begun with the day, as Docusaurus does."""
    path = "/".join((*post.folders, post.file))
    match = _DAY_OF_PATH.fullmatch(path)
    if match is None:
        return post.day, path
    above, written, rest = match.groups()
    day = _format_day(*re.split("[-/]", written))
    return (day, f"{written.replace('-', '/')}/{above}{rest}") if day else ("", path)


def list_categories(post: PostName, *, above_posts: bool) -> list[str]:
    """Return the folders that are categories; in Jekyll those above that of the posts."""
    above = post.stem.rpartition("/_posts/")[0] if above_posts else "/".join(post.folders)
    return [one for one in above.split("/") if one and not one.startswith("_")]


def make_title(post: PostName, style: TitleStyle) -> str:
    """Make a title of a file's name, in the way of a generator."""
    if style == "jekyll":
        # Jekyll::Utils.titleize_slug
        return " ".join(word.capitalize() for word in post.name.split("-"))
    if style == "mkdocs":
        # mkdocs.structure.pages.Page.title
        words = post.file.replace("-", " ").replace("_", " ")
        return words.capitalize() if words == words.lower() else words
    if style != "words":
        return post.name if style == "name" else post.file
    return " ".join(word[:1].upper() + word[1:] for word in re.split(r"[-_\s]+", post.name) if word)


def slugify(text: str, style: SlugStyle) -> str:
    """Make a text a part of an address, in the way of a generator."""
    return _STYLES[style](text[:_LONGEST]) if text else ""


def slugify_path(path: str, style: SlugStyle) -> str:
    """Make each folder and the name of a path a part of an address."""
    return "/".join([slugify(part, style) for part in path.split("/")])


_NOT_PRETTY = re.compile(r"[^\w.~!$&'()+,;=@]+")
_NOT_PLAIN = re.compile(r"[\W_]+")


def _slugify_jekyll(text: str) -> str:
    # Jekyll::Utils.slugify, mode "pretty" with the case kept.
    return _NOT_PRETTY.sub("-", text).removeprefix("-").removesuffix("-")


def slugify_plainly(text: str) -> str:
    """Make a slug of letters and digits of any script, as Jekyll's ``:slug`` does."""
    return _NOT_PLAIN.sub("-", text).removeprefix("-").removesuffix("-").lower()


_NOT_HUGO = re.compile(r"[^\w\s./\\#+~@-]")
_ALLOWED_BY_HUGO = frozenset(["Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Mn", "Mc", "Me"])
_AROUND_HYPHENS, _SPACES = re.compile(r"\s*(-+)\s*"), re.compile(r"\s+")


def _slugify_hugo(text: str) -> str:
    # paths.Sanitize, then lower case and url.URLEscape.
    if text.isascii():
        text = _NOT_HUGO.sub("", text)
    else:
        text = "".join(
            sign
            for sign in text
            if (_NOT_HUGO.match(sign) is None if sign.isascii() else category(sign) in _ALLOWED_BY_HUGO)
        )
    text = _SPACES.sub("-", _AROUND_HYPHENS.sub(r"\1", text.strip())).lower()
    return text.replace("#", "%23")


# How Unidecode writes letters, where our own table has another way: addresses are made of it.
_UNIDECODE = {
    ord(sign): plain
    for pair in [
        "ή=e",
        "η=e",
        "β=b",
        "ξ=ks",
        "υ=u",
        "ύ=u",
        "ϋ=u",
        "ΰ=u",
        "φ=ph",
        "χ=kh",
        "й=i",
        "ю=iu",
        "я=ia",
        "ё=io",
        "ѐ=ie",
        "ѓ=gj",
        "ї=yi",
        "ћ=tsh",
        "ќ=kj",
        "ғ=g",
        "қ=k",
        "ң=n",
        "ә=",
        "א=a",
        "ב=b",
        "ף=p",
        "פ=p",
        "ש=sh",
        "じ=zi",
        "ぢ=di",
        "っ=tsu",
        "づ=du",
        "ふ=hu",
        "ゐ=wi",
        "ゑ=we",
        "を=wo",
        "ゕ=",
        "ゖ=",
        "ジ=zi",
        "ヂ=di",
        "ッ=tsu",
        "ヅ=du",
        "フ=hu",
        "ヰ=wi",
        "ヱ=we",
        "ヲ=wo",
        "ヶ=ke",
        "ー=-",
        "・=",
        "ĸ=k",
        "ə=",
        "£=ps",
        "§=ss",
        "×=x",
    ]
    for letter, _, plain in (pair.partition("="),)
    for sign in dict.fromkeys((letter, letter.upper()))
    if len(sign) == 1
}
_HAN = re.compile(r"([\u3400-\u9fff、。」])|(?=[¼½¾])")


def _unidecode(text: str) -> str:
    """Return a text in ASCII as Pelican, Nikola and Zola do: each Han sign is a word."""
    return text if text.isascii() else transliterate(_HAN.sub(r"\1 ", text).translate(_UNIDECODE))


_NOT_PELICAN = re.compile(r"[^\w\s-]")
_JOINTS = re.compile(r"[-\s]+")


def _slugify_pelican(text: str) -> str:
    # pelican.utils.slugify with the default SLUG_REGEX_SUBSTITUTIONS.
    return _JOINTS.sub("-", _NOT_PELICAN.sub("", _unidecode(text)).strip()).lower()


def tidy_hugo_path(path: str) -> str:
    """Return a path as Hugo cleans what a pattern gave: lower case, a plus is a space."""
    return "/".join(_slugify_hugo(part.replace("+", " ").replace("%23", "#")) for part in path.split("/"))


_NOT_NIKOLA = re.compile(r"[^+\w\s-]")


def _slugify_nikola(text: str) -> str:
    # nikola.utils.slugify
    return _JOINTS.sub("-", _NOT_NIKOLA.sub("", _unidecode(text)).strip().lower())


_NOT_ZOLA = re.compile(r"[^a-z0-9]+")


def _slugify_zola(text: str) -> str:
    # The crate "slug", which Zola uses by default.
    return _NOT_ZOLA.sub("-", _unidecode(text).lower()).strip("-")


_HEXO = re.compile(r"[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:\"'<>,.?/]+")

# hexo-util's escapeDiacritic.
_LATIN = str.maketrans(
    {"Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "ß": "s", "Đ": "D", "đ": "d", "Ħ": "H", "ħ": "h", "ı": "i", "Ł": "L",
     "ł": "l", "Œ": "OE", "œ": "oe", "Ŧ": "T", "ŧ": "t"}
)  # fmt: skip
_LETTERS = re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]")


def slugize(text: str) -> str:
    """Make a part of an address with its case kept, as hexo-util does for categories."""
    text = text[:_LONGEST]
    if not text.isascii():
        text = _LETTERS.sub(lambda letter: normalize("NFD", letter[0])[0], text).translate(_LATIN)
    return _HEXO.sub("-", text).strip("-")


def _slugify_hexo(text: str) -> str:
    # For titles.
    return slugize(text).lower()


_CONTRACTION = re.compile(r"([a-zA-Z\d]+)'([ts])(?=\s|$)")
_OF_ELEVENTY = str.maketrans(
    {"ä": "ae", "Ä": "Ae", "ö": "oe", "Ö": "Oe", "ü": "ue", "Ü": "Ue", "&": " and ", "♥": " love "}
)


def _slugify_eleventy(text: str) -> str:
    # @sindresorhus/slugify, as Eleventy's filter calls it; it leaves Han characters out.
    plain = transliterate(_HAN.sub(" ", text.translate(_OF_ELEVENTY)))
    return _NOT_ZOLA.sub("-", _CONTRACTION.sub(r"\1\2", plain.lower())).strip("-")


_NOT_WORDS = re.compile(r"[^\w\- ]")


def _slugify_words(text: str) -> str:
    # pymdownx.slugs with case="lower", and github-slugger: a hyphen for each space.
    return _NOT_WORDS.sub("", text).strip().lower().replace(" ", "-")


def _slugify_quartz(text: str) -> str:
    # Quartz' slugifyFilePath.
    text = re.sub(r"\s", "-", text)
    return text.replace("&", "-and-").replace("%", "-percent").replace("?", "").replace("#", "")


_STYLES: Mapping[SlugStyle, Callable[[str], str]] = {
    "jekyll": _slugify_jekyll,
    "hugo": _slugify_hugo,
    "pelican": _slugify_pelican,
    "nikola": _slugify_nikola,
    "zola": _slugify_zola,
    "hexo": _slugify_hexo,
    "eleventy": _slugify_eleventy,
    "words": _slugify_words,
    "quartz": _slugify_quartz,
    "raw": str,
}
