"""Check plain text, people, languages and numbers in feeds."""

from __future__ import annotations

import re
from html.entities import name2codepoint

from feeds.check.lint.findings import Report
from feeds.check.lint.vocabulary import ELEMENTS, LANGUAGES

_LANGUAGE = re.compile(r"([A-Za-z]{2,3}|x|i)(-[A-Za-z0-9]{1,8})*")
_END_TAG = re.compile(r"</(\w+)>")
_ENTITY = re.compile(r"&(#?\w+)")
_MARKUP = re.compile(r"&#[x0-9]|<[/a-zA-Z]")
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x80-\x9f\ud800-\udfff\ufffd]")
_DOUBLE = re.compile("[\xc2\xc3][\x80-\xbf]")
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+@(?:[a-z0-9-]+\.)+[a-z0-9-]+", re.IGNORECASE)
_EMAIL_IN_NAME = re.compile(rf"<{_EMAIL.pattern}>", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"""[^\s()<>,;:"/\[\]?=]+/[^\s()<>,;:"/\[\]?=]+(\s*;\s*[^\s()<>,;:"/\[\]?=]+=.+)?""")


def check_filled(report: Report, field: str, value: str) -> bool:
    """Return whether a value holds text; report an empty one, which is better omitted."""
    if not value.strip():
        report.warning("blank", field, "It is empty; leave it out.")
    return bool(value.strip())


def check_plain(report: Report, field: str, value: str) -> None:
    """Report plain text that some readers take for HTML (RFC 4287, 3.1.1.1)."""
    if not check_tags(report, field, value):
        return
    for name in _ENTITY.findall(value):
        if name in name2codepoint or name == "apos" or not name.isalpha():
            report.warning("html-in-text", field, f'Plain text holds "&{name};".')
            return


def check_tags(report: Report, field: str, value: str) -> bool:
    """Return whether plain text holds no end tag; report one.

    In JSON, nothing else is ambiguous.
    """
    found = next((tag for tag in _END_TAG.findall(value) if tag.lower() in ELEMENTS), "")
    if found:
        report.warning("html-in-text", field, f'Plain text holds "</{found}>".')
    return not found


def check_character_data(report: Report, field: str, value: str, raw: bytes) -> None:
    """Check plain text of RSS by the Advisory Board's profile (character data).

    ``raw`` are the bytes of the element. If these hold hexadecimal references, the author meant
    plain characters, and readers show them as such.
    """
    if b"&#x" in raw.lower():
        report = Report()
    check_plain(report, field, value)
    if not _END_TAG.search(value) and not _ENTITY.search(value) and _MARKUP.search(value):
        report.warning("character-data", field, 'Write "&" and "<" as "&#x26;" and "&#x3C;".')


def check_characters(report: Report, field: str, value: str) -> None:
    """Report characters that readers cannot show, such as controls and bad decoding."""
    if bad := _BAD.search(value):
        report.warning("bad-characters", field, f"It holds the character U+{ord(bad[0]):04X}.")
    elif _DOUBLE.search(value) and any(map(_is_encoded_twice, value.splitlines())):
        report.warning("bad-characters", field, "It holds text that was encoded as UTF-8 twice.")


def check_language(report: Report, field: str, value: str) -> None:
    """Check that a value is a language tag (BCP 47) with a language of ISO 639."""
    match = _LANGUAGE.fullmatch(value)
    if match is None or (
        len(match[1]) > 1 and len(match[1]) < len("xxx") and match[1].lower() not in LANGUAGES
    ):
        report.error("bad-language", field, f'"{value}" is not a language tag, such as "en" or "en-GB".')


def check_media_type(report: Report, field: str, value: str) -> bool:
    """Return whether a value looks like a media type (RFC 2045, 5.1); report others."""
    if fits := _MEDIA_TYPE.fullmatch(value) is not None:
        return fits
    report.error("bad-media-type", field, f'"{value}" is not a media type.')
    return False


def check_person(report: Report, field: str, name: str) -> None:
    """Check the name of a person: plain text, without an e-mail address."""
    if check_filled(report, field, name):
        check_plain(report, field, name)
        if _EMAIL_IN_NAME.search(name):
            report.warning("email-in-name", field, f'The name "{name}" holds an e-mail address.')


def is_email(value: str) -> bool:
    """Return whether a value is an addr-spec (RFC 822, 6.1) with a full host name."""
    return _EMAIL.fullmatch(value) is not None


def check_email(report: Report, field: str, value: str) -> None:
    """Check that a value is an e-mail address and nothing else."""
    if not is_email(value):
        report.error("bad-email", field, f'"{value}" is not an e-mail address.')


def check_count(report: Report, field: str, value: str, least: int = 0, most: int | None = None) -> None:
    """Check that a value is a whole number within its limits."""
    number = int(value) if re.fullmatch(r"[+-]?[0-9]{1,18}", value.strip()) else least - 1
    if number < least or (most is not None and number > most):
        limits = f"of at least {least}" if most is None else f"from {least} to {most}"
        report.error("bad-number", field, f'"{value}" is not a whole number {limits}.')


def _is_encoded_twice(line: str) -> bool:
    try:
        return _DOUBLE.search(line) is not None and line.encode("latin-1").decode() != line
    except UnicodeError:
        return False
