"""Fans, pumps, chillers and electrical supply: when full, below it, and in a hall not full.

The power of fans and pumps follows the flow to a power, down to a least flow,

    P / P_rated  =  max(q, q_least) ^ n ,

so that one kWh of IT takes ``max(q, q_least) ^ n / L`` of what it takes in a full hall. Pumps carry
the heat, ``q = L``; servers draw air even when they idle, ``q = q_0 + (1 - q_0) L``. Hall fans
and pumps keep a pressure at a fixed set-point, which holds the exponent well below the cube of the
affinity laws; outdoor fans, with nothing but coils and fill before them, come closer to it. Pumps
of towers and of intakes on shore run at constant speed and are staged, and the lift that they work
against does not fall with the flow: to one kWh of IT they take the same at any load.
``docs/validation/part_load.md`` shows the powers beside the curves that they are fitted to.

Each electrical loss is a share of the rated power of its unit, ``a + b x + c x²`` with ``x`` the
load of the unit over its rating. With ``r`` times the units that are needed, as redundancy asks,
each carries ``x = L / r``, and to one kWh of IT they add ``(r a + b L + c L² / r) / L``, ``L`` the
IT load over its rating: what is fixed grows with the redundancy and makes a half-empty hall
inefficient.

References
----------
.. [1] ASHRAE Handbook, Fundamentals (2017), ch. 2: the reversed Carnot cycle.
.. [2] N. Lei and E. Masanet (2020), Energy 201, 117556: regression for water-cooled chillers, form
   and ranges of pumps and fans, ranges of losses at full load (Table B.1).
.. [3] DOE-2 electric chiller, part-load curve of an air-cooled machine as used in EnergyPlus.
.. [4] ASHRAE Handbook, HVAC Systems and Equipment (2020), ch. 21 (fans) and 44 (pumps).
.. [5] N. Rasmussen (2012), Electrical Efficiency Modeling for Data Centers, APC White Paper 113,
   rev. 2, Table 2: form, and losses of older units; White Paper 108 (V. Avelar): UPS curve.
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
    "ElectricalParameters",
    "PartLoadParameters",
    "carnot_cop",
    "compressor_energy",
    "electrical_loss",
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


_UPS = (
    "APC White Paper 108, large delta-conversion UPS: 1.333 % + 0.640 % x + 1.081 % x² of its "
    "rating, 97.0 % when full; older units 4 % + 5 % x (White Paper 113, Table 2)"
)
_WINDING = (
    "with the fixed part 1 %, middle of 0-2 % (Lei & Masanet 2020 Table B.1): windings 0.5 %, "
    "busway and cables; White Paper 113: 1.5 % + 1 % + 0.5 %"
)


@dataclass(frozen=True)
class ElectricalParameters(Parameters):
    """Coefficients of the losses, shares of rated IT power."""

    redundancy: float = rated(
        1.33, 1.0, 2.2, "-",
        "units installed over those needed: blocks of four for three; 1 where batteries are in the "
        "racks, 2 in a 2N system, a tenth more with the margin of White Paper 113",
    )  # fmt: skip
    ups_fixed: float = rated(0.01333, 0.002, 0.04, "-", _UPS, "derived")
    ups_linear: float = rated(0.0064, 0.0, 0.05, "-", _UPS, "derived")
    ups_square: float = rated(0.01081, 0.0, 0.03, "-", _UPS, "derived")
    distribution_fixed: float = rated(
        0.0012, 0.0006, 0.015, "-",
        "no-load loss of transformers: 10 CFR 431.196 asks 99.53 % of 2,500 kVA at half load, "
        "half of that loss; units of White Paper 113 1.5 %",
        "derived",
    )  # fmt: skip
    distribution_linear: float = rated(0.0, 0.0, 0.015, "-", _WINDING)
    distribution_square: float = rated(0.0088, 0.0, 0.03, "-", _WINDING)
    lighting_fixed: float = rated(
        0.001, 0.0, 0.01, "-",
        "middle of 0-0.2 %, Lei & Masanet 2020 Table B.1 hyperscale; White Paper 113: 1 %",
    )  # fmt: skip
    standby_fixed: float = rated(
        0.003, 0.0, 0.006, "-",
        "generators kept warm and charged, 0.3 % of their rating: White Paper 113, Table 2",
    )  # fmt: skip


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
    p = parameters or ElectricalParameters()
    level = np.asarray(load, dtype=np.float64)
    if not ((level > 0.0) & (level <= 1.0)).all():
        raise ValueError("load must lie above 0 and not above 1")
    fixed = p.redundancy * (p.ups_fixed + p.distribution_fixed) + p.lighting_fixed + p.standby_fixed
    linear = p.ups_linear + p.distribution_linear
    square = (p.ups_square + p.distribution_square) / p.redundancy
    return as_float(fixed / level + linear + square * level)
