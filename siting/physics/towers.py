"""Open cooling towers: water temperature, air flow, evaporation and make-up.

Air leaves saturated at the mean of the hot and the cold water, as in the common rating of
towers; enthalpy then gives the air flow and humidity the evaporation. Only the latent part of
the heat evaporates water: 85 to 95 % on a summer day, about half in frost, and more than all of it
in the desert, where the tower also cools the air that passes.

References
----------
.. [1] ASHRAE Handbook, HVAC Systems and Equipment (2020), ch. 40.
.. [2] EnergyPlus Engineering Reference, variable-speed tower, "saturated exit" water loss.
.. [3] N. Lei and E. Masanet (2022), Resources, Conservation and Recycling 182, 106323.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.arrays import FloatArray
from siting.physics import psychrometrics as psy
from siting.physics.air import OutsideAir
from siting.physics.constants import CP_WATER, LATENT_HEAT, SECONDS_PER_HOUR
from siting.physics.parameters import Parameter, defaults, table
from siting.physics.plant import fan_power, flow_law, pump_power, water_flow
from siting.physics.water import blow_down

__all__ = ["PARAMETERS", "Tower", "TowerParameters", "run_tower", "tower_water_temp"]

_RANGE = "middle of the range of Lei & Masanet 2020 Table B.1, hyperscale"

PARAMETERS = table(
    Parameter("approach_k", 4.75, 2.8, 6.7, "K", _RANGE),
    Parameter("range_k", 5.0, 4.0, 6.0, "K", _RANGE),
    Parameter("liquid_to_gas", 1.2, 0.8, 1.5, "kg/kg", "usual selection, ASHRAE S&E 2020 ch. 40"),
    Parameter("fan_pressure_pa", 250.0, 100.0, 400.0, "Pa", _RANGE),
    Parameter("fan_efficiency", 0.775, 0.65, 0.90, "-", _RANGE),
    Parameter("pump_pressure_pa", 208e3, 167e3, 250e3, "Pa", _RANGE),
    Parameter("pump_efficiency", 0.70, 0.60, 0.80, "-", _RANGE),
    Parameter("cycles", 6.0, 3.0, 15.0, "-", "Li et al. 2023 (default 6); L&M 2022 3-15"),
    Parameter("drift", 0.00005, 0.000005, 0.005, "-", "modern eliminators 0.005 % of flow"),
    Parameter("coldest_water_c", 7.0, 4.0, 10.0, "°C", "basin kept clear of frost"),
)


@dataclass(frozen=True)
class TowerParameters:
    """Tower, its fan, pump and water treatment; see ``PARAMETERS``."""

    approach_k: float
    range_k: float
    liquid_to_gas: float
    fan_pressure_pa: float
    fan_efficiency: float
    pump_pressure_pa: float
    pump_efficiency: float
    cycles: float
    drift: float
    coldest_water_c: float

    @classmethod
    def default(cls) -> TowerParameters:
        """Build from the values of the table."""
        return cls(**defaults(PARAMETERS.values()))


@dataclass(frozen=True)
class Tower:
    """Cooling tower, each quantity per kWh of IT.

    Parameters
    ----------
    fan, pump : numpy.ndarray
        Electricity. [kWh/kWh]
    evaporated, drift, blow_down : numpy.ndarray
        Water. [L/kWh]
    latent_share : numpy.ndarray
        Heat carried off by evaporation over the heat rejected. [-]
    """

    fan: FloatArray
    pump: FloatArray
    evaporated: FloatArray
    drift: FloatArray
    blow_down: FloatArray
    latent_share: FloatArray

    @property
    def make_up(self) -> FloatArray:
        """Water supplied: what evaporates, drifts and is blown down. [L/kWh]."""
        return self.evaporated + self.drift + self.blow_down


def tower_water_temp(
    air: OutsideAir, wanted_c: FloatArray | float, p: TowerParameters
) -> FloatArray:
    """Temperature of the water that leaves the tower.

    Parameters
    ----------
    air : OutsideAir
        Outside air.
    wanted_c : numeric
        Temperature that the plant asks for: the fans slow down rather than make it colder. [°C]
    p : TowerParameters
        Tower.

    Returns
    -------
    numpy.ndarray
        Wet bulb plus approach, or ``wanted_c`` where that is warmer. [°C]
    """
    least = np.maximum(np.asarray(wanted_c, np.float64), p.coldest_water_c)
    return np.maximum(air.temp_wet_bulb_c + p.approach_k, least)


def run_tower(
    air: OutsideAir, heat: FloatArray | float, water_c: FloatArray, p: TowerParameters
) -> Tower:
    """Reject a heat flow through a tower.

    Parameters
    ----------
    air : OutsideAir
        Outside air.
    heat : numeric
        Heat to one kWh of IT. [kWh/kWh]
    water_c : numpy.ndarray
        Water leaving the tower, above the wet bulb. [°C]
    p : TowerParameters
        Tower.

    Returns
    -------
    Tower
        Electricity and water.
    """
    leaving = water_c + 0.5 * p.range_k
    humidity_out = np.asarray(psy.saturation_humidity_ratio(leaving, air.pressure_pa))
    heat_per_kg = np.asarray(psy.enthalpy(leaving, humidity_out)) - air.enthalpy
    moisture = np.maximum(humidity_out - air.humidity_ratio, 0.0)
    heat = np.asarray(heat, np.float64)
    air_flow = heat / heat_per_kg
    circulated = np.asarray(water_flow(heat, p.range_k))
    rated_air = circulated / p.liquid_to_gas
    volume = np.asarray(psy.moist_air_volume(leaving, humidity_out, air.pressure_pa))
    rated_fan = np.asarray(fan_power(rated_air * volume, p.fan_pressure_pa, p.fan_efficiency))
    ratio = p.liquid_to_gas * p.range_k * CP_WATER / heat_per_kg
    evaporated = air_flow * moisture * SECONDS_PER_HOUR
    drift = circulated * p.drift * SECONDS_PER_HOUR
    return Tower(
        fan=rated_fan * np.asarray(flow_law(ratio)),
        pump=np.asarray(pump_power(circulated, p.pump_pressure_pa, p.pump_efficiency)),
        evaporated=evaporated,
        drift=drift,
        blow_down=np.asarray(blow_down(evaporated, drift, p.cycles)),
        latent_share=moisture * LATENT_HEAT / heat_per_kg,
    )
