"""Distances, circles and areas against analytic geometry, at the pole and across 180°."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import Point, box

from siting.files import geodata_dir
from siting.geo import (
    distance_km,
    geodesic_area_km2,
    geodesic_circle,
    sphere_km,
    split_at_antimeridian,
)

QUARTER_MERIDIAN_KM = 10_001.966  # WGS 84
EQUATOR_KM = 40_075.017


def polygon_share(vertices: int) -> float:
    """Area of a regular polygon as a share of its circle."""
    return math.sin(2 * math.pi / vertices) / (2 * math.pi / vertices)


def test_quarter_meridian_and_equator():
    assert distance_km(0, 0, 0, 90) == pytest.approx(QUARTER_MERIDIAN_KM, abs=0.001)
    assert distance_km(0, 0, 1, 0) == pytest.approx(EQUATOR_KM / 360, abs=0.001)


def test_a_degree_of_longitude_shrinks_towards_the_pole():
    assert distance_km(20, 68, 21, 68) == pytest.approx(41.9, abs=0.1)  # 111.4 km × cos 68°


def test_distance_broadcasts_and_does_not_change_its_arguments():
    lon, lat = np.array([0.0, 10.0]), np.array([50.0, 60.0])
    table = distance_km(lon[:, None], lat[:, None], lon, lat)
    assert table.shape == (2, 2)
    assert np.allclose(table, table.T)
    assert np.allclose(np.diag(table), 0.0)
    assert lon.tolist() == [0.0, 10.0]


def test_sphere_is_the_geodesic_within_six_thousandths() -> None:
    rng = np.random.default_rng(20240501)
    lat = np.degrees(np.arcsin(rng.uniform(-1.0, 1.0, (2, 4000))))
    lon = rng.uniform(-180.0, 180.0, (2, 4000))
    _, _, metres = Geod(ellps="WGS84").inv(lon[0], lat[0], lon[1], lat[1])
    ours = np.asarray(sphere_km(lon[0], lat[0], lon[1], lat[1]))
    assert np.abs(ours / (metres / 1000.0) - 1.0).max() < 0.006


def test_sphere_knows_antimeridian_poles_and_antipodes() -> None:
    assert sphere_km(179.5, 0.0, -179.5, 0.0) == pytest.approx(111.2, abs=0.1)
    assert sphere_km(0.0, 90.0, 123.0, 90.0) == pytest.approx(0.0, abs=1e-9)
    assert sphere_km(0.0, 0.0, 180.0, 0.0) == pytest.approx(20015.1, abs=0.1)
    assert sphere_km(190.0, 10.0, -170.0, 10.0) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(0, 0), (22.15, 65.58), (18.96, 69.65), (-179.95, 65.0), (179.99, -16.5), (25, 89.9)],
)
def test_area_of_a_circle_is_right_everywhere(lon, lat):
    vertices = 256
    circle = geodesic_circle(lon, lat, 25.0, vertices)
    exact = math.pi * 25.0**2 * polygon_share(vertices)
    assert circle.is_valid
    assert geodesic_area_km2(circle) == pytest.approx(exact, rel=2e-3)


@given(st.floats(-180, 180), st.floats(-89.5, 89.5), st.floats(1, 200))
def test_a_circle_is_valid_within_the_world_and_holds_its_centre(lon, lat, radius):
    circle = geodesic_circle(lon, lat, radius)
    west, south, east, north = circle.bounds
    assert circle.is_valid
    assert west >= -180
    assert east <= 180
    assert south >= -90
    assert north <= 90
    assert circle.distance(Point(lon, lat)) < 1e-6
    exact = math.pi * radius**2 * polygon_share(64)
    assert geodesic_area_km2(circle) == pytest.approx(exact, rel=0.02)


def test_a_circle_across_the_antimeridian_has_a_part_on_either_side():
    circle = geodesic_circle(179.9, 66.0, 25.0)
    assert circle.geom_type == "MultiPolygon"
    assert circle.contains(Point(179.95, 66.0))
    assert circle.contains(Point(-179.9, 66.0))
    assert not circle.contains(Point(0.0, 66.0))


def test_a_circle_around_the_pole_reaches_it_at_every_longitude():
    cap = geodesic_circle(100.0, 89.9, 50.0)
    assert all(cap.covers(Point(lon, 89.95)) for lon in range(-180, 181, 30))
    assert not cap.covers(Point(-80.0, 89.0))


def test_a_shape_within_the_world_is_left_as_it_is():
    square = box(10, 50, 20, 60)
    assert split_at_antimeridian(square) is square


def test_splitting_keeps_the_area():
    strip = box(175, 10, 190, 20)
    parts = split_at_antimeridian(strip)
    assert parts.bounds[0] >= -180
    assert parts.area == pytest.approx(strip.area)


@pytest.mark.parametrize(
    ("iso3", "km2"),  # land and inland water, UN Demographic Yearbook
    [("FRA", 640_000), ("SWE", 450_000), ("CHN", 9_400_000), ("ISL", 103_000), ("FJI", 18_300)],
)
def test_areas_of_countries_on_the_map(iso3, km2):
    countries = gpd.read_file(geodata_dir() / "countries.geojson")
    shapes = countries.loc[countries["iso3"] == iso3].geometry
    assert geodesic_area_km2(shapes.union_all()) == pytest.approx(km2, rel=0.08)


def test_maps_are_valid_and_in_wgs84():
    for name in ("countries", "lakes"):
        layer = gpd.read_file(geodata_dir() / f"{name}.geojson")
        assert layer.crs.to_epsg() == 4326
        assert layer.is_valid.all()


@pytest.mark.parametrize(("name", "km2"), [("Superior", 82_100), ("Baikal", 31_700)])
def test_named_lakes_have_their_size(name, km2):
    lakes = gpd.read_file(geodata_dir() / "lakes.geojson").set_index("name")
    assert lakes.loc[name, "area_km2"] == pytest.approx(km2, rel=0.02)


@pytest.mark.parametrize(
    ("lat", "lon"), [(68.0, -30.0), (66.0, -170.0), (-17.0, 0.0), (0.0, -140.0)]
)
def test_open_sea_is_not_land(lat, lon):
    # Rings that reach 180° must not run around the Earth as bands of false land.
    countries = gpd.read_file(geodata_dir() / "countries.geojson")
    assert not countries.contains(Point(lon, lat)).any()
