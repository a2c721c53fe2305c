"""Which random studies and which independent computation speak for every constraint family.

A kind of study switches some families on; `COVERED` says, for every family of the program, on which
kind it is compared, and in how many of the studies its rows must move the optimum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from siting.coefficients import Coefficients
from siting.coefficients.dispatch_options import Profile
from siting.coefficients.halls import Scale
from siting.coefficients.instance import Instance, State
from siting.coefficients.structure import FirstPower, Ramps
from tests.helpers.aging import with_vintages
from tests.helpers.independent import Independent
from tests.helpers.instances import random_instance, with_limits
from tests.helpers.joint import least_future
from tests.helpers.limited import Limited
from tests.helpers.operations import with_family
from tests.helpers.structures import with_structure

METRICS = ("carbon_t_co2e", "cost_usd", "energy_mwh", "water_m3")


def structured(seed: int, *, sites: int = 3, connection: float = 3.0) -> Coefficients:
    """Three sites of two designs in two slices; ``connection`` over all demand."""
    c = random_instance(seed, sites=sites, designs=2, regions=2, slices=2, sources=1)
    block = c.block_mw * max(1.0, 2.0 * c.total_demand_mw / (3 * c.block_mw[:2].sum()))
    return replace(
        c,
        max_modules=np.full(len(c.pair_site), 3),
        block_mw=block,
        connection_mw=np.full(len(c.sites), connection * c.total_demand_mw),
        capacity_per_load=np.array([1.0 + 0.4 * (seed % 2), 1.0]),
    )


def operated(seed: int, *names: str) -> Coefficients:
    """Two sites of two designs in two days of two blocks, with families of operation."""
    c = random_instance(seed, sites=2, designs=2, regions=2, slices=4, sources=1)
    block = c.block_mw * max(1.0, 1.3 * c.total_demand_mw / (2 * c.block_mw[:2].sum()))
    c = replace(
        c,
        max_modules=np.full(len(c.pair_site), 2),
        block_mw=block,
        connection_mw=np.full(len(c.sites), 1.2 * c.total_demand_mw),
        it_carbon_t_per_mw=np.array([5.0, 2.0]) * (seed % 3),
        capacity_per_load=np.array([1.0, 1.0 + 0.3 * (seed % 2)]),
        max_contract_share=1.5,
        offer_limit_mw=c.offer_limit_mw + 10.0,
    )
    return with_family(c, names, seed)


def plain(seed: int) -> Coefficients:
    """No limit but those of physics: the families that every study has."""
    c = structured(seed, connection=1.0)
    return replace(c, capacity_per_load=np.ones(len(c.workloads)), max_contract_share=0.3)


def spare(seed: int) -> Coefficients:
    """Both workloads need more servers than their load."""
    return replace(structured(seed), capacity_per_load=np.array([1.9, 1.3]))


def one_design(seed: int) -> Coefficients:
    """One site and designs of few halls, so that two designs would often do better than one."""
    c, rng = structured(seed), np.random.default_rng(seed)
    pairs = len(c.pair_site)
    c = replace(
        c,
        eligible=np.ones_like(c.eligible),
        max_modules=rng.integers(1, 4, pairs),
        block_mw=c.total_demand_mw * rng.uniform(0.3, 0.6, pairs),
        capacity_per_load=np.ones(len(c.workloads)),
    )
    return with_limits(c, closed_sites=("site_1", "site_2"))


def side_by_side(seed: int) -> Coefficients:
    """Two designs a site, few sites, each of a least size."""
    c = with_structure(structured(seed), "designs", seed)
    c = with_limits(c, max_sites=2, min_mw_per_site=1.2 * float(c.block_mw.min()))
    return replace(c, max_modules=np.ones(len(c.pair_site), dtype=int))


def accepting(seed: int) -> Coefficients:
    """The second workload takes the second design alone; two designs a site in half of them."""
    c = structured(seed)
    if seed % 2:
        c = with_structure(c, "designs", seed)
    accepts = np.array([[True, True], [False, True]])
    return replace(c, structure=replace(c.structure, accepts=accepts))


def powered(seed: int, *names: str) -> Coefficients:
    """Little connection without steps or generators; stores and rules on clean supply at times."""
    c = operated(seed, *names)
    return replace(c, connection_mw=np.full(len(c.sites), 0.3 * c.total_demand_mw))


def due(seed: int) -> Coefficients:
    """Power that must stand at one site, and power of all that is late at a price."""
    c = structured(seed)
    rng, every = np.random.default_rng(seed), np.ones(len(c.sites), dtype=bool)
    first, price = np.arange(len(c.sites)) == 0, float(c.fixed_cost_usd_per_mw.mean())
    asked = (
        FirstPower("first_power[0]", first, float(rng.uniform(0.1, 1.2)) * c.total_demand_mw, None),
        FirstPower("first_power[1]", every, 1.6 * c.total_demand_mw, rng.uniform(0.5, 2) * price),
    )
    return replace(c, structure=replace(c.structure, first_power=asked))


def islanded(seed: int) -> Coefficients:
    """A site without a connection, whose stores hold hours of its peak."""
    c = powered(seed, "storage", "generation")
    connection, reserve = np.array([0.0, 0.7 * c.total_demand_mw]), np.array([12.0, 0.0])
    power = replace(c.operation.power, reserve_h=reserve)
    c = replace(c, connection_mw=connection, operation=replace(c.operation, power=power))
    return with_limits(c, open_sites=("site_0",))


def reused(seed: int) -> Coefficients:
    """Heat is sold, and a share of the energy has to be, at the prices of the random study."""
    c = operated(seed, "heat")
    share = float(np.random.default_rng(seed).uniform(0.05, 0.2))
    heat = replace(c.operation.heat, min_share=share, credit_counts=False)
    return replace(c, operation=replace(c.operation, heat=heat))


def matched(seed: int) -> Coefficients:
    """Clean shares that grids alone lack: by the hour at one site, over the year at all."""
    c, rng = operated(seed, "clean"), np.random.default_rng(seed)
    hour, year = c.operation.clean
    rules = (
        replace(hour, share=rng.uniform(0.35, 0.65)),
        replace(year, share=rng.uniform(0.55, 0.8)),
    )
    return replace(c, operation=replace(c.operation, clean=rules))


def additional(seed: int) -> Coefficients:
    """Clean shares by the month and over the year; half of the contracts do not count."""
    c, rng = matched(seed), np.random.default_rng(seed + 500)
    month, year = c.operation.clean
    unclean = rng.random(len(c.offer_site)) < 0.5
    rules = (
        replace(
            month, period=np.arange(len(c.hours)) // 2, unclean=unclean, share=0.6 * month.share
        ),
        replace(year, unclean=~unclean, share=0.6 * year.share),
    )
    return replace(c, operation=replace(c.operation, clean=rules))


def plants(seed: int) -> Coefficients:
    """Sites share one plant, whose power is cheap and carries little carbon."""
    c = structured(seed)
    c = replace(
        c,
        offer_limit_mw=np.full(len(c.offer_site), c.total_demand_mw),
        offer_price_usd_per_mwh=0.3 * c.offer_price_usd_per_mwh,
        offer_carbon_t_per_mwh=0.3 * c.offer_carbon_t_per_mwh,
        max_contract_share=1.2,
    )
    return with_structure(c, "contracts", seed)


def moved(seed: int, *, between: bool) -> Coefficients:
    """Load that waits; it goes to other sites, or stays at home."""
    c = operated(seed, "flexible")
    flexible = c.operation.flexible
    sites = np.array([False, between])
    return replace(
        c, operation=replace(c.operation, flexible=replace(flexible, between_sites=sites))
    )


def waves(seed: int) -> Coefficients:
    """Load that rises and falls at the clock of each region; of one workload that may also wait."""
    c, rng = operated(seed, "flexible"), np.random.default_rng(seed + 900)
    shape = (len(c.workloads), len(c.demand), len(c.hours))
    mean = rng.uniform(0.4, 1.6, shape)
    mean /= (mean @ c.hours / c.hours.sum())[:, :, None]
    varies = np.array([True, bool(seed % 2)])
    mean[~varies] = 1.0
    largest = np.where(varies[:, None, None], mean * rng.uniform(1.0, 1.15, shape), 1.0)
    flexible = replace(
        c.operation.flexible,
        share=c.operation.flexible.share * (seed % 3 > 0),
        between_sites=np.zeros(2, dtype=bool),
    )
    profile = Profile(mean, largest, varies)
    c = replace(c, max_modules=c.max_modules + 1)
    return replace(c, operation=replace(c.operation, flexible=flexible, profile=profile))


def ramping(seed: int) -> Coefficients:
    """Load of two clocks, and of one workload besides at times, that no site may ramp alone."""
    c, rng = waves(seed), np.random.default_rng(seed + 1700)
    c = replace(c, eligible=np.ones_like(c.eligible))
    group = np.where(c.operation.profile.varies[:, None], [[0, 1], [2, 3]], -1)
    ramps = Ramps(group, rng.uniform(-1.0, 1.0, (4, 12)))
    by_group = np.bincount(group[group >= 0], c.demand_mw[group >= 0], 4)
    most = rng.uniform(0.5, 0.8) * float(np.abs(by_group @ ramps.change).max())
    return with_limits(
        replace(c, structure=replace(c.structure, ramps=ramps)), max_ramp_mw_per_hour=most
    )


def of_structure(name: str) -> Callable[[int], Coefficients]:
    """Studies of one structural family."""
    return lambda seed: with_structure(structured(seed), name, seed)


def of_operation(*names: str) -> Callable[[int], Coefficients]:
    """Studies of some families of operation."""
    return lambda seed: operated(seed, *names)


def site_water(seed: int) -> Coefficients:
    """Water of each site, by consumption or by withdrawal."""
    c = structured(seed)
    litres = float((c.wue_l_per_kwh @ c.hours).mean()) * c.total_demand_mw
    drawn = float((c.withdrawal_l_per_kwh @ c.hours).mean()) * c.total_demand_mw
    if seed % 2:
        return with_limits(c, site_water_m3=0.4 * litres)
    return with_limits(c, site_withdrawal_m3=0.5 * drawn)


def efficiency(seed: int) -> Coefficients:
    """The planner's ceilings on PUE and WUE, which bar part of the pairs."""
    c = structured(seed)
    return with_limits(
        c,
        pue_max=float(np.quantile(c.pue_annual, 0.5)),
        wue_max_l_per_kwh=float(np.quantile(c.wue_annual_l_per_kwh, 0.6)),
    )


