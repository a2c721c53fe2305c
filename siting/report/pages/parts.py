"""Parts of a page as data, and the page as one HTML file that needs no other.

Python says what a page holds; the macro of the same name in ``templates/parts.html`` says how it
looks. Text is escaped there, always.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar, Protocol

from bokeh.document import Document
from bokeh.model import Model
from bokeh.resources import INLINE
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from siting.report.data.wording import clean, number

__all__ = [
    "MAP_SCRIPTS",
    "Choice",
    "Code",
    "Column",
    "Figures",
    "Fold",
    "Heading",
    "Items",
    "Link",
    "Markup",
    "Part",
    "Slot",
    "Tab",
    "Table",
    "Text",
    "assets",
    "data_element",
    "digest",
    "element",
    "facts",
    "field",
    "figure_slot",
    "join",
    "live_page",
    "macro",
    "render",
    "show",
    "slot",
    "styles",
]


@dataclass(frozen=True)
class Text:
    """A paragraph; ``kind`` is its class, such as ``note`` or ``status good``."""

    words: str
    kind: str = ""
    form: ClassVar[str] = "text"


@dataclass(frozen=True)
class Heading:
    """Heading of what follows within a tab."""

    words: str
    form: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    title : str
        Heading, with the unit in brackets.
    values : sequence
        One cell a row: numbers where ``numeric``, else text or markup.
    numeric : bool, default False
        Set to the right, shown with about ``digits`` figures and sorted by value.
    digits : int, default 4
        Figures that are shown.
    total : float, optional
        Sum or mean in the last row, of the same basis as the values.
    """

    title: str
    values: Sequence[object]
    numeric: bool = False
    digits: int = 4
    total: float | None = None

    @property
    def cells(self) -> list[tuple[object, str | None]]:
        """Text of each cell, and the number that it sorts by."""
        if not self.numeric:
            return [(value, None) for value in self.values]
        return [(number(value, self.digits), _stored(value)) for value in self.values]

    @property
    def foot(self) -> tuple[str, str | None]:
        """Text of the last row, and its number."""
        if self.total is None:
            return "", "" if self.numeric else None
        return number(self.total, self.digits), _stored(self.total)


def _stored(value: object) -> str:
    """Number by which a cell sorts, to twelve figures; empty where it is not known."""
    known = isinstance(value, int | float) and math.isfinite(value)
    return repr(float(f"{value:.12g}")) if known else ""


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


