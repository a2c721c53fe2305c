"""The built-in layers that cover the Earth, read once: outlines, basins, plants, cities, zones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from siting.catalogue.outlines import Shore, read_polygons, shore_of
from siting.errors import DataError, Fault
from siting.paths import geodata_dir

__all__ = ["LAYER_FILES", "Layers", "open_layers"]

type FloatArray = npt.NDArray[np.float64]
type Shapes = npt.NDArray[np.object_]

#: Files of the catalogue's folder that hold the layers.
LAYER_FILES = (
    "outlines.npz", "scarcity.npz", "relief.npz", "design_temperatures.npz", "power_plants.npz",
    "hydro_plants.csv", "cities.csv", "countries.csv", "zone_points.csv", "grid_zones.csv",
)  # fmt: skip

_POSITION = {"lat": ("lat_x1000", 1000.0), "lon": ("lon_x1000", 1000.0)}
_PLANT_UNITS = {**_POSITION, "mw": ("mw_x10", 10.0)}
_STATION_UNITS = {**_POSITION, "height_m": ("height_m", 1.0)}


@dataclass(frozen=True)
class Layers:
    """What is known at any point.

    Parameters
    ----------
    land, countries, lakes : ndarray of MultiPolygon
        Outlines, EPSG:4326; ``country_of`` has the ISO3 code of each country, or "".
    scarcity : ndarray, shape (360, 720)
        Factor of the basin of each half-degree cell, from 90° N and 180° W; NaN where there is
        none. [m3 world-eq/m3]
    relief : ndarray, shape (rows, columns)
        Height on 0.25°, from 90° N and 0° E. [m]
    stations : DataFrame
        Weather stations with lat, lon [degrees], height_m [m].
    hydro, power : DataFrame
        Plants with lat, lon [degrees], mw [MW]; hydro also gen_gwh [GWh/yr], NaN if unknown.
    cities : DataFrame
        name, country, lat, lon [degrees], population.
    codes : DataFrame
        Index ISO3; iso2, region, scarcity_factor_country [m3 world-eq/m3].
    zone_points : DataFrame
        country, lat, lon [degrees], grid_zone and renewable_zone, NaN where not known.
    hydro_zones : Series
        Hydro zone by grid zone.
    """

    land: Shapes
    countries: Shapes
    country_of: npt.NDArray[np.str_]
    lakes: Shapes
    scarcity: FloatArray
    relief: npt.NDArray[np.int16]
    stations: pd.DataFrame
    hydro: pd.DataFrame
    power: pd.DataFrame
    cities: pd.DataFrame
    codes: pd.DataFrame
    zone_points: pd.DataFrame
    hydro_zones: pd.Series

    @cached_property
    def land_tree(self) -> shapely.STRtree:
        """Land, to ask which part holds a point."""
        return shapely.STRtree(self.land)

    @cached_property
    def lake_tree(self) -> shapely.STRtree:
        """Lakes, to ask which one holds a point."""
        return shapely.STRtree(self.lakes)

    @cached_property
    def country_tree(self) -> shapely.STRtree:
        """Countries, to ask which one holds a point."""
        return shapely.STRtree(self.countries)

    @cached_property
    def coast(self) -> Shore:
        """The outer coastline."""
        return shore_of(self.land)

    @cached_property
    def lake_shore(self) -> Shore:
        """Shores of the lakes."""
        return shore_of(self.lakes)

    @cached_property
    def station_points(self) -> Shore:
        """Weather stations, in the order of ``stations``."""
        return _points(self.stations)

    @cached_property
    def hydro_points(self) -> Shore:
        """Hydro plants, in the order of ``hydro``."""
        return _points(self.hydro)

    @cached_property
    def power_points(self) -> Shore:
        """Power plants, in the order of ``power``."""
        return _points(self.power)

    @cached_property
    def city_points(self) -> Shore:
        """Cities, in the order of ``cities``."""
        return _points(self.cities)

    @cached_property
    def basin_cells(self) -> Shore:
        """Middles of the half-degree cells that have a factor, row by row."""
        row, column = np.nonzero(np.isfinite(self.scarcity))
        lon, lat = -180.0 + 0.5 * (column + 0.5), 90.0 - 0.5 * (row + 0.5)
        return Shore(lon.astype(np.float64), lat.astype(np.float64))


def open_layers(folder: Path | None = None) -> Layers:
    """Read the layers of a catalogue's folder; each folder is read once.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Folder of the tables; by default the one that comes with the package.

    Raises
    ------
    siting.errors.DataError
        Naming every file that is not there.
    """
    return _open((folder or geodata_dir()).resolve())


@cache
def _open(folder: Path) -> Layers:
    remedy = "Restore the built-in tables"
    absent = [name for name in LAYER_FILES if not (folder / name).is_file()]
    if absent:
        raise DataError(
            Fault(str(folder / name), None, "", "is not there", remedy) for name in absent
        )
    with np.load(folder / "outlines.npz") as packed:
        outlines = [read_polygons(packed, name) for name in ("land", "countries", "lakes")]
        country_of = packed["countries_iso3"]
    with np.load(folder / "scarcity.npz") as packed:
        factor = packed["factor_x100"] / 100.0
    with np.load(folder / "relief.npz") as packed:
        relief = packed["height_m"]
    zones = _table(folder / "grid_zones.csv").set_index("zone")
    return Layers(
        land=outlines[0],
        countries=outlines[1],
        country_of=country_of,
        lakes=outlines[2],
        scarcity=np.where(factor > 0, factor, np.nan),
        relief=relief,
        stations=_packed(folder / "design_temperatures.npz", _STATION_UNITS),
        hydro=_table(folder / "hydro_plants.csv"),
        power=_packed(folder / "power_plants.npz", _PLANT_UNITS),
        cities=_table(folder / "cities.csv"),
        codes=_table(folder / "countries.csv").set_index("country"),
        zone_points=_table(folder / "zone_points.csv"),
        hydro_zones=zones["hydro_zone"],
    )


def _packed(path: Path, units: Mapping[str, tuple[str, float]]) -> pd.DataFrame:
    """Columns of whole numbers of a packed file, each by its key and its unit."""
    with np.load(path) as packed:
        return pd.DataFrame({name: packed[key] / unit for name, (key, unit) in units.items()})


def _table(path: Path) -> pd.DataFrame:
    """Read with only the empty cell as missing: "NA" is Namibia."""
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


def _points(table: pd.DataFrame) -> Shore:
    return Shore(table["lon"].to_numpy(dtype=float), table["lat"].to_numpy(dtype=float))
