"""Heat put to use: waste heat sold to a network, and absorption cooling driven by gas engines.

The credit stands beside the facility's own figures and never inside its PUE: energy reuse
effectiveness is the separate metric that subtracts it.

The engine follows the cooling that the towers cannot give: its heat drives the absorption
chillers and its electricity goes to the facility. It never makes more electricity than the
facility uses; where that cuts it short, electric chillers take the rest. In free hours it stands
still, and a plant may let it stand still in others, with electric chillers alone. Absorption
chillers reject the driving heat as well, so their towers use about twice the water.

References
----------
.. [1] The Green Grid (2010), White Paper 29: energy reuse effectiveness (ERE).
.. [2] ISO/IEC 30134-6:2021: energy reuse factor (ERF).
.. [3] ASHRAE Handbook, Refrigeration (2018), ch. 18: single-effect water-lithium bromide.
.. [4] ASHRAE Handbook, HVAC Systems and Equipment (2020), ch. 7: combined heat and power.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import Numeric, as_float
from siting.physics.cooling.chilled_water import (
    ChilledWaterParameters,
    chilled_hall,
    economizer_share,
    facility_water_temp,
    loop_pump,
)
from siting.physics.cooling.streams import Conditions, Streams
from siting.physics.parameters import FromTable, Parameter, table
from siting.physics.plant import carnot_cop
from siting.physics.towers import run_tower, tower_water_temp

__all__ = [
    "GAS_EMISSIONS_KG_PER_KWH",
    "PARAMETERS",
    "REUSE_PARAMETERS",
    "HeatReuse",
    "HeatReuseParameters",
    "TrigenerationParameters",
    "absorption_trigen",
    "heat_reuse",
    "idle_trigen",
    "reuse_effectiveness",
]


REUSE_PARAMETERS = table(
    Parameter(
        "captured_share", 0.85, 0.5, 0.95, "-", "of the IT heat, by coils and plates, assumed"
    ),
    Parameter("source_c", 32.0, 25.0, 60.0, "°C", "return water or air; 45-60 °C with cold plates"),
    Parameter("network_c", 70.0, 40.0, 95.0, "°C", "third- and fourth-generation networks"),
    Parameter("exchanger_k", 3.0, 2.0, 5.0, "K", "on either side of the heat pump"),
    Parameter(
        "carnot_share", 0.55, 0.40, 0.65, "-", "Arpagaus et al. 2018, Energy 152, 985: 0.4-0.6"
    ),
    Parameter(
        "displaced_kg_per_kwh", 0.22, 0.05, 0.30, "kgCO2e/kWh", "gas boiler: 0.202 over 0.92"
    ),
)


@dataclass(frozen=True)
class HeatReuseParameters(FromTable, rows=REUSE_PARAMETERS):
    """Heat pump and network; see ``REUSE_PARAMETERS``."""

    captured_share: float
    source_c: float
    network_c: float
    exchanger_k: float
    carnot_share: float
    displaced_kg_per_kwh: float


@dataclass(frozen=True)
class HeatReuse:
    """Heat sold, each to one kWh of IT.

    Parameters
    ----------
    taken : numeric
        Data-center heat that leaves by the network; never more than there is. [kWh/kWh]
    delivered : numeric
        Heat handed to the network: ``taken`` and the heat pump's electricity. [kWh/kWh]
    electricity : numeric
        Electricity of the heat pump, outside the PUE. [kWh/kWh]
    credit_kg : numeric
        Emissions of the heat that is displaced, before those of ``electricity``. [kgCO2e/kWh]
    """

    taken: Numeric
    delivered: Numeric
    electricity: Numeric
    credit_kg: Numeric


def heat_reuse(heat_demand: ArrayLike, parameters: HeatReuseParameters | None = None) -> HeatReuse:
    """Cover a heat demand from the waste heat of the IT equipment.

    Parameters
    ----------
    heat_demand : numeric
        Heat that the network would take, to one kWh of IT. [kWh/kWh]
    parameters : HeatReuseParameters, optional
        Heat pump and network; those of the table by default.

    Returns
    -------
    HeatReuse
        Heat, electricity and credit.
    """
    p = parameters or HeatReuseParameters.default()
    wanted = np.maximum(np.asarray(heat_demand, np.float64), 0.0)
    if p.source_c - p.exchanger_k >= p.network_c:  # warm enough without a heat pump
        taken = np.minimum(wanted, p.captured_share)
        delivered = taken
    else:
        cold, warm = p.source_c - p.exchanger_k, p.network_c + p.exchanger_k
        heating_cop = float(carnot_cop(cold, warm, p.carnot_share)) + 1.0
        delivered = np.minimum(wanted, p.captured_share * heating_cop / (heating_cop - 1.0))
        taken = delivered * (heating_cop - 1.0) / heating_cop
    return HeatReuse(
        taken=as_float(taken),
        delivered=as_float(delivered),
        electricity=as_float(delivered - taken),
        credit_kg=as_float(delivered * p.displaced_kg_per_kwh),
    )


def reuse_effectiveness(pue: ArrayLike, taken: ArrayLike) -> Numeric:
    """Energy reuse effectiveness: PUE less the heat that leaves to be used.

    Parameters
    ----------
    pue : numeric
        PUE of the facility. [-]
    taken : numeric
        Heat that crosses its boundary, to one kWh of IT. [kWh/kWh]

    Returns
    -------
    numeric
        Broadcast shape. [-]
    """
    return as_float(np.asarray(pue, np.float64) - np.asarray(taken, np.float64))


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

PARAMETERS = table(
    Parameter("electric_efficiency", 0.42, 0.35, 0.48, "-", _ENGINE),
    Parameter("heat_efficiency", 0.42, 0.35, 0.48, "-", f"usable above 85 °C; {_ENGINE}"),
    Parameter(
        "absorption_cop", 0.70, 0.65, 0.80, "-", "single effect, ASHRAE Refrigeration ch. 18"
    ),
    Parameter("absorption_electricity", 0.01, 0.005, 0.02, "kW/kW", "solution pumps, to cooling"),
)


@dataclass(frozen=True)
class TrigenerationParameters(FromTable, rows=PARAMETERS):
    """Engine, absorption chillers, and the plant beside them; see ``PARAMETERS``."""

    electric_efficiency: float
    heat_efficiency: float
    absorption_cop: float
    absorption_electricity: float
    plant: ChilledWaterParameters = field(default_factory=ChilledWaterParameters.default)


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
