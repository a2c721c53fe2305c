"""The published economizers on cooling towers and on the sea, beside a water-cooled chiller.

See ``lei_masanet``, whose psychrometrics and conventions hold here too. The coil fixes how warm the
facility water may be; water from the tower or the sea carries all of the heat up to that, part of
it up to the returning water, none above. Latent heat enters by the sensible heat ratio, and the
moisture that the coils take is sprayed back.

References
----------
.. [1] N. Lei and E. Masanet (2020), Energy 201, 117556, and the authors' notebooks
   (github.com/nuoaleon/Data-center-PUE-prediction-tool) for the order and ranges of the parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import FloatArray, Numeric, as_float
from siting.physics.plant import fan_power, pump_power, water_cooled_cop
from siting.physics.towers import latent_heat
from tools.lei_masanet import (
    CP_AIR,
    CP_WATER,
    PublishedParameters,
    air_density,
    facility_heat,
    outside_enthalpy,
    wet_bulb_from_enthalpy,
)

__all__ = [
    "SEA_RANGES",
    "TOWER_RANGES",
    "WatersideSea",
    "WatersideTower",
    "waterside_sea_pue",
    "waterside_tower_pue",
]

WATER_KG_M3 = 1000.0


@dataclass(frozen=True)
class WatersideTower(PublishedParameters):
    """The 26 parameters of the economizer on towers, in its order.

    Pressures in Pa, temperatures in °C or K, shares and efficiencies from 0 to 1.
    """

    ups_efficiency: float
    distribution_loss: float
    lighting_share: float
    supply_c: float
    air_rise_k: float
    water_rise_k: float
    tower_range_k: float
    hall_fan_pressure_pa: float
    hall_fan_efficiency: float
    tower_fan_pressure_pa: float
    tower_fan_efficiency: float
    spray_pressure_pa: float
    spray_efficiency: float
    economizer_pump_pressure_pa: float
    economizer_pump_efficiency: float
    chilled_pump_pressure_pa: float
    chilled_pump_efficiency: float
    tower_pump_pressure_pa: float
    tower_pump_efficiency: float
    tower_approach_k: float
    exchanger_approach_k: float
    coil_effectiveness: float
    sensible_share: float
    chiller_load: float
    cop_change: float
    liquid_to_gas: float


@dataclass(frozen=True)
class WatersideSea(PublishedParameters):
    """The 22 parameters of the economizer on sea water, in its order.

    Pressures in Pa, temperatures in °C or K, shares and efficiencies from 0 to 1.
    """

    ups_efficiency: float
    distribution_loss: float
    lighting_share: float
    supply_c: float
    air_rise_k: float
    water_rise_k: float
    sea_rise_k: float
    hall_fan_pressure_pa: float
    hall_fan_efficiency: float
    spray_pressure_pa: float
    spray_efficiency: float
    economizer_pump_pressure_pa: float
    economizer_pump_efficiency: float
    chilled_pump_pressure_pa: float
    chilled_pump_efficiency: float
    sea_pump_pressure_pa: float
    sea_pump_efficiency: float
    exchanger_approach_k: float
    coil_effectiveness: float
    sensible_share: float
    chiller_load: float
    cop_change: float


_SHARED = {
    "ups_efficiency": (0.90, 0.99),
    "distribution_loss": (0.0, 0.02),
    "lighting_share": (0.0, 0.002),
    "supply_c": (27.0, 35.0),
    "air_rise_k": (25.0 * 5.0 / 9.0, 35.0 * 5.0 / 9.0),
    "water_rise_k": (5.0, 10.0),
    "hall_fan_pressure_pa": (400.0, 600.0),
    "hall_fan_efficiency": (0.65, 0.90),
    "spray_pressure_pa": (6.3e6, 7.7e6),
    "spray_efficiency": (0.6, 0.8),
    "economizer_pump_pressure_pa": (143658.0 * 0.8, 143658.0 * 1.2),
    "economizer_pump_efficiency": (0.6, 0.8),
    "chilled_pump_pressure_pa": (143658.0 * 0.8, 143658.0 * 1.2),
    "chilled_pump_efficiency": (0.6, 0.8),
    "exchanger_approach_k": (1.7, 2.8),
    "coil_effectiveness": (0.7, 0.9),
    "sensible_share": (0.95, 0.99),
    "chiller_load": (0.2, 0.8),
    "cop_change": (-0.11, 0.11),
}

TOWER_RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        **_SHARED,
        "tower_range_k": (4.0, 6.0),
        "tower_fan_pressure_pa": (100.0, 400.0),
        "tower_fan_efficiency": (0.65, 0.90),
        "tower_pump_pressure_pa": (208660.0 * 0.8, 208660.0 * 1.2),
        "tower_pump_efficiency": (0.6, 0.8),
        "tower_approach_k": (2.8, 6.7),
        "liquid_to_gas": (1.0, 3.0),
    }
)
"""Published range of each parameter of ``WatersideTower``, hyperscale."""

SEA_RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        **_SHARED,
        "sea_rise_k": (5.0, 10.0),
        "sea_pump_pressure_pa": (30.0 * 9800.0, 150.0 * 9800.0),
        "sea_pump_efficiency": (0.6, 0.8),
    }
)
"""Published range of each parameter of ``WatersideSea``, hyperscale."""


@dataclass(frozen=True)
class _Inside:
    """Quantities that both systems share, per kW of IT: power, heat to reject, chiller power."""

    power: FloatArray
    rejected: FloatArray


def waterside_tower_pue(
    p: WatersideTower, temp_c: ArrayLike, humidity_percent: ArrayLike, pressure_pa: ArrayLike
) -> Numeric:
    """PUE of the economizer on cooling towers.

    Parameters
    ----------
    p : WatersideTower
        Parameters.
    temp_c : numeric
        Outside dry bulb. [°C]
    humidity_percent : numeric
        Outside relative humidity, 0 to 100. [%]
    pressure_pa : numeric
        Air pressure. [Pa]

    Returns
    -------
    numeric
        PUE, broadcast shape. [-]
    """
    _, enthalpy = outside_enthalpy(temp_c, humidity_percent, pressure_pa)
    tower_c = wet_bulb_from_enthalpy(temp_c, enthalpy, pressure_pa) + p.tower_approach_k
    inside = _inside(p, tower_c, pressure_pa)
    flow = inside.rejected / (CP_WATER * p.tower_range_k)
    pump = pump_power(flow, p.tower_pump_pressure_pa, p.tower_pump_efficiency, WATER_KG_M3)
    volume = flow / p.liquid_to_gas / air_density(temp_c, pressure_pa)
    fan = fan_power(volume, p.tower_fan_pressure_pa, p.tower_fan_efficiency)
    return as_float(inside.power + np.asarray(pump) + np.asarray(fan))


def waterside_sea_pue(p: WatersideSea, temp_sea_c: ArrayLike, pressure_pa: ArrayLike) -> Numeric:
    """PUE of the economizer on sea water.

    Parameters
    ----------
    p : WatersideSea
        Parameters.
    temp_sea_c : numeric
        Sea at the intake. [°C]
    pressure_pa : numeric
        Air pressure. [Pa]

    Returns
    -------
    numeric
        PUE, broadcast shape. [-]
    """
    inside = _inside(p, np.asarray(temp_sea_c, np.float64), pressure_pa)
    flow = inside.rejected / (CP_WATER * p.sea_rise_k)
    pump = pump_power(flow, p.sea_pump_pressure_pa, p.sea_pump_efficiency, WATER_KG_M3)
    return as_float(inside.power + np.asarray(pump))


def _inside(
    p: WatersideTower | WatersideSea, source_c: FloatArray, pressure_pa: ArrayLike
) -> _Inside:
    """Hall, loops and chiller with water of a given temperature before the exchanger."""
    sensible = facility_heat(p)
    total = sensible / p.sensible_share
    supply_c = p.supply_c + p.air_rise_k - p.air_rise_k / p.coil_effectiveness
    volume = sensible / (CP_AIR * p.air_rise_k) / air_density(p.supply_c, pressure_pa)
    fan = np.asarray(fan_power(volume, p.hall_fan_pressure_pa, p.hall_fan_efficiency))
    moisture = (total - sensible) / np.asarray(latent_heat(supply_c + 0.5 * p.water_rise_k))
    spray = pump_power(moisture, p.spray_pressure_pa, p.spray_efficiency, WATER_KG_M3)
    short = source_c + p.exchanger_approach_k - supply_c
    lifted = total * np.clip(short / p.water_rise_k, 0.0, 1.0)
    free = (total - lifted) / (CP_WATER * p.water_rise_k)
    chilled = lifted / (CP_WATER * p.water_rise_k)
    loops = np.asarray(
        pump_power(free, p.economizer_pump_pressure_pa, p.economizer_pump_efficiency, WATER_KG_M3)
    ) + np.asarray(
        pump_power(chilled, p.chilled_pump_pressure_pa, p.chilled_pump_efficiency, WATER_KG_M3)
    )
    cop = np.asarray(water_cooled_cop(source_c, p.chiller_load)) * (1.0 + p.cop_change)
    chiller = lifted / cop
    power = sensible + fan + np.asarray(spray) + loops + chiller
    return _Inside(power=np.asarray(power), rejected=np.asarray(total + chiller))
