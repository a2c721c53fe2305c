"""Basin of each candidate and its water scarcity: basin, scarcity_factor and its kin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from siting.geo import distance_km, geodesic_circle
from tools.build_geodata.common import ATTRIBUTES, SourceRow, attribute_rows, write_attributes
from tools.build_geodata.places import read_places

__all__ = ["AWARE", "AWARE_COUNTRY", "build", "read_basins"]

_BASIN_KM = 50.0
_AQUEDUCT_KM = 30.0
AWARE = "AWARE 1.2 (WULCA 2017; Boulay et al. 2018, bw2-aware 0.3)"
AWARE_COUNTRY = "AWARE 1.2 by country (derived from the basins)"
_AQUEDUCT = "WRI Aqueduct 4.0 baseline water stress (Kuzma et al. 2023)"
_NAMES = ("scarcity_factor", "scarcity_factor_country", "aqueduct_score", "basin")


def build(sources: Path, out: Path) -> list[SourceRow]:
    """Write the four attributes."""
    places = read_places(sources)
    basins = read_basins(sources)
    basin, near = _basin(places, basins)
    factor = basin.map(basins["annual_non_agriculture"])
    label = near.map({True: "modelled", False: "derived"})
    rows = [
        attribute_rows(places["id"], _NAMES[0], factor, label, AWARE, 2),
        attribute_rows(
            places["id"], _NAMES[1], *_by_country(places, sources, factor), AWARE_COUNTRY, 2
        ),
        attribute_rows(
            places["id"], _NAMES[2], _aqueduct(places, sources), "derived", _AQUEDUCT, 2
        ),
        attribute_rows(places["id"], _NAMES[3], basin.map(_basin_names(basins)), label, AWARE),
    ]
    write_attributes(out, pd.concat(rows), _NAMES)
    return _sources()


def read_basins(sources: Path) -> gpd.GeoDataFrame:
    """Basins with a factor for uses other than farming, annual mean. [m3 world-eq/m3]."""
    path = sources / "water" / "fill" / "aware12_basins.gpkg"
    basins = pyogrio.read_dataframe(path, columns=["id", "annual_non_agriculture"])
    basins = basins.dropna(subset=["annual_non_agriculture"])
    basins = basins.reset_index(drop=True)
    return basins.set_geometry(shapely.force_2d(basins.geometry.to_numpy()), crs=basins.crs)


def _basin_names(basins: gpd.GeoDataFrame) -> pd.Series[Any]:
    return pd.Series([f"aware_{int(number)}" for number in basins["id"]], index=basins.index)


def _basin(
    places: pd.DataFrame, basins: gpd.GeoDataFrame
) -> tuple[pd.Series[float], pd.Series[Any]]:
    """Row of the basin a place lies in, or else of the nearest one; and where it is that."""
    shapes = basins.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    points = np.array([shapely.Point(xy) for xy in places[["lon", "lat"]].to_numpy()])
    row = np.full(len(places), np.nan)
    place, basin = tree.query(points, predicate="intersects")
    row[place[::-1]] = basin[::-1]
    outside = np.isnan(row)
    for i in np.flatnonzero(outside):
        row[i] = _nearest(points[i], tree, shapes)
    near = pd.Series(outside.astype(object))
    return pd.Series(row), near


def _nearest(
    point: shapely.Point,
    tree: shapely.STRtree,
    shapes: np.ndarray[tuple[int], np.dtype[np.object_]],
) -> float:
    """Row of the basin at the smallest geodesic distance within the limit, else NaN."""
    around = tree.query(geodesic_circle(point.x, point.y, _BASIN_KM), predicate="intersects")
    if len(around) == 0:
        return float("nan")
    corners = [shapely.get_coordinates(shapes[i]) for i in around]
    away = [distance_km(point.x, point.y, xy[:, 0], xy[:, 1]).min() for xy in corners]
    return float(around[int(np.argmin(away))])


def _by_country(
    places: pd.DataFrame, sources: Path, basin: pd.Series[float]
) -> tuple[pd.Series[float], pd.Series[Any]]:
    """Factor of the country, or of the place's basin where the country is smaller than one."""
    table = pd.read_csv(sources / "water" / "fill" / "aware12_country_from_basins.csv")
    factor = places["country"].map(table.set_index("iso3")["annual_non_agriculture"])
    label = factor.isna().map({True: "modelled", False: "derived"})
    return factor.fillna(basin), label


def _aqueduct(places: pd.DataFrame, sources: Path) -> pd.Series[float]:
    """Score of the catchment of the nearest listed data center in the United States. [0-5]."""
    path = sources / "water" / "us_datacenters_im3_egrid_aqueduct.csv.gz"
    known = pd.read_csv(path, low_memory=False).dropna(subset=["lat", "lon", "bws_score"])
    known = known.sort_values("id", ignore_index=True)
    scores = []
    for lon, lat, country in zip(places["lon"], places["lat"], places["country"], strict=True):
        away = distance_km(lon, lat, known["lon"], known["lat"])
        near = country == "USA" and away.min() <= _AQUEDUCT_KM
        scores.append(float(known["bws_score"].iloc[int(away.argmin())]) if near else np.nan)
    return pd.Series(scores)


def _sources() -> list[SourceRow]:
    unit = "m3 world-eq/m3"
    return [
        SourceRow(ATTRIBUTES, "scarcity_factor", AWARE, "free use with citation", "2010", unit,
                  "annual factor for uses other than farming of the basin the point lies in "
                  "(derived), or of the nearest basin with a factor within "
                  f"{_BASIN_KM:g} km (modelled)", "derived|modelled"),
        SourceRow(ATTRIBUTES, "scarcity_factor_country", AWARE_COUNTRY, "free use with citation",
                  "2010", unit, "mean of the basins by their water consumption; for the water "
                  "behind electricity (derived); of the place's own basin where the country is too "
                  "small to hold one (modelled)", "derived|modelled"),
        SourceRow(ATTRIBUTES, "aqueduct_score", _AQUEDUCT, "CC BY 4.0", "1979-2019", "0-5",
                  "mean of the monthly scores of the HydroBASINS level 6 catchment of the nearest "
                  f"listed data center within {_AQUEDUCT_KM:g} km, United States only; ranks "
                  "places otherwise than AWARE", "derived"),
        SourceRow(ATTRIBUTES, "basin", AWARE, "free use with citation", "2010", "-",
                  "number of the basin the point lies in (derived), or of the nearest one within "
                  f"{_BASIN_KM:g} km (modelled); sites of one basin share its water",
                  "derived|modelled"),
    ]  # fmt: skip
