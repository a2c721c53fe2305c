"""Chilled-water halls: towers with a water-side economizer, air-cooled and absorption chillers.

The coil of the air handlers fixes how warm the facility water may be,

    T_supply = T_return_air - ΔT_air / ε_coil ,

and the economizer carries the whole load while tower water plus the exchanger's approach is no
warmer than that, a part of it up to the temperature of the returning water, and none above.

**Absorption cooling** is driven by gas engines, which follow the cooling that the towers cannot
give: their heat drives the absorption chillers and their electricity goes to the facility. They
never make more electricity than the facility uses; where that cuts them short, electric chillers
take the rest. In free hours an engine stands still, and a plant may let it stand still in others,
with electric chillers alone. Absorption chillers reject the driving heat as well, so their towers
use about twice the water.

References
----------
.. [1] N. Lei and E. Masanet (2020), Energy 201, 117556.
.. [2] ASHRAE Handbook, HVAC Systems and Equipment (2020), ch. 7, 40 and 43.
.. [3] ASHRAE Handbook, Refrigeration (2018), ch. 18: single-effect water-lithium bromide.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from siting.arrays import FloatArray
from siting.physics import psychrometrics as psy
from siting.physics.cooling import Conditions, Hall, Streams, air_hall
from siting.physics.parameters import LEI_MASANET, Parameter, Parameters, rated
from siting.physics.plant import carnot_cop, pump_power, water_flow
from siting.physics.towers import TowerParameters, run_tower, tower_water_temp

__all__ = [
    "GAS_EMISSIONS_KG_PER_KWH",
    "ChilledWaterParameters",
    "TrigenerationParameters",
    "absorption_trigen",
    "air_chiller",
    "chilled_hall",
    "economizer_share",
    "facility_water_temp",
    "idle_trigen",
    "loop_pump",
    "water_economizer",
]


@dataclass(frozen=True)
class ChilledWaterParameters(Parameters):
    """Hall, facility water and chillers."""

    supply_air_c: float = rated(24.0, 18.0, 27.0, "°C", "3 K below the ASHRAE recommended limit")
    air_rise_k: float = rated(16.6, 13.9, 19.4, "K", LEI_MASANET)
    fan_pressure_pa: float = rated(500.0, 300.0, 700.0, "Pa", LEI_MASANET)
    fan_efficiency: float = rated(0.775, 0.65, 0.90, "-", LEI_MASANET)
    coil_effectiveness: float = rated(0.80, 0.70, 0.90, "-", LEI_MASANET)
    water_rise_k: float = rated(7.5, 5.0, 10.0, "K", LEI_MASANET)
    exchanger_approach_k: float = rated(2.25, 1.7, 2.8, "K", LEI_MASANET)
    pump_pressure_pa: float = rated(143.5e3, 115e3, 172e3, "Pa", LEI_MASANET)
    pump_efficiency: float = rated(0.70, 0.60, 0.80, "-", LEI_MASANET)
    evaporator_approach_k: float = rated(2.5, 2.0, 3.0, "K", "flooded evaporator, assumed")
    condenser_approach_k: float = rated(2.0, 1.0, 3.0, "K", "to water leaving the condenser")
    air_condenser_approach_k: float = rated(
        15.0, 10.0, 17.0, "K",
        "11-17 K (20-30 °F) over the air in air conditioning, ASHRAE S&E 2020 ch. 39",
    )  # fmt: skip
    coldest_condensing_c: float = rated(30.0, 25.0, 35.0, "°C", "head-pressure control")
    carnot_share: float = rated(
        0.50, 0.45, 0.70, "-",
        "ASHRAE 90.1-2019 Table 6.8.1-3, at 6.7 °C water: air-cooled 2.96 at 35 °C is 0.49, large "
        "water-cooled 6.3 at 29.4 °C is 0.74",
    )  # fmt: skip
    condenser_fan: float = rated(
        0.025, 0.01, 0.03, "kW/kW",
        "to the heat lifted; ASHRAE 90.1-2019 Table 6.8.1-7: air-cooled condensers 0.0145 at most",
    )  # fmt: skip
    tower: TowerParameters = field(default_factory=TowerParameters)


def facility_water_temp(p: ChilledWaterParameters, c: Conditions) -> float:
    """Warmest supply of facility water to the coils that still cools the hall. [°C].

    Parameters
    ----------
    p : ChilledWaterParameters
        Hall and coil.
    c : Conditions
        Where and how; the envelope caps the supply air.
    """
    supply = c.sealed_supply(p.supply_air_c)
    return supply + p.air_rise_k - p.air_rise_k / p.coil_effectiveness


def chilled_hall(p: ChilledWaterParameters, c: Conditions, heat: FloatArray | float) -> Hall:
    """Sealed hall with coils: air flow, fans and heat.

    Parameters
    ----------
    p : ChilledWaterParameters
        Hall.
    c : Conditions
        Where and how.
    heat : numeric
        Heat that the air takes up, without that of the fans. [kWh/kWh]
    """
    supply = c.sealed_supply(p.supply_air_c)
    humidity = psy.humidity_ratio(c.envelope.dew_point_low_c, c.air.pressure_pa)
    return air_hall(
        c.hall_fans,
        heat,
        np.asarray(psy.moist_air_volume(supply, humidity, c.air.pressure_pa)),
        rise_k=p.air_rise_k,
        pressure_pa=p.fan_pressure_pa,
        efficiency=p.fan_efficiency,
    )


def economizer_share(source_c: FloatArray, wanted_c: float, water_rise_k: float) -> FloatArray:
    """Heat left for the chillers by water of a given temperature.

    Parameters
    ----------
    source_c : numpy.ndarray
        Water that the source can supply, after the exchanger. [°C]
    wanted_c : float
        Water that the hall needs. [°C]
    water_rise_k : float
        Temperature rise of the facility water in the hall. [K]

    Returns
    -------
    numpy.ndarray
        0 up to ``wanted_c``, 1 from ``wanted_c + water_rise_k`` on, linear between. [-]
    """
    return np.asarray(np.clip((source_c - wanted_c) / water_rise_k, 0.0, 1.0))


def loop_pump(p: ChilledWaterParameters, c: Conditions, heat: FloatArray | float) -> FloatArray:
    """Electricity of the facility-water pumps. [kWh/kWh].

    Parameters
    ----------
    p : ChilledWaterParameters
        Loop.
    c : Conditions
        Where and how.
    heat : numeric
        Heat carried. [kWh/kWh]
    """
    flow = water_flow(heat, p.water_rise_k)
    rated = np.asarray(pump_power(flow, p.pump_pressure_pa, p.pump_efficiency))
    return np.asarray(rated * c.pumps)


def air_chiller(p: ChilledWaterParameters, c: Conditions) -> Streams:
    """Air-cooled chillers without an economizer: no free hour, no water."""
    hall = chilled_hall(p, c, 1.0 + c.loss)
    outside = c.air.temp_dry_bulb_c + p.air_condenser_approach_k
    condensing = np.maximum(outside, p.coldest_condensing_c)
    evaporating = facility_water_temp(p, c) - p.evaporator_approach_k
    cop = carnot_cop(evaporating, condensing, p.carnot_share)
    share = np.ones_like(c.air.temp_dry_bulb_c)
    return Streams(
        mechanical_share=share,
        fans=hall.fans + p.condenser_fan * hall.heat,
        pumps=loop_pump(p, c, hall.heat),
        compressors=c.compressors(share, hall.heat, cop),
    )


GAS_EMISSIONS_KG_PER_KWH = Parameter(
    "gas_emissions_kg_per_kwh", 0.202, 0.198, 0.25, "kgCO2e/kWh",
    "IPCC 2006 natural gas 56.1 kg/GJ (lower heating value), burning only; upstream methane adds "
    "0.02 to 0.05",
    "measured",
)  # fmt: skip
"""Emissions of the gas burnt."""

_ENGINE = (
    "gas engines of 1-9 MW, EPA, Catalog of CHP Technologies (2017), sec. 2, lower heating value"
)


@dataclass(frozen=True)
class TrigenerationParameters(Parameters):
    """Engine, absorption chillers, and the plant beside them."""

    electric_efficiency: float = rated(0.42, 0.35, 0.48, "-", _ENGINE)
    heat_efficiency: float = rated(0.42, 0.35, 0.48, "-", f"usable above 85 °C; {_ENGINE}")
    absorption_cop: float = rated(
        0.70, 0.65, 0.80, "-", "single effect, ASHRAE Refrigeration ch. 18"
    )
    absorption_electricity: float = rated(0.01, 0.005, 0.02, "kW/kW", "solution pumps, to cooling")
    plant: ChilledWaterParameters = field(default_factory=ChilledWaterParameters)


def water_economizer(p: ChilledWaterParameters, c: Conditions) -> Streams:
    """Cooling towers, plate exchanger as economizer, water-cooled chillers."""
    return _towers_first(p, c)


def absorption_trigen(p: TrigenerationParameters, c: Conditions) -> Streams:
    """Towers first, then absorption chillers on engine heat, then electric chillers."""
    return _towers_first(p.plant, c, p)


def idle_trigen(p: TrigenerationParameters, c: Conditions) -> Streams:
    """Plant of absorption cooling while its engine is off: towers, then electric chillers."""
    return _towers_first(p.plant, c)


def _towers_first(
    p: ChilledWaterParameters, c: Conditions, engine: TrigenerationParameters | None = None
) -> Streams:
    """Towers, then absorption chillers where an engine runs, then electric chillers."""
    hall = chilled_hall(p, c, 1.0 + c.loss)
    wanted, loop = facility_water_temp(p, c), loop_pump(p, c, hall.heat)
    tower_c = tower_water_temp(c.air, wanted - p.exchanger_approach_k, p.tower)
    share = economizer_share(tower_c + p.exchanger_approach_k, wanted, p.water_rise_k)
    absorbed = driving = solution = np.zeros_like(share)
    of_engine = {}
    if engine is not None:
        demand = 1.0 + c.loss + hall.fans + loop  # the least that the facility draws
        most = demand / engine.electric_efficiency * engine.heat_efficiency * engine.absorption_cop
        absorbed = np.minimum(share * hall.heat, most)
        driving = absorbed / engine.absorption_cop
        fuel = driving / engine.heat_efficiency
        solution = engine.absorption_electricity * absorbed
        of_engine = {"fuel": fuel, "generated": fuel * engine.electric_efficiency}
    condensing = tower_c + p.tower.range_k + p.condenser_approach_k
    cop = carnot_cop(wanted - p.evaporator_approach_k, condensing, p.carnot_share)
    lifted = c.compressors(share - absorbed / hall.heat, hall.heat, cop)
    tower = run_tower(c.air, hall.heat + lifted + driving, tower_c, p.tower)
    return Streams(
        mechanical_share=share,
        fans=hall.fans + tower.fan * c.outdoor_fans,
        pumps=loop + tower.pump + solution,
        compressors=lifted,
        evaporated=tower.evaporated,
        drift=tower.drift,
        blow_down=tower.blow_down,
        **of_engine,
    )
