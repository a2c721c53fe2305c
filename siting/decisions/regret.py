"""Regret of plans that were made for one future, in every other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from siting.arrays import FloatArray
from siting.catalogue import Catalogue
from siting.config import Study, study_from_mapping
from siting.config.yaml_text import parse_override
from siting.decisions.case import Case, case_of, open_case
from siting.errors import Fault, InfeasibleError, StudyError
from siting.mip import Session, build_model
from siting.mip.runs import Outcome
from siting.status import Tell

__all__ = ["Regret", "parse_scenarios", "regret_matrix", "with_scenarios"]


@dataclass(frozen=True)
class Regret:
    """Plans in rows, futures in columns.

    Parameters
    ----------
    names : tuple of str
        The scenarios.
    best : ndarray, shape (n,)
        Objective of each future if it were known.
    regret : ndarray, shape (n, n)
        Relative loss of the plan of row i in future j against the best plan there;
        infinite where it cannot serve that future. [-]
    sites : tuple of tuple of str
        Sites of each plan.
    """

    names: tuple[str, ...]
    best: FloatArray
    regret: FloatArray
    sites: tuple[tuple[str, ...], ...]

    @property
    def minimax(self) -> int:
        """Plan with the smallest maximum regret."""
        return int(np.argmin(self.regret.max(axis=1)))


def parse_scenarios(given: Sequence[str]) -> dict[str, list[str]]:
    """Read ``NAME:path=value;path=value``; StudyError names every one that cannot be read."""
    found: dict[str, list[str]] = {}
    faults = []
    for text in given:
        name, colon, changes = text.partition(":")
        if not (colon and name.strip()) or name.strip() in found:
            problem = f"is {text!r}" if name.strip() not in found else f"names {name!r} twice"
            remedy = "Write NAME:path=value;path=value, as in dry:supply.hydro_year=dry."
            faults.append(Fault("--scenario", None, "", problem, remedy))
            continue
        found[name.strip()] = [part for part in changes.split(";") if part.strip()]
        for part in found[name.strip()]:
            try:
                parse_override(part)
            except StudyError as error:
                faults += [replace(fault, where="--scenario") for fault in error.faults]
    if faults:
        raise StudyError(faults)
    return found


def with_scenarios(study: Study, scenarios: Mapping[str, Sequence[str]]) -> Study:
    """The study with futures of equal probability; its own where none are given."""
    if not scenarios:
        return study
    cases = []
    for name, changes in scenarios.items():
        overrides = [change.partition("=")[0].strip() for change in changes]
        values = [parse_override(change).value for change in changes]
        changed = dict(zip(overrides, values, strict=True))
        cases.append({"name": name, "probability": 1.0 / len(scenarios), "set": changed})
    mapping = study.to_mapping()
    mapping["scenarios"] = {"measure": "expected", "cases": cases}
    return study_from_mapping(mapping)


def regret_matrix(study: Study, catalogue: Catalogue, progress: Tell | None = None) -> Regret:
    """Plan for each scenario alone, then operate each plan in every other.

    What is built stays; contracts and service adapt. All objectives have the scales of the
    first scenario.
    """
    names = tuple(case.name for case in study.scenarios.cases)
    if len(names) < 2:
        remedy = "Give two or more --scenario NAME:path=value, or list them in the study."
        raise StudyError(
            [Fault(study.name, None, "scenarios", "has no futures to compare", remedy)]
        )
    whole = open_case(study, catalogue)
    alone = [_alone(whole, w) for w in range(len(names))]
    weights = whole.weights()
    payoff = alone[0].payoff(tuple(weights))
    costs = [case.weighted(weights, payoff) for case in alone]
    plans: list[Outcome] = []
    for name, case, cost in zip(names, alone, costs, strict=True):
        plans.append(case.minimize(cost))
        if progress:
            progress(f"planned for {name}: {plans[-1].objective:.6g}")
    best = np.array([plan.bound for plan in plans])
    value = np.array([[_lived(case, cost, plan)
                       for case, cost in zip(alone, costs, strict=True)]
                      for plan in plans])  # fmt: skip
    sites = tuple(case.open_sites(plan) for case, plan in zip(alone, plans, strict=True))
    return Regret(names, best, np.maximum(value / best - 1.0, 0.0), sites)


def _alone(whole: Case, scenario: int) -> Case:
    """One scenario for certain."""
    instance = whole.problem.instance.of_scenario(scenario)
    model = build_model(instance, decomposed=whole.model.decomposed)
    return case_of(whole.study, whole.problem, Session(model, whole.options), whole.catalogue)


def _lived(case: Case, cost: FloatArray, plan: Outcome) -> float:
    """Minimum objective with the halls of a plan; infinite where they cannot serve the demand."""
    try:
        return case.program.dispatched(cost, plan.values, case.clock()).objective
    except InfeasibleError:
        return float(np.inf)
