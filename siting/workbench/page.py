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
from siting.report.data import clean
from siting.report.pages.document import MAP_SCRIPTS, assets, digest, macro, render, styles
from siting.report.pages.interactive_map import LiveMap, frame_of, live_map
from siting.report.pages.layers import places
from siting.report.pages.looks import label_rules
from siting.report.pages.parts import Markup
from siting.workbench.answers import LEAST_PX, Answer
from siting.workbench.controls import OTHERS, Control, controls_of, fields_of, grouped
from siting.workbench.solver import Job

__all__ = [
    "Page",
    "answer_picks",
    "answers_list",
    "comparison_link",
    "faults_list",
    "jobs_list",
    "workbench_page",
]


_ROOM = "siting.workbench"
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
    style = f"{styles('page.css', 'live.css')}\n{assets('workbench.css', room=_ROOM)}"
    style += f".map {{ {plot.style} }}"
    script = f"{assets(*MAP_SCRIPTS)}\n{assets('workbench.js', room=_ROOM)}"
    text = render(
        "workbench.html", _ROOM, title=clean(study.name), source=source, style=Markup(style),
        script=Markup(script), groups=grouped(controls), open=_OPEN, others=OTHERS,
        scale=_MOST_ON_SCALE, sites=_sites(plot), map=plot.data,
    )  # fmt: skip
    policy = (
        f"default-src 'none'; script-src {digest(script)}; style-src {digest(style)}; "
        "style-src-attr 'unsafe-inline'; "  # of tables: headings that label the cells on a phone
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return Page(str(text), policy, controls, plot)


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
    return _reply("jobs", jobs[: -_MOST_JOBS - 1 : -1], _STATES)


def faults_list(faults: Iterable[Fault]) -> Markup:
    """Errors of what was entered, each with its remedy."""
    return _reply("faults", faults)


def answer_picks(names: Sequence[str]) -> Markup:
    """A choice of two answers, at first the last two; hidden where there is but one."""
    return _reply("picks", names)


def answers_list(answers: Iterable[Answer], controls: Sequence[Control], token: str) -> Markup:
    """All answers, the newest first, with what gives each again."""
    shown = [(a, json.dumps(fields_of(a.overrides, controls), ensure_ascii=False))
             for a in answers]  # fmt: skip
    return _reply("answers", shown[::-1], urlencode({"token": token}))


def comparison_link(names: Mapping[str, str], token: str) -> Markup:
    """A link to the whole page of a comparison."""
    return _reply("comparison", urlencode({**names, "token": token}))


def _reply(name: str, *values: object) -> Markup:
    return macro("replies.html", name, *values, room=_ROOM)
