"""Each cooling design at a place with the band of its figures, or why it cannot stand there.

For the band every parameter of a design, of the plant nested in it, of the electrical losses and of
part load, and the load itself are moved alone, first to the low and then to the high end of their
tables [1]_. What lowers the figure adds in quadrature below it, what raises it above. Nothing is
fitted: the band is what the tables say of themselves. Weather and water temperature stay.

References
----------
.. [1] R. J. Moffat (1988), Describing the uncertainties in experimental results, Experimental
   Thermal and Fluid Science 1, 3-17: root-sum-square of one-at-a-time perturbations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any, Unpack, cast

import numpy as np
from numpy.typing import ArrayLike

from siting.arrays import FloatArray
from siting.catalogue import Catalogue
from siting.catalogue.layers import Shores, open_layers, water_temperature
from siting.catalogue.weather_steps import Weather
from siting.physics import (
    DESIGNS,
    Facility,
    Inputs,
    air_of,
    facility,
    facility_all,
    plant,
)
from siting.physics.designs import Design
from siting.physics.parameters import PRACTICES, Parameter, table

__all__ = [
    "FIGURES",
    "NEAR_KM",
    "NUMBERS",
    "OPERATION",
    "Band",
    "annual_band",
    "annual_figures",
    "design_profile",
    "extremes",
    "nearest_water",
]


#: A place this near to the water of a candidate with an intake may draw from it. [km]
NEAR_KM: Mapping[str, float] = MappingProxyType({"lake": 10.0, "sea": 25.0})

#: Figures of the year that every design has; those with two ends have a band around them.
NUMBERS = (
    "pue", "pue_low", "pue_high", "pue_peak", "wue_l_per_kwh", "wue_low_l_per_kwh",
    "wue_high_l_per_kwh", "withdrawal_l_per_kwh", "free_cooling_hours",
)  # fmt: skip


def nearest_water(catalogue: Catalogue, place: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Nearest lake and sea, at any distance; a candidate draws from its own.

    The pipe of a place is that of the candidate whose water it is, longer by as much as the place
    lies farther from the shore; there is none where the water is too far.
    """
    bodies = catalogue.water_bodies
    homes = catalogue.candidates.loc[list(bodies.index), ["lat", "lon"]]
    shores = Shores(bodies, homes, open_layers(catalogue.folder))
    own = bodies["kind"].get(place["id"])
    nearest = {}
    for kind in NEAR_KM:
        where = place["lon"], place["lat"]
        site = str(place["id"]) if own == kind else shores.nearest(kind, *where)
        if site is not None:
            away = shores.distance_km(site, *where)
            longer = max(0.0, away - shores.distance_km(site, *shores.home(site)))
            nearest[kind] = _body(site, bodies.loc[site].to_dict(), away, longer)
    return nearest


def _body(site: str, fact: Mapping[Any, Any], away_km: float, longer_km: float) -> dict[str, Any]:
    is_near = away_km <= NEAR_KM[fact["kind"]]
    return {
        "kind": str(fact["kind"]),
        "name": str(fact["name"]),
        "site": site,
        "distance_km": round(away_km, 1),
        "pipe_km": round(float(fact["intake_distance_km"]) + longer_km, 1) if is_near else None,
        "label": str(fact["label"]),
        "source": str(fact["source"]),
    }


def design_profile(
    name: str,
    weather: Weather,
    catalogue: Catalogue,
    *,
    water: Mapping[str, Mapping[str, Any]],
    operation: Mapping[str, Any],
) -> dict[str, Any]:
    """One design by name: its numbers, or why there are none.

    Parameters
    ----------
    weather : Weather
        Of one place.
    catalogue : Catalogue
        For the temperature of lakes and seas.
    water : mapping of str to mapping
        Nearest lake and sea, from `nearest_water`.
    operation : mapping
        Keywords of :func:`siting.physics.facility`: how the halls are run.
    """
    design = DESIGNS[name]
    near = [water[kind] for kind in sorted(design.needs) if kind in water]
    usable = [body for body in near if body["pipe_km"] is not None]
    if design.needs and not usable:
        return _not_available(design.title, _needs(design.needs, near))
    inputs: Inputs = {
        "temp_dry_bulb_c": weather.temp_dry_bulb_c[0],
        "temp_dew_point_c": weather.temp_dew_point_c[0],
        "pressure_pa": np.broadcast_to(weather.pressure_pa, weather.temp_dry_bulb_c.shape)[0],
        **operation,  # type: ignore[typeddict-item]
    }
    for body in usable[:1]:
        bodies = catalogue.water_bodies.loc[[body["site"]]]
        water_c = water_temperature(bodies, [body["site"]], weather.month)[0]
        if not design.keeps_discharge(water_c).all():
            most = f"{water_c.max():.1f} °C"
            why = f"the water reaches {most}, too warm to be given back within the limit"
            return _not_available(design.title, why)
        inputs["temp_water_c"] = water_c
        inputs["intake_distance_km"] = body["pipe_km"]
    found = _year(facility(design, **inputs), weather) | _ends(name, weather, inputs)
    known = {"title": design.title, "available": True, "why_not": None, "label": "modelled"}
    sources = {row.source for table in design.tables for row in table.values()}
    return {
        **known,
        **{key: found[key] for key in (*NUMBERS, "months")},
        "sources": sorted(sources),
    }


