"""The demand metros: groups, people and the names a study uses."""

from __future__ import annotations

import pytest

from siting.catalogue.selection import select_demand
from siting.errors import DataError
from siting.geo import distance_km


@pytest.mark.parametrize(
    ("group", "least"),
    [("europe", 25), ("china", 20), ("north_america", 20), ("asia_pacific", 45), ("world", 110)],
)
def test_each_group_has_its_metros(catalogue, group, least):
    assert len(select_demand(catalogue, group)) >= least


def test_china_is_part_of_asia_and_everything_of_the_world(catalogue):
    china, asia = (set(select_demand(catalogue, name)) for name in ("china", "asia_pacific"))
    assert china < asia
    assert len(asia - china) >= 25
    assert len(select_demand(catalogue, "world")) == len(catalogue.demand)


def test_a_metro_belongs_to_one_continent(catalogue):
    for metro, groups in catalogue.demand["groups"].items():
        assert len(set(groups) - {"world", "china"}) == 1, metro


@pytest.mark.parametrize(
    ("metro", "low", "high"),
    [  # millions: the city proper and the urban agglomeration (UN World Urbanization Prospects)
        ("tokyo", 9, 38), ("shanghai", 22, 30), ("beijing", 17, 23), ("delhi", 11, 33),
        ("sao_paulo", 11, 23), ("london", 8, 15), ("paris", 2, 13), ("hong_kong", 7, 10),
        ("singapore", 5, 6.5), ("new_york", 8, 21), ("berlin", 3.4, 4.5), ("dublin", 0.5, 1.6),
        ("sydney", 4.5, 6), ("johannesburg", 4, 15), ("mexico_city", 8, 23),
    ],
)  # fmt: skip
def test_population_is_between_city_and_agglomeration(catalogue, metro, low, high):
    assert low <= catalogue.demand.loc[metro, "population"] / 1e6 <= high


def test_people_online_are_some_of_the_people(catalogue):
    demand = catalogue.demand
    assert (demand["internet_users"] > 0).all()
    assert (demand["internet_users"] <= demand["population"] + 500).all()  # rounded to 1,000


def test_more_of_norway_than_of_ethiopia_is_online(catalogue):
    share = catalogue.demand["internet_users"] / catalogue.demand["population"]
    assert share["oslo"] > 0.95 > 0.4 > share["addis_ababa"]


def test_no_metro_is_listed_twice_under_two_names(catalogue):
    demand = catalogue.demand
    lon, lat = demand["lon"].to_numpy(), demand["lat"].to_numpy()
    away = distance_km(lon[:, None], lat[:, None], lon, lat)
    same_country = demand["country"].to_numpy()[:, None] == demand["country"].to_numpy()
    i, j = (away + 1e9 * ~same_country < 40.0).nonzero()
    assert (i == j).all()


def test_groups_and_ids_mix(catalogue):
    chosen = select_demand(catalogue, ["china", "singapore"])
    assert set(chosen) == {*select_demand(catalogue, "china"), "singapore"}


def test_an_unknown_region_is_reported_with_the_closest(catalogue):
    with pytest.raises(DataError, match="europe"):
        select_demand(catalogue, ["eurpe"])
