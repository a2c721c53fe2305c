"""Wind and solar capacity factor by zone and month.

The annual level is what each country's plants really gave (IRENA); the shape over the months
comes from measured sun and wind of its weather stations, or, for wind where 10 m over land
misleads (Europe, monsoon and trade-wind countries), from measured fleets. Sun on
the horizontal is carried to a panel that faces the equator, since panels flatten the season at
high latitudes. Wind at 10 m is raised to the power 1.5, which is the slope of modelled
provincial output on station wind in China (log-log, 372 months, r = 0.55).
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point

from tools.build_geodata.common import SourceRow, write_csv
from tools.build_geodata.panel import panel_shape
from tools.build_geodata.supply_inputs import (
    DAYS_IN_MONTH,
    MONTHS,
    irena_capacity_factor,
    read_input,
)
from tools.build_geodata.us_states import GPPD, fleet_levels, nearest_state, state_stations

__all__ = ["build"]

_TABLE = "renewable_profiles.csv"
_IRENA = "IRENA electricity statistics 2015-2023, as in OSeMOSYS Global"
_STATIONS = "monthly sun and wind of 1,328 weather stations (NREL TMY3, CSWD, EPW)"
_ERA5 = "ERA5 2020 by Chinese province, as in PyPSA-China, and assumed hours of use"
_SEASONS = "assumed monthly output of wind where no fleet is measured"
_LEVELS = "annual capacity factors where the IRENA table is in error, published or assumed"
_FLEETS = {
    "opsd2015-17": "Open Power System Data, time series 2018-06-30 (ENTSO-E, TSOs), wind 2015-2017",
    "aemo2025": "AEMO availability of wind by state 2025 (via pypsa-ppa-nem)",
    "eskom2019-21": "Eskom data portal, wind 2019-2021 (via pypsa-rsa)",
}
_CLEAR_SKY = "height of the sun at the latitude of the country, no clouds"
_FLAT = "no season known: the same in every month"
_TECHNOLOGIES = {"wind": "Onshore wind energy", "solar": "Solar photovoltaic"}
#: Outside these the published capacity or generation cannot be right, and the row is left out.
_PLAUSIBLE = {"wind": (0.10, 0.60), "solar": (0.06, 0.32)}
_WIND_EXPONENT = 1.5
#: Stations this near to the middle of a country without its own may stand for it.
_REACH_KM = {"wind": 600.0, "solar": 800.0}
_EARTH_KM = 6371.0
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun",
                "jul", "aug", "sep", "oct", "nov", "dec")  # fmt: skip


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write ``renewable_profiles.csv``: zone, technology, month, capacity_factor."""
    countries = gpd.read_file(out / "countries.geojson")
    stations = _stations(sources, countries)
    frames = [*_chinese_provinces(sources)]
    for technology, name in _TECHNOLOGIES.items():
        low, high = _PLAUSIBLE[technology]
        annual = irena_capacity_factor(sources, name)
        typed = _typed_levels(sources, technology)
        annual = typed.combine_first(annual[annual.between(low, high)])
        fleets = _wind_fleets(sources) if technology == "wind" else {}
        for frame in _countries(technology, annual, stations, countries, fleets):
            ours = frame["zone"].isin(typed.index)
            frame.loc[ours, ["label", "source"]] = ["assumed", _LEVELS]
            frames.append(frame)
        frames += _american_states(technology, sources, stations)
    table = pd.concat(frames).sort_values(["zone", "technology", "month"])
    write_csv(table, out / _TABLE)
    return _provenance()


def _typed_levels(sources: Path, technology: str) -> pd.Series:
    """Annual capacity factor of countries whose published one cannot be right."""
    table = read_input("typed_levels")
    chosen = table[table["technology"] == technology]
    levels = chosen.set_index("zone")["capacity_factor"].astype(float)
    if technology == "wind":
        path = sources / "hourly_supply" / "south_africa_cf_2019_2021_eskom_DERIVED_ONLY.npz"
        with np.load(path) as raw:
            levels["ZAF"] = round(float(np.nanmean(raw["cf"][:, 0])), 3)
    return levels


