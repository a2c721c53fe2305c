"""IT equipment and its electrical supply: inlet classes, embodied carbon, losses at part load.

    embodied = carbon of a server / its power · other IT / lifetime

Carbon of a server is that of making and delivering it; power is the mean draw at work, so that the
figure is to the kW that a study's IT load counts. Other IT is switches and racks.

Each loss is a share of the *rated* power of its unit, ``a + b x + c x²`` with ``x`` the load of the
unit over its rating. With ``r`` times the units that are needed, as redundancy asks, each carries
``x = L / r``, and to one kWh of IT they add

    (r a + b L + c L² / r) / L ,

``L`` the IT load over its rating: what is fixed grows with the redundancy and makes a half-empty
hall inefficient.

References
----------
.. [1] ASHRAE TC 9.9, Thermal Guidelines for Data Processing Environments, 5th ed. (2021) and its
   reference card: air classes and the recommended envelope.
.. [2] The same, ch. 5: facility water classes W17 to W45; and ASHRAE TC 9.9 (2024), Liquid Cooling:
   Resiliency Guidance for Cold Plate Deployments: technology cooling system classes S30 to S50.
.. [3] N. Rasmussen (2012), Electrical Efficiency Modeling for Data Centers, APC White Paper 113,
   rev. 2, Table 2: form, and losses of older units.
.. [4] V. Avelar, Making Large UPS Systems More Efficient, APC White Paper 108: UPS curve.
.. [5] N. Lei and E. Masanet (2020), Energy 201, 117556, Table B.1 (ranges at full load).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import Numeric, as_float
from siting.physics.parameters import Parameter, Parameters, rated, table

__all__ = [
    "ENVELOPES",
    "OTHER_IT",
    "SERVERS",
    "SERVER_YEARS",
    "WATER_CLASSES",
    "ElectricalParameters",
    "Envelope",
    "electrical_loss",
    "envelope",
    "servers_of",
    "water_limit",
]


_CARD = "ASHRAE TC 9.9, Thermal Guidelines, 5th ed. (2021), reference card"
_DRIEST = 0.08  # relative humidity of the allowable envelopes, where it asks for more than -12 °C


@dataclass(frozen=True)
class Envelope:
    """Limits of the air that enters the IT equipment.

    Parameters
    ----------
    name : str
        Class.
    temp_low_c, temp_high_c : float
        Dry bulb. [°C]
    dew_point_low_c, dew_point_high_c : float
        Dew point. [°C]
    relative_humidity_high : float
        Highest relative humidity. [-]
    relative_humidity_low : float
        Lowest relative humidity; the air is humidified to it or to the lowest dew point,
        whichever asks for more. [-]
    source : str
        Publication.
    """

    name: str
    temp_low_c: float
    temp_high_c: float
    dew_point_low_c: float
    dew_point_high_c: float
    relative_humidity_high: float
    relative_humidity_low: float = _DRIEST
    source: str = _CARD


ENVELOPES: Mapping[str, Envelope] = MappingProxyType(
    {
        row.name: row
        for row in (
            Envelope("recommended", 18.0, 27.0, -9.0, 15.0, 0.70, 0.0),
            Envelope("A1", 15.0, 32.0, -12.0, 17.0, 0.80),
            Envelope("A2", 10.0, 35.0, -12.0, 21.0, 0.80),
            Envelope("A3", 5.0, 40.0, -12.0, 24.0, 0.85),
            Envelope("A4", 5.0, 45.0, -12.0, 24.0, 0.90),
            Envelope("H1", 15.0, 25.0, -12.0, 17.0, 0.80),
        )
    }
)
"""Allowable envelope of each class; ``recommended`` is the one that A1 to A4 share."""

WATER_CLASSES: Mapping[str, float] = MappingProxyType(
    {
        "W17": 17.0,
        "W27": 27.0,
        "W32": 32.0,
        "W40": 40.0,
        "W45": 45.0,
        "W+": 50.0,
        "S30": 30.0,
        "S40": 40.0,
        "S50": 50.0,
    }
)
"""Warmest supply of each class: facility water (W) or technology cooling system (S); W+ is anything
above 45, taken as 50. [°C]"""


def envelope(name: str, min_dew_point_c: float | None = None) -> Envelope:
    """Air envelope of a class.

    Parameters
    ----------
    name : str
        One of ``ENVELOPES``.
    min_dew_point_c : float, optional
        Humidification floor instead of that of the class: 5.5 in the editions of 2008 and 2011,
        -9 (recommended) and -12 (allowable) since 2015. [°C]
    """
    if name not in ENVELOPES:
        raise ValueError(f"inlet {name!r} is none of {', '.join(ENVELOPES)}")
    chosen = ENVELOPES[name]
    if min_dew_point_c is None:
        return chosen
    if min_dew_point_c > chosen.dew_point_high_c:
        raise ValueError(f"min_dew_point_c {min_dew_point_c:g} lies above the highest of {name}")
    return replace(chosen, dew_point_low_c=min_dew_point_c, relative_humidity_low=0.0)


def water_limit(name: str) -> float:
    """Warmest supply of cooling water of a class. [°C].

    Parameters
    ----------
    name : str
        One of ``WATER_CLASSES``.
    """
    if name not in WATER_CLASSES:
        raise ValueError(f"water class {name!r} is none of {', '.join(WATER_CLASSES)}")
    return WATER_CLASSES[name]


SERVER_YEARS = Parameter(
    "server_years", 4.0, 3.0, 6.0, "yr",
    "Carbon Explorer (2023): 4 years; operators write servers off over 3 to 6, assumed", "assumed",
)  # fmt: skip
"""Years that a server is used."""

OTHER_IT = Parameter(
    "other_it", 1.15, 1.0, 1.3, "-", "Carbon Explorer (2023): switches and racks add 15 %",
    "derived",
)  # fmt: skip
"""Carbon of all IT over that of its servers."""


def _embodied(kg: float, kw: float) -> float:
    return round(kg / kw * OTHER_IT.value / SERVER_YEARS.value, -1)


SERVERS = table(
    Parameter(
        "general", _embodied(744.5, 0.120), 600.0, 3500.0, "kgCO2e/kW/yr",
        "744.5 kg a server of 120 W (HPE DL360 Gen10), x 1.15 for other IT, over 4 years; Carbon "
        "Explorer (2023). Low: 1,000 kg (Cloud Carbon Footprint) at 300 W and 6 years",
        "derived",
    ),
    Parameter(
        "accelerators", _embodied(318.0, 0.428), 80.0, 420.0, "kgCO2e/kW/yr",
        "318 kg an A100 with its eighth of the server at 0.428 kW, x 1.15 for other IT, over 4 "
        "years; Chien et al. (2023), HotCarbon. High: 3,700 kg an 8-GPU server at 3.4 kW over 3 "
        "years (Luccioni et al. 2022, arXiv:2211.02001); low: 1,312 kg an HGX H100 board (NVIDIA "
        "2025) at 8 x 0.7 kW, host as much again, over 6 years",
        "derived",
    ),
    Parameter(
        "storage", _embodied(4289.0, 0.300), 1200.0, 6200.0, "kgCO2e/kW/yr",
        "4,289 kg a server with eight solid-state drives of 3.84 TB (Dell R740, life-cycle "
        "assessment 2019), 0.3 kW assumed, x 1.15, over 4 years. Low: disk drives of 50 kg (Cloud "
        "Carbon Footprint) at 8 W and 6 years; high: the same server at 0.2 kW",
        "assumed",
    ),
    Parameter(
        "none", 0.0, 0.0, 0.0, "kgCO2e/kW/yr", "servers left out, as the planner chooses", "assumed"
    ),
)  # fmt: skip
"""Embodied carbon of the IT equipment by kind of hardware, per kW of servers a year."""


def servers_of(hardware: str) -> Parameter:
    """Embodied carbon of the servers of a kind of hardware or of a generation. [kgCO2e/kW/yr].

    Parameters
    ----------
    hardware : str
        Row of ``SERVERS``; any other name is a generation of accelerators.
    """
    return SERVERS.get(hardware, SERVERS["accelerators"])


_UPS = (
    "APC White Paper 108, large delta-conversion UPS: 1.333 % + 0.640 % x + 1.081 % x² of its "
    "rating, 97.0 % when full; older units 4 % + 5 % x (White Paper 113, Table 2)"
)
_WINDING = (
    "with the fixed part 1 %, middle of 0-2 % (Lei & Masanet 2020 Table B.1): windings 0.5 %, "
    "busway and cables; White Paper 113: 1.5 % + 1 % + 0.5 %"
)


@dataclass(frozen=True)
class ElectricalParameters(Parameters):
    """Coefficients of the losses, shares of rated IT power."""

    redundancy: float = rated(
        1.33, 1.0, 2.2, "-",
        "units installed over those needed: blocks of four for three; 1 where batteries are in the "
        "racks, 2 in a 2N system, a tenth more with the margin of White Paper 113",
    )  # fmt: skip
    ups_fixed: float = rated(0.01333, 0.002, 0.04, "-", _UPS, "derived")
    ups_linear: float = rated(0.0064, 0.0, 0.05, "-", _UPS, "derived")
    ups_square: float = rated(0.01081, 0.0, 0.03, "-", _UPS, "derived")
    distribution_fixed: float = rated(
        0.0012, 0.0006, 0.015, "-",
        "no-load loss of transformers: 10 CFR 431.196 asks 99.53 % of 2,500 kVA at half load, "
        "half of that loss; units of White Paper 113 1.5 %",
        "derived",
    )  # fmt: skip
    distribution_linear: float = rated(0.0, 0.0, 0.015, "-", _WINDING)
    distribution_square: float = rated(0.0088, 0.0, 0.03, "-", _WINDING)
    lighting_fixed: float = rated(
        0.001, 0.0, 0.01, "-",
        "middle of 0-0.2 %, Lei & Masanet 2020 Table B.1 hyperscale; White Paper 113: 1 %",
    )  # fmt: skip
    standby_fixed: float = rated(
        0.003, 0.0, 0.006, "-",
        "generators kept warm and charged, 0.3 % of their rating: White Paper 113, Table 2",
    )  # fmt: skip


def electrical_loss(load: ArrayLike, parameters: ElectricalParameters | None = None) -> Numeric:
    """Electrical losses and fixed loads to one kWh of IT.

    Parameters
    ----------
    load : numeric
        IT power over its rating, above 0 and up to 1. [-]
    parameters : ElectricalParameters, optional
        Coefficients; those of the table by default.

    Returns
    -------
    numeric
        Same shape as ``load``. [kWh/kWh]
    """
    p = parameters or ElectricalParameters()
    level = np.asarray(load, dtype=np.float64)
    if not ((level > 0.0) & (level <= 1.0)).all():
        raise ValueError("load must lie above 0 and not above 1")
    fixed = p.redundancy * (p.ups_fixed + p.distribution_fixed) + p.lighting_fixed + p.standby_fixed
    linear = p.ups_linear + p.distribution_linear
    square = (p.ups_square + p.distribution_square) / p.redundancy
    return as_float(fixed / level + linear + square * level)
