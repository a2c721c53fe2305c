"""Attributes of any point beside those of the built-in candidates, and facts of geography."""

from __future__ import annotations

import numpy as np
import pytest

from siting.catalogue.layers import Shore, open_layers
from siting.catalogue.point_attributes import JOINED, attributes_at, country_at


@pytest.fixture(scope="module")
def layers():
    return open_layers()


@pytest.fixture(scope="module")
def joined(catalogue, layers):
    sites = catalogue.candidates
    codes = sites["country"].to_numpy(dtype=object)
    return attributes_at(layers, sites["lon"], sites["lat"], codes)


@pytest.mark.parametrize(
    ("attribute", "tolerance", "share"),
    [
        ("coast_km", 0.11, 1.0),
        ("hydro_mw_150km", 0.1, 1.0),
        ("hydro_gwh_150km", 1.0, 1.0),
        ("scarcity_factor_country", 0.01, 1.0),
        ("connection_mw", 10.0, 1 - 9 / 370),  # at announced campuses it is what they say
        ("scarcity_factor", 0.01, 1.0),
        ("lake_km", 0.11, 0.95),  # lakes that the map lacks are assumed in the catalogue
    ],
)
def test_a_point_gets_what_the_catalogue_has_there(catalogue, joined, attribute, tolerance, share):
    listed = catalogue.candidates[attribute].to_numpy(dtype=float)
    found = joined.values[attribute].to_numpy(dtype=float)
    same = np.isclose(listed, found, rtol=0.0, atol=tolerance) | np.isnan(listed) & np.isnan(found)
    assert same.mean() >= share


@pytest.mark.parametrize("zone", ["grid_zone", "hydro_zone", "renewable_zone"])
def test_zones_are_those_of_the_catalogue(catalogue, joined, zone):
    assert joined.values[zone].tolist() == catalogue.candidates[zone].tolist()


def test_every_value_has_a_label_and_a_source(catalogue, joined):
    origins = set(catalogue.sources["origin"])
    for name in JOINED:
        known = joined.values[name].notna()
        assert set(joined.labels.loc[known, name]) <= {"measured", "derived", "modelled", "assumed"}
        assert {text.split(", zone of")[0] for text in joined.sources.loc[known, name]} <= origins


def test_countries_of_points(layers):
    places = {
        "SWE": (22.15, 65.58),
        "FJI": (179.4, 16.6 * -1),  # on both sides of the antimeridian
        "RUS": (-170.5, 66.3),  # Chukotka, east of it
        "NAM": (17.1, -22.6),  # whose ISO2 code NA is no gap
        "": (-30.0, 0.0),  # mid-Atlantic
    }
    lon, lat = np.array(list(places.values())).T
    assert country_at(layers, lon, lat).tolist() == list(places)


def test_a_point_just_off_the_coast_belongs_to_it(layers):
    assert country_at(layers, np.array([4.9]), np.array([59.0])).tolist() == ["NOR"]


def test_distances_do_not_know_the_antimeridian_or_the_pole():
    ring = Shore(np.array([179.9, 0.0]), np.array([0.0, 89.0]))
    index, km = ring.nearest([-179.9, 180.0], [0.0, 89.0])
    assert index.tolist() == [0, 1]
    assert km[0] == pytest.approx(0.2 * 111.32, rel=1e-3)
    assert km[1] == pytest.approx(2 * 111.69, rel=1e-3)  # over the pole


def test_pairs_within_a_radius_are_those_of_brute_force():
    random = np.random.default_rng(5)
    points = Shore(random.uniform(-180, 180, 400), random.uniform(-85, 85, 400))
    lon, lat = random.uniform(-180, 180, 60), random.uniform(-85, 85, 60)
    from siting.geo import distance_km

    table = distance_km(lon[:, None], lat[:, None], points.lon, points.lat) <= 1500.0
    place, point = points.within(lon, lat, 1500.0)
    found = np.zeros_like(table)
    found[place, point] = True
    assert (found == table).all()
