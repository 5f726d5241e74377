"""XML elements with their text, as lxml makes them."""

from __future__ import annotations

from typing import Any

from lxml import etree

_NONE: dict[str, str] = {}


def add(parent: Any, name: str, text: str | None = None, attributes: dict[str, str] = _NONE) -> Any:
    """Append an element with a text to another one, and give it."""
    element = etree.SubElement(parent, name, attributes)
    element.text = text
    return element


def cut(root: Any, name: bytes) -> list[bytes]:
    """The elements within a root that all have this name, each as it stands in any root with its namespaces.

    All are written at once: one by one, each would declare the namespaces. Their end tag can be nothing
    else, since text has no ``<``.
    """
    end = b"</%b>" % name
    *found, _ = etree.tostring(root, encoding="UTF-8").split(end)
    if found:
        found[0] = found[0][found[0].index(b"<%b" % name, 1) :]
    return [element + end for element in found]
