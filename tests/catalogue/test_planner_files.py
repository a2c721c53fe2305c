"""A catalogue folder with faults, and files of the planner's own."""

from __future__ import annotations

import json
import shutil

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, box

from siting.catalogue import load_catalogue
from siting.catalogue.planner import add_candidates, add_demand, repairs
from siting.catalogue.selection import missing_attributes, select_candidates, select_demand
from siting.errors import DataError
from siting.files import geodata_dir


@pytest.fixture
def folder(tmp_path):
    for path in geodata_dir().glob("*.*"):
        if path.suffix in (".csv", ".geojson"):
            shutil.copy(path, tmp_path / path.name)
    return tmp_path


def edit_candidates(folder, change):
    path = folder / "candidates.geojson"
    layer = json.loads(path.read_text(encoding="utf-8"))
    change(layer)
    path.write_text(json.dumps(layer), encoding="utf-8")


def faults_of(folder):
    with pytest.raises(DataError) as caught:
        load_catalogue(folder)
    return caught.value.faults


def test_all_faults_of_a_folder_come_together(folder):
    def change(layer):
        first, second, third = layer["features"][:3]
        second["properties"]["id"] = first["properties"]["id"]
        third["properties"]["kinds"] = "hub,moon"
        bow_tie = [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]
        third["geometry"] = {"type": "Polygon", "coordinates": bow_tie}

    edit_candidates(folder, change)
    table = pd.read_csv(folder / "attributes.csv", dtype=str, keep_default_na=False)
    table.loc[4, "label"] = "guessed"
    table.loc[5, "source"] = "a friend"
    table.loc[6, "site"] = "atlantis"
    table.loc[table["attribute"].eq("elevation_m").idxmax(), "value"] = "high"
    table.to_csv(folder / "attributes.csv", index=False)
    found = [(fault.where, fault.line, fault.problem) for fault in faults_of(folder)]
    assert ("attributes.csv", 6, "unknown 'guessed'") in found
    assert ("attributes.csv", 7, "unknown 'a friend'") in found
    assert ("attributes.csv", 8, "'atlantis' is no candidate") in found
    assert "'high' is not a number" in [problem for *_, problem in found]
    problems = [problem for where, _, problem in found if where == "candidates.geojson"]
    assert sorted(problems) == [
        "the catchment is not a polygon", "the name occurs twice", "unknown 'moon'",
    ]  # fmt: skip


def test_another_projection_is_refused(folder):
    path = folder / "candidates.geojson"
    layer = gpd.read_file(path).head(3).to_crs(3857)
    layer.to_file(path, driver="GeoJSON", COORDINATE_PRECISION=2)
    assert any(fault.key == "crs" for fault in faults_of(folder))


def test_missing_files_are_all_named(tmp_path):
    names = {fault.where for fault in faults_of(tmp_path)}
    assert {"candidates.geojson", "attributes.csv", "demand.csv", "sources.csv"} <= names


def test_a_folder_of_an_earlier_version_names_every_column_that_it_lacks(folder):
    lacking = {
        "grid_zones.csv": ["price_low_usd_per_mwh", "delivery_usd_per_mwh", "withdrawal_l_per_kwh"],
        "supply_sources.csv": ["water_zero_hydro_l_per_kwh"],
        "demand.csv": ["groups"],
        "countries.csv": ["iso2"],
    }
    for name, columns in lacking.items():
        table = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        table.drop(columns=columns).to_csv(folder / name, index=False)
    found = faults_of(folder)
    assert {(f.where, f.key) for f in found} == {(n, c) for n in lacking for c in lacking[n]}
    assert all("build the folder anew" in fault.remedy for fault in found)


def test_one_changed_byte_changes_the_hash(folder):
    before = load_catalogue(folder).sha256
    (folder / "lakes.geojson").write_text("{}", encoding="utf-8")
    assert load_catalogue(folder).sha256 != before


