"""Flip the world, and the answer flips, for the right reason.

Each study is small and its sites are real: the built-in catalogue, the public calls. A test names
the fact of the world that it changes, where the megawatts go, and the number that sends them there.
No figure of the answer is written down; only its direction, and bounds that physics sets.
"""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest

import siting
from siting.catalogue.weather import WeatherLibrary
from siting.coefficients.build import build_problem
from siting.physics import DESIGNS, facility_blocks
from siting.supply.tables import grid_table
from siting.tables.parts import CARBON_PARTS

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

HOURS = 8760.0
#: Proven gap of the solves here: far below any difference that is asserted. [-]
GAP = 1e-4
STUDY = {
    "name": "flip",
    "designs": "all",
    "time": {"slices": 12},
    "supply": {"contracts": []},
    "solver": {"gap": GAP},
}


@pytest.fixture(scope="module")
def solve(catalogue):
    """Solve a study, however it is asked for, once; all are proven and pass their audits."""
    known = {}

    def solved(mapping, *overrides):
        resolved = siting.load(mapping, overrides)
        key = json.dumps(resolved.to_mapping())
        if key not in known:
            known[key] = siting.solve(resolved, catalogue=catalogue)
        placement = known[key]
        assert placement.status == siting.Status.OPTIMAL
        assert placement.audit["passed"]
        return placement

    return solved


def study(sites, regions, it_mw, **sections):
    """One training workload without a limit on the round trip, and some places for it."""
    workload = {"name": "training", "it_mw": it_mw, "max_rtt_ms": None}
    demand = {"regions": regions, "workloads": [workload]}
    return {**STUDY, "candidates": {"sites": sites}, "demand": demand, **sections}


def mw(placement, sites):
    """IT load at some sites [MW]; a closed site has none."""
    return float(placement.sites["it_mw"].reindex(sites).fillna(0.0).sum())


def mean(placement, values):
    """Mean of a number a site, weighted by IT load."""
    return float(np.average(values, weights=placement.sites["it_mw"]))


def within(low, high):
    """Is `low` no more than `high`, but for the proven gap."""
    return low <= high * (1 + 2 * GAP)


# --- 1. Distance ---------------------------------------------------------------------------------

NEAR_OR_COLD = {
    "western_europe": (
        ["frankfurt", "paris", "brussels", "koln"],
        ["frankfurt", "paris", "amsterdam"],
        ["lulea", "kajaani", "mo_i_rana", "bergen", "keflavik"],
        20,
    ),
    "us_east_coast": (
        ["washington", "philadelphia", "new_york"],
        ["ashburn", "newark", "columbus"],
        ["baie_comeau", "saguenay", "labrador_city", "juneau"],
        15,
    ),
    "yangtze_delta": (
        ["shanghai", "hangzhou", "suzhou", "wuxi"],
        ["shanghai", "hangzhou", "suzhou", "nanjing"],
        ["kangding", "lijiang", "zhaotong", "xining"],
        15,
    ),
}


@pytest.mark.parametrize("place", NEAR_OR_COLD)
def test_without_a_latency_limit_training_leaves_the_hubs_and_a_tight_one_brings_it_back(
    solve, catalogue, place
):
    """All the load stands in cold air on hydropower, until the round trip forbids it.

    Energy and carbon count. Far away it is colder and the grid is cleaner, so both fall; a round
    trip of 15 to 20 ms reaches 500 to 800 km, and only the hubs lie within that.
    """
    regions, hubs, far, max_rtt_ms = NEAR_OR_COLD[place]
    plain = study(hubs + far, regions, 150, objective={"weights": {"energy": 1, "carbon": 1}})
    free = solve(plain)
    tight = solve(plain, f"demand.workloads.training.max_rtt_ms={max_rtt_ms}")

    assert mw(free, hubs) == 0
    assert mw(free, far) == pytest.approx(150)
    assert mw(tight, hubs) == pytest.approx(150)
    assert mw(tight, far) == 0
    # The limit is the reason: what was free breaks it, what is tight keeps it.
    assert free.flows["rtt_ms"].min() > max_rtt_ms >= tight.flows["rtt_ms"].max()
    # Cold air and a clean grid are the reason to leave.
    assert free.metrics["energy_mwh"] < tight.metrics["energy_mwh"]
    assert free.metrics["carbon_t_co2e"] < tight.metrics["carbon_t_co2e"]
    cold, mild = (
        mean(x, [_mean_dry_bulb_c(catalogue, site) for site in x.sites.index])
        for x in (free, tight)
    )
    assert cold < mild
    zones, grid = catalogue.candidates["grid_zone"], grid_table(catalogue)
    clean, dirty = (
        mean(x, grid.loc[zones[x.sites.index], "carbon_g_per_kwh"]) for x in (free, tight)
    )
    assert clean < dirty


