"""The page of a workbench: one HTML document with its script and style, which asks nobody else."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

from siting.catalogue import Catalogue
from siting.coefficients.demand import chosen_regions, chosen_sites
from siting.config import Study
from siting.placement.notebook import Window, window_around
from siting.report.data.wording import clean
from siting.report.pages.html import Markup, element, field
from siting.workbench.controls import Control, controls_of, grouped

__all__ = ["Page", "workbench_page"]

_WIDTH_PX = 960.0
#: Largest weight on the scale beside its field; the field takes any.
_MOST_ON_SCALE = 5
#: Titles that stand open at first.
_OPEN = ("Weights", "Sites", "Workloads")


@dataclass(frozen=True)
class Page:
    """A page, the content security policy that it is sent under, and the window of its map."""

    text: str
    policy: str
    window: Window


def workbench_page(study: Study, catalogue: Catalogue, source: str) -> Page:
    """The page of a study.

    Parameters
    ----------
    study : Study
        The study that is asked about.
    catalogue : Catalogue
        The built-in tables.
    source : str
        The study as the planner named it.
    """
    style = _asset("page.css", "siting.report") + _asset("workbench.css")
    script = _asset("workbench.js")
    window, places = _places(study, catalogue)
    data = json.dumps(places, ensure_ascii=False, allow_nan=False)
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", f"{clean(study.name)} – workbench"),
        element("style", Markup(style)),
    )
    body = element(
        "body",
        _header(study, source),
        element("main", _controls(study), _answers(study), id="main", tabindex="-1"),
        Markup(f'<script type="application/json" id="places">{data.replace("<", "\\u003c")}'
               "</script>"),
        element("script", Markup(script)),
    )  # fmt: skip
    text = f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"
    policy = (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return Page(text, policy, window)


def _asset(name: str, room: str = "siting.workbench") -> str:
    return files(room).joinpath("assets", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _header(study: Study, source: str) -> Markup:
    words = f"Workbench of {source}. Change values, solve, and see what becomes different and why."
    return element(
        "header",
        element("a", "Skip to the answers", href="#answers", class_="skip"),
        element("h1", clean(study.name)),
        element("p", words),
        element("p", "", id="lost", class_="bad", role="alert", hidden="hidden"),
    )


# Controls -----------------------------------------------------------------------------------


def _controls(study: Study) -> Markup:
    groups = grouped(controls_of(study))
    boxes = [_group(title, controls) for title, controls in groups.items()]
    buttons = element(
        "div",
        element("button", "Solve", type="submit", id="solve"),
        element("button", "Back to the study", type="button", id="reset", class_="tool"),
        element("label", field(type="checkbox", id="at-once"), " Solve whenever a value changes"),
        class_="buttons",
    )
    other = element(
        "details",
        element("summary", "Any other key"),
        element("label", "Overrides, one path=value a line, as --set takes them",
                element("textarea", "", id="others", rows="3", spellcheck="false")),
    )  # fmt: skip
    return element(
        "form",
        element("h2", "What is asked"),
        buttons,
        element("div", "", id="faults", class_="bad", role="alert"),
        *boxes,
        other,
        id="controls",
        autocomplete="off",
    )


def _group(title: str, controls: Sequence[Control]) -> Markup:
    rows = [_row(control, whole=title == control.section) for control in controls]
    is_open = "open" if title in _OPEN else None
    return element("details", element("summary", title), *rows, open=is_open)


def _row(control: Control, *, whole: bool) -> Markup:
    """The field of a key, with its unit, its range in words and what it means."""
    name = control.label if whole else control.path.split(".", 1)[-1]
    unit = f" [{control.unit}]" if control.unit else ""
    key = f"key-{control.path}"
    scale = ""
    if control.path.startswith("objective.weights."):
        scale = field(type="range", min=0, max=_MOST_ON_SCALE, step=0.1, value=control.value,
                      data_scale_of=control.path, aria_label=f"{control.path}, scale")  # fmt: skip
    return element(
        "div",
        element("label", f"{name}{unit}", for_=key),
        scale,
        _field(control, key),
        element("p", f"{control.description} {_range(control)}".strip(), class_="note"),
        class_="row",
        title=control.path,
    )


def _field(control: Control, key: str) -> Markup:
    facts: dict[str, Any] = {
        "id": key, "data_path": control.path, "data_base": control.value, "data_kind": control.kind,
    }  # fmt: skip
    if control.kind == "choice":
        options = [
            element("option", choice or "none", value=choice,
                    selected="selected" if choice == control.value else None)
            for choice in dict.fromkeys([*control.choices, control.value])
        ]  # fmt: skip
        return element("select", *options, **facts)
    listed = "sites" if control.path in ("limits.open", "limits.closed") else None
    return field(type="text", value=control.value, placeholder="none", spellcheck="false",
                 list=listed, inputmode="decimal" if control.kind == "number" else None,
                 **facts)  # fmt: skip


def _range(control: Control) -> str:
    low, high = control.low, control.high
    if control.kind != "number" or low is None or high is None:
        return ""
    return f"({low:g} to {high:g})"


# Answers ------------------------------------------------------------------------------------


def _answers(study: Study) -> Markup:
    names = (("before", "Before"), ("after", "After"))
    selects = [
        element("label", f"{title} ", element("select", "", id=f"pick-{side}"))
        for side, title in names
    ]
    moves = (("in", "Zoom in", "+"), ("out", "Zoom out", "−"), ("all", "Whole map", "⤢"))
    tools = [element("button", sign, type="button", class_="tool", data_zoom=key, aria_label=words)
             for key, words, sign in moves]  # fmt: skip
    words = "A click on a site pins it open, a second one closed, a third one frees it."
    return element(
        "div",
        element("section", element("h2", "Solves"), element("ul", "", id="jobs"),
                aria_live="polite"),
        element("section", element("h2", "Map"), element("p", words, class_="note"),
                element("div", element("div", *tools, class_="tools"),
                        element("div", "", id="map"), class_="map-box"),
                _keys(), element("p", "", id="map-words", class_="note")),
        element("section", element("h2", "Answers"),
                element("p", "No answer yet.", id="none"),
                element("div", *selects, element("a", "Open the comparison", id="compare",
                                                 target="_blank", hidden="hidden"),
                        class_="buttons"),
                element("div", element("div", "", id="before"), element("div", "", id="after"),
                        class_="two"),
                element("div", "", id="differences"),
                element("h3", "All answers"),
                element("ol", "", id="list")),
        id="answers",
    )  # fmt: skip


def _keys() -> Markup:
    keys = (("open", "open in the answer"), ("was", "open in the one before"),
            ("pinned", "pinned open"), ("shut", "pinned closed"), ("site", "candidate"),
            ("demand", "demand"))  # fmt: skip
    items = [element("li", element("span", "", class_=f"key {name}"), f" {words}")
             for name, words in keys]  # fmt: skip
    return element("ul", *items, class_="keys")


def _places(study: Study, catalogue: Catalogue) -> tuple[Window, dict[str, Any]]:
    """Window of the map, and what it shows before there is an answer, as plain values. [px]."""
    joined, ids = chosen_sites(study, catalogue)
    sites, regions = joined.candidates.loc[list(ids)], chosen_regions(study, catalogue)
    lon = np.concatenate([sites["lon"], regions["lon"]]).astype(float)
    lat = np.concatenate([sites["lat"], regions["lat"]]).astype(float)
    window = window_around(lon, lat, _WIDTH_PX)

    def marks(table: Any) -> dict[str, Any]:
        places = window.pixels(table[["lon", "lat"]].to_numpy(float))
        return {
            str(i): {"name": clean(row["name"]), "x": float(x), "y": float(y)}
            for (i, row), (x, y) in zip(table.iterrows(), places, strict=True)
        }

    return window, {
        "study": study.name,
        "width": window.width,
        "height": round(window.height, 1),
        "land": window.land(),
        "sites": marks(sites),
        "demand": marks(regions),
    }
