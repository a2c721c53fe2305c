"""Every figure of the electricity has a label and a source, and carbon says how fine it is."""

from __future__ import annotations

import pandas as pd
import pytest

from siting.catalogue import LABELS
from siting.config import study_from_mapping
from siting.supply.grid import grid_carbon_g_per_kwh
from siting.supply.origin import carbon_detail, supply_origin
from siting.supply.tables import grid_table

STUDY = {
    "name": "origin",
    "candidates": {"kinds": "all"},
    "demand": {"regions": "world", "workloads": [{"name": "any", "it_mw": 1, "max_rtt_ms": None}]},
}


def study(**supply: object):
    return study_from_mapping({**STUDY, "supply": supply})


def test_carbon_is_by_hour_where_measured_else_by_the_season_of_dams_else_annual(catalogue) -> None:
    zones = ["US-CAL-CISO", "NO-NO2", "SG"]
    details = carbon_detail(study(hourly_carbon=True), catalogue, [*zones, "KE"])
    assert [label for _, label in details] == ["measured", "modelled", "measured", "modelled"]
    assert "wind and solar" in details[1][0]
    assert details[3][0].startswith("by month, from")
    off = [label for _, label in carbon_detail(study(), catalogue, zones)]
    assert off == ["modelled", "modelled", "assumed"]


def test_what_is_called_annual_does_not_move_and_what_is_called_seasonal_does(
    catalogue, steps
) -> None:
    grid = grid_table(catalogue)
    zones = sorted(set(catalogue.candidates["grid_zone"].dropna()) & set(grid.index))
    details = carbon_detail(study(), catalogue, zones)
    carbon = grid_carbon_g_per_kwh(grid, catalogue.hydro_profiles, zones, steps.month)
    swing = pd.Series(carbon.max(axis=1) - carbon.min(axis=1), index=zones)
    for zone, (words, _) in zip(zones, details, strict=True):
        if words.startswith("annual"):
            assert swing[zone] == pytest.approx(0, abs=1e-9), zone
    moving = [
        z for z, (words, _) in zip(zones, details, strict=True) if words.startswith("by month")
    ]
    assert (swing[moving] > 0).mean() > 0.9


@pytest.mark.slow
def test_every_figure_of_every_candidate_has_a_known_label_and_a_source(catalogue) -> None:
    table = supply_origin(study(), catalogue, catalogue.candidates.index)
    assert set(table["label"]) <= LABELS
    assert table["source"].str.len().min() > 10
    assert not table["source"].str.contains("nan|None").any()
    assert not table.duplicated(["site", "attribute"]).any()
    carbon = table[table["attribute"] == "grid_carbon_g_per_kwh"]
    assert len(carbon) >= 371


def test_the_convention_for_hydropower_is_named_by_its_column(catalogue) -> None:
    one = pd.Index(["lulea"])
    zero = supply_origin(study(hydro_water="zero", contracts=["hydro"]), catalogue, one)
    attributes = set(zero["attribute"])
    assert "grid_water_zero_hydro_l_per_kwh" in attributes
    assert "hydro_capacity_factor" in attributes
    assert "wind_capacity_factor" not in attributes
