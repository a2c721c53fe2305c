"""Branching on sites: the bound of the tree, and the optimum that it proves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from siting.arrays import BoolArray
from siting.coefficients.instance import Instance
from siting.mip import Clock, Objective, build_model, optimize
from siting.mip.location import site_tree
from siting.mip.location.site_tree import bound_by_sites, sites_are_few
from siting.mip.runs import Row
from siting.mip.session import open_program
from tests.helpers.families import KINDS
from tests.helpers.instances import with_limits
from tests.helpers.seeds import turns
from tests.mip.test_separation import EXACT, opening_costs

COST = Objective("weighted", {"cost_usd": 1.0})


@pytest.mark.parametrize(("decomposed", "seed"), turns([False, True], 5))
def test_the_bound_of_the_tree_is_the_best_of_its_leaves(seed: int, decomposed: bool) -> None:
    c = with_limits(opening_costs(seed, sites=8), max_sites=3)
    model = build_model(c, decomposed=decomposed)
    best = optimize(model, COST, EXACT).objective * 1e-6
    program = open_program(model, EXACT)
    cost = program.costs(model.expression("cost_usd", 1e-6))
    program.relax(cost, Clock(60.0))
    none = np.zeros(program.modules.shape[1], dtype=bool)
    assert sites_are_few(program, none)
    settled: list[float] = []

    def settle(pairs: BoolArray) -> float:
        sites = np.unique(c.pair_site[pairs])
        assert len(sites) <= 3
        only = with_limits(c, closed_sites=tuple(np.delete(np.array(c.sites), sites)))
        found = optimize(build_model(only, decomposed=decomposed), COST, EXACT).objective * 1e-6
        settled.append(found)
        return found

    # Asked for all there is, the tree ends at a leaf or where nothing is left to branch on.
    bound = bound_by_sites(program, cost, none, lambda: np.inf, settle, Clock(60.0))
    assert bound <= best * (1 + 1e-6)
    # Asked for less than the optimum, it proves that.
    enough = 0.999 * best
    bound = bound_by_sites(program, cost, none, lambda: enough, settle, Clock(60.0))
    assert bound <= best * (1 + 1e-6)
    assert bound >= enough or min(settled, default=np.inf) >= best * (1 - 1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_studies_with_few_sites_end_at_the_optimum_with_and_without_the_tree(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    c = with_limits(opening_costs(seed, sites=8), max_sites=2 + seed % 2)
    model = build_model(c, decomposed=bool(seed % 2))
    found = optimize(model, COST, EXACT)
    monkeypatch.setattr(site_tree, "FEW_SITES", 0)
    assert found.objective == pytest.approx(optimize(model, COST, EXACT).objective, rel=1e-6)
    assert found.bound <= found.objective


def test_the_tree_does_not_depend_on_how_its_threads_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def bounds() -> list[float]:
        found: list[float] = []
        original = site_tree._Tree._bounded

        def kept(tree: site_tree._Tree, *args: Any) -> list[site_tree._Node]:
            nodes = original(tree, *args)
            found.extend(node.bound for node in nodes)
            return nodes

        with monkeypatch.context() as patch:
            patch.setattr(site_tree._Tree, "_bounded", kept)
            program = open_program(
                build_model(with_limits(opening_costs(1, sites=8), max_sites=3)), EXACT
            )
            cost = program.costs(program.model.expression("cost_usd", 1e-6))
            program.relax(cost, Clock(60.0), rounds=0)
            none = np.zeros(program.modules.shape[1], dtype=bool)
            bound_by_sites(program, cost, none, lambda: np.inf, lambda _: np.inf, Clock(60.0))
        return found

    at_once = bounds()

    class InTurn(ThreadPoolExecutor):
        """Runs what it is given at once."""

        def map(self, fn: Any, *iterables: Any, **_: Any) -> Any:
            return map(fn, *iterables)

    monkeypatch.setattr(site_tree, "ThreadPoolExecutor", InTurn)
    assert len(at_once) > 3
    assert bounds() == at_once


def test_a_clock_that_is_over_leaves_the_bound_of_the_root() -> None:
    c = with_limits(opening_costs(0, sites=8), max_sites=3)
    program = open_program(build_model(c), EXACT)
    cost = program.costs(program.model.expression("cost_usd", 1e-6))
    root = program.relax(cost, Clock(60.0), rounds=0).bound
    none = np.zeros(program.modules.shape[1], dtype=bool)
    bound = bound_by_sites(program, cost, none, lambda: np.inf, lambda _: np.inf, Clock(0.0))
    assert bound <= root * (1 + 1e-9)


@pytest.mark.parametrize("most", [(1, 3), (3, 1), (2, None)])
def test_the_largest_limit_of_any_period_bounds_the_tree(
    most: tuple[int | None, int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later period may open more sites than the one that tables show, or as many as it likes."""
    plan = KINDS["expansion"].study(1)
    assert isinstance(plan, Instance)
    limits = (most[0], *[most[1]] * (len(plan.periods) - 1))
    states = tuple(
        replace(s, coefficients=with_limits(s.coefficients, max_sites=limits[s.period]))
        for s in plan.states
    )
    model = build_model(replace(plan, states=states))
    found = optimize(model, COST, EXACT)
    monkeypatch.setattr(site_tree, "FEW_SITES", 0)
    assert found.objective == pytest.approx(optimize(model, COST, EXACT).objective, rel=1e-6)
    program = open_program(model, EXACT)
    sizes = [n for n in most if n is not None]
    assert site_tree._most(program) == (max(sizes) if None not in most else np.inf)


def test_settled_sites_take_the_known_rows_that_they_break_and_lose_them_again() -> None:
    """Rows that were not tight in the relaxation are not in the program of the nodes."""
    program = open_program(build_model(with_limits(opening_costs(1, sites=8), max_sites=3)), EXACT)
    cost = program.costs(program.model.expression("cost_usd", 1e-6))
    root = program.relax(cost, Clock(60.0)).bound
    none = np.zeros(program.modules.shape[1], dtype=bool)

    def settled() -> float:
        with ThreadPoolExecutor(2) as threads:
            tree = site_tree._Tree(program, cost, none, Clock(60.0), threads)
            rows = tree._programs[0]._lp.rows
            node = tree.root(np.inf)
            assert node.bound == pytest.approx(root, rel=1e-6)
            while len(node.opened) < tree.most:
                site = tree.branch(node)
                site = min(set(range(8)) - node.opened) if site is None else site
                node = tree.children(node, site, np.inf)[0]
            assert {p._lp.rows for p in tree._programs} == {rows}
            return node.bound

    before = settled()
    used = np.flatnonzero(cost)
    program._add([Row(used, cost[used], low=1.01 * before)])
    assert settled() == pytest.approx(1.01 * before)


def test_pseudo_costs_prefer_the_site_whose_halves_both_rise() -> None:
    rises = site_tree._Rises(3)
    half, three = np.full(3, 0.5), np.arange(3)
    assert len(set(rises.score(three, half).tolist())) == 1  # None was branched on so far.
    rises.note(0, 0.5, [1.0, 0.0])
    rises.note(1, 0.5, [0.5, 0.5])
    assert rises.score(three, half).argmax() == 1
    rises.note(2, 0.25, [0.75, 0.25])
    assert rises.score(three, half)[2] == pytest.approx(0.25)  # Each rises by 1 per part.
