"""Fans, pumps and mechanical chillers: at the rated point, below it, and in a hall not full.

The power of fans and pumps follows the flow to a power, down to a least flow,

    P / P_rated  =  max(q, q_least) ^ n ,

so that one kWh of IT takes ``max(q, q_least) ^ n / L`` of what it takes in a full hall. Pumps carry
the heat, ``q = L``; servers draw air even when they idle, ``q = q_0 + (1 - q_0) L``. Hall fans
and pumps keep a pressure at a fixed set-point, which holds the exponent well below the cube of the
affinity laws; outdoor fans, with nothing but coils and fill before them, come closer to it. Pumps
of towers and of intakes on shore run at constant speed and are staged, and the lift that they work
against does not fall with the flow: to one kWh of IT they take the same at any load.
``docs/validation/part_load.md`` shows the powers beside the curves that they are fitted to.

References
----------
.. [1] ASHRAE Handbook, Fundamentals (2017), ch. 2: the reversed Carnot cycle.
.. [2] N. Lei and E. Masanet (2020), Energy 201, 117556: regression for water-cooled chillers.
.. [3] DOE-2 electric chiller, part-load curve of an air-cooled machine as used in EnergyPlus.
.. [4] ASHRAE Handbook, HVAC Systems and Equipment (2020), ch. 21 (fans) and 44 (pumps).
.. [5] N. Lei and E. Masanet (2020), Energy 201, 117556 (form and ranges).
.. [6] ASHRAE 90.1, Appendix G, part-load curves of fans and pumps under speed control, as in
   openstudio-standards (NREL), Standards.FanVariableVolume.rb and Standards.PumpVariableSpeed.rb.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import FloatArray, Numeric, as_float
from siting.physics.parameters import CP_WATER, WATER_DENSITY, ZERO_C_K, Parameters, rated

__all__ = [
    "PartLoadParameters",
    "carnot_cop",
    "compressor_energy",
    "fan_power",
    "flow_law",
    "part_load_power",
    "pump_power",
    "relative_energy",
    "water_cooled_cop",
    "water_flow",
]


LEAST_LIFT_K = 15.0  # below it neither oil return nor the expansion valve work


def carnot_cop(
    temp_evaporating_c: ArrayLike, temp_condensing_c: ArrayLike, efficiency: float
) -> Numeric:
    """Coefficient of performance as a fixed share of the Carnot cycle's.

    Parameters
    ----------
    temp_evaporating_c, temp_condensing_c : numeric
        Refrigerant temperatures; their difference is held at 15 K or more. [°C]
    efficiency : float
        Share of the Carnot value, 0.45 to 0.60 for water chillers. [-]

    Returns
    -------
    numeric
        Broadcast shape. [-]
    """
    cold = np.asarray(temp_evaporating_c, np.float64)
    lift = np.maximum(np.asarray(temp_condensing_c, np.float64) - cold, LEAST_LIFT_K)
    return as_float(efficiency * (cold + ZERO_C_K) / lift)


def water_cooled_cop(temp_condenser_water_c: ArrayLike, part_load: ArrayLike) -> Numeric:
    """Coefficient of performance of a water-cooled chiller making water of about 7 °C.

    Parameters
    ----------
    temp_condenser_water_c : numeric
        Water entering the condenser. [°C]
    part_load : numeric
        Load over capacity, 0.2 to 0.8 in the fit. [-]

    Returns
    -------
    numeric
        Broadcast shape, about ± 11 %. [-]

    References
    ----------
    .. [1] N. Lei and E. Masanet (2020), Energy 201, 117556.
    """
    t = np.asarray(temp_condenser_water_c, np.float64)
    x = np.asarray(part_load, np.float64)
    by_temp = 0.008840 * t**2 - 0.760621 * t
    by_load = -8.528931 * x**2 + 9.885294 * x
    return as_float(16.798751 + by_temp + by_load + 0.084615 * x * t)


def part_load_power(part_load: ArrayLike) -> Numeric:
    """Power over full-load power of a chiller at the same temperatures.

    Parameters
    ----------
    part_load : numeric
        Load over capacity. [-]

    Returns
    -------
    numeric
        Same shape; 1.00 at full load within 0.001. [-]

    References
    ----------
    .. [1] DOE-2 electric chiller: ``EIRFPLR`` of an air-cooled machine.
    """
    x = np.asarray(part_load, np.float64)
    return as_float(0.03303 + 0.6852 * x + 0.2818 * x**2)


def compressor_energy(
    share: ArrayLike, heat: ArrayLike, cop: ArrayLike, load: ArrayLike, least_load: float
) -> Numeric:
    """Electricity of chillers that carry a share of the heat.

    Machines are staged: as the load falls some are switched off, so that none of those that run
    carries less than ``least_load``.

    Parameters
    ----------
    share : numeric
        Part of the heat that is cooled mechanically. [-]
    heat : numeric
        Heat to one kWh of IT. [kWh/kWh]
    cop : numeric
        Coefficient of performance at full load. [-]
    load : numeric
        IT power over its rating, which sets the load of the machines together with ``share``. [-]
    least_load : float
        Load of a running machine over its capacity below which it does not fall. [-]

    Returns
    -------
    numeric
        Broadcast shape. [kWh/kWh]
    """
    part = np.asarray(share, np.float64)
    x = np.clip(part * np.asarray(load, np.float64), least_load, 1.0)
    effort = np.asarray(part_load_power(x)) / x
    return as_float(part * np.asarray(heat, np.float64) / np.asarray(cop, np.float64) * effort)


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


_FAN = (
    "power through ASHRAE 90.1 App. G, variable speed with a fixed pressure set-point "
    "(openstudio-standards, FanVariableVolume), within 0.01; with the set-point reset 2.5"
)
_PUMP = (
    "power through ASHRAE 90.1 App. G, variable speed without reset (openstudio-standards, "
    "PumpVariableSpeed), within 0.04; with differential-pressure reset 2.45"
)
_OUTDOOR = (
    "affinity law with drive and motor: 2.5-2.8, ASHRAE S&E 2020 ch. 21; CityEnergyAnalyst, "
    "cooling_tower.py: 0.86 q³ + 0.20 q² - 0.06 q"
)


@dataclass(frozen=True)
class PartLoadParameters(Parameters):
    """Exponents, least flows and staging."""

    idle_air_flow: float = rated(
        0.2, 0.1, 0.25, "-",
        "EnergyPlus, 2ZoneDataCenterHVAC_wEconomizer.idf, servers' air and power by load: 0.1, 0.2 "
        "and 0.25 of full flow at no load with 15, 20 and 25 °C at the inlet",
        "derived",
    )  # fmt: skip
    fan_exponent: float = rated(1.7, 1.6, 2.6, "-", _FAN, "derived")
    least_fan_flow: float = rated(
        0.3, 0.2, 0.5, "-",
        "20 % in 90.1 App. G; containment and redundant units running lightly ask for more",
    )  # fmt: skip
    pump_exponent: float = rated(1.7, 1.6, 2.45, "-", _PUMP, "derived")
    least_pump_flow: float = rated(
        0.4, 0.25, 0.5, "-",
        "least flow of chillers and exchangers; 90.1-2019 6.5.4.2 asks pumps to reach 25 to 50 %",
    )  # fmt: skip
    outdoor_fan_exponent: float = rated(2.7, 2.5, 3.0, "-", _OUTDOOR)
    least_chiller_load: float = rated(
        0.6, 0.25, 0.8, "-",
        "staging: of three or more machines none runs below two thirds, one alone to a quarter",
    )  # fmt: skip

    def hall_fans(self, load: ArrayLike) -> FloatArray:
        """Energy of hall fans to one kWh of IT over that in a full hall. [-]."""
        level = np.asarray(load, dtype=np.float64)
        flow = self.idle_air_flow + (1.0 - self.idle_air_flow) * level
        return relative_energy(level, flow, self.fan_exponent, self.least_fan_flow)

    def pumps(self, load: ArrayLike) -> FloatArray:
        """Energy of pumps to one kWh of IT over that in a full hall. [-]."""
        return relative_energy(load, load, self.pump_exponent, self.least_pump_flow)

    def outdoor_fans(self, load: ArrayLike) -> FloatArray:
        """Energy of the fans of towers and coolers, likewise. [-]."""
        return relative_energy(load, load, self.outdoor_fan_exponent, self.least_fan_flow)


def relative_energy(
    load: ArrayLike, flow: ArrayLike, exponent: float, least_flow: float
) -> FloatArray:
    """Energy of a fan or pump to one kWh of IT, over the same in a full hall.

    Parameters
    ----------
    load : numeric
        IT power over its rating, above 0 and up to 1. [-]
    flow : numeric
        Flow over rated flow at that load. [-]
    exponent : float
        Exponent of the flow in the power. [-]
    least_flow : float
        Flow over rated flow below which it does not fall. [-]

    Returns
    -------
    numpy.ndarray
        Same shape as ``load``; 1 at full load. [-]
    """
    level = np.asarray(load, dtype=np.float64)
    return np.asarray(np.maximum(flow, least_flow) ** exponent / level)
