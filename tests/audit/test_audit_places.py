"""The audit measures again where the open sites lie."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from shapely import LineString, MultiPoint, box

from siting.audit.site_limits import may_compete, place_checks
from siting.catalogue.near_layers import read_own_layer
from siting.catalogue.planner import add_candidates
from siting.coefficients.inputs import chosen_sites, study_inputs
from siting.config import study_from_mapping

DEMAND = {"regions": ["paris"], "workloads": [{"name": "a", "it_mw": 5, "max_rtt_ms": None}]}


def study(**candidates):
    return study_from_mapping({"name": "s", "candidates": candidates, "demand": DEMAND})


def broken(catalogue, chosen, sites):
    checks = list(place_checks(sites, chosen, catalogue))
    assert len(checks) == len({(c.name, c.where) for c in checks})
    return {c.where.split(":")[0] for c in checks if not c.ok}


def test_what_breaks_a_rule_of_the_study_is_found_again(catalogue, tmp_path):
    line = LineString([(8.0, 49.0), (8.9, 50.3)])
    gpd.GeoDataFrame(geometry=[line, MultiPoint([(2.0, 49.0)])], crs=4326).to_crs(3035).to_file(
        tmp_path / "fibre.gpkg"
    )
    gpd.GeoDataFrame(geometry=[box(4, 52, 6, 53)], crs=4326).to_file(tmp_path / "park.gpkg")
    shape = {"driver": "GTiff", "width": 2, "height": 2, "count": 1, "dtype": "float32"}
    place = {"crs": "EPSG:4326", "transform": from_origin(0, 56, 8, 8)}
    with rasterio.open(tmp_path / "slope.tif", "w", **shape, **place) as file:
        file.write(np.array([[1, 9], [1, 2]], dtype="float32"), 1)
    raster = {"slope": {"file": str(tmp_path / "slope.tif")}}
    rules = [
        {"near": [{"layer": str(tmp_path / "fibre.gpkg"), "max_km": 40}]},
        {"near": [{"layer": str(tmp_path / "park.gpkg"), "min_km": 5}]},
        {"near": [{"layer": "substations", "min_kv": 380, "max_km": 15}]},
        {"near": [{"layer": "coast", "max_km": 60}]},
        {"bounds": {"slope": {"max": 5}}, "rasters": raster},
        {"bounds": {"slope": {"max": 5}}, "rasters": {"slope": {**raster["slope"], "take": "max"}}},
        {"bounds": {"scarcity_factor": {"max": 2}, "city_km": {"max": 20}}},
        {"bounds": {"cyclones_per_yr": {"max": 0.1}, "lake_km": {"min": 30}}},
    ]
    sites = ["amsterdam", "frankfurt", "paris", "london", "dublin", "tokyo", "lulea", "eemshaven"]
    seen = set()
    for rule in rules:
        chosen = study(sites=sites, **rule)
        inputs = study_inputs(chosen, catalogue)
        assert broken(catalogue, chosen, sites) == set(inputs.left_out), rule
        seen |= set(inputs.left_out)
    assert seen == set(sites)


def test_distances_along_shapes_are_those_of_points_on_them(catalogue, tmp_path):
    path = tmp_path / "cable.gpkg"
    gpd.GeoDataFrame(geometry=[LineString([(178.0, -17.0), (-178.0, -17.0)])], crs=4326).to_file(
        path
    )
    file = tmp_path / "fiji.csv"
    file.write_text("id,lat,lon\nsuva,-17.9,178.6\n")
    joined, _ = add_candidates(catalogue, file)
    km = read_own_layer(path).distance_km(np.array([178.6]), np.array([-17.9]))[0]
    assert km == pytest.approx(99.6, abs=0.3)
    for most, kept in ((km + 0.5, set()), (km - 1.0, {"suva"})):
        chosen = study(file=str(file), near=[{"layer": str(path), "max_km": most}])
        assert broken(joined, chosen, ["suva"]) == kept


@pytest.mark.parametrize(
    "chosen",
    [
        {"region": "eu"},
        {"kinds": ["hub"], "region": ["pjm", "nato"], "exclude_countries": ["FRA"]},
        {"sites": ["lulea", "paris"], "exclude_countries": ["FRA"]},
        {"sites": ["paris"], "countries": ["JPN"]},
        {"kinds": ["arctic"], "region": "NO-NO4"},
    ],
)
def test_filters_are_read_again(catalogue, chosen):
    asked = study(**chosen)
    assert may_compete(asked, catalogue) == set(chosen_sites(asked, catalogue)[1])


def test_own_sites_compete_and_built_in_ones_only_where_asked(catalogue, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("id,lat,lon\nmine,50.1,8.9\nfar,48.9,2.3\n")
    for more in ({}, {"kinds": ["hub"], "region": "eu"}, {"exclude_countries": ["FRA"]}):
        asked = study(file=str(file), **more)
        joined, ids = chosen_sites(asked, catalogue)
        assert may_compete(asked, joined) == set(ids)
