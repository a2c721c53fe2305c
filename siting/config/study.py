"""A study as a whole: one frozen object, and its states by period and scenario."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self
from unicodedata import category

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from ruamel.yaml import YAML

from siting.config.base import Issue, Key, Listed, Section, dotted, one_or_many, unique
from siting.config.candidates import Candidates, Screen, Sites
from siting.config.cross_checks import cross_issues, unknown_names
from siting.config.demand import Demand
from siting.config.limits import Cap, Failover, Limits, Policy
from siting.config.messages import explain
from siting.config.objective import AUTO, Case, Climate, Objective, Period, Scenarios, Solver, Time
from siting.config.plant import Backup, DesignName, Economics, Halls, HeatReuse, Store, Technology
from siting.config.supply import Connections, FirstPower, Generation, Supply
from siting.config.yaml_text import Override, apply_overrides, parse_path
from siting.errors import Fault, StudyError
from siting.physics import DESIGNS

__all__ = [
    "MEAN_OF_PLAN",
    "Study",
    "StudyState",
    "changed_study",
    "keys_at",
    "section_defaults",
    "stands_for",
    "state_issues",
    "state_titles",
    "study_states",
    "tables_basis",
    "totals_basis",
]


def _all_designs(value: object) -> object:
    return tuple(DESIGNS) if value == "all" else one_or_many(value)


def _file_name(name: str) -> str:
    if set(name) & set("/\\") or name in {".", ".."} or not name.isprintable() or not name.strip():
        raise PydanticCustomError(
            "name",
            "cannot name a folder",
            {"remedy": "Use letters, digits, spaces, - and _; results go to runs/<name>."},
        )
    return name


def _plain_text(text: str) -> str:
    """Refuse line breaks and control characters that YAML cannot write and read back the same."""
    breaks = "\u2028\u2029"
    odd = next((c for c in text if c in breaks or (category(c) == "Cc" and c not in "\n\t")), "")
    if odd:
        raise PydanticCustomError(
            "text",
            "holds the control character U+{code}",
            {"code": f"{ord(odd):04X}", "remedy": "Remove it; plain line breaks are fine."},
        )
    return text


class Study(Section):
    """A study: candidate sites, demand, limits and the objective that is minimized."""

    name: Annotated[str, AfterValidator(_file_name)] = Field(min_length=1, max_length=80)
    """Name of the study; results go to runs/<name>."""
    description: Annotated[str, AfterValidator(_plain_text)] = Field(default="", max_length=10_000)
    """What the study asks, for the report."""
    candidates: Candidates
    """Which places may compete."""
    sites: Sites = Sites()
    """Figures of single sites in place of the catalogue's."""
    screen: Screen | None = None
    """How `siting screen` makes candidates; null for none."""
    designs: Annotated[
        tuple[DesignName, ...],
        BeforeValidator(_all_designs, json_schema_input_type=str | list[str]),
        AfterValidator(unique),
    ] = Field(default=tuple(DESIGNS), min_length=1)
    """Cooling designs that may be built, or all; a design that needs a lake or the sea is offered
    only there."""
    demand: Demand
    """Who is to be served, and with what."""
    time: Time = Time()
    """How finely the year is cut."""
    climate: Climate = Climate()
    """Weather the sites are judged by."""
    halls: Halls = Halls()
    """How the halls are run."""
    supply: Supply = Supply()
    """Electricity that may be contracted."""
    objective: Objective = Objective()
    """What is minimized."""
    limits: Limits = Limits()
    """What no placement may exceed."""
    failover: Failover = Failover()
    """Outages that critical workloads survive."""
    caps: Listed[Cap] = ()
    """Ceilings on metrics of some sites, or of all."""
    policy: Policy = Policy()
    """Laws that bind what is built."""
    economics: Economics = Economics()
    """Assumptions of the cost."""
    technology: Technology = Technology()
    """Cost and embodied carbon by the year of building."""
    periods: Listed[Period] = ()
    """Years to plan for, one after the other; empty for one typical year."""
    scenarios: Scenarios = Scenarios()
    """Futures between which it is not known."""
    storage: Listed[Store] = ()
    """Storage units that may be built at a site."""
    heat_reuse: HeatReuse | None = None
    """Waste heat that may be sold, or null."""
    backup: Backup | None = None
    """Backup generators that may be dispatched, or null."""
    connections: Connections | None = None
    """Connections as offers: power by a year, at a price, firm or not; null for that of the
    catalogue, firm, at once and without investment."""
    generation: Generation | None = None
    """On-site generation that may be built, or null."""
    first_power: Listed[FirstPower] = ()
    """IT power to be installed by a year, or the cost of being late."""
    solver: Solver = Solver()
    """The solver and its stopping rules."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        issues = cross_issues(self.to_mapping())
        if issues:
            text = "; ".join(str(issue) for issue in issues)
            raise PydanticCustomError("inconsistent", "{text}", {"text": text, "issues": issues})
        return self

    @property
    def dated(self) -> bool:
        """Return whether something in the study depends on the year."""
        parts = (self.connections, self.generation, self.first_power)
        return self.supply.dated or any(parts)

    @property
    def typical_days(self) -> bool:
        """Test whether wind and solar tell types of days apart, see ``supply.day_types``.

        With ``time.slices: auto``, whose finest slices do where there is a clean rule.
        """
        if self.supply.day_types != "auto":
            return self.supply.day_types == "typical"
        several = self.time.slices == AUTO or self.time.day_groups > 1
        return bool(self.supply.clean) and several

    def to_mapping(self) -> dict[str, Any]:
        """Return every key with its value, as plain lists, mappings, text and numbers."""
        mapping: dict[str, Any] = self.model_dump(mode="json", by_alias=True)
        return mapping

    def to_yaml(self) -> str:
        """Return the resolved study: every key and default written out; reads back the same."""
        yaml = YAML(typ="safe", pure=True)
        yaml.default_flow_style = False
        yaml.allow_unicode = True
        yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
        stream = io.StringIO()
        yaml.dump(self.to_mapping(), stream)
        return stream.getvalue()


#: What totals over several periods or scenarios are: expected annual means, later costs discounted.
MEAN_OF_PLAN = "mean of the plan"


@dataclass(frozen=True)
class StudyState:
    """A study in one period under one scenario.

    Parameters
    ----------
    study : Study
        With the changes of the period and the scenario, and without other states.
    period, scenario : int
        Which period and which scenario.
    year : int
        First year of the period; 0 for a typical year.
    name : str
        Name of the scenario.
    probability : float
        Of the scenario. [-]
    share, cost_share : float
        Share of the period in the years planned, and the same with later years discounted. [-]
    """

    study: Study
    period: int
    scenario: int
    year: int
    name: str
    probability: float
    share: float
    cost_share: float


def study_states(study: Study) -> tuple[StudyState, ...]:
    """Every state of a study, by period, then by scenario; one where it has neither."""
    cases = study.scenarios.cases or (Case(name="base", probability=1.0),)
    if not study.periods:
        return tuple(
            StudyState(_derived(study, None, case), 0, w, 0, case.name, case.probability, 1.0, 1.0)
            for w, case in enumerate(cases)
        )
    years = sum(period.years for period in study.periods)
    worth = [_present_worth(study, period) for period in study.periods]
    return tuple(
        StudyState(
            study=_derived(study, period, case),
            period=y,
            scenario=w,
            year=period.year,
            name=case.name,
            probability=case.probability,
            share=period.years / years,
            cost_share=worth[y] / sum(worth),
        )
        for y, period in enumerate(study.periods)
        for w, case in enumerate(cases)
    )


def state_titles(states: Sequence[tuple[int, str]]) -> list[str]:
    """Years and scenarios in words, as far as they tell states apart; a lone year stays."""
    years, names = ({state[i] for state in states} for i in (0, 1))
    return [
        " ".join(
            [*([str(year)] if len(years) > 1 or year else []), *([name] if len(names) > 1 else [])]
        )
        or name
        for year, name in states
    ]


def totals_basis(study: Study) -> str:
    """``mean of the plan`` where totals are over several states; empty for one typical year."""
    return MEAN_OF_PLAN if study.periods or study.scenarios.cases else ""


def tables_basis(study: Study) -> str:
    """Year and scenario of tables and maps: the last period under the first scenario.

    Empty for one typical year; the scenario is left out where a year has only one.
    """
    year = [str(study.periods[-1].year)] if study.periods else []
    cases = study.scenarios.cases
    named = len(cases) > 1 or (cases and not study.periods)
    return " ".join([*year, *([cases[0].name] if named else [])])


def _present_worth(study: Study, period: Period) -> float:
    """Σ (1 + r)^−a over the years a of a period, counted from the first period."""
    start = period.year - study.periods[0].year
    rate = 1.0 + study.economics.discount_rate
    return sum(rate ** -(start + a) for a in range(period.years))


def _derived(study: Study, period: Period | None, case: Case) -> Study:
    changes = {**_dates(study, period), **(period.set if period else {}), **case.set}
    if not (changes or study.periods or study.scenarios.cases):
        return study
    # The gap of a point of a front is asked for in ranges: it may be more than a study asks for.
    data, issues = _changed(study.model_copy(update={"solver": Solver()}), changes)
    if issues:
        raise ValueError("; ".join(map(str, issues)))
    return Study.model_validate(data).model_copy(update={"solver": study.solver})


def _dates(study: Study, period: Period | None) -> dict[str, Any]:
    """Years of a period, where something in the study depends on them.

    Steps of connections are ordered in the first period planned, unless the study says when.
    """
    ruled = period is not None and any(key.startswith("supply.clean") for key in period.set)
    if period is None or not (study.dated or ruled):
        return {}
    first = study.periods[0].year
    opened = study.supply.opened or first
    dates = {"year": period.year, "years": period.years, "opened": opened}
    found: dict[str, Any] = {f"supply.{name}": value for name, value in dates.items()}
    if study.connections is not None and study.connections.ordered is None:
        found["connections.ordered"] = first
    return found


def _changed(study: Study, changes: Mapping[str, Any]) -> tuple[dict[str, Any], list[Issue]]:
    """Data of the study with some keys changed, and what of that could not be done."""
    alone = {**study.to_mapping(), "periods": [], "scenarios": {}}
    issues: list[Issue] = []
    overrides: list[Override] = []
    for key, value in changes.items():
        try:
            overrides.append(Override(parse_path(key), value))
        except StudyError as error:
            issues += [Issue((key,), f.problem, f.remedy) for f in error.faults]
    data, _, faults = apply_overrides(alone, overrides, section_defaults())
    return data, issues + [Issue((f.key,), f.problem, f.remedy) for f in faults]


def changed_study(study: Study, changes: Mapping[str, Any]) -> Study:
    """A study with some dotted keys, such as ``limits.max_sites``, at other values.

    Raises `StudyError` if a key or a value is not allowed.
    """
    overrides = [Override(parse_path(key), value) for key, value in changes.items()]
    data, _, faults = apply_overrides(study.to_mapping(), overrides, section_defaults())
    if faults:
        raise StudyError(faults)
    try:
        return Study.model_validate(data)
    except ValidationError as error:
        issues = explain(error, data, Study)
        raise StudyError(
            [Fault("study", None, dotted(i.key), i.problem, i.remedy) for i in issues]
        ) from None


def state_issues(study: Study, known: Mapping[str, Collection[str]]) -> list[Issue]:
    """Errors in what the periods and scenarios of a study change."""
    found: dict[tuple[Key, str], Issue] = {}
    base = unknown_names(study.to_mapping(), known)
    for where, dates, changes in _all_changes(study):
        data, issues = _changed(study, {**dates, **changes})
        if not issues:
            try:
                Study.model_validate(data)
                wrong = [issue for issue in unknown_names(data, known) if issue not in base]
            except ValidationError as error:
                wrong = explain(error, data, Study)
            issues = [Issue((dotted(i.key),), i.problem, i.remedy) for i in wrong]
        for issue in issues:
            whole = Issue((*where, *issue.key), issue.problem, issue.remedy)
            found.setdefault((whole.key, whole.problem), whole)
    return list(found.values())


def _all_changes(study: Study) -> Iterator[tuple[Key, dict[str, Any], dict[str, Any]]]:
    """Key, years and changes of every period and scenario; a scenario in the first period."""
    for i, period in enumerate(study.periods):
        yield ("periods", i, "set"), _dates(study, period), period.set
    first = study.periods[0] if study.periods else None
    for i, case in enumerate(study.scenarios.cases):
        yield ("scenarios", "cases", i, "set"), _dates(study, first), case.set


def section_defaults() -> dict[str, Any]:
    """Values of the sections that a study may leave out."""
    return {
        name: field.default.model_dump(mode="json", by_alias=True)
        for name, field in Study.model_fields.items()
        if isinstance(field.default, Section)
    }


def stands_for(key: str, path: str) -> bool:
    """Return whether a key is one of those that a path such as ``caps[*].at_most`` stands for."""
    pattern = re.escape(path).replace(r"\[\*\]", r"\[\d+\]").replace(r"\*", r"[^.]+")
    return re.fullmatch(pattern, key) is not None


def keys_at(mapping: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """Keys of a study that a path stands for, with their values; none where it has no such key."""
    found: list[tuple[str, Any]] = [("", mapping)]
    for step in re.findall(r"[a-z_0-9]+|\[\*\]|\*", path):
        if step == "[*]":
            found = [
                (f"{key}[{i}]", entry)
                for key, value in found
                if isinstance(value, list | tuple)
                for i, entry in enumerate(value)
            ]
        elif step == "*":
            found = [
                (f"{key}.{name}", entry)
                for key, value in found
                if isinstance(value, Mapping)
                for name, entry in value.items()
            ]
        else:
            found = [
                (f"{key}.{step}".lstrip("."), value[step])
                for key, value in found
                if isinstance(value, Mapping) and step in value
            ]
    yield from found
