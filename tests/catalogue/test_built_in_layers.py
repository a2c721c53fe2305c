"""Layers of the catalogue that bounds and ``near`` are held against."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import GeometryCollection, LineString, Point, box

from siting.catalogue import load_catalogue
from siting.catalogue.layers import open_layers
from siting.catalogue.near_layers import (
    NEARNESS,
    OPENSTREETMAP,
    ORIGINS,
    built_in,
    hazards_at,
    read_own_layer,
)
from siting.coefficients.inputs import study_inputs
from siting.config import study_from_mapping
from siting.config.candidates import LAYERS
from siting.errors import StudyError
from siting.files import geodata_dir

#: lat, lon
PLACES = {
    "frankfurt": (50.11, 8.68),
    "reykjavik": (64.13, -21.9),
    "ashburn": (39.04, -77.49),
    "tokyo": (35.69, 139.69),
    "phoenix": (33.45, -112.07),
    "guiyang": (26.65, 106.63),
    "taipei": (25.03, 121.57),
    "singapore": (1.35, 103.82),
    "santiago": (-33.45, -70.67),
    "amsterdam": (52.37, 4.9),
}


def at(*names):
    lat, lon = np.array([PLACES[name] for name in names]).T
    return lon, lat


@pytest.fixture(scope="module")
def layers():
    return open_layers()


def test_every_layer_that_near_names_is_there_with_its_origin(layers):
    origins = set(pd.read_csv(geodata_dir() / "sources.csv")["origin"])
    assert set(ORIGINS) == set(LAYERS)
    for name in LAYERS:
        assert len(built_in(layers, name).points.lon) > 500
    new = ("active_faults", "plate_boundaries", "power_lines", "substations")
    assert {*(ORIGINS[name] for name in new), OPENSTREETMAP, NEARNESS["cyclones_per_yr"]} <= origins


def test_distances_to_substations_are_those_of_the_sources_and_unknown_in_their_holes(layers):
    # Ashburn 0.3 km and Tokyo 2.8 km to a node, as counted beside the source; stations only here.
    km = built_in(layers, "substations").distance_km(*at("frankfurt", "ashburn", "tokyo"))
    assert (km < 8).all()
    holes = built_in(layers, "substations").distance_km(*at("phoenix", "guiyang"))
    assert np.isnan(holes).all()
    lines = built_in(layers, "power_lines").distance_km(*at("frankfurt", "tokyo"))
    assert lines[0] < 8
    assert np.isnan(lines[1])


def test_a_higher_voltage_is_never_nearer(layers):
    stations = built_in(layers, "substations")
    lon, lat = at("frankfurt", "amsterdam", "reykjavik")
    km = [stations.distance_km(lon, lat, kv) for kv in (0, 220, 380)]
    assert (km[0] <= km[1]).all()
    assert (km[1] <= km[2]).all()
    assert km[2][2] > 500  # Iceland has 220 kV at most


def test_plates_faults_storms_and_slopes_lie_where_they_are_known_to(layers):
    plates = built_in(layers, "plate_boundaries").distance_km(*at("reykjavik", "frankfurt"))
    assert plates[0] < 30  # the Mid-Atlantic Ridge comes ashore at Reykjanes
    assert plates[1] > 1000
    faults = built_in(layers, "active_faults").distance_km(*at("santiago", "amsterdam"))
    assert faults[0] < 20  # San Ramón
    assert faults[1] > 50
    found = hazards_at(layers, *at("taipei", "singapore", "frankfurt", "santiago", "amsterdam"))
    storms, slope = found["cyclones_per_yr"], found["relief_slope_m_per_km"]
    assert storms[0] == pytest.approx(0.73, abs=0.1)  # the single cell, beside the source
    assert storms[1] < 0.05
    assert storms[2] == 0
    assert slope[3] > 20 > 1 > slope[4]


DEMAND = {"regions": ["paris"], "workloads": [{"name": "a", "it_mw": 5, "max_rtt_ms": None}]}


def study(**candidates):
    return study_from_mapping({"name": "s", "candidates": candidates, "demand": DEMAND})


def test_grid_and_hazards_decide_which_sites_compete_and_stand_in_provenance():
    rules = {
        "near": [{"layer": "substations", "min_kv": 220, "max_km": 15}],
        "bounds": {"cyclones_per_yr": {"max": 0.1}, "city_km": {"max": 100}},
    }
    found = study_inputs(study(sites=["frankfurt", "tokyo", "phoenix"], **rules), load_catalogue())
    assert list(found.sites.index) == ["frankfurt"]
    assert "cyclones_per_yr 0.3" in found.left_out["tokyo"]
    assert found.left_out["phoenix"] == "near_substations_220kv_km is not known"
    rows = found.catalogue.provenance.set_index(["site", "attribute"])
    row = rows.loc[("frankfurt", "near_substations_220kv_km")]
    assert float(row["value"]) < 15
    assert row["source"].startswith(ORIGINS["substations"])
    assert rows.loc[("frankfurt", "cyclones_per_yr"), "source"] == NEARNESS["cyclones_per_yr"]
    assert ("frankfurt", "city_km") in rows.index


def test_a_voltage_is_asked_of_the_grid_alone():
    with pytest.raises(StudyError, match=r"its layer has no voltages.*substations"):
        study(region="eu", near={"layer": "coast", "min_kv": 110, "max_km": 5})


def test_a_line_across_180_degrees_does_not_run_round_the_earth(tmp_path):
    cable = LineString([(179.0, -17.0), (-179.0, -17.0)])
    path = tmp_path / "cable.gpkg"
    gpd.GeoDataFrame(geometry=[cable], crs=4326).to_file(path)
    km = read_own_layer(path).distance_km(np.array([180.0, 0.0]), np.array([-17.0, -17.0]))
    assert km[0] < 0.5
    assert km[1] > 15_000


def test_collections_and_lines_without_length_keep_their_places(tmp_path):
    mixed = GeometryCollection([LineString([(8, 50), (8, 51)]), Point(9, 50), box(10, 50, 11, 51)])
    dot = LineString([(12, 50), (12, 50)])
    path = tmp_path / "mixed.gpkg"
    gpd.GeoDataFrame(geometry=[mixed, dot], crs=4326).to_file(path)
    lon, lat = np.array([8.0, 9.0, 10.5, 12.0]), np.array([50.0, 50.0, 50.5, 50.0])
    assert read_own_layer(path).distance_km(lon, lat) == pytest.approx(0.0, abs=1e-6)
