"""What a contract can deliver."""

from __future__ import annotations

from pulp import LpProblem

from siting.coefficients import Coefficients
from siting.mip.flows import DemandClasses
from siting.mip.linear import add_row, total
from siting.mip.variables import Variables

__all__ = ["add_contract_output"]


def add_contract_output(
    problem: LpProblem, v: Variables, c: Coefficients, demand: DemandClasses
) -> None:
    """A contract delivers no more than it generates; the bound of the variable is its limit.

    supply_mw[o,t]  ≤  capacity_factor[o,t] · contract_mw[o]        ∀ o, t
    """
    for o in range(len(c.offer_source)):
        for t in range(len(c.hours)):
            output = (v.contract_mw[o], -float(c.capacity_factor[o, t]))
            row = total([(v.supply_mw[o][t], 1.0), output]) <= 0.0
            add_row(problem, row, f"contract_{o}_{t}")