def _mean_dry_bulb_c(catalogue, site):
    place = siting.profile(catalogue=catalogue, site=site, designs=["air_economizer"])
    return place.climate["mean_dry_bulb_c"]


def test_each_step_of_the_latency_limit_costs_and_moves_the_load_nearer(solve):
    """Sites drop out one by one as the limit tightens: carbon only rises, the way only shortens."""
    regions, hubs, far, tightest = NEAR_OR_COLD["western_europe"]
    plain = study(hubs + far, regions, 150, objective={"weights": {"carbon": 1}})
    steps = [
        solve(plain, f"demand.workloads.training.max_rtt_ms={limit}")
        for limit in ("null", 45, 32, tightest)
    ]
    for looser, tighter in pairwise(steps):
        assert within(looser.objective, tighter.objective)
    assert steps[-1].objective > steps[0].objective
    assert mw(steps[0], hubs) < mw(steps[-1], hubs)


# --- 2. Drought ----------------------------------------------------------------------------------

CENTRAL_YUNNAN = ["kunming", "yuxi", "fuxian_lake"]
#: Little hydropower to contract near central Yunnan; much in Qinghai, whose grid has less of it.
SOUTHWEST = study(
    [*CENTRAL_YUNNAN, "xining", "lanzhou", "yichang", "guiyang", "guangzhou", "shanghai"],
    "china",
    500,
    designs=["air_economizer", "water_economizer", "dry_cooler_liquid"],
    supply={"contracts": ["hydro"], "max_contract_share": 0.2},
    objective={"weights": {"carbon": 1}},
)


def test_a_dry_year_moves_load_out_of_yunnan(solve):
    """In a drought coal steps in where a grid leans on dams, and contracted dams give less.

    In a normal year the grid of Yunnan is so clean that it wins even where the few dams nearby
    cover only part of a site. In a dry one the MW that those dams no longer cover go to Qinghai.
    """
    normal = solve(SOUTHWEST)
    dry = solve(SOUTHWEST, "supply.hydro_year=dry")

    assert mw(normal, CENTRAL_YUNNAN) > 0.9 * 500
    assert mw(dry, CENTRAL_YUNNAN) < 0.75 * mw(normal, CENTRAL_YUNNAN)
    assert mw(dry, ["xining"]) > mw(normal, ["xining"])
    assert dry.metrics["carbon_t_co2e"] > normal.metrics["carbon_t_co2e"]


def test_the_reason_is_that_drought_takes_more_from_yunnan_than_from_qinghai(catalogue):
    """Grid carbon rises most where the share of dams is largest; a contracted MW yields less."""
    normal, dry = (
        build_problem(siting.load(SOUTHWEST, [f"supply.hydro_year={year}"]), catalogue)
        for year in ("normal", "dry")
    )

    def grid_carbon_t_per_mwh(problem, site):
        c = problem.coefficients
        return c.grid_carbon_t_per_mwh[c.sites.index(site)] @ c.hours / HOURS

    def contract_yield(problem, site):
        c = problem.coefficients
        (offer,) = np.flatnonzero(c.offer_site == c.sites.index(site))
        return c.capacity_factor[offer] @ c.hours / HOURS

    rise = {
        site: grid_carbon_t_per_mwh(dry, site) - grid_carbon_t_per_mwh(normal, site)
        for site in normal.coefficients.sites
    }
    share = catalogue.grid_zones["hydro_share"]
    assert share["CN-YN"] > share["CN-QH"]
    for site in CENTRAL_YUNNAN:
        assert rise[site] > rise["xining"] > 0
        assert contract_yield(dry, site) < contract_yield(normal, site)
        assert grid_carbon_t_per_mwh(normal, site) < grid_carbon_t_per_mwh(normal, "xining")


