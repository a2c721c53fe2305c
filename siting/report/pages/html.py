"""HTML in which data is always text, and one self-contained page around its figures."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from bokeh.document import Document
from bokeh.model import Model
from bokeh.resources import INLINE

from siting.report.data.wording import clean, number

__all__ = [
    "Column",
    "Link",
    "Markup",
    "element",
    "facts",
    "field",
    "figure_slot",
    "join",
    "live_page",
    "section",
    "table",
    "text",
]


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
    """Link between the rows of a table and the places of a map.

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


_SCRIPTS = ("page.js", "live.js", "answers.js", "start.js")


def figure_slot(model: Model, description: str) -> Markup:
    """Where a figure stands, with what it shows in words.

    Parameters
    ----------
    model : bokeh.model.Model
        A named root of the page.
    description : str
        For those who cannot see the figure.
    """
    hole = element("div", id=f"figure-{model.name}", class_="hole")
    return element("div", hole, class_="live", role="img", aria_label=description)


def section(title: str, content: Markup) -> Markup:
    """A part of a page under a heading."""
    key = "-".join(title.lower().replace(",", "").split())
    return element("section", element("h2", title, id=key), content, aria_labelledby=key)


def live_page(
    title: str,
    *,
    header: Markup,
    main: Markup,
    figures: Sequence[Model],
    data: Mapping[str, Any],
) -> str:
    """The page as HTML text.

    Parameters
    ----------
    title : str
        Title of the window.
    header, main : Markup
        What the page says; ``main`` holds a `figure_slot` for each figure.
    figures : sequence of bokeh.model.Model
        Named roots; those that share ranges or sources move and choose together.
    data : mapping
        Plain values for the page's own script.

    Returns
    -------
    str
        A content security policy forbids every request and every script but the page's own,
        so that even a name that slipped through unescaped could do nothing.
    """
    scripts = [INLINE.js_raw[0], *(_asset(name) for name in _SCRIPTS)]
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", clean(title)),
        element("style", Markup(_asset("page.css") + _asset("live.css"))),
    )
    body = element(
        "body",
        header,
        element("main", main, id="main", tabindex="-1"),
        _footer(),
        _data("figures", _document(figures)),
        _data("data", data),
        *(element("script", Markup(script)) for script in scripts),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _asset(name: str) -> str:
    return files("siting.report").joinpath("assets", name).read_text(encoding="utf-8")


def _policy(scripts: Sequence[str]) -> str:
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src {hashes}; base-uri 'none'; form-action 'none'"
    )


def _document(figures: Sequence[Model]) -> dict[str, Any]:
    """Figures as one document of Bokeh, and into which element each of them goes."""
    document = Document()
    with document.models.freeze():  # each root would go through the models of all before it
        for figure in figures:
            document.add_root(figure)
    slots = {figure.id: f"figure-{figure.name}" for figure in figures}
    items = [{"docid": "page", "roots": slots, "root_ids": list(slots)}]
    return {"docs": {"page": document.to_json(deferred=False)}, "items": items}


def _data(key: str, value: Mapping[str, Any]) -> Markup:
    """Values for the script of the page, without any ``<`` that could end the element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(
        f'<script type="application/json" id="{key}">{text.replace("<", "\\u003c")}</script>'
    )


def _footer() -> Markup:
    words = (
        "Outlines: Natural Earth, public domain. The origin and licence of every number of the "
        "built-in catalogue are in geodata/sources.csv. This page loads nothing from elsewhere."
    )
    return element("footer", join([element("p", words)]))
