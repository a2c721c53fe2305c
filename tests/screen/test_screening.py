"""A screen from the study to its folder, and the placement that is made of it."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, box

from siting.catalogue.planner import add_candidates
from siting.config import load_study, study_from_mapping
from siting.errors import DataError, InfeasibleError, StudyError
from siting.screen import screen_study, write_screening

BASE = {
    "name": "screen",
    "candidates": {},
    "demand": {
        "regions": "europe",
        "workloads": [{"name": "training", "it_mw": 40, "max_rtt_ms": None}],
    },
    "time": {"slices": 12},
}


def study_with(**screen):
    return study_from_mapping({**BASE, "screen": screen})


@pytest.fixture(scope="module")
def nordic(catalogue):
    bounds = {"coast_km": {"max": 150}, "elevation_m": {"max": 600}, "city_km": {"min": 10}}
    return screen_study(study_with(countries=["SWE", "FIN"], cell_km=60, bounds=bounds), catalogue)


def test_every_cell_stays_or_has_a_reason(nordic):
    cells = nordic.cells
    out = cells[[name for name in cells.columns if name.startswith("out_")]]
    assert (out.any(axis=1) == ~nordic.kept).all()
    assert (cells["reasons"] != "").equals(cells["first_reason"] != "")
    inland = cells[cells["out_coast_km_max"]]
    assert len(inland) > 0
    assert (inland["coast_km"] > 150).all()
    assert inland["reasons"].str.contains("is above 150 km").all()
    kept = cells[nordic.kept]
    assert (kept["coast_km"] <= 150).all()
    assert (kept["elevation_m"] <= 600).all()
    assert nordic.counts()["coast_km_max"] == len(inland)


def test_a_cell_in_a_lake_or_the_sea_falls_out(nordic):
    wet = nordic.cells[nordic.cells["water"] != ""]
    assert len(wet) > 0
    assert wet["out_water"].all()


def test_own_polygons_exclude_and_confine(catalogue, tmp_path):
    park = tmp_path / "park.geojson"
    gpd.GeoDataFrame(geometry=[box(14, 60, 18, 66)], crs=4326).to_file(park, driver="GeoJSON")
    zone = tmp_path / "zone.gpkg"
    shape = gpd.GeoDataFrame(geometry=[box(12, 59, 20, 67)], crs=4326).to_crs(3006)
    shape.to_file(zone)
    exclusion = {"file": str(park), "reason": "national park", "buffer_km": 20.0}
    done = screen_study(
        study_with(countries=["SWE"], within=str(zone), cell_km=40, exclude=[exclusion]), catalogue
    )
    cells = done.cells
    assert (cells["lat"].between(58.9, 67.1) & cells["lon"].between(11.9, 20.1)).all()
    inside = cells["lon"].between(14, 18) & cells["lat"].between(60, 66)
    assert cells.loc[inside, "out_exclude_1"].all()
    assert not cells.loc[inside, "reasons"].str.contains("national park").eq(False).any()
    beside = cells["out_exclude_1"] & ~inside
    assert 0 < beside.sum() < inside.sum()
    assert any("reprojected from SWEREF99" in note for note in done.notes)


def test_a_bbox_may_cross_the_antimeridian(catalogue):
    done = screen_study(study_with(bbox=[176, 63, -172, 68], cell_km=60), catalogue)
    east, west = done.cells["lon"] > 0, done.cells["lon"] < 0
    assert east.any()
    assert west.any()
    assert set(done.cells.loc[done.cells["water"] == "", "country"]) <= {"RUS", "USA"}


def test_asia_holds_russia_beyond_the_urals_and_europe_none_of_it(catalogue):
    layers = {"keep_water": True, "cell_km": 200, "bbox": [50, 55, 70, 60]}
    west = screen_study(study_with(countries=["RUS"], **layers), catalogue).cells
    with pytest.raises(DataError, match="no place in common"):
        screen_study(study_with(region=["europe"], **layers), catalogue)
    east = screen_study(study_with(region=["asia_pacific"], **layers), catalogue).cells
    assert west["lon"].min() <= 60 < east.loc[east["country"] == "RUS", "lon"].min()


def test_faulty_layers_come_together(catalogue, tmp_path):
    names = []
    for number, shape in enumerate([LineString([(0, 0), (1, 1)]), box(0, 80, 1, 95)]):
        path = tmp_path / f"layer{number}.gpkg"
        gpd.GeoDataFrame(geometry=[shape], crs=4326).to_file(path)
        names.append({"file": str(path), "reason": "own"})
    with pytest.raises(DataError) as caught:
        screen_study(study_with(countries=["SWE"], exclude=names), catalogue)
    assert {fault.where for fault in caught.value.faults} == {"layer0.gpkg", "layer1.gpkg"}


def test_unknown_countries_and_regions_come_together(catalogue):
    with pytest.raises(DataError) as caught:
        screen_study(study_with(countries=["SWE", "XYZ"], region=["atlantis"]), catalogue)
    assert [fault.key for fault in caught.value.faults] == [
        "screen.countries[1]", "screen.region[0]",
    ]  # fmt: skip


def test_nothing_left_counts_every_reason(catalogue):
    bounds = {"elevation_m": {"min": 8000}}
    with pytest.raises(InfeasibleError, match="elevation_m_min: "):
        screen_study(study_with(countries=["DNK"], bounds=bounds), catalogue)


def test_a_study_without_a_screen_says_so(catalogue):
    study = study_from_mapping({**BASE, "candidates": {"kinds": ["hub"]}})
    with pytest.raises(StudyError, match="no such section"):
        screen_study(study, catalogue)


@pytest.mark.parametrize(
    ("screen", "word"),
    [
        ({}, "no place"),
        ({"bbox": [1, 2, 3]}, "bbox"),
        ({"bbox": [10, 60, 20, 50]}, "bbox"),
        ({"countries": ["SWE"], "bounds": {"coast_km": {"min": 5, "max": 1}}}, "nothing stays"),
        ({"countries": ["SWE"], "cell_kms": 5}, "cell_km"),
    ],
)
def test_a_faulty_section_is_explained(screen, word):
    with pytest.raises(StudyError, match=word):
        study_with(**screen)


def test_the_folder_is_a_study_that_solves(nordic, catalogue, tmp_path):
    from siting.run import solve_study

    folder = write_screening(nordic, tmp_path / "screen")
    assert sorted(path.name for path in folder.iterdir()) == [
        "candidates.csv", "manifest.json", "map.png", "screen.gpkg", "study.yaml", "summary.json",
    ]  # fmt: skip
    kept = gpd.read_file(folder / "screen.gpkg", layer="kept")
    fell = gpd.read_file(folder / "screen.gpkg", layer="fell_out")
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert (len(kept), len(fell)) == (summary["kept"], summary["fell_out"])
    assert fell["reasons"].ne("").all()
    study = load_study(folder / "study.yaml")
    assert study.screen is None
    joined, ids = add_candidates(catalogue, study.candidates.file)
    assert len(ids) == len(kept)
    table = pd.read_csv(folder / "candidates.csv", keep_default_na=False, na_values=[""])
    cells = joined.provenance[joined.provenance["site"].isin(ids)]
    assumed = cells[cells["label"] == "assumed"]
    assert set(assumed["attribute"]) <= {"connection_mw"}
    assert set(cells["label"]) <= {"measured", "derived", "modelled", "assumed"}
    coast = joined.candidates.loc[list(ids), "coast_km"].to_numpy()
    assert np.array_equal(coast, table["coast_km"].to_numpy())
    placement = solve_study(study, catalogue=catalogue)
    assert set(placement.sites.index.get_level_values(0)) <= set(ids)
    assert placement.sites["it_mw"].sum() >= 40
    write_screening(nordic, folder)  # an earlier screen may be replaced


def test_another_folder_is_left_alone(nordic, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(DataError, match="no record of `siting screen`"):
        write_screening(nordic, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
