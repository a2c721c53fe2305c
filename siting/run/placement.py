"""The placement of a solved study: put together, written as the folder of a run, audited later."""

from __future__ import annotations

import importlib.metadata
import platform
import time
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np

from siting.arrays import FloatArray
from siting.audit import audit_placement
from siting.audit.outcome import Audit
from siting.catalogue import Catalogue, load_catalogue
from siting.catalogue.point_attributes import scarcity_around
from siting.coefficients.build import Problem
from siting.config import Study
from siting.config.study import study_states
from siting.errors import DataError, Fault
from siting.files.folders import new_folder
from siting.mip import Model, Solution, StateAnswer
from siting.mip.model.build import ModelState
from siting.mip.model.metrics import metric_terms
from siting.mip.solution import Payoff, metric_by_site
from siting.nomenclature import METRICS
from siting.placement import Placement, StateOutcome
from siting.placement.folder import load_placement, save_placement
from siting.status import judge
from siting.tables import (
    candidate_table,
    demand_table,
    flow_table,
    hall_table,
    monthly_table,
    operation_table,
    power_due,
    provenance_table,
    site_table,
    supply_table,
)
from siting.tables.parts import carbon_parts, cost_parts, open_pairs

__all__ = ["audit_run", "package_versions", "placed", "write_run"]

_PACKAGES = ("siting", "pulp", "highspy", "numpy", "pandas", "geopandas", "shapely", "pyproj")


def package_versions() -> dict[str, str]:
    """Versions of siting and of what it computes with."""
    return {"python": platform.python_version(), **_installed()}


@cache
def _installed() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in _PACKAGES}


def write_run(placement: Placement, folder: Path | str) -> Path:
    """Write a run folder, whole or not at all, and return it.

    An older run there is replaced, whatever else is there stays. A folder that exists and is not a
    run, or was changed since it was written, is a `DataError`.
    """
    # Drawing is imported where something is drawn: a worker of a sweep never draws.
    from siting.report import write_report

    folder = Path(folder)
    start = time.perf_counter()
    with new_folder(folder, "solve") as new:
        write_report(placement, new)
        save_placement(placement.with_seconds(report=time.perf_counter() - start), new)
    return folder


def audit_run(folder: Path | str, *, catalogue: Catalogue | None = None) -> Audit:
    """Re-evaluate a run of :func:`write_run` over all weather steps."""
    placement = load_placement(Path(folder))
    catalogue = catalogue or load_catalogue()
    if placement.catalogue_sha256 != catalogue.sha256:
        problem = "the run was solved with other tables than these"
        remedy = "Solve the study again, or audit with the version that solved it"
        raise DataError([Fault(str(folder), None, "catalogue_sha256", problem, remedy)])
    return audit_placement(placement, catalogue)


def _payoff_row(row: Payoff) -> dict[str, float]:
    """Numbers of a payoff; ``typical`` is among them only where it is so."""
    return {name: float(value) for name, value in asdict(row).items() if value or name != "typical"}


def placed(
    study: Study, catalogue: Catalogue, problem: Problem, model: Model, x: Solution
) -> Placement:
    """The answer with every state of the study; the reference state in its tables."""
    shown = _state_placement(study, catalogue, problem, model, x, model.instance.reference)
    if not problem.states:
        return replace(shown, power_due=power_due(study, problem.catalogue.candidates, shown, ()))
    labels = study_states(study)
    states = tuple(
        StateOutcome(
            year=label.year,
            scenario=label.name,
            probability=label.probability,
            share=label.share,
            cost_share=label.cost_share,
            placement=_state_placement(label.study, catalogue, state, model, x, i),
        )
        for i, (label, state) in enumerate(zip(labels, problem.states, strict=True))
    )
    other = {
        name: float(sum(s.weight(name) * s.placement.other_conventions[name] for s in states))
        for name in shown.other_conventions
        if all(name in s.placement.other_conventions for s in states)
    }
    return replace(
        shown,
        metrics={metric: x.totals[metric] for metric in METRICS},
        other_conventions=other,
        states=states,
        power_due=power_due(study, problem.catalogue.candidates, shown, states),
    )


def _state_placement(
    study: Study, catalogue: Catalogue, problem: Problem, model: Model, x: Solution, state: int
) -> Placement:
    c, answer = problem.coefficients, x.states[state]
    others = _other_conventions(problem, model.states[state], answer)
    sites, halls = site_table(problem, answer, others), hall_table(problem, answer)
    sites = sites.join(scarcity_around(catalogue, problem.sites.loc[sites.index]))
    sites = sites.join([carbon_parts(problem, answer), cost_parts(problem, answer)])
    return Placement(
        study=study,
        status=judge(x.gap, study.solver.gap, timed_out=x.timed_out, interrupted=x.interrupted),
        objective=x.objective,
        bound=x.bound,
        gap=x.gap,
        metrics={metric: float(answer.metrics[metric].sum()) for metric in METRICS},
        other_conventions={name: float(by_site.sum()) for name, by_site in others.items()},
        sites=sites,
        flows=flow_table(problem, answer),
        supply=supply_table(c, answer),
        operation=operation_table(model.states[state], answer),
        demand=demand_table(problem),
        candidates=candidate_table(problem, sites.index),
        left_out=problem.left_out,
        payoff={metric: _payoff_row(row) for metric, row in x.payoff.items()},
        stages=tuple(asdict(stage) for stage in x.stages),
        closings=tuple(asdict(closing) for closing in x.closings),
        screened={
            "candidates": len(c.sites),
            "pairs": len(c.pair_site),
            "dominated_pairs": problem.dominated,
            "offers": len(c.offer_source),
            "demand_classes": len(model.states[state].demand.mw),
            "flows": len(model.states[state].demand.flow_site),
            "unreachable_flows": int((~c.eligible[c.demand_mw > 0]).sum()),
            "places": len(np.unique(model.states[state].demand.place)),
            "slices": len(c.hours),
            "columns": model.problem.numVariables(),
            "rows": model.problem.numConstraints(),
        },
        seconds={},
        versions=package_versions(),
        seed=study.solver.seed,
        catalogue_sha256=catalogue.sha256,
        monthly=monthly_table(problem, open_pairs(answer), answer.decisions.load_mw),
        halls=halls,
        provenance=provenance_table(study, problem.catalogue, halls),
    )


def _other_conventions(
    problem: Problem, state: ModelState, answer: StateAnswer
) -> dict[str, FloatArray]:
    """Each site under conventions that the answer was not optimized for, shape (S,) each."""
    result = {}
    for name, (coefficients, metric) in problem.conventions.items():
        terms = metric_terms(coefficients, state.demand)[metric]
        result[name] = metric_by_site(state, terms, answer.decisions)
    return result
