"""Cooling with outside air: economizer, direct and indirect evaporative.

**Economizer.** Outside air mixed with return air; free while it is no warmer and no moister than
the envelope. Warmer air is cooled the rest of the way; moister air is dried by sending just
enough of it over a cold coil; when return air is the easier load the hall recirculates.

**Direct evaporative.** The same with wetted media (or fog) before the hall.

**Indirect evaporative.** Hall air recirculates through a plate exchanger whose other side is
outside air, dry when cold and sprayed when warm; the humidity outside does not enter the hall. A
sealed hall plans no excursions into the allowable envelope, so the trim starts at the top of the
recommended one.

References
----------
.. [1] N. Lei and E. Masanet (2020), Energy 201, 117556 (control; ranges of fans and air rise).
.. [2] ASHRAE Handbook, HVAC Systems and Equipment (2020), ch. 41: evaporative air cooling.
.. [3] Open Compute Project, Data Center v1.0 (J. Park, 2011): direct evaporative hall.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.arrays import FloatArray
from siting.physics import psychrometrics as psy
from siting.physics.cooling import Conditions, Hall, Streams, air_hall
from siting.physics.parameters import (
    CP_AIR,
    LEI_MASANET,
    SECONDS_PER_HOUR,
    WATER_DENSITY,
    Parameters,
    rated,
)
from siting.physics.plant import carnot_cop, fan_power, flow_law
from siting.physics.saturation import mixing_ratio
from siting.physics.towers import bleed_factor, latent_heat

__all__ = [
    "DirectParameters",
    "IndirectParameters",
    "air_economizer",
    "air_evaporative",
    "indirect_evaporative",
]


_OCP = "Open Compute Project, Data Center v1.0 (J. Park, 2011): 80 °F; Azure Arizona 29.4 °C"
_DX = "11-17 K (20-30 °F) over the air in air conditioning, ASHRAE S&E 2020 ch. 39"
_CHILLER = "ASHRAE 90.1-2019 Table 6.8.1-3: air-cooled 2.96 at 35 °C and 6.7 °C water is 0.49"
_FAN = "to the heat lifted; ASHRAE 90.1-2019 Table 6.8.1-7: condensers 0.0145 at most"


@dataclass(frozen=True)
class DirectParameters(Parameters):
    """Outside-air hall."""

    air_rise_k: float = rated(16.6, 13.9, 19.4, "K", LEI_MASANET)
    fan_pressure_pa: float = rated(650.0, 300.0, 1000.0, "Pa", LEI_MASANET)
    fan_efficiency: float = rated(0.775, 0.65, 0.90, "-", LEI_MASANET)
    media_pressure_pa: float = rated(
        75.0, 30.0, 150.0, "Pa", "wetted media, ASHRAE S&E 2020 ch. 41"
    )
    media_effectiveness: float = rated(0.85, 0.70, 0.90, "-", "rigid media, ASHRAE S&E 2020 ch. 41")
    wetting_starts_c: float = rated(26.7, 24.0, 29.4, "°C", _OCP)
    spray_pressure_pa: float = rated(7e6, 6.3e6, 7.7e6, "Pa", LEI_MASANET)
    spray_efficiency: float = rated(0.70, 0.60, 0.80, "-", LEI_MASANET)
    cycles: float = rated(6.0, 3.0, 15.0, "-", "Li et al. 2023 (default 6); L&M 2022 3-15")
    coil_dew_point_c: float = rated(10.0, 7.0, 13.0, "°C", "apparatus dew point of a drying coil")
    condenser_approach_k: float = rated(13.0, 10.0, 17.0, "K", _DX)
    coldest_condensing_c: float = rated(30.0, 25.0, 35.0, "°C", "head-pressure control")
    carnot_share: float = rated(0.50, 0.45, 0.60, "-", _CHILLER)
    condenser_fan: float = rated(0.02, 0.01, 0.03, "kW/kW", _FAN)


def air_economizer(p: DirectParameters, c: Conditions) -> Streams:
    """Outside air, mechanical trim, water only to keep the least dew point of the envelope."""
    share = _mechanical_share(p, c, wetted=False)
    supply = np.clip(c.air.temp_dry_bulb_c, c.envelope.temp_low_c, c.envelope.temp_high_c)
    hall = _hall(p, c, supply, p.fan_pressure_pa)
    moisture = _humidified(p, c, supply)
    return _streams(p, c, hall, share, moisture)


def air_evaporative(p: DirectParameters, c: Conditions) -> Streams:
    """Outside air through wetted media, mechanical trim where that is not enough."""
    share = _mechanical_share(p, c, wetted=True)
    cooled = _media_temp(p, c)
    supply = np.clip(cooled, c.envelope.temp_low_c, c.envelope.temp_high_c)
    hall = _hall(p, c, supply, p.fan_pressure_pa + p.media_pressure_pa)
    limit = np.maximum(_moistest(c), c.air.humidity_ratio)
    wetted = np.minimum(psy.humidity_ratio_from_enthalpy(cooled, c.air.enthalpy), limit)
    # Where the media stay dry the way over the enthalpy leaves rounding, which is no water.
    added = np.where(cooled < c.air.temp_dry_bulb_c, wetted - c.air.humidity_ratio, 0.0)
    moisture = np.maximum(added, _humidified(p, c, supply))
    return _streams(p, c, hall, share, moisture)


def _moistest(c: Conditions) -> FloatArray:
    """Humidity ratio that the envelope allows at its warmest."""
    warmest = c.envelope.temp_high_c
    by_humidity = psy.dew_point_from_relative_humidity(warmest, c.envelope.relative_humidity_high)
    dew = min(c.envelope.dew_point_high_c, float(by_humidity))
    return np.asarray(psy.humidity_ratio(dew, c.air.pressure_pa))


def _media_temp(p: DirectParameters, c: Conditions) -> FloatArray:
    """Air after the media: no colder than asked for, no colder than they can make it."""
    dry = c.air.temp_dry_bulb_c
    coldest = dry - p.media_effectiveness * (dry - c.air.temp_wet_bulb_c)
    start = min(p.wetting_starts_c, c.envelope.temp_high_c)
    return np.asarray(np.minimum(dry, np.maximum(coldest, start)))


def _mechanical_share(p: DirectParameters, c: Conditions, *, wetted: bool) -> FloatArray:
    """Part of the heat that a chiller lifts: the cooling or the drying, whichever asks for more."""
    limit, ratio = _moistest(c), c.air.humidity_ratio
    high = c.envelope.temp_high_c
    kept = limit if wetted else np.minimum(ratio, limit)
    rise = CP_AIR * p.air_rise_k
    cooling = (c.air.enthalpy - np.asarray(psy.enthalpy(high, kept))) / rise
    if wetted:
        dry, wet = c.air.temp_dry_bulb_c, c.air.temp_wet_bulb_c
        coldest = dry - p.media_effectiveness * (dry - wet)
        cooling = np.maximum(cooling, (coldest - high) / p.air_rise_k)
    share = np.maximum(np.clip(cooling, 0.0, 1.0), _drying_share(p, c, limit))
    return np.asarray(share)


def _drying_share(p: DirectParameters, c: Conditions, limit: FloatArray) -> FloatArray:
    """Part of the heat that goes over the coil to dry air that is moister than allowed.

    With x the outside air over the hall air and y the part of it sent over the coil, moisture
    gives y = (w - w_limit) / (w - w_coil) and energy q = x (h_return - h + y (h - h_coil)).
    """
    ratio, heat = c.air.humidity_ratio, c.air.enthalpy
    coil_ratio = np.asarray(psy.humidity_ratio(p.coil_dew_point_c, c.air.pressure_pa))
    coil_heat = np.asarray(psy.enthalpy(p.coil_dew_point_c, coil_ratio))
    warm = c.envelope.temp_high_c + p.air_rise_k
    spare = np.asarray(psy.enthalpy(warm, limit)) - heat
    excess = np.maximum(ratio - limit, 0.0)
    over_coil = excess * (heat - coil_heat) / np.maximum(ratio - coil_ratio, 1e-12)
    mixed = over_coil / np.maximum(np.maximum(spare, 0.0) + over_coil, 1e-12)
    return np.asarray(np.where(excess > 0.0, np.clip(mixed, 0.0, 1.0), 0.0))


def _hall(p: DirectParameters, c: Conditions, supply: FloatArray, pressure_pa: float) -> Hall:
    humidity = np.minimum(c.air.humidity_ratio, _moistest(c))
    return air_hall(
        c.hall_fans,
        1.0 + c.loss,
        np.asarray(psy.moist_air_volume(supply, humidity, c.air.pressure_pa)),
        rise_k=p.air_rise_k,
        pressure_pa=pressure_pa,
        efficiency=p.fan_efficiency,
    )


def _humidified(p: DirectParameters, c: Conditions, supply: FloatArray) -> FloatArray:
    """Moisture added to a kilogram of hall air so that it keeps the driest of the envelope."""
    driest = _driest(c, supply)
    lacking = np.maximum(driest - c.air.humidity_ratio, 0.0)
    back = np.asarray(psy.enthalpy(supply + p.air_rise_k, driest))
    spare = np.maximum(back - c.air.enthalpy, CP_AIR * p.air_rise_k)
    return np.asarray(lacking * CP_AIR * p.air_rise_k / spare)


def _driest(c: Conditions, supply: FloatArray) -> FloatArray:
    """Humidity ratio below which the air is humidified: by dew point or by relative humidity."""
    by_dew_point = np.asarray(psy.humidity_ratio(c.envelope.dew_point_low_c, c.air.pressure_pa))
    lowest = c.envelope.relative_humidity_low
    if lowest == 0.0:
        return by_dew_point
    vapour = lowest * np.asarray(psy.saturation_pressure(supply))
    return np.asarray(np.maximum(by_dew_point, mixing_ratio(vapour, c.air.pressure_pa)))


def _streams(
    p: DirectParameters, c: Conditions, hall: Hall, share: FloatArray, moisture: FloatArray
) -> Streams:
    condensing = np.maximum(c.air.temp_dry_bulb_c + p.condenser_approach_k, p.coldest_condensing_c)
    cop = carnot_cop(p.coil_dew_point_c, condensing, p.carnot_share)
    lifted = c.compressors(share, hall.heat, cop)
    outside = np.where(share < 1.0, moisture, 0.0)  # a recirculating hall takes no outside air
    evaporated = hall.air_flow * outside * SECONDS_PER_HOUR
    water = evaporated * bleed_factor(p.cycles)
    spray_kwh_per_l = p.spray_pressure_pa / p.spray_efficiency / WATER_DENSITY / 3.6e6
    return Streams(
        mechanical_share=share,
        fans=hall.fans + p.condenser_fan * share * hall.heat,
        pumps=water * spray_kwh_per_l,
        compressors=lifted,
        evaporated=evaporated,
        blow_down=water - evaporated,
    )


_PLATE = "ASHRAE S&E 2020 ch. 41, ranges assumed"


@dataclass(frozen=True)
class IndirectParameters(Parameters):
    """Indirect evaporative unit."""

    air_rise_k: float = rated(16.6, 13.9, 19.4, "K", LEI_MASANET)
    fan_pressure_pa: float = rated(500.0, 300.0, 700.0, "Pa", LEI_MASANET)
    fan_efficiency: float = rated(0.775, 0.65, 0.90, "-", LEI_MASANET)
    outer_pressure_pa: float = rated(250.0, 150.0, 400.0, "Pa", "outside-air side of the exchanger")
    dry_effectiveness: float = rated(
        0.72, 0.65, 0.80, "-", f"on return air to outside dry bulb; {_PLATE}"
    )
    wet_effectiveness: float = rated(0.75, 0.60, 0.85, "-", f"on return air to wet bulb; {_PLATE}")
    supply_c: float = rated(25.0, 22.0, 27.0, "°C", "set-point where the spray starts")
    warmest_supply_c: float = rated(27.0, 25.0, 32.0, "°C", "trim starts; top of recommended")
    cycles: float = rated(6.0, 3.0, 15.0, "-", "Li et al. 2023 (default 6); L&M 2022 3-15")
    spray_pump: float = rated(0.004, 0.002, 0.008, "kW/kW", "recirculating spray pump, assumed")
    evaporating_c: float = rated(16.0, 12.0, 20.0, "°C", "trim coil")
    condenser_approach_k: float = rated(13.0, 10.0, 17.0, "K", _DX)
    coldest_condensing_c: float = rated(30.0, 25.0, 35.0, "°C", "head-pressure control")
    carnot_share: float = rated(0.50, 0.45, 0.60, "-", _CHILLER)
    condenser_fan: float = rated(0.02, 0.01, 0.03, "kW/kW", _FAN)


def indirect_evaporative(p: IndirectParameters, c: Conditions) -> Streams:
    """Plate exchanger between hall and outside air, sprayed when warm, mechanical trim."""
    air, supply = c.air, c.sealed_supply(p.supply_c)
    high = min(max(p.warmest_supply_c, supply), c.envelope.temp_high_c)
    humidity = psy.humidity_ratio(c.envelope.dew_point_low_c, air.pressure_pa)
    hall = air_hall(
        c.hall_fans,
        1.0 + c.loss,
        np.asarray(psy.moist_air_volume(supply, humidity, air.pressure_pa)),
        rise_k=p.air_rise_k,
        pressure_pa=p.fan_pressure_pa,
        efficiency=p.fan_efficiency,
    )
    dry = p.dry_effectiveness * (supply + p.air_rise_k - air.temp_dry_bulb_c) / p.air_rise_k
    wet = p.wet_effectiveness * (supply + p.air_rise_k - air.temp_wet_bulb_c) / p.air_rise_k
    floating = p.wet_effectiveness * (high + p.air_rise_k - air.temp_wet_bulb_c) / p.air_rise_k
    floating_dry = p.dry_effectiveness * (high + p.air_rise_k - air.temp_dry_bulb_c) / p.air_rise_k
    share = np.clip(1.0 - np.maximum(floating, floating_dry), 0.0, 1.0)
    return _indirect_streams(p, c, hall, share, dry, wet)


def _indirect_streams(
    p: IndirectParameters,
    c: Conditions,
    hall: Hall,
    share: FloatArray,
    dry: FloatArray,
    wet: FloatArray,
) -> Streams:
    gain = np.maximum(wet - dry, 1e-9)
    sprayed = np.clip((1.0 - dry) / gain, 0.0, 1.0)
    by_water = sprayed * np.clip(wet, 0.0, 1.0) * hall.heat
    evaporated = by_water / np.asarray(latent_heat(c.air.temp_wet_bulb_c)) * SECONDS_PER_HOUR
    volume = psy.moist_air_volume(c.air.temp_dry_bulb_c, c.air.humidity_ratio, c.air.pressure_pa)
    outer = fan_power(hall.air_flow * volume, p.outer_pressure_pa, p.fan_efficiency)
    speed = flow_law(1.0 / np.maximum(dry, 1.0), minimum=0.3)
    condensing = np.maximum(c.air.temp_dry_bulb_c + p.condenser_approach_k, p.coldest_condensing_c)
    cop = carnot_cop(p.evaporating_c, condensing, p.carnot_share)
    return Streams(
        mechanical_share=share,
        fans=hall.fans
        + np.asarray(outer) * np.asarray(speed) * c.outdoor_fans
        + p.condenser_fan * share * hall.heat,
        pumps=p.spray_pump * by_water,
        compressors=c.compressors(share, hall.heat, cop),
        evaporated=evaporated,
        blow_down=evaporated * (bleed_factor(p.cycles) - 1.0),
    )
