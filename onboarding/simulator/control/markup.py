"""HTML built from values, never from pasted text: what is not Markup is escaped."""

from collections.abc import Iterable
from html import escape

VOID = frozenset({"input", "link", "meta"})


class Markup(str):
    """Text that is HTML already."""


Child = str | int | float | None | Iterable["Child"]


def element(name: str, /, *children: Child, **attributes: str | int | float | bool | None) -> Markup:
    """`class_` and `for_` stand for the attributes that are words of Python."""
    written = "".join(attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{''.join(map(text, children))}</{name}>")


def attribute(name: str, value: str | int | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def text(child: Child) -> str:
    if isinstance(child, Markup):
        return child
    if child is None:
        return ""
    if isinstance(child, str | int | float):
        return escape(str(child))
    return "".join(map(text, child))
