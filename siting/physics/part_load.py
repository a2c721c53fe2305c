"""Fans, pumps and chillers of a hall that is not full.

The power of fans and pumps follows the flow to a power, down to a least flow,

    P / P_rated  =  max(q, q_least) ^ n ,

so that one kWh of IT takes ``max(q, q_least) ^ n / L`` of what it takes in a full hall. Pumps carry
the heat, ``q = L``; servers draw air even when they idle, ``q = q_0 + (1 - q_0) L``. Hall fans
and pumps keep a pressure at a fixed set-point, which holds the exponent well below the cube of the
affinity laws; outdoor fans, with nothing but coils and fill before them, come closer to it. Pumps
of towers and of intakes on shore run at constant speed and are staged, and the lift that they work
against does not fall with the flow: to one kWh of IT they take the same at any load.
``docs/validation/part_load.md`` shows the powers beside the curves that they are fitted to.

References
----------
.. [1] ASHRAE 90.1, Appendix G, part-load curves of fans and pumps under speed control, as in
   openstudio-standards (NREL), Standards.FanVariableVolume.rb and Standards.PumpVariableSpeed.rb.
.. [2] ASHRAE Handbook, HVAC Systems and Equipment (2020), ch. 21 (fans) and 44 (pumps).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import FloatArray
from siting.physics.parameters import Parameter, defaults, table

__all__ = ["PARAMETERS", "PartLoadParameters", "relative_energy"]

_FAN = (
    "power through ASHRAE 90.1 App. G, variable speed with a fixed pressure set-point "
    "(openstudio-standards, FanVariableVolume), within 0.01; with the set-point reset 2.5"
)
_PUMP = (
    "power through ASHRAE 90.1 App. G, variable speed without reset (openstudio-standards, "
    "PumpVariableSpeed), within 0.04; with differential-pressure reset 2.45"
)
_OUTDOOR = (
    "affinity law with drive and motor: 2.5-2.8, ASHRAE S&E 2020 ch. 21; CityEnergyAnalyst, "
    "cooling_tower.py: 0.86 q³ + 0.20 q² - 0.06 q"
)

PARAMETERS = table(
    Parameter(
        "idle_air_flow", 0.2, 0.1, 0.25, "-",
        "EnergyPlus, 2ZoneDataCenterHVAC_wEconomizer.idf, servers' air and power by load: 0.1, 0.2 "
        "and 0.25 of full flow at no load with 15, 20 and 25 °C at the inlet",
        "derived",
    ),
    Parameter("fan_exponent", 1.7, 1.6, 2.6, "-", _FAN, "derived"),
    Parameter(
        "least_fan_flow", 0.3, 0.2, 0.5, "-",
        "20 % in 90.1 App. G; containment and redundant units running lightly ask for more",
    ),
    Parameter("pump_exponent", 1.7, 1.6, 2.45, "-", _PUMP, "derived"),
    Parameter(
        "least_pump_flow", 0.4, 0.25, 0.5, "-",
        "least flow of chillers and exchangers; 90.1-2019 6.5.4.2 asks pumps to reach 25 to 50 %",
    ),
    Parameter("outdoor_fan_exponent", 2.7, 2.5, 3.0, "-", _OUTDOOR),
    Parameter(
        "least_chiller_load", 0.6, 0.25, 0.8, "-",
        "staging: of three or more machines none runs below two thirds, one alone to a quarter",
    ),
)  # fmt: skip
"""Fans, pumps and chillers below full load, the same in every design."""


@dataclass(frozen=True)
class PartLoadParameters:
    """Exponents, least flows and staging; see ``PARAMETERS``."""

    idle_air_flow: float
    fan_exponent: float
    least_fan_flow: float
    pump_exponent: float
    least_pump_flow: float
    outdoor_fan_exponent: float
    least_chiller_load: float

    @classmethod
    def default(cls) -> PartLoadParameters:
        """Build from the values of the table."""
        return cls(**defaults(PARAMETERS.values()))

    def hall_fans(self, load: ArrayLike) -> FloatArray:
        """Energy of hall fans to one kWh of IT over that in a full hall. [-]."""
        level = np.asarray(load, dtype=np.float64)
        flow = self.idle_air_flow + (1.0 - self.idle_air_flow) * level
        return relative_energy(level, flow, self.fan_exponent, self.least_fan_flow)

    def pumps(self, load: ArrayLike) -> FloatArray:
        """Energy of pumps to one kWh of IT over that in a full hall. [-]."""
        return relative_energy(load, load, self.pump_exponent, self.least_pump_flow)

    def outdoor_fans(self, load: ArrayLike) -> FloatArray:
        """Energy of the fans of towers and coolers, likewise. [-]."""
        return relative_energy(load, load, self.outdoor_fan_exponent, self.least_fan_flow)


def relative_energy(
    load: ArrayLike, flow: ArrayLike, exponent: float, least_flow: float
) -> FloatArray:
    """Energy of a fan or pump to one kWh of IT, over the same in a full hall.

    Parameters
    ----------
    load : numeric
        IT power over its rating, above 0 and up to 1. [-]
    flow : numeric
        Flow over rated flow at that load. [-]
    exponent : float
        Exponent of the flow in the power. [-]
    least_flow : float
        Flow over rated flow below which it does not fall. [-]

    Returns
    -------
    numpy.ndarray
        Same shape as ``load``; 1 at full load. [-]
    """
    level = np.asarray(load, dtype=np.float64)
    return np.asarray(np.maximum(flow, least_flow) ** exponent / level)
