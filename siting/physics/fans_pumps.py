"""Power of fans and pumps, at the rated flow and below it.

References
----------
.. [1] ASHRAE Handbook, HVAC Systems and Equipment (2020), ch. 21 (fans) and 44 (pumps).
.. [2] N. Lei and E. Masanet (2020), Energy 201, 117556 (form and ranges).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from siting.physics.arrays import Numeric, as_float
from siting.physics.constants import CP_WATER, WATER_DENSITY

__all__ = ["fan_power", "flow_law", "pump_power", "water_flow"]


def fan_power(flow_m3_s: ArrayLike, pressure_pa: ArrayLike, efficiency: ArrayLike) -> Numeric:
    """Electric power of a fan.

    Parameters
    ----------
    flow_m3_s : numeric
        Volume flow. [m³/s]
    pressure_pa : numeric
        Total pressure rise. [Pa]
    efficiency : numeric
        Fan, belt, motor and drive together. [-]

    Returns
    -------
    numeric
        Broadcast shape. [kW]
    """
    work = np.asarray(flow_m3_s, np.float64) * np.asarray(pressure_pa, np.float64)
    return as_float(work / np.asarray(efficiency, np.float64) / 1000.0)


def pump_power(
    flow_kg_s: ArrayLike,
    pressure_pa: ArrayLike,
    efficiency: ArrayLike,
    density: float = WATER_DENSITY,
) -> Numeric:
    """Electric power of a pump.

    Parameters
    ----------
    flow_kg_s : numeric
        Mass flow. [kg/s]
    pressure_pa : numeric
        Pressure rise. [Pa]
    efficiency : numeric
        Pump, motor and drive together. [-]
    density : float, default 998
        Density of the liquid. [kg/m³]

    Returns
    -------
    numeric
        Broadcast shape. [kW]
    """
    return fan_power(np.asarray(flow_kg_s, np.float64) / density, pressure_pa, efficiency)


def water_flow(heat_kw: ArrayLike, rise_k: ArrayLike) -> Numeric:
    """Mass flow of water that carries a heat flow away.

    Parameters
    ----------
    heat_kw : numeric
        Heat. [kW]
    rise_k : numeric
        Temperature rise of the water. [K]

    Returns
    -------
    numeric
        Broadcast shape. [kg/s]
    """
    return as_float(np.asarray(heat_kw, np.float64) / (CP_WATER * np.asarray(rise_k, np.float64)))


def flow_law(ratio: ArrayLike, exponent: float = 2.7, minimum: float = 0.2) -> Numeric:
    """Power over rated power of a fan or pump under speed control.

    The affinity law gives the cube; what static pressure and the drive take away brings the
    exponent down to 2.5 to 2.8 in practice. Below the least speed the power stays where it is.

    Parameters
    ----------
    ratio : numeric
        Flow over rated flow; held between ``minimum`` and 1. [-]
    exponent : float, default 2.7
        Exponent of the flow. [-]
    minimum : float, default 0.2
        Least speed. [-]

    Returns
    -------
    numeric
        Same shape as ``ratio``. [-]
    """
    flow = np.clip(np.asarray(ratio, np.float64), minimum, 1.0)
    return as_float(np.exp(exponent * np.log(flow)))
