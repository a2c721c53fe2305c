"""Positions and polygons of a planner: repaired where certain, else refused by name."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely import MultiPolygon, Point, Polygon, box

from siting.catalogue.planner import add_candidates, repairs
from siting.catalogue.repairs import checked_shape
from siting.errors import DataError
from siting.geo import geodesic_area_km2


def faults_of(catalogue, path):
    with pytest.raises(DataError) as caught:
        add_candidates(catalogue, path)
    return caught.value.faults


def test_a_ring_across_the_antimeridian_is_cut_there():
    across = checked_shape(Polygon([(179, 60), (-179, 60), (-179, 61), (179, 61)]))
    assert across.shape.geom_type == "MultiPolygon"
    assert across.shape.bounds == (-180.0, 60.0, 180.0, 61.0)
    assert geodesic_area_km2(across.shape) == pytest.approx(2 * 6_109, rel=0.01)
    assert "crosses 180°" in across.notes[0]


def test_longitudes_past_180_are_brought_back():
    past = checked_shape(box(179, 60, 181, 61))
    assert past.shape.equals(
        checked_shape(Polygon([(179, 60), (-179, 60), (-179, 61), (179, 61)])).shape
    )


def test_a_ring_around_a_pole_holds_the_pole():
    ring = Polygon([(lon, 80.0) for lon in range(-180, 180, 10)])
    cap = checked_shape(ring)
    assert cap.shape.covers(Point(33, 89.9))
    assert geodesic_area_km2(cap.shape) == pytest.approx(3.88e6, rel=0.02)  # 2πR²(1 - sin 80°)


def test_a_ring_around_the_earth_at_no_pole_is_refused():
    assert "which pole" in checked_shape(Polygon([(x, 10.0) for x in range(-180, 180, 10)])).problem


def test_holes_stay_holes():
    donut = Polygon(box(10, 50, 14, 54).exterior.coords, [box(11, 51, 13, 53).exterior.coords])
    assert checked_shape(donut).shape.area == pytest.approx(16 - 4)


def test_a_spike_is_repaired_and_a_bow_tie_refused():
    spike = Polygon([(0, 0), (2, 0), (2, 2), (3, 3), (2, 2), (0, 2)])
    assert checked_shape(spike).shape.equals(box(0, 0, 2, 2))
    assert checked_shape(spike).notes == ("a ring was made valid",)
    bow_tie = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    assert "crosses itself" in checked_shape(bow_tie).problem


def test_overlapping_parts_are_joined():
    both = checked_shape(MultiPolygon([box(0, 0, 2, 2), box(1, 0, 3, 2)]))
    assert both.shape.area == pytest.approx(6)
    assert both.notes == ("parts that overlap were joined",)


def test_swapped_coordinates_are_turned_where_the_country_says_so(catalogue, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("id,country,lat,lon\nlulea2,SWE,22.1,65.6\nok,NOR,59.9,10.7\n")
    joined, ids = add_candidates(catalogue, path)
    assert joined.candidates.loc["lulea2", ["lat", "lon"]].tolist() == [65.6, 22.1]
    assert repairs(joined, ids) == {"lulea2": "mine.csv, repaired: lat and lon were swapped"}


def test_what_may_be_swapped_is_refused_by_name(catalogue, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("id,lat,lon\nmine,106.5,26.4\nsea,0.0,-30.0\n")
    found = faults_of(catalogue, path)
    assert [(fault.line, fault.key) for fault in found] == [(2, "lat"), (3, "lat")]
    assert "swapped, it would lie in CHN" in found[0].problem
    assert "open sea" in found[1].problem


def test_a_place_in_another_country_is_refused(catalogue, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("id,country,lat,lon\nmine,SWE,48.9,2.3\n")
    (fault,) = faults_of(catalogue, path)
    assert "lies in FRA, not in SWE" in fault.problem


def test_all_faulty_polygons_come_together(catalogue, tmp_path):
    path = tmp_path / "plots.gpkg"
    shapes = [
        Polygon([(18, 64), (18.1, 64.1), (18.1, 64), (18, 64.1)]),
        box(-40, 10, -39, 11),
        box(18, 64, 18.1, 64.1),
    ]
    ids = ["bow_tie", "at_sea", "fine"]
    gpd.GeoDataFrame({"id": ids}, geometry=shapes, crs=4326).to_file(path)
    keys = [fault.key for fault in faults_of(catalogue, path)]
    assert keys == ["feature 1, geometry", "feature 2, geometry"]


def test_own_columns_win_and_keep_their_own_label_and_source(catalogue, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "id,lat,lon,hydro_mw_150km,connection_mw,connection_mw_label,connection_mw_source\n"
        "a,65.6,22.1,123,400,measured,letter of the utility\n"
        "b,65.6,22.1,,,,\n"
    )
    joined, _ = add_candidates(catalogue, path)
    table = joined.candidates
    assert table.loc["a", "hydro_mw_150km"] == 123
    assert table.loc["b", "hydro_mw_150km"] > 1000
    assert (table.loc["a", "country"], table.loc["a", "region"]) == ("SWE", "europe")
    cells = joined.provenance.set_index(["site", "attribute"])
    assert cells.loc[("a", "hydro_mw_150km"), "label"] == "given"
    assert cells.loc[("a", "connection_mw"), "source"] == "letter of the utility"
    assert cells.loc[("a", "connection_mw"), "label"] == "measured"
    assert cells.loc[("b", "connection_mw"), "label"] == "assumed"
    known = table.loc["b"].drop(["name", "country", "region", "kinds", "lat", "lon", "geometry"])
    assert set(cells.loc["b"].index) == set(known.dropna().index)


def test_an_unknown_label_is_a_fault(catalogue, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("id,lat,lon,elevation_m,elevation_m_label\na,65.6,22.1,5,guessed\n")
    (fault,) = faults_of(catalogue, path)
    assert (fault.line, fault.key) == (2, "elevation_m_label")