def _stations(sources: Path, countries: gpd.GeoDataFrame) -> pd.DataFrame:
    """Position, country and the two monthly shapes (mean 1) of every station."""
    raw = pd.read_csv(sources / "renewables" / "station_ghi_wind.csv")
    table = raw[["lat", "lon"]].copy()
    table["iso3"] = _country(raw, countries)
    sun = raw[[f"ghi_{month}" for month in _MONTH_NAMES]].to_numpy(float)
    wind = raw[[f"wind_{month}" for month in _MONTH_NAMES]].to_numpy(float) ** _WIND_EXPONENT
    table["solar"] = list(panel_shape(sun, table["lat"].to_numpy(float)))
    table["wind"] = list(_unit(wind))
    return table


def _country(raw: pd.DataFrame, countries: gpd.GeoDataFrame) -> pd.Series:
    """Country code at the end of the station's name, else of the polygon it lies in or near."""
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(raw["lon"], raw["lat"]), index=raw.index, crs="EPSG:4326"
    )
    near = gpd.sjoin_nearest(
        points.to_crs("EPSG:8857"), countries[["iso3", "geometry"]].to_crs("EPSG:8857")
    )
    nearest = near[~near.index.duplicated()]["iso3"]
    named = raw["name"].str.extract(r"\s([A-Z]{3})$", expand=False)
    return named.where(named.isin(countries["iso3"]), nearest)


def _unit(monthly: np.ndarray) -> np.ndarray:
    """Each row over its mean over the days of the year."""
    mean = monthly @ DAYS_IN_MONTH / DAYS_IN_MONTH.sum()
    return np.asarray(monthly / mean[:, None])


def _frame(zone: str, technology: str, month: np.ndarray, label: str, source: str) -> pd.DataFrame:
    frame = pd.DataFrame({"zone": zone, "technology": technology, "month": MONTHS})
    return frame.assign(capacity_factor=month, label=label, source=source)


def _countries(
    technology: str,
    annual: pd.Series,
    stations: pd.DataFrame,
    countries: gpd.GeoDataFrame,
    fleets: dict[str, tuple[np.ndarray, str, str]],
) -> list[pd.DataFrame]:
    """One block of twelve rows for every country with a plausible annual capacity factor."""
    usable = stations[[not np.isnan(shape).any() for shape in stations[technology]]]
    middle = countries.set_index("iso3").geometry.representative_point()
    frames = []
    for country, level in annual.items():
        if country in fleets:
            shape, label, source = fleets[str(country)]
        else:
            point = middle.get(country)
            shape, label, source = _season(str(country), technology, usable, point)
        frames.append(_frame(str(country), technology, level * shape, label, source))
    return frames


def _season(
    country: str, technology: str, stations: pd.DataFrame, middle: Point | None
) -> tuple[np.ndarray, str, str]:
    """Shape of the year (mean 1), its label and its source."""
    own = stations[stations["iso3"] == country]
    if len(own):
        return np.vstack(own[technology].tolist()).mean(axis=0), "derived", _STATIONS
    if middle is not None:
        near = _nearby(stations, middle.y, middle.x, _REACH_KM[technology])
        if len(near):
            return np.vstack(near[technology].tolist()).mean(axis=0), "modelled", _STATIONS
        if technology == "solar":
            return panel_shape(None, np.array([middle.y]))[0], "modelled", _CLEAR_SKY
    return np.ones(12), "modelled", _FLAT


def _wind_fleets(sources: Path) -> dict[str, tuple[np.ndarray, str, str]]:
    """Shape (mean 1), label and source of wind by country where stations at 10 m mislead.

    Months of measured fleets, the country's own or a neighbour's; else assumed ones.
    """
    table = read_input("wind_seasons")
    shapes = _unit(table[[f"m{month}" for month in MONTHS]].to_numpy(float))
    pairs = zip(table["zones"].str.split(), shapes, strict=True)
    found = {zone: (shape, "assumed", _SEASONS) for zones, shape in pairs for zone in zones}
    daily = pd.read_csv(sources / "hourly_supply" / "daytype_ratios_by_zone_month.csv")
    wind = daily[daily["tech"] == "wind_onshore"].set_index(["source", "zone", "month"])
    measured = wind["month_rel_year"].unstack("month")
    for row in read_input("wind_fleets").to_dict("records"):
        months = measured.loc[[(row["source"], fleet) for fleet in row["fleets"].split()]]
        shape = _unit(months.to_numpy(float)).mean(axis=0)
        found[row["zone"]] = shape, row["label"], _FLEETS[row["source"]]
    return found


