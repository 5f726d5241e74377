"""The inside of a Caddy site block.

Everything stands in one ``route``, where a later ``header`` replaces an earlier one, so that
each path ends with what is true of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from feeds.formats import MEDIA_TYPES
from feeds.freeze.hosts.rules import GONE, HostRules
from feeds.paths import HTML, NOT_FOUND
from feeds.publisher import headers
from feeds.publisher.headers import Headers

_PATH = "{http.request.uri.path}"


def site(rules: HostRules) -> str:
    """What goes into the site block, beside ``root``."""
    inner = [
        *_set("", (*headers.SHARED, ("Cache-Control", headers.ERROR_CACHE))),
        # At the end, since the file server adds one more.
        'header {\n\t\tVary "Accept-Encoding"\n\t\tdefer\n\t}',
        *_methods(),
        *_paths(rules),
        *_documents(rules),
        *_files(rules),
    ]
    lines = ["route {", *(f"\t{line}" for line in inner), "}", *_errors(rules)]
    return "".join(f"{line}\n" for line in lines)


def _methods() -> Iterator[str]:
    yield "@feeds_preflight method OPTIONS"
    yield from _set("@feeds_preflight ", (*headers.PREFLIGHT, ("Allow", headers.METHODS)))
    yield "header @feeds_preflight -Cache-Control"
    yield "respond @feeds_preflight 200"
    yield "@feeds_method not method GET HEAD"
    yield from _set("@feeds_method ", (("Allow", headers.METHODS),))
    yield "error @feeds_method 405"


def _paths(rules: HostRules) -> Iterator[str]:
    for status in sorted({redirect.status for redirect in rules.redirects}):
        yield f"map {_PATH} {{feeds_{status}}} {{"
        for old, new, code in rules.redirects:
            if code == status:
                yield f"\t{_quoted(unquote(old))} {_quoted(rules.origin + new)}"
        yield '\tdefault ""'
        yield "}"
        yield f'@feeds_{status} not vars {{feeds_{status}}} ""'
        yield f"redir @feeds_{status} {{feeds_{status}}} {status}"
    if rules.gone:
        yield f"@feeds_gone path {' '.join(_quoted(unquote(path)) for path in rules.gone)}"
        yield "error @feeds_gone 410"
    yield "@feeds_index path_regexp feeds_index ^(.*/)index[.]html$"
    yield f"redir @feeds_index {rules.origin}{{re.feeds_index.1}} 308"
    yield "@feeds_hidden {"
    yield "\tpath */.*"
    yield "\tnot path /.well-known/*"
    yield "}"
    yield "error @feeds_hidden 404"
    packed = (f"*.{end}.{packed}" for end in (*rules.types, "opml") for packed in ("gz", "br", "zst"))
    root = unquote(rules.root)
    yield f"@feeds_packed path {' '.join(packed)} {_quoted(f'{root}_headers')} {_quoted(f'{root}_redirects')}"
    yield "error @feeds_packed 404"


def _documents(rules: HostRules) -> Iterator[str]:
    cache = ("Cache-Control", headers.cache_control(rules.config))
    for ending, type_ in rules.types.items():
        name = f"@feeds_{ending} "
        yield f"{name}path *.{ending}" + (" */" if ending == "html" else "")
        yield from _set(name, (("Content-Type", type_), cache))
        if ending == "html":
            yield from _set(name, (("Content-Security-Policy", headers.PAGE_POLICY),))
    yield from _links(rules)
    for number, (path, type_) in enumerate(rules.catalogues.items()):
        name = f"@feeds_catalogue_{number} "
        yield f"{name}path {_quoted(unquote(path))}"
        yield from _set(name, (("Content-Type", type_), cache))
        yield f"header {name}-Link"


def _links(rules: HostRules) -> Iterator[str]:
    root = re.escape(unquote(rules.root))
    for name in rules.config.feeds.formats:
        yield f"@feeds_link_{name} path_regexp feeds_{name} {_quoted(f'^{root}(.+)[.]{name}$')}"
        link = headers.link_header(rules.config, f"{{re.feeds_{name}.1}}", name)
        yield from _set(f"@feeds_link_{name} ", (("Link", link),))


def _files(rules: HostRules) -> Iterator[str]:
    codings = rules.config.output.compress
    if codings:
        yield "file_server {"
        yield f"\tprecompressed {' '.join(c for c in ('br', 'zstd', 'gzip') if c in codings)}"
        yield "}"
    else:
        yield "file_server"


def _errors(rules: HostRules) -> Iterator[str]:
    text = headers.content_type("text/plain")
    values = (*headers.SHARED, ("Content-Type", text), ("Cache-Control", headers.ERROR_CACHE))
    yield "handle_errors {"
    yield from (f"\t{line}" for line in _set("", values))
    yield "\theader -Link"
    # At the end, since the file server adds one more.
    yield '\theader {\n\t\tVary "Accept"\n\t\tdefer\n\t}'
    if rules.config.output.pages:
        yield from (f"\t{line}" for line in _error_page(rules))
    yield "\thandle {"
    yield "\t\theader -Content-Security-Policy"
    for status, message in ((404, rules.missing), (410, GONE), (405, "The method is not allowed.")):
        yield f"\t\t@feeds_{status} expression {{http.error.status_code}} == {status}"
        yield f"\t\trespond @feeds_{status} {_quoted(message)} {status}"
    yield "\t}"
    yield "}"


def _error_page(rules: HostRules) -> Iterator[str]:
    """The page of errors for who looks at a browser, and at no feed."""
    yield "@feeds_page {"
    yield "\texpression {http.error.status_code} in [404, 410]"
    yield "\theader Accept *text/html*"
    yield f"\tnot path {' '.join(f'*.{name}' for name in MEDIA_TYPES)}"
    yield "}"
    yield "handle @feeds_page {"
    page = (("Content-Type", headers.content_type(HTML)), ("Content-Security-Policy", headers.PAGE_POLICY))
    yield from (f"\t{line}" for line in _set("", page))
    yield f"\trewrite * {_quoted(unquote(rules.root) + NOT_FOUND)}"
    yield "\tfile_server {\n\t\tstatus {http.error.status_code}\n\t}"
    yield "}"


def _set(matcher: str, values: Headers) -> Iterator[str]:
    return (f"header {matcher}{name} {_quoted(value)}" for name, value in values)


def _quoted(text: str) -> str:
    """A text in quotes, in which a backslash before anything but a quote stands for itself."""
    return '"' + text.replace('"', '\\"') + '"'
