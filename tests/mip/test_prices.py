"""Prices of demand, the rows that they give, and probing: bounds that no placement is below."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from siting.errors import InfeasibleError
from siting.mip import Clock, Objective, Target, build_model, optimize
from siting.mip import relaxation as relaxing
from siting.mip.location import separation
from siting.mip.location.market import Market, class_prices
from siting.mip.search import minimize
from siting.mip.session import open_program
from tests.helpers.families import KINDS, METRICS, powered
from tests.helpers.instances import with_limits
from tests.helpers.seeds import some, turns
from tests.mip.test_separation import EXACT, opening_costs


def market(seed: int, *, most: int = 6, per_mw: float = 1.0) -> Market:
    """Six places and twelve classes on a line; the second half of each capacity is expensive."""
    rng = np.random.default_rng(seed)
    at, demand = rng.random(6), rng.uniform(1.0, 9.0, 12)
    cost = 10.0 * np.abs(at[:, None] - rng.random(12)[None, :])
    capacity = rng.uniform(0.3, 0.6, 6) * demand.sum()
    opening, slope = rng.uniform(20.0, 60.0, 6), per_mw * rng.random(6)
    fixed = np.stack([opening, opening - slope * capacity / 2.0], axis=1)
    slopes = np.stack([slope, 2.0 * slope], axis=1)
    return Market(cost, fixed, slopes, demand, capacity, least=3, most=most)


def relaxation(m: Market) -> float:
    """Linear relaxation with every strong link, by SciPy."""
    places, classes = m.cost.shape
    n = places * classes
    size = n + 2 * places  # serve[g,c], cost_of_load[g], open[g]
    price = np.concatenate([m.cost.ravel(), np.ones(places), np.zeros(places)])
    rows, high = [], []
    for g in range(places):
        load = np.zeros(size)
        load[g * classes : (g + 1) * classes] = 1.0
        for fixed, slope in zip(m.fixed[g], m.per_mw[g], strict=True):
            row = slope * load
            row[n + g], row[n + places + g] = -1.0, fixed
            rows.append(row)
            high.append(0.0)
        load[n + places + g] = -m.capacity_mw[g]
        rows.append(load)
        high.append(0.0)
        for c in range(classes):
            row = np.zeros(size)
            row[g * classes + c], row[n + places + g] = 1.0, -m.demand_mw[c]
            rows.append(row)
            high.append(0.0)
    count = np.zeros(size)
    count[n + places :] = 1.0
    met = np.zeros((classes, size))
    for c in range(classes):
        met[c, c:n:classes] = 1.0
    found = linprog(
        price, np.array([*rows, count, -count]), [*high, m.most, -m.least], met, m.demand_mw,
        bounds=[(0, None)] * (n + places) + [(0, 1)] * places,
    )  # fmt: skip
    return float(found.fun)


@pytest.mark.parametrize(("most", "seed"), turns([3, 6], 6))
def test_the_best_prices_prove_what_all_strong_links_prove(seed: int, most: int) -> None:
    m = market(seed, most=most)
    prices = class_prices(m, np.zeros(12), rounds=3_000).price
    exact = relaxation(m)
    value = m.bound(prices)
    assert value <= exact * (1 + 1e-9)
    assert value == pytest.approx(exact, rel=5e-3)


def test_prices_that_had_no_time_prove_less_but_no_wrong_value() -> None:
    m, start = market(0, most=3), np.zeros(12)
    late = class_prices(m, start, clock=Clock(0.0))
    assert (late.price == start).all()
    assert late.value == m.bound(start) < relaxation(m)
    assert class_prices(m, start, clock=Clock(60.0)).value == class_prices(m, start).value


@pytest.mark.parametrize("price", [1e6, 1e12, 1e16])
def test_prices_without_end_prove_no_more_than_the_optimum(price: float) -> None:
    """What one place earns is all that is paid, so that digits are lost in their difference."""
    rng = np.random.default_rng(7)
    for _ in range(200):
        demand, cost = rng.random(5) + 0.1, rng.random((1, 5))
        fixed, per_mw = rng.random((1, 1)), rng.random((1, 1))
        m = Market(cost, fixed, per_mw, demand, demand.sum(keepdims=True), 1, 1, 0.0)
        optimum = float(cost[0] @ demand + fixed[0, 0] + per_mw[0, 0] * demand.sum())
        assert m.worth_of(price * (0.5 + rng.random(5))).value <= optimum


def test_a_place_stops_serving_where_its_next_megawatt_costs_more_than_it_earns() -> None:
    m = Market(
        cost=np.zeros((1, 2)), fixed=np.array([[5.0, -5.0]]), per_mw=np.array([[1.0, 3.0]]),
        demand_mw=np.array([4.0, 6.0]), capacity_mw=np.array([20.0]), least=1, most=1,
    )  # fmt: skip
    gain, served, marginal = m.best(np.array([4.0, 2.0]))
    # 4 MW at 4, then 1 MW at 2 up to the kink at 5 MW: 16 + 2 − (5 + 5).
    assert gain == pytest.approx([8.0])
    assert served == pytest.approx(np.array([[4.0, 1.0]]))
    # Between the slopes of 1 and 3 that meet there, it is what the last class earns.
    assert marginal == pytest.approx([2.0])


def test_tangents_that_are_parallel_but_for_rounding_hide_no_kink() -> None:
    """The place earns most at 50 MW, where its cost bends; slopes of two tangents are alike."""
    market = Market(
        cost=np.zeros((1, 1)), fixed=np.array([[0.0, -1e-12, -50.0]]),
        per_mw=np.array([[1.0, 1.0 + 1e-15, 2.0]]), demand_mw=np.array([300.0]),
        capacity_mw=np.array([300.0]), least=0, most=1,
    )  # fmt: skip
    gain, served, _ = market.best(np.array([1.5]))
    assert gain == pytest.approx([25.0])
    assert served == pytest.approx(np.array([[50.0]]))


def test_weights_are_worth_the_fullest_use_of_the_capacity() -> None:
    m = market(0)
    weight = np.maximum(6.0 - m.cost, 0.0)
    exact = [
        -linprog(-w, np.ones((1, 12)), [room], bounds=[(0.0, d) for d in m.demand_mw]).fun
        for w, room in zip(weight, m.capacity_mw, strict=True)
    ]
    assert m.worth(weight) == pytest.approx(exact)


@pytest.mark.parametrize(("decomposed", "seed"), turns([False, True], 6))
def test_no_pair_of_a_better_placement_is_closed(
    seed: int, decomposed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pairs that are closed up to a cutoff: opening any of them costs at least that, by a solve."""
    monkeypatch.setattr(relaxing, "FEW_PAIRS", 0)
    model = build_model(opening_costs(seed), decomposed=decomposed)
    program = open_program(model, EXACT)
    cost = program.costs(model.expression("cost_usd", 1e-6))
    relaxed = program.relax(cost, Clock(60.0))
    best = optimize(model, Objective("weighted", {"cost_usd": 1.0}), EXACT).objective * 1e-6
    for cutoff in (best, 1.05 * best):
        closed = program.closed_pairs(cost, relaxed, cutoff, Clock(60.0))
        # Those that others replace may stand in as good a placement, which need not have them.
        for pair in np.flatnonzero(closed & ~program.dominated(cost)):
            opened = program.opened[-1][pair]
            with program.held(np.array([opened]), 1.0, 1.0):
                bound = program.relax(cost, Clock(60.0)).bound
            assert bound >= cutoff * (1 - 1e-6)


