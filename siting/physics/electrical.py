"""Losses between the grid connection and the servers, and lighting, at part load.

Each loss is a share of the *rated* IT power, ``a + b L + c L²`` with ``L`` the IT load over its
rating, so to one kWh of IT it adds ``(a + b L + c L²) / L``: the fixed part is what makes a
half-empty hall inefficient.

References
----------
.. [1] N. Rasmussen, Electrical Efficiency Modeling for Data Centers, APC White Paper 113 (form).
.. [2] N. Lei and E. Masanet (2020), Energy 201, 117556, Table B.1 (ranges at full load).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from siting.physics.arrays import Numeric, as_float
from siting.physics.parameters import Parameter, defaults, table

__all__ = ["PARAMETERS", "ElectricalParameters", "electrical_loss"]

_UPS = (
    "full-load sum 0.03, efficiency 0.97: modern double conversion; "
    "Lei & Masanet 2020 Table B.1 hyperscale 0.90-0.99"
)
_PDU = "full-load sum 0.01: middle of 0-2 %, Lei & Masanet 2020 Table B.1 hyperscale"

PARAMETERS = table(
    Parameter("ups_fixed", 0.008, 0.002, 0.04, "-", _UPS),
    Parameter("ups_linear", 0.006, 0.0, 0.05, "-", _UPS),
    Parameter("ups_square", 0.016, 0.0, 0.03, "-", _UPS),
    Parameter("distribution_fixed", 0.002, 0.0, 0.015, "-", _PDU),
    Parameter("distribution_linear", 0.0, 0.0, 0.015, "-", _PDU),
    Parameter("distribution_square", 0.008, 0.0, 0.02, "-", _PDU),
    Parameter(
        "lighting_fixed",
        0.001,
        0.0,
        0.002,
        "-",
        "middle of 0-0.2 %, Lei & Masanet 2020 Table B.1 hyperscale",
    ),
)


@dataclass(frozen=True)
class ElectricalParameters:
    """Coefficients of the losses, shares of rated IT power; see ``PARAMETERS``."""

    ups_fixed: float
    ups_linear: float
    ups_square: float
    distribution_fixed: float
    distribution_linear: float
    distribution_square: float
    lighting_fixed: float

    @classmethod
    def default(cls) -> ElectricalParameters:
        """Build from the values of the table."""
        return cls(**defaults(PARAMETERS.values()))


def electrical_loss(load: ArrayLike, parameters: ElectricalParameters | None = None) -> Numeric:
    """Electrical losses and lighting to one kWh of IT.

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
    fixed = p.ups_fixed + p.distribution_fixed + p.lighting_fixed
    linear = p.ups_linear + p.distribution_linear
    square = p.ups_square + p.distribution_square
    return as_float(fixed / level + linear + square * level)
