"""Height of each candidate above the sea: attribute elevation_m."""

from __future__ import annotations

import gzip
from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd
from scipy.interpolate import RegularGridInterpolator

from siting.geo import distance_km
from tools.build_geodata.common import ATTRIBUTES, SourceRow, attribute_rows, write_attributes
from tools.build_geodata.places import PLACE_LIST, read_places

__all__ = ["build"]

#: A station so near stands for the place in flat country as in valleys.
_STATION_KM = 15.0
_STATIONS = "Weather station index (climate.onebuilding.org by clima 2024, CSWD, NREL TMY3)"
_RELIEF = "ETOPO20 relief (NOAA, ferret-datasets 7.6)"


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write the attribute."""
    places = read_places(sources)
    typed = pd.to_numeric(places["elevation_m"])
    station = _nearest_station(places, _stations(sources))
    relief = _relief(places, sources).clip(lower=0.0)
    height = typed.fillna(station).fillna(relief).round()
    label = station.notna().map({True: "measured", False: "modelled"})
    label = label.mask(typed.notna(), "assumed")
    origin = label.map({"assumed": PLACE_LIST, "measured": _STATIONS, "modelled": _RELIEF})
    rows = attribute_rows(places["id"], "elevation_m", height, label, origin, 0)
    write_attributes(out, rows, ("elevation_m",))
    return _sources()


def _stations(sources: Path) -> pd.DataFrame:
    """Positions and heights of all known stations."""
    climate = sources / "climate"
    table = pd.concat(
        [
            _index(climate / "fill" / "onebuilding_design_temps.csv.gz", "elevation (m)"),
            _index(climate / "china_cswd" / "index.csv", "elev_m"),
            _index(climate / "us_tmy3" / "index.csv", "elev_m"),
        ],
        ignore_index=True,
    )
    return table.drop_duplicates(ignore_index=True)


def _index(path: Path, column: str) -> pd.DataFrame:
    table = pd.read_csv(path).rename(columns={column: "elevation_m"})
    columns = ("lat", "lon", "elevation_m")
    numbers = pd.DataFrame({name: pd.to_numeric(table[name], errors="coerce") for name in columns})
    return numbers[numbers["elevation_m"].between(-430.0, 5500.0)].dropna()


def _nearest_station(places: pd.DataFrame, stations: pd.DataFrame) -> pd.Series[float]:
    lon, lat = stations["lon"].to_numpy(), stations["lat"].to_numpy()
    height = stations["elevation_m"].to_numpy()
    found = []
    for x, y in zip(places["lon"], places["lat"], strict=True):
        near = np.flatnonzero(np.abs(lat - y) < _STATION_KM / 100.0)
        away = distance_km(x, y, lon[near], lat[near])
        within = away.size > 0 and away.min() <= _STATION_KM
        found.append(float(height[near[away.argmin()]]) if within else np.nan)
    return pd.Series(found)


def _relief(places: pd.DataFrame, sources: Path) -> pd.Series[float]:
    """Relief between the four cells around; the grid's longitudes run from 20 to 380."""
    raw = gzip.decompress((sources / "climate" / "grids" / "etopo20.cdf.gz").read_bytes())
    with netCDF4.Dataset("etopo20", memory=raw) as grid:
        names = list(grid.variables)
        field = next(name for name in names if grid.variables[name].ndim == 2)
        lat_name, lon_name = grid.variables[field].dimensions
        lat = np.asarray(grid.variables[lat_name][:], dtype=float)
        lon = np.asarray(grid.variables[lon_name][:], dtype=float)
        height = np.ma.filled(grid.variables[field][:].astype(float), np.nan)
    wrapped = np.concatenate([[lon[-1] - 360.0], lon, [lon[0] + 360.0]])
    height = np.concatenate([height[:, -1:], height, height[:, :1]], axis=1)
    at = RegularGridInterpolator((lat, wrapped), height)
    east = (places["lon"] - wrapped[1]) % 360.0 + wrapped[1]
    return pd.Series(at(np.column_stack([places["lat"], east])))


def _sources() -> list[SourceRow]:
    return [
        SourceRow(ATTRIBUTES, "elevation_m", _STATIONS, "MIT (index), public (TMY3)", "2024", "m",
                  f"height of the nearest weather station within {_STATION_KM:g} km", "measured"),
        SourceRow(ATTRIBUTES, "elevation_m", _RELIEF, "public domain", "1988", "m",
                  "bilinear between cells of 20 minutes, not below 0; off by hundreds of metres "
                  "in narrow valleys", "modelled"),
        SourceRow(ATTRIBUTES, "elevation_m", PLACE_LIST, "MIT (this project)", "2025", "m",
                  "typed for places between mountains, whose nearest station or relief cell is "
                  "high above them", "assumed"),
    ]  # fmt: skip
