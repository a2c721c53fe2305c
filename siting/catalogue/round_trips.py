"""Round-trip times of the network: modelled through measured corridors, or given by the planner.

What the planner has measured stands in place of the model, pair by pair. Its table (``.csv``) has
one of two forms, told apart by the header:

- *pairs*: a column ``rtt_ms``, and for both ends either an id (``from``, ``to``) or coordinates
  (``from_lat``, ``from_lon``, ``to_lat``, ``to_lon``), which stand for the places within 50 km;
- *matrix*: ids of one end down the first column, of the other end along the header, round trips
  [ms] in the cells; an empty cell is a pair that was not measured.

A round trip is the same both ways, so either end may be the demand. What is measured more than
once takes the mean.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue import Catalogue, once_per_catalogue
from siting.catalogue.read_tables import read_rows
from siting.config.base import hinted
from siting.errors import DataError, Fault, gather
from siting.files import read_folder_table
from siting.files.spreadsheets import is_number
from siting.geo import distance_km, sphere_km
from siting.physics.latency import NEAREST_METROS, Near, corridor_ms, spread

__all__ = [
    "RoundTrips",
    "measured_round_trips",
    "modelled_round_trips",
    "named_place",
    "round_trip_facts",
]


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
    """Round trips between two sets of places, each with ``lat`` and ``lon`` [degrees, WGS 84].

    Without the measured corridors of the catalogue distance alone counts. Those of the last places
    are kept with the catalogue, for reading only.
    """
    name, both = "modelled_round_trips", (places_a, places_b)
    ends = [places[k].to_numpy(dtype=float) for places in both for k in ("lat", "lon")]
    read = (catalogue.folder, catalogue.sha256, *(end.tobytes() for end in ends))
    kept = catalogue.made.get(name)
    if kept is None or kept[0] != read:
        kept = catalogue.made[name] = read, _modelled(catalogue, *ends)
    found: RoundTrips = kept[1]
    return found


def _modelled(
    catalogue: Catalogue, lat_a: FloatArray, lon_a: FloatArray, lat_b: FloatArray, lon_b: FloatArray
) -> RoundTrips:
    """Round trips between two sets of places. [ms]."""
    between = distance_km(lon_a[:, None], lat_a[:, None], lon_b[None, :], lat_b[None, :])
    metros, measured = _metros(catalogue), _measured(catalogue)
    near_a, near_b = _nearest(metros, lon_a, lat_a), _nearest(metros, lon_b, lat_b)
    rtt, reach = corridor_ms(between, near_a, near_b, measured.to_numpy(dtype=float))
    low, high = spread(between, reach)
    found = RoundTrips(rtt, rtt * low, rtt * high, reach)
    for each in vars(found).values():
        each.flags.writeable = False
    return found


def named_place(catalogue: Catalogue, text: str, key: str) -> pd.DataFrame:
    """A place by its id or its coordinates, as a table of one row: name, lat and lon.

    The text is the id of a site or demand region, or ``lat,lon`` [degrees, WGS 84]; anything else
    is a `DataError`, which calls it by ``key``.
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
    ways = "Give an id of `siting sites`, of `siting sites --demand`, or lat,lon"
    remedy = hinted(text, known, ways)
    raise DataError([Fault("siting rtt", None, key, f"no place is called {text!r}", remedy)])


@once_per_catalogue
def _metros(catalogue: Catalogue) -> pd.DataFrame:
    path = catalogue.folder / _METROS
    if not path.is_file():
        return pd.DataFrame(columns=["lat", "lon"], dtype=float)
    return read_folder_table(path).set_index("metro")[["lat", "lon"]]


@once_per_catalogue
def _measured(catalogue: Catalogue) -> pd.DataFrame:
    """Round trips between metros, infinite where none was measured. [ms]."""
    metros = _metros(catalogue)
    matrix = np.full((len(metros), len(metros)), np.inf)
    if len(metros):
        pairs = read_folder_table(catalogue.folder / _PAIRS)
        a, b = (pairs[k].to_numpy(dtype=int) for k in ("a", "b"))
        matrix[a, b] = matrix[b, a] = pairs["rtt_ms"].to_numpy(dtype=float)
    return pd.DataFrame(matrix)


#: Twice what `sphere_km` may be off by, and a margin.
_SPHERE = 1.02


