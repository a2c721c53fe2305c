"""What a site is worth, against solving again with and without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.decisions.cells import open_cells
from siting.decisions.sensitivity import (
    chosen_share,
    flip_weights,
    solve_base,
    use_sites,
    without_sites,
)
from siting.errors import NoAnswerError
from tests.helpers.brute_force import brute_force
from tests.helpers.cases import case_of, few_halls
from tests.helpers.instances import with_limits


@pytest.mark.parametrize("seed", [0, 2, 5])
def test_irreplaceability_equals_solving_again_without_the_site(seed: int) -> None:
    c = few_halls(seed)
    case = case_of(c)
    base = solve_base(case)
    weights = {m: w / base.payoff[m].range for m, w in case.weights().items()}
    best = brute_force(c, weights)
    assert base.found.objective == pytest.approx(best, rel=1e-6)
    with open_cells(case) as cells:
        changes = without_sites(cells, base, base.sites)
    for site, change in zip(base.sites, changes, strict=True):
        alone = brute_force(with_limits(c, closed_sites=(site,)), weights)
        if np.isinf(alone):
            assert np.isinf(change.most)
            continue
        assert change.most == pytest.approx(alone / best - 1.0, abs=1e-6)
        assert change.least == pytest.approx(change.most, abs=1e-6)
        worth = sum(w * change.metrics[m] for m, w in weights.items())
        assert worth == pytest.approx(alone - best, abs=1e-5 * best)


@pytest.mark.parametrize("seed", [0, 5])
def test_using_a_site_costs_nothing_where_it_is_used_and_at_least_the_enumerated_price(
    seed: int,
) -> None:
    c = few_halls(seed)
    case = case_of(c)
    base = solve_base(case)
    weights = {m: w / base.payoff[m].range for m, w in case.weights().items()}
    best = brute_force(c, weights)
    closed = sorted(set(c.sites) - set(base.sites))
    with open_cells(case) as cells:
        *changes, used = use_sites(cells, base, dict.fromkeys(closed, 0.1) | {base.sites[0]: 0.0})
    for site, change in zip(closed, changes, strict=True):
        opened = brute_force(with_limits(c, open_sites=(site,)), weights)
        assert change.most >= opened / best - 1.0 - 1e-6
    assert used.most == pytest.approx(0.0, abs=1e-6)


def test_the_program_is_as_it_was_after_the_questions() -> None:
    case = case_of(few_halls(2))
    before = solve_base(case)
    sites = case.model.coefficients.sites
    with open_cells(case) as cells:
        without_sites(cells, before, sites)
        use_sites(cells, before, dict.fromkeys(sites))
    case.program.restore()
    assert solve_base(case).found.objective == pytest.approx(before.found.objective, rel=1e-7)


def test_a_site_that_is_best_in_everything_is_chosen_under_every_weighting() -> None:
    c = few_halls(0)
    best = np.where(c.pair_site == 0, 0.0, 0.5)[:, None]
    c = replace(
        c,
        pue=1.05 + best + 0 * c.pue,
        wue_l_per_kwh=best + 0 * c.wue_l_per_kwh,
        grid_carbon_t_per_mwh=0.1 + np.arange(5)[:, None] / 5 + 0 * c.grid_carbon_t_per_mwh,
        grid_water_l_per_kwh=np.arange(5) / 5.0,
        generated_kwh_per_kwh=0 * c.pue,
        fuel_kwh_per_kwh=0 * c.pue,
        offer_limit_mw=0 * c.offer_limit_mw,
        spare_share=0 * c.spare_share,
        fixed_carbon_t_per_mw=0 * c.fixed_carbon_t_per_mw,
        open_carbon_t_co2e=0 * c.open_carbon_t_co2e,
    )
    case = case_of(c)
    base = solve_base(case)
    with open_cells(case) as cells:
        assert chosen_share(cells, base, 10, seed=1)["site_0"] == 1.0


def test_just_beyond_the_flip_other_sites_are_better_and_just_before_they_are_not() -> None:
    case = case_of(few_halls(2), gap=1e-5)
    base = solve_base(case)
    with open_cells(case) as cells:
        flips = flip_weights(cells, base)
    checked = 0
    for metric, row in flips.items():
        for name in ("down", "up"):
            share = row[name]
            if share is None or row["share"] is None:
                continue
            rest = (1.0 - share) / (1.0 - row["share"])
            weights = {m: share if m == metric else flips[m]["share"] * rest for m in flips}
            scaled = {m: w / base.payoff[m].range for m, w in weights.items() if w}
            c = case.model.coefficients
            closed = tuple(s for s in c.sites if s not in base.sites)
            own = brute_force(with_limits(c, closed_sites=closed), scaled)
            assert own > brute_force(c, scaled) * (1 + 1e-6)
            checked += 1
    assert checked


def test_a_question_without_an_answer_in_time_is_noted_and_claims_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = case_of(few_halls(2))
    base = solve_base(case)

    def late(*_: object, **__: object) -> None:
        raise NoAnswerError("the time is over")

    monkeypatch.setattr("siting.decisions.cells.minimize", late)
    noted: list[str] = []
    with open_cells(case) as cells:
        site = base.sites[0]
        for change in (*without_sites(cells, base, [site]), *use_sites(cells, base, {site: None})):
            assert change.is_late
            assert (change.least, change.most, change.found) == (0.0, np.inf, None)
        assert chosen_share(cells, base, 2, seed=1, late=noted) == {}
        assert noted == ["weighting 1", "weighting 2"]
        flips = flip_weights(cells, base, noted)
    assert {row[end] for row in flips.values() for end in ("down", "up")} == {None}
    assert len(noted) == 2 + 2 * len(flips)
