from __future__ import annotations

import numpy as np
import pytest

from siting.report.maps.palette import bar_of
from siting.report.maps.projection import ProjectionKind, choose_projection, covering_arc, view_of
from tests.helpers.fakes import (
    ARCTIC,
    CHINA,
    CHINESE,
    CITIES,
    EUROPE,
    EUROPEAN,
    NORDIC,
    WORLD,
    fake_placement,
)

EXTENTS = {
    "Arctic": (fake_placement(NORDIC, ARCTIC), ProjectionKind.POLAR),
    "Europe": (fake_placement(EUROPE, EUROPEAN), ProjectionKind.CONIC),
    "China": (fake_placement(CHINA, CHINESE), ProjectionKind.CONIC),
    "world": (fake_placement(WORLD, tuple(CITIES)), ProjectionKind.WORLD),
}


def _ends(placement):
    rows = [placement.sites[["lon", "lat"]], placement.demand[["lon", "lat"]]]
    return np.vstack(rows).T


@pytest.mark.parametrize("extent", EXTENTS)
def test_projection_suits_the_extent(extent):
    placement, kind = EXTENTS[extent]
    assert choose_projection(*_ends(placement)).kind is kind


def test_north_america_is_conic_and_the_tropics_are_azimuthal():
    assert choose_projection([-122.3, -77.5, -71.2], [47.6, 39.0, 46.8]).kind == "conic"
    assert choose_projection([103.8, 106.8, 100.5], [1.35, -6.2, 13.8]).kind == "azimuthal"


def test_both_shores_of_the_pacific_are_shown_in_one_piece():
    pacific = choose_projection([139.7, -122.3, 174.8, -157.9], [35.7, 47.6, -36.9, 21.3])
    assert pacific.kind is ProjectionKind.WORLD
    assert pacific.lon_0 == pytest.approx((139.7 + 237.7) / 2 - 360.0)
    assert choose_projection([139.7, -122.3, 0.0], [35.7, 47.6, -36.9]).lon_0 == 11.0


@pytest.mark.parametrize("extent", EXTENTS)
def test_every_place_lies_inside_of_its_window(extent):
    placement, _ = EXTENTS[extent]
    lon, lat = _ends(placement)
    view = view_of(choose_projection(lon, lat), lon, lat, width=700, height=420)
    spots = view.points(np.column_stack([lon, lat]))
    assert (spots > 0).all()
    assert (spots < (700, 420)).all()
    assert view.lon_lat(spots) == pytest.approx(np.column_stack([lon, lat]), abs=1e-6)


@pytest.mark.parametrize(
    ("lon", "west", "width"),
    [([170.0, -170.0], 170.0, 20.0), ([5.0], 5.0, 0.0), ([-20.0, 0.0, 40.0], -20.0, 60.0)],
)
def test_smallest_arc_may_cross_the_antimeridian(lon, west, width):
    assert covering_arc(lon) == pytest.approx((west, width))


def test_equal_areas_on_the_ground_are_equal_on_a_map():
    # Snyder (1987) eq. 3-12: the area between two parallels is in proportion to the change of q.
    projection = choose_projection([-10.0, 30.0], [36.0, 66.0])
    view = view_of(projection, [-10.0, 30.0], [36.0, 66.0], width=700, height=420)

    def on_map(lat):
        half = np.linspace(-1, 1, 200)
        ring = np.vstack([
            np.column_stack([half, np.full(200, lat - 1.0)]),
            np.column_stack([half[::-1], np.full(200, lat + 1.0)]),
        ])  # fmt: skip
        x, y = view.points(ring + np.array([10.0, 0.0])).T
        return 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))

    def q(lat, e=0.0818191908426215):
        s = np.sin(np.radians(lat))
        logarithm = np.log((1 - e * s) / (1 + e * s)) / (2 * e)
        return (1 - e**2) * (s / (1 - (e * s) ** 2) - logarithm)

    def on_earth(lat):
        return q(lat + 1) - q(lat - 1)

    assert on_map(40) / on_map(65) == pytest.approx(on_earth(40) / on_earth(65), rel=1e-4)


def test_scale_bar_is_true_to_one_percent_on_the_sphere():
    lon, lat = [-9.0, 22.0], [36.0, 66.0]
    view = view_of(choose_projection(lon, lat), lon, lat, width=700, height=420)
    km, length = bar_of(view)
    (lon_a, lat_a), (lon_b, lat_b) = np.radians(view.lon_lat([(14.0, 14.0), (14.0 + length, 14.0)]))
    cosine = np.sin(lat_a) * np.sin(lat_b)
    cosine += np.cos(lat_a) * np.cos(lat_b) * np.cos(lon_a - lon_b)
    assert 6371.0 * np.arccos(cosine) == pytest.approx(km, rel=0.01)


def test_a_world_map_has_no_scale_bar():
    lon, lat = [-122.0, 150.0], [45.0, -34.0]
    assert bar_of(view_of(choose_projection(lon, lat), lon, lat, width=700, height=420)) is None
