import dataclasses

import numpy as np
import pandas as pd
import pytest
import shapely

from siting.catalogue import load_catalogue
from siting.catalogue.layers import REACH_KM, Shores, open_layers
from siting.profile import NEAR_KM


@pytest.fixture(scope="module")
def shores():
    catalogue = load_catalogue()
    bodies = catalogue.water_bodies
    homes = catalogue.candidates.loc[list(bodies.index), ["lat", "lon"]]
    return Shores(bodies, homes, open_layers(catalogue.folder))


def test_every_candidate_is_within_reach_of_its_own_water(shores):
    for site in shores.bodies.index:
        assert shores.distance_km(site, *shores.home(site)) <= NEAR_KM[shores.bodies["kind"][site]]


def test_the_nearest_water_of_a_candidate_is_its_own_or_no_farther(shores):
    for site in shores.bodies.index:
        kind, here = shores.bodies["kind"][site], shores.home(site)
        nearest = shores.nearest(kind, *here)
        assert shores.distance_km(nearest, *here) <= shores.distance_km(site, *here)


def test_a_lake_without_an_outline_is_a_circle_with_its_candidate_on_the_shore(shores):
    """Fuxian: 211 km², a circle of 8.2 km about 24.5° N, 102.89° E."""
    east = 102.89 + 20.0 / (111.32 * np.cos(np.radians(24.5)))
    assert shores.distance_km("fuxian_lake", east, 24.5) == pytest.approx(20.0 - 8.2, abs=0.2)
    assert shores.distance_km("fuxian_lake", *shores.home("fuxian_lake")) == 0.0


def test_the_distance_is_to_the_shore_and_not_to_a_corner(shores):
    """A square lake of 0.2° on the equator, a place 0.1° east of the middle of its side."""
    square = shapely.MultiPolygon([shapely.box(-0.1, -0.1, 0.1, 0.1)])
    made = dataclasses.replace(shores.layers, lakes=np.array([square], dtype=object))
    bodies = pd.DataFrame(
        {"kind": ["lake"], "lat": [0.0], "lon": [0.0], "area_km2": [495.0]}, index=["x"]
    )
    lake = Shores(bodies, pd.DataFrame({"lat": [0.1], "lon": [0.0]}, index=["x"]), made)
    assert lake.distance_km("x", 0.2, 0.0) == pytest.approx(0.1 * 111.32, rel=1e-3)
    assert lake.distance_km("x", 0.05, 0.0) == 0.0


def test_the_sea_begins_at_the_coast_and_the_other_side_of_the_world_is_far(shores):
    assert shores.distance_km("marseille", 5.3, 43.2) == 0.0  # in the Gulf of Lion
    away = shores.distance_km("marseille", -5.0, 35.0)
    assert away > REACH_KM["sea"]
    assert shores.nearest("lake", 46.7, 24.7) is not None
