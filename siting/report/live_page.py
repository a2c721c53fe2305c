"""One self-contained page around live figures: nothing is fetched, no name in it is markup."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from bokeh.document import Document
from bokeh.model import Model
from bokeh.resources import INLINE

from siting.report.data.wording import clean
from siting.report.pages.html import Markup, element, join

__all__ = ["figure_slot", "live_page", "section"]

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
