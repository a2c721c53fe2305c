"""The decisions of the program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pulp import LpProblem, LpVariable

from siting.coefficients import Coefficients
from siting.mip.flows import DemandClasses

__all__ = ["Variables", "add_variables"]


@dataclass(frozen=True)
class Variables:
    """Handles of the decision variables, in the order of the index sets of `Coefficients`.

    Parameters
    ----------
    is_open : list of LpVariable
        Whether the pair is built, P binaries.
    modules : list of LpVariable
        Halls or pods of the pair, P integers.
    load_mw : list of LpVariable
        IT load that the pair serves, P. [MW]
    serve_mw : list of LpVariable
        IT load of each flow, F. [MW]
    contract_mw : list of LpVariable
        Contracted power of each offer, O. [MW]
    supply_mw : list of list of LpVariable
        Contracted power that is used, O × T. [MW]
    grid_mw : list of list of LpVariable
        Power from the grid, S × T. [MW]
    """

    is_open: list[LpVariable]
    modules: list[LpVariable]
    load_mw: list[LpVariable]
    serve_mw: list[LpVariable]
    contract_mw: list[LpVariable]
    supply_mw: list[list[LpVariable]]
    grid_mw: list[list[LpVariable]]


def add_variables(problem: LpProblem, c: Coefficients, demand: DemandClasses) -> Variables:
    """Create the decision variables; rows and columns are named by index."""
    pairs, slices = range(len(c.pair_site)), range(len(c.hours))
    offers, sites = range(len(c.offer_source)), range(len(c.sites))
    matrix = problem.add_variable_matrix
    contract_mw = matrix("contract_mw", list(offers), lowBound=0)
    for variable, limit in zip(contract_mw, c.offer_limit_mw, strict=True):
        variable.upBound = float(limit)
    return Variables(
        is_open=matrix("is_open", list(pairs), cat="Binary"),
        modules=matrix("modules", list(pairs), lowBound=0, cat="Integer"),
        load_mw=matrix("load_mw", list(pairs), lowBound=0),
        serve_mw=matrix("serve_mw", list(np.arange(len(demand.flow_site))), lowBound=0),
        contract_mw=contract_mw,
        supply_mw=matrix("supply_mw", (list(offers), list(slices)), lowBound=0),
        grid_mw=matrix("grid_mw", (list(sites), list(slices)), lowBound=0),
    )