#: Kinds of study without scenarios, whose places are single sites.
WITH_SCENARIOS = ("cvar", "worst", "regret")
LOCATED = [
    kind for kind in KINDS
    if kind not in WITH_SCENARIOS and not kind.startswith(("flexible", "waves", "ramping"))
]  # fmt: skip


#: Studies with a placement of each kind, by one program in turn, which begin with different seeds.
ANSWERS = len(some(range(2), 1))


@pytest.mark.parametrize(
    ("kind", "decomposed"),
    {(kind, bool(turn) and KINDS[kind].decomposed): None for kind, turn in turns(LOCATED, 2)},
)
def test_an_optimum_meets_all_that_the_best_prices_prove(
    kind: str, decomposed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It costs no less than the bound, opens none of the closed pairs and breaks no row."""
    answers = 0
    for seed in (int(decomposed), int(not decomposed)):
        metric = METRICS[seed % 4]
        study = KINDS[kind].study(seed)
        model = build_model(study, decomposed=decomposed)
        program = open_program(model, EXACT)
        cost = program.costs(model.expression(metric, 1e-4))
        try:
            best = minimize(program, cost, Target(relative=1e-8), Clock(60.0))
        except InfeasibleError:
            continue
        with monkeypatch.context() as patch:
            patch.setattr(separation, "FEW_FLOWS", 0)
            priced = open_program(model, EXACT)
        relaxed = priced.relax(cost, Clock(60.0), rounds=0)
        places, dual = priced._places(stated=True), relaxed.run.row_dual
        found = priced.separation.pricings(places, cost, dual, Clock(60.0))
        located = priced.separation.located(found, dual, priced._high)
        assert located is not None
        rows, known = (
            priced.separation.priced(found, relaxed.values, dual, priced._high),
            len(priced._rows),
        )
        priced._pricings = cost.tobytes(), found
        refined = priced._refined(cost, relaxed.run, located, Clock(60.0))
        assert refined.value >= located.value
        size, opened = max(abs(best.objective), 1e-9), best.values[priced.opened].max(axis=0) > 0.5
        for each in (located, refined):
            assert each.value <= best.objective + 1e-6 * size
            assert not each.closed(best.objective + 1e-6 * size)[opened].any()
        if not (len(model.variables.units) and decomposed):
            assert len(priced._rows) == known
        for row in [*rows, *priced._rows[known:]]:
            at = float(row.values @ best.values[row.columns])
            assert row.low - 1e-6 <= at <= row.high + 1e-6
        answers += 1
        if answers == ANSWERS:
            break
    assert answers


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_prices_of_a_period_that_prove_nothing_prove_nothing_of_the_plan(
    value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(separation, "FEW_FLOWS", 0)
    program = open_program(model := build_model(KINDS["expansion"].study(0)), EXACT)
    cost = program.costs(model.expression("cost_usd", 1e-4))
    dual = program.relax(cost, Clock(60.0), rounds=0).run.row_dual
    found = program.separation
    pricings = found.pricings(program._places(stated=True), cost, dual, Clock(60.0))
    assert found.located(pricings, dual, program._high) is not None
    first = found._priced[0]
    proof = first.located(pricings[0], dual, program._high)
    monkeypatch.setattr(first, "located", lambda *_: replace(proof, value=value))
    assert found.located(pricings, dual, program._high) is None


@pytest.mark.parametrize(("names", "seed"), turns([("storage", "generation"), ("generation",)], 4))
def test_rows_of_whole_units_hold_where_cuts_join_columns_to_places(
    names: tuple[str, ...], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A budget prices a second metric, whose cuts come after the places were priced."""
    c = powered(seed, *names)
    costs = Objective("weighted", {"cost_usd": 1.0})
    carbon = optimize(build_model(c), costs, EXACT).totals["carbon_t_co2e"]
    least = optimize(build_model(c), Objective("weighted", {"carbon_t_co2e": 1.0}), EXACT)
    budget = 0.5 * (carbon + least.totals["carbon_t_co2e"])
    model = build_model(with_limits(c, budgets=(("carbon_t_co2e", budget),)), decomposed=True)
    cost = None
    found = []
    for few in (10**6, 0):
        monkeypatch.setattr(separation, "FEW_FLOWS", few)
        program = open_program(model, EXACT)
        cost = program.costs(model.expression("cost_usd", 1e-6))
        found.append(minimize(program, cost, Target(relative=1e-6), Clock(60.0)))
    assert found[1].objective == pytest.approx(found[0].objective, rel=1e-5)
    relaxed = program.relax(cost, Clock(60.0), rounds=0)
    pricings = program.separation.pricings(
        program._places(stated=True), cost, relaxed.run.row_dual, Clock(60.0)
    )
    program.separation.located(pricings, relaxed.run.row_dual, program._high)
    whole = np.zeros(program.size, dtype=bool)
    whole[program.counts] = True
    prices = program._prices(cost, relaxed.run)
    for joined in (False, True):
        if joined:  # As where no cut read what a site uses when the places were priced.
            used = np.concatenate([part.use.ravel() for part in program._parts])
            known = [np.setdiff1d(own, used) for own in pricings[0].costs.columns]
            pricings[0].costs = replace(pricings[0].costs, columns=known)
        every = np.arange(len(pricings[0].market.cost))
        point, rows = program.separation.in_whole_numbers(
            program._places(stated=True), pricings, every, whole, Clock(60.0)
        )
        for row in rows:
            assert float(row.values @ found[0].values[row.columns]) >= row.low - 1e-6
        program._short(prices, point, cost, 0.0)
        pricings[0].known.clear()


def test_whole_units_lift_the_bound_of_the_best_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Relaxations power a place with parts of a unit, at a part of what a unit costs."""
    model = build_model(KINDS["generation"].study(4), decomposed=True)
    monkeypatch.setattr(separation, "FEW_FLOWS", 0)
    program = open_program(model, EXACT)
    cost = program.costs(model.expression(METRICS[0], 1e-4))
    relaxed = program.relax(cost, Clock(60.0), rounds=0)
    found = program._located(cost, relaxed.run, Clock(60.0))
    assert program._refined(cost, relaxed.run, found, Clock(60.0)).value > 1.05 * found.value


def test_probing_closes_pairs_that_reduced_costs_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {"probed": 0, "reduced": 0}
    for seed in range(8):
        model = build_model(opening_costs(seed, sites=8))
        program = open_program(model, EXACT)
        cost = program.costs(model.expression("cost_usd", 1e-6))
        relaxed = program.relax(cost, Clock(60.0))
        best = optimize(model, Objective("weighted", {"cost_usd": 1.0}), EXACT).objective * 1e-6
        for name, few in (("reduced", 10**6), ("probed", 0)):
            monkeypatch.setattr(relaxing, "FEW_PAIRS", few)
            counts[name] += int(program.closed_pairs(cost, relaxed, best, Clock(60.0)).sum())
    assert counts["probed"] > counts["reduced"]


@pytest.mark.parametrize("seed", range(3))
def test_rows_at_the_best_prices_do_not_depend_on_earlier_solves(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(separation, "FEW_FLOWS", 0)
    model = build_model(opening_costs(seed))
    fresh, used = open_program(model, EXACT), open_program(model, EXACT)
    cost = fresh.costs(model.expression("cost_usd", 1e-6))
    used.relax(used.costs(model.expression("carbon_t_co2e", 1e-3)) + 2.0 * cost, Clock(60.0))
    used.restore()
    for program in (fresh, used):
        program.relax(cost, Clock(60.0))
    rows = [program.snapshot().rows for program in (fresh, used)]
    assert len(rows[0]) == len(rows[1]) > 0
    for one, other in zip(*rows, strict=True):
        assert one.columns.tolist() == other.columns.tolist()
        assert one.values.tolist() == other.values.tolist()


def test_an_incumbent_outlives_a_solver_that_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a placement meets is not infeasible, whatever a run of the solver says."""
    model = build_model(opening_costs(0))
    program = open_program(model, EXACT)
    cost = program.costs(model.expression("cost_usd", 1e-6))
    best = minimize(program, cost, Target(relative=1e-8), Clock(60.0))

    asked = []

    def refuses(*_: object, **__: object) -> None:
        asked.append(True)
        raise InfeasibleError("no placement meets every limit of the study")

    monkeypatch.setattr(program, "integer", refuses)
    again = minimize(program, cost, Target(relative=1e-12), Clock(60.0), start=best)
    assert asked
    assert again.objective == pytest.approx(best.objective, rel=1e-9)
    assert again.bound <= best.objective