def _ends(name: str, weather: Weather, inputs: Inputs) -> dict[str, float]:
    """Ends of the bands of the year."""
    bands = annual_band(name, weather.hours, **inputs)
    pue, wue = bands["pue"], bands["wue_l_per_kwh"]
    return {
        "pue_low": pue.low,
        "pue_high": pue.high,
        "wue_low_l_per_kwh": wue.low,
        "wue_high_l_per_kwh": wue.high,
    }


def _needs(needs: Iterable[str], near: list[Mapping[str, Any]]) -> str:
    """Sentence on the missing water body, and the nearest one."""
    kinds = sorted(needs)
    why = "needs a " + " or ".join(f"{kind} within {NEAR_KM[kind]:g} km" for kind in kinds)
    if near:
        km = near[0]["distance_km"]
        why += f"; the nearest in the catalogue is {near[0]['name']}, {km:,.0f} km away"
    return why


def _not_available(title: str, why: str) -> dict[str, Any]:
    row = {"title": title, "available": False, "why_not": why, "label": None}
    return {**row, **dict.fromkeys(NUMBERS), "months": [], "sources": []}


def _year(result: Facility, weather: Weather) -> dict[str, Any]:
    """Means of the year and of the months; peaks over all steps, design hours included."""
    shape = weather.hours.shape
    pue, wue, drawn, free = (
        np.broadcast_to(np.asarray(values, dtype=float), shape)
        for values in (
            result.pue,
            result.wue_l_per_kwh,
            result.withdrawal_l_per_kwh,
            result.is_free,
        )
    )
    year = weather.hours / weather.hours.sum()
    months = []
    for month in range(1, 13):
        hours = np.where(weather.month == month, weather.hours, 0.0)
        part = hours / hours.sum()
        months.append(
            {
                "month": month,
                "pue": float(pue @ part),
                "wue_l_per_kwh": float(wue @ part),
                "free_cooling_hours": float(free @ hours),
            }
        )
    return {
        "pue": float(pue @ year),
        "pue_peak": float(pue.max()),
        "wue_l_per_kwh": float(wue @ year),
        "withdrawal_l_per_kwh": float(drawn @ year),
        "free_cooling_hours": float(free @ weather.hours),
        "months": months,
    }


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
"""Range of what is unknown about an existing building."""


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
    """Annual ``pue`` [-] and ``wue_l_per_kwh`` [L/kWh] of a design at a place, by IT energy.

    ``hours`` are those that each of N steps stands for. [h] Inputs are weather and operation, see
    :class:`siting.physics.Inputs`, of shape (N,) or numbers.
    """
    chosen = DESIGNS[design] if isinstance(design, str) else design
    values = _means(chosen, _shares_of_year(hours), inputs)
    return {name: float(value) for name, value in zip(FIGURES, values, strict=True)}


def annual_band(
    design: Design | str, hours: ArrayLike, **inputs: Unpack[Inputs]
) -> dict[str, Band]:
    """Annual ``pue`` [-] and ``wue_l_per_kwh`` [L/kWh] of a design at a place, each with its band.

    Arguments are those of :func:`annual_figures`, errors those of :func:`siting.physics.facility`.
    """
    chosen = DESIGNS[design] if isinstance(design, str) else design
    year = _shares_of_year(hours)
    inputs["air"] = air_of(inputs)  # nothing that moves changes it
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
    """Variants of a parameter class with one number at the low and at the high end, as pairs.

    Classes of nested plant are inside. The first table is its own, then that of the class nested in
    it, and so on; a class for which no table is left stays as it is.
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


def _shares_of_year(hours: ArrayLike) -> FloatArray:
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
    losses = inputs.get("electrical") or plant.ElectricalParameters()
    for ends in extremes(losses, (plant.ElectricalParameters.table(),)):
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
