"""Hydropower: seasons, annual levels, dry and wet years."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from siting.errors import DataError, InputError
from siting.supply.hydro import hydro_capacity_factor, hydro_season
from siting.supply.renewables import available
from tests.supply.conftest import DAYS

MONTHS = np.arange(1, 13)


def test_wet_season_of_the_southwest_gives_more_than_twice_the_dry_season(catalogue):
    yunnan, sichuan, guizhou = hydro_capacity_factor(
        catalogue.hydro_profiles, ["CN-YN", "CN-SC", "CN-GZ"], MONTHS
    )
    for province in (yunnan, sichuan, guizhou):
        wet, dry = province[5:9].mean(), province[:4].mean()
        assert 1.8 < wet / dry < 4


def test_chinese_season_agrees_with_the_published_share_of_january_to_may(catalogue):
    # National hydropower of January to May: 355.8 TWh in 2020, 11.3 % less than in 2019 (NBS by
    # way of the trade press); whole years 1,214.0 and 1,153.4 TWh (NBS).
    published = sorted([355.8 / 1214.0, 355.8 / (1 - 0.113) / 1153.4])
    weights = {  # TWh of hydropower in 2023, rounded
        "CN-SC": 363, "CN-YN": 282, "CN-HB": 127, "CN-GZ": 47, "CN-GX": 46, "CN-QH": 40,
        "CN-HN": 39, "CN-GS": 36, "CN-FJ": 29, "CN-GD": 27, "CN-CQ": 23, "CN-ZJ": 19, "CN-JX": 14,
    }  # fmt: skip
    season = hydro_season(catalogue.hydro_profiles, list(weights)) * DAYS / 365
    share = np.average(season[:, :5].sum(axis=1), weights=list(weights.values()))
    assert published[0] < share < published[1]


@pytest.mark.parametrize(
    ("zone", "annual"),
    [("ISL", 0.755), ("NOR", 0.495), ("CHN", 0.433), ("CN-YN", 0.46), ("NO4", 0.495)],
)
def test_mean_over_the_days_is_the_stated_annual_capacity_factor(catalogue, zone, annual):
    month = hydro_capacity_factor(catalogue.hydro_profiles, [zone], MONTHS)[0]
    assert np.average(month, weights=DAYS) == pytest.approx(annual, abs=0.0015)


def test_iceland_is_flat(catalogue):
    month = hydro_capacity_factor(catalogue.hydro_profiles, ["ISL"], MONTHS)[0]
    assert np.ptp(month) == 0


def test_norway_gives_most_in_winter_when_it_needs_it(catalogue):
    month = hydro_capacity_factor(catalogue.hydro_profiles, ["NO2"], MONTHS)[0]
    assert month[[11, 0, 1]].mean() > month[5:8].mean()


def test_no_zone_exceeds_its_capacity_and_none_is_negative(catalogue):
    month = catalogue.hydro_profiles["capacity_factor"]
    assert month.between(0, 1).all()


def test_dry_year_gives_less_and_wet_year_more_in_every_zone_and_month(catalogue):
    zones = sorted(set(catalogue.hydro_profiles.index.get_level_values("zone")))
    dry, normal, wet = (
        hydro_capacity_factor(catalogue.hydro_profiles, zones, MONTHS, year)
        for year in ("dry", "normal", "wet")
    )
    assert (dry < normal).all()
    assert (normal < wet).all()


def test_a_number_multiplies_every_month_and_stops_at_full_output(catalogue):
    profiles = catalogue.hydro_profiles
    normal = hydro_capacity_factor(profiles, ["CN-YN", "ISL"], MONTHS)
    half = hydro_capacity_factor(profiles, ["CN-YN", "ISL"], MONTHS, 0.5)
    twice = hydro_capacity_factor(profiles, ["CN-YN", "ISL"], MONTHS, 2)
    np.testing.assert_allclose(half, normal / 2)
    np.testing.assert_allclose(twice, np.minimum(2 * normal, 1))


def test_drought_of_guizhou_is_worst_in_the_wet_season_and_adds_up_to_the_year(catalogue):
    rows = catalogue.hydro_profiles.loc["CN-GZ"]
    normal, factor = rows["capacity_factor"], rows["dry_year_factor"]
    assert factor.loc[6:9].mean() < factor.loc[1:4].mean()
    year = np.average(factor, weights=normal.to_numpy() * DAYS)
    assert year == pytest.approx(0.70, abs=1e-4)


def test_norwegian_driest_year_in_ten_is_about_a_tenth_short(catalogue):
    # Annual hydropower of Norway 2004-2023 ranges from 106 to 153 TWh about a mean of 136.
    assert catalogue.hydro_profiles.loc[("NOR", 1), "dry_year_factor"] == pytest.approx(
        0.9, abs=0.05
    )


def test_design_hours_count_on_the_lowest_month_only(catalogue):
    steps = hydro_capacity_factor(catalogue.hydro_profiles, ["CN-SC"], np.arange(13))[0]
    assert steps[0] == steps[1:].min()


def test_zone_without_profile_has_no_hydropower_to_contract(catalogue):
    factor = hydro_capacity_factor(catalogue.hydro_profiles, ["SGP", "NOR"], MONTHS)
    np.testing.assert_array_equal(available(factor), [False, True])


@pytest.mark.parametrize("year", ["average", -0.1, 3.0, True, float("nan")])
def test_impossible_year_is_a_mistake_of_the_planner(catalogue, year):
    with pytest.raises(InputError, match=r"supply\.hydro_year"):
        hydro_capacity_factor(catalogue.hydro_profiles, ["NOR"], MONTHS, year)


def test_table_with_a_missing_month_is_refused():
    index = pd.MultiIndex.from_product([["X"], range(1, 12)], names=["zone", "month"])
    with pytest.raises(DataError, match=r"X\.capacity_factor"):
        hydro_capacity_factor(pd.DataFrame({"capacity_factor": 0.5}, index=index), ["X"], MONTHS)