@dataclass(frozen=True)
class Table:
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
    foot : str, optional
        Name of the last row, which has the totals of the columns.
    """

    caption: str
    columns: Sequence[Column]
    sortable: bool = False
    link: Link | None = None
    filter_id: str | None = None
    foot: str = ""
    form: ClassVar[str] = "table"

    @property
    def labels(self) -> str | None:
        """Headings as properties of CSS, by which a narrow window labels the cells of a row.

        None where a table is narrow enough for a phone, or too wide for `_WIDEST`.
        """
        if not _NARROW < len(self.columns) <= _WIDEST:
            return None
        return "".join(f"--c{i}:{_css_string(column.title)};"
                       for i, column in enumerate(self.columns[1:], 2))  # fmt: skip

    @property
    def rows(self) -> list[tuple[str | None, tuple[tuple[object, str | None], ...]]]:
        """Key of the place and cells of each row."""
        cells = list(zip(*(column.cells for column in self.columns), strict=True))
        keys: Sequence[str | None] = self.link.keys if self.link else [None] * len(cells)
        return list(zip(keys, cells, strict=True))


#: Columns that a phone has room for, and those that a table may have whose rows it stacks.
_NARROW, _WIDEST = 4, 60


def _css_string(text: object) -> str:
    """Text as a string of CSS; what is not a letter, a number or a space by its code."""
    plain = (c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in clean(text))
    return f'"{"".join(plain)}"'


def styles(*names: str) -> str:
    """Style sheets of ``assets/``, and what labels the cells of the rows that a phone stacks."""
    rules = (f".stack td:nth-child({i})::before {{ content: var(--c{i}); }}"
             for i in range(2, _WIDEST + 1))  # fmt: skip
    return "\n".join([assets(*names), f"@media {_PHONE} {{", *rules, "}"])


#: Windows in which wide tables are stacks of labelled cells; as in ``live.css``.
_PHONE = "screen and (max-width: 40rem)"


def facts(caption: str, rows: Sequence[tuple[object, object]]) -> Table:
    """A table of names and values."""
    names, values = [name for name, _ in rows], [value for _, value in rows]
    return Table(caption, [Column("What", names), Column("Value", values)])


@dataclass(frozen=True)
class Items:
    """A list; where it is long, what is beyond the first ``at_once`` can be opened."""

    items: Sequence[object]
    at_once: int = 8
    form: ClassVar[str] = "items"


@dataclass(frozen=True)
class Choice:
    """A choice among named values, with the id by which the script finds it."""

    words: str
    key: str
    options: Sequence[tuple[str, str]]
    form: ClassVar[str] = "choice"


@dataclass(frozen=True)
class Code:
    """Text in a fixed font, which may be wide."""

    words: str
    form: ClassVar[str] = "code"


@dataclass(frozen=True)
class Fold:
    """Parts that are shown when the reader opens them."""

    summary: str
    parts: Sequence[Part]
    form: ClassVar[str] = "fold"


@dataclass(frozen=True)
class Slot:
    """Place of a figure, with what it shows in words for those who cannot see it."""

    figure: str
    words: str
    title: str = ""
    form: ClassVar[str] = "slot"


def slot(model: Model, words: str, title: str = "") -> Slot:
    """Place of a named figure."""
    return Slot(str(model.name), words, title)


@dataclass(frozen=True)
class Figures:
    """Figures side by side; ``kind`` is the class of their grid."""

    slots: Sequence[Slot]
    kind: str = "maps"
    form: ClassVar[str] = "figures"


#: What a tab may hold; a string is markup that is ready.
type Part = Text | Heading | Code | Choice | Table | Items | Fold | Slot | Figures | str


@dataclass(frozen=True)
class Tab:
    """A tab of a page, whose figures are drawn when it is opened first.

    Parameters
    ----------
    title : str
        Its name.
    parts : sequence of Part
        What it shows, in order.
    figures : sequence of bokeh.model.Model
        Named roots of the slots among the parts.
    """

    title: str
    parts: Sequence[Part]
    figures: Sequence[Model] = dataclass_field(default=())

    @property
    def key(self) -> str:
        """Its id on the page."""
        return "-".join("".join(c if c.isalnum() else " " for c in self.title.lower()).split())


class Named(Protocol):
    """Element with a name by which the page finds it."""

    @property
    def name(self) -> str | None:
        """The name."""


@cache
def _environment() -> Environment:
    loader = PackageLoader("siting.report")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)  # fmt: skip


def render(template: str, **values: object) -> Markup:
    """A template of ``siting/report/templates`` filled in; what is not `Markup` is escaped."""
    return Markup(_environment().get_template(template).render(values))


def macro(template: str, name: str, *values: object) -> Markup:
    """Result of a macro of a template for some values."""
    return Markup(getattr(_environment().get_template(template).module, name)(*values))


def show(parts: Sequence[Part]) -> Markup:
    """Parts of a page as markup."""
    return macro("parts.html", "show", parts)


def join(parts: Iterable[object], between: str = "\n") -> Markup:
    """Parts one after the other, each escaped unless it is `Markup`."""
    return Markup(between).join(escape(part) for part in parts)


def element(tag: str, *content: object, **attributes: object) -> Markup:
    """An element; ``class_`` is the attribute class, ``aria_label`` is aria-label.

    An attribute whose value is None is left out; every other value is quoted and escaped.
    """
    words = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{words}>{join(content, '')}</{tag}>")


def field(**attributes: object) -> Markup:
    """An ``input`` element, which has no end."""
    return Markup(element("input", **attributes).removesuffix("</input>"))


def figure_slot(model: Named, description: str) -> Markup:
    """Place of a figure or a map in a page, with its text alternative."""
    hole = element("div", id=f"figure-{model.name}", class_="hole")
    return element("div", hole, class_="live", role="img", aria_label=description)


#: The library for maps, bundled by tools/map_bundle, and what every page with a map has.
MAP_SCRIPTS = ("openlayers.js", "core.js", "map.js")
_SCRIPTS = (*MAP_SCRIPTS, "live.js", "page.js", "tabs.js", "answers.js", "start.js")


def live_page(
    title: str,
    *,
    heading: str,
    description: str = "",
    lead: Sequence[Part],
    tabs: Sequence[Tab],
    figures: Sequence[Model],
    data: Mapping[str, Any],
) -> str:
    """The page as HTML text.

    Parameters
    ----------
    title, heading, description : str
        Title of the window, and heading of the page with what was asked.
    lead : sequence of Part
        First screen, above the tabs.
    tabs : sequence of Tab
        The rest; figures of a tab are drawn when it is opened first.
    figures : sequence of bokeh.model.Model
        Named roots of the first screen; those that share ranges or sources move and choose
        together.
    data : mapping
        Plain values for the page's own script.

    Returns
    -------
    str
        A content security policy forbids every request and every script but the page's own,
        so that even a name that slipped through unescaped could do nothing.
    """
    charts, script = INLINE.js_raw[0], assets(*_SCRIPTS)
    drawn = {"lead": figures} | {tab.key: tab.figures for tab in tabs}
    return (
        _environment()
        .get_template("page.html")
        .render(
            title=clean(title),
            heading=clean(heading),
            description=clean(description),
            lead=lead,
            tabs=tabs,
            policy=(
                "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
                f"script-src {digest(charts)} {digest(script)}; base-uri 'none'; form-action 'none'"
            ),
            styles=Markup(styles("page.css", "live.css")),
            script=Markup(script),
            charts=Markup(charts),
            figures={key: _data(_document(f"d-{key}", own)) for key, own in drawn.items() if own},
            data=_data(data),
        )
    )


def assets(*names: str, room: str = "siting.report") -> str:
    """Files of ``assets/`` as one text."""
    folder = files(room).joinpath("assets")
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


def digest(text: str) -> str:
    """Source of a script or a style, as a content security policy names what stands in a page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _document(name: str, figures: Sequence[Model]) -> dict[str, Any]:
    """Figures as one document of Bokeh, and into which element each of them goes."""
    document = Document()
    with document.models.freeze():  # each root would go through the models of all before it
        for figure in figures:
            document.add_root(figure)
    slots = {figure.id: f"figure-{figure.name}" for figure in figures}
    items = [{"docid": name, "roots": slots, "root_ids": list(slots)}]
    return {"docs": {name: document.to_json(deferred=False)}, "items": items}


def _data(value: Mapping[str, Any]) -> Markup:
    """Values for a script of the page, without any ``<`` that could end the element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


def data_element(kind: str, value: Mapping[str, Any]) -> Markup:
    """Values for a script of the page that stand beside what they belong to."""
    return element("script", _data(value), type="application/json", class_=kind)