def _nearest(metros: pd.DataFrame, lon: FloatArray, lat: FloatArray) -> Near:
    """The metros nearest to each place; geodesics only to those the sphere does not rule out."""
    metro_lon, metro_lat = (metros[name].to_numpy(dtype=float) for name in ("lon", "lat"))
    rough = np.asarray(sphere_km(lon[:, None], lat[:, None], metro_lon, metro_lat))
    last = min(NEAREST_METROS, rough.shape[1]) - 1
    away = np.full(rough.shape, np.inf)
    if last >= 0:
        place, metro = np.nonzero(rough <= _SPHERE * np.sort(rough, axis=1)[:, [last]] + 1e-6)
        away[place, metro] = distance_km(lon[place], lat[place], metro_lon[metro], metro_lat[metro])
    order = np.argsort(away, axis=1, kind="stable")[:, :NEAREST_METROS]
    return Near(order, np.take_along_axis(away, order, axis=1))


#: Ends within this of measured metros are those metros. [km]
_SAME_KM = 120.0


def round_trip_facts(catalogue: Catalogue, start: str, end: str) -> dict[str, object]:
    """Round trip between two places by id or coordinates, in plain values.

    They are from, to, distance_km, rtt_ms, p10, p90 [ms] and label: *derived* between places that
    are measured metros, *modelled* through the corridors of others or by distance, *assumed* within
    one place. Every end that is no place is told in a `DataError`.
    """
    ends = (("FROM", start), ("TO", end))
    a, b = gather(*(partial(named_place, catalogue, text, key) for key, text in ends))
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


#: Coordinates of a measurement stand for a place this near; assumed. [km]
MATCH_KM = 50.0
#: There and back at the speed of light in vacuum, 299,792.458 km/s. [ms/km]
LIGHT_MS_PER_KM = 2.0e3 / 299_792.458
#: A longer round trip is taken for a slip of the unit; as ``max_rtt_ms`` allows. [ms]
LONGEST_MS = 2000.0

_ENDS = ("from", "to")


@dataclass(frozen=True)
class _Row:
    """One measurement: its line, both ends (an id, or latitude and longitude) and its cell."""

    line: int
    column: str
    ends: tuple[str | tuple[float, float], str | tuple[float, float]]
    cell: str


def measured_round_trips(
    path: Path | str, regions: pd.DataFrame, sites: pd.DataFrame, known: Collection[str] = ()
) -> FloatArray:
    """Measured round trips between the demand regions and the sites of a study, (D, S). [ms].

    NaN where nothing was measured. All faults of the table are a `DataError`, a round trip faster
    than light among them, and that none of its pairs belongs to the study.

    Parameters
    ----------
    path : path
        Table of pairs or matrix, see the module.
    regions, sites : DataFrame
        The D regions and S sites: index id, ``lat`` and ``lon``. [°]
    known : collection of str
        Further ids that the table may name; they are not read.
    """
    place = Path(path)
    rows, faults = _read(place)
    names = {*map(str, regions.index), *map(str, sites.index), *known}
    faults += _unknown_ends(place.name, rows, names)
    total, count = (np.zeros((len(regions), len(sites))) for _ in range(2))
    km = _distances(regions, sites)
    at_region, at_site = _Places(regions), _Places(sites)
    for row in rows:
        found = _number(row.cell)
        if found is None or not 0.0 < found <= LONGEST_MS:
            remedy = f"Give milliseconds above 0, at most {LONGEST_MS:g}; leave out what is unknown"
            problem = f"{row.cell!r} is not a round trip"
            faults.append(Fault(place.name, row.line, row.column, problem, remedy))
            continue
        pairs = {
            (d, s)
            for a, b in (row.ends, row.ends[::-1])
            for d in at_region.of(a)
            for s in at_site.of(b)
        }
        faults += _faster_than_light(place.name, row, found, [km[pair] for pair in pairs])
        for pair in pairs:
            total[pair] += found
            count[pair] += 1.0
    if not (faults or count.any()):
        problem = "no pair of a demand region and a site of the study is in the table"
        remedy = "Give ids (`siting sites`, `siting sites --demand`) or coordinates of both ends"
        faults.append(Fault(place.name, None, "", problem, remedy))
    if faults:
        raise DataError(sorted(faults, key=lambda fault: (fault.line or 0, fault.key)))
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


class _Places:
    """Rows of a table of places by id and by coordinates."""

    def __init__(self, table: pd.DataFrame) -> None:
        self._row = {str(name): i for i, name in enumerate(table.index)}
        self._lat, self._lon = (table[k].to_numpy(dtype=float) for k in ("lat", "lon"))

    def of(self, end: str | tuple[float, float]) -> list[int]:
        """Rows that an end of a measurement stands for."""
        if isinstance(end, str):
            return [self._row[end]] if end in self._row else []
        near = distance_km(*end[::-1], self._lon, self._lat) <= MATCH_KM
        return [int(i) for i in np.flatnonzero(near)]


