"""Temperature at intake depth of the sea and of the lakes that could cool a data center.

Writes ``water_bodies.csv``, one row for every candidate of kind subsea or lake.

Sea: the monthly climatology of the World Ocean Atlas at the depth, where an ocean cell lies within
150 km; else the sea surface of COADS near the place plus what the atlas says the water loses
between surface and depth in the nearest cell that knows. Lakes: :mod:`.lake_model`, driven by the
ERA5 normals.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import netCDF4
import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue.climate import Normals
from siting.geo import sphere_km
from siting.physics.towers import lake_heat_limit_mw
from tools.build_geodata.common import SourceRow, write_csv
from tools.build_geodata.lake_model import Lakes, Settings, monthly_profiles

__all__ = ["build", "equilibrium_temperature"]

_INPUTS = Path(__file__).parent / "water_inputs"
_MONTHS = [f"m{month}" for month in range(1, 13)]
#: An ocean cell within this of a site speaks for it [km].
_NEAR_KM = 150.0
#: Equilibrium temperature = air + _OFFSET_K + _SOLAR * (half the sun at the top of the air) /
#: exchange. Set on Lough Feeagh's profile, 156 summer surfaces and 17 deep temperatures together.
_OFFSET_K, _SOLAR = -2.0, 0.5
_WOA = "World Ocean Atlas monthly temperature, 2° subset, NOAA (via ferret-datasets 7.6.0)"
_COADS = "COADS monthly sea surface climatology 1946-1989, NOAA (via ferret-datasets 7.6.0)"
_LAKE = (
    "one-dimensional lake model on ERA5 2 m temperature normals 2000-2025; "
    "morphometry from the global lake temperature collection (Sharma et al. 2015) or as noted"
)


@dataclass(frozen=True)
class Ocean:
    """A monthly field of the sea.

    Parameters
    ----------
    lat, lon : ndarray
        Middles of the cells. [°]
    depth_m : ndarray, shape (k,)
        Levels. [m]
    temp_c : ndarray, shape (12, k, rows, columns)
        NaN on land. [°C]
    """

    lat: FloatArray
    lon: FloatArray
    depth_m: FloatArray
    temp_c: FloatArray

    def nearest(self, lat: float, lon: float, depth_m: float) -> tuple[float, FloatArray]:
        """Find the nearest cell that reaches a depth.

        Returns
        -------
        km : float
            Distance. [km]
        profile : ndarray, shape (2, 12)
            Temperature at the surface and at the depth. [°C]
        """
        level = int(np.searchsorted(self.depth_m, depth_m))
        km = np.asarray(sphere_km(lon, lat, self.lon[None, :], self.lat[:, None]))
        known = np.isfinite(self.temp_c[:, : level + 1]).all(axis=(0, 1))
        row, column = np.unravel_index(np.where(known, km, np.inf).argmin(), km.shape)
        cell = self.temp_c[:, : level + 1, row, column]
        above_m: FloatArray = self.depth_m[: level + 1]
        months: list[FloatArray] = list(cell)
        at_depth = [float(np.interp(depth_m, above_m, month)) for month in months]
        return float(km[row, column]), np.array([cell[:, 0], at_depth])


def _field(path: Path, names: tuple[str, str, str, str]) -> Ocean:
    data = netCDF4.Dataset("memory", memory=gzip.decompress(path.read_bytes()))
    lat, lon, depth, name = names
    temp = np.ma.filled(data[name][:].astype(np.float64), np.nan)
    levels = np.asarray(data[depth][:], dtype=np.float64) if depth else np.zeros(1)
    if not depth:
        temp = temp[:, None]
    y, x = (np.asarray(data[k][:], dtype=np.float64) for k in (lat, lon))
    return Ocean(y, x, levels, temp)


def _sea_row(site: pd.Series, facts: pd.Series, atlas: Ocean, coads: Ocean) -> dict[str, object]:
    """One sea row: the atlas where it is near, else surface near by and difference from afar."""
    depth = float(facts["intake_depth_m"])
    km, (surface, at_depth) = atlas.nearest(site["lat"], site["lon"], depth)
    if km <= _NEAR_KM:
        temp, source, label = at_depth, _WOA, "derived"
        note = f"atlas cell {km:.0f} km away"
    else:
        near_km, (skin, _) = coads.nearest(site["lat"], site["lon"], 0.0)
        temp, source, label = skin + at_depth - surface, f"{_COADS}; {_WOA}", "modelled"
        note = (
            f"surface cell {near_km:.0f} km away, difference to depth from an atlas cell "
            f"{km:.0f} km away"
        )
    temp = np.maximum(temp, -1.9)
    extra = str(facts["note"])
    return {
        "site": site.name,
        "kind": "sea",
        "name": facts["name"],
        "intake_depth_m": depth,
        "intake_distance_km": facts["intake_distance_km"],
        **dict(zip(_MONTHS, np.round(temp, 1), strict=True)),
        "label": label,
        "source": source,
        "note": "; ".join(text for text in (note, extra) if text),
    }


def _sun_at_top(lat: FloatArray) -> FloatArray:
    """Mean sunshine at the top of the atmosphere by month, shape (n, 12) [W/m²].

    References
    ----------
    .. [1] Spencer (1971); Duffie and Beckman (2013), Solar Engineering, eq. 1.10.3.
    """
    day = np.array([15.5, 45, 74.5, 105, 135.5, 166, 196.5, 227.5, 258, 288.5, 319, 349.5])
    declination = np.radians(23.45) * np.sin(2.0 * np.pi * (284.0 + day) / 365.0)
    phi = np.radians(lat)[:, None]
    sunset = np.arccos(np.clip(-np.tan(phi) * np.tan(declination), -1.0, 1.0))
    height = sunset * np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(
        declination
    ) * np.sin(sunset)
    sun: FloatArray = 1361.0 / np.pi * (1.0 + 0.033 * np.cos(2.0 * np.pi * day / 365.0)) * height
    return sun


def equilibrium_temperature(lat: FloatArray, air_c: FloatArray, exchange: float) -> FloatArray:
    """Surface temperature at which a lake neither gains nor loses heat.

    Parameters
    ----------
    lat : ndarray, shape (n,)
        [°]
    air_c : ndarray, shape (n, 12)
        Monthly air temperature. [°C]
    exchange : float
        Surface exchange coefficient. [W/(m² K)]

    Returns
    -------
    ndarray, shape (n, 12)
        [°C]
    """
    return air_c + _OFFSET_K + _SOLAR * 0.5 * _sun_at_top(lat) / exchange


def lake_facts(sources: Path) -> pd.DataFrame:
    """Typed facts of the lakes, completed from the lake temperature collection.

    Parameters
    ----------
    sources : pathlib.Path
        Folder of the raw sources.

    Returns
    -------
    DataFrame
        Index site; no gaps in place, morphometry and intake.
    """
    facts = pd.read_csv(_INPUTS / "lakes.csv", comment="#").set_index("site")
    known = pd.read_csv(sources / "lakes_sea" / "gltc_lakes_291.csv")
    known = known.drop_duplicates("Lake.name").set_index("Lake.name")
    columns = {
        "area_km2": "surface.area.km2",
        "mean_depth_m": "mean.depth.m",
        "max_depth_m": "max.depth.m",
        "elevation_m": "elevation.m",
        "lat": "latitude",
        "lon": "longitude",
    }
    for ours, theirs in columns.items():
        facts[ours] = facts[ours].fillna(facts["gltc"].map(known[theirs]))
    return facts


def lake_temperatures(facts: pd.DataFrame, normals: Normals) -> FloatArray:
    """Run the lakes and take the temperature at their intakes, shape (n, 12) [°C]."""
    setting = Settings()
    lat, lon, height, area, mean_depth, max_depth, intake = (
        facts[name].to_numpy(np.float64)
        for name in (
            "lat", "lon", "elevation_m", "area_km2", "mean_depth_m", "max_depth_m",
            "intake_depth_m",
        )
    )  # fmt: skip
    air = normals.temperature(lat, lon, height)
    lakes = Lakes(equilibrium_temperature(lat, air, setting.exchange), area, mean_depth, max_depth)
    at_depth, _ = monthly_profiles(lakes, intake[:, None], setting)
    return at_depth[:, 0]


def _lake_rows(facts: pd.DataFrame, normals: Normals) -> pd.DataFrame:
    rows = facts[
        ["name", "intake_depth_m", "intake_distance_km", "area_km2", "outflow_m3_s"]
    ].copy()
    copied = ["mean_depth_m", "max_depth_m", "lat", "lon"]
    rows[copied] = facts[copied]
    rows.insert(0, "kind", "lake")
    rows[_MONTHS] = np.round(lake_temperatures(facts, normals), 1)
    rows["heat_limit_mw"] = np.round(
        np.asarray(lake_heat_limit_mw(facts["area_km2"], facts["outflow_m3_s"]))
    )
    rows["label"], rows["source"] = "modelled", _LAKE
    collection = "morphometry: lake temperature collection"
    typed = "morphometry: " + facts["morphometry"].astype(str)
    rows["note"] = (
        "intake " + facts["intake"] + "; " + typed.where(facts["gltc"].isna(), collection)
    )
    return rows.rename_axis("site").reset_index()


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write ``water_bodies.csv``.

    Parameters
    ----------
    sources : pathlib.Path
        Folder of the raw sources.
    out : pathlib.Path
        Folder of the tables; ``candidates.geojson`` and the climate tables are there already.

    Returns
    -------
    list of SourceRow
        Provenance of every column written.
    """
    grids = sources / "climate" / "grids"
    sites = gpd.read_file(out / "candidates.geojson").set_index("id")
    atlas = _field(
        grids / "ocean_atlas_subset.nc.gz", ("YAX_SUBSET", "XAX_SUBSET", "ZAXLEVIT19", "TEMP")
    )
    coads = _field(grids / "coads_climatology.cdf.gz", ("COADSY", "COADSX", "", "SST"))
    by_sea = pd.read_csv(_INPUTS / "sea.csv", comment="#", keep_default_na=False).set_index("site")
    facts = lake_facts(sources)
    for kind, table in (("subsea", by_sea), ("lake", facts)):
        listed = {site for site in sites.index if kind in sites.loc[site, "kinds"].split(",")}
        if listed != set(table.index):
            difference = sorted(listed.symmetric_difference(table.index))
            raise ValueError(f"{kind} candidates and their water differ: {difference}")
    sea = pd.DataFrame([_sea_row(sites.loc[k], by_sea.loc[k], atlas, coads) for k in by_sea.index])
    table = pd.concat([sea, _lake_rows(facts, Normals.open(out))], ignore_index=True).sort_values(
        "site"
    )
    columns = [
        "site", "kind", "name", "intake_depth_m", "intake_distance_km", *_MONTHS, "area_km2",
        "mean_depth_m", "max_depth_m", "outflow_m3_s", "heat_limit_mw", "lat", "lon", "label",
        "source", "note",
    ]  # fmt: skip
    write_csv(table[columns], out / "water_bodies.csv", decimals=3)
    return _provenance()


