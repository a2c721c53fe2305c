"""PUE, WUE and free cooling of each cooling design at one place, month by month.

::

    site | lat, lon | weather file -> weather -> physics, design by design -> Profile
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from siting.catalogue import Catalogue, load_catalogue
from siting.catalogue.layers import open_layers
from siting.catalogue.point_attributes import height_at
from siting.catalogue.weather import WeatherLibrary
from siting.catalogue.weather_files import read_station, read_weather_file
from siting.catalogue.weather_steps import CLIMATE_YEARS, Weather, moved_weather
from siting.config import Halls
from siting.config.base import dotted
from siting.config.messages import explain
from siting.errors import Fault, StudyError
from siting.physics import DESIGNS
from siting.physics.psychrometrics import wet_bulb
from siting.profile.designs import NEAR_KM, design_profile, nearest_water

__all__ = [
    "MAX_WARMING_K",
    "NEAR_KM",
    "Place",
    "Profile",
    "Where",
    "find_place",
    "profile_place",
    "unknown",
    "where_faults",
]


@dataclass(frozen=True)
class Where:
    """The ways to name a place, of which one is used.

    Parameters
    ----------
    site : str or None
        Id of a candidate.
    lat, lon : float or None
        Any place. [°, WGS 84]
    epw : path or None
        Weather file, EPW or TMY3.
    """

    site: str | None
    lat: float | None
    lon: float | None
    epw: Path | str | None


@dataclass(frozen=True)
class Place:
    """Position of a place, and its weather.

    Parameters
    ----------
    facts : mapping
        id, name, lat, lon [°], elevation_m [m]; None where not known.
    weather : Weather
        Of one place.
    """

    facts: Mapping[str, Any]
    weather: Weather


def where_faults(where: Where, catalogue: Catalogue) -> list[Fault]:
    """A place must be given in exactly one way, be known, and lie on the Earth."""
    lat, lon = where.lat, where.lon
    remedy = "Give exactly one of site, lat with lon, or epw"
    ways = [where.site is not None, (lat, lon) != (None, None), where.epw is not None]
    faults = []
    if sum(ways) != 1:
        problem = "the place is given in more than one way" if any(ways) else "no place is given"
        faults.append(Fault("profile", None, "", problem, remedy))
    if (lat is None) != (lon is None):
        key, given = ("lon", "lat") if lon is None else ("lat", "lon")
        faults.append(Fault("profile", None, key, f"is missing beside {given}", remedy))
    if where.site is not None and where.site not in catalogue.candidates.index:
        ids = map(str, catalogue.candidates.index)
        faults.append(unknown("site", where.site, ids, "`siting sites` lists what there is"))
    return faults + _position_faults(lat, lon)


def _position_faults(lat: float | None, lon: float | None) -> list[Fault]:
    faults = []
    swapped = lat is not None and lon is not None and 180 >= abs(lat) > 90 >= abs(lon)
    for key, value, most in (("lat", lat, 90.0), ("lon", lon, 180.0)):
        if value is not None and not (math.isfinite(value) and abs(value) <= most):
            hint = f"; swapped? lat {lon:g}, lon {lat:g} is a place" if swapped else ""
            remedy = f"Give degrees from -{most:g} to {most:g}{hint}"
            faults.append(Fault("profile", None, key, f"{value:g} is not on the Earth", remedy))
    return faults


def unknown(key: str, name: str, known: Iterable[str], otherwise: str) -> Fault:
    """Fault of a name that is not known, with the one that was probably meant."""
    close = difflib.get_close_matches(str(name).lower(), list(known), n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]}? " if close else ""
    return Fault("profile", None, key, f"{name!r} is not known", hint + otherwise)


def find_place(where: Where, catalogue: Catalogue) -> Place:
    """Position and weather of a place that has no faults.

    Raises `DataError` if there is no weather for it, or its file cannot be read.
    """
    if where.epw is not None:
        weather, at = read_weather_file(where.epw), read_station(where.epw)
        height = None if math.isnan(at.elevation_m) else at.elevation_m
        facts = _facts(weather.place[0], weather.source[0], at.latitude, at.longitude,
                       height)  # fmt: skip
        return Place(facts, weather)
    library = WeatherLibrary.open(catalogue.folder)
    site, lat, lon = where.site, where.lat, where.lon
    if site is None:
        point = np.array([lat], dtype=float), np.array([lon], dtype=float)
        height = float(np.asarray(height_at(open_layers(catalogue.folder), *point[::-1])[0])[0])
        weather = library.places(["place"], *point, [height])
        name = f"{lat:g}, {lon:g}"
        return Place(_facts(None, name, lat, lon, height), weather)
    row = catalogue.candidates.loc[site]
    height = float(row.get("elevation_m", np.nan))
    weather = library.places([site], [row["lat"]], [row["lon"]], [height])
    known = None if math.isnan(height) else height
    return Place(_facts(site, str(row["name"]), row["lat"], row["lon"], known), weather)


def _facts(
    site: str | None, name: str, lat: Any, lon: Any, elevation_m: float | None
) -> dict[str, Any]:
    return {
        "id": site,
        "name": name,
        "lat": float(lat),
        "lon": float(lon),
        "elevation_m": elevation_m,
    }


#: Largest change of the dry bulb that is taken for a climate and not for a slip. [K]
MAX_WARMING_K = 10.0


@dataclass(frozen=True)
class Profile:
    """Energy and water of cooling at one place.

    Parameters
    ----------
    place : mapping
        id, name, lat, lon [°], elevation_m [m]; None where not known.
    climate : mapping
        source, label, distance_km to the station, year, warming_k, mean_dry_bulb_c,
        mean_dew_point_c, max_dry_bulb_c, max_wet_bulb_c, min_dry_bulb_c, steps.
    water : tuple of mapping
        Lake and sea that could cool there: kind, name, site (the candidate whose water it is),
        distance_km to the water, pipe_km to the intake, label, source.
    operation : mapping
        Keywords of :func:`siting.physics.facility`: how the halls are run.
    designs : mapping of str to mapping
        Each with title, available and why not, label, pue, pue_peak, wue_l_per_kwh,
        withdrawal_l_per_kwh, free_cooling_hours, the ends of the bands of PUE and WUE (see
        `siting.profile.designs`), the sources of its parameters, and months: twelve rows of
        month, pue, wue_l_per_kwh, free_cooling_hours. Numbers are None where a design is not
        available.
    """

    place: Mapping[str, Any]
    climate: Mapping[str, Any]
    water: tuple[Mapping[str, Any], ...]
    operation: Mapping[str, Any]
    designs: Mapping[str, Mapping[str, Any]]

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "place": dict(self.place),
            "climate": dict(self.climate),
            "water": [dict(body) for body in self.water],
            "operation": dict(self.operation),
            "designs": {name: dict(row) for name, row in self.designs.items()},
        }

    def rows(self) -> list[dict[str, Any]]:
        """One row a design and month of what is available here, with all digits."""
        return [
            {"design": name, **month}
            for name, row in self.designs.items()
            if row["available"]
            for month in row["months"]
        ]

    def tables(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Titles and rows for a terminal: the year by design, months, and what is not available.

        Rounded so that twelve months fit beside the names of the designs; `to_mapping` has all
        digits.
        """
        here = {name: row for name, row in self.designs.items() if row["available"]}
        away = [
            {"design": name, "not available": row["why_not"]}
            for name, row in self.designs.items()
            if not row["available"]
        ]
        found = [
            (self._title(), [{"design": name, **_annual(row)} for name, row in here.items()]),
            ("PUE - 1 by month [%]", _monthly(here, lambda m: round(100 * (m["pue"] - 1)))),
            ("WUE by month [L/kWh]", _monthly(here, lambda m: round(m["wue_l_per_kwh"], 1))),
            ("Free hours by month", _monthly(here, lambda m: round(m["free_cooling_hours"]))),
            ("Not available here", away),
        ]
        return [(title, rows) for title, rows in found if rows]

    def _title(self) -> str:
        name, climate = self.place["name"], self.climate
        return f"{name}: {climate['source']}, {climate['label']}, {climate['distance_km']:g} km"


