"""Where the IT equipment may breathe: ASHRAE classes of inlet air and of cooling water.

References
----------
.. [1] ASHRAE TC 9.9, Thermal Guidelines for Data Processing Environments, 5th ed. (2021) and its
   reference card: air classes and the recommended envelope.
.. [2] The same, ch. 5: facility water classes W17 to W45; and ASHRAE TC 9.9 (2024), Liquid Cooling:
   Resiliency Guidance for Cold Plate Deployments: technology cooling system classes S30 to S50.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

__all__ = ["ENVELOPES", "WATER_CLASSES", "Envelope", "envelope", "water_limit"]

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

    Returns
    -------
    Envelope
        Its limits.
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
    """Warmest cooling water of a class.

    Parameters
    ----------
    name : str
        One of ``WATER_CLASSES``.

    Returns
    -------
    float
        Supply temperature. [°C]
    """
    if name not in WATER_CLASSES:
        raise ValueError(f"water class {name!r} is none of {', '.join(WATER_CLASSES)}")
    return WATER_CLASSES[name]
