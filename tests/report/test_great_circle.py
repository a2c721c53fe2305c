from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.geo import great_circle, split_at_cut
from siting.report.maps.projection import choose_projection, view_of

LONGITUDES = st.floats(-179.9, 179.9)
LATITUDES = st.floats(-85, 85)


def test_tokyo_to_san_francisco_is_split_at_the_antimeridian():
    line = great_circle((139.69, 35.68), (-122.42, 37.77))
    west, east = split_at_cut(line, 0.0)
    assert west[-1, 0] == pytest.approx(180.0, abs=1e-5)
    assert east[0, 0] == pytest.approx(-180.0, abs=1e-5)
    assert west[-1, 1] == pytest.approx(east[0, 1])
    assert (west[:, 0] > 0).all()
    assert (east[:, 0] < 0).all()


@pytest.mark.parametrize(
    "ends", [((139.69, 35.68), (-122.42, 37.77)), ((-122.3, 47.6), (174.8, -36.9))]
)
def test_no_part_of_a_split_line_runs_across_the_map(ends):
    lon, lat = [-120.0, 0.0, 120.0], [60.0, 0.0, -40.0]
    projection = choose_projection(lon, lat)
    view = view_of(projection, lon, lat, width=700, height=420)
    parts = split_at_cut(great_circle(*ends), projection.lon_0)
    assert len(parts) == 2
    for part in parts:
        steps = np.hypot(*np.diff(view.points(part), axis=0).T)
        assert steps.max() < 10.0


def test_the_same_line_is_whole_on_a_map_of_the_pacific():
    line = great_circle((139.69, 35.68), (-122.42, 37.77))
    (whole,) = split_at_cut(line, 180.0)
    assert (np.diff(whole[:, 0]) > 0).all()


def test_great_circle_between_equal_latitudes_bends_to_the_pole():
    # Its vertex lies at tan(lat_v) = tan(lat) / cos(dlon / 2).
    line = great_circle((-60.0, 50.0), (60.0, 50.0), step=0.01)
    vertex = np.degrees(np.arctan(np.tan(np.radians(50.0)) / np.cos(np.radians(60.0))))
    assert line[:, 1].max() == pytest.approx(vertex, abs=1e-3)


@given(LONGITUDES, LATITUDES, LONGITUDES, LATITUDES, st.sampled_from([-60.0, 0.0, 11.0, 105.0]))
def test_parts_join_end_to_end_and_never_jump(lon_a, lat_a, lon_b, lat_b, lon_0):
    line = great_circle((lon_a, lat_a), (lon_b, lat_b))
    parts = split_at_cut(line, lon_0)
    assert sum(map(len, parts)) == len(line) + 2 * (len(parts) - 1)
    for part in parts:
        assert (np.abs(part[:, 0] - lon_0) <= 180 + 1e-9).all()
        assert (np.abs(np.diff(part[:, 0])) <= 180 + 1e-9).all()
    for before, after in itertools.pairwise(parts):
        assert before[-1, 1] == after[0, 1]
        assert abs(before[-1, 0] - after[0, 0]) == pytest.approx(360.0, abs=1e-5)


def test_a_place_that_serves_itself_is_a_line_without_length():
    assert np.ptp(great_circle((10.0, 50.0), (10.0, 50.0)), axis=0) == pytest.approx([0, 0])
