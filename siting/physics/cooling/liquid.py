"""Direct-to-chip liquid cooling: dry coolers, adiabatic coolers, towers.

Cold plates take most of the heat at the warm facility water of a W-class; what is left, and the
electrical losses, goes to the room air and needs cooler water. The two loops have their own
coolers, and each has its own free hours and its own trim chiller.

References
----------
.. [1] ASHRAE TC 9.9, Thermal Guidelines, 5th ed. (2021): facility water classes.
.. [2] N. Lei et al. (2025): liquid cooling with adiabatic coolers, PUE 1.10, WUE 0.15 L/kWh.
.. [3] ASHRAE Handbook, HVAC Systems and Equipment (2020), ch. 39 and 40.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from siting.arrays import FloatArray
from siting.physics.cooling import Conditions, Streams
from siting.physics.cooling.chilled_water import (
    ChilledWaterParameters,
    chilled_hall,
    economizer_share,
    facility_water_temp,
    loop_pump,
)
from siting.physics.parameters import CP_AIR, LATENT_HEAT, SECONDS_PER_HOUR, Parameters, rated
from siting.physics.plant import carnot_cop, flow_law
from siting.physics.towers import bleed_factor, run_tower, tower_water_temp

__all__ = ["LiquidParameters", "adiabatic_liquid", "dry_cooler_liquid", "tower_liquid"]


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
