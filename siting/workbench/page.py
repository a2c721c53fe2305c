"""The page of a workbench: one HTML document with its script and style, which asks nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np

from siting.catalogue import Catalogue
from siting.coefficients.sets import chosen_regions, chosen_sites
from siting.config import Study
from siting.errors import Fault
from siting.report.data.wording import clean
from siting.report.pages.interactive_map import LiveMap, frame_of, live_map
from siting.report.pages.layers import places
from siting.report.pages.looks import label_rules
from siting.report.pages.parts import (
    MAP_SCRIPTS,
    Markup,
    assets,
    data_element,
    digest,
    element,
    field,
    join,
    styles,
)
from siting.report.pages.placement import map_frame_style, map_moves
from siting.workbench.answers import LEAST_PX, Answer
from siting.workbench.controls import OTHERS, Control, controls_of, fields_of, grouped
from siting.workbench.solver import Job

__all__ = ["Page", "answer_picks", "answers_list", "faults_list", "jobs_list", "workbench_page"]


#: Largest weight on the scale beside its field; the field takes any.
_MOST_ON_SCALE = 5
#: Titles that stand open at first.
_OPEN = ("Weights", "Sites", "Workloads")


@dataclass(frozen=True)
class Page:
    """A page, the content security policy that it is sent under, its controls and its map."""

    text: str
    policy: str
    controls: tuple[Control, ...]
    plot: LiveMap


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
    plot, controls = _map(study, catalogue), controls_of(study)
    own = "siting.workbench"
    style = f"{styles('page.css', 'live.css')}\n{assets('workbench.css', room=own)}"
    style += f".map {{ {map_frame_style(plot)} }}"
    script = f"{assets(*MAP_SCRIPTS)}\n{assets('workbench.js', room=own)}"
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
        element("main", _controls(study, plot, controls), _answers(), id="main", tabindex="-1"),
        data_element("map-data", plot.to_json()),
        element("script", Markup(script), type="module"),
    )  # fmt: skip
    text = f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"
    policy = (
        f"default-src 'none'; script-src {digest(script)}; style-src {digest(style)}; "
        "style-src-attr 'unsafe-inline'; "  # of tables: headings that label the cells on a phone
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return Page(text, policy, controls, plot)


def _header(study: Study, source: str) -> Markup:
    words = f"Workbench of {source}. Change values, solve, and see what becomes different and why."
    return element(
        "header",
        element("a", "Skip to the answers", href="#answers", class_="skip"),
        element("h1", clean(study.name)),
        element("p", words),
        element("p", _LOST, id="lost", class_="bad", role="alert", hidden="hidden"),
    )


_LOST = "The workbench does not answer. Start it again; the answers are kept in their folder."

# Controls -----------------------------------------------------------------------------------


def _controls(study: Study, plot: LiveMap, controls: Sequence[Control]) -> Markup:
    groups = grouped(controls)
    boxes = [_group(title, controls) for title, controls in groups.items()]
    buttons = element(
        "div",
        element("button", "Solve", type="submit", id="solve"),
        element("button", "Back to the study", type="reset", id="reset", class_="tool"),
        element("label", field(type="checkbox", id="at-once"), " Solve whenever a value changes"),
        class_="buttons",
    )
    other = element(
        "details",
        element("summary", "Any other key"),
        element("label", "Overrides, one path=value a line, as --set takes them",
                element("textarea", "", name=OTHERS, data_base="", rows="3", spellcheck="false")),
    )  # fmt: skip
    return element(
        "form",
        element("h2", "What is asked"),
        buttons,
        element("div", "", id="faults", class_="bad", role="alert"),
        *boxes,
        other,
        element("datalist", *(element("option", value=site) for site in _sites(plot)), id="sites"),
        id="controls",
        novalidate="novalidate",
        data_study=f"siting workbench {study.name}",
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
        "id": key, "name": control.path, "data_base": control.value,
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


def _answers() -> Markup:
    words = (
        "A click on a site pins it open, a second one closed, a third one frees it; the fields "
        "open and closed do the same by name."
    )
    return element(
        "div",
        element("section", element("h2", "Solves"), element("ul", "", id="jobs"),
                aria_live="polite"),
        element("section", element("h2", "Map"), element("p", words, class_="note"),
                element("div", map_moves(), element("div", "", id="figure-map", class_="hole"),
                        class_="map", tabindex="0", role="group", aria_label=_MAP),
                _keys(), element("p", "", id="map-words", class_="note")),
        element("section", element("h2", "Answers"),
                element("form", "", id="picks"),
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


_MAP = "Map of the candidates. Arrow keys move it, plus and minus zoom, 0 shows all of it."


def _map(study: Study, catalogue: Catalogue) -> LiveMap:
    """The map with all candidates and the demand."""
    joined, ids = chosen_sites(study, catalogue)
    sites, regions = joined.candidates.loc[list(ids)], chosen_regions(study, catalogue)
    ends = [np.concatenate([sites[axis], regions[axis]]).astype(float) for axis in ("lon", "lat")]
    plot = live_map(frame_of(*ends), "map")
    plot.add("flows", "line", {"x": [], "y": []}, stroke="@accent", width=1.2, alpha=0.35)
    plot.add("demand", "point", places(plot.frame, regions), fill="@demand", stroke="@edge",
             width=0.6, shape="pin", radius=3.0)  # fmt: skip
    known = places(plot.frame, sites) | {"text": [clean(name) for name in sites["name"]]}
    plot.add("sites", "label", known, picks="sites", rules=_SITE_RULES, radius=LEAST_PX)
    return plot


def _sites(plot: LiveMap) -> list[str]:
    """Ids of the candidates on the map."""
    return next(list(layer.columns["id"]) for layer in plot.layers if layer.name == "sites")


_IS_OPEN, _WAS_OPEN = ["==", ["get", "open"], 1], ["==", ["get", "was"], 1]
_UNPINNED, _SHUT = (["==", ["get", "pin"], pin] for pin in ("", "shut"))
#: Looks of a candidate by what the page knows of it: open in the answer, open in the one before,
#: pinned open or closed. The last ones lie on top.
_SITE_RULES: Sequence[Mapping[str, Any]] = (
    {"filter": _WAS_OPEN,
     "style": {"circle-radius": ["+", ["get", "radius"], 3], "circle-stroke-color": "@warn",
               "circle-stroke-width": 2.5, "circle-fill-color": "#0000",
               "circle-declutter-mode": "none"}},
    {"style": {"circle-radius": ["get", "radius"],
               "circle-fill-color": ["case", _IS_OPEN, "@accent", "@paper"],
               "circle-stroke-color": ["match", ["get", "pin"], "pinned", "@good", "shut", "@bad",
                                       ["case", _IS_OPEN, "@edge", "@candidate"]],
               "circle-stroke-width": ["case", _UNPINNED, 1.5, 4],
               "circle-declutter-mode": "none"}},
    {"filter": _SHUT,
     "style": {"circle-radius": ["get", "radius"], "circle-stroke-color": "@paper",
               "circle-stroke-width": 4, "circle-stroke-line-dash": [3, 4],
               "circle-fill-color": "#0000", "circle-declutter-mode": "none"}},
    {"filter": _IS_OPEN, "style": label_rules(4, {})[0]["style"]},
)  # fmt: skip


#: Solves that are shown, the last ones.
_MOST_JOBS = 6
_STATES: Mapping[str, str] = {
    "waiting": "waits", "infeasible": "no placement meets every limit",
    "no_answer": "no answer in time", "cancelled": "cancelled", "bad_input": "refused",
    "failed": "failed",
}  # fmt: skip


def jobs_list(jobs: Sequence[Job]) -> Markup:
    """The last solves, the newest first, with what ends them."""
    return join(map(_job, jobs[: -_MOST_JOBS - 1 : -1]), "")


def _job(job: Job) -> Markup:
    state = {"running": job.phase, "done": f"answer {job.answer}"}.get(job.state)
    what = ", ".join(job.overrides) or "the study as it is"
    gap = "" if job.gap is None else f", gap {_percent(job.gap)}"
    parts: list[object] = [
        element("strong", state or _STATES[job.state]),
        f" ({what}){gap}, {job.seconds:.1f} s ",
    ]
    if job.state == "running":
        parts.append(element("progress"))
    if not job.ended:
        parts.append(_end(job, "Cancel", keep=False))
    if job.state == "running" and job.incumbent:
        parts += [" ", _end(job, "Take the best so far", keep=True)]
    parts += [element("p", note, class_="note") for note in job.notes]
    if job.message:
        parts.append(element("pre", job.message))
    return element("li", *parts, data_state=job.state)


def _end(job: Job, title: str, *, keep: bool) -> Markup:
    asked = json.dumps({"job": job.number, "keep": keep})
    return element("button", title, type="button", data_end=asked)


def faults_list(faults: Iterable[Fault]) -> Markup:
    """Errors of what was entered, each with its remedy."""
    return join((element("p", f"{each.key} {each.problem}. {each.remedy}") for each in faults), "")


def answer_picks(names: Sequence[str]) -> Markup:
    """A choice of two answers, at first the last two; hidden where there is but one."""
    chosen = {"before": names[-2:][:1], "after": names[-1:]}
    selects = [
        element("label", f"{side.title()} ", element("select", *(
            element("option", name, selected="selected" if [name] == own else None)
            for name in names
        ), name=side))
        for side, own in chosen.items()
    ]  # fmt: skip
    return element("span", *selects, class_="buttons", hidden="hidden" if len(names) < 2 else None)


def answers_list(answers: Iterable[Answer], controls: Sequence[Control], token: str) -> Markup:
    """All answers, the newest first, with what gives each again."""
    shown = [_answer(answer, controls, urlencode({"token": token})) for answer in answers]
    return join(reversed(shown), "")


def _answer(answer: Answer, controls: Sequence[Control], query: str) -> Markup:
    audit = "audit passed" if answer.audit_passed else "audit FAILED"
    gap = f"gap {_percent(answer.gap)}"
    values = json.dumps(fields_of(answer.overrides, controls), ensure_ascii=False)
    address = f"answers/{answer.name}"
    tools = element(
        "div",
        element("a", "Page", href=f"{address}/report?{query}", target="_blank"),
        element("a", "Study (YAML)", href=f"{address}/study.yaml?{query}", download=""),
        element("button", "Copy the command", type="button", class_="tool",
                data_copy=answer.command),
        element("button", "Take its values", type="button", class_="tool", data_values=values),
        class_="buttons",
    )  # fmt: skip
    return element(
        "li",
        element("strong", f"Answer {answer.name}"),
        f": {', '.join(answer.sites)}; {answer.status}, {gap}, {audit} ",
        element("p", element("code", answer.command)),
        tools,
        data_answer=answer.name,
    )


def _percent(gap: float) -> str:
    return f"{100 * gap:.2g} %"
