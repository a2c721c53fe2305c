"""Risk measures over scenarios: expectation, CVaR, worst case, regret.

The objective of a scenario ω is Z[ω] = Σ_m factor[m] · metric[m,ω], the annual mean over the
periods. What is built and contracted is decided before the scenario is known, dispatch and
service after it, so each measure is a linear program over the scenarios [1]_.

References
----------
.. [1] Rockafellar and Uryasev (2000), Optimization of conditional value-at-risk, J. Risk 2(3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulp import LpAffineExpression, LpVariable, lpSum

from siting.coefficients.instance import Instance
from siting.mip.model.build import Model
from siting.mip.model.metrics import metric_expression

__all__ = ["add_measure", "needs_measure", "scenario_expression"]


def needs_measure(instance: Instance) -> bool:
    """Return whether the objective is another than the expected value."""
    return instance.measure != "expected" and len(instance.scenarios) > 1


def scenario_expression(
    model: Model, scenario: int, factors: Mapping[str, float]
) -> LpAffineExpression:
    """Z[ω] = Σ_m factor[m] Σ_y share[y] · metric[m,y,ω]."""
    parts = [
        metric_expression(s.variables, s.row_terms[m].scaled(s.state.period_share(m) * factor))
        for s in model.states
        if s.state.scenario == scenario
        for m, factor in factors.items()
    ]
    return lpSum(parts)


def add_measure(
    model: Model, factors: Mapping[str, float], best: Sequence[float]
) -> LpAffineExpression:
    """Add the rows of the instance's measure of risk, and return what is to be minimised.

    cvar:    η + 1/(1−α) · Σ_ω π[ω] · ξ[ω],   ξ[ω] ≥ Z[ω] − η
    worst:   ζ,                               ζ ≥ Z[ω]
    regret:  ζ,                               ζ ≥ Z[ω] − best[ω]

    Parameters
    ----------
    model : Model
        A program of its own for this objective: the rows stay in it.
    factors : mapping of str to float
        Factor of each metric.
    best : sequence of float
        For ``regret``: what no placement can beat if the scenario were known.
    """
    instance, rows = model.instance, model.rows.at("add_measure", 0)
    level = rows.problem.add_variable_matrix("level", [0])[0]
    states = [s.state for s in model.states if s.state.period == 0]
    if instance.measure == "cvar":
        excess = rows.problem.add_variable_matrix("excess", list(range(len(states))), lowBound=0)
        for w in range(len(states)):
            above = scenario_expression(model, w, factors) - level - excess[w]
            rows.add(above <= 0.0, f"measure_{w}")
        tail = [
            (excess[w], state.probability / (1.0 - instance.alpha))
            for w, state in enumerate(states)
        ]
        return _sum([(level, 1.0), *tail])
    for w in range(len(states)):
        beaten = best[w] if instance.measure == "regret" else 0.0
        rows.add(scenario_expression(model, w, factors) - level <= beaten, f"measure_{w}")
    return _sum([(level, 1.0)])


def _sum(terms: Sequence[tuple[LpVariable, float]]) -> LpAffineExpression:
    return lpSum([factor * variable for variable, factor in terms])
