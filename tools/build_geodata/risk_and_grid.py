"""Layers that places are held against: high-voltage grid, plate boundaries, faults, cyclones.

Each licence keeps to a file of its own, so that the share-alike ones bind nothing else.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue.layers import Shore, open_layers
from siting.catalogue.near_layers import NEARNESS, OPENSTREETMAP, ORIGINS, REACH_KM
from siting.catalogue.point_attributes import country_at
from tools.build_geodata.climate import save_npz
from tools.build_geodata.common import SourceRow

__all__ = ["build"]

_GRID, _OSM = "grid_network.npz", "substations_osm.npz"
_PLATES, _FAULTS, _CYCLONES = "plate_boundaries.npz", "active_faults.npz", "cyclones.npz"
_UNIT = 1e4  # of a degree
#: Lowest voltage that is kept: below it the sources are partial everywhere. [kV]
_LEAST_KV = 110.0
#: A country counts as covered if it has so many nodes, and half of its cities so near to one.
_LEAST_NODES, _CITY_KM = 5, 20.0
#: Parts of the United States that the collection of 2017 holds: west, south, east, north.
_US_BOXES = (
    (-102.05, 24.0, -66.0, 50.0),
    (-104.05, 41.0, -102.05, 49.0),
    (-106.6, 28.0, -102.05, 32.0),
)
_YEARS = 45  # 1980 to 2024
#: East of here and in the south the tracks of the Joint Typhoon Warning Center are complete.
_JTWC_EAST = 30.0


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write the five files."""
    europe, lines, world = _grid_tables(sources / "grid")
    save_npz(
        out / _GRID,
        **_packed("substations", europe),
        substations_countries=_covered(out, europe),
        **_packed("power_lines", lines),
        power_lines_countries=_covered(out, lines),
    )
    save_npz(
        out / _OSM,
        **_packed("substations", world),
        substations_countries=_covered(out, world),
        substations_us_boxes=np.array(_US_BOXES),
    )
    boundaries = json.loads((sources / "hazards" / "PB2002_boundaries.json").read_bytes())
    plates = [np.array(f["geometry"]["coordinates"], float) for f in boundaries["features"]]
    save_npz(out / _PLATES, **_packed_lines("plate_boundaries", plates))
    with np.load(next((sources / "hazards" / "gem_faults_ccbysa").glob("*.npz"))) as packed:
        faults = np.split(packed["lonlat"].astype(float), packed["offset"][1:-1])
    save_npz(out / _FAULTS, **_packed_lines("active_faults", faults))
    save_npz(out / _CYCLONES, storms_per_yr_x1000=_cyclones(sources / "hazards"))
    return _sources()


def _grid_tables(folder: Path) -> list[pd.DataFrame]:
    """Substations of open licence, line points, and substations of OpenStreetMap."""
    europe = pd.read_csv(folder / "europe_substations_entsoe_2022.csv.gz")
    australia = pd.read_csv(folder / "australia_nem_nodes_2017.csv.gz")
    lines = pd.read_csv(folder / "europe_line_points_entsoe_2022.csv.gz")
    world = pd.read_csv(folder / "osm_substations_2017_world_ex_europe.csv.gz")
    world = world[world["typ"] == "substation"]
    tables = (pd.concat([europe, australia]), lines, world)
    return [t[t["voltage_kv"] >= _LEAST_KV].reset_index(drop=True) for t in tables]


def _packed(name: str, nodes: pd.DataFrame) -> dict[str, npt.NDArray[np.generic]]:
    """Points in the order of the source, which follows the lines."""
    return {
        f"{name}_lon": np.round(nodes["lon"].to_numpy() * _UNIT).astype(np.int32),
        f"{name}_lat": np.round(nodes["lat"].to_numpy() * _UNIT).astype(np.int32),
        f"{name}_kv": nodes["voltage_kv"].round().to_numpy().astype(np.int16),
    }


def _packed_lines(name: str, lines: list[FloatArray]) -> dict[str, npt.NDArray[np.generic]]:
    lines = [line if len(line) > 1 else np.repeat(line, 2, axis=0) for line in lines if len(line)]
    xy = np.round(np.concatenate(lines) * _UNIT).astype(np.int32)
    starts = np.cumsum([0, *(len(line) for line in lines)])
    return {f"{name}_xy": xy, f"{name}_starts": starts.astype(np.int32)}


