"""Yearly budgets for energy, carbon, water and cost."""

from __future__ import annotations

from siting.coefficients import Coefficients
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.metrics import metric_expression
from siting.mip.model.rows import Rows
from siting.mip.model.shared_metrics import row_terms
from siting.mip.model.variables import Variables

__all__ = ["add_budgets"]


def add_budgets(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A metric stays under its budget; the row is divided by the budget to keep it near one.

    metric / budget  ≤  1
    """
    if not c.limits.budgets:
        return
    terms = row_terms(v, c, demand)
    for i, (metric, budget) in enumerate(c.limits.budgets):
        row = metric_expression(v, terms[metric].scaled(1.0 / budget))
        rows.add(row <= 1.0, f"budget_{i}_{metric}")
