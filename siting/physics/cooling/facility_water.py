"""Halls on facility water: chilled-water halls, and direct-to-chip liquid cooling.

Chilled water comes from towers with a water-side economizer, from air-cooled or absorption
chillers; liquid cooling rejects its heat on dry coolers, adiabatic coolers or towers.

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

**Liquid cooling**: cold plates take most of the heat at the warm facility water of a W-class; what
is left, and the electrical losses, goes to the room air and needs cooler water. The two loops have
their own coolers, and each has its own free hours and its own trim chiller.

References
----------
.. [1] N. Lei and E. Masanet (2020), Energy 201, 117556.
.. [2] ASHRAE Handbook, HVAC Systems and Equipment (2020), ch. 7, 39, 40 and 43.
.. [3] ASHRAE Handbook, Refrigeration (2018), ch. 18: single-effect water-lithium bromide.
.. [4] ASHRAE TC 9.9, Thermal Guidelines, 5th ed. (2021): facility water classes.
.. [5] N. Lei et al. (2025): liquid cooling with adiabatic coolers, PUE 1.10, WUE 0.15 L/kWh.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from siting.arrays import FloatArray
from siting.physics import psychrometrics as psy
from siting.physics.cooling import Conditions, Hall, Streams, air_hall
from siting.physics.parameters import (
    CP_AIR,
    LATENT_HEAT,
    LEI_MASANET,
    SECONDS_PER_HOUR,
    Parameter,
    Parameters,
    rated,
)
from siting.physics.plant import carnot_cop, flow_law, pump_power, water_flow
from siting.physics.towers import TowerParameters, bleed_factor, run_tower, tower_water_temp

__all__ = [
    "GAS_EMISSIONS_KG_PER_KWH",
    "ChilledWaterParameters",
    "LiquidParameters",
    "TrigenerationParameters",
    "absorption_trigen",
    "adiabatic_liquid",
    "air_chiller",
    "chilled_hall",
    "dry_cooler_liquid",
    "economizer_share",
    "facility_water_temp",
    "idle_trigen",
    "loop_pump",
    "tower_liquid",
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


@dataclass(frozen=True)
class LiquidParameters(Parameters):
    """Cold plates, coolers, and the plant of the room."""

    liquid_share: float = rated(0.80, 0.60, 1.00, "-", "cold plates, of the IT heat, assumed")
    room_supply_c: float = rated(27.0, 22.0, 32.0, "°C", "room air, top of ASHRAE recommended")
    room_rise_k: float = rated(14.0, 10.0, 19.4, "K", "air through the remaining fans")
    cdu_pump: float = rated(0.015, 0.01, 0.02, "kW/kW", "distribution unit, of its heat, assumed")
    water_rise_k: float = rated(10.0, 7.0, 15.0, "K", "facility water through the cold-plate loop")
    cooler_approach_k: float = rated(8.0, 5.0, 10.0, "K", "water over air of a dry cooler, assumed")
    cooler_fan: float = rated(0.02, 0.01, 0.03, "kW/kW", "of the heat at full speed, assumed")
    cooler_air_rise_k: float = rated(10.0, 7.0, 15.0, "K", "air through the cooler")
    pad_effectiveness: float = rated(0.75, 0.60, 0.85, "-", "adiabatic pads, assumed")
    pad_fan_factor: float = rated(1.1, 1.0, 1.25, "-", "resistance of the pads, always in the air")
    cycles: float = rated(6.0, 3.0, 15.0, "-", "Li et al. 2023 (default 6); L&M 2022 3-15")
    plant: ChilledWaterParameters = field(default_factory=ChilledWaterParameters)

    @property
    def room(self) -> ChilledWaterParameters:
        """Plant of the room, whose air is warmer than that of an air-cooled hall."""
        return replace(self.plant, supply_air_c=self.room_supply_c, air_rise_k=self.room_rise_k)


@dataclass(frozen=True)
class _Bank:
    """Coolers of one loop, each quantity per kWh of IT."""

    share: FloatArray
    fans: FloatArray
    compressors: FloatArray
    evaporated: FloatArray


def dry_cooler_liquid(p: LiquidParameters, c: Conditions) -> Streams:
    """Cold plates and room coils on dry coolers; no water."""
    return _on_coolers(p, c, wetted=False)


def adiabatic_liquid(p: LiquidParameters, c: Conditions) -> Streams:
    """Cold plates and room coils on coolers with pads, wetted only when dry air is too warm."""
    return _on_coolers(p, c, wetted=True)


def _on_coolers(p: LiquidParameters, c: Conditions, *, wetted: bool) -> Streams:
    plates, plant = _plates(p, c), p.room
    hall = chilled_hall(plant, c, 1.0 - plates + c.loss)
    room_c = facility_water_temp(plant, c) - plant.exchanger_approach_k
    warm = _bank(p, c, plates, c.water_limit_c, p.water_rise_k, wetted=wetted)
    cool = _bank(p, c, hall.heat, room_c, p.plant.water_rise_k, wetted=wetted)
    total = plates + hall.heat
    evaporated = warm.evaporated + cool.evaporated
    return Streams(
        mechanical_share=(warm.share * plates + cool.share * hall.heat) / total,
        fans=hall.fans + warm.fans + cool.fans,
        pumps=_pumps(p, c, plates, hall.heat),
        compressors=warm.compressors + cool.compressors,
        evaporated=evaporated,
        blow_down=evaporated * (bleed_factor(p.cycles) - 1.0),
    )


def _plates(p: LiquidParameters, c: Conditions) -> FloatArray:
    """Heat that the cold plates take, to one kWh of IT."""
    return np.asarray(p.liquid_share if c.liquid_share is None else c.liquid_share)


def _pumps(p: LiquidParameters, c: Conditions, plates: FloatArray, room: FloatArray) -> FloatArray:
    return np.asarray(p.cdu_pump * plates * c.pumps + loop_pump(p.plant, c, room))


def _bank(
    p: LiquidParameters,
    c: Conditions,
    heat: FloatArray,
    wanted_c: float,
    rise_k: float,
    *,
    wetted: bool,
) -> _Bank:
    """Coolers of one loop: free while air plus approach is no warmer than the loop wants."""
    air, evaporated = c.air.temp_dry_bulb_c, np.zeros(())
    if wetted:
        fall = p.pad_effectiveness * (air - c.air.temp_wet_bulb_c)
        used = np.clip(air - (wanted_c - p.cooler_approach_k), 0.0, fall)
        flow = heat / (CP_AIR * p.cooler_air_rise_k)
        evaporated = flow * CP_AIR * used / LATENT_HEAT * SECONDS_PER_HOUR
        air = air - used
    share = economizer_share(air + p.cooler_approach_k, wanted_c, rise_k)
    condensing = np.maximum(air + p.plant.air_condenser_approach_k, p.plant.coldest_condensing_c)
    cop = carnot_cop(wanted_c - p.plant.evaporator_approach_k, condensing, p.plant.carnot_share)
    speed = flow_law(p.cooler_approach_k / np.maximum(wanted_c - air, p.cooler_approach_k))
    rated = p.cooler_fan * (p.pad_fan_factor if wetted else 1.0)
    return _Bank(
        share=share,
        fans=rated * heat * np.asarray(speed) * c.outdoor_fans,
        compressors=c.compressors(share, heat, cop),
        evaporated=evaporated,
    )


def tower_liquid(p: LiquidParameters, c: Conditions) -> Streams:
    """Cold plates and room coils on a cooling tower, water-cooled chillers for the room.

    Tower water passes the room's exchanger first and the cold plates after.
    """
    plates, plant = _plates(p, c), p.room
    hall = chilled_hall(plant, c, 1.0 - plates + c.loss)
    wanted = facility_water_temp(plant, c)
    tower_c = tower_water_temp(c.air, wanted - plant.exchanger_approach_k, plant.tower)
    source = tower_c + plant.exchanger_approach_k
    room = economizer_share(source, wanted, plant.water_rise_k)
    warm = economizer_share(source, c.water_limit_c, p.water_rise_k)
    condensing = tower_c + plant.tower.range_k + plant.condenser_approach_k
    cop = carnot_cop(wanted - plant.evaporator_approach_k, condensing, plant.carnot_share)
    lifted = c.compressors(room, hall.heat, cop) + c.compressors(warm, plates, cop)
    total = plates + hall.heat
    tower = run_tower(c.air, total + lifted, tower_c, plant.tower)
    return Streams(
        mechanical_share=(room * hall.heat + warm * plates) / total,
        fans=hall.fans + tower.fan * c.outdoor_fans,
        pumps=_pumps(p, c, plates, hall.heat) + tower.pump,
        compressors=lifted,
        evaporated=tower.evaporated,
        drift=tower.drift,
        blow_down=tower.blow_down,
    )
