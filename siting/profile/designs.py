"""Each cooling design at a place, or why it cannot stand there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from siting.catalogue import Catalogue, Weather
from siting.catalogue.layers import open_layers
from siting.catalogue.water_bodies import Shores, water_temperature
from siting.physics import DESIGNS, Facility, Inputs, facility
from siting.physics.uncertainty import annual_band

__all__ = ["NEAR_KM", "NUMBERS", "design_profile", "nearest_water"]

#: A place this near to the water of a candidate with an intake may draw from it. [km]
NEAR_KM: Mapping[str, float] = MappingProxyType({"lake": 10.0, "sea": 25.0})

#: Figures of the year that every design has; those with two ends have a band around them.
NUMBERS = (
    "pue",
    "pue_low",
    "pue_high",
    "pue_peak",
    "wue_l_per_kwh",
    "wue_low_l_per_kwh",
    "wue_high_l_per_kwh",
    "withdrawal_l_per_kwh",
    "free_cooling_hours",
)


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
