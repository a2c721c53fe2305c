"""A table of parameters: each number once, with its range, unit, label and source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["LABELS", "Parameter", "defaults", "table"]

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


def defaults(rows: Iterable[Parameter]) -> dict[str, float]:
    """Values of a table, to fill a parameter class.

    Parameters
    ----------
    rows : iterable of Parameter
        The rows, usually ``PARAMETERS.values()``.

    Returns
    -------
    dict
        Name to value.
    """
    return {row.name: row.value for row in rows}
