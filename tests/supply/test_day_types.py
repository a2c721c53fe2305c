"""Types of days: months keep their mean, fleets differ, and all who count see the same."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

import siting
from siting.supply.renewables import (
    DAY_TYPES,
    day_type_factor,
    solar_capacity_factor,
    wind_capacity_factor,
)

STUDY: dict[str, Any] = {
    "name": "days",
    "candidates": {"sites": ["hamburg"]},
    "designs": ["air_economizer"],
    "demand": {
        "regions": "europe",
        "workloads": [{"name": "all", "it_mw": 20, "max_rtt_ms": None}],
    },
    "time": {"slices": 1440},
    "objective": {"weights": {"carbon": 1}},
}


def solved(days: str, study: dict[str, Any] = STUDY, **supply: Any) -> Any:
    terms = {"contracts": ["wind", "solar"], "max_contract_share": 1.0} | supply
    placement = siting.solve(siting.load(study | {"supply": terms | {"day_types": days}}))
    assert placement.audit is not None
    assert placement.audit["passed"], placement.audit
    return placement


def factors(catalogue: Any, steps: Any, zones: list[str], technology: str) -> tuple[Any, Any]:
    """Profiles with the mean day of each month, and with days told apart."""
    typed = day_type_factor(catalogue, zones, technology, steps.month, steps.day_group, steps.hour)
    profiles, n = catalogue.renewable_profiles, len(zones)
    if technology == "wind":
        return tuple(wind_capacity_factor(profiles, zones, steps.month, steps.hours, days)
                     for days in (None, typed))  # fmt: skip
    return tuple(
        solar_capacity_factor(profiles, zones, [40.0] * n, [10.0] * n, steps.month, steps.hour,
                              steps.hours, days)
        for days in (None, typed)
    )  # fmt: skip


@pytest.mark.parametrize("technology", ["wind", "solar"])
def test_months_keep_their_mean_and_no_hour_exceeds_the_plant(catalogue, steps, technology) -> None:
    # A zone of a measured fleet, of a model, and one without hours.
    plain, typed = factors(catalogue, steps, ["DEU", "US-TX", "CN-YN", "IND"], technology)
    for month in range(1, 13):
        weight = steps.hours * (steps.month == month)
        np.testing.assert_allclose(typed @ weight, plain @ weight, rtol=1e-9)
    assert typed.min() >= 0
    assert typed.max() <= 1 + 1e-9
    assert (typed.std(axis=1) > plain.std(axis=1)).all()


def test_types_are_crossed_over_the_year() -> None:
    wind, sun = (np.array([[int(k) for k in pair[i]] for pair in DAY_TYPES]) - 2 for i in (0, 1))
    assert (np.sort(wind, axis=1) == np.arange(-2, 3)).all()
    assert (np.sort(sun, axis=1) == np.arange(-2, 3)).all()
    cold_to_warm = np.arange(-2, 3)
    assert abs((wind @ cold_to_warm).sum() / 120) < 0.01
    assert abs((sun @ cold_to_warm).sum() / 120) < 0.01
    assert (wind * sun).sum() / 120 == pytest.approx(-0.10)
    met = pd.crosstab(wind.ravel(), sun.ravel())
    assert met.shape == (5, 5)
    assert met.to_numpy().min() >= 1, met


def test_levels_are_those_of_the_hours(catalogue) -> None:
    table = pd.read_csv(catalogue.folder / "day_types.csv", keep_default_na=False, na_values=[""])
    levels = table[[f"level_{k}" for k in range(1, 6)]].to_numpy()
    np.testing.assert_allclose(levels.mean(axis=1), 1.0, atol=0.002)
    assert all((high >= low).all() for low, high in pairwise(levels.T))
    spread = table[table["technology"] == "wind"].groupby("zone")["level_5"].mean()
    # One country's fleet is smoother than another's, a continent's smoother still.
    assert spread["AUS"] < spread["ESP"] < spread["DEU"] < spread["AUT"]


def test_typical_days_use_less_of_the_contracts_and_the_audit_agrees() -> None:
    mean, typical = solved("mean"), solved("typical")
    assert typical.metrics["carbon_t_co2e"] > mean.metrics["carbon_t_co2e"]
    assert max(abs(off) for off in typical.audit["differences"].values()) < 0.01
    assert not [said for said in typical.audit["hidden"] if "told apart" in said]
    assert [said for said in mean.audit["hidden"] if "windy and calm" in said]
    hours = typical.supply.groupby("source")["hours"].sum()
    assert hours.to_numpy() == pytest.approx(8760.0)


def test_clean_supply_of_mean_days_is_said_to_flatter() -> None:
    rule = [{"share": 0.8, "matched": "year"}]
    study = STUDY | {"objective": {"weights": {"carbon": 0, "cost": 1}}}
    placement = solved("mean", study, clean=rule, max_contract_share=3.0)
    said = [text for text in placement.audit["hidden"] if text.startswith("Rule 0")]
    assert any("calm and windy, dull and bright" in text for text in said)


@pytest.mark.parametrize(
    ("days", "clean", "slices", "apart"),
    [("auto", 0.5, 480, True), ("auto", 0.5, 96, False), ("auto", None, 480, False),
     ("auto", 0.5, "auto", True), ("mean", 0.5, 480, False), ("typical", None, 96, True)],
)  # fmt: skip
def test_days_are_told_apart_where_clean_supply_needs_it(days, clean, slices, apart) -> None:
    rules = [] if clean is None else [{"share": clean}]
    supply = {"day_types": days, "clean": rules}
    study = siting.load(STUDY | {"time": {"slices": slices}, "supply": supply})
    assert study.typical_days is apart