def test_a_point_of_the_planner_becomes_a_catchment(catalogue, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("id,country,lat,lon,grid_zone,elevation_m\nmy_site,SWE,64.0,18.0,SE-SE2,300\n")
    joined, ids = add_candidates(catalogue, path)
    assert ids == ("my_site",)
    mine = joined.candidates.loc["my_site"]
    assert mine["geometry"].covers(Point(18.0, 64.0))
    assert mine["elevation_m"] == 300
    assert joined.candidates.crs.to_epsg() == 4326
    assert missing_attributes(joined, ["grid_zone", "coast_km"], ids) == {}
    cells = joined.provenance.query("site == 'my_site'").set_index("attribute")
    assert cells.loc["elevation_m", "label"] == "given"
    assert cells.loc["elevation_m", "source"] == "planner, mine.csv"
    assert cells.loc["coast_km", "label"] == "derived"
    assert "Natural Earth" in cells.loc["coast_km", "source"]
    assert select_candidates(joined, sites=["my_site"]) == ids
    assert joined.sha256 != catalogue.sha256
    assert "my_site" not in catalogue.candidates.index


def test_a_layer_of_the_planner_keeps_its_polygon(catalogue, tmp_path):
    path = tmp_path / "mine.gpkg"
    frame = {"id": ["plot"], "country": ["SWE"], "kinds": ["arctic,hydro"]}
    gpd.GeoDataFrame(frame, geometry=[box(18, 64, 18.1, 64.1)], crs=4326).to_file(path)
    joined, _ = add_candidates(catalogue, path)
    plot = joined.candidates.loc["plot"]
    assert plot["kinds"] == ("arctic", "hydro")
    assert plot["lat"] == pytest.approx(64.05)
    assert joined.candidates.loc["lulea", "kinds"] == ("arctic",)


def test_a_layer_without_a_crs_is_refused(catalogue, tmp_path):
    path = tmp_path / "mine.gpkg"
    frame = gpd.GeoDataFrame({"id": ["plot"], "country": ["SWE"]}, geometry=[Point(18, 64)])
    with pytest.warns(UserWarning, match="crs"):
        frame.to_file(path)
    with pytest.raises(DataError, match="EPSG:4326"):
        add_candidates(catalogue, path)


def test_a_layer_in_another_crs_is_reprojected_and_says_so(catalogue, tmp_path):
    path = tmp_path / "mine.gpkg"
    frame = gpd.GeoDataFrame({"id": ["plot"], "country": ["SWE"]}, geometry=[Point(18, 64)])
    frame.set_crs(4326).to_crs(3006).to_file(path)
    joined, ids = add_candidates(catalogue, path)
    assert joined.candidates.loc["plot", ["lat", "lon"]].tolist() == pytest.approx([64, 18])
    assert "SWEREF99" in repairs(joined, ids)["plot"]


def test_all_faults_of_a_planners_table_come_together(catalogue, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "id,country,lat,lon,elevation_m,scarcity_facter,kinds\n"
        "lulea,SWE,65,22,1,1,arctic\n"
        "My-Site,Sweden,95,22,high,1,moon\n"
    )
    with pytest.raises(DataError) as caught:
        add_candidates(catalogue, path)
    found = [(fault.line, fault.key) for fault in caught.value.faults]
    assert found == [
        (1, "scarcity_facter"), (2, "id"), (3, "country"), (3, "elevation_m"), (3, "id"),
        (3, "kinds"), (3, "lat"),
    ]  # fmt: skip
    assert "scarcity_factor" in str(caught.value)


def test_regions_of_the_planner_join_the_demand(catalogue, tmp_path):
    path = tmp_path / "users.csv"
    path.write_text("id,country,lat,lon,internet_users\noffice,SWE,59.3,18.1,5000\n")
    joined, ids = add_demand(catalogue, path)
    assert ids == ("office",)
    assert select_demand(joined, ["office"]) == ("office",)
    assert "office" not in select_demand(joined, "europe")
    assert joined.demand.loc["office", "internet_users"] == 5000


def test_demand_without_people_is_refused(catalogue, tmp_path):
    path = tmp_path / "users.csv"
    path.write_text("id,country,lat,lon\noffice,SWE,59.3,18.1\n")
    with pytest.raises(DataError, match="internet_users"):
        add_demand(catalogue, path)
