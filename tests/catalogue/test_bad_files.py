"""Files of the planner's own that are not what they should be: each is told, none is believed."""

from __future__ import annotations

import json
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pydantic_core import PydanticCustomError
from shapely import Point, box

from siting.catalogue import load_catalogue
from siting.catalogue.figures import ALLOWED, number_faults
from siting.catalogue.planner import add_candidates, add_demand, repairs
from siting.catalogue.power_files import read_ppas
from siting.catalogue.read_files import read_shapes
from siting.catalogue.read_tables import Rows, read_rows
from siting.catalogue.weather_files import read_weather_file
from siting.config.base import existing_file
from siting.errors import DataError
from siting.files import check_size


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


def told(act, *arguments):
    with pytest.raises(DataError) as caught:
        act(*arguments)
    return [str(fault) for fault in caught.value.faults]


def geojson(path, *features, **members):
    """A map layer of (properties, geometry)."""
    listed = [
        {"type": "Feature", "properties": properties, "geometry": geometry}
        for properties, geometry in features
    ]
    layer = {"type": "FeatureCollection", "features": listed, **members}
    path.write_text(json.dumps(layer), encoding="utf-8")
    return path


LULEA = {"type": "Point", "coordinates": [22.1, 65.6]}


def polygon(*corners):
    return {"type": "Polygon", "coordinates": [list(map(list, corners))]}


@pytest.mark.parametrize(
    ("name", "what"),
    [("/dev/zero", "is a device or a pipe, not a file"), (".", "is a folder"),
     ("none.csv", "does not exist")],
)  # fmt: skip
def test_what_stands_in_place_of_a_file_is_named(tmp_path, catalogue, name, what):
    table = tmp_path / "ppas.csv"
    table.write_text(f"source,site,mw,price_usd_per_mwh,profile\nwind,lulea,8,20,{name}\n")
    (words,) = told(read_ppas, table, catalogue)
    assert words.startswith(f"ppas.csv:2: profile: names '{name}', which {what}. Give built_in")
    assert told(read_weather_file, tmp_path / name)[0].startswith(f"{tmp_path / name}: {what}")
    with pytest.raises(PydanticCustomError, match=what.replace("is a", "names a")):
        existing_file(str(tmp_path / name))


@pytest.mark.parametrize(
    ("properties", "geometry", "words"),
    [
        ({"lat": 40.4, "lon": -3.7}, LULEA, "feature 1, lat: 40.4, -3.7 lies 3,244 km from"),
        ({"lat": 91, "lon": 22.1}, LULEA, "lat: 91, 22.1 is not on the Earth"),
        ({"lat": None, "lon": 2}, LULEA, "feature 1, lat: is empty beside lon"),
        ({"lat": "x", "lon": "y"}, LULEA, "feature 1, lat: is 'x', not a number"),
        ({"lat": 65.6}, LULEA, "lon: the column is not there beside lat"),
        ({"elevation_m": 99999}, LULEA, "elevation_m: is 99999, outside -450 to 6,000 m"),
        ({"elevation_m": -5000}, LULEA, "elevation_m: is -5000, outside"),
        ({"elevation_m": True}, LULEA, "elevation_m: is True, not a number"),
        ({"scarcity_factor": -1}, LULEA, "scarcity_factor: is -1, outside 0.1 to 100"),
        ({"hydro_mw_150km": -100}, LULEA, "hydro_mw_150km: is -100, outside 0 to 200,000 MW"),
        ({"connection_mw": 1e308}, LULEA, "connection_mw: is 1e+308, outside 0 to 100,000 MW"),
        ({"connection_mw": "1,5"}, LULEA, "connection_mw: is '1,5', not a number. Write 1.5."),
        ({"id": None}, LULEA, "feature 1, id: is empty"),
        ({"id": 5}, LULEA, "'5' is not an id"),
        ({"name": "n" * 1001}, LULEA, "name: holds 1,001 characters"),
        ({}, None, "geometry: is empty"),
        ({}, {"type": "LineString", "coordinates": [[0, 50], [1, 50]]}, "is a LineString"),
        ({}, polygon((10, 50), (10, 50), (10, 50), (10, 50)),
         "has a ring that encloses no area. Give corners that enclose an area"),
        ({}, polygon((-180, 70), (0, 70), (180, 70), (-180, 70)),
         "runs along a parallel around the Earth and back, and encloses no area. Add the corners "
         "[180, 90] and [-180, 90]"),
        ({}, polygon((10, 50), (11, 50)), "encloses no area. Give corners"),
        ({}, polygon((10, 50), (math.nan, 50), (11, 51), (10, 50)), "that are no numbers"),
    ],
)  # fmt: skip
def test_a_feature_that_cannot_be_meant_is_told(catalogue, tmp_path, properties, geometry, words):
    path = geojson(tmp_path / "own.geojson", ({"id": "a", **properties}, geometry))
    found = told(add_candidates, catalogue, path)
    assert any(words in fault for fault in found), found


