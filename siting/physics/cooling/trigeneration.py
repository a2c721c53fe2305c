"""Absorption cooling driven by gas engines.

The engine follows the cooling that the towers cannot give: its heat drives the absorption
chillers and its electricity goes to the facility. It never makes more electricity than the
facility uses; where that cuts it short, electric chillers take the rest. In free hours it stands
still, and a plant may let it stand still in others, with electric chillers alone. Absorption
chillers reject the driving heat as well, so their towers use about twice the water.

References
----------
.. [1] ASHRAE Handbook, Refrigeration (2018), ch. 18: single-effect water-lithium bromide.
.. [2] ASHRAE Handbook, HVAC Systems and Equipment (2020), ch. 7: combined heat and power.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from siting.physics.cooling.chilled_water import (
    ChilledWaterParameters,
    chilled_hall,
    economizer_share,
    facility_water_temp,
    loop_pump,
)
from siting.physics.cooling.streams import Conditions, Streams
from siting.physics.parameters import Parameter, Parameters, rated
from siting.physics.plant import carnot_cop
from siting.physics.towers import run_tower, tower_water_temp

__all__ = [
    "GAS_EMISSIONS_KG_PER_KWH",
    "TrigenerationParameters",
    "absorption_trigen",
    "idle_trigen",
]


GAS_EMISSIONS_KG_PER_KWH = Parameter(
    "gas_emissions_kg_per_kwh",
    0.202,
    0.198,
    0.25,
    "kgCO2e/kWh",
    "IPCC 2006 natural gas 56.1 kg/GJ (lower heating value), burning only; upstream methane adds "
    "0.02 to 0.05",
    "measured",
)
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


def absorption_trigen(p: TrigenerationParameters, c: Conditions) -> Streams:
    """Towers first, then absorption chillers on engine heat, then electric chillers.

    Parameters
    ----------
    p : TrigenerationParameters
        Engine, chillers and plant.
    c : Conditions
        Where and how.

    Returns
    -------
    Streams
        Energy and water, with the gas burnt and the electricity made.
    """
    return _plant(p, c, engine=1.0)


def idle_trigen(p: TrigenerationParameters, c: Conditions) -> Streams:
    """Return the same plant while its engine stands still: towers, then electric chillers.

    Parameters
    ----------
    p : TrigenerationParameters
        Engine, chillers and plant.
    c : Conditions
        Where and how.

    Returns
    -------
    Streams
        Energy and water; no gas is burnt and no electricity made.
    """
    return _plant(p, c, engine=0.0)


def _plant(p: TrigenerationParameters, c: Conditions, engine: float) -> Streams:
    """Plant with its engine at a share of what cooling asks of it, 0 or 1."""
    plant = p.plant
    hall = chilled_hall(plant, c, 1.0 + c.loss)
    wanted = facility_water_temp(plant, c)
    tower_c = tower_water_temp(c.air, wanted - plant.exchanger_approach_k, plant.tower)
    share = economizer_share(tower_c + plant.exchanger_approach_k, wanted, plant.water_rise_k)
    loop = loop_pump(plant, c, hall.heat)
    demand = 1.0 + c.loss + hall.fans + loop  # the least that the facility draws
    most = engine * demand / p.electric_efficiency * p.heat_efficiency * p.absorption_cop
    absorbed = np.minimum(share * hall.heat, most)
    driving = absorbed / p.absorption_cop
    fuel = driving / p.heat_efficiency
    rest = share - absorbed / hall.heat
    condensing = tower_c + plant.tower.range_k + plant.condenser_approach_k
    cop = carnot_cop(wanted - plant.evaporator_approach_k, condensing, plant.carnot_share)
    lifted = c.compressors(rest, hall.heat, cop)
    tower = run_tower(c.air, hall.heat + lifted + driving, tower_c, plant.tower)
    return Streams(
        mechanical_share=share,
        fans=hall.fans + tower.fan * c.outdoor_fans,
        pumps=loop + tower.pump + p.absorption_electricity * absorbed,
        compressors=lifted,
        evaporated=tower.evaporated,
        drift=tower.drift,
        blow_down=tower.blow_down,
        fuel=fuel,
        generated=fuel * p.electric_efficiency,
    )