def _annual(row: Mapping[str, Any]) -> dict[str, float | str]:
    """Figures of the year under short heads."""
    return {
        "PUE": round(row["pue"], 3),
        "band": f"{row['pue_low']:.2f}-{row['pue_high']:.2f}",
        "peak": round(row["pue_peak"], 3),
        "WUE L/kWh": round(row["wue_l_per_kwh"], 2),
        "drawn L/kWh": round(row["withdrawal_l_per_kwh"], 2),
        "free h": round(row["free_cooling_hours"], 0),
    }


def _monthly(
    designs: Mapping[str, Mapping[str, Any]], shown: Callable[[Mapping[str, Any]], float]
) -> list[dict[str, Any]]:
    """One row a design, one column a month."""
    return [
        {"design": name, **{str(m["month"]): shown(m) for m in row["months"]}}
        for name, row in designs.items()
    ]


def profile_place(
    *,
    catalogue: Catalogue | None = None,
    site: str | None = None,
    lat: float | None = None,
    lon: float | None = None,
    epw: Path | str | None = None,
    designs: Sequence[str] | None = None,
    year: str = "typical",
    warming_k: float | Sequence[float] = 0.0,
    practice: str = "best",
    inlet: str = "A1",
    min_dew_point_c: float | None = None,
    water_class: str = "W40",
    liquid_share: float | None = None,
    supply_air_c: float | None = None,
    load: float = 1.0,
) -> Profile:
    """Profile the cooling designs at a candidate, at any place on land, or in a weather file.

    Parameters
    ----------
    catalogue : Catalogue, optional
        The tables to read; the built-in ones by default.
    site : str, optional
        Id of a candidate.
    lat, lon : float, optional
        Any place. [°, WGS 84]
    epw : path, optional
        Weather file, EPW or TMY3.
    designs : sequence of str, optional
        Names from ``siting.physics.DESIGNS``; all by default.
    year : {"typical", "hot", "dry", "hot_dry"}
        Year of the weather, see `siting.catalogue.weather_steps`.
    warming_k : float or sequence of 12 float, default 0
        Rise of the dry bulb at constant relative humidity, for the year or by month. [K]
    practice : str, default "best"
        ``best`` for new hyperscale builds, ``typical`` for halls that stand, or ``legacy``.
    inlet : str, default "A1"
        ASHRAE class whose allowable envelope the inlet air keeps, or ``recommended``.
    min_dew_point_c : float, optional
        Humidification floor; that of the class by default. [°C]
    water_class : str, default "W40"
        ASHRAE class of the facility water of liquid-cooled IT.
    liquid_share : float, optional
        IT heat that cold plates take, 0.8 by default. [-]
    supply_air_c : float, optional
        Supply air of sealed halls; that of each design by default. [°C]
    load : float, default 1.0
        IT power over its rating, 0.01 to 1. [-]

    Raises
    ------
    siting.errors.StudyError
        If the place is not given in exactly one way, or a name is not known.
    siting.errors.DataError
        If there is no weather for the place, or the file cannot be read.
    """
    catalogue = catalogue or load_catalogue()
    chosen, where = tuple(designs or DESIGNS), Where(site, lat, lon, epw)
    known = f"Known are {', '.join(DESIGNS)}"
    faults = where_faults(where, catalogue)
    faults += [unknown("designs", name, DESIGNS, known) for name in chosen if name not in DESIGNS]
    if year not in CLIMATE_YEARS:
        faults.append(unknown("year", year, CLIMATE_YEARS, f"Known are {', '.join(CLIMATE_YEARS)}"))
    given = {
        "practice": practice,
        "inlet": inlet,
        "min_dew_point_c": min_dew_point_c,
        "water_class": water_class,
        "liquid_share": liquid_share,
        "supply_air_c": supply_air_c,
        "load": load,
    }
    operation, wrong = _operation(given)
    faults += _warming_faults(warming_k) + wrong
    if faults:
        raise StudyError(faults)
    place = find_place(where, catalogue)
    weather = moved_weather(place.weather, place.facts["lat"], year, warming_k)
    water = nearest_water(catalogue, place.facts)
    return Profile(
        place=place.facts,
        climate=_climate(weather, year, warming_k),
        water=tuple(b for b in water.values() if b["pipe_km"] is not None),
        operation=operation,
        designs={
            name: design_profile(name, weather, catalogue, water=water, operation=operation)
            for name in chosen
        },
    )


