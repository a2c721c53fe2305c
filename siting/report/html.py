"""Pieces of HTML in which everything that comes from data is text, never markup."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from siting.report.words import number

__all__ = ["Column", "Markup", "element", "facts", "join", "table", "text"]


class Markup(str):
    """Text that is already HTML; any other text is escaped when it enters an element."""

    __slots__ = ()


def text(value: object) -> Markup:
    """A value as HTML text; `Markup` stays as it is."""
    return value if isinstance(value, Markup) else Markup(html.escape(str(value), quote=True))


def join(parts: Iterable[object], between: str = "\n") -> Markup:
    """Parts one after the other, each escaped unless it is `Markup`."""
    return Markup(between.join(text(part) for part in parts))


def element(tag: str, *content: object, **attributes: object) -> Markup:
    """An element; ``class_`` is the attribute class, ``aria_label`` is aria-label.

    An attribute whose value is None is left out; every other value is quoted and escaped.
    """
    words = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{html.escape(str(value), quote=True)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{words}>{join(content, '')}</{tag}>")


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    title : str
        Heading, with the unit in brackets.
    values : sequence
        One cell a row: numbers where ``numeric``, else anything that `text` takes.
    numeric : bool, default False
        Set to the right, shown with about three figures and sorted by value.
    """

    title: str
    values: Sequence[object]
    numeric: bool = False


def table(caption: str, columns: Sequence[Column], *, sortable: bool = False) -> Markup:
    """A table with a caption, whose first column names the rows.

    Parameters
    ----------
    caption : str
        What the table shows.
    columns : sequence of Column
        Equally long.
    sortable : bool, default False
        Whether the headings are buttons that sort, reachable by keyboard.
    """
    heads = [
        element(
            "th",
            element("button", column.title, type="button") if sortable else column.title,
            scope="col",
            class_="num" if column.numeric else None,
        )
        for column in columns
    ]
    rows = zip(*(column.values for column in columns), strict=True)
    body = [
        element("tr", *(_cell(value, columns[i], first=i == 0) for i, value in enumerate(row)))
        for row in rows
    ]
    whole = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *heads)),
        element("tbody", join(body)),
    )
    return element("div", whole, class_="wide", tabindex="0", role="region", aria_label=caption)


def _cell(value: object, column: Column, *, first: bool) -> Markup:
    tag, scope = ("th", "row") if first else ("td", None)
    if not column.numeric:
        return element(tag, value, scope=scope)
    known = isinstance(value, int | float) and math.isfinite(value)
    return element(
        tag,
        number(value, 4),
        scope=scope,
        class_="num",
        data_value=repr(float(value)) if known and isinstance(value, int | float) else "",
    )


def facts(caption: str, rows: Iterable[tuple[object, object]]) -> Markup:
    """A table of names and values."""
    pairs = list(rows)
    names, values = [name for name, _ in pairs], [value for _, value in pairs]
    return table(caption, [Column("What", names), Column("Value", values)])
