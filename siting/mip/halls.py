"""What halls cost and embody a year, by the period in which they were built."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.coefficients import Coefficients

__all__ = ["halls_by_vintage"]

FloatArray = NDArray[np.float64]


def halls_by_vintage(c: Coefficients, what: str) -> dict[str, FloatArray]:
    """Cost or carbon of halls: as if all were built now, and what older ones add.

    Parameters
    ----------
    c : Coefficients
        The problem.
    what : {"cost", "carbon"}
        Which of the two.
    """
    fixed = c.fixed_carbon_t_per_mw if what == "carbon" else c.fixed_cost_usd_per_mw
    if c.vintages is None:
        return {"modules": fixed * c.block_mw}
    base = c.vintages.embodied_t_per_mw if what == "carbon" else fixed
    now = getattr(c.vintages, what)[-1]
    older = getattr(c.vintages, f"older_{what}")
    return {
        "modules": (fixed + base * (now - 1.0)) * c.block_mw,
        f"older_{what}": (base * c.block_mw)[older],
    }
