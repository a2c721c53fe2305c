"""Families of operation together, and what each of them does; see also test_every_family."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.coefficients import Coefficients, Limits
from siting.errors import InfeasibleError
from siting.mip import Objective, Solution, SolverOptions, build_model, optimize
from siting.mip.components.heat import HeatSale
from tests.helpers.families import METRICS, operated
from tests.helpers.independent import Independent
from tests.helpers.operations import FAMILIES
from tests.helpers.seeds import seeds

EXACT = SolverOptions(gap=1e-7)
#: Seeds whose plain problem has an answer.
SOLVABLE = (0, 1, 2, 4, 5, 6)


def _solve(c: Coefficients, metric: str) -> Solution:
    return optimize(build_model(c), Objective("weighted", {metric: 1.0}), EXACT)


def _check(c: Coefficients, metric: str) -> Solution | None:
    expected = Independent(c).least(metric)
    if np.isinf(expected):
        with pytest.raises(InfeasibleError):
            _solve(c, metric)
        return None
    found = _solve(c, metric)
    assert found.objective == pytest.approx(expected, rel=2e-6, abs=1e-4)
    assert found.metrics[metric].sum() == pytest.approx(found.objective, rel=1e-8, abs=1e-5)
    return found


def test_all_families_together_equal_the_second_formulation() -> None:
    names = tuple(FAMILIES)
    solved = [_check(operated(seed, *names), METRICS[seed % 4]) for seed in range(100, 112)]
    assert sum(found is not None for found in solved) >= 6


@pytest.mark.parametrize("decomposed", [False, True])
def test_a_network_to_which_no_design_can_sell_takes_no_heat(decomposed: bool) -> None:
    c = operated(1, "heat")
    heat = replace(c.operation.heat, pair=np.zeros(0, dtype=int), recoverable=np.zeros(0))
    c = replace(c, operation=replace(c.operation, heat=replace(heat, min_share=0.0)))
    objective = Objective("weighted", {"carbon_t_co2e": 1.0})
    found = optimize(build_model(c, decomposed=decomposed), objective, EXACT)
    assert found.decisions["heat_mw"].shape == (0, len(c.hours))
    assert (HeatSale().columns(c, found.decisions)["heat_sold_mwh"] == 0.0).all()
    assert not HeatSale().binding(c, found.decisions, None)["heat_reuse.demand_mw"].any()


@pytest.mark.parametrize("family", ["flexible", "idle"])
def test_ceilings_and_site_water_follow_what_runs_when(family: str) -> None:
    for seed in seeds(12):
        c = operated(seed, family)
        free = _check(c, "carbon_t_co2e")
        water = None if free is None else 0.9 * _onsite_water(c, free)
        limits = Limits(pue_max=float(np.quantile(c.pue_annual, 0.6)), site_water_m3=water)
        limited = _check(replace(c, limits=limits), "carbon_t_co2e")
        # A limit never lowers the carbon, and none opens what had no answer.
        if limited is not None:
            assert free is not None
            assert limited.objective >= free.objective * (1 - 1e-7)


def _onsite_water(c: Coefficients, found: Solution) -> float:
    """Water that cooling of the fullest site takes at its mean load."""
    litres = (c.wue_l_per_kwh @ c.hours) * found.decisions.load_mw
    return float(np.bincount(c.pair_site, litres).max())


def _by_site(c: Coefficients, group: np.ndarray, site: np.ndarray) -> np.ndarray:
    result = np.zeros((len(c.sites), len(c.hours)))
    np.add.at(result, site, group)
    return result


@pytest.mark.parametrize("seed", SOLVABLE)
def test_a_family_that_only_adds_freedom_never_costs_more(seed: int) -> None:
    c = operated(seed)
    plain = _solve(c, "carbon_t_co2e").objective
    for family in ("storage", "flexible", "idle"):
        more = _solve(operated(seed, family), "carbon_t_co2e").objective
        assert more <= plain * (1 + 1e-7)


@pytest.mark.parametrize("seed", SOLVABLE)
def test_energy_of_a_year_goes_into_a_store_over_its_efficiency(seed: int) -> None:
    c = operated(seed, "storage")
    store, x = c.operation.storage, _solve(c, "carbon_t_co2e").decisions
    stored = store.charge_efficiency * (x.own["charge_mw"] @ c.hours)
    taken = (x.own["discharge_mw"] @ c.hours) / store.discharge_efficiency
    assert stored == pytest.approx(taken, abs=1e-5)
    assert (x.own["level_mwh"] <= store.duration_h[:, None] * x.storage_mw[:, None] + 1e-6).all()


@pytest.mark.parametrize("seed", SOLVABLE)
def test_moved_load_keeps_the_energy_of_each_workload(seed: int) -> None:
    c = operated(seed, "flexible")
    x = _solve(c, "carbon_t_co2e").decisions
    assert float((x.move_mw @ c.hours).sum()) == pytest.approx(0.0, abs=1e-5)
    assert (x.load_mw[:, None] + x.move_mw >= -1e-6).all()
    assert (x.load_mw[:, None] + x.move_mw <= (x.modules * c.block_mw)[:, None] + 1e-6).all()


@pytest.mark.parametrize("seed", SOLVABLE)
def test_a_higher_clean_share_never_costs_less(seed: int) -> None:
    c = operated(seed, "clean")
    costs = []
    for share in (0.0, 0.1, 0.2):
        rules = tuple(replace(rule, share=share) for rule in c.operation.clean)
        shared = replace(c, operation=replace(c.operation, clean=rules))
        try:
            costs.append(_solve(shared, "cost_usd").objective)
        except InfeasibleError:
            costs.append(np.inf)
    assert costs == sorted(costs) or np.allclose(costs, sorted(costs), rtol=1e-7)


def test_an_idle_engine_burns_nothing_and_its_site_draws_more() -> None:
    c = operated(0, "idle")
    assert len(c.operation.idle.pair)
    dear = replace(c, fuel_price_usd_per_mwh=1e4)
    x = _solve(dear, "cost_usd").decisions
    running = x.load_mw[c.operation.idle.pair, None] - x.idle_mw
    assert running == pytest.approx(0.0, abs=1e-6)


def test_heat_that_pays_is_sold_up_to_the_demand_or_to_the_source() -> None:
    c = operated(4, "heat")
    rich = replace(c.operation.heat, price_usd_per_mwh=1e4, min_share=0.0)
    c = replace(c, operation=replace(c.operation, heat=rich), offer_limit_mw=0 * c.offer_limit_mw)
    x = _solve(c, "cost_usd").decisions
    heat = c.operation.heat
    site = c.pair_site[heat.pair]
    source = heat.recoverable[:, None] * x.load_mw[heat.pair, None] / (1 - heat.electricity)
    demand = heat.demand_mw[site] * (x.load_mw[heat.pair, None] > 1e-6)
    sold = _by_site(c, x.own["heat_mw"], site)
    most = np.minimum(_by_site(c, source * np.ones_like(demand), site), _by_site(c, demand, site))
    room = c.connection_mw[:, None] - _by_site(c, x.load_mw[:, None] * c.pue, c.pair_site)
    limited = sold < most - 1e-6
    assert (sold <= most + 1e-6).all()
    assert (sold[limited] * heat.electricity >= room[limited] - 1e-6).all()


def test_backup_lets_a_small_connection_carry_more_within_its_hours() -> None:
    c = operated(2, "backup")
    x = _solve(c, "energy_mwh").decisions
    backup = c.operation.backup
    installed = x.modules * c.block_mw * c.pue_peak
    power = backup.share * np.bincount(c.pair_site, installed)
    assert (x.own["backup_mw"] @ c.hours <= backup.hours * power + 1e-6).all()
    barred = replace(c.operation, backup=replace(backup, covers_peaks=False))
    tight = replace(c, connection_mw=0.5 * c.connection_mw, operation=barred)
    with pytest.raises(InfeasibleError):
        _solve(tight, "energy_mwh")
