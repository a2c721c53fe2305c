"""Pieces of HTML in which everything that comes from data is text, never markup."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from siting.report.data.wording import number

__all__ = ["Column", "Link", "Markup", "element", "facts", "field", "join", "table", "text"]


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


def field(**attributes: object) -> Markup:
    """An ``input`` element, which has no end."""
    return Markup(element("input", **attributes).removesuffix("</input>"))


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


@dataclass(frozen=True)
class Link:
    """What ties the rows of a table to the places of a map.

    Parameters
    ----------
    layer : str
        Layer of the map: ``sites`` or ``candidates``.
    keys : sequence of str
        Id of the place of each row.
    """

    layer: str
    keys: Sequence[str]


def table(
    caption: str,
    columns: Sequence[Column],
    *,
    sortable: bool = False,
    link: Link | None = None,
    filter_id: str | None = None,
) -> Markup:
    """A table with a caption, whose first column names the rows.

    Parameters
    ----------
    caption : str
        What the table shows.
    columns : sequence of Column
        Equally long.
    sortable : bool, default False
        Whether the headings are buttons that sort, reachable by keyboard.
    link : Link, optional
        Makes the names of the rows buttons that highlight the place on the map.
    filter_id : str, optional
        Id of the table; given, a field above it filters the rows.
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
    rows = list(zip(*(column.values for column in columns), strict=True))
    keys: Sequence[str | None] = link.keys if link else [None] * len(rows)
    body = [_row(row, columns, key) for row, key in zip(rows, keys, strict=True)]
    whole = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *heads)),
        element("tbody", join(body)),
        id=filter_id,
        data_layer=link.layer if link else None,
    )
    classes = "wide tall" if len(rows) > 15 else "wide"
    shown = element("div", whole, class_=classes, tabindex="0", role="region", aria_label=caption)
    return join([_filter(filter_id, len(rows)), shown]) if filter_id else shown


def _filter(table_id: str, count: int) -> Markup:
    search = field(type="search", data_filter=table_id, aria_controls=table_id)
    counted = element("output", f"{count} of {count}", aria_live="polite")
    return element("p", element("label", "Filter ", search), counted, class_="filter")  # fmt: skip


def _row(values: Sequence[object], columns: Sequence[Column], key: str | None) -> Markup:
    cells = list(values)
    if key is not None:
        cells[0] = element("button", cells[0], type="button", class_="pick", aria_pressed="false")
    return element(
        "tr", *(_cell(v, columns[i], first=i == 0) for i, v in enumerate(cells)), data_key=key
    )


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
