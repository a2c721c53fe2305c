"""Calm and windy days: monthly means stay, fleets differ, slices and audit see the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import siting
from siting.supply import wind_capacity_factor, wind_spread

STUDY: dict[str, Any] = {
    "name": "days",
    "candidates": {"sites": ["hamburg"]},
    "designs": ["air_economizer"],
    "demand": {
        "regions": "europe",
        "workloads": [{"name": "all", "it_mw": 20, "max_rtt_ms": None}],
    },
    "time": {"slices": 60},
    "objective": {"weights": {"carbon": 1}},
}


def solved(days: str) -> Any:
    supply = {"contracts": ["wind"], "wind_days": days, "max_contract_share": 1.0}
    placement = siting.solve(siting.load(STUDY | {"supply": supply}))
    assert placement.audit is not None
    assert placement.audit["passed"], placement.audit
    return placement


def test_fleets_are_as_variable_as_measured(catalogue) -> None:
    spain, germany, unknown = wind_spread(catalogue, ["ESP", "DEU", "IND"])
    assert spain < germany < unknown == 1.0


def test_months_keep_their_mean_whatever_the_spread(catalogue, steps) -> None:
    zones = ["DEU", "ESP"]
    flat = wind_capacity_factor(catalogue.renewable_profiles, zones, steps.month)
    spread = wind_spread(catalogue, zones)
    days = wind_capacity_factor(
        catalogue.renewable_profiles, zones, steps.month, steps.day_group, steps.hours, spread
    )
    for month in range(1, 13):
        weight = steps.hours * (steps.month == month)
        np.testing.assert_allclose(days @ weight, flat @ weight, rtol=1e-9)
    assert (days.std(axis=1) > flat.std(axis=1)).all()


def test_typical_days_use_less_of_the_wind_and_the_audit_agrees() -> None:
    mean, typical = solved("mean"), solved("typical")
    assert typical.metrics["carbon_t_co2e"] > mean.metrics["carbon_t_co2e"]
    assert max(abs(off) for off in typical.audit["differences"].values()) < 0.01
    assert not [said for said in typical.audit["hidden"] if "windy and calm" in said]
    assert [said for said in mean.audit["hidden"] if "windy and calm" in said]


def test_weights_of_the_slices_are_a_year() -> None:
    hours = solved("typical").supply.groupby("source")["hours"].sum()
    assert hours.to_numpy() == pytest.approx(8760.0)
