"""The inside of an nginx ``server`` block.

Headers are added once, for the whole server, since a location that adds one loses those of
the server; what differs goes through variables. An error goes to a location of its own, by
name, which sets them back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from feeds.formats import MEDIA_TYPES
from feeds.freeze.hosts.rules import GONE, HostRules
from feeds.paths import HTML, NOT_FOUND
from feeds.publisher import headers
from feeds.publisher.headers import Headers

_TEXT = headers.content_type("text/plain")
_STEM = "${feeds_stem}"


def server(rules: HostRules) -> str:
    """What goes into the ``server`` block, beside ``listen``, ``server_name`` and ``root``."""
    lines = [
        *_conditions(rules),
        *_compression(rules),
        *_shared(),
        *_methods(),
        *_errors(rules),
        *_paths(rules),
        *_documents(rules),
        *_folders(rules),
    ]
    return "".join(f"{line}\n" for line in lines)


def _conditions(rules: HostRules) -> Iterator[str]:
    yield "index index.html;"
    yield "absolute_redirect off;"
    yield "if_modified_since before;"
    yield f'if ($request_uri ~ "^([^?]*/)index\\.html(\\?|$)") {{ return 308 {_value(rules.origin, "$1")}; }}'


def _compression(rules: HostRules) -> Iterator[str]:
    """Compressed files where there are any, else gzip as the server goes along."""
    codings = rules.config.output.compress
    if "br" in codings:
        yield "brotli_static on;  # of the module ngx_brotli; without it, leave br out of output.compress"
    if "gzip" in codings:
        yield "gzip_static on;"
    else:
        types = {*rules.types.values(), *rules.catalogues.values()}
        yield f"gzip on;\ngzip_types {' '.join(map(_value, sorted(types)))};"
    yield "gzip_proxied any;"
    # The header is added below, to every answer.
    yield "gzip_vary off;"


def _unset(vary: str) -> Iterator[str]:
    yield f"set $feeds_cache {_value(headers.ERROR_CACHE)};"
    yield 'set $feeds_policy "";'
    yield 'set $feeds_link "";'
    yield f"set $feeds_vary {_value(vary)};"


def _shared() -> Iterator[str]:
    yield from _unset("Accept-Encoding")
    yield from _added(headers.SHARED)
    yield "add_header Vary $feeds_vary always;"
    yield "add_header Cache-Control $feeds_cache always;"
    yield "add_header Content-Security-Policy $feeds_policy always;"
    yield "add_header Link $feeds_link always;"


def _methods() -> Iterator[str]:
    # 418 is a number that nothing else uses: nginx finds the named location by it.
    yield "error_page 418 =200 @feeds_preflight;"
    yield "if ($request_method = OPTIONS) { return 418; }"
    yield "if ($request_method !~ ^(GET|HEAD)$) { return 405; }"
    allow = ("Allow", headers.METHODS)
    yield from _answer("@feeds_preflight", 200, "", _added((*headers.SHARED, *headers.PREFLIGHT, allow)))
    yield "error_page 405 @feeds_method;"
    cached = ("Cache-Control", headers.ERROR_CACHE)
    added = _added((*headers.SHARED, cached, allow))
    yield from _answer("@feeds_method", 405, "The method is not allowed.", added)


def _errors(rules: HostRules) -> Iterator[str]:
    yield "error_page 403 404 =404 @feeds_missing;"
    yield from _answer("@feeds_missing", 404, rules.missing, _error(rules))
    yield "error_page 410 @feeds_gone;"
    yield from _answer("@feeds_gone", 410, GONE, _error(rules))


def _error(rules: HostRules) -> Iterator[str]:
    """The page of errors for who looks at a browser, where there are pages; for others, headers."""
    yield from _unset("Accept")
    if rules.config.output.pages:
        yield 'set $feeds_asked "$uri $http_accept";'
        yield f'if ($feeds_asked ~* "^(?![^ ]+[.]({"|".join(MEDIA_TYPES)}) ).*text/html") {{'
        yield f"    set $feeds_policy {_value(headers.PAGE_POLICY)};"
        # The root by a name, since a dollar in it could not be written.
        yield f'    rewrite "^(?<feeds_root>{_pattern(rules.root)})" "${{feeds_root}}{NOT_FOUND}" break;'
        yield "}"
        # Whatever the path ends in, what follows is plain text.
        yield "rewrite ^ /;"


def _answer(name: str, status: int, text: str, more: Iterable[str]) -> Iterator[str]:
    """A location that says something short, after ``more`` that sets its headers."""
    yield f"location {name} {{"
    yield from (f"    {line}" for line in more)
    yield f"    types {{ {_value(headers.content_type(HTML))} html; }}"
    yield f"    default_type {_value(_TEXT)};"
    body = _value(text + "\n") if text else '""'
    yield f"    return {status} {body};"
    yield "}"


def _paths(rules: HostRules) -> Iterator[str]:
    for old, new, status in rules.redirects:
        yield f"location = {_path(old)} {{ return {status} {_value(rules.origin + new)}; }}"
    for path in rules.gone:
        yield f"location = {_path(path)} {{ return 410; }}"
    # The manifest, and whatever else a dot hides; files that are sent in place of others.
    yield 'location ~ "/\\.(?!well-known/)" { return 404; }'
    yield f'location ~ "^{_pattern(rules.root)}_(headers|redirects)$" {{ return 404; }}'
    yield f'location ~ "\\.({"|".join(rules.types)}|opml)\\.(gz|br|zst)$" {{ return 404; }}'


def _documents(rules: HostRules) -> Iterator[str]:
    for path, type_ in rules.catalogues.items():
        yield from _location(f"= {_path(path)}", rules, type_)
    for ending, type_ in rules.types.items():
        pattern = f'~ "^{_pattern(rules.root)}(?<feeds_stem>.+)\\.{ending}$"'
        name = next((name for name in rules.config.feeds.formats if name == ending), None)
        if name is not None:
            link = headers.link_header(rules.config, _STEM, name)
            yield from _location(pattern, rules, type_, f"set $feeds_link {_value(link, keep=_STEM)};")
        elif ending == "html":
            policy = f"set $feeds_policy {_value(headers.PAGE_POLICY)};"
            yield from _location(pattern.replace(".+", ".*"), rules, type_, policy)
        else:
            yield from _location(pattern, rules, type_)


def _location(match: str, rules: HostRules, type_: str, more: str = "") -> Iterator[str]:
    yield f"location {match} {{"
    yield f"    set $feeds_cache {_value(headers.cache_control(rules.config))};"
    yield from ([f"    {more}"] if more else [])
    yield "    types { }"
    yield f"    default_type {_value(type_)};"
    yield "}"


def _folders(rules: HostRules) -> Iterator[str]:
    """A page without its slash; a folder without a page."""
    yield 'location ~ "[^/]$" {'
    yield "    if (-f $request_filename/index.html) { return 308 " + _value(rules.origin, "$uri/") + "; }"
    yield "    if (-d $request_filename) { return 404; }"
    yield "}"


def _added(values: Headers) -> Iterator[str]:
    return (f"add_header {name} {_value(value)} always;" for name, value in values)


def _value(text: str, end: str = "", keep: str = "\0") -> str:
    """A text in quotes; ``end`` and ``keep`` hold variables, and nothing else may be taken for one."""
    plain = text.replace(keep, "\0").replace("$", "%24").replace("\0", keep) + end
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _path(path: str) -> str:
    """A path in quotes, decoded: nginx compares it so."""
    return '"' + unquote(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _pattern(path: str) -> str:
    return re.escape(unquote(path)).replace('"', '\\"')