def sizes(seed: int) -> Coefficients:
    """An open site is of one size or the other, and larger where it is of the second design."""
    c = structured(seed)
    low, high = float(c.block_mw.min()), float(c.block_mw.max())
    least = 1.7 * float(c.block_mw[c.pair_design == 1].min())
    return with_limits(
        c,
        min_mw_per_site=1.5 * low,
        max_mw_per_site=1.6 * high,
        design_mw=((None, None), (least, None)),
    )


def counts(seed: int) -> Coefficients:
    """Few sites, or many."""
    return with_limits(structured(seed), **({"min_sites": 3} if seed % 2 else {"max_sites": 1}))


def shares(seed: int) -> Coefficients:
    """No site has more than half of the load."""
    return with_limits(structured(seed), max_share_per_site=0.5)


def stepped(seed: int) -> Coefficients:
    """The first halls of a design are dearer than the next, or cheaper; little may be spent."""
    c, rng = structured(seed), np.random.default_rng(seed)
    block = float(c.block_mw.mean())
    factor = np.sort(rng.uniform(0.3, 2.0, 3))
    factor = factor if seed % 5 == 0 else factor[::-1]
    start = np.append(0.0, np.sort(rng.uniform(0.8, 2.6, 2)) * block)
    c = replace(
        c,
        scale=Scale(start, factor),
        fixed_cost_usd_per_mw=3.0 * c.fixed_cost_usd_per_mw,
        open_cost_usd=0.2 * c.open_cost_usd,
    )
    best = Limited(c).least("cost_usd") if METRICS[seed % 4] != "cost_usd" else np.inf
    return c if np.isinf(best) else with_limits(c, budgets=(("cost_usd", 1.02 * best),))


