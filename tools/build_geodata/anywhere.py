"""Layers known at any point of the Earth: basins, plants, cities, countries and grid zones.

The catalogue's own candidates have their attributes in ``attributes.csv``; these tables give the
same attributes to a place of the planner's and to the cells of ``siting screen``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from tools.build_geodata.climate import save_npz
from tools.build_geodata.common import SourceRow, write_csv
from tools.build_geodata.demand import country_groups
from tools.build_geodata.geography import iso3_by_name
from tools.build_geodata.hydro_plants import PLANTS, read_hydro_plants
from tools.build_geodata.hydro_water import plant_water
from tools.build_geodata.places import GEONAMES, PLACE_LIST, iso2_of_iso3, read_cities, read_places
from tools.build_geodata.power_plants import PLANT_LIST, read_plants
from tools.build_geodata.supply_inputs import read_input
from tools.build_geodata.us_states import state_stations
from tools.build_geodata.water_stress import AWARE, AWARE_COUNTRY, read_basins

__all__ = ["build", "scarcity_grid"]

_CELL = 0.5  # degrees: the basins are unions of such cells
_STATIONS = "Weather station index (climate.onebuilding.org by clima 2024, CSWD, NREL TMY3)"
#: Provinces whose name in the station index is not that of the grid zone.
_PROVINCE = {
    "Nei Mongol": "Inner Mongolia",
    "Xinjiang Uygur": "Xinjiang",
    "Guangxi Zhuang": "Guangxi",
    "Ningxia Hui": "Ningxia",
}


#: Countries that the plants name otherwise than the list of countries.
_ALIASES = {
    "Czech Republic": "CZE",
    "Macedonia": "MKD",
    "Cote DIvoire": "CIV",
    "Syrian Arab Republic": "SYR",
    "Congo": "COG",
}


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write the tables."""
    save_npz(out / "scarcity.npz", factor_x100=scarcity_grid(sources))
    hydro = _hydro_plants(sources, out)
    write_csv(hydro.sort_values(["lat", "lon", "mw"]), out / "hydro_plants.csv", 4)
    save_npz(out / "power_plants.npz", **_power(read_plants(sources)))
    write_csv(_cities(sources), out / "cities.csv", 3)
    write_csv(_countries(sources), out / "countries.csv", 2)
    write_csv(_zone_points(sources), out / "zone_points.csv", 3)
    return _sources()


def _hydro_plants(sources: Path, out: Path) -> pd.DataFrame:
    """Plants with the water of their electricity, by the country of the grid zones."""
    plants = read_hydro_plants(sources)
    plants = plants.assign(country=plants["country"].map(_ALIASES | iso3_by_name(sources)))
    zones = pd.read_csv(out / "grid_zones.csv", keep_default_na=False, na_values=[""])
    columns = ["lat", "lon", "mw", "gen_gwh", "country"]
    return plants[columns].join(plant_water(plants, zones))


def scarcity_grid(sources: Path) -> npt.NDArray[np.uint16]:
    """Factor of the basin of each half-degree cell, 0 where there is none.

    Returns
    -------
    ndarray, shape (360, 720)
        Rows from 90° N, columns from 180° W. [0.01 m3 world-eq/m3]
    """
    basins = read_basins(sources)
    lat = 90.0 - _CELL * (np.arange(360) + 0.5)
    lon = -180.0 + _CELL * (np.arange(720) + 0.5)
    points = shapely.points(*(axis.ravel() for axis in np.meshgrid(lon, lat)))
    tree = shapely.STRtree(basins.geometry.to_numpy())
    cell, basin = tree.query(points, predicate="intersects")
    grid = np.zeros(lat.size * lon.size)
    grid[cell[::-1]] = basins["annual_non_agriculture"].to_numpy()[basin[::-1]]
    return np.round(100.0 * grid).astype(np.uint16).reshape(lat.size, lon.size)


