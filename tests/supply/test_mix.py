"""Mix and carbon of a zone agree; carbon by signal and basis."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import siting
from siting.supply.tables import FUELS, TOLERANCE_POINTS, carbon_table, grid_table, in_line

RENEWABLE = [f"{fuel}_share" for fuel in FUELS[4:]]


def test_shares_agree_with_those_of_the_carbon_zone_by_zone(grid) -> None:
    """Within ten points; a zone whose mix lacks all renewables cannot be put in line."""
    known = grid.dropna(subset=["hydro_share", "renewable_pct"])
    ours = 100 * known[RENEWABLE].sum(axis=1)
    off = (ours - known["renewable_pct"]).abs()
    unknown = known.index[(ours == 0) & (known["renewable_pct"] > TOLERANCE_POINTS)]
    assert off.drop(unknown).max() <= TOLERANCE_POINTS + 1e-6
    assert len(unknown) <= 3
    free = ours + 100 * known["nuclear_share"]
    assert (free - known["carbon_free_pct"]).abs().drop(unknown).max() <= TOLERANCE_POINTS + 1e-6
    assert len(known) > 300


def test_water_and_fossil_carbon_follow_the_mix(catalogue, grid) -> None:
    facts = catalogue.supply_sources.loc[list(FUELS)]
    known = grid.dropna(subset=["hydro_share"])
    shares = known[[f"{fuel}_share" for fuel in FUELS]].to_numpy()
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
    for column in ("water_l_per_kwh", "water_zero_hydro_l_per_kwh", "withdrawal_l_per_kwh"):
        np.testing.assert_allclose(shares @ facts[column].to_numpy(), known[column], atol=1e-3)


def test_groups_are_scaled_and_keep_their_proportions() -> None:
    sources = pd.DataFrame(
        {
            "carbon_g_per_kwh": [820.0, 490.0, 650.0, 12, 24, 11, 48, 230, 38],
            "water_l_per_kwh": [2.0, 1, 3, 2, 17, 0, 0, 2, 0],
            "water_zero_hydro_l_per_kwh": [2.0, 1, 3, 2, 0, 0, 0, 2, 0],
            "withdrawal_l_per_kwh": 3.0,
        },
        index=list(FUELS),
    )
    row = dict.fromkeys([f"{fuel}_share" for fuel in FUELS], 0.0)
    row |= {"coal_share": 0.3, "gas_share": 0.2, "hydro_share": 0.4, "wind_share": 0.1}
    facts = {"water_l_per_kwh": 0.0, "hydro_water_l_per_kwh": 10.0, "water_wri_l_per_kwh": np.nan,
             "water_country_l_per_kwh": 0.0, "mix_label": "derived", "mix_source": "subregion",
             "marginal_fossil_carbon_g_per_kwh": 0.0}  # fmt: skip
    grid = pd.DataFrame([row | facts], index=["XX-A"])
    grid = grid.assign(renewable_pct=80.0, carbon_free_pct=85.0)
    found = in_line(grid, sources).iloc[0]
    assert found[["coal_share", "gas_share"]].tolist() == pytest.approx([0.09, 0.06])
    assert found[["hydro_share", "wind_share"]].tolist() == pytest.approx([0.64, 0.16])
    assert found["nuclear_share"] == pytest.approx(0.05)
    assert found["water_country_l_per_kwh"] == pytest.approx(0.18 + 0.06 + 0.1 + 6.4)
    assert found["marginal_fossil_carbon_g_per_kwh"] == pytest.approx(0.6 * 820 + 0.4 * 490)
    assert found["mix_label"] == "modelled"
    near = grid.assign(renewable_pct=55.0, carbon_free_pct=55.0)
    pd.testing.assert_frame_equal(in_line(near, sources), near)


def test_chinese_provinces_are_on_the_life_cycle_and_keep_their_factor(catalogue) -> None:
    grid, direct = grid_table(catalogue), carbon_table(catalogue, basis="direct")
    provinces = grid.index[grid["carbon_direct_g_per_kwh"].notna()]
    assert len(provinces) == 30
    assert set(grid.loc[provinces, "carbon_basis"]) == {"life-cycle"}
    assert set(grid.loc[provinces, "carbon_label"]) == {"modelled"}
    added = grid.loc[provinces, "carbon_g_per_kwh"] - direct.loc[provinces, "carbon_g_per_kwh"]
    assert added.between(20, 105).all()  # Beijing burns gas
    assert direct["carbon_g_per_kwh"]["CN-YN"] == pytest.approx(133.3)
    assert direct["carbon_g_per_kwh"]["SE-SE1"] == grid["carbon_g_per_kwh"]["SE-SE1"]


def test_the_margin_is_that_of_the_country_all_year(catalogue) -> None:
    marginal = carbon_table(catalogue, "marginal")
    assert marginal["carbon_g_per_kwh"]["SE-SE1"] == marginal["carbon_g_per_kwh"]["SE-SE4"]
    assert (marginal["hydro_share"] == 0).all()
    zones = catalogue.candidates["grid_zone"].unique()
    assert marginal["carbon_g_per_kwh"].reindex(zones).notna().all()


def test_each_answer_tells_the_other_signal() -> None:
    study = {
        "name": "signal",
        "candidates": {"sites": ["lulea", "warsaw"]},
        "designs": ["air_economizer"],
        "demand": {
            "regions": "europe",
            "workloads": [{"name": "all", "it_mw": 20, "max_rtt_ms": None}],
        },
        "supply": {"contracts": []},
        "time": {"slices": 12},
        "objective": {"weights": {"carbon": 1}},
    }
    average, marginal = (
        siting.solve(siting.load(study | {"supply": {"contracts": [], "carbon_signal": name}}))
        for name in ("average", "marginal")
    )
    for placement in (average, marginal):
        assert placement.audit is not None
        assert placement.audit["passed"], placement.audit
        assert placement.sites.index.tolist() == ["lulea"]
    assert average.other_conventions["carbon_t_co2e_marginal"] == pytest.approx(
        marginal.metrics["carbon_t_co2e"], rel=1e-6
    )
    assert marginal.other_conventions["carbon_t_co2e_average"] == pytest.approx(
        average.metrics["carbon_t_co2e"], rel=1e-6
    )