def forced(seed: int) -> Coefficients:
    """One site must be open, another closed."""
    names = np.random.default_rng(seed).permutation(["site_0", "site_1", "site_2"])
    c = structured(seed)
    every = np.ones_like(c.eligible)
    opened, closed = (str(names[0]),), (str(names[1]),)
    return with_limits(replace(c, eligible=every), open_sites=opened, closed_sites=closed)


def budgets(seed: int) -> Coefficients:
    """A budget halfway between the least of a metric and what the least of another has."""
    c, metric = structured(seed), METRICS[(seed + 1) % 4]
    best = Limited(c).least(metric)
    return c if np.isinf(best) else with_limits(c, budgets=((metric, 1.1 * best),))


def future(seed: int, measure: str = "expected", *, periods: int = 1) -> Instance:
    """Two scenarios, or two periods in which demand and grids go their own ways."""
    rng = np.random.default_rng(seed)
    c = structured(seed, sites=2)
    if periods > 1:
        c = replace(operated(seed, "storage"), connection_mw=np.full(2, 3.0 * c.total_demand_mw))
    chances = (0.6, 0.4) if periods == 1 else (1.0,)
    shares = ((1.0,), (0.4, 0.6))[periods - 1]
    sites, shape = len(c.sites), c.demand_mw.shape
    states = [
        State(
            replace(
                c,
                demand_mw=c.demand_mw * rng.uniform(0.5, 1.1, shape),
                grid_carbon_t_per_mwh=c.grid_carbon_t_per_mwh * rng.uniform(0.2, 2, (sites, 1)),
                grid_price_usd_per_mwh=c.grid_price_usd_per_mwh * rng.uniform(0.2, 2, (sites, 1)),
                wue_l_per_kwh=c.wue_l_per_kwh * rng.uniform(0.5, 2, (len(c.pair_site), 1)),
                pue=1.0 + (c.pue - 1.0) * rng.uniform(0.2, 1, (len(c.pair_site), 1)),
            ),
            y, w, chance, share=shares[y], cost_share=shares[y] + 0.1 * (periods - 1) * (0.5 - y),
        )
        for y in range(periods)
        for w, chance in enumerate(chances)
    ]  # fmt: skip
    return Instance(tuple(states), tuple(range(periods)), ("a", "b")[: len(chances)], measure, 0.5)