def _covered(out: Path, nodes: pd.DataFrame) -> npt.NDArray[np.str_]:
    """Codes of the countries where a distance to the nearest node says something."""
    layers = open_layers(out)
    lon, lat = nodes["lon"].to_numpy(dtype=float), nodes["lat"].to_numpy(dtype=float)
    held = pd.Series(country_at(layers, lon, lat)).value_counts()
    cities = layers.cities
    km = Shore(lon, lat).nearest(cities["lon"], cities["lat"])[1]
    united_states = cities["country"].eq("USA").to_numpy()
    x, y = cities["lon"].to_numpy(), cities["lat"].to_numpy()
    inside = np.zeros(len(cities), dtype=bool)
    for west, south, east, north in _US_BOXES:
        inside |= (x >= west) & (x <= east) & (y >= south) & (y <= north)
    used = ~united_states | inside
    middle = pd.Series(km[used]).groupby(cities["country"].to_numpy()[used]).median()
    return np.array(
        sorted(
            str(code) for code, count in held.items()
            if code and count >= _LEAST_NODES and middle.get(code, 0.0) <= _CITY_KM
        ),
        dtype="U3",
    )  # fmt: skip


def _cyclones(folder: Path) -> npt.NDArray[np.int16]:
    """Storms of 34 kt and more a year in a cell of 1°, mean of the nine cells around it."""
    with np.load(folder / "tropical_cyclones_1deg.npz") as packed:
        lat, lon = np.meshgrid(packed["lat"], packed["lon"], indexing="ij")
        joined = packed["jtwc_storms_ge34kt"].astype(float)
        points = packed["ibtracs_storms_ge34kt_since1980"].astype(float)
    own = (lon >= _JTWC_EAST) | (lat < 0)
    storms = np.where(own, joined, points) / _YEARS
    rows = np.pad(storms, ((1, 1), (0, 0)), mode="edge")
    summed = sum(
        np.roll(rows[1 + dy : rows.shape[0] - 1 + dy], dx, axis=1)
        for dy in (-1, 0, 1)
        for dx in (-1, 0, 1)
    )
    return np.round(np.asarray(summed) / 9.0 * 1000.0).astype(np.int16)


def _sources() -> list[SourceRow]:
    covered = (
        f"of {_LEAST_KV:g} kV and more; countries that have {_LEAST_NODES} nodes and half of whose "
        f"cities of 100,000 people lie within {_CITY_KM:g} km of one count as covered, up to "
        f"{REACH_KM:g} km from any"
    )
    europe = (
        f"{covered}; coordinates are those of a drawing, 1-10 km off; a voltage is the lower end "
        "of its class; below 220 kV partial"
    )
    units = "1e-4 degrees; kV"
    corners = "all corners, rounded to 1e-4 degrees"
    storms = (
        "distinct storms of at least 34 kt with a track in the cell of 1 degree, a year, mean of 3 "
        "x 3 cells; east of 30 E and in the south tracks joined by the hour (JTWC), elsewhere "
        "track points (IBTrACS), which count some 13 % fewer"
    )
    return [
        SourceRow(_GRID, "substations", ORIGINS["substations"], "CC BY 4.0", "2022; 2017",
                  units, europe, "measured"),
        SourceRow(_GRID, "power_lines", ORIGINS["power_lines"], "CC BY 4.0", "2022", units,
                  f"points along existing lines, at most some 5 km apart; {europe}", "measured"),
        SourceRow(_OSM, "substations", OPENSTREETMAP, "ODbL 1.0", "2017", units,
                  f"{covered}; the west of the United States and China are holes", "measured"),
        SourceRow(_PLATES, "plate_boundaries", ORIGINS["plate_boundaries"], "ODC-By 1.0",
                  "2003", "1e-4 degrees", corners, "modelled"),
        SourceRow(_FAULTS, "active_faults", ORIGINS["active_faults"], "CC BY-SA 4.0", "2020",
                  "1e-4 degrees",
                  "traces simplified to 0.01 degrees; thin in stable regions and in parts of "
                  "Africa", "modelled"),
        SourceRow(_CYCLONES, "storms_per_yr_x1000", NEARNESS["cyclones_per_yr"], "public domain",
                  "1980-2024", "1e-3 storms/yr", storms, "derived"),
    ]  # fmt: skip