def _provenance() -> list[SourceRow]:
    name = "water_bodies.csv"
    typed = "water_inputs/sea.csv and water_inputs/lakes.csv of the build"
    series = [
        SourceRow(
            name, "m1..m12", _WOA, "public domain", "1900-1994", "°C",
            "at intake depth, cell within 150 km", "derived",
        ),
        SourceRow(
            name, "m1..m12", f"{_COADS}; {_WOA}", "public domain", "1900-1994", "°C",
            "surface near by plus the difference to depth of a cell farther off", "modelled",
        ),
        SourceRow(
            name, "m1..m12", _LAKE, "CC0 (lake collection); Copernicus licence (ERA5)",
            "2000-2025", "°C",
            "at intake depth; 1.4 K rms against 17 known deep temperatures", "modelled",
        ),
    ]  # fmt: skip
    return [
        *series,
        SourceRow(
            name, "intake_depth_m, intake_distance_km", typed, "MIT", "2025", "m, km",
            "published where note says so, else assumed", "measured|assumed",
        ),
        SourceRow(
            name, "area_km2, mean_depth_m, max_depth_m, lat, lon",
            "global lake temperature collection (Sharma et al. 2015), else as in note",
            "CC0", "1985-2009", "km², m, °", "copied; typed and rounded where note says so",
            "measured|assumed",
        ),
        SourceRow(
            name, "heat_limit_mw", typed, "MIT", "2025", "MW",
            "0.2 K x (30 W/(m² K) x area + heat capacity x outflow), both of a circle of 10 km at "
            "most; empty at sea",
            "modelled",
        ),
        SourceRow(
            name, "outflow_m3_s", typed, "MIT", "-", "m3/s",
            "long-term mean at the outlet, one or two figures; range 0.7 to 1.3 of it, which moves "
            "the heat limit by 5 % at most; empty at sea",
            "assumed",
        ),
        SourceRow(
            name, "site, kind, name, label, source, note", typed, "MIT", "2025", "-",
            "typed", "derived",
        ),
    ]  # fmt: skip