def test_a_ring_that_is_not_closed_is_closed_and_says_so(catalogue, tmp_path):
    ring = polygon((10, 50), (11, 50), (11, 51), (10, 51))
    joined, ids = add_candidates(catalogue, geojson(tmp_path / "a.geojson", ({"id": "a"}, ring)))
    assert joined.candidates.loc["a", "geometry"].equals(box(10, 50, 11, 51))
    assert repairs(joined, ids) == {"a": "a.geojson, repaired: a ring was closed"}


def test_columns_that_agree_with_the_geometry_are_taken(catalogue, tmp_path):
    features = [
        ({"id": "a", "lat": 65.61, "lon": 22.11}, LULEA),
        ({"id": "b", "lat": None, "lon": None}, LULEA),
        ({"id": "c", "lat": 50.9, "lon": 10.9}, polygon((10, 50), (11, 51), (11, 50))),
    ]
    joined, _ = add_candidates(catalogue, geojson(tmp_path / "a.geojson", *features))
    places = joined.candidates.loc[["a", "b", "c"], ["lat", "lon"]].to_numpy(float)
    np.testing.assert_allclose(places, [[65.61, 22.11], [65.6, 22.1], [50.9, 10.9]])


@pytest.mark.parametrize(
    ("crs", "words"),
    [
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::99999"}}, "is not known"),
        ({"type": "name", "properties": {"name": "EPSG:99999"}}, "is not known"),
        ({"type": "link", "properties": {"href": "https://example.org/crs"}}, "is not known"),
        (None, "is missing"),
        (7, "is not known"),
    ],
)
def test_a_reference_system_that_nobody_knows_is_not_taken_for_degrees(tmp_path, crs, words):
    path = geojson(tmp_path / "a.geojson", ({"id": "a"}, LULEA), crs=crs)
    assert any(words in fault for fault in told(read_shapes, path))


def test_a_reference_system_of_the_file_is_reprojected_from(tmp_path):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    metres = {"type": "Point", "coordinates": [2461000.0, 9794000.0]}
    found = read_shapes(geojson(tmp_path / "a.geojson", ({"id": "a"}, metres), crs=crs))
    assert found.note == "reprojected from WGS 84 / Pseudo-Mercator"
    assert found.frame.geometry[0].y == pytest.approx(65.6, abs=0.1)


def test_a_layer_without_features_is_told(tmp_path):
    path = tmp_path / "empty.gpkg"
    gpd.GeoDataFrame({"id": []}, geometry=[], crs=4326).to_file(path)
    assert "holds no feature" in told(read_shapes, path)[0]
    assert "holds no feature" in told(read_shapes, geojson(tmp_path / "e.geojson"))[0]


def test_a_file_of_several_layers_is_not_read_by_chance(tmp_path):
    path = tmp_path / "two.gpkg"
    for layer in ("kept", "fell_out"):
        gpd.GeoDataFrame({"id": ["a"]}, geometry=[Point(22, 65)], crs=4326).to_file(
            path, layer=layer
        )
    assert "holds 2 layers (kept, fell_out)" in told(read_shapes, path)[0]


def test_a_layer_of_an_undefined_place_is_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[Point(22, 65)], crs='LOCAL_CS["mine"]')
    frame.to_file(path)
    assert "the coordinate reference system is" in told(read_shapes, path)[0]


