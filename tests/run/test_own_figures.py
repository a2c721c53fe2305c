"""Figures that a planner gives of sites: each moves what it stands for, and nothing else."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from siting.audit import audit_placement
from siting.catalogue.figures import by_month
from siting.catalogue.given_figures import with_overrides
from siting.catalogue.hourly import hourly_means
from siting.catalogue.planner import add_candidates
from siting.coefficients.build import build_problem
from siting.coefficients.inputs import check_inputs
from siting.config import study_from_mapping
from siting.errors import DataError, StudyError
from siting.run import solve_study

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

HEADER = "id,lat,lon,"
PLACE = "plot,53.4,-6.3,"
MONTHS = [float(50 + m) for m in range(12)]
DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def study(overrides=None, candidates=None, **more):
    return study_from_mapping(
        {
            "name": "own",
            "candidates": candidates or {"sites": ["dublin", "lulea"]},
            "sites": {"overrides": overrides or {}},
            "designs": ["air_evaporative", "tower_liquid"],
            "demand": {
                "regions": ["dublin"],
                "workloads": [{"name": "a", "it_mw": 20, "max_rtt_ms": None}],
            },
            "time": {"slices": 24},
            "objective": {"weights": {"cost": 1}},
            **more,
        }
    )


def coefficients(catalogue, overrides=None, **more):
    return build_problem(study(overrides, **more), catalogue).coefficients


@pytest.fixture(scope="module")
def plain(catalogue):
    return coefficients(catalogue)


def test_a_flat_price_replaces_that_of_the_zone_and_of_this_site_only(catalogue, plain):
    c = coefficients(catalogue, {"dublin": {"price_usd_per_mwh": 120}})
    i, j = c.sites.index("dublin"), c.sites.index("lulea")
    assert c.grid_price_usd_per_mwh[i] == pytest.approx(np.full(24, 120.0))
    assert c.grid_price_usd_per_mwh[j] == pytest.approx(plain.grid_price_usd_per_mwh[j])
    half = coefficients(
        catalogue, {"dublin": {"price_usd_per_mwh": 120}}, supply={"grid_price_factor": 0.5}
    )
    assert half.grid_price_usd_per_mwh[i] == pytest.approx(np.full(24, 60.0))


def test_a_height_may_have_a_fraction(catalogue):
    changed = with_overrides(catalogue, {"lulea": {"elevation_m": 20.5}})
    assert changed.candidates["elevation_m"]["lulea"] == 20.5
    others = changed.candidates["elevation_m"].drop("lulea")
    assert (others == catalogue.candidates["elevation_m"].drop("lulea")).all()


def test_a_price_by_month_keeps_its_months(catalogue):
    c = coefficients(catalogue, {"dublin": {"price_usd_per_mwh": MONTHS}})
    i = c.sites.index("dublin")
    assert c.grid_price_usd_per_mwh[i] == pytest.approx(np.repeat(MONTHS, 2))


def test_a_price_by_the_hour_is_its_mean_by_month_and_hour(catalogue, tmp_path):
    hour = np.arange(8760)
    month = np.repeat(np.arange(12), DAYS * 24)
    values = 40.0 + month + np.where(hour % 24 < 12, 10.0, 0.0)
    path = tmp_path / "spot.csv"
    path.write_text("price_usd_per_mwh\n" + "\n".join(map(str, values)) + "\n")
    c = coefficients(catalogue, {"dublin": {"price_file": str(path)}})
    i = c.sites.index("dublin")
    expected = np.stack([50.0 + np.arange(12), 40.0 + np.arange(12)], axis=1).ravel()
    assert c.grid_price_usd_per_mwh[i] == pytest.approx(expected)


def test_half_hours_and_a_leap_year_are_one_year_of_hours(tmp_path):
    from siting.catalogue.hourly import hourly_means

    path = tmp_path / "spot.csv"
    for rows in (8760, 8784, 17520, 17568, 35040):
        path.write_text("x\n" + "\n".join(["50"] * rows) + "\n")
        assert hourly_means(path, "price_usd_per_mwh") == pytest.approx(np.full((12, 24), 50.0))
    path.write_text("x\n" + "\n".join(["50"] * 8759) + "\n")
    with pytest.raises(DataError, match=r"spot.csv:8760: x: .*has 8,759 rows. Give 8,760 hours"):
        hourly_means(path, "price_usd_per_mwh")
    path.write_text("x\n" + "\n".join(["0.05"] * 8760) + "\n")
    with pytest.raises(DataError, match="looks like a price per kWh"):
        hourly_means(path, "price_usd_per_mwh")
    path.write_text("x\n" + "\n".join(["50"] * 8759 + ["much"]) + "\n")
    with pytest.raises(DataError, match=r"spot.csv:8761: x: is 'much', not a number"):
        hourly_means(path, "price_usd_per_mwh")


def test_carbon_and_water_of_the_grid_are_as_given(catalogue, plain):
    own = {"grid_carbon_g_per_kwh": 200, "grid_water_l_per_kwh": 5}
    c = coefficients(catalogue, {"dublin": own})
    i = c.sites.index("dublin")
    assert c.grid_carbon_t_per_mwh[i] == pytest.approx(np.full(24, 0.2))
    assert c.grid_water_l_per_kwh[i] == 5
    assert c.grid_withdrawal_l_per_kwh[i] >= 5
    assert (
        "as the planner gives it" in build_problem(study({"dublin": own}), catalogue).grid_carbon[i]
    )


def test_a_quote_of_a_ppa_sets_price_size_and_output(catalogue):
    own = {"ppa_wind_usd_per_mwh": 75, "ppa_wind_mw": 33, "ppa_wind_capacity_factor": 0.41}
    c = coefficients(catalogue, {"dublin": own})
    i = c.sites.index("dublin")
    row = next(o for o in range(len(c.offer_source))
               if c.offer_source[o] == "wind" and c.offer_site[o] == i)  # fmt: skip
    assert c.offer_price_usd_per_mwh[row] == 75
    assert c.offer_limit_mw[row] == 33
    assert c.capacity_factor[row] @ c.hours / 8760 == pytest.approx(0.41, abs=1e-6)


def test_a_fixed_pue_holds_in_every_hour_and_by_design_wins(catalogue, plain):
    own = {"pue": 1.25, "pue_tower_liquid": 1.4, "pue_peak": 1.5, "wue_l_per_kwh_tower_liquid": 1.1}
    c = coefficients(catalogue, {"dublin": own}, limits={"designs_per_site": 2})
    i = c.sites.index("dublin")
    for p in c.pairs_of_site[i]:
        tower = c.designs[c.pair_design[p]] == "tower_liquid"
        assert c.pue[p] == pytest.approx(np.full(24, 1.4 if tower else 1.25))
        assert c.pue_peak[p] == 1.5
        if tower:
            assert c.wue_l_per_kwh[p] == pytest.approx(np.full(24, 1.1))
            assert (c.withdrawal_l_per_kwh[p] >= 1.1).all()


def test_what_is_given_is_solved_audited_and_labelled(catalogue):
    own = {
        "price_usd_per_mwh": MONTHS, "grid_carbon_g_per_kwh": 200, "grid_water_l_per_kwh": 5,
        "pue": 1.25, "pue_peak": 1.4, "wue_l_per_kwh": 0.3, "connection_mw": 40,
        "notes": "quote of March",
    }  # fmt: skip
    one = {"sites": ["dublin"]}
    placement = solve_study(
        study({"dublin": own}, one, supply={"contracts": []}), catalogue=catalogue
    )
    row = placement.sites.loc["dublin"]
    assert row["pue"] == pytest.approx(1.25)
    assert placement.metrics["energy_mwh"] == pytest.approx(20 * 8760 * 1.25)
    assert placement.metrics["water_m3"] == pytest.approx(20 * 8760 * (0.3 + 1.25 * 5))
    found = placement.provenance.set_index(["site", "attribute"])
    for name in ("connection_mw", "pue", "grid_carbon_g_per_kwh", "notes"):
        assert tuple(found.loc[("dublin", name), ["label", "source"]]) == ("given", "planner")
    assert len(found.loc[[("dublin", "grid_carbon_g_per_kwh")]]) == 1
    assert ("dublin", "grid_price_usd_per_mwh") not in found.index
    audit = audit_placement(placement, catalogue)
    assert audit.passed, audit.faults


def test_a_file_says_the_same_as_overrides(catalogue, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        f"{HEADER}price_usd_per_mwh,ppa_wind_usd_per_mwh,pue,notes\n{PLACE}118,75,1.25,best\n"
    )
    file = {"file": str(path)}
    by_file = coefficients(catalogue, candidates=file)
    path.write_text(f"{HEADER}notes\n{PLACE}best\n")
    own = {"price_usd_per_mwh": 118, "ppa_wind_usd_per_mwh": 75, "pue": 1.25}
    by_study = coefficients(catalogue, {"plot": own}, candidates=file)
    for name, value in by_file.arrays().items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, getattr(by_study, name))


def test_overrides_twice_are_overrides_once(catalogue):
    own = {"dublin": {"connection_mw": 40.0}}
    once = with_overrides(catalogue, own)
    twice = with_overrides(once, own)
    assert once.candidates.loc["dublin", "connection_mw"] == 40
    assert catalogue.candidates.loc["dublin", "connection_mw"] != 40
    assert len(twice.provenance) == len(once.provenance)
    assert once.sha256 != catalogue.sha256


def test_a_figure_of_a_study_replaces_every_form_that_a_file_gives_it(catalogue, tmp_path):
    months = [f"price_usd_per_mwh_m{i}" for i in range(1, 13)]
    path = tmp_path / "mine.csv"
    path.write_text(f"{HEADER}{','.join(months)}\n{PLACE}{','.join(['90'] * 12)}\n")
    joined, ids = add_candidates(catalogue, path)
    flat = with_overrides(joined, {"plot": {"price_usd_per_mwh": 50.0}})
    assert by_month(flat.candidates.loc[list(ids)], "price_usd_per_mwh").tolist() == [[50.0] * 12]
    assert not flat.provenance["attribute"].isin(months).any()
    again = with_overrides(flat, {"plot": {"price_usd_per_mwh": list(range(60, 72))}})
    assert by_month(again.candidates.loc[list(ids)], "price_usd_per_mwh")[0, 0] == 60.0
    both = f"{HEADER}price_usd_per_mwh,{','.join(months)}\n{PLACE}80,{','.join(['90'] * 12)}\n"
    path.write_text(both)
    with pytest.raises(DataError, match="price_usd_per_mwh: is given beside all twelve months"):
        add_candidates(catalogue, path)


def test_a_zone_without_a_price_competes_where_the_planner_gives_it(catalogue):
    grid = catalogue.grid_zones.copy()
    grid.loc["IE", "price_usd_per_mwh"] = np.nan
    bare = dataclasses.replace(catalogue, grid_zones=grid)
    one = {"sites": ["dublin", "lulea"]}
    assert build_problem(study({}, one), bare).left_out == {
        "dublin": "not known: price_usd_per_mwh of grid zone IE"
    }
    assert not build_problem(study({"dublin": {"price_usd_per_mwh": 99}}, one), bare).left_out


def test_all_faults_of_overrides_come_at_once(catalogue):
    wrong = study(
        {
            "dublinn": {"connection_mw": 40},
            "dublin": {
                "connection_mw": -1, "price_usd_per_mwh": 0.118, "grid_carbon_g_per_kwh": 0.35,
                "pue": 0.9, "prise": 3, "lat": 4, "notes": 5, "pue_tower_liquid": [1.0] * 12,
                "ppa_wind_usd_per_mwh": "cheap", "weather_file": "/nowhere.epw",
            },
        }
    )  # fmt: skip
    with pytest.raises(DataError) as caught:
        check_inputs(wrong, catalogue)
    found = {fault.key.split(".", 2)[-1]: fault for fault in caught.value.faults}
    assert found["dublinn"].remedy == "Did you mean dublin?"
    assert "looks like a price per kWh" in found["dublin.price_usd_per_mwh"].problem
    assert "looks like kg/kWh" in found["dublin.grid_carbon_g_per_kwh"].problem
    assert "outside 1 to 3" in found["dublin.pue"].problem
    assert found["dublin.pue_tower_liquid"].problem == "is a list"
    assert "Allowed are" in found["dublin.prise"].remedy
    assert found["dublin.lat"].problem == "cannot be changed"
    assert "not text" in found["dublin.notes"].problem
    assert "'cheap'" in found["dublin.ppa_wind_usd_per_mwh"].problem
    missing = study({"dublin": {"weather_file": "/nowhere.epw"}})
    with pytest.raises(DataError, match=r"nowhere\.epw, which does not exist"):
        check_inputs(missing, catalogue)
    endless = study({"dublin": {"weather_file": f"/{'x' * 300}.epw"}})  # no disk has such a name
    with pytest.raises(DataError, match=r"x\.epw, which does not exist"):
        check_inputs(endless, catalogue)
    with pytest.raises(StudyError, match=r"sites\.overrides\.dublin"):
        study({"dublin": {"connection_mw": None}})


def test_figures_of_a_file_that_do_not_fit_together_are_refused(catalogue, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        f"{HEADER}price_usd_per_mwh,price_file,grid_carbon_g_per_kwh_m1,prize\n"
        f"{PLACE}118,spot.csv,300,4\n"
    )
    with pytest.raises(DataError) as caught:
        add_candidates(catalogue, path)
    found = {fault.key: (fault.line, fault.problem, fault.remedy) for fault in caught.value.faults}
    assert found["price_file"][0] == 2
    assert found["grid_carbon_g_per_kwh_m1"][1].endswith("grid_carbon_g_per_kwh_m12 is not")
    assert found["prize"][0] == 1
    for column in ("price_usd_per_mwh", "ppa_wind_usd_per_mwh", "weather_file", "connection_mw"):
        assert column in found["prize"][2]


def test_a_quote_without_a_known_output_is_refused(catalogue):
    profiles = catalogue.renewable_profiles.drop("IRL", level="zone")
    bare = dataclasses.replace(catalogue, renewable_profiles=profiles)
    own = {"ppa_wind_usd_per_mwh": 75}
    with pytest.raises(DataError, match="Give ppa_wind_capacity_factor beside it"):
        check_inputs(study({"dublin": own}), bare)
    c = coefficients(bare, {"dublin": own | {"ppa_wind_capacity_factor": 0.3}})
    wind = [o for o, name in enumerate(c.offer_source) if name == "wind"]
    assert c.capacity_factor[wind[0]] == pytest.approx(np.full(24, 0.3))


def test_costs_of_a_site_are_as_given_and_its_parts_add_up(catalogue):
    own = {
        "price_usd_per_mwh": 100, "pue": 1.25, "wue_l_per_kwh": 0.4, "water_price_usd_per_m3": 5,
        "capex_usd_per_kw": 8000, "opening_cost_usd": 2e7, "property_tax_share": 0.01,
        "electricity_tax_usd_per_mwh": 3, "connection_mw": 100,
    }  # fmt: skip
    base = study(
        {"dublin": own}, {"sites": ["dublin"]}, supply={"contracts": []},
        designs=["air_evaporative"],
        economics={"site": {"staff_usd_per_yr": 1e6},
                   "designs": {"air_evaporative": {"om_usd_per_kw_yr": 100}}},
    )  # fmt: skip
    placement = solve_study(base, catalogue=catalogue)
    rate = 0.07 * 1.07**20 / (1.07**20 - 1)
    mw, row = placement.sites["installed_mw"].sum(), placement.sites.loc["dublin"]
    mwh = 20 * 8760
    expected = {
        "cost_grid_usd": mwh * 1.25 * 100,
        "cost_electricity_tax_usd": mwh * 1.25 * 3,
        "cost_water_usd": mwh * 0.4 * 5,
        "cost_halls_usd": mw * 8e6 * (rate + 0.01),
        "cost_om_usd": mw * 1e5,
        "cost_site_usd": 2e7 * (rate + 0.01) + 1e6,
    }
    for name, usd in expected.items():
        assert row[name] == pytest.approx(usd, rel=1e-6), name
    assert placement.metrics["cost_usd"] == pytest.approx(sum(expected.values()), rel=1e-6)
    audit = audit_placement(placement, catalogue)
    assert audit.passed, audit.faults


def test_land_limits_what_is_installed_whatever_the_designs(catalogue):
    sites = {"sites": ["dublin", "lulea"]}
    for count in (1, 2):
        small = study({"dublin": {"land_limit_mw": 12, "price_usd_per_mwh": 1}}, sites,
                      limits={"designs_per_site": count, "open": ["dublin"]})  # fmt: skip
        placement = solve_study(small, catalogue=catalogue)
        assert 0 < placement.sites.loc["dublin", "installed_mw"] <= 12
        assert audit_placement(placement, catalogue).passed


def test_a_dear_site_moves_the_load_to_the_cheap_one(catalogue):
    def served(dublin, lulea):
        own = {"dublin": {"price_usd_per_mwh": dublin}, "lulea": {"price_usd_per_mwh": lulea}}
        placement = solve_study(study(own, supply={"contracts": []}), catalogue=catalogue)
        return set(placement.sites.index)

    assert served(300, 20) == {"lulea"}
    assert served(20, 300) == {"dublin"}


def test_losses_raise_what_is_bought_and_what_the_connection_carries(catalogue, plain):
    c = coefficients(catalogue, {"dublin": {"loss_share": 0.05}})
    i, more = c.sites.index("dublin"), 1 / 0.95
    assert c.grid_price_usd_per_mwh[i] == pytest.approx(more * plain.grid_price_usd_per_mwh[i])
    assert c.grid_carbon_t_per_mwh[i] == pytest.approx(more * plain.grid_carbon_t_per_mwh[i])
    assert c.grid_water_l_per_kwh[i] == pytest.approx(more * plain.grid_water_l_per_kwh[i])
    assert c.connection_mw[i] == pytest.approx(0.95 * plain.connection_mw[i])
    for o in c.offers_of_site[i]:
        assert c.capacity_factor[o] == pytest.approx(0.95 * plain.capacity_factor[o])
        assert c.offer_carbon_t_per_mwh[o] == pytest.approx(more * plain.offer_carbon_t_per_mwh[o])
        paid = (c.capacity_factor @ c.hours * c.offer_price_usd_per_mwh)[o]
        before = (plain.capacity_factor @ plain.hours * plain.offer_price_usd_per_mwh)[o]
        assert paid == pytest.approx(before)
    j = c.sites.index("lulea")
    assert c.grid_price_usd_per_mwh[j] == pytest.approx(plain.grid_price_usd_per_mwh[j])


def test_charges_credits_and_land_of_a_site_move_its_own_costs(catalogue, plain):
    own = {
        "demand_charge_usd_per_mw_month": 8000, "capex_credit_share": 0.3,
        "property_tax_share": 0.01, "land_usd_per_ha": 600_000,
    }  # fmt: skip
    c = coefficients(catalogue, {"dublin": own})
    rate = 0.07 * 1.07**20 / (1.07**20 - 1)
    at = c.pair_site == c.sites.index("dublin")
    more = (c.om_usd_per_mw - plain.om_usd_per_mw)[at]
    assert more == pytest.approx(12 * 8000 * c.pue_peak[at] + 0.4 * 600_000 * (0.07 + 0.01))
    share = c.fixed_cost_usd_per_mw[at] / plain.fixed_cost_usd_per_mw[at]
    assert share == pytest.approx(np.full(at.sum(), (0.7 * rate + 0.01) / rate))
    assert c.om_usd_per_mw[~at] == pytest.approx(plain.om_usd_per_mw[~at])


def test_a_country_taxes_electricity_where_the_study_asks_and_an_own_rate_wins(catalogue, plain):
    assert not plain.electricity_tax_usd_per_mwh.any()
    economics = {"electricity_tax": "country"}
    c = coefficients(catalogue, economics=economics)
    tax = dict(zip(c.sites, c.electricity_tax_usd_per_mwh, strict=True))
    assert tax["lulea"] == pytest.approx(0.5 * 1.086)
    assert tax["dublin"] == pytest.approx(7.1 * 1.086)
    own = {"dublin": {"electricity_tax_usd_per_mwh": 0}}
    c = coefficients(catalogue, own, economics=economics)
    assert c.electricity_tax_usd_per_mwh[c.sites.index("dublin")] == 0


def test_a_credit_on_stores_adds_a_store_and_the_audit_agrees(catalogue):
    """A tariff that a store could earn, were it cheaper."""

    def solved(credit):
        own = study(
            {"dublin": {"storage_credit_share": credit, "loss_share": 0.02, "land_usd_per_ha": 1e5,
                        "capex_credit_share": 0.1, "demand_charge_usd_per_mw_month": 500}},
            {"sites": ["dublin"]},
            storage=[{"name": "battery", "max_mw": 10, "capex_usd_per_kwh": 200}],
            economics={
                "time_of_use": {
                    "peak_hours": [17, 18, 19, 20], "peak_factor": 1.25, "valley_factor": 0.85,
                },
                "electricity_tax": "country",
            },
            supply={"contracts": ["wind"]},
            time={"slices": 96},
        )  # fmt: skip
        placement = solve_study(own, catalogue=catalogue)
        audit = audit_placement(placement, catalogue)
        assert audit.passed, audit.faults
        found = placement.provenance.set_index(["site", "attribute"])
        assert found.loc[("dublin", "electricity_tax_usd_per_mwh"), "label"] == "assumed"
        return float(placement.sites["battery_storage_mw"].sum())

    assert solved(0.0) == pytest.approx(0.0, abs=1e-6)
    assert solved(0.6) == pytest.approx(10.0, rel=1e-3)


@pytest.mark.parametrize(
    ("head", "cells", "line", "problem"),
    [("price_eur_per_kwh", ["0.05"] * 8760, 1, "is in another unit"),
     ("EUR/MWh", ["50"] * 8760, 1, "is in another unit"),
     ("price_usd_per_mwh", ["0.05"] * 8760, 2, "looks like a price per kWh"),
     ("price_usd_per_mwh", ["50"] * 8759, 8760, "it has 8,759 rows")],
)  # fmt: skip
def test_tables_by_the_hour_in_other_units_or_too_short(tmp_path, head, cells, line, problem):
    path = tmp_path / "p.csv"
    path.write_text("\n".join([head, *cells]) + "\n")
    with pytest.raises(DataError, match=rf"p\.csv:{line}: .*{problem}"):
        hourly_means(path, "price_usd_per_mwh")


def test_only_a_price_may_be_negative_in_an_hour(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("\n".join(["value", *["50"] * 8759, "-0.2"]) + "\n")
    assert hourly_means(path, "price_usd_per_mwh").shape == (12, 24)
    path.write_text("\n".join(["value", *["0.5"] * 8759, "-0.2"]) + "\n")
    for name in ("capacity_factor", "grid_carbon_g_per_kwh"):
        with pytest.raises(DataError, match=r"p\.csv:8761: value: is '?-0\.2"):
            hourly_means(path, name)
