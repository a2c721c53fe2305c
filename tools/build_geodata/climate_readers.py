"""Readers of the hourly data sets; what is wrong with one is put right here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue.climate import dew_point_of_humidity, standard_pressure
from siting.catalogue.stations import DAYS_IN_MONTH
from tools.build_geodata.climate_collections import read_collections, read_ireland
from tools.build_geodata.climate_series import StationSeries, series

__all__ = ["read_all"]

#: Spikes of 56 to 65 °C in their dry bulb (found by the maxima of the index table).
BAD_TMY3 = {
    "AK-Hydaburg.tmy3",
    "IA-Carroll.tmy3",
    "IA-Le_Mars.tmy3",
    "IA-Webster_City.tmy3",
    "MN-Winona.tmy3",
}

#: A header whose height contradicts its own pressure by more than this is 1,000 m for want of one
#: (Rock Springs, Moab): the height is then that of the pressure. [m]
_CONTRADICTION_M = 300.0

#: 43 °C and -9 °C on an island whose months run from 8 to 27 °C.
BAD_EPW = {"GRC_TC_Skiathos-Papadiamantis.Intl.AP.166653_TMYx.epw"}

#: "Climate normals" files hold smoothed hours without weather: no extremes.
SMOOTHED = "Climate-Normals"

#: Fixed offset of each Open-Meteo series [h]. The series keep one offset all year: the phase of
#: the diurnal cycle does not jump where summer time begins. Which offset it is follows from the
#: phase in solar time (13.2 to 15.0 h with these, 15.3 h and later with standard time).
OPEN_METEO_OFFSET = {
    "AU-NSW": 11.0,
    "AU-VIC": 11.0,
    "BR-SP": -3.0,
    "CA-ON": -4.0,
    "CL-SIC": -3.0,
    "DE-LU": 1.0,
    "GB": 0.0,
    "IN-WE": 5.5,
    "JP-TK": 9.0,
    "KR": 9.0,
    "SG": 8.0,
    "US-CAL-CISO": -7.0,
    "US-MIDA-PJM": -4.0,
    "US-NY-NYIS": -4.0,
    "US-TEX-ERCO": -5.0,
    "ZA": 2.0,
}
OPEN_METEO_NAME = {
    "AU-NSW": ("Sydney", "AUS"),
    "AU-VIC": ("Melbourne", "AUS"),
    "BR-SP": ("Sao Paulo", "BRA"),
    "CA-ON": ("Toronto", "CAN"),
    "CL-SIC": ("Santiago", "CHL"),
    "DE-LU": ("Frankfurt", "DEU"),
    "GB": ("London", "GBR"),
    "IN-WE": ("Mumbai", "IND"),
    "JP-TK": ("Tokyo", "JPN"),
    "KR": ("Seoul", "KOR"),
    "SG": ("Singapore", "SGP"),
    "US-CAL-CISO": ("San Jose", "USA"),
    "US-MIDA-PJM": ("Philadelphia", "USA"),
    "US-NY-NYIS": ("New York", "USA"),
    "US-TEX-ERCO": ("Dallas", "USA"),
    "ZA": ("Johannesburg", "ZAF"),
}
ONEBUILDING = "derived statistics only; climate.onebuilding.org states no licence"


def _rows(index: pd.DataFrame) -> Iterator[SimpleNamespace]:
    """Rows of an index table, their cells as attributes."""
    return (
        SimpleNamespace(**{str(k): v for k, v in row.items()}) for row in index.to_dict("records")
    )


def _year_months() -> npt.NDArray[np.int64]:
    return np.repeat(np.arange(1, 13), DAYS_IN_MONTH)


def _tmy3(root: Path) -> Iterator[StationSeries]:
    index = pd.read_csv(root / "us_tmy3" / "index.csv")
    arrays = np.load(root / "us_tmy3" / "us_tmy3_hourly.npz")
    dry, dew, pressure = (arrays[k] for k in ("t_db_x10", "t_dp_x10", "p_hPa"))
    for i, row in enumerate(_rows(index)):
        if row.file in BAD_TMY3:
            continue
        mean_pa = float(pressure[i].mean()) * 100.0
        yield series(
            dry[i] / 10.0,
            dew[i] / 10.0,
            _year_months(),
            id=f"tmy3_{row.usaf}",
            name=f"{str(row.name).title()}, {row.state}",
            country="USA",
            dataset="NREL TMY3",
            licence="free with attribution to NREL and DOE",
            period="1976-2005",
            kind="station",
            first_year=1976,
            lat=row.lat,
            lon=row.lon,
            elevation_m=_height(float(row.elev_m), mean_pa),
            tz=row.tz,
            pressure_pa=mean_pa,
        )


def _height(stated_m: float, pressure_pa: float) -> float:
    """Height of a station as stated, or as its pressure tells where the two contradict [m]."""
    told_m = float(standard_height(pressure_pa))
    return stated_m if abs(told_m - stated_m) <= _CONTRADICTION_M else round(told_m)


def _cswd(root: Path) -> Iterator[StationSeries]:
    index = pd.read_csv(root / "china_cswd" / "index.csv")
    arrays = np.load(root / "china_cswd" / "china_cswd_hourly.npz")
    dry, dew, pressure = (arrays[k] for k in ("t_db_x10", "t_dp_x10", "p_hPa"))
    for i, row in enumerate(_rows(index)):
        yield series(
            dry[i] / 10.0,
            dew[i] / 10.0,
            _year_months(),
            id=f"cswd_{row.wmo}",
            name=f"{row.city}, {row.state}",
            country="CHN",
            dataset="CSWD",
            licence="derived statistics only; no licence stated",
            period="1971-2003",
            kind="station",
            first_year=1971,
            lat=row.lat,
            lon=row.lon,
            elevation_m=row.elev_m,
            tz=row.tz,
            pressure_pa=float(pressure[i].mean()) * 100.0,
        )


def _month_years(comment: str) -> list[int]:
    """Years that a typical year names for its months (``Jan=2013; Feb=1960; ...``)."""
    return [int(year) for year in re.findall(r"[A-Z][a-z]{2}=(\d{4})", comment)]


def _tmyx(root: Path) -> Iterator[StationSeries]:
    index = pd.read_csv(root / "fill" / "tmyx_index.csv")
    arrays = np.load(root / "fill" / "tmyx_hourly.npz")
    dry, dew, pressure = (arrays[k] for k in ("t_db_x10", "t_dp_x10", "p_hPa"))
    for i, row in enumerate(_rows(index)):
        years = _month_years(row.comment)
        yield series(
            dry[i] / 10.0,
            dew[i] / 10.0,
            _year_months(),
            id=f"tmyx_{int(row.wmo):06d}",
            name=str(row.name).replace(".", " "),
            country=row.country,
            dataset="TMYx",
            licence=ONEBUILDING,
            period=f"{min(years)}-{max(years)}",
            kind="station",
            first_year=min(years),
            lat=row.lat,
            lon=row.lon,
            elevation_m=row.elev,
            tz=row.tz,
            pressure_pa=float(pressure[i].mean()) * 100.0,
        )


_KIND = {"ECMWF/ERA": "reanalysis", "INETI": "synthetic", "SWEC": "synthetic"}


def _epw_licence(row: SimpleNamespace) -> str:
    file, data = str(row.file), str(row.dataset)
    if "CWEC" in file:
        return "Open Government Licence - Canada"
    if "TMYx" in data:
        return ONEBUILDING
    if data == "TMY3":
        return "free with attribution to NREL and DOE"
    return (
        "PVGIS, free with attribution to the EU JRC"
        if data == "ECMWF/ERA"
        else ("derived statistics only; no licence stated")
    )


def _other_epw(root: Path) -> Iterator[StationSeries]:
    index = pd.read_csv(root / "other_epw" / "index.csv", keep_default_na=False)
    arrays = np.load(root / "other_epw" / "other_epw_hourly.npz")
    dry, dew, pressure = (arrays[k] for k in ("t_db_x10", "t_dp_x10", "p_hPa"))
    for i, row in enumerate(_rows(index)):
        if row.dataset == SMOOTHED or row.file in BAD_EPW:
            continue
        years = _month_years(row.comment) or [
            int(y) for y in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", row.file)
        ]
        pvgis = row.dataset == "ECMWF/ERA"
        yield series(
            dry[i] / 10.0,
            dew[i] / 10.0,
            _year_months(),
            id=f"epw_{re.sub('[^0-9]', '', str(row.wmo)) or 'pvgis_45_8'}_{i:02d}",
            name="PVGIS 45N 8E" if pvgis else str(row.city).replace(".", " "),
            country="ITA" if pvgis else row.country,
            dataset="TMYx" if "TMYx" in row.dataset else str(row.dataset),
            licence=_epw_licence(row),
            period=f"{min(years)}-{max(years)}" if years else "",
            kind=_KIND.get(row.dataset, "station"),
            first_year=min(years, default=0),
            lat=row.lat,
            lon=row.lon,
            elevation_m=row.elev_m,
            tz=row.tz,
            pressure_pa=float(pressure[i].mean()) * 100.0,
        )


def _open_meteo(root: Path) -> Iterator[StationSeries]:
    folder = root / "openmeteo_16cities_2020_2024"
    index = pd.read_csv(folder / "index.csv").drop_duplicates("zone").set_index("zone")
    arrays = np.load(folder / "openmeteo_hourly.npz")
    for zone, row in index.iterrows():
        days = pd.date_range("2020-01-01", "2024-12-31", freq="D")
        dry = np.concatenate([arrays[f"{zone}_{y}_t_x10"] for y in range(2020, 2025)]) / 10.0
        rh = np.concatenate([arrays[f"{zone}_{y}_rh"] for y in range(2020, 2025)]).astype(float)
        name, country = OPEN_METEO_NAME[str(zone)]
        yield series(
            dry,
            dew_point_of_humidity(dry, rh),
            days.month,
            id=f"openmeteo_{str(zone).lower()}",
            name=name,
            country=country,
            dataset="Open-Meteo archive",
            licence="CC BY 4.0",
            period="2020-2024",
            kind="reanalysis",
            first_year=2020,
            lat=row.lat,
            lon=row.lon,
            elevation_m=row.elev_m,
            tz=OPEN_METEO_OFFSET[str(zone)],
            pressure_pa=float(standard_pressure(row.elev_m)),
        )


def _whole_days(frame: pd.DataFrame) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64]]:
    """Days with 24 valid hours of columns ``dry`` and ``dew``, indexed by UTC time."""
    full = frame.resample("h").mean().dropna()
    date = pd.DatetimeIndex(full.index).floor("D")
    whole = pd.Series(1, index=full.index).groupby(date).transform("size").to_numpy() == 24
    days = full[whole]
    months = pd.DatetimeIndex(days.index[::24]).month.to_numpy(dtype=np.int64)
    return days["dry"].to_numpy(), days["dew"].to_numpy(), months


def _observed(root: Path) -> Iterator[StationSeries]:
    """Nordic stations with real hours, pooled over the years they have."""
    fill = root / "fill"
    sodankyla = pd.read_csv(fill / "sodankyla_hourly_201710_201904.csv.gz", index_col=0)
    sodankyla.index = pd.to_datetime(sodankyla.index)
    sodankyla["dry"] = sodankyla["temp"]
    sodankyla["dew"] = dew_point_of_humidity(
        sodankyla["temp"].to_numpy(), sodankyla["relhum"].to_numpy()
    )
    skien = pd.read_csv(fill / "skien_SN30305_SN30330_hourly_2014_2021.csv.gz", index_col=0)
    skien.index = pd.to_datetime(skien.index)
    skien["dry"] = skien["SN30330_air_temperature"]
    skien["dew"] = skien["SN30330_dew_point_temperature"]
    lyngby = pd.read_csv(fill / "dtu_lyngby_copenhagen_hourly.csv.gz", index_col=0)
    lyngby.index = pd.to_datetime(lyngby.index, utc=True).tz_localize(None)
    lyngby["dry"] = lyngby["air_temperature"]
    lyngby["dew"] = dew_point_of_humidity(
        lyngby["air_temperature"].to_numpy(), lyngby["relative_humidity"].to_numpy()
    )
    for id_, name, country, data, licence, period, lat, lon, z, frame in (
        ("fmi_sodankyla", "Sodankyla", "FIN", "FMI observations", "CC BY 4.0", "2017-2019",
         67.367, 26.629, 179.0, sodankyla),
        ("met_skien", "Skien SN30330", "NOR", "MET Norway observations", "CC BY 3.0",
         "2014-2021", 59.2, 9.6, 10.0, skien),
        ("dtu_lyngby", "Lyngby", "DNK", "DTU solar station", "freely available, no licence file",
         "2015-2025", 55.7907, 12.5251, 50.0, lyngby),
    ):  # fmt: skip
        dry, dew, months = _whole_days(frame[["dry", "dew"]])
        yield series(
            dry, dew, months, id=id_, name=name, country=country, dataset=data, licence=licence,
            period=period, kind="station", first_year=int(period[:4]), lat=lat, lon=lon,
            elevation_m=z, tz=0.0, pressure_pa=float(standard_pressure(z)),
        )  # fmt: skip


def read_all(root: Path) -> list[StationSeries]:
    """Every usable series.

    Parameters
    ----------
    root : pathlib.Path
        The ``climate`` folder of the raw sources.

    Returns
    -------
    list of StationSeries
        Order of the data sets, then of their index tables.
    """
    readers = (
        _tmy3, _cswd, _tmyx, _other_epw, _open_meteo, _observed, read_collections, read_ireland,
    )  # fmt: skip
    return [series for reader in readers for series in reader(root)]


def standard_height(pressure_pa: npt.ArrayLike) -> FloatArray:
    """Height at which the standard atmosphere has a pressure.

    The inverse of :func:`siting.catalogue.climate.standard_pressure` (ISO 2533:1975).

    Parameters
    ----------
    pressure_pa : array_like
        [Pa]

    Returns
    -------
    ndarray
        Same shape. [m]
    """
    share = np.asarray(pressure_pa, dtype=np.float64) / 101_325.0
    height: FloatArray = (1.0 - share ** (1.0 / 5.25588)) / 2.25577e-5
    return height