def test_staying_in_yunnan_is_right_in_a_normal_year_and_wrong_in_a_dry_one(solve):
    """Hold each answer in the other year: it must cost carbon there, or the move had no reason."""
    away = [site for site in SOUTHWEST["candidates"]["sites"] if site not in CENTRAL_YUNNAN]
    dry = "supply.hydro_year=dry"
    stay, leave = f"limits.closed={away}", f"limits.closed={CENTRAL_YUNNAN}"
    assert solve(SOUTHWEST, leave).objective > solve(SOUTHWEST, stay).objective * (1 + 2 * GAP)
    assert solve(SOUTHWEST, dry, stay).objective > solve(SOUTHWEST, dry).objective * (1 + 2 * GAP)


def test_wetter_years_never_cost_carbon(solve):
    """More water through the turbines replaces coal and fills contracts; nothing gets worse."""
    dry, normal, wet = (
        solve(SOUTHWEST, f"supply.hydro_year={year}").metrics["carbon_t_co2e"]
        for year in ("dry", "normal", "wet")
    )
    assert dry > normal > wet


# --- 3. Water ------------------------------------------------------------------------------------

TOWERS = ["water_economizer", "tower_liquid"]
DESERT_AND_TROPICS = study(
    ["phoenix", "dallas", "singapore", "mumbai", "madrid"],
    "world",
    500,
    limits={"max_share_per_site": 0.25},
)


@pytest.mark.parametrize(
    "designs",
    [
        ["water_economizer", "air_chiller"],
        ["tower_liquid", "dry_cooler_liquid"],
        ["water_economizer", "tower_liquid", "dry_cooler_liquid", "air_chiller"],
    ],
    ids=["chilled_water", "cold_plates", "all_four"],
)
@pytest.mark.parametrize("hydro_water", ["evaporation", "zero"])
def test_weight_on_water_takes_the_towers_away(solve, designs, hydro_water):
    """A tower saves electricity by evaporating water.

    In hot places towers win on energy. Their 1.5 to 2 L/kWh are more than what the grid needs for
    the electricity that they save, since no grid here is mostly dams; so on water they lose under
    either convention of reservoir evaporation, and dry designs take over at a price in energy.
    """
    changes = (f"designs={designs}", f"supply.hydro_water={hydro_water}")
    energy = solve(DESERT_AND_TROPICS, *changes, "objective.weights={energy: 1}")
    water = solve(DESERT_AND_TROPICS, *changes, "objective.weights={water: 1}")

    assert _tower_share(energy) > 0.5
    assert _tower_share(water) == 0
    assert _on_site_m3(energy) > 0
    assert _on_site_m3(water) == 0  # dry designs evaporate nothing
    assert water.metrics["energy_mwh"] > energy.metrics["energy_mwh"]
    assert water.metrics["water_m3"] < energy.metrics["water_m3"]


@pytest.mark.parametrize(
    ("tower", "dry"), [("water_economizer", "air_chiller"), ("tower_liquid", "dry_cooler_liquid")]
)
@pytest.mark.parametrize("column", ["water_l_per_kwh", "water_zero_hydro_l_per_kwh"])
def test_a_tower_evaporates_more_than_the_grid_needs_for_what_it_saves(
    catalogue, tower, dry, column
):
    """The reason, place by place: WUE against the PUE that it saves times the water of the grid."""
    for site in DESERT_AND_TROPICS["candidates"]["sites"]:
        found = siting.profile(catalogue=catalogue, site=site, designs=[tower, dry]).designs
        saved_kwh_per_kwh = found[dry]["pue"] - found[tower]["pue"]
        grid_l_per_kwh = catalogue.grid_zones[column][catalogue.candidates["grid_zone"][site]]
        assert saved_kwh_per_kwh > 0
        assert found[tower]["wue_l_per_kwh"] > saved_kwh_per_kwh * grid_l_per_kwh, site
        assert found[dry]["wue_l_per_kwh"] == 0


def _tower_share(placement):
    table = placement.sites
    return table.loc[table["design"].isin(TOWERS), "it_mw"].sum() / table["it_mw"].sum()


