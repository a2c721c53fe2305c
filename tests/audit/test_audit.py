"""The audit against a hand calculation, and against every way to doctor an answer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from siting.audit import audit_placement
from siting.audit.hours import slice_of_step
from siting.audit.outcome import Audit
from siting.audit.replay import Steps, capital_recovery, planned_use, replay_site
from siting.catalogue import Catalogue
from siting.catalogue.stations import step_frame
from siting.catalogue.weather_steps import Weather
from siting.config import study_from_mapping
from siting.errors import DataError
from siting.files import geodata_dir
from siting.physics import DESIGNS, Facility, facility
from siting.physics.designs import UPKEEP
from siting.physics.parameters import SITE_COSTS
from siting.placement import Placement
from siting.status import Status

YEAR = 8760.0
LOAD, BLOCK = 8.0, 10.0
COOL = {"temp_dry_bulb_c": 12.0, "temp_dew_point_c": 6.0, "pressure_pa": 101325.0}
HOT = {"temp_dry_bulb_c": 38.0, "temp_dew_point_c": 20.0, "pressure_pa": 101325.0}
GRID = {"carbon": 50.0, "price": 60.0, "water": 3.0, "withdrawal": 20.0}
HYDRO = {"carbon": 24.0, "price": 57.0, "water": 17.0, "withdrawal": 17.0}
SCARCITY_SITE, SCARCITY_COUNTRY, WATER_PRICE = 2.0, 0.5, 2.0
ANNUITY = 0.07 / (1 - 1.07**-20)


def plant(design: str, **air: float) -> Facility:
    """One step of a design, run as the halls of a study are by default."""
    return facility(design, practice="best", **air)


def constant_weather(*places: str) -> Weather:
    """The same cool hour all year; the two design hours are hot."""
    hours, month, hour, group = step_frame()
    shape = (len(places), len(hours))
    dry, dew = np.full(shape, COOL["temp_dry_bulb_c"]), np.full(shape, COOL["temp_dew_point_c"])
    dry[:, month == 0], dew[:, month == 0] = HOT["temp_dry_bulb_c"], HOT["temp_dew_point_c"]
    return Weather(
        place=places,
        temp_dry_bulb_c=dry,
        temp_dew_point_c=dew,
        pressure_pa=np.full((len(places), 1), COOL["pressure_pa"]),
        hours=hours,
        month=month,
        hour=hour,
        day_group=group,
        source=("made up",) * len(places),
        label=("modelled",) * len(places),
        distance_km=np.zeros(len(places)),
    )


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """Two sites and two towns on a grid that never changes."""
    sites = pd.DataFrame(
        {
            "name": ["Hill", "Far"],
            "country": ["AAA", "AAA"],
            "region": ["europe", "europe"],
            "kinds": [("hub",), ("hub",)],
            "lat": [60.0, 0.0],
            "lon": [10.0, -60.0],
            "grid_zone": ["Z", "Z"],
            "hydro_zone": ["Z", "Z"],
            "renewable_zone": ["Z", "Z"],
            "connection_mw": [40.0, 40.0],
            "hydro_mw_150km": [200.0, 200.0],
            "scarcity_factor": [SCARCITY_SITE, SCARCITY_SITE],
            "scarcity_factor_country": [SCARCITY_COUNTRY, SCARCITY_COUNTRY],
        },
        index=["hill", "far"],
    )
    points = [Point(x, y).buffer(0.1) for x, y in zip(sites["lon"], sites["lat"], strict=True)]
    demand = pd.DataFrame(
        {
            "name": ["Town", "Port"],
            "country": ["AAA", "AAA"],
            "lat": [59.0, 58.0],
            "lon": [10.0, 11.0],
            "population": [3e6, 1e6],
            "internet_users": [3e6, 1e6],
            "groups": [("europe",), ("europe",)],
        },
        index=["town", "port"],
    )
    grid = {
        "name": "Zone",
        "carbon_g_per_kwh": GRID["carbon"],
        "price_usd_per_mwh": GRID["price"],
        "water_l_per_kwh": GRID["water"],
        "water_zero_hydro_l_per_kwh": 1.0,
        "water_country_l_per_kwh": GRID["water"],
        "hydro_water_l_per_kwh": HYDRO["water"],
        "withdrawal_l_per_kwh": GRID["withdrawal"],
        "hydro_share": 0.0,
        "marginal_fossil_carbon_g_per_kwh": 700.0,
        "hydro_zone": "Z",
    }
    months = pd.MultiIndex.from_product([["Z"], range(1, 13)], names=["zone", "month"])
    by_technology = pd.MultiIndex.from_product(
        [["Z"], ["solar", "wind"], range(1, 13)], names=["zone", "technology", "month"]
    )
    source = {
        "carbon_g_per_kwh": HYDRO["carbon"],
        "water_l_per_kwh": HYDRO["water"],
        "water_zero_hydro_l_per_kwh": 0.0,
        "withdrawal_l_per_kwh": HYDRO["withdrawal"],
        "price_usd_per_mwh": HYDRO["price"],
    }
    (tmp_path / "day_types.csv").symlink_to(geodata_dir() / "day_types.csv")
    empty = pd.DataFrame()
    return Catalogue(
        candidates=gpd.GeoDataFrame(sites, geometry=points, crs="EPSG:4326"),
        provenance=empty,
        demand=demand,
        grid_zones=pd.DataFrame([grid], index=pd.Index(["Z"], name="zone")),
        hydro_profiles=pd.DataFrame(
            {"capacity_factor": 0.5, "dry_year_factor": 0.8, "wet_year_factor": 1.2}, index=months
        ),
        renewable_profiles=pd.DataFrame({"capacity_factor": 0.2}, index=by_technology),
        water_bodies=empty,
        supply_sources=pd.DataFrame([source] * 3, index=["hydro", "wind", "solar"]),
        sources=empty,
        folder=tmp_path,
        sha256="0",
    )


def study_mapping(**changes: object) -> dict[str, object]:
    return {
        "name": "tiny",
        "candidates": {"sites": ["hill", "far"]},
        "designs": ["air_economizer"],
        "demand": {
            "regions": ["town", "port"],
            "workloads": [{"name": "chat", "it_mw": LOAD, "max_rtt_ms": 20}],
        },
        "time": {"slices": 12},
        "economics": {"water_price_usd_per_m3": WATER_PRICE},
        "supply": {"max_contract_share": 1.0},
        **changes,
    }


def pue(**air: float) -> float:
    return float(plant("air_economizer", **air).pue)


def opening_usd() -> float:
    """Opening and holding a site for a year. [USD]"""
    site = {name: row.value for name, row in SITE_COSTS.items()}
    capital = site["works_usd"] + site["substation_usd"] + site["fibre_usd"]
    return ANNUITY * capital + site["staff_usd_per_yr"]


def by_hand(contract_mw: float = 0.0) -> dict[str, float]:
    """Totals of `placement`: constant weather, so a year is one hour times 8,760."""
    design = DESIGNS["air_economizer"]
    run = plant("air_economizer", **COOL)
    energy = LOAD * float(run.pue) * YEAR
    hydro = 0.5 * contract_mw * YEAR
    onsite = LOAD * float(run.wue_l_per_kwh) * YEAR
    grid = energy - hydro
    built = BLOCK * (design.embodied_kg_per_kw_yr + design.refrigerant_t_per_mw_yr)
    servers = LOAD * 1780.0  # t CO2e a MW and year, bought for the load
    om = BLOCK * 1000 * UPKEEP["air_economizer"]["om_usd_per_kw_yr"].value
    electricity_m3 = grid * GRID["water"] + hydro * HYDRO["water"]
    return {
        "energy_mwh": energy,
        "carbon_t_co2e": (grid * GRID["carbon"] + hydro * HYDRO["carbon"]) / 1000
        + built
        + servers
        + SITE_COSTS["embodied_t_co2e"].value / 20,
        "water_m3": onsite + electricity_m3,
        "water_withdrawal_m3": LOAD * float(run.withdrawal_l_per_kwh) * YEAR
        + grid * GRID["withdrawal"]
        + hydro * HYDRO["withdrawal"],
        "water_scarcity_m3": onsite * SCARCITY_SITE + electricity_m3 * SCARCITY_COUNTRY,
        "cost_usd": grid * GRID["price"]
        + hydro * HYDRO["price"]
        + BLOCK * 1000 * design.capex_usd_per_kw * ANNUITY
        + om
        + opening_usd()
        + onsite * WATER_PRICE,
    }


def placement(
    source: str = "hydro", contract_mw: float = 0.0, used_mw: float | None = None, **changes: object
) -> Placement:
    """8 MW on one block at the hill, for two towns, on the grid and perhaps one contract."""
    study = study_from_mapping(study_mapping(**changes))
    run = plant("air_economizer", **COOL)
    used = 0.5 * contract_mw if used_mw is None else used_mw
    metrics = by_hand(contract_mw)
    site = {
        "name": "Hill",
        "country": "AAA",
        "lat": 60.0,
        "lon": 10.0,
        "design": "air_economizer",
        "modules": 1,
        "block_mw": BLOCK,
        "installed_mw": BLOCK,
        "it_mw": LOAD,
        "pue": float(run.pue),
        "pue_peak": pue(**HOT),
        "wue_l_per_kwh": float(run.wue_l_per_kwh),
        "free_cooling_hours": YEAR,
        **metrics,
        f"{source}_contract_mw": contract_mw,
        "binding": "",
    }
    month_hours = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) * 24.0
    supply = pd.DataFrame(
        [
            {"site": "hill", "source": name, "slice": t, "hours": month_hours[t], "mw": mw}
            for name, mw in (("grid", LOAD * float(run.pue) - used), (source, used))
            for t in range(12)
        ]
    )
    flows = pd.DataFrame(
        {
            "workload": "chat",
            "demand": ["town", "port"],
            "site": "hill",
            "it_mw": [6.0, 2.0],
            "rtt_ms": [7.5, 9.6],
        }
    )
    demand = pd.DataFrame(
        {"name": ["Town", "Port"], "country": "AAA", "lat": [59.0, 58.0], "lon": [10.0, 11.0]},
        index=["town", "port"],
    ).assign(it_mw=[6.0, 2.0])
    return Placement(
        study=study,
        status=Status.OPTIMAL,
        objective=1.0,
        bound=1.0,
        gap=0.0,
        metrics=metrics,
        other_conventions={
            "carbon_t_co2e_location_based": metrics["carbon_t_co2e"]
            + 0.5 * contract_mw * YEAR * (GRID["carbon"] - HYDRO["carbon"]) / 1000
        },
        sites=pd.DataFrame([site], index=pd.Index(["hill"], name="id")),
        flows=flows,
        supply=supply,
        demand=demand,
        candidates=pd.DataFrame(),
        left_out={},
        payoff={},
        screened={},
        seconds={},
        versions={},
        seed=0,
        catalogue_sha256="0",
    )


def audit(answer: Placement, catalogue: Catalogue) -> Audit:
    return audit_placement(answer, catalogue, [constant_weather("hill", "far")])


def broken(result: Audit) -> set[str]:
    return {check.name for check in result.limits if not check.ok}


def with_site(answer: Placement, **values: object) -> Placement:
    return replace(answer, sites=answer.sites.assign(**values))


def with_study(answer: Placement, **supply: object) -> Placement:
    terms = answer.study.supply.model_copy(update=supply)
    return replace(answer, study=answer.study.model_copy(update={"supply": terms}))


def test_constant_weather_is_one_hour_times_8760(catalogue: Catalogue) -> None:
    result = audit(placement(), catalogue)
    assert result.metrics == pytest.approx(by_hand(), rel=1e-9)
    assert result.faults == ()
    assert result.passed
    assert result.steps == 1442


def test_contracted_energy_carries_its_own_factors(catalogue: Catalogue) -> None:
    result = audit(placement(contract_mw=10.0), catalogue)
    assert result.passed
    assert result.metrics == pytest.approx(by_hand(10.0), rel=1e-9)
    assert result.metrics["carbon_t_co2e"] < by_hand()["carbon_t_co2e"]
    assert result.metrics["water_m3"] > by_hand()["water_m3"]


def test_all_that_a_contract_generates_is_paid_for(catalogue: Catalogue) -> None:
    half_used = audit(placement(contract_mw=10.0, used_mw=2.5), catalogue)
    grid_more = 2.5 * YEAR * GRID["price"]
    assert half_used.metrics["cost_usd"] == pytest.approx(by_hand(10.0)["cost_usd"] + grid_more)


def test_carbon_price_is_part_of_the_cost(catalogue: Catalogue) -> None:
    economics = {"carbon_price_usd_per_t": 100.0, "water_price_usd_per_m3": WATER_PRICE}
    result = audit(placement(economics=economics), catalogue)
    expected = by_hand()["cost_usd"] + 100.0 * by_hand()["carbon_t_co2e"]
    assert result.metrics["cost_usd"] == pytest.approx(expected)


def test_water_of_hydropower_can_be_left_out(catalogue: Catalogue) -> None:
    result = audit(
        placement(contract_mw=10.0, supply={"hydro_water": "zero", "max_contract_share": 1.0}),
        catalogue,
    )
    grid_mwh = by_hand()["energy_mwh"] - 5.0 * YEAR
    onsite = LOAD * float(plant("air_economizer", **COOL).wue_l_per_kwh) * YEAR
    assert result.metrics["water_m3"] == pytest.approx(onsite + grid_mwh * 1.0)


def test_a_dry_year_leaves_less_than_was_planned(catalogue: Catalogue) -> None:
    result = audit(placement(contract_mw=10.0, supply={"hydro_year": "dry"}), catalogue)
    assert "contract_output" in broken(result)


def test_annuity_pays_a_loan_off() -> None:
    yearly, owed = capital_recovery(0.07, 20.0), 1.0
    for _ in range(20):
        owed = owed * 1.07 - yearly
    assert owed == pytest.approx(0.0, abs=1e-9)
    assert capital_recovery(0.0, 20.0) == pytest.approx(0.05)


def _inflated_load(p: Placement) -> Placement:
    return with_site(p, it_mw=LOAD + 1.0)


def _unserved(p: Placement) -> Placement:
    return replace(p, flows=p.flows.assign(it_mw=[6.0, 1.9]))


def _moved_beyond_reach(p: Placement) -> Placement:
    sites = pd.concat([p.sites, p.sites.rename(index={"hill": "far"})])
    return replace(p, sites=sites, flows=p.flows.assign(site=["hill", "far"]))


def _flow_to_closed(p: Placement) -> Placement:
    return replace(p, flows=p.flows.assign(site=["hill", "far"]))


def _negative_flow(p: Placement) -> Placement:
    extra = p.flows.iloc[[0, 0]].assign(it_mw=[1.0, -1.0])
    return replace(p, flows=pd.concat([p.flows, extra]))


def _overfull(p: Placement) -> Placement:
    return with_site(p, modules=0, installed_mw=0.0)


def _phantom_block(p: Placement) -> Placement:
    return with_site(p, installed_mw=2 * BLOCK)


def _half_module(p: Placement) -> Placement:
    return with_site(p, modules=1.5, installed_mw=1.5 * BLOCK)


def _beyond_connection(p: Placement) -> Placement:
    return with_site(p, modules=4, installed_mw=4 * BLOCK)


def _two_designs(p: Placement) -> Placement:
    return replace(p, sites=pd.concat([p.sites, p.sites.assign(design="air_chiller")]))


def _foreign_design(p: Placement) -> Placement:
    return with_site(p, design="air_chiller")


def _no_lake(p: Placement) -> Placement:
    return with_site(p, design="lake_water")


def _over_contract(p: Placement) -> Placement:
    return with_site(p, hydro_contract_mw=20.1)


def _unoffered(p: Placement) -> Placement:
    return with_site(p, nuclear_contract_mw=5.0)


def _used_without_contract(p: Placement) -> Placement:
    return with_site(p, hydro_contract_mw=9.0)


def _supply_missing(p: Placement) -> Placement:
    return replace(p, supply=p.supply.assign(mw=p.supply["mw"] * 0.98))


def _negative_supply(p: Placement) -> Placement:
    grid = (p.supply["source"] == "grid").to_numpy()
    return replace(p, supply=p.supply.assign(mw=p.supply["mw"] + np.where(grid, -20.0, 20.0)))


def _prettier_pue(p: Placement) -> Placement:
    return with_site(p, pue=p.sites["pue"] * 0.98)


def _site_total_differs(p: Placement) -> Placement:
    return with_site(p, energy_mwh=p.sites["energy_mwh"] * 0.9)


@pytest.mark.parametrize(
    ("tamper", "limit"),
    [
        (_inflated_load, "site_load"),
        (_unserved, "demand_met"),
        (_moved_beyond_reach, "max_rtt_ms"),
        (_flow_to_closed, "flow_to_closed_site"),
        (_negative_flow, "negative_flow"),
        (_overfull, "installed"),
        (_phantom_block, "modules"),
        (_half_module, "whole_modules"),
        (_beyond_connection, "connection"),
        (_two_designs, "one_design_a_site"),
        (_foreign_design, "designs"),
        (_no_lake, "design_needs"),
        (_over_contract, "contract"),
        (_unoffered, "contract"),
        (_used_without_contract, "contract_output"),
        (_supply_missing, "energy_balance"),
        (_negative_supply, "negative_supply"),
        (_prettier_pue, "reported_pue"),
        (_site_total_differs, "sum_of_sites"),
    ],
)
def test_a_doctored_answer_is_caught(tamper, limit: str, catalogue: Catalogue) -> None:
    honest = placement(contract_mw=10.0)
    assert audit(honest, catalogue).passed
    result = audit(tamper(honest), catalogue)
    assert limit in broken(result)
    assert not result.passed
    json.dumps(result.to_mapping(), allow_nan=False)


@pytest.mark.parametrize("metric", sorted(by_hand()))
@pytest.mark.parametrize("factor", [0.98, 1.02])
def test_a_total_two_percent_off_is_caught(
    metric: str, factor: float, catalogue: Catalogue
) -> None:
    honest = placement()
    value = honest.metrics[metric] * factor
    doctored = replace(
        with_site(honest, **{metric: value}), metrics={**honest.metrics, metric: value}
    )
    result = audit(doctored, catalogue)
    assert not result.passed
    assert broken(result) == set()
    assert [name for name, off in result.differences.items() if abs(off) > 0.01] == [metric]
    assert any(metric in fault for fault in result.faults)


def test_half_a_percent_is_within_what_slices_may_cost(catalogue: Catalogue) -> None:
    honest = placement()
    value = honest.metrics["energy_mwh"] * 1.005
    close = with_site(honest, energy_mwh=value)
    result = audit(replace(close, metrics={**honest.metrics, "energy_mwh": value}), catalogue)
    assert result.passed


@pytest.mark.parametrize("metric", ["energy_mwh", "water_m3"])
def test_a_total_that_is_missing_or_not_a_number_fails(metric: str, catalogue: Catalogue) -> None:
    honest = placement()
    gone = {name: value for name, value in honest.metrics.items() if name != metric}
    for metrics in (gone, {**gone, metric: float("nan")}):
        result = audit(replace(honest, metrics=metrics), catalogue)
        assert not result.passed
        assert result.to_mapping()["differences"][metric] is None


ENERGY = by_hand()["energy_mwh"]


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        ({"energy_mwh": ENERGY * 0.999}, "energy_mwh"),
        ({"carbon_t_co2e": 1.0}, "carbon_t_co2e"),
        ({"water_m3": 1.0}, "water_m3"),
        ({"cost_usd": 1.0}, "cost_usd"),
        ({"max_share_per_site": 0.5}, "max_share_per_site"),
        ({"max_mw_per_site": 9.0}, "max_mw_per_site"),
        ({"min_mw_per_site": 11.0}, "min_mw_per_site"),
        ({"min_sites": 2}, "min_sites"),
        ({"open": ["far"]}, "open"),
        ({"closed": ["hill"]}, "closed"),
        ({"pue_max": pue(**COOL) - 0.001}, "pue_max"),
    ],
)
def test_each_limit_of_a_study_is_looked_at(
    limits: dict[str, object], name: str, catalogue: Catalogue
) -> None:
    assert broken(audit(placement(limits=limits), catalogue)) == {name}


def test_too_many_sites_are_counted(catalogue: Catalogue) -> None:
    answer = placement(limits={"max_sites": 1})
    two = replace(
        answer, sites=pd.concat([answer.sites, answer.sites.rename(index={"hill": "far"})])
    )
    assert "max_sites" in broken(audit(two, catalogue))


def test_a_limit_that_is_just_met_is_kept(catalogue: Catalogue) -> None:
    limits = {"energy_mwh": ENERGY, "max_share_per_site": 1.0, "max_mw_per_site": BLOCK}
    assert audit(placement(limits=limits), catalogue).passed


def test_evaporative_cooling_counts_against_the_water_of_a_site(catalogue: Catalogue) -> None:
    run = plant("water_economizer", **COOL)
    used = LOAD * float(run.wue_l_per_kwh) * YEAR
    assert used > 0
    for factor, kept in ((1.001, True), (0.999, False)):
        limits = {"site_water_m3": used * factor}
        answer = placement(limits=limits, designs=["water_economizer"])
        result = audit(with_site(answer, design="water_economizer"), catalogue)
        assert ("site_water_m3" not in broken(result)) is kept


def test_a_site_outside_the_candidates_of_the_study_is_caught(catalogue: Catalogue) -> None:
    answer = placement(candidates={"sites": ["far"]})
    assert "candidates" in broken(audit(answer, catalogue))


def test_utilization_needs_installed_power(catalogue: Catalogue) -> None:
    workload = {"name": "chat", "it_mw": LOAD, "max_rtt_ms": 20}
    for utilization, kept in ((0.8, True), (0.79, False)):
        demand = {
            "regions": ["town", "port"],
            "workloads": [{**workload, "utilization": utilization}],
        }
        result = audit(placement(demand=demand), catalogue)
        assert ("installed" not in broken(result)) is kept


def test_contracts_may_not_outgrow_the_it_energy(catalogue: Catalogue) -> None:
    for share, kept in ((0.5 * 10.0 / LOAD * 1.001, True), (0.5 * 10.0 / LOAD * 0.999, False)):
        answer = placement(contract_mw=10.0, supply={"max_contract_share": share})
        assert ("max_contract_share" not in broken(audit(answer, catalogue))) is kept


def test_gas_burnt_on_site_is_counted(catalogue: Catalogue) -> None:
    """In constant heat the engine runs all year: fuel is priced, emits and spares the grid."""
    warm = constant_weather("hill")
    heat = {"temp_dry_bulb_c": HOT["temp_dry_bulb_c"], "temp_dew_point_c": HOT["temp_dew_point_c"]}
    warm = replace(warm, **{name: np.full((1, 1442), value) for name, value in heat.items()})
    run = plant("absorption_trigen", **HOT)
    assert run.generated_kwh_per_kwh > 0
    answer = with_site(placement(designs=["absorption_trigen"]), design="absorption_trigen")
    result = audit_placement(answer, catalogue, [warm])
    drawn_mwh = LOAD * (float(run.pue) - float(run.generated_kwh_per_kwh)) * YEAR
    fuel_mwh = LOAD * float(run.fuel_kwh_per_kwh) * YEAR
    onsite_m3 = LOAD * float(run.wue_l_per_kwh) * YEAR
    design = DESIGNS["absorption_trigen"]
    om = UPKEEP["absorption_trigen"]["om_usd_per_kw_yr"].value
    assert result.metrics["energy_mwh"] == pytest.approx(LOAD * float(run.pue) * YEAR)
    assert result.metrics["cost_usd"] == pytest.approx(
        drawn_mwh * GRID["price"]
        + fuel_mwh * 30.0
        + onsite_m3 * WATER_PRICE
        + BLOCK * 1000 * (design.capex_usd_per_kw * ANNUITY + om)
        + opening_usd()
    )
    built = BLOCK * (design.embodied_kg_per_kw_yr + design.refrigerant_t_per_mw_yr)
    built += SITE_COSTS["embodied_t_co2e"].value / 20
    assert result.metrics["carbon_t_co2e"] == pytest.approx(
        drawn_mwh * GRID["carbon"] / 1000 + fuel_mwh * 0.202 + built + LOAD * 1780.0
    )


def test_windy_days_are_told_apart_in_words_only(catalogue: Catalogue) -> None:
    """Wind that is flat in the tables fits; its days from 0.34 to 1.94 of the mean would not."""
    answer = placement("wind", contract_mw=40.0, used_mw=8.0)
    result = audit(answer, catalogue)
    assert broken(result) == set()
    assert len([sentence for sentence in result.hidden if "windy and calm" in sentence]) == 1


def test_carbon_by_location_ignores_what_is_contracted(catalogue: Catalogue) -> None:
    """By location every MWh is the grid's; by contract 4 MW are hydropower's 24 g/kWh."""
    answer = placement(contract_mw=8.0)
    located = with_study(answer, carbon="location")
    grid_only = by_hand()["carbon_t_co2e"]
    by_contract, by_location = (audit(a, catalogue).metrics for a in (answer, located))
    assert by_location["carbon_t_co2e"] == pytest.approx(grid_only)
    saved = 4.0 * YEAR * (GRID["carbon"] - HYDRO["carbon"]) / 1000
    assert by_contract["carbon_t_co2e"] == pytest.approx(grid_only - saved)
    same = ("energy_mwh", "water_m3", "cost_usd")
    assert {m: by_location[m] for m in same} == {m: by_contract[m] for m in same}


@pytest.mark.parametrize("told", [{}, {"carbon_t_co2e_location_based": 1.0}])
def test_carbon_of_the_other_convention_must_agree(
    catalogue: Catalogue, told: dict[str, float]
) -> None:
    answer = replace(placement(contract_mw=8.0), other_conventions=told)
    assert broken(audit(answer, catalogue)) == {"reported_other_carbon"}


def test_the_design_hour_decides_the_connection(catalogue: Catalogue) -> None:
    assert pue(**HOT) > pue(**COOL)
    connection = BLOCK * (pue(**HOT) + pue(**COOL)) / 2
    tight = replace(catalogue, candidates=catalogue.candidates.assign(connection_mw=connection))
    result = audit(placement(), tight)
    assert broken(result) == {"connection"}
    (told,) = [sentence for sentence in result.hidden if "design hour" in sentence]
    assert f"draws {LOAD * pue(**HOT):,.1f} MW" in told
    assert f"the connection, {connection:,.1f} MW, is checked at the larger" in told


def test_flows_are_measured_by_geodesic_and_not_by_what_is_stated(catalogue: Catalogue) -> None:
    lying = placement()
    lying = replace(lying, flows=lying.flows.assign(rtt_ms=0.1))
    moved = catalogue.demand.assign(lat=[-59.0, 58.0])
    assert "max_rtt_ms" in broken(audit(lying, replace(catalogue, demand=moved)))


def test_slices_that_hide_the_night_are_found_out(catalogue: Catalogue) -> None:
    """A sun that gives 4 MW on a monthly mean gives none at night and too much at noon."""
    answer = placement("solar", contract_mw=20.0, used_mw=4.0)
    result = audit(answer, catalogue)
    told = [sentence for sentence in result.hidden if "solar" in sentence]
    assert len(told) == 1
    assert told[0].startswith("Hill: ")
    assert "contract_output" not in broken(result)
    planned_grid = LOAD * pue(**COOL) - 4.0
    planned_kg = YEAR * (planned_grid * GRID["carbon"] + 4.0 * HYDRO["carbon"])
    fixed = by_hand()["carbon_t_co2e"] - by_hand()["energy_mwh"] * GRID["carbon"] / 1000
    assert result.metrics["carbon_t_co2e"] > planned_kg / 1000 + fixed


def test_hydro_that_always_flows_hides_nothing(catalogue: Catalogue) -> None:
    result = audit(placement(contract_mw=10.0), catalogue)
    assert not any("hydro" in sentence for sentence in result.hidden)


def test_a_site_that_the_catalogue_does_not_know_is_a_fault(catalogue: Catalogue) -> None:
    unknown = replace(catalogue, candidates=catalogue.candidates.drop(index="hill"))
    with pytest.raises(DataError, match="hill: is not a candidate"):
        audit(placement(), unknown)


@pytest.mark.parametrize(("slices", "groups"), [(12, 1), (96, 1), (288, 1), (60, 5), (1440, 5)])
def test_every_hour_of_the_year_falls_into_one_slice(slices: int, groups: int) -> None:
    hours, month, hour, group = step_frame()
    of_step = slice_of_step(slices, month, hour, group)
    year = np.bincount(of_step[of_step >= 0], hours[of_step >= 0], slices)
    assert year.sum() == YEAR
    assert (year > 0).all()
    assert (of_step[month == 0] == -1).all()
    january = year[: slices // 12]
    assert january.sum() == 31 * 24
    assert len(np.unique(january)) <= (2 if groups == 5 else 1)


def test_a_year_that_cannot_be_cut_evenly_is_refused() -> None:
    _, month, hour, group = step_frame()
    with pytest.raises(ValueError, match="84 slices"):
        slice_of_step(84, month, hour, group)


def test_replay_of_two_sources_by_hand() -> None:
    """Two hours of one slice under 10 MW: wind in the first, sun in the second."""
    steps = Steps(hours=np.ones(2), of_step=np.zeros(2, dtype=np.int64), slices=1)
    result = replay_site(
        np.full(2, 10.0),
        {
            "wind": planned_use(np.array([8.0]), np.array([16.0, 0.0]), steps),
            "sun": planned_use(np.array([2.0]), np.array([0.0, 4.0]), steps),
        },
        steps,
    )
    assert result.used_mw["wind"] == pytest.approx([10.0, 0.0])  # 16 MW do not fit under 10
    assert result.used_mw["sun"] == pytest.approx([0.0, 4.0])
    assert result.grid_mw == pytest.approx([0.0, 6.0])
    assert result.curtailed_mwh == pytest.approx({"wind": 6.0, "sun": 0.0})