def aging(seed: int) -> Instance:
    """Two periods whose halls keep the cost and carbon of their period; some priced in steps."""
    plan, rng = future(seed, periods=2), np.random.default_rng(seed)
    shape = (2, len(plan.states[0].coefficients.pair_site))
    cost, carbon = rng.choice([0.2, 1.0, 1.6], shape), rng.choice([0.1, 1.0, 2.0], shape)
    available = rng.random(shape) < 0.85
    available[0] = True
    if seed % 2:
        block = float(plan.states[0].coefficients.block_mw.mean())
        scale = Scale(np.array([0.0, 1.2 * block]), np.array([1.3, 0.7]))
        plan = plan.with_coefficients([replace(k.coefficients, scale=scale) for k in plan.states])
    return replace(plan, states=with_vintages(list(plan.states), cost, carbon, available))


def phased(seed: int) -> Instance:
    """Two periods; steps and generators that the second offers may lack in the first."""
    plan, rng = future(seed, periods=2), np.random.default_rng(seed)
    c = powered(seed, "generation", "steps")
    power = c.operation.power
    assert power is not None
    early = np.where(rng.random(len(power.most)) < 0.5, 0, power.most)
    offers = [replace(power, most=early), power]
    return plan.with_coefficients(
        [
            replace(
                c,
                demand_mw=state.coefficients.demand_mw * share,
                grid_price_usd_per_mwh=c.grid_price_usd_per_mwh * rng.uniform(0.3, 2.0),
                operation=replace(c.operation, power=offer),
            )
            for state, offer, share in zip(plan.states, offers, (0.4, 0.9), strict=True)
        ]
    )


def risky(measure: str) -> Callable[[int], Instance]:
    """Studies under one measure of risk."""
    return lambda seed: future(seed, measure)


def by_second_formulation(c: Coefficients | Instance, metric: str) -> float:
    """The optimum by the rows of `limited`, or of `joint` over states."""
    return least_future(c, metric) if isinstance(c, Instance) else Limited(c).least(metric)


def day_by_day(c: Coefficients | Instance, metric: str) -> float:
    """The optimum by the rows of `independent` alone."""
    assert isinstance(c, Coefficients)
    return Independent(c).least(metric)


@dataclass(frozen=True)
class Kind:
    """One kind of random study and who computes its optimum a second time.

    Parameters
    ----------
    study : callable
        The study of a seed.
    second : callable
        Its least value of a metric, without `siting.mip`.
    decomposed : bool
        Whether the program can be decomposed.
    """

    study: Callable[[int], Coefficients | Instance]
    second: Callable[[Coefficients | Instance, str], float] = by_second_formulation
    decomposed: bool = True