def _power(plants: pd.DataFrame) -> dict[str, npt.NDArray[np.generic]]:
    """Positions [0.001 degrees] and capacities [0.1 MW], from south to north."""
    plants = plants.sort_values(["lat", "lon", "mw"])
    return {
        "lat_x1000": np.round(plants["lat"].to_numpy() * 1000.0).astype(np.int32),
        "lon_x1000": np.round(plants["lon"].to_numpy() * 1000.0).astype(np.int32),
        "mw_x10": np.round(plants["mw"].to_numpy() * 10.0).astype(np.int32),
    }


def _cities(sources: Path) -> pd.DataFrame:
    cities = read_cities(sources)
    iso3 = {two: three for three, two in iso2_of_iso3(sources).items()}
    cities = cities.rename(columns={"latitude": "lat", "longitude": "lon"})
    cities["country"] = cities["countrycode"].map(iso3)
    return cities.dropna(subset=["country"])[["name", "country", "lat", "lon", "population"]]


def _countries(sources: Path) -> pd.DataFrame:
    """Codes, region and water factor of each country."""
    iso2 = iso2_of_iso3(sources)
    path = sources / "water" / "fill" / "aware12_country_from_basins.csv"
    factor = pd.read_csv(path).set_index("iso3")["annual_non_agriculture"]
    table = pd.DataFrame({"country": sorted(iso2)})
    table["iso2"] = table["country"].map(iso2)
    table["region"] = table["country"].map(country_groups(sources))
    table["scarcity_factor_country"] = table["country"].map(factor)
    return table


def _zone_points(sources: Path) -> pd.DataFrame:
    """Places whose grid zone is known, and stations whose state or province is."""
    places = read_places(sources)[["country", "lat", "lon", "grid_zone", "renewable_zone"]]
    states = state_stations(sources)
    usa = states.assign(country="USA", grid_zone="", renewable_zone="US-" + states["state"])
    stations = pd.read_csv(sources / "climate" / "china_cswd" / "index.csv")
    code = read_input("china_hours").set_index("province")["zone"]
    province = stations["state"].str.replace(".", " ").replace(_PROVINCE)
    zone = province.map(code).dropna()
    china = stations.loc[zone.index].assign(country="CHN", grid_zone=zone, renewable_zone=zone)
    table = pd.concat([places, usa, china])[places.columns]
    return table.sort_values(["country", "lat", "lon", "grid_zone"])


def _sources() -> list[SourceRow]:
    cc, free = "CC BY 4.0", "free use with citation"
    unit = "m3 world-eq/m3"
    hydro = "plants of 50 MW and more, without pumped storage and repeated entries"
    power = "plants that run, each country from one list"
    points = (
        "the catalogue's places with their zones; Chinese stations with their province, American "
        "ones with their state"
    )
    return [
        SourceRow("scarcity.npz", "factor_x100", AWARE, free, "2010", f"0.01 {unit}",
                  "annual factor for uses other than farming of the basin that holds the middle of "
                  "each half-degree cell, of which the basins are made; 0 is none", "derived"),
        SourceRow("hydro_plants.csv", "*", PLANTS, cc, "about 2013-2021", "degrees, MW, GWh/yr",
                  hydro, "derived"),
        SourceRow("power_plants.npz", "lat_x1000, lon_x1000, mw_x10", PLANT_LIST, cc,
                  "about 2013-2021", "0.001 degrees, 0.1 MW", power, "derived"),
        SourceRow("cities.csv", "*", GEONAMES, cc, "2025", "degrees, people",
                  "cities of 100,000 people and more", "measured"),
        SourceRow("countries.csv", "country,iso2,region", GEONAMES, cc, "2025", "-",
                  "continent of the country, with the exceptions of demand.csv; Russia is europe "
                  "up to 60° E", "derived"),
        SourceRow("countries.csv", "scarcity_factor_country", AWARE_COUNTRY, free, "2010", unit,
                  "mean of the basins by their water consumption", "derived"),
        SourceRow("zone_points.csv", "*", PLACE_LIST, "MIT (this project)", "2025", "degrees",
                  points, "derived"),
        SourceRow("zone_points.csv", "renewable_zone", _STATIONS, "MIT (index), public (TMY3)",
                  "2024", "-", points, "derived"),
    ]  # fmt: skip
