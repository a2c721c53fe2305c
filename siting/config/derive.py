"""The states of a study: the same study in each period under each scenario."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from siting.config.base import Section
from siting.config.cross_checks import unknown_names
from siting.config.issues import Issue, Key, dotted
from siting.config.messages import explain
from siting.config.overrides import Override, apply_overrides, parse_path
from siting.config.states import Case, Period
from siting.config.study import Study
from siting.errors import Fault, StudyError

__all__ = [
    "MEAN_OF_PLAN",
    "StudyState",
    "changed_study",
    "section_defaults",
    "state_issues",
    "study_states",
    "tables_basis",
    "totals_basis",
]

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

    @property
    def label(self) -> str:
        """Year and scenario in words."""
        return " ".join(filter(None, (str(self.year) if self.year else "", self.name)))


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
    data, issues = _changed(study, changes)
    if issues:
        raise ValueError("; ".join(map(str, issues)))
    return Study.model_validate(data)


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
    """A study with some keys at other values.

    Parameters
    ----------
    study : Study
        The study.
    changes : mapping of str to object
        Value of each dotted key, such as ``limits.max_sites``.

    Raises
    ------
    siting.errors.StudyError
        If a key or a value is not allowed.
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
    """Everything that is wrong with what the periods and scenarios of a study change.

    Parameters
    ----------
    study : Study
        The study.
    known : mapping
        Names that exist, as for `unknown_names`.
    """
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
