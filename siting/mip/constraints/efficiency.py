"""Ceilings on the annual PUE and WUE of every open site."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pulp import LpAffineExpression

from siting.coefficients import Coefficients
from siting.mip.flows import DemandClasses
from siting.mip.rows import Rows
from siting.mip.variables import Variables

__all__ = ["add_efficiency_ceilings"]


def add_efficiency_ceilings(
    rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses
) -> None:
    """A pair above a ceiling is not built; exact, since the IT load is the same in all slices.

    is_open[p]  =  0        ∀ p : pue_annual[p] > pue_max  or  wue_annual[p] > wue_max
    """
    _close(rows, v, "pue_ceiling", c.pue_annual, c.limits.pue_max)
    _close(rows, v, "wue_ceiling", c.wue_annual_l_per_kwh, c.limits.wue_max_l_per_kwh)


def _close(
    rows: Rows,
    v: Variables,
    name: str,
    annual: NDArray[np.float64],
    ceiling: float | None,
) -> None:
    if ceiling is None:
        return
    for p in np.flatnonzero(annual > ceiling + 1e-9):
        row = LpAffineExpression.from_variable(v.is_open[p])
        rows.add(row <= 0.0, f"{name}_{p}")
