"""Parts of a page as data; the macro of its name in ``templates/parts.html`` shows each.

Text is escaped in the templates, always.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

from bokeh.model import Model
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from siting.report.data import clean, number

__all__ = [
    "ROOM",
    "WIDEST",
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
    "facts",
    "macro",
    "render",
    "script_data",
    "show",
    "slot",
]


#: The room whose templates and assets pages have, beside their own.
ROOM = "siting.report"
#: Space between a number and its unit, at which no line may break.
_UNIT = re.compile(r"(?<=\d) (?!(?:to|of|and|or|sites|others)\b)(?=[%°]|[^\W\d])")
#: Unit in brackets that is short enough to stand on one line of a heading.
_SHORT_UNIT = re.compile(r"\[[^\[\]]{1,14}\]")


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
    change : bool, default False
        Whether the numbers are changes, whose sign is always shown.
    """

    title: str
    values: Sequence[object]
    numeric: bool = False
    digits: int = 4
    total: float | None = None
    change: bool = False

    @property
    def cells(self) -> list[tuple[object, str | None]]:
        """Text of each cell, and the number that it sorts by."""
        if not self.numeric:
            return [(value, None) for value in self.values]
        return [(self._shown(value), _stored(value)) for value in self.values]

    @property
    def foot(self) -> tuple[str, str | None]:
        """Text of the last row, and its number."""
        if self.total is None:
            return "", "" if self.numeric else None
        return self._shown(self.total), _stored(self.total)

    def _shown(self, value: object) -> str:
        """A number as a cell shows it; what is not zero but too small to matter is said so."""
        size = value if isinstance(value, int | float) else 0.0
        if 0 < abs(size) < _TINY:
            return f"< {number(_TINY)}"
        return f"{'+' if self.change and size > 0 else ''}{number(value, self.digits)}"


_TINY = 1e-6


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

        None where a table is narrow enough for a phone, or too wide for `WIDEST`.
        """
        if not _NARROW < len(self.columns) <= WIDEST:
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
_NARROW, WIDEST = 4, 60


def _css_string(text: object) -> str:
    """Text as a string of CSS; what is not a letter, a number or a space by its code."""
    plain = (c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in clean(text))
    return f'"{"".join(plain)}"'


def facts(caption: str, rows: Sequence[tuple[object, object]]) -> Table:
    """A table of names and values."""
    titles = ("What", "Value")
    return Table(caption, [Column(t, [row[i] for row in rows]) for i, t in enumerate(titles)])


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
    figures: Sequence[Model] = field(default=())

    @property
    def key(self) -> str:
        """Its id on the page."""
        return "-".join("".join(c if c.isalnum() else " " for c in self.title.lower()).split())


def _whole_units(title: str) -> Markup:
    """A heading in which no line breaks within a short unit."""
    return Markup(_SHORT_UNIT.sub(r'<span class="unit">\g<0></span>', str(escape(title))))


@cache
def _environment(room: str = ROOM) -> Environment:
    loader = ChoiceLoader([PackageLoader(each) for each in dict.fromkeys([room, ROOM])])
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    made.filters["whole_units"] = _whole_units
    made.filters["unbroken"] = lambda words: _UNIT.sub("\u00a0", words)
    return made


def render(template: str, room: str = ROOM, **values: object) -> Markup:
    """A template of ``templates/`` of a room filled in; what is not `Markup` is escaped."""
    return Markup(_environment(room).get_template(template).render(values))


def macro(template: str, name: str, *values: object, room: str = ROOM) -> Markup:
    """Result of a macro of a template for some values."""
    return Markup(getattr(_environment(room).get_template(template).module, name)(*values))


def show(parts: Sequence[Part]) -> Markup:
    """Parts of a page as markup."""
    return macro("parts.html", "show", parts)


def script_data(value: Mapping[str, Any]) -> Markup:
    """Values for a script of the page, without any ``<`` that could end the element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))
