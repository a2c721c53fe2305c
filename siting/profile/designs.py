"""Each cooling design at a place, or why it cannot stand there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from siting.catalogue import Catalogue, Weather
from siting.catalogue.geometry import distance_km
from siting.catalogue.water_bodies import water_temperature
from siting.physics import DESIGNS, Facility, facility

__all__ = ["NEAR_KM", "NUMBERS", "design_profile", "nearest_water"]

#: A place this near to a candidate with a lake or sea intake may use that water. [km]
NEAR_KM = 10.0

#: Figures of the year that every design has.
NUMBERS = ("pue", "pue_peak", "wue_l_per_kwh", "withdrawal_l_per_kwh", "free_cooling_hours")


def nearest_water(catalogue: Catalogue, place: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Nearest water body of each kind, at any distance; a candidate's own is at 0 km."""
    bodies = catalogue.water_bodies
    homes = catalogue.candidates.loc[list(bodies.index)]
    km = distance_km(place["lon"], place["lat"], homes["lon"], homes["lat"])
    km = np.where(homes.index == place["id"], 0.0, km)
    nearest: dict[str, dict[str, Any]] = {}
    for row in np.argsort(km, kind="stable"):
        kind, name = str(bodies["kind"].iloc[row]), str(bodies["name"].iloc[row])
        nearest.setdefault(
            kind,
            {
                "kind": kind,
                "name": name,
                "site": str(homes.index[row]),
                "distance_km": round(float(km[row]), 1),
                "label": str(bodies["label"].iloc[row]),
            },
        )
    return nearest


def design_profile(
    name: str, weather: Weather, catalogue: Catalogue, water: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """One design: its numbers, or why there are none.

    Parameters
    ----------
    name : str
        Name in ``siting.physics.DESIGNS``.
    weather : Weather
        Of one place.
    catalogue : Catalogue
        For the temperature of lakes and seas.
    water : mapping of str to mapping
        Nearest lake and sea, from `nearest_water`.
    """
    design = DESIGNS[name]
    near = [water[kind] for kind in sorted(design.needs) if kind in water]
    usable = [body for body in near if body["distance_km"] <= NEAR_KM]
    if design.needs and not usable:
        return _not_available(design.title, design.needs, near)
    given: dict[str, Any] = {}
    for body in usable[:1]:
        bodies = catalogue.water_bodies.loc[[body["site"]]]
        pipe_km = bodies["intake_distance_km"].to_numpy(dtype=float)[0]
        given["temp_water_c"] = water_temperature(bodies, [body["site"]], weather.month)
        given["intake_distance_km"] = pipe_km + body["distance_km"]
    result = facility(
        design,
        temp_dry_bulb_c=weather.temp_dry_bulb_c,
        temp_dew_point_c=weather.temp_dew_point_c,
        pressure_pa=weather.pressure_pa,
        **given,
    )
    return {"title": design.title, "available": True, "why_not": None, **_year(result, weather)}


def _not_available(
    title: str, needs: Iterable[str], near: list[Mapping[str, Any]]
) -> dict[str, Any]:
    why = f"needs a {' or '.join(sorted(needs))} within {NEAR_KM:g} km"
    if near:
        km = near[0]["distance_km"]
        why += f"; the nearest in the catalogue is {near[0]['name']}, {km:,.0f} km away"
    row = {"title": title, "available": False, "why_not": why}
    return {**row, **dict.fromkeys(NUMBERS), "months": []}


def _year(result: Facility, weather: Weather) -> dict[str, Any]:
    """Means of the year and of the months; peaks over all steps, design hours included."""
    shape = weather.temp_dry_bulb_c.shape
    pue, wue, drawn, free = (
        np.broadcast_to(np.asarray(values, dtype=float), shape)[0]
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