KINDS: dict[str, Kind] = {
    "plain": Kind(plain),
    "spare": Kind(spare),
    "one_design": Kind(one_design),
    "side_by_side": Kind(side_by_side),
    "accepting": Kind(accepting),
    "storage": Kind(of_operation("storage"), day_by_day),
    "flexible": Kind(lambda seed: moved(seed, between=False), day_by_day),
    "flexible_between": Kind(lambda seed: moved(seed, between=True), day_by_day, decomposed=False),
    "waves": Kind(waves, day_by_day),
    "ramping": Kind(ramping, day_by_day),
    "idle": Kind(of_operation("idle"), day_by_day),
    "heat": Kind(reused, day_by_day),
    "backup": Kind(of_operation("backup"), day_by_day),
    "clean": Kind(matched, day_by_day),
    "additional": Kind(additional, day_by_day),
    "plants": Kind(plants),
    "steps": Kind(lambda seed: powered(seed, "storage", "steps"), day_by_day),
    "generation": Kind(lambda seed: powered(seed, "clean", "generation"), day_by_day),
    "islanded": Kind(islanded),
    "due": Kind(due),
    "site_water": Kind(site_water),
    "basins": Kind(of_structure("basins")),
    "lake_heat": Kind(of_structure("lake_heat")),
    "efficiency": Kind(efficiency),
    "policy": Kind(of_structure("ceilings")),
    "sizes": Kind(sizes),
    "counts": Kind(counts),
    "stepped": Kind(stepped),
    "shares": Kind(shares),
    "forced": Kind(forced),
    "budgets": Kind(budgets),
    "caps": Kind(of_structure("caps")),
    "failover": Kind(of_structure("failover")),
    "expansion": Kind(lambda seed: future(seed, periods=2)),
    "vintages": Kind(aging),
    "phased": Kind(phased),
    **{m: Kind(risky(m)) for m in ("cvar", "worst", "regret")},
}


@dataclass(frozen=True)
class Covered:
    """Where a family is compared, and in how many of fifty studies it must matter.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    moves : int
        Least number of studies whose optimum is another without the rows of the family.
    relaxed : bool
        Whether the optimum is that of the relaxation: rows that whole modules imply.
    """

    kind: str
    moves: int = 15
    relaxed: bool = False


COVERED: dict[str, Covered] = {
    "add_demand_met": Covered("plain"),
    "add_load_balance": Covered("plain"),
    "add_capacity": Covered("plain"),
    "add_module_links": Covered("policy"),
    "add_price_steps": Covered("stepped"),
    "add_utilization": Covered("spare"),
    "add_accepted_designs": Covered("accepting"),
    "add_design_count": Covered("one_design"),
    "add_site_open": Covered("side_by_side"),
    "add_energy_balance": Covered("plain"),
    "add_connection_peak": Covered("plain"),
    "add_contract_output": Covered("plain"),
    "add_contract_volume": Covered("plain"),
    "add_shared_contracts": Covered("plants"),
    "add_unit_sites": Covered("steps", relaxed=True),
    "add_unit_any": Covered("generation", moves=10),
    "add_first_power": Covered("due"),
    "add_storage_reserve": Covered("islanded"),
    "add_generation": Covered("generation"),
    "add_storage_sites": Covered("storage", relaxed=True),
    "add_storage_power": Covered("storage"),
    "add_storage_level": Covered("storage"),
    "add_flexible_limits": Covered("flexible"),
    "add_flexible_balance": Covered("flexible_between"),
    "add_moved_load": Covered("flexible"),
    "add_idle_engine": Covered("idle"),
    "add_heat_sold": Covered("heat"),
    "add_heat_share": Covered("heat"),
    "add_backup": Covered("backup"),
    "add_import_limit": Covered("storage"),
    "add_clean_supply": Covered("clean"),
    "add_site_water": Covered("site_water"),
    "add_basin_water": Covered("basins"),
    "add_lake_heat": Covered("lake_heat"),
    "add_efficiency_ceilings": Covered("efficiency"),
    "add_policy_ceilings": Covered("policy"),
    "add_site_size": Covered("sizes"),
    "add_site_count": Covered("counts"),
    "add_site_share": Covered("shares"),
    "add_site_ramp": Covered("ramping"),
    "add_forced_sites": Covered("forced"),
    "add_budgets": Covered("budgets"),
    "add_caps": Covered("caps"),
    "add_failover": Covered("failover"),
    "add_expansion": Covered("expansion"),
    "add_vintages": Covered("vintages"),
    # Measures of risk are no family of `FAMILIES`: they add rows to one objective.
    "cvar": Covered("cvar"),
    "worst": Covered("worst"),
    "regret": Covered("regret"),
}