def test_a_table_where_shapes_are_asked_for_is_refused_as_such(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text("id,lat,lon\na,65,22\n")
    assert told(read_shapes, path) == [
        "lines.csv: is a table, where shapes are asked for. Give a map layer (.gpkg, .geojson, "
        ".shp, .fgb, .kml, .kmz, .parquet)"
    ]


@pytest.mark.parametrize("suffix", ["geojson", "json", "gpkg", "fgb", "shp"])
@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"<OGRVRTDataSource/>", b"{" * 9000])
def test_a_file_that_is_not_what_its_name_says_is_told(tmp_path, suffix, content):
    path = tmp_path / f"own.{suffix}"
    path.write_bytes(content)
    assert "cannot be read" in told(read_shapes, path)[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,lat,lon\n", "own.csv: the table is empty"),
        ("", "own.csv: the table is empty"),
        ("\n\n\n", "own.csv: the table is empty"),
        ("id,lat,lon\n\n\nA,65,22\n", "own.csv:4: id: 'A' is not an id"),
        ('id,name,lat,lon\n\na,"two\nlines",65,22\n\nB,x,65,22\n', "own.csv:6: id: 'B'"),
        ("\n\nid,lat,lon\nA,65,22\n", "own.csv:4: id: 'A'"),
        ("id,lat,lon\na,65\n", "own.csv:2: the line has 2 cells, the header has 3"),
        ('id,lat,lon\na,"65,22\n', "own.csv:2: cannot be read"),
        ("id,lat,lat,lon\na,65,65,22\n", "own.csv:1: lat: the column is there twice"),
        ("id,lat,lon\na,,22\n", "own.csv:2: lat: is empty"),
        ("id,lat,lon\na,inf,22\n", "own.csv:2: lat: is 'inf', not a number"),
        ("id,lat,lon\na,nan,22\n", "own.csv:2: lat: is 'nan', not a number"),
        ('id,lat,lon\na,"65,6",22.5\n', "lat: is '65,6', and lon of another cell is '22.5'"),
        ("id,lat,lon\nnan,65,22\nnan,65,22\n", "'nan' is twice in the file"),
        ("id,lat,lon\n,65,22\n", "own.csv:2: id: is empty"),
        ("lat,lon\n65,22\n", "own.csv:1: id: the column is not there"),
        ("id,lat,lon,scarcity_factor\na,65,22,-1\n", "scarcity_factor: is -1, outside 0.1 to"),
    ],
)
def test_a_table_says_what_is_wrong_and_where(catalogue, tmp_path, text, words):
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    found = told(add_candidates, catalogue, path)
    assert any(words in fault for fault in found), found


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ("1e308", "internet_users: is 1e308, outside 0 to 1e+10"),
        ("-1", "internet_users: is -1, outside"),
        ("", "u.csv:2: internet_users: is empty"),
    ],
)
def test_people_that_cannot_be_are_told(catalogue, tmp_path, people, words):
    path = tmp_path / "u.csv"
    path.write_text(f"id,lat,lon,internet_users\na,50,8,{people}\nb,51,8,1\n")
    assert any(words in fault for fault in told(add_demand, catalogue, path))


def test_every_row_of_many_is_judged_quickly_and_counted_once(catalogue, tmp_path):
    path = tmp_path / "sea.csv"
    path.write_text("id,lat,lon\n" + "".join(f"p{i},0,-30\n" for i in range(3000)))
    with pytest.raises(DataError) as caught:
        add_candidates(catalogue, path)
    assert len(caught.value.faults) == 3000
    assert str(caught.value).count("\n") == 5
    assert "2,995 more errors of this kind, the last in line 3,001" in str(caught.value)


def test_every_number_of_the_catalogue_lies_in_its_range(catalogue):
    table = pd.DataFrame(catalogue.candidates.drop(columns="geometry")).reset_index()
    assert not number_faults(Rows("candidates"), table, ALLOWED)
    assert not number_faults(Rows("demand"), catalogue.demand.reset_index(), ALLOWED)
    numeric = set(table.select_dtypes("number").columns) - {"lat", "lon"}
    assert numeric <= ALLOWED.keys()


def test_a_file_of_another_size_than_its_kind_is_not_read(tmp_path):
    path = tmp_path / "sparse.csv"
    with path.open("wb") as file:
        file.truncate(10**12)
    assert "holds 1,000,000,000,000 bytes" in told(read_rows, path)[0]
    assert "is not a file" in told(check_size, tmp_path, 1)[0]
    assert "cannot be read" in told(check_size, tmp_path / "absent", 1)[0]