def _on_site_m3(placement):
    table = placement.sites
    return float((table["wue_l_per_kwh"] * table["it_mw"]).sum() * HOURS)


# --- 4. Warming ----------------------------------------------------------------------------------


def test_four_kelvin_more_never_add_a_free_hour_and_take_some_wherever_there_are_any_to_take(
    catalogue,
):
    """Warmer air at the same relative humidity is warmer dry and wet: less of it cools for free.

    All candidates, all designs that give their heat to the air. A place may keep its hours only
    where all of the year stays free, or where none of it was.
    """
    designs = [name for name, design in DESIGNS.items() if not design.needs]
    places = catalogue.candidates
    weather = WeatherLibrary.open(catalogue.folder).places(
        list(places.index), places["lat"], places["lon"], places["elevation_m"]
    )
    today = _free_hours(designs, weather)
    warmer = _free_hours(designs, weather.shifted(4.0))
    for name in designs:
        before, after = today[name], warmer[name]
        assert (before >= 0).all()
        assert (before <= HOURS + 1e-6).all()
        assert (after <= before + 1e-6).all(), name
        always, never = before > HOURS - 1e-3, before < 1e-3
        kept = after > before - 1e-6
        assert not places.index[kept & ~always & ~never].tolist(), name
        if name != "air_chiller":  # it has no economizer: never free, so nothing to lose
            assert after.mean() < before.mean()
        else:
            assert never.all()


def _free_hours(designs, weather):
    """Free-cooling hours of every place [h], by design."""
    hours = {name: np.zeros(len(weather.place)) for name in designs}
    for block, results in facility_blocks(
        designs,
        temp_dry_bulb_c=weather.temp_dry_bulb_c,
        temp_dew_point_c=weather.temp_dew_point_c,
        pressure_pa=weather.pressure_pa,
    ):
        for name, result in results.items():
            hours[name][block] = np.asarray(result.is_free, dtype=float) @ weather.hours
    return hours


def test_warming_costs_energy_even_after_the_design_and_the_place_are_chosen_again(solve):
    """Everything that cools with air gets worse, so the best of it gets worse as well."""
    plain = study(
        ["phoenix", "madrid", "frankfurt", "singapore", "lulea"],
        "europe",
        300,
        designs=[name for name, design in DESIGNS.items() if not design.needs],
        objective={"weights": {"energy": 1}},
        limits={"max_share_per_site": 0.5},
    )
    today, warmer = solve(plain), solve(plain, "climate.warming_k=4")
    assert warmer.metrics["energy_mwh"] > today.metrics["energy_mwh"]


# --- 5. What must hold in any world --------------------------------------------------------------

EUROPE = study(
    ["frankfurt", "paris", "amsterdam", "dublin", "madrid", "stockholm", "lulea", "bergen"],
    "europe",
    300,
    supply={"contracts": ["wind", "solar"]},
    objective={"weights": {"energy": 1, "carbon": 1, "water": 1}},
)

#: Each limit from tight to none.
RELAXED = {
    "share": [f"limits.max_share_per_site={share}" for share in (0.25, 0.4, "null")],
    "size": [f"limits.max_mw_per_site={size}" for size in (60, 120, "null")],
    "number": [f"limits.min_sites={number}" for number in (6, 3, "null")],
    "water": [f"limits.wue_max_l_per_kwh={wue}" for wue in (0.0, 0.05, "null")],
    "round trip": [
        f"demand.workloads.training.max_rtt_ms={limit}" for limit in (68, 80, "null")
    ],
    "contracts": [
        f"supply.contracts={names}" for names in ("[]", "[wind]", "[wind, solar]")
    ],
}  # fmt: skip


@pytest.mark.parametrize("limit", RELAXED)
@pytest.mark.parametrize("metric", ["energy", "carbon"])
def test_relaxing_a_limit_never_costs_more(solve, limit, metric):
    """A looser limit keeps every plan that the tighter one allowed."""
    objective = f"objective.weights={{{metric}: 1}}"
    values = [solve(EUROPE, objective, step).objective for step in RELAXED[limit]]
    for tighter, looser in pairwise(values):
        assert within(looser, tighter)


