"""Waste heat sold to a district network: what is delivered, what it takes, what it saves.

The credit stands beside the facility's own figures and never inside its PUE: energy reuse
effectiveness is the separate metric that subtracts it.

References
----------
.. [1] The Green Grid (2010), White Paper 29: energy reuse effectiveness (ERE).
.. [2] ISO/IEC 30134-6:2021: energy reuse factor (ERF).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import Numeric, as_float
from siting.physics.parameters import Parameter, defaults, table
from siting.physics.plant import carnot_cop

__all__ = ["PARAMETERS", "HeatReuse", "HeatReuseParameters", "heat_reuse", "reuse_effectiveness"]

PARAMETERS = table(
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
class HeatReuseParameters:
    """Heat pump and network; see ``PARAMETERS``."""

    captured_share: float
    source_c: float
    network_c: float
    exchanger_k: float
    carnot_share: float
    displaced_kg_per_kwh: float

    @classmethod
    def default(cls) -> HeatReuseParameters:
        """Build from the values of the table."""
        return cls(**defaults(PARAMETERS.values()))


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
