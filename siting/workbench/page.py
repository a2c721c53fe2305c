"""The page of a workbench, and the keys of a study as its controls.

Controls follow from the schema of a study, so that a new key is one by itself; the table `GROUPS`
says only which keys stand first. What a planner enters is the text of an override ``path=value``,
as ``--set`` takes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlencode

import numpy as np

from siting.catalogue import Catalogue
from siting.coefficients.sets import chosen_regions, chosen_sites
from siting.config import Study, study_schema
from siting.errors import Fault
from siting.report.data import clean, key_title, key_unit, plain_title
from siting.report.pages import MAP_SCRIPTS, assets, digest, styles
from siting.report.pages.interactive_map import LiveMap, frame_of, live_map
from siting.report.pages.layers import places
from siting.report.pages.looks import label_rules
from siting.report.pages.parts import Markup, macro, render
from siting.workbench.answers import LEAST_PX, Answer
from siting.workbench.solver import Job

__all__ = [
    "GROUPS",
    "Control",
    "Page",
    "answer_picks",
    "answers_list",
    "changes_of",
    "comparison_link",
    "controls_of",
    "faults_list",
    "grouped",
    "jobs_list",
    "workbench_page",
]

#: Keys that planners ask about first, by title; the others stand below by their section.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Weights": ("objective.weights.*", "objective.method"),
    "Sites": ("limits.max_sites", "limits.min_sites", "limits.max_share_per_site",
              "limits.max_mw_per_site", "limits.min_mw_per_site", "limits.open", "limits.closed"),
    "Budgets of a year": ("limits.cost_usd", "limits.carbon_t_co2e", "limits.energy_mwh",
                          "limits.water_m3"),
    "Workloads": ("demand.factor", "demand.workloads*.max_rtt_ms", "demand.workloads*.it_mw"),
    "Year": ("climate.year", "climate.warming_k", "supply.hydro_year"),
    "Prices": ("economics.carbon_price_usd_per_t", "economics.water_price_usd_per_m3",
               "economics.gas_price_usd_per_mwh", "supply.grid_price_factor",
               "economics.discount_rate"),
    "Effort": ("time.slices", "solver.gap", "solver.time_limit_s"),
}  # fmt: skip
#: Start of the keys that weigh metrics.
WEIGHTS = "objective.weights."
#: Name of an entry of a list that a path may have in it.
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_UNIT = re.compile(r"\s*\[([^\[\]]+)\]$")
#: Longest text of a value that a field may hold.
_LONGEST = 2_000
#: Keys that name the study itself, and not what it asks.
_OWN = ("name", "description")


@dataclass(frozen=True)
class Control:
    """One key of a study.

    Parameters
    ----------
    path : str
        Of the key, as ``--set`` takes it.
    value : str
        What it is now, as YAML on one line; empty for null.
    kind : {"number", "choice", "names", "text"}
        Of the field: one number, one of ``choices``, names between commas, or any YAML.
    unit : str
        Of a number; empty where it has none.
    description : str
        What the key means.
    choices : tuple of str
        What it may be.
    low, high : float or None
        Range of a number.
    """

    path: str
    value: str
    kind: str
    unit: str
    description: str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def section(self) -> str:
        """Section of the study that it stands in."""
        return re.split(r"[.\[]", self.path, maxsplit=1)[0]

    @property
    def options(self) -> list[str]:
        """Values that a choice offers, its own among them."""
        return list(dict.fromkeys([*self.choices, self.value]))

    @property
    def range(self) -> str:
        """Ends of a number in words; empty where one is missing."""
        if self.kind != "number" or self.low is None or self.high is None:
            return ""
        return f"({self.low:g} to {self.high:g})"

    @property
    def label(self) -> str:
        """The key in words, with its unit."""
        if self.path.startswith(WEIGHTS):
            return plain_title(self.path.removeprefix(WEIGHTS))
        return key_title(self.path)


def _value_text(value: object) -> str:
    """Write a value of a study as YAML on one line, as an override takes it."""
    return json.dumps(value, ensure_ascii=False)


def controls_of(study: Study) -> tuple[Control, ...]:
    """Every key of a study as a control, in the order of the sections.

    Parameters
    ----------
    study : Study
        Resolved; lists have a control for each key of each of their entries.
    """
    schema = study_schema()
    walk = _Walk(schema["$defs"])
    found = walk.of(schema, study.to_mapping(), "", "")
    return tuple(c for c in found if c.path not in _OWN and len(c.value) <= _LONGEST)


def grouped(controls: Sequence[Control]) -> dict[str, list[Control]]:
    """Controls under the titles of `GROUPS`, then the others by section."""
    result: dict[str, list[Control]] = {}
    first: set[str] = set()
    for title, patterns in GROUPS.items():
        own = [c for p in patterns for c in controls if fnmatchcase(c.path, p)]
        result[title] = own
        first |= {c.path for c in own}
    for control in controls:
        if control.path not in first:
            result.setdefault(control.section, []).append(control)
    return {title: own for title, own in result.items() if own}


#: Field of the page for keys without one of their own, a ``path=value`` a line.
OTHERS = "--set"


def changes_of(fields: Mapping[str, str], controls: Sequence[Control]) -> dict[str, str]:
    """Keys that the fields of a page change, each with its value as YAML on one line.

    Parameters
    ----------
    fields : mapping of str to str
        What was entered by path; `OTHERS` holds keys that have no field, a line each. A field that
        says what the study says changes nothing, and names may stand between commas.
    controls : sequence of Control
        Of the study.
    """
    known = {control.path: control for control in controls}
    lines = (line.partition("=") for line in fields.get(OTHERS, "").splitlines() if line.strip())
    changes = {path.strip(): value for path, _, value in lines}
    for path, text in fields.items():
        control = known.get(path)
        if path == OTHERS or (control is not None and text.strip() == control.value.strip()):
            continue
        changes[path] = _as_yaml(text, control)
    return changes


def _as_yaml(text: str, control: Control | None) -> str:
    if control is None or control.kind != "names" or text.lstrip().startswith("["):
        return text
    return _value_text([name for each in text.split(",") if (name := each.strip())])


def fields_of(overrides: Sequence[str], controls: Sequence[Control]) -> dict[str, str]:
    """Fields of the page that ask for some overrides: the inverse of `changes_of`."""
    known = {control.path: control for control in controls}
    fields: dict[str, str] = {}
    others = []
    for override in overrides:
        path, _, text = override.partition("=")
        if path not in known:
            others.append(override)
        elif known[path].kind == "names":
            fields[path] = re.sub(r"\s*,\s*", ", ", re.sub(r"[\[\]\"]", "", text))
        else:
            fields[path] = "" if text == "null" else text
    return fields | {OTHERS: "\n".join(others)}


@dataclass(frozen=True)
class _Walk:
    """A walk through a schema and the values of a study side by side."""

    known: Mapping[str, Any]

    def of(self, schema: Mapping[str, Any], value: Any, path: str, words: str) -> Iterator[Control]:
        """Controls of a value: one for each of its keys, where it has keys of its own."""
        schema = self._resolved(schema)
        words = words or schema.get("description", "")
        ways = [self._resolved(way) for way in schema.get("anyOf", schema.get("oneOf", ()))]
        inside = next((way for way in (schema, *ways) if "properties" in way), None)
        rows = next((way for way in (schema, *ways) if self._has_rows(way)), None)
        if isinstance(value, dict) and inside is not None:
            for name, child in inside["properties"].items():
                own = child.get("description", "")
                yield from self.of(child, value.get(name), f"{path}.{name}".lstrip("."), own)
        elif isinstance(value, list) and value and rows is not None:
            for i, entry in enumerate(value):
                name = str(entry.get("name", "")) if isinstance(entry, dict) else ""
                step = f".{name}" if _PLAIN.fullmatch(name) else f"[{i}]"
                yield from self.of(rows["items"], entry, path + step, "")
        elif path:
            yield _control(path, value, [schema, *ways], words)

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = schema.get("$ref", "")
        return {**self.known[reference.rsplit("/", 1)[-1]], **schema} if reference else schema

    def _has_rows(self, way: Mapping[str, Any]) -> bool:
        return "items" in way and "properties" in self._resolved(way["items"])


def _control(path: str, value: Any, ways: Sequence[Mapping[str, Any]], words: str) -> Control:
    """The control of one key."""
    unit = key_unit(path)
    facts: dict[str, Any] = {"path": path, "unit": unit, "description": _UNIT.sub("", words)}
    choices = [c for way in ways for c in way.get("enum", ())]
    if any(way.get("type") == "boolean" for way in ways):
        choices = [False, True]
    number = next((way for way in ways if way.get("type") in ("number", "integer")), None)
    if _is_names(value, ways):
        return Control(value=", ".join(value), kind="names", **facts)
    text = "" if value is None else value if isinstance(value, str) else _value_text(value)
    if choices and not isinstance(value, list | dict):
        nullable = any(way.get("type") == "null" for way in ways)
        shown = tuple(c if isinstance(c, str) else _value_text(c) for c in choices)
        return Control(value=text, kind="choice", choices=("",) * nullable + shown, **facts)
    if number is not None and not isinstance(value, list | dict):
        low = number.get("minimum", number.get("exclusiveMinimum"))
        high = number.get("maximum", number.get("exclusiveMaximum"))
        return Control(value=text, kind="number", low=low, high=high, **facts)
    return Control(value=text, kind="text", **facts)


def _is_names(value: Any, ways: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a value is a list of names, of which a field can hold several."""
    items = [way["items"] for way in ways if "items" in way]
    named = any(item.get("type") == "string" for item in items)
    texts = isinstance(value, list) and all(isinstance(v, str) and "," not in v for v in value)
    return texts and (named or bool(value))


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
    """The page of a study; ``source`` is the study as the planner named it."""
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
