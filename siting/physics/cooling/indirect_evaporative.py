"""Indirect evaporative cooling.

Hall air recirculates through a plate exchanger whose other side is outside air, dry when cold and
sprayed when warm; the humidity outside does not enter the hall. A sealed hall plans no excursions
into the allowable envelope, so the trim starts at the top of the recommended one.

References
----------
.. [1] ASHRAE Handbook, HVAC Systems and Equipment (2020), ch. 41: evaporative air cooling.
.. [2] N. Lei and E. Masanet (2020), Energy 201, 117556 (ranges of fans and air rise).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.arrays import FloatArray
from siting.physics import psychrometrics as psy
from siting.physics.constants import SECONDS_PER_HOUR
from siting.physics.cooling.streams import Conditions, Hall, Streams, air_hall
from siting.physics.parameters import Parameter, defaults, table
from siting.physics.plant import carnot_cop, fan_power, flow_law
from siting.physics.water import bleed_factor, latent_heat

__all__ = ["PARAMETERS", "IndirectParameters", "indirect_evaporative"]

_LM = "middle of the range of Lei & Masanet 2020 Table B.1, hyperscale"
_DX = "11-17 K (20-30 °F) over the air in air conditioning, ASHRAE S&E 2020 ch. 39"
_PLATE = "ASHRAE S&E 2020 ch. 41, ranges assumed"
_CHILLER = "ASHRAE 90.1-2019 Table 6.8.1-3: air-cooled 2.96 at 35 °C and 6.7 °C water is 0.49"
_FAN = "to the heat lifted; ASHRAE 90.1-2019 Table 6.8.1-7: condensers 0.0145 at most"

PARAMETERS = table(
    Parameter("air_rise_k", 16.6, 13.9, 19.4, "K", _LM),
    Parameter("fan_pressure_pa", 500.0, 300.0, 700.0, "Pa", _LM),
    Parameter("fan_efficiency", 0.775, 0.65, 0.90, "-", _LM),
    Parameter("outer_pressure_pa", 250.0, 150.0, 400.0, "Pa", "outside-air side of the exchanger"),
    Parameter(
        "dry_effectiveness", 0.72, 0.65, 0.80, "-", f"on return air to outside dry bulb; {_PLATE}"
    ),
    Parameter("wet_effectiveness", 0.75, 0.60, 0.85, "-", f"on return air to wet bulb; {_PLATE}"),
    Parameter("supply_c", 25.0, 22.0, 27.0, "°C", "set-point where the spray starts"),
    Parameter("warmest_supply_c", 27.0, 25.0, 32.0, "°C", "trim starts; top of recommended"),
    Parameter("cycles", 6.0, 3.0, 15.0, "-", "Li et al. 2023 (default 6); L&M 2022 3-15"),
    Parameter("spray_pump", 0.004, 0.002, 0.008, "kW/kW", "recirculating spray pump, assumed"),
    Parameter("evaporating_c", 16.0, 12.0, 20.0, "°C", "trim coil"),
    Parameter("condenser_approach_k", 13.0, 10.0, 17.0, "K", _DX),
    Parameter("coldest_condensing_c", 30.0, 25.0, 35.0, "°C", "head-pressure control"),
    Parameter("carnot_share", 0.50, 0.45, 0.60, "-", _CHILLER),
    Parameter("condenser_fan", 0.02, 0.01, 0.03, "kW/kW", _FAN),
)


@dataclass(frozen=True)
class IndirectParameters:
    """Indirect evaporative unit; see ``PARAMETERS``."""

    air_rise_k: float
    fan_pressure_pa: float
    fan_efficiency: float
    outer_pressure_pa: float
    dry_effectiveness: float
    wet_effectiveness: float
    supply_c: float
    warmest_supply_c: float
    cycles: float
    spray_pump: float
    evaporating_c: float
    condenser_approach_k: float
    coldest_condensing_c: float
    carnot_share: float
    condenser_fan: float

    @classmethod
    def default(cls) -> IndirectParameters:
        """Build from the values of the table."""
        return cls(**defaults(PARAMETERS.values()))


def indirect_evaporative(p: IndirectParameters, c: Conditions) -> Streams:
    """Plate exchanger between hall and outside air, sprayed when warm, mechanical trim.

    Parameters
    ----------
    p : IndirectParameters
        Exchanger, spray and trim.
    c : Conditions
        Where and how.

    Returns
    -------
    Streams
        Energy and water.
    """
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
