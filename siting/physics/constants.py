"""Physical constants, each once.

References
----------
.. [1] ASHRAE Handbook, Fundamentals (2017), ch. 1.
"""

from __future__ import annotations

__all__ = [
    "CP_AIR",
    "CP_ICE",
    "CP_VAPOUR",
    "CP_WATER",
    "GAS_CONSTANT_AIR",
    "GRAVITY",
    "LATENT_HEAT",
    "SECONDS_PER_HOUR",
    "SUBLIMATION_HEAT",
    "TRIPLE_POINT_C",
    "WATER_DENSITY",
    "WATER_TO_AIR",
    "ZERO_C_K",
]

ZERO_C_K = 273.15
TRIPLE_POINT_C = 0.01
WATER_TO_AIR = 0.621945  # molar masses of water and dry air
GAS_CONSTANT_AIR = 287.042  # J/(kg K)
CP_AIR = 1.006  # kJ/(kg K)
CP_VAPOUR = 1.86  # kJ/(kg K)
CP_WATER = 4.186  # kJ/(kg K)
CP_ICE = 2.1  # kJ/(kg K)
LATENT_HEAT = 2501.0  # kJ/kg at 0 °C
SUBLIMATION_HEAT = 2830.0  # kJ/kg at 0 °C
WATER_DENSITY = 998.0  # kg/m³
GRAVITY = 9.81  # m/s²
SECONDS_PER_HOUR = 3600.0