def _nearby(stations: pd.DataFrame, lat: float, lon: float, reach_km: float) -> pd.DataFrame:
    """Stations within reach, by great circle."""
    phi, lam = np.deg2rad(stations["lat"]), np.deg2rad(stations["lon"])
    at, on = np.deg2rad(lat), np.deg2rad(lon)
    chord = np.sin((phi - at) / 2) ** 2 + np.cos(phi) * np.cos(at) * np.sin((lam - on) / 2) ** 2
    near = 2 * _EARTH_KM * np.arcsin(np.sqrt(chord)) <= reach_km
    reached: pd.DataFrame = stations.loc[near]
    return reached


def _chinese_provinces(sources: Path) -> list[pd.DataFrame]:
    """Modelled months of 2020, scaled to the hours of use that provinces report."""
    path = sources / "renewables" / "china_province_cf_monthly_era5_2020.csv"
    raw = pd.read_csv(path).set_index(["tech", "province"])[[f"m{month}" for month in MONTHS]]
    frames = []
    for row in read_input("china_hours").to_dict("records"):
        for technology, tech in (("wind", "onwind"), ("solar", "solar")):
            shape = _unit(raw.loc[[(tech, row["province"])]].to_numpy(float))[0]
            month = row[f"{technology}_hours"] / 8760 * shape
            frames.append(_frame(row["zone"], technology, month, "assumed", _ERA5))
    return frames


def _american_states(technology: str, sources: Path, stations: pd.DataFrame) -> list[pd.DataFrame]:
    """Level of the state's plants on the months of its stations."""
    known = stations[[not np.isnan(shape).any() for shape in stations[technology]]]
    known = known[known["iso3"] == "USA"].reset_index(drop=True)
    of_state = nearest_state(state_stations(sources), known["lat"], known["lon"])
    frames = []
    for state, fleet in fleet_levels(sources, technology).iterrows():
        months = np.vstack(known.loc[of_state == state, technology].tolist()).mean(axis=0)
        zone, level = f"US-{state}", float(fleet["level"])
        frames.append(_frame(zone, technology, level * months, str(fleet["label"]), GPPD))
    return frames


def _provenance() -> list[SourceRow]:
    def row(origin: str, licence: str, year: str, method: str, label: str) -> SourceRow:
        return SourceRow(_TABLE, "capacity_factor", origin, licence, year, "-", method, label)

    return [
        row(_IRENA, "free with attribution", "2017-2022",
            "annual level of every country; wind outside 0.10-0.60 and solar outside 0.06-0.32 "
            "are left out as errors of capacity", "derived"),
        row(_STATIONS, "public and derived statistics", "typical years",
            "monthly shape: sun on a tilted panel, wind at 10 m to the power 1.5; stations of the "
            "country (derived) or within 600 and 800 km (modelled)", "derived|modelled"),
        *(
            row(origin, licence, year,
                "monthly shape of the own fleet (derived) or of a neighbour's (modelled)", label)
            for origin, licence, year, label in (
                (_FLEETS["opsd2015-17"], "attribution", "2015-2017", "derived|modelled"),
                (_FLEETS["aemo2025"], "AEMO, attribution", "2025", "derived"),
                (_FLEETS["eskom2019-21"], "derived statistics only", "2019-2021", "derived"),
            )
        ),
        row(_SEASONS, "facts", "-",
            "monthly shape of Canada, Japan, Korea, India, Sri Lanka and Brazil; range 0.75 to "
            "1.25 of each month", "assumed"),
        row(_LEVELS, "facts", "2013-2024",
            "annual level: South Africa from the hours of Eskom 2019-21, Iceland from Landsvirkjun "
            "(6.7 GWh a year of 1.8 MW; 0.40 to 0.44); Kenya (0.40 to 0.51), sun of Ireland, "
            "Colombia and Oman (within 0.03) assumed", "assumed"),
        row(_CLEAR_SKY, "MIT", "-", "countries without a station near", "modelled"),
        row(_FLAT, "MIT", "-", "wind of countries without a station near", "modelled"),
        row(GPPD, "CC BY 4.0", "2014-2019",
            "annual level of each American state, of its own plants (derived) or of those within "
            "500 km, for sun 1,000 km (modelled); monthly shape of the stations of the state",
            "derived|modelled"),
        row(_ERA5, "derived statistics, facts", "2020, 2020-2023",
            "monthly shape of the model year; level assumed, range 0.85 to 1.15 of it (over all "
            "provinces 8 % above IRENA for wind and 4 % for sun)", "assumed"),
    ]  # fmt: skip
