"""The place that is profiled: checked, found, and its weather read."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from siting.catalogue import Catalogue, Weather, WeatherLibrary
from siting.catalogue.layers import open_layers
from siting.catalogue.point_attributes import height_at
from siting.catalogue.weather_files import read_station, read_weather_file
from siting.errors import Fault

__all__ = ["Place", "Where", "find_place", "unknown", "where_faults"]


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
    """Where, and the weather there.

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
    swapped = lat is not None and lon is not None and abs(lat) > 90 >= abs(lon)
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

    Raises
    ------
    siting.errors.DataError
        If there is no weather for it, or its file cannot be read.
    """
    if where.epw is not None:
        weather, at = read_weather_file(where.epw), read_station(where.epw)
        facts = _facts(weather.place[0], weather.source[0], at.latitude, at.longitude,
                       at.elevation_m)  # fmt: skip
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
