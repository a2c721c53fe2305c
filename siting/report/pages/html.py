"""Pages as HTML: templates in which data is always text, and one self-contained file."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from bokeh.document import Document
from bokeh.model import Model
from bokeh.resources import INLINE
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from siting.report.data.wording import clean
from siting.report.pages.parts import Part, Tab

__all__ = [
    "Markup",
    "data_element",
    "element",
    "field",
    "figure_slot",
    "join",
    "live_page",
    "macro",
    "render",
    "show",
]


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


#: The library for maps, bundled by tools/map_bundle, and the scripts of the pages.
_SCRIPTS = (
    "openlayers.js", "page.js", "live.js", "map.js", "tabs.js", "answers.js", "versus.js",
    "start.js",
)  # fmt: skip


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
    early = _asset("early.js")
    scripts = [INLINE.js_raw[0], *(_asset(name) for name in _SCRIPTS)]
    drawn = {"": figures} | {tab.key: tab.figures for tab in tabs if tab.figures}
    return (
        _environment()
        .get_template("page.html")
        .render(
            title=clean(title),
            heading=clean(heading),
            description=clean(description),
            lead=lead,
            tabs=tabs,
            policy=_policy([early, *scripts]),
            styles=Markup(_asset("page.css") + _asset("live.css")),
            early=Markup(early),
            scripts=[Markup(script) for script in scripts],
            figures=_data({key: _document(f"d-{key}", own) for key, own in drawn.items()}),
            data=_data(data),
        )
    )


def _asset(name: str) -> str:
    return files("siting.report").joinpath("assets", name).read_text(encoding="utf-8")


def _policy(scripts: Sequence[str]) -> str:
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src {hashes}; base-uri 'none'; form-action 'none'"
    )


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
