"""Losses between the grid connection and the servers, and other fixed loads, at part load.

Each loss is a share of the *rated* power of its unit, ``a + b x + c x²`` with ``x`` the load of the
unit over its rating. With ``r`` times the units that are needed, as redundancy asks, each carries
``x = L / r``, and to one kWh of IT they add

    (r a + b L + c L² / r) / L ,

``L`` the IT load over its rating: what is fixed grows with the redundancy and makes a half-empty
hall inefficient.

References
----------
.. [1] N. Rasmussen (2012), Electrical Efficiency Modeling for Data Centers, APC White Paper 113,
   rev. 2, Table 2: form, and losses of older units.
.. [2] V. Avelar, Making Large UPS Systems More Efficient, APC White Paper 108: UPS curve.
.. [3] N. Lei and E. Masanet (2020), Energy 201, 117556, Table B.1 (ranges at full load).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import Numeric, as_float
from siting.physics.parameters import Parameter, defaults, table

__all__ = ["PARAMETERS", "ElectricalParameters", "electrical_loss"]

_UPS = (
    "APC White Paper 108, large delta-conversion UPS: 1.333 % + 0.640 % x + 1.081 % x² of its "
    "rating, 97.0 % when full; older units 4 % + 5 % x (White Paper 113, Table 2)"
)
_WINDING = (
    "with the fixed part 1 %, middle of 0-2 % (Lei & Masanet 2020 Table B.1): windings 0.5 %, "
    "busway and cables; White Paper 113: 1.5 % + 1 % + 0.5 %"
)

PARAMETERS = table(
    Parameter(
        "redundancy", 1.33, 1.0, 2.2, "-",
        "units installed over those needed: blocks of four for three; 1 where batteries are in the "
        "racks, 2 in a 2N system, a tenth more with the margin of White Paper 113",
    ),
    Parameter("ups_fixed", 0.01333, 0.002, 0.04, "-", _UPS, "derived"),
    Parameter("ups_linear", 0.0064, 0.0, 0.05, "-", _UPS, "derived"),
    Parameter("ups_square", 0.01081, 0.0, 0.03, "-", _UPS, "derived"),
    Parameter(
        "distribution_fixed", 0.0012, 0.0006, 0.015, "-",
        "no-load loss of transformers: 10 CFR 431.196 asks 99.53 % of 2,500 kVA at half load, "
        "half of that loss; units of White Paper 113 1.5 %",
        "derived",
    ),
    Parameter("distribution_linear", 0.0, 0.0, 0.015, "-", _WINDING),
    Parameter("distribution_square", 0.0088, 0.0, 0.03, "-", _WINDING),
    Parameter(
        "lighting_fixed", 0.001, 0.0, 0.01, "-",
        "middle of 0-0.2 %, Lei & Masanet 2020 Table B.1 hyperscale; White Paper 113: 1 %",
    ),
    Parameter(
        "standby_fixed", 0.003, 0.0, 0.006, "-",
        "generators kept warm and charged, 0.3 % of their rating: White Paper 113, Table 2",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class ElectricalParameters:
    """Coefficients of the losses, shares of rated IT power; see ``PARAMETERS``."""

    redundancy: float
    ups_fixed: float
    ups_linear: float
    ups_square: float
    distribution_fixed: float
    distribution_linear: float
    distribution_square: float
    lighting_fixed: float
    standby_fixed: float

    @classmethod
    def default(cls) -> ElectricalParameters:
        """Build from the values of the table."""
        return cls(**defaults(PARAMETERS.values()))


def electrical_loss(load: ArrayLike, parameters: ElectricalParameters | None = None) -> Numeric:
    """Electrical losses and fixed loads to one kWh of IT.

    Parameters
    ----------
    load : numeric
        IT power over its rating, above 0 and up to 1. [-]
    parameters : ElectricalParameters, optional
        Coefficients; those of the table by default.

    Returns
    -------
    numeric
        Same shape as ``load``. [kWh/kWh]
    """
    p = parameters or ElectricalParameters.default()
    level = np.asarray(load, dtype=np.float64)
    if not ((level > 0.0) & (level <= 1.0)).all():
        raise ValueError("load must lie above 0 and not above 1")
    fixed = p.redundancy * (p.ups_fixed + p.distribution_fixed) + p.lighting_fixed + p.standby_fixed
    linear = p.ups_linear + p.distribution_linear
    square = (p.ups_square + p.distribution_square) / p.redundancy
    return as_float(fixed / level + linear + square * level)
