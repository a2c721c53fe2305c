"""Physical constants and parameter tables: each number once, with range, unit, label and source.

Published PUE lies above the designs where it is that of a region of many buildings, and about on
them where an operator built a campus for itself. The **practice** is a factor on everything that a
facility takes beyond its IT,

    PUE  =  1 + f · (PUE_design - 1) ,

and with the energy goes the heat, so the water follows by the same balance. The factors are fitted
on ``tests/fixtures/facilities.csv`` alone by ``tools/fit_practice.py``, one figure a place, the
last one measured; ``docs/validation/facilities.md`` shows them on AWS and Google, which they never
saw. They are fitted on full halls, since none says how full it is: a study that fills its halls in
part counts that twice with ``typical`` or ``legacy``.

References
----------
.. [1] ASHRAE Handbook, Fundamentals (2017), ch. 1.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from types import MappingProxyType
from typing import Any, cast

__all__ = [
    "CP_AIR",
    "CP_ICE",
    "CP_VAPOUR",
    "CP_WATER",
    "GAS_CONSTANT_AIR",
    "GRAVITY",
    "LABELS",
    "LATENT_HEAT",
    "LEI_MASANET",
    "PRACTICES",
    "SECONDS_PER_HOUR",
    "SUBLIMATION_HEAT",
    "TRIPLE_POINT_C",
    "WATER_DENSITY",
    "WATER_TO_AIR",
    "ZERO_C_K",
    "Parameter",
    "Parameters",
    "practice_factor",
    "rated",
    "table",
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
#: Source of the figures of a part of a plant that designs share.
LEI_MASANET = "middle of the range of Lei & Masanet 2020 Table B.1, hyperscale"
GRAVITY = 9.81  # m/s²
SECONDS_PER_HOUR = 3600.0


LABELS = ("measured", "derived", "modelled", "assumed")
"""How a number is known; ``assumed`` marks what a planner may change."""


@dataclass(frozen=True)
class Parameter:
    """One number of a model, as a planner may question it.

    Parameters
    ----------
    name : str
        Field of the parameter class, with its unit as a suffix where it could be misread.
    value : float
        Value used unless a study says otherwise, in ``unit``.
    low, high : float
        Range found in the source or in practice; the value lies inside, in ``unit``.
    unit : str
        Unit; ``-`` for a ratio.
    source : str
        Publication, or the reason of an assumption.
    label : str
        ``measured``, ``derived``, ``modelled``, or ``assumed`` for what a planner may change.
    """

    name: str
    value: float
    low: float
    high: float
    unit: str
    source: str
    label: str = "assumed"

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.name}: {self.value} lies outside {self.low} to {self.high}")
        if self.label not in LABELS:
            raise ValueError(f"{self.name}: label {self.label!r} is none of {LABELS}")


def table(*rows: Parameter) -> MappingProxyType[str, Parameter]:
    """Collect parameters by name; a name given twice raises.

    Parameters
    ----------
    *rows : Parameter
        The rows.

    Returns
    -------
    mapping
        Name to parameter, read only, in the order given.
    """
    by_name = {row.name: row for row in rows}
    if len(by_name) != len(rows):
        raise ValueError("a parameter is listed twice")
    return MappingProxyType(by_name)


def rated(
    value: float, low: float, high: float, unit: str, source: str, label: str = "assumed"
) -> Any:
    """Field of a parameter class, with the value as its default; its name is that of the field.

    Parameters
    ----------
    value, low, high, unit, source, label
        As of :class:`Parameter`.
    """
    row = {"low": low, "high": high, "unit": unit, "source": source, "label": label}
    return field(default=value, metadata=row)


class Parameters:
    """Base of a frozen dataclass of :func:`rated` numbers; its other fields are nested plant."""

    @classmethod
    def table(cls) -> MappingProxyType[str, Parameter]:
        """Its numbers by name, in the order of the fields."""
        own: list[Field[Any]] = [f for f in fields(cast(Any, cls)) if f.metadata]
        return table(*(Parameter(f.name, cast(float, f.default), **f.metadata) for f in own))


_FIT = "tools/fit_practice.py on tests/fixtures/facilities.csv"

PRACTICES = table(
    Parameter(
        "best", 0.96, 0.66, 1.98, "-",
        f"median of 7 campuses that an operator built for itself (0.66 to 1.25); range of all 20 "
        f"places, since a plan may turn out typical; {_FIT}",
        "derived",
    ),
    Parameter(
        "typical", 1.38, 0.66, 1.98, "-",
        f"median of 13 Azure regions (0.88 to 1.98); range as for best; {_FIT}",
        "derived",
    ),
    Parameter(
        "legacy", 1.87, 1.38, 2.56, "-",
        f"tenth of those regions with the most; from their median to the most of any year; {_FIT}",
        "derived",
    ),
)  # fmt: skip
"""Factor on the energy beyond the IT by practice, with the spread of published places."""


def practice_factor(name: str | None) -> float:
    """Factor of a practice on the energy beyond that of the IT. [-].

    Parameters
    ----------
    name : str or None
        One of ``PRACTICES``; None for the plant as designed.
    """
    if name is None:
        return 1.0
    if name not in PRACTICES:
        raise ValueError(f"practice {name!r} is none of {', '.join(PRACTICES)}")
    return PRACTICES[name].value