def _operation(given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """Operation of the halls, checked as the section ``halls`` of a study is."""
    try:
        return Halls.model_validate(given).inputs, []
    except ValidationError as error:
        issues = explain(error, dict(given), Halls)
        return {}, [Fault("profile", None, dotted(i.key), i.problem, i.remedy) for i in issues]


def _warming_faults(warming_k: float | Sequence[float]) -> list[Fault]:
    """One number or twelve, each a plausible change of climate."""
    values = np.atleast_1d(np.asarray(warming_k, dtype=np.float64))
    if values.size in {1, 12} and bool((np.abs(values) <= MAX_WARMING_K).all()):
        return []
    remedy = f"Give one number, or one a month, from -{MAX_WARMING_K:g} to {MAX_WARMING_K:g}"
    return [Fault("profile", None, "warming_k", f"is {warming_k}", remedy)]


def _climate(
    weather: Weather, year_name: str, warming_k: float | Sequence[float]
) -> dict[str, Any]:
    """Mean and extremes of the weather, and where it is from."""
    year = weather.hours / weather.hours.sum()
    dry, dew = weather.temp_dry_bulb_c[0], weather.temp_dew_point_c[0]
    return {
        "source": weather.source[0],
        "label": weather.label[0],
        "distance_km": round(float(weather.distance_km[0]), 1),
        "year": year_name,
        "warming_k": warming_k if isinstance(warming_k, int | float) else list(warming_k),
        "mean_dry_bulb_c": float(dry @ year),
        "mean_dew_point_c": float(dew @ year),
        "max_dry_bulb_c": float(dry.max()),
        "max_wet_bulb_c": float(np.max(wet_bulb(dry, dew, weather.pressure_pa[0]))),
        "min_dry_bulb_c": float(dry.min()),
        "steps": len(weather.hours),
    }