def test_a_closed_site_stays_closed_and_its_load_is_carried_at_a_price(solve):
    """Take away the best place: no MW there, by either way of saying so, and the rest pays."""
    sites, plain = EUROPE["candidates"]["sites"], "objective.weights={carbon: 1}"
    best = solve(EUROPE, plain)
    gone = str(best.sites.index[0])
    rest = [site for site in sites if site != gone]
    closed = solve(EUROPE, plain, f"limits.closed=[{gone}]")
    absent = solve(EUROPE, plain, f"candidates.sites={rest}")
    assert mw(best, [gone]) > 0
    for other in (closed, absent):
        _assert_closed(other, gone, 300)
        assert within(best.objective, other.objective)
    assert closed.objective == pytest.approx(absent.objective, rel=2 * GAP)


def test_an_excluded_member_of_a_family_stays_closed(solve):
    """Of China's hub clusters, leave out the one that carries most: the others carry it all."""
    clusters = {
        **study([], "china", 300, objective={"weights": {"carbon": 1}}),
        "candidates": {"kinds": ["edwc"]},
    }
    best = solve(clusters)
    gone = str(best.sites.index[0])
    without = solve(clusters, f"candidates.exclude=[{gone}]")
    assert mw(best, [gone]) > 0
    _assert_closed(without, gone, 300)
    assert within(best.objective, without.objective)


def _assert_closed(placement, site, it_mw):
    """No load and no flow there, and all of the load elsewhere."""
    assert mw(placement, [site]) == 0
    assert site not in set(placement.flows["site"])
    assert placement.sites["it_mw"].sum() == pytest.approx(it_mw)


def test_the_order_of_the_sites_changes_nothing(solve):
    """Order carries no information; only the names of the places do."""
    sites = EUROPE["candidates"]["sites"]
    shuffled = [sites[i] for i in np.random.default_rng(7).permutation(len(sites))]
    first, *others = (
        solve({**EUROPE, "candidates": {"sites": order}})
        for order in (sites, sites[::-1], shuffled)
    )
    for other in others:
        for metric, value in first.metrics.items():
            assert other.metrics[metric] == pytest.approx(value, rel=2 * GAP), metric
        for site in sites:
            assert mw(other, [site]) == pytest.approx(mw(first, [site]), abs=1e-3)


RESERVOIRS = study(
    ["dali", "leshan", "guiyang", "yichang", "guangzhou", "shanghai"],
    "china",
    500,
    supply={"contracts": ["hydro"]},
    objective={"weights": {"water": 1}},
    limits={"max_share_per_site": 0.25},
)


def test_counting_no_reservoir_evaporation_moves_load_to_dams_and_never_adds_water(
    solve, catalogue
):
    """With evaporation a dam is the thirstiest source there is; without it, it is nearly dry.

    So where water counts no MW of dams is contracted under the first convention, and the load
    stays on thermal grids; under the second it moves to the dams and contracts them.
    """
    dams = catalogue.supply_sources.loc["hydro"]
    assert dams["water_l_per_kwh"] > catalogue.grid_zones["water_l_per_kwh"].loc["CN-GD"]
    assert dams["water_zero_hydro_l_per_kwh"] < dams["water_l_per_kwh"]

    evaporation = solve(RESERVOIRS, "supply.hydro_water=evaporation")
    zero = solve(RESERVOIRS, "supply.hydro_water=zero")
    hydropower = ["dali", "leshan", "guiyang", "yichang"]
    assert evaporation.sites["hydro_contract_mw"].sum() == pytest.approx(0, abs=1e-6)
    assert zero.sites["hydro_contract_mw"].sum() > 0.25 * 500
    assert mw(zero, hydropower) > mw(evaporation, hydropower)
    assert zero.metrics["water_m3"] < evaporation.metrics["water_m3"]
    # The same plan counted both ways: dropping a term of water cannot add any.
    assert evaporation.other_conventions["water_m3_hydro_zero"] <= evaporation.metrics["water_m3"]
    assert zero.other_conventions["water_m3_hydro_evaporation"] >= zero.metrics["water_m3"]
    # And each plan is the best under its own convention.
    assert within(zero.metrics["water_m3"], evaporation.other_conventions["water_m3_hydro_zero"])
    assert within(
        evaporation.metrics["water_m3"], zero.other_conventions["water_m3_hydro_evaporation"]
    )


