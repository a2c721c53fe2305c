"""Water that cooling evaporates, loses as drift, and blows down."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from siting.physics.arrays import Numeric, as_float
from siting.physics.constants import SECONDS_PER_HOUR

__all__ = ["bleed_factor", "blow_down", "latent_heat", "litres_per_kwh"]


def latent_heat(temp_c: ArrayLike) -> Numeric:
    """Heat of vaporisation of water.

    Parameters
    ----------
    temp_c : numeric
        Water temperature, 0 to 60. [°C]

    Returns
    -------
    numeric
        Same shape. [kJ/kg]

    References
    ----------
    .. [1] N. Lei and E. Masanet (2022), Resources, Conservation and Recycling 182, 106323.
    """
    t = np.asarray(temp_c, np.float64)
    return as_float(-0.0013 * t**2 - 2.3097 * t + 2500.5)


def blow_down(evaporated: ArrayLike, drift: ArrayLike, cycles: float) -> Numeric:
    """Water drained so that the dissolved solids stay at ``cycles`` times those of the supply.

    Parameters
    ----------
    evaporated, drift : numeric
        Water lost as vapour and as droplets, any unit.
    cycles : float
        Cycles of concentration, above 1. [-]

    Returns
    -------
    numeric
        Broadcast shape, the same unit, never negative.
    """
    drained = np.asarray(evaporated, np.float64) / (cycles - 1.0) - np.asarray(drift, np.float64)
    return as_float(np.maximum(drained, 0.0))


def bleed_factor(cycles: float) -> float:
    """Water supplied over water evaporated where there is no drift.

    Parameters
    ----------
    cycles : float
        Cycles of concentration, above 1. [-]

    Returns
    -------
    float
        ``cycles / (cycles - 1)``. [-]
    """
    return cycles / (cycles - 1.0)


def litres_per_kwh(flow_kg_s_per_kw: ArrayLike) -> Numeric:
    """Water use from a flow.

    Parameters
    ----------
    flow_kg_s_per_kw : numeric
        Water to one kW of IT. [kg/s per kW]

    Returns
    -------
    numeric
        Same shape, one kilogram taken as one litre. [L/kWh]
    """
    return as_float(np.asarray(flow_kg_s_per_kw, np.float64) * SECONDS_PER_HOUR)