def _distances(regions: pd.DataFrame, sites: pd.DataFrame) -> FloatArray:
    """Geodesic distances, shape (D, S) [km]."""
    lat, lon = ((regions[k].to_numpy(float)[:, None], sites[k].to_numpy(float)) for k in
                ("lat", "lon"))  # fmt: skip
    return distance_km(lon[0], lat[0], lon[1], lat[1])


def _read(path: Path) -> tuple[list[_Row], list[Fault]]:
    """Measurements of a table in either form, and what is wrong with its shape."""
    header, cells, rows = read_rows(path)
    lined = list(zip(rows.lines, cells, strict=True))
    return _pairs(path.name, header, lined) if "rtt_ms" in header else _matrix(header, lined)


def _pairs(
    where: str, header: list[str], rows: list[tuple[int, list[str]]]
) -> tuple[list[_Row], list[Fault]]:
    by_place = [name for end in _ENDS for name in (f"{end}_lat", f"{end}_lon")]
    ids = [name for name in _ENDS if name in header]
    wanted = list(_ENDS) if ids else by_place
    faults = [
        Fault(where, 1, name, "the column is not there",
              "Give from and to (ids), or from_lat, from_lon, to_lat and to_lon")
        for name in wanted if name not in header
    ]  # fmt: skip
    faults += [
        Fault(where, 1, name, "unknown column", f"A table of pairs has rtt_ms, {', '.join(wanted)}")
        for name in header
        if name not in {*wanted, "rtt_ms"}
    ]
    if faults:
        return [], faults
    column = {name: header.index(name) for name in (*wanted, "rtt_ms")}
    found: list[_Row] = []
    for line, row in rows:
        cells = {name: row[i] for name, i in column.items()}
        if ids:
            found.append(_Row(line, "rtt_ms", (cells["from"], cells["to"]), cells["rtt_ms"]))
            continue
        wrong = [name for name in by_place if not _on_earth(name, cells[name])]
        faults += [
            Fault(where, line, name, f"{cells[name]!r} is not on the Earth",
                  "Give degrees: -90..90, -180..180") for name in wrong
        ]  # fmt: skip
        if not wrong:
            y, x, v, u = (float(cells[name]) for name in by_place)
            found.append(_Row(line, "rtt_ms", ((y, x), (v, u)), cells["rtt_ms"]))
    return found, faults


def _matrix(header: list[str], rows: list[tuple[int, list[str]]]) -> tuple[list[_Row], list[Fault]]:
    found = [
        _Row(line, name, (row[0], name), cell)
        for line, row in rows
        for name, cell in zip(header[1:], row[1:], strict=True)
        if cell and row[0] != name
    ]
    return found, []


def _number(cell: str) -> float | None:
    value = float(cell) if is_number(cell) else np.nan
    return value if np.isfinite(value) else None


def _on_earth(name: str, cell: str) -> bool:
    value = _number(cell)
    return value is not None and abs(value) <= (90.0 if name.endswith("lat") else 180.0)


def _unknown_ends(where: str, rows: list[_Row], known: set[str]) -> list[Fault]:
    """A fault for each id that neither the study nor the catalogue has, at its first line."""
    faults = {}
    for row in rows:
        for end in row.ends:
            if isinstance(end, str) and end not in known and end not in faults:
                listed = "`siting sites` and `siting sites --demand` list the ids"
                remedy = hinted(end, known, listed)
                line = row.line if end == row.ends[0] else None
                faults[end] = Fault(where, line, end, "is no site or demand region", remedy)
    return list(faults.values())


def _faster_than_light(where: str, row: _Row, rtt_ms: float, km: list[float]) -> list[Fault]:
    """A round trip below that of light in vacuum is in another unit or of another pair."""
    # Coordinates may miss each place by MATCH_KM.
    slack = 0.0 if isinstance(row.ends[0], str) else 2.0 * MATCH_KM
    farthest = max(km, default=0.0) - slack
    if rtt_ms >= LIGHT_MS_PER_KM * farthest:
        return []
    problem = f"{rtt_ms:g} ms for {farthest:,.0f} km is faster than light"
    return [Fault(where, row.line, row.column, problem, "Give the round trip in milliseconds")]