CONTRACTED = study(
    ["prague", "amsterdam"],
    ["berlin"],
    20,
    supply={"contracts": ["hydro"], "hydro_share": 1, "max_contract_share": 1},
    objective={"weights": {"energy": 0, "carbon": 1, "water": 0}},
)


def test_contracted_hydropower_pays_only_where_contracts_count(solve, catalogue):
    """The coal of Prague's grid is set aside by contracts near it; by location it is all there.

    Amsterdam has no dams within reach, but a cleaner grid.
    """
    zones = grid_table(catalogue)["carbon_g_per_kwh"]
    assert zones["CZ"] > 1.3 * zones["NL"]
    contract = solve(CONTRACTED)
    location = solve(CONTRACTED, "supply.carbon=location")
    assert mw(contract, ["prague"]) == pytest.approx(20)
    assert mw(location, ["amsterdam"]) == pytest.approx(20)
    # Each plan is the best under its own convention, and both are reported.
    assert within(
        contract.metrics["carbon_t_co2e"],
        location.other_conventions["carbon_t_co2e_contract_based"],
    )
    assert within(
        location.metrics["carbon_t_co2e"],
        contract.other_conventions["carbon_t_co2e_location_based"],
    )
    # The parts add up to the whole, and by location a contract is the grid.
    for plan in (contract, location):
        parts = plan.sites[list(CARBON_PARTS)].to_numpy().sum()
        assert parts == pytest.approx(plan.metrics["carbon_t_co2e"], rel=1e-9)
        assert plan.sites["carbon_servers_t_co2e"].sum() == pytest.approx(20 * 1780.0)
    assert contract.sites["carbon_contracts_t_co2e"].sum() > 0
    assert (location.sites["carbon_contracts_t_co2e"] == 0).all()
    # The sites add up under the other convention too.
    key = "carbon_t_co2e_contract_based"
    assert location.sites[key].sum() == pytest.approx(location.other_conventions[key])


def test_a_measured_round_trip_opens_a_site_that_the_model_holds_too_far(solve, tmp_path):
    """From Paris to Luleå the model says 43 ms; a planner who measured 28 may build there."""
    table = tmp_path / "measured.csv"
    table.write_text("from,to,rtt_ms\nparis,lulea,28\n", encoding="utf-8")
    near = study(["frankfurt", "lulea"], ["paris"], 20)
    near["demand"]["workloads"][0]["max_rtt_ms"] = 30
    modelled = solve(near)
    measured = solve(near, f"demand.latency_file={table}")
    assert mw(modelled, ["frankfurt"]) == pytest.approx(20)
    assert set(modelled.flows["rtt_label"]) == {"modelled"}
    assert mw(measured, ["lulea"]) == pytest.approx(20)
    assert measured.flows[["rtt_ms", "rtt_label"]].to_numpy().tolist() == [[28, "measured"]]
    reach = [c for c in measured.audit["limits"] if c["name"] == "max_rtt_ms"]
    assert [c["value"] for c in reach] == [28]
    # The opposite: a detour that was measured closes the site next door.
    table.write_text("from,to,rtt_ms\nparis,lulea,28\nfrankfurt,paris,31\n", encoding="utf-8")
    detour = solve({**near, "name": "detour"}, f"demand.latency_file={table}")
    assert set(detour.flows["site"]) == {"lulea"}


def test_a_hot_year_costs_energy_and_a_drier_one_gives_some_back(solve):
    """A tower cools to the wet bulb: warmer air raises it, drier air lowers it.

    Each plan passes its own audit, which moves the weather for itself.
    """
    tower = study(["phoenix"], ["phoenix"], 10)
    tower["designs"] = ["water_economizer"]
    typical, hot, dry, both = (
        solve(tower, f"climate.year={year}") for year in ("typical", "hot", "dry", "hot_dry")
    )
    pue = [float(p.sites["pue"].iloc[0]) for p in (typical, hot, dry, both)]
    peak = [float(p.sites["pue_peak"].iloc[0]) for p in (typical, hot)]
    assert pue[1] > pue[0]
    assert pue[2] < pue[0]
    assert pue[2] < pue[3] < pue[1]
    assert peak[1] > peak[0]
    assert all("modelled" in text for p in (hot, dry, both) for text in p.sites["climate"])
