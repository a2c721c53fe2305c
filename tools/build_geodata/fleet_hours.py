"""Hours of the output of wind and solar fleets, measured or modelled, by renewable zone.

All are brought to the hour in UTC that begins; levels are those of the source (MW or capacity
factor), so that only their shape means something. Fleets of other years, lands and models have no
clock in common: what is taken from them is taken by zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tools.build_geodata.places import iso2_of_iso3
from tools.build_geodata.supply_inputs import read_input

__all__ = ["Fleet", "fleets"]

_OPSD = "Open Power System Data, time series 2018-06-30 (ENTSO-E, TSOs), 2015-2017"
_REATLAS = "REatlas onshore wind 2015 (course data of DTU 46770)"
_NUTS = "ERA-NUTS 2015-2018, radiation by country (zenodo 2650191)"
_EIA = "EIA-930 by balancing area 2022 and 2019 (via dc-rl and IM3-GO-WEST)"
_ISNE = "ISO New England 2019 (via GODEEEP)"
_AEMO = "AEMO availability by state 2025 (via pypsa-ppa-nem)"
_ESKOM = "Eskom data portal 2019-2021 (via pypsa-rsa)"
_ERA5 = "ERA5 2020 by Chinese province, as in PyPSA-China"
#: Hours that a series of EIA is stamped late; the others end the hour.
_LATE = {"PJM": 0}
#: Standard time of the areas whose hours have the local clock.
_CLOCK = {"PSCO": -7, "PACE": -7, "NEVP": -8, "IPCO": -7, "NWMT": -7, "PNM": -7}
#: Most hours of a series that may be missing. [-]
_HOLES = 0.02


@dataclass(frozen=True)
class Fleet:
    """Output of the fleet of a zone.

    Parameters
    ----------
    zone, technology : str
        Renewable zone of the catalogue; ``wind`` or ``solar``.
    hours : pandas.Series
        Output over the hour in UTC that begins, whole years without holes; any unit.
    lon : float
        Longitude whose sun cuts the days. [degrees]
    label, source : str
        ``measured`` or ``modelled``, and where from.
    """

    zone: str
    technology: str
    hours: pd.Series
    lon: float
    label: str
    source: str


def fleets(sources: Path) -> dict[tuple[str, str], Fleet]:
    """Find one fleet for each zone and technology that has any.

    Parameters
    ----------
    sources : pathlib.Path
        Folder of the raw sources.

    Returns
    -------
    dict of (zone, technology) to Fleet
        Measured ones before modelled ones.
    """
    found: dict[tuple[str, str], Fleet] = {}
    folder = sources / "hourly_supply"
    iso3 = {two: three for three, two in iso2_of_iso3(sources).items()}
    for read in (_opsd, _reatlas, _nuts):
        for fleet in read(folder, iso3):
            found.setdefault((fleet.zone, fleet.technology), fleet)
    for fleet in (*_america(folder), *_australia(folder), *_south_africa(folder), *_china(sources)):
        found.setdefault((fleet.zone, fleet.technology), fleet)
    return found


def _series(values: np.ndarray, start: str, late_h: int = 0) -> pd.Series:
    begin = pd.Timestamp(start) - pd.Timedelta(hours=late_h)
    return pd.Series(values.astype(float), pd.date_range(begin, periods=len(values), freq="h"))


def _whole_years(series: pd.Series) -> pd.Series | None:
    """The calendar years with few holes, which are bridged; None without one."""
    parts = [
        part.interpolate(limit_direction="both")
        for _, part in series.groupby(pd.DatetimeIndex(series.index).year)
        if len(part) >= 8760 and part.isna().mean() <= _HOLES and part.mean() > 0
    ]
    return pd.concat(parts) if parts else None


def _opsd(folder: Path, iso3: dict[str, str]) -> Iterator[Fleet]:
    with np.load(folder / "europe_actual_wind_solar_mw_2015_2017_opsd.npz") as raw:
        mw, names = raw["mw"], [str(name) for name in raw["series"]]
    for k, name in enumerate(names):
        country, technology = name.split("_")[:2]
        hours = _whole_years(_series(mw[:, k], "2015-01-01"))
        if hours is not None:
            yield Fleet(iso3[country], technology, hours, 10.0, "measured", _OPSD)


def _reatlas(folder: Path, _: dict[str, str]) -> Iterator[Fleet]:
    with np.load(folder / "europe_onshore_wind_cf_2015_reatlas.npz") as raw:
        for k, country in enumerate(raw["iso3"]):
            hours = _series(raw["cf"][:, k], "2015-01-01")
            yield Fleet(str(country), "wind", hours, 10.0, "modelled", _REATLAS)


def _nuts(folder: Path, iso3: dict[str, str]) -> Iterator[Fleet]:
    with np.load(folder / "europe_era5_nuts_ws100_ssrd_2015_2018.npz") as raw:
        for k, region in enumerate(raw["region"]):
            if len(str(region)) == 2:
                hours = _whole_years(_series(raw["ssrd_wm2"][:, k], "2015-01-01", late_h=1))
                assert hours is not None, region
                yield Fleet(iso3[str(region)], "solar", hours, 10.0, "modelled", _NUTS)


def _america(folder: Path) -> Iterator[Fleet]:
    areas = _eia_2022(folder) | _eia_2019(folder) | _new_england(folder)
    for row in read_input("us_fleet_areas").to_dict("records"):
        for technology in ("wind", "solar"):
            area = areas.get((row[technology], technology))
            if area is not None:
                hours, lon, source = area
                yield Fleet(row["zone"], technology, hours, lon, "modelled", source)


_Area = tuple[pd.Series, float, str]


def _eia_2022(folder: Path) -> dict[tuple[str, str], _Area]:
    found = {}
    with np.load(folder / "us_ba_wind_solar_mw_2022_eia930.npz") as raw:
        for k, area in enumerate(raw["ba"]):
            for technology in ("wind", "solar"):
                values = raw[f"{technology}_mw"][:, k]
                if values.mean() > 1.0:
                    hours = _series(values, "2022-01-01", _LATE.get(str(area), 1))
                    found[str(area), technology] = (hours, -95.0, _EIA)
    return found


def _eia_2019(folder: Path) -> dict[tuple[str, str], _Area]:
    found = {}
    with np.load(folder / "us_wecc_28ba_wind_solar_mw_2019_eia930.npz") as raw:
        for k, area in enumerate(raw["ba"]):
            for technology in ("wind", "solar"):
                values = raw[f"{technology}_mw"][:, k]
                if str(area) in _CLOCK and values.mean() > 1.0:
                    hours = _series(values, "2019-01-01", _CLOCK[str(area)])
                    found[str(area), technology] = (hours, -112.0, _EIA)
    return found


def _new_england(folder: Path) -> dict[tuple[str, str], _Area]:
    with np.load(folder / "us_isone_wind_solar_mw_2019.npz") as raw:
        return {
            ("ISNE", technology): (_series(raw[f"{technology}_mw"], "2019-01-01", -4), -71.0, _ISNE)
            for technology in ("wind", "solar")
        }


def _australia(folder: Path) -> Iterator[Fleet]:
    """The mean of the states: the catalogue has one zone."""
    with np.load(folder / "australia_nem_region_cf_2025.npz") as raw:
        names = [str(name) for name in raw["series"]]
        for technology in ("wind", "solar"):
            own = [k for k, name in enumerate(names) if name.endswith(technology.title())]
            hours = _series(raw["cf"][:, own].mean(axis=1), "2025-01-01", 10)
            yield Fleet("AUS", technology, hours, 147.0, "measured", _AEMO)


def _south_africa(folder: Path) -> Iterator[Fleet]:
    with np.load(folder / "south_africa_cf_2019_2021_eskom_DERIVED_ONLY.npz") as raw:
        for k, technology in enumerate(("wind", "solar")):
            hours = _series(raw["cf"][:, k], "2019-01-01", 2).interpolate()
            yield Fleet("ZAF", technology, hours, 24.0, "measured", _ESKOM)


def _china(sources: Path) -> Iterator[Fleet]:
    """Provinces, in Beijing time and ending the hour."""
    zones = read_input("china_hours").set_index("province")["zone"]
    with np.load(sources / "renewables" / "china_province_cf_hourly_2020.npz") as raw:
        for k, province in enumerate(raw["provinces"]):
            for technology, name in (("wind", "onwind"), ("solar", "solar")):
                zone = zones.get(str(province))
                if zone is not None:
                    hours = _series(raw[name][:, k], "2020-01-01", 9)
                    yield Fleet(str(zone), technology, hours, 115.0, "modelled", _ERA5)
