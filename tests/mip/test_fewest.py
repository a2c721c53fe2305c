"""The least number of sites: equal to the true one without slices, never above it with them."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from siting.coefficients import Coefficients
from siting.coefficients.structure import Failover, Structure
from siting.errors import InfeasibleError
from siting.mip import (
    SILENT,
    Clock,
    Objective,
    SolverOptions,
    Target,
    build_model,
    incumbents,
    optimize,
)
from siting.mip.highs import Highs
from siting.mip.incumbents import Incumbents
from siting.mip.location.fewest import _without_implied, cheapest_sites, fewest_sites
from siting.mip.runs import Row
from siting.mip.session import open_program
from tests.helpers.instances import random_instance, with_limits
from tests.helpers.seeds import seeds


def room_of(mw: float, modules: int, *, sites: int = 4) -> Coefficients:
    """Sites of one size, every demand reaching every site, 12 MW in all."""
    c = random_instance(0, sites=sites, designs=1, sources=1)
    demand = np.full_like(c.demand_mw, 12.0 / c.demand_mw.size)
    return replace(
        c, demand_mw=demand, eligible=np.ones_like(c.eligible),
        block_mw=np.full(sites, mw), max_modules=np.full(sites, modules),
    )  # fmt: skip


def surviving(c: Coefficients, *losses: tuple[int, ...]) -> Coefficients:
    named = tuple((str(i), lost) for i, lost in enumerate(losses))
    return replace(c, structure=Structure(failover=Failover(c.eligible, named)))


def fewest(c: Coefficients) -> int:
    least = fewest_sites(c, Clock(60.0))
    assert fewest_sites(c, Clock(60.0), enough=least) <= least
    assert fewest_sites(c, Clock(60.0), enough=least - 1) == least
    return least


def test_capacity_share_size_and_utilization_each_ask_for_sites() -> None:
    c = room_of(5.0, 1)
    assert fewest(c) == 3
    assert fewest(room_of(5.0, 4)) == 1
    assert fewest(with_limits(room_of(5.0, 4), max_share_per_site=0.3)) == 4
    assert fewest(with_limits(room_of(5.0, 4), max_mw_per_site=6.0)) == 2
    assert fewest(replace(room_of(5.0, 4), capacity_per_load=np.array([2.0, 2.0]))) == 2


@pytest.mark.parametrize("seed", range(4))
def test_where_a_greedy_choice_is_few_enough_no_integer_program_is_run(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    c = random_instance(seed, sites=6, designs=1, sources=3)
    least = fewest_sites(c, Clock(60.0))

    def never(*args: object, **kwargs: object) -> None:
        raise AssertionError("an integer program was run")

    monkeypatch.setattr(Highs, "minimize_integer", never)
    assert fewest_sites(c, Clock(60.0), enough=6) == 0
    if least > 1:
        with pytest.raises(AssertionError):
            fewest_sites(c, Clock(60.0), enough=least - 1)


@pytest.mark.parametrize("seed", seeds(20))
def test_rows_without_those_that_others_imply_are_met_by_the_same_choices(seed: int) -> None:
    rng, sites, rows = np.random.default_rng(seed), 7, list[Row]()
    for _ in range(12):
        columns = np.sort(rng.choice(sites, int(rng.integers(2, sites + 1)), replace=False))
        room = rng.integers(1, 4, len(columns)).astype(float)
        need = rng.uniform(0.5, 0.9) * room.sum()  # All sites together always have the room.
        rows.append(Row(columns, np.minimum(room, need) / need, low=1.0))
        rows.append(Row(columns, np.ones(len(columns)), low=float(rng.integers(1, 3))))
    kept = _without_implied(rows, sites)
    assert len(kept) < len(rows)
    met = set[bool]()
    for choice in itertools.product([0.0, 1.0], repeat=sites):
        opened = np.array(choice)
        every, few = (
            all(row.values @ opened[row.columns] >= row.low - 1e-9 for row in some)
            for some in (rows, kept)
        )
        assert every == few
        met.add(every)
    assert met == {False, True}


def test_a_loss_asks_for_one_more_and_a_loss_of_two_for_two() -> None:
    c = room_of(6.0, 2)
    assert fewest(surviving(c, (0,), (1,), (2,), (3,))) == 2
    assert fewest(surviving(c, (0,))) == 1
    assert fewest(surviving(c, (0, 1), (2, 3))) == 2
    assert fewest(surviving(room_of(6.0, 1), (0,), (1,), (2,), (3,))) == 3


def test_demands_that_share_no_site_need_one_each() -> None:
    c = room_of(5.0, 4)
    apart = np.zeros_like(c.eligible)
    for d in range(3):
        apart[:, d, d] = True
    assert fewest(replace(c, eligible=apart)) == 3


def test_what_is_closed_does_not_count_and_what_is_forced_open_does() -> None:
    c = room_of(5.0, 4)
    assert fewest(with_limits(c, open_sites=("site_2", "site_3"))) == 2
    with pytest.raises(InfeasibleError, match="cannot carry"):
        fewest(with_limits(room_of(5.0, 1), closed_sites=("site_0", "site_1")))


@pytest.mark.parametrize("seed", seeds(12))
def test_one_site_fewer_has_no_answer_and_so_many_never_exceeds_the_true_least(seed: int) -> None:
    c = random_instance(seed, sites=5, slices=1, sources=1)
    c = replace(c, max_modules=np.full(len(c.pair_site), 1 + seed % 2))
    c = with_limits(c, max_share_per_site=0.6)
    least = fewest(c)
    true = next(n for n in range(1, 6) if has_answer(with_limits(c, max_sites=n)))
    assert least <= true
    assert true - least <= 1
    if seed % 2 == 0:
        assert least == true


def has_answer(c: Coefficients) -> bool:
    try:
        optimize(build_model(c), Objective("weighted", {"energy_mwh": 1.0}), SolverOptions(gap=0.5))
    except InfeasibleError:
        return False
    return True


@pytest.mark.parametrize("seed", range(4))
def test_the_cheapest_sites_carry_the_load_for_least_among_all_sets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    c = surviving(with_limits(room_of(5.0, 2, sites=6), max_sites=4), *((s,) for s in range(6)))
    c = replace(c, block_mw=rng.uniform(2.0, 5.0, 6))
    cost = rng.uniform(1.0, 2.0, 6)
    chosen = cheapest_sites(c, cost, Clock(60.0))
    assert chosen is not None
    enough = {
        some: cost[list(some)].sum()
        for size in range(1, 5)
        for some in itertools.combinations(range(6), size)
        if all(sum(2.0 * c.block_mw[s] for s in some if s != lost) >= 12.0 for lost in range(6))
    }
    assert tuple(np.flatnonzero(chosen)) in enough
    assert cost[chosen].sum() <= 1.02 * min(enough.values())


def test_no_sites_are_chosen_where_too_few_may_be_open_or_no_time_is_left() -> None:
    c = room_of(5.0, 1)
    assert cheapest_sites(with_limits(c, max_sites=2), np.ones(4), Clock(60.0)) is None
    assert cheapest_sites(with_limits(c, max_sites=3), np.ones(4), Clock(0.0)) is None


def test_few_sites_with_outages_are_placed_before_any_relaxation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counts built at once may miss what outages ask for; cheap sites that meet it do not."""
    c = surviving(with_limits(room_of(5.0, 4, sites=6), max_sites=2), (0,), (1,), (2,), (3,))
    program = open_program(build_model(c), SolverOptions())
    cost = program.costs(program.model.expression("energy_mwh"))
    monkeypatch.setattr(incumbents, "built_at_once", lambda *_: iter(()))
    found = Incumbents(program, cost, Target(relative=0.01), Clock(60.0), SILENT)
    found._build()
    assert found.best is not None
    built = found.best.values[program.opened[-1]] > 0.5
    assert len(np.unique(c.pair_site[built])) <= 2
