"""The decisions of the program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

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


def add_variables(
    problem: LpProblem,
    c: Coefficients,
    demand: DemandClasses,
    *,
    state: int = 0,
    build: Variables | None = None,
) -> Variables:
    """Create the decision variables of a state; rows and columns are named by index.

    Parameters
    ----------
    problem : LpProblem
        Where they go.
    c : Coefficients
        Numbers of the state.
    demand : DemandClasses
        Its demand.
    state : int, default 0
        Its index.
    build : Variables, optional
        A state of the same period, whose decisions on what is built and contracted are shared.
    """
    pairs, slices = range(len(c.pair_site)), range(len(c.hours))
    offers, sites = range(len(c.offer_source)), range(len(c.sites))
    prefix = f"k{state}_" if state else ""

    def matrix(name: str, *indices: Iterable[int], **kind: Any) -> Any:
        lists = [list(index) for index in indices]
        shape = lists[0] if len(lists) == 1 else tuple(lists)
        return problem.add_variable_matrix(prefix + name, shape, **({"lowBound": 0} | kind))

    if build is None:
        is_open = matrix("is_open", pairs, lowBound=None, cat="Binary")
        modules = matrix("modules", pairs, cat="Integer")
        contract_mw = matrix("contract_mw", offers)
        for variable, limit in zip(contract_mw, c.offer_limit_mw, strict=True):
            variable.upBound = float(limit)
    else:
        is_open, modules, contract_mw = build.is_open, build.modules, build.contract_mw
    return Variables(
        is_open=is_open,
        modules=modules,
        load_mw=matrix("load_mw", pairs),
        serve_mw=matrix("serve_mw", range(len(demand.flow_site))),
        contract_mw=contract_mw,
        supply_mw=matrix("supply_mw", offers, slices),
        grid_mw=matrix("grid_mw", sites, slices),
    )
