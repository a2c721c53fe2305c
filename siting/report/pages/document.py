"""The page as one HTML file that needs no other, filled in from templates.

Text is escaped there, always.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from bokeh.document import Document
from bokeh.model import Model
from bokeh.resources import INLINE
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from siting.report.data import clean
from siting.report.pages.parts import WIDEST, Part, Tab

__all__ = [
    "MAP_SCRIPTS",
    "assets",
    "digest",
    "live_page",
    "macro",
    "render",
    "script_data",
    "show",
    "styles",
]


def styles(*names: str) -> str:
    """Style sheets of ``assets/``, and what labels the cells of the rows that a phone stacks."""
    rules = (f".stack td:nth-child({i})::before {{ content: var(--c{i}); }}"
             for i in range(2, WIDEST + 1))  # fmt: skip
    phone = "@media screen and (max-width: 40rem) {"  # as in live.css
    return "\n".join([assets(*names), phone, *rules, "}"])


_ROOM = "siting.report"


#: Space between a number and its unit, at which no line may break.
_UNIT = re.compile(r"(?<=\d) (?!(?:to|of|and|or|sites|others)\b)(?=[%°]|[^\W\d])")


#: Unit in brackets that is short enough to stand on one line of a heading.
_SHORT_UNIT = re.compile(r"\[[^\[\]]{1,14}\]")


def _whole_units(title: str) -> Markup:
    """A heading in which no line breaks within a short unit."""
    return Markup(_SHORT_UNIT.sub(r'<span class="unit">\g<0></span>', str(escape(title))))


@cache
def _environment(room: str = _ROOM) -> Environment:
    loader = ChoiceLoader([PackageLoader(each) for each in dict.fromkeys([room, _ROOM])])
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    made.filters["whole_units"] = _whole_units
    made.filters["unbroken"] = lambda words: _UNIT.sub("\u00a0", words)
    return made


def render(template: str, room: str = _ROOM, **values: object) -> Markup:
    """A template of ``templates/`` of a room filled in; what is not `Markup` is escaped."""
    return Markup(_environment(room).get_template(template).render(values))


def macro(template: str, name: str, *values: object, room: str = _ROOM) -> Markup:
    """Result of a macro of a template for some values."""
    return Markup(getattr(_environment(room).get_template(template).module, name)(*values))


def show(parts: Sequence[Part]) -> Markup:
    """Parts of a page as markup."""
    return macro("parts.html", "show", parts)


#: The library for maps, bundled by tools/map_bundle, and what every page with a map has.
MAP_SCRIPTS = ("openlayers.js", "map.js")


_SCRIPTS = (*MAP_SCRIPTS, "live.js", "page.js", "tabs.js", "answers.js")


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
    page = render(
        "page.html",
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
        figures={key: script_data(_document(f"d-{key}", own)) for key, own in drawn.items() if own},
        data=script_data(data),
    )
    return str(page)


def assets(*names: str, room: str = _ROOM) -> str:
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


def script_data(value: Mapping[str, Any]) -> Markup:
    """Values for a script of the page, without any ``<`` that could end the element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))
