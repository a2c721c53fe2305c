"""The program put together: decisions, families and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulp import LpAffineExpression, LpMinimize, LpProblem

from siting.coefficients import Coefficients
from siting.mip.constraints import FAMILIES
from siting.mip.flows import DemandClasses, merge_demand
from siting.mip.metrics import MetricTerms, metric_expression, metric_terms
from siting.mip.variables import Variables, add_variables

__all__ = ["Model", "build_model"]


@dataclass(frozen=True)
class Model:
    """A built program, solved again and again with other objectives.

    Parameters
    ----------
    problem : LpProblem
        The rows and columns.
    variables : Variables
        Handles of the decisions.
    coefficients : Coefficients
        What it was built from.
    demand : DemandClasses
        Demand as the program sees it.
    terms : mapping of str to MetricTerms
        Coefficients of every metric.
    """

    problem: LpProblem
    variables: Variables
    coefficients: Coefficients
    demand: DemandClasses
    terms: Mapping[str, MetricTerms]

    def expression(self, metric: str, factor: float = 1.0) -> LpAffineExpression:
        """A metric times a factor, as a linear expression."""
        return metric_expression(self.variables, self.terms[metric].scaled(factor))


def build_model(coefficients: Coefficients) -> Model:
    """Build the program of docs/mathematics.md.

    Sets
        s sites, k designs, p = (s,k) feasible pairs, n demand classes, o contract offers,
        t time slices.
    Decisions
        is_open[p] ∈ {0,1}, modules[p] ∈ ℤ₊, load_mw[p], serve_mw[n,s], contract_mw[o],
        supply_mw[o,t], grid_mw[s,t] ≥ 0.
    Rows
        The families of :mod:`siting.mip.constraints`, each with its inequality.

    Parameters
    ----------
    coefficients : Coefficients
        Every region of every workload must have an eligible site.

    Returns
    -------
    Model
    """
    problem = LpProblem("siting", LpMinimize)
    demand = merge_demand(coefficients)
    variables = add_variables(problem, coefficients, demand)
    for add_family in FAMILIES:
        add_family(problem, variables, coefficients, demand)
    return Model(
        problem=problem,
        variables=variables,
        coefficients=coefficients,
        demand=demand,
        terms=metric_terms(coefficients, demand),
    )
