"""Modelled round trips between any places, through the measured corridors of the catalogue."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue.model import Catalogue, once_per_catalogue
from siting.errors import DataError, Fault
from siting.geo import distance_km
from siting.physics.latency import NEAREST_METROS, Near, corridor_ms, spread

__all__ = ["RoundTrips", "modelled_round_trips", "named_place", "round_trip_facts"]

_METROS, _PAIRS = "latency_metros.csv", "latency_pairs.csv"


@dataclass(frozen=True)
class RoundTrips:
    """Round trips of A places with B places.

    Parameters
    ----------
    rtt_ms, p10_ms, p90_ms : ndarray, shape (A, B)
        Estimate, and what one pair in ten is shorter and longer than. [ms]
    reach_km : ndarray, shape (A, B)
        Ways from both ends to the metros whose measured corridor was used; infinite where none
        was. [km]
    """

    rtt_ms: FloatArray
    p10_ms: FloatArray
    p90_ms: FloatArray
    reach_km: FloatArray

    def with_measured(self, table_ms: FloatArray) -> RoundTrips:
        """Measured round trips where there are any, else those of the model. [ms]."""
        known = np.isfinite(table_ms)
        parts = (self.rtt_ms, self.p10_ms, self.p90_ms)
        rtt, p10, p90 = (np.where(known, table_ms, part) for part in parts)
        return RoundTrips(rtt, p10, p90, self.reach_km)

    def at(self, percentile: str) -> FloatArray:
        """The p10, p50 or p90 of every pair. [ms]."""
        return {"p10": self.p10_ms, "p50": self.rtt_ms, "p90": self.p90_ms}[percentile]


def modelled_round_trips(
    catalogue: Catalogue, places_a: pd.DataFrame, places_b: pd.DataFrame
) -> RoundTrips:
    """Round trips between two sets of places.

    Parameters
    ----------
    catalogue : Catalogue
        With the measured corridors; without them distance alone counts.
    places_a, places_b : DataFrame
        ``lat`` and ``lon``. [degrees, WGS 84]
    """
    lat_a, lon_a = (places_a[k].to_numpy(dtype=float) for k in ("lat", "lon"))
    lat_b, lon_b = (places_b[k].to_numpy(dtype=float) for k in ("lat", "lon"))
    between = distance_km(lon_a[:, None], lat_a[:, None], lon_b[None, :], lat_b[None, :])
    metros, measured = _metros(catalogue), _measured(catalogue)
    near_a, near_b = _nearest(metros, lon_a, lat_a), _nearest(metros, lon_b, lat_b)
    rtt, reach = corridor_ms(between, near_a, near_b, measured.to_numpy(dtype=float))
    low, high = spread(between, reach)
    return RoundTrips(rtt, rtt * low, rtt * high, reach)


def named_place(catalogue: Catalogue, text: str, key: str) -> pd.DataFrame:
    """A place by its id or its coordinates, as a table of one row.

    Parameters
    ----------
    catalogue : Catalogue
        Candidate sites and demand regions.
    text : str
        Id of either, or ``lat,lon``. [degrees, WGS 84]
    key : str
        What the place is, for the words of an error.

    Returns
    -------
    DataFrame
        name, lat and lon.

    Raises
    ------
    siting.errors.DataError
        If no place has that id, or the coordinates are not on the Earth.
    """
    for table in (catalogue.candidates, catalogue.demand):
        if text in table.index:
            return pd.DataFrame(table.loc[[text], ["name", "lat", "lon"]])
    parts = text.split(",")
    if len(parts) == 2:
        try:
            lat, lon = float(parts[0]), float(parts[1])
        except ValueError:
            lat = lon = np.nan
        if abs(lat) <= 90.0 and abs(lon) <= 180.0:
            return pd.DataFrame({"name": [text], "lat": [lat], "lon": [lon]})
        remedy = "Give latitude,longitude in degrees, as in 65.58,22.15"
        raise DataError([Fault("siting rtt", None, key, f"{text!r} is not on the Earth", remedy)])
    known = [*map(str, catalogue.candidates.index), *map(str, catalogue.demand.index)]
    close = difflib.get_close_matches(text, known, n=1, cutoff=0.6)
    hint = f"Did you mean {close[0]}? " if close else ""
    remedy = f"{hint}Give an id of `siting sites`, of `siting sites --demand`, or lat,lon"
    raise DataError([Fault("siting rtt", None, key, f"no place is called {text!r}", remedy)])


@once_per_catalogue
def _metros(catalogue: Catalogue) -> pd.DataFrame:
    path = catalogue.folder / _METROS
    if not path.is_file():
        return pd.DataFrame(columns=["lat", "lon"], dtype=float)
    return pd.read_csv(path).set_index("metro")[["lat", "lon"]]


@once_per_catalogue
def _measured(catalogue: Catalogue) -> pd.DataFrame:
    """Round trips between metros, infinite where none was measured. [ms]."""
    metros = _metros(catalogue)
    matrix = np.full((len(metros), len(metros)), np.inf)
    if len(metros):
        pairs = pd.read_csv(catalogue.folder / _PAIRS)
        a, b = (pairs[k].to_numpy(dtype=int) for k in ("a", "b"))
        matrix[a, b] = matrix[b, a] = pairs["rtt_ms"].to_numpy(dtype=float)
    return pd.DataFrame(matrix)


def _nearest(metros: pd.DataFrame, lon: FloatArray, lat: FloatArray) -> Near:
    """The metros nearest to each place."""
    away = distance_km(
        lon[:, None],
        lat[:, None],
        metros["lon"].to_numpy(dtype=float)[None, :],
        metros["lat"].to_numpy(dtype=float)[None, :],
    )
    order = np.argsort(away, axis=1, kind="stable")[:, :NEAREST_METROS]
    return Near(order, np.take_along_axis(away, order, axis=1))


#: Ends within this of measured metros are those metros. [km]
_SAME_KM = 120.0


def round_trip_facts(catalogue: Catalogue, start: str, end: str) -> dict[str, object]:
    """Round trip between two places by id or coordinates, in plain values.

    Returns
    -------
    dict
        from, to, distance_km, rtt_ms, p10, p90 [ms] and label: *derived* between places that are
        measured metros, *modelled* through the corridors of others or by distance, *assumed*
        within one place.

    Raises
    ------
    siting.errors.DataError
        With every end that is no place.
    """
    places: list[pd.DataFrame] = []
    faults: list[Fault] = []
    for key, text in (("FROM", start), ("TO", end)):
        try:
            places.append(named_place(catalogue, text, key))
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(faults)
    a, b = places
    trips = modelled_round_trips(catalogue, a, b)
    km = float(distance_km(a["lon"], a["lat"], b["lon"], b["lat"])[0])
    label = "derived" if trips.reach_km[0, 0] <= _SAME_KM else "modelled"
    return {
        "from": str(a["name"].iloc[0]),
        "to": str(b["name"].iloc[0]),
        "distance_km": round(km, 1),
        "rtt_ms": round(float(trips.rtt_ms[0, 0]), 1),
        "p10": round(float(trips.p10_ms[0, 0]), 1),
        "p90": round(float(trips.p90_ms[0, 0]), 1),
        "label": "assumed" if km < 1.0 else label,
    }
