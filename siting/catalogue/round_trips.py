"""Round trips that the planner has measured; they stand in place of the model, pair by pair.

A table (``.csv``) in one of two forms, told apart by its header:

- *pairs*: a column ``rtt_ms``, and for both ends either an id (``from``, ``to``) or coordinates
  (``from_lat``, ``from_lon``, ``to_lat``, ``to_lon``), which stand for the places within 50 km;
- *matrix*: ids of one end down the first column, of the other end along the header, round trips
  [ms] in the cells; an empty cell is a pair that was not measured.

A round trip is the same both ways, so either end may be the demand. What is measured more than
once takes the mean.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue.read_tables import read_rows
from siting.errors import DataError, Fault
from siting.geo import distance_km

__all__ = ["LIGHT_MS_PER_KM", "LONGEST_MS", "MATCH_KM", "measured_round_trips"]

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
    """Measured round trips between the demand regions and the sites of a study.

    Parameters
    ----------
    path : path
        Table of pairs or matrix, see the module.
    regions, sites : DataFrame
        The D regions and S sites: index id, ``lat`` and ``lon``. [°]
    known : collection of str
        Further ids that the table may name; they are not read.

    Returns
    -------
    ndarray, shape (D, S)
        NaN where nothing was measured. [ms]

    Raises
    ------
    siting.errors.DataError
        With all faults of the table, a round trip faster than light among them, and where none of
        its pairs belongs to the study.
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
    try:
        value = float(cell)
    except ValueError:
        return None
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
                close = difflib.get_close_matches(end, known, n=1, cutoff=0.6)
                hint = f"Did you mean {close[0]}? " if close else ""
                remedy = f"{hint}`siting sites` and `siting sites --demand` list the ids"
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
