"""Water that cooling evaporates, loses as drift, and blows down."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import Numeric, as_float
from siting.physics.constants import CP_WATER, SECONDS_PER_HOUR, WATER_DENSITY
from siting.physics.parameters import Parameter, table

__all__ = [
    "LAKE_PARAMETERS",
    "bleed_factor",
    "blow_down",
    "lake_heat_limit_mw",
    "latent_heat",
    "litres_per_kwh",
]

_OWN = "siting, assumed: no law, but below what monitoring of a lake can tell from its weather"

#: What a lake may take for good.
LAKE_PARAMETERS = table(
    Parameter(
        "exchange_w_per_m2_k", 30.0, 15.0, 45.0, "W/(m² K)",
        "fitted to lake temperatures (docs/validation/climate.md); Edinger, Duttweiler and Geyer "
        "(1968), Water Resources Research 4, 1137: 15 to 45", "derived",
    ),
    Parameter("allowed_warming_k", 0.2, 0.1, 1.0, "K", _OWN, "assumed"),
    Parameter("shared_radius_km", 10.0, 3.0, 30.0, "km", _OWN, "assumed"),
)  # fmt: skip


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


def lake_heat_limit_mw(area_km2: ArrayLike, outflow_m3_s: ArrayLike = 0.0) -> Numeric:
    """Heat that a lake may take for good and stay within 0.2 K of what it was.

    What is put in leaves through the surface and with the water that flows out,

        Q  =  dT · (k · A + rho · c · q · A / A_lake),    A = min(A_lake, pi · R²) ,

    with k the exchange of the surface and R the radius of the water round an outfall that shares
    the heat: of a greater lake only that part of the surface, and of the outflow, counts.

    Parameters
    ----------
    area_km2 : numeric
        Area of the lake, above zero. [km²]
    outflow_m3_s : numeric, default 0
        Mean flow out of the lake; none where it is not known, which errs on the safe side. [m3/s]

    Returns
    -------
    numeric
        Broadcast shape. [MW]

    References
    ----------
    .. [1] J. E. Edinger, D. W. Duttweiler and J. C. Geyer (1968), Water Resources Research 4,
       1137-1143. doi:10.1029/WR004i005p01137
    """
    exchange, warming, radius = (p.value for p in LAKE_PARAMETERS.values())
    area = np.asarray(area_km2, np.float64)
    shared = np.minimum(area, np.pi * radius**2)
    mw_per_k = CP_WATER * WATER_DENSITY / 1000.0 * np.asarray(outflow_m3_s, np.float64)
    return as_float(warming * (exchange * shared + mw_per_k * shared / area))
