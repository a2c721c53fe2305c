"""The published model of an airside economizer with a water-cooled chiller, as it was written.

Kept apart from the designs: its purpose is to check this package against the authors' worked
example, with their own simpler psychrometrics. In free cooling, which the example exercises, it
reproduces their PUE exactly; the branches with humidification, adiabatic cooling and the chiller
follow the published equations and have no published figure to compare with.

References
----------
.. [1] N. Lei and E. Masanet (2020), Statistical analysis for predicting location-specific data
   center PUE and its improvement potential, Energy 201, 117556.
.. [2] N. Lei and E. Masanet (2022), Climate- and technology-specific PUE and WUE estimations for
   U.S. data centers, Resources, Conservation and Recycling 182, 106323.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np

from siting.physics.chillers import water_cooled_cop
from siting.physics.fans_pumps import fan_power, pump_power

__all__ = ["AirsideChiller", "airside_chiller_pue", "facility_heat", "saturation_pressure_buck"]

CP_AIR = 1.01  # kJ/(kg K), as in the paper
CP_WATER = 4.184  # kJ/(kg K), as in the paper


@dataclass(frozen=True)
class AirsideChiller:
    """The 26 parameters of the published model, in its order.

    Pressures in Pa, temperatures in °C or K, shares and efficiencies from 0 to 1. ``pCOP`` of the
    paper is ``cop_change``: the relative change of the chiller regression.
    """

    ups_efficiency: float
    distribution_loss: float
    lighting_share: float
    supply_low_c: float
    supply_high_c: float
    dew_point_low_c: float
    dew_point_high_c: float
    humidity_low: float
    humidity_high: float
    air_rise_k: float
    water_rise_k: float
    tower_range_k: float
    hall_fan_pressure_pa: float
    hall_fan_efficiency: float
    tower_fan_pressure_pa: float
    tower_fan_efficiency: float
    spray_pressure_pa: float
    spray_efficiency: float
    chilled_pump_pressure_pa: float
    chilled_pump_efficiency: float
    tower_pump_pressure_pa: float
    tower_pump_efficiency: float
    tower_approach_k: float
    chiller_load: float
    cop_change: float
    liquid_to_gas: float

    @classmethod
    def from_vector(cls, vector: Sequence[float]) -> AirsideChiller:
        """Build from the published order of the 26 numbers."""
        if len(vector) != len(fields(cls)):
            raise ValueError(f"{len(fields(cls))} parameters expected, {len(vector)} given")
        return cls(*(float(value) for value in vector))

    def to_vector(self) -> tuple[float, ...]:
        """Return the 26 numbers in the published order."""
        return astuple(self)


def saturation_pressure_buck(temp_c: float) -> float:
    """Saturation pressure over water, Buck's equation as the paper uses it.

    Parameters
    ----------
    temp_c : float
        Temperature. [°C]

    Returns
    -------
    float
        Pressure. [Pa]
    """
    return float(611.21 * np.exp((18.678 - temp_c / 234.5) * temp_c / (temp_c + 257.14)))


def _humidity_ratio(vapour_pa: float, pressure_pa: float) -> float:
    return 0.622 * vapour_pa / (pressure_pa - vapour_pa)


def _enthalpy(temp_c: float, ratio: float) -> float:
    return 1.01 * temp_c + ratio * (2500.0 + 1.84 * temp_c)


def _density(temp_c: float, pressure_pa: float) -> float:
    return 1.293 * (pressure_pa / 101325.0) * 273.15 / (273.15 + temp_c)


def _wet_bulb(temp_c: float, enthalpy: float, pressure_pa: float) -> float:
    """Temperature at which saturated air has the given enthalpy, by bisection."""
    low, high = -60.0, temp_c
    for _ in range(60):
        middle = 0.5 * (low + high)
        ratio = _humidity_ratio(saturation_pressure_buck(middle), pressure_pa)
        low, high = (low, middle) if _enthalpy(middle, ratio) > enthalpy else (middle, high)
    return 0.5 * (low + high)


def facility_heat(p: AirsideChiller) -> float:
    """IT power with the losses of supply and lighting, all of it to be cooled.

    Parameters
    ----------
    p : AirsideChiller
        Parameters.

    Returns
    -------
    float
        To one kW of IT. [kW/kW]
    """
    supply = 1.0 / p.ups_efficiency - 1.0
    distribution = 1.0 / (1.0 - p.distribution_loss) - 1.0
    return 1.0 + supply + distribution + p.lighting_share


def airside_chiller_pue(
    p: AirsideChiller, temp_c: float, humidity_percent: float, pressure_pa: float
) -> float:
    """PUE of the published model at one state of the outside air.

    Parameters
    ----------
    p : AirsideChiller
        Parameters.
    temp_c : float
        Outside dry bulb. [°C]
    humidity_percent : float
        Outside relative humidity, 0 to 100. [%]
    pressure_pa : float
        Air pressure. [Pa]

    Returns
    -------
    float
        PUE. [-]
    """
    heat = facility_heat(p)
    supply = min(max(temp_c, p.supply_low_c), p.supply_high_c)
    driest, moistest = _humidity_limits(p, supply, pressure_pa)
    vapour = humidity_percent / 100.0 * saturation_pressure_buck(temp_c)
    ratio = _humidity_ratio(vapour, pressure_pa)
    enthalpy = _enthalpy(temp_c, ratio)
    air_flow = heat / (CP_AIR * p.air_rise_k)
    fan = fan_power(
        air_flow / _density(supply, pressure_pa), p.hall_fan_pressure_pa, p.hall_fan_efficiency
    )
    if ratio > moistest or enthalpy > _enthalpy(supply, moistest):
        wet_bulb = _wet_bulb(temp_c, enthalpy, pressure_pa)
        return heat + float(fan) + _chiller_plant(p, heat, wet_bulb, pressure_pa)
    adiabatic = (enthalpy - CP_AIR * supply) / (2500.0 + 1.84 * supply) if temp_c > supply else 0.0
    wanted = max(ratio, driest, adiabatic)
    back = _enthalpy(supply + p.air_rise_k, wanted)
    outside = min(1.0, (back - _enthalpy(supply, wanted)) / (back - enthalpy))
    sprayed = air_flow * outside * (wanted - ratio)
    spray = pump_power(sprayed, p.spray_pressure_pa, p.spray_efficiency, 1000.0)
    return heat + float(fan) + float(spray)


def _humidity_limits(p: AirsideChiller, supply_c: float, pressure_pa: float) -> tuple[float, float]:
    """Driest and moistest supply air, by dew point and by relative humidity."""
    saturated = saturation_pressure_buck(supply_c)
    low = max(saturation_pressure_buck(p.dew_point_low_c), p.humidity_low * saturated)
    high = min(saturation_pressure_buck(p.dew_point_high_c), p.humidity_high * saturated)
    return _humidity_ratio(low, pressure_pa), _humidity_ratio(high, pressure_pa)


def _chiller_plant(p: AirsideChiller, heat: float, wet_bulb_c: float, pressure_pa: float) -> float:
    """Chiller, its two pumps and the tower fan, to one kW of IT."""
    cop = float(water_cooled_cop(wet_bulb_c + p.tower_approach_k, p.chiller_load))
    chiller = heat / (cop * (1.0 + p.cop_change))
    chilled = heat / (CP_WATER * p.water_rise_k)
    tower = (heat + chiller) / (CP_WATER * p.tower_range_k)
    air = tower / p.liquid_to_gas / _density(wet_bulb_c, pressure_pa)
    powers = (
        pump_power(chilled, p.chilled_pump_pressure_pa, p.chilled_pump_efficiency, 1000.0),
        pump_power(tower, p.tower_pump_pressure_pa, p.tower_pump_efficiency, 1000.0),
        fan_power(air, p.tower_fan_pressure_pa, p.tower_fan_efficiency),
    )
    return chiller + sum(float(power) for power in powers)
