"""Uncertainty of an annual figure as each parameter moves to either end of its range.

Every parameter of a design, of the plant nested in it, of the electrical losses and of part load,
and the load itself are moved alone, first to the low and then to the high end of their tables. What
lowers the figure adds in quadrature below it, what raises it above. Nothing is fitted: the band is
what the tables say of themselves. Weather and water temperature stay as they are.

References
----------
.. [1] R. J. Moffat (1988), Describing the uncertainties in experimental results, Experimental
   Thermal and Fluid Science 1, 3-17: root-sum-square of one-at-a-time perturbations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Unpack, cast

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import FloatArray
from siting.physics import Facility, Inputs, equipment, facility, facility_all, plant
from siting.physics.designs import DESIGNS, Design
from siting.physics.parameters import PRACTICES, Parameter, table

__all__ = ["FIGURES", "OPERATION", "Band", "annual_band", "annual_figures", "extremes"]

FIGURES = ("pue", "wue_l_per_kwh")
"""Figures that have a band."""

OPERATION = table(
    Parameter("load", 1.0, 0.4, 1.0, "-", "how full halls are is seldom published"),
    Parameter(
        "min_dew_point_c", -12.0, -12.0, 5.5, "°C",
        "humidification floor: allowable since ASHRAE 2015, to recommended in 2008 and 2011, "
        "which halls of that time still keep",
    ),
)  # fmt: skip
"""Range of what a planner does not know of a building that stands."""


@dataclass(frozen=True)
class Band:
    """One annual figure and how far the ranges move it.

    Parameters
    ----------
    low, value, high : float
        Figure with the values of the tables, and the ends of its band, in its own unit.
    """

    low: float
    value: float
    high: float

    def holds(self, figure: float) -> bool:
        """Return whether a published figure lies in the band, ends included."""
        return self.low <= figure <= self.high


def annual_figures(
    design: Design | str, hours: ArrayLike, **inputs: Unpack[Inputs]
) -> dict[str, float]:
    """Annual PUE and WUE of one design at one place, weighted by IT energy.

    Parameters
    ----------
    design : Design or str
        Design, or its name in ``DESIGNS``.
    hours : array_like, shape (N,)
        Hours that each step stands for. [h]
    **inputs
        Weather and operation, see :class:`siting.physics.Inputs`, of shape (N,) or numbers.

    Returns
    -------
    dict of str to float
        ``pue`` [-] and ``wue_l_per_kwh`` [L/kWh].
    """
    chosen = DESIGNS[design] if isinstance(design, str) else design
    values = _means(chosen, _year(hours), inputs)
    return {name: float(value) for name, value in zip(FIGURES, values, strict=True)}


def annual_band(
    design: Design | str, hours: ArrayLike, **inputs: Unpack[Inputs]
) -> dict[str, Band]:
    """Annual PUE and WUE of one design at one place, each with its band.

    Parameters
    ----------
    design : Design or str
        Design, or its name in ``DESIGNS``.
    hours : array_like, shape (N,)
        Hours that each step stands for. [h]
    **inputs
        Weather and operation, see :class:`siting.physics.Inputs`, of shape (N,) or numbers.

    Returns
    -------
    dict of str to Band
        ``pue`` [-] and ``wue_l_per_kwh`` [L/kWh].

    Raises
    ------
    ValueError
        As :func:`siting.physics.facility` does.
    """
    chosen = DESIGNS[design] if isinstance(design, str) else design
    year = _year(hours)
    value = _means(chosen, year, inputs)
    moves = np.array([ends - value for ends in _moved(chosen, year, inputs)])
    down = np.sqrt((np.minimum(moves.min(axis=1), 0.0) ** 2).sum(axis=0))
    up = np.sqrt((np.maximum(moves.max(axis=1), 0.0) ** 2).sum(axis=0))
    floor = np.array([1.0, 0.0])  # no PUE below 1, no negative WUE
    low, high = np.maximum(value - down, floor), value + up
    ends = zip(FIGURES, low, value, high, strict=True)
    return {name: Band(float(a), float(b), float(c)) for name, a, b, c in ends}


def extremes(
    parameters: Any, tables: Sequence[Mapping[str, Parameter]]
) -> Iterator[tuple[Any, Any]]:
    """Variants of a parameter class with one number at the low and at the high end.

    Parameters
    ----------
    parameters : dataclass
        Parameters of a design, of any unit; classes of nested plant are inside.
    tables : sequence of mapping
        Its own table first, then that of the class nested in it, and so on; a class for which no
        table is left stays as it is.

    Yields
    ------
    tuple of two dataclasses
        The low and the high variant of one parameter.
    """
    if not tables:
        return
    for row in tables[0].values():
        yield (
            replace(parameters, **{row.name: row.low}),
            replace(parameters, **{row.name: row.high}),
        )
    for field in fields(parameters):
        inner = getattr(parameters, field.name)
        if is_dataclass(inner):
            for ends in extremes(inner, tables[1:]):
                low, high = (replace(parameters, **{field.name: end}) for end in ends)
                yield low, high


def _year(hours: ArrayLike) -> FloatArray:
    weight = np.asarray(hours, np.float64)
    return np.asarray(weight / weight.sum())


def _moved(design: Design, year: FloatArray, inputs: Inputs) -> Iterator[FloatArray]:
    """Figures at either end of each parameter, shape (2, figures)."""
    ends_of = list(extremes(design.parameters, design.tables))
    variants = [
        replace(design, name=f"{row}.{end}", parameters=parameters)
        for row, ends in enumerate(ends_of)
        for end, parameters in enumerate(ends)
    ]  # named apart, so that all of them share one psychrometric state of the air
    results = list(facility_all(variants, **inputs).values())
    yield from np.array([_figures(r, year) for r in results]).reshape(-1, 2, len(FIGURES))
    losses = inputs.get("electrical") or equipment.ElectricalParameters()
    for ends in extremes(losses, (equipment.ElectricalParameters.table(),)):
        yield np.array([_means(design, year, {**inputs, "electrical": e}) for e in ends])
    below = inputs.get("part_load") or plant.PartLoadParameters()
    for ends in extremes(below, (plant.PartLoadParameters.table(),)):
        yield np.array([_means(design, year, {**inputs, "part_load": e}) for e in ends])
    practice = inputs.get("practice")
    if practice is not None:
        spread = PRACTICES[practice]
        yield np.array(
            [
                _means(design, year, {**inputs, "practice_factor": x})
                for x in (spread.low, spread.high)
            ]
        )
    for name, row in OPERATION.items():
        moved = [cast(Inputs, {**inputs, name: end}) for end in (row.low, row.high)]
        yield np.array([_means(design, year, end) for end in moved])


def _means(design: Design, year: FloatArray, inputs: Inputs) -> FloatArray:
    """Annual means, weighted by IT energy, shape (figures,)."""
    return _figures(facility(design, **inputs), year)


def _figures(result: Facility, year: FloatArray) -> FloatArray:
    parts = [np.broadcast_to(getattr(result, name), year.shape) for name in FIGURES]
    return np.array([float(part @ year) for part in parts])
