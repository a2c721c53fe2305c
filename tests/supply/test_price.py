"""Prices: labels of the grid's, contracts delivered, time of use, demand charges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import siting
from siting.config.plant import TimeOfUse
from siting.errors import StudyError
from siting.supply import contract_price_usd_per_mwh
from siting.supply.grid import time_of_use_factor, wholesale_swing_usd_per_mwh
from siting.supply.tables import DAYS_IN_MONTH, grid_table

STUDY: dict[str, Any] = {
    "name": "price",
    "candidates": {"sites": ["dublin"]},
    "designs": ["air_economizer"],
    "demand": {
        "regions": "europe",
        "workloads": [{"name": "all", "it_mw": 20, "max_rtt_ms": None}],
    },
    "supply": {"contracts": []},
    "time": {"slices": 24},
}


def cost(**economics: Any) -> float:
    placement = siting.solve(siting.load(STUDY | {"economics": economics}))
    assert placement.audit is not None
    assert placement.audit["passed"], placement.audit
    return float(placement.metrics["cost_usd"])


def test_what_a_statistic_no_longer_has_is_not_called_measured(grid) -> None:
    britain = grid[grid["country"] == "GBR"]
    assert set(britain["price_label"]) == {"assumed"}
    assert (britain["price_usd_per_mwh"] > 200).all()
    eurostat = grid[grid["price_label"] == "measured"]
    assert not eurostat["country"].isin(["GBR", "UKR"]).any()
    assert eurostat["price_source"].str.contains("2024").all()
    assert (eurostat["price_year"] == 2024).all()
    assert grid["price_year"]["TM"] == 2020  # as its source says, whatever the table is called


def test_every_assumed_price_has_a_range_around_it(grid) -> None:
    assumed = grid[grid["price_label"] == "assumed"]
    assert (assumed["price_low_usd_per_mwh"] < assumed["price_usd_per_mwh"]).all()
    assert (assumed["price_usd_per_mwh"] < assumed["price_high_usd_per_mwh"]).all()
    britain = grid.loc["GB"]
    assert (britain["price_low_usd_per_mwh"], britain["price_high_usd_per_mwh"]) == (180, 285)


def test_areas_of_a_market_differ_and_keep_the_level_of_their_country(grid) -> None:
    price = grid["price_usd_per_mwh"]
    norway = [price[f"NO-NO{k}"] for k in range(1, 6)]
    assert np.mean(norway) == pytest.approx(price["NO"], abs=0.5)
    assert norway[3] < norway[2] < norway[0] == norway[4] < norway[1]
    assert norway[1] - norway[0] == pytest.approx(9.3, abs=0.5)  # 10 ore/kWh in 2024
    assert price["RU-1"] - price["RU-2"] == pytest.approx(1000 * (2.54 - 1.78) / 72, abs=0.6)
    assert price["JP-KY"] < price["JP-TK"] < price["JP-HKD"]
    # 7.45 + 0.80 + 750 / (730 x 0.8) + 0.72 rupees a unit in Maharashtra.
    assert price["IN-WE"] == pytest.approx(1000 * 10.254 / 85, abs=0.1)
    assert grid.loc["IN-SO", "price_low_usd_per_mwh"] < 90 < price["IN-SO"]


def test_power_in_the_west_of_china_costs_less_than_in_the_east(grid) -> None:
    price = grid["price_usd_per_mwh"]
    west, east = ["CN-NM", "CN-NX", "CN-GS", "CN-GZ"], ["CN-SH", "CN-GD", "CN-ZJ", "CN-BJ"]
    assert price[west].max() < price[east].min()
    assert set(grid.loc[west + east, "price_label"]) == {"assumed"}


def test_a_contract_is_delivered_and_costs_more_where_the_wind_is_weak(catalogue) -> None:
    sites = catalogue.candidates.loc[["frankfurt", "lulea", "london"]]
    zones = grid_table(catalogue).loc[sites["grid_zone"]]
    alone = contract_price_usd_per_mwh(catalogue, sites, "wind", 0.0)
    delivered = contract_price_usd_per_mwh(catalogue, sites, "wind")
    assert delivered - alone == pytest.approx(zones["delivery_usd_per_mwh"].to_numpy())
    assert alone[0] > alone[2]  # Germany's wind yields less than Britain's
    hydro = contract_price_usd_per_mwh(catalogue, sites, "hydro", 10.0)
    assert hydro == pytest.approx(67.0)


def test_time_of_use_keeps_the_mean_of_the_day() -> None:
    hours, month = np.arange(24), np.full(24, 6)
    factor = time_of_use_factor(TimeOfUse(), np.array([0.0, 120.0]), month, hours)
    assert factor.mean(axis=1) == pytest.approx([1.0, 1.0])
    assert factor[0, 10] / factor[0, 14] == pytest.approx(1.5)
    assert factor[1, 2] == factor[0, 10]  # eight hours ahead of Greenwich
    assert (time_of_use_factor(TimeOfUse(), np.zeros(1), np.zeros(24, int), hours) == 1).all()
    assert (time_of_use_factor(None, np.zeros(1), month, hours) == 1).all()


def test_demand_charges_are_paid_for_the_largest_power() -> None:
    without, charged = cost(), cost(demand_charge_usd_per_mw_month=5000.0)
    peak = siting.solve(siting.load(STUDY)).sites.iloc[0]
    expected = 12 * 5000.0 * peak["installed_mw"] * peak["pue_peak"]
    assert charged - without == pytest.approx(expected, rel=1e-4)


def test_hours_of_use_move_the_cost_and_the_audit_agrees() -> None:
    """A steady load pays nearly the mean; its cooling peaks in the afternoon."""
    flat, tariff = (
        cost(),
        cost(time_of_use={"peak_hours": [12, 13, 14, 15], "valley_hours": [2, 3]}),
    )
    assert tariff != pytest.approx(flat, rel=1e-9)
    assert tariff == pytest.approx(flat, rel=0.02)


def test_the_market_moves_the_hours_and_keeps_the_year(catalogue) -> None:
    zones = ["US-CAL-CISO", "ES", "SE-SE1", "AU-SA", "CN-GZ"]
    month, hour = (a.ravel() for a in np.meshgrid(np.arange(1, 13), np.arange(24), indexing="ij"))
    swing = wholesale_swing_usd_per_mwh(catalogue, zones, month, hour)
    year = swing @ DAYS_IN_MONTH[month - 1] / (24 * DAYS_IN_MONTH.sum())
    np.testing.assert_allclose(year, 0.0, atol=0.2)
    april_noon, april_evening = ((month == 4) & (hour == utc) for utc in (20, 2))
    assert swing[0, april_noon] < swing[0, april_evening] - 50  # sun over California
    assert (swing[-1] == 0).all()  # no market is known
    grid = grid_table(catalogue)["price_usd_per_mwh"]
    assert grid["AU-VIC"] < grid["AU-QLD"] < grid["AU-TAS"] < grid["AU-NSW"]


def test_two_prices_by_the_hour_are_refused_and_one_is_audited() -> None:
    tariff = {"hourly_prices": True, "time_of_use": {}}
    with pytest.raises(StudyError, match=r"economics\.hourly_prices.*Keep one of them"):
        siting.load(STUDY | {"economics": tariff})
    study = STUDY | {"candidates": {"sites": ["lulea"]}}
    study |= {"economics": {"hourly_prices": True}}
    placement = siting.solve(siting.load(study))
    assert placement.audit is not None
    assert placement.audit["passed"], placement.audit
