"""Leaving out dominated pairs never changes an optimum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.coefficients import Coefficients
from siting.coefficients.pairs import drop_dominated_pairs, undominated_pairs
from siting.mip import Objective, SolverOptions, build_model, optimize
from siting.nomenclature import METRICS
from tests.helpers.instances import random_instance, with_limits
from tests.helpers.seeds import some

EXACT = SolverOptions(gap=1e-7)


def ordered_designs(seed: int) -> Coefficients:
    """Three designs a site, the second worse than the first in every respect, the third mixed."""
    c = random_instance(seed, sites=4, designs=3, sources=2)
    first = np.flatnonzero(c.pair_design == 0)
    second, rng = first + 1, np.random.default_rng(seed)
    worse = {}
    for name in ("pue", "pue_peak", "wue_l_per_kwh", "withdrawal_l_per_kwh", "fuel_kwh_per_kwh",
                 "fixed_carbon_t_per_mw", "fixed_cost_usd_per_mw", "om_usd_per_mw",
                 "spare_share"):  # fmt: skip
        values = getattr(c, name).copy()
        values[second] = values[first] * (1.0 + rng.random())
        worse[name] = values
    for name in ("generated_kwh_per_kwh", "block_mw"):
        values = getattr(c, name).copy()
        values[second] = values[first]
        worse[name] = values
    return replace(c, **worse)


@pytest.mark.parametrize("seed", some(range(8), 4))
@pytest.mark.parametrize("metric", METRICS)
def test_the_optimum_stays_when_dominated_pairs_go(seed: int, metric: str) -> None:
    c = ordered_designs(seed)
    if seed % 2:
        c = with_limits(c, budgets=(("water_m3", 5e6),), max_share_per_site=0.7)
    (small,), kept = drop_dominated_pairs([c], (metric,))
    assert not kept[c.pair_design == 1].any()
    whole = optimize(build_model(c), Objective("weighted", {metric: 1.0}), EXACT)
    few = optimize(build_model(small), Objective("weighted", {metric: 1.0}), EXACT)
    assert few.objective == pytest.approx(whole.objective, rel=1e-6)


def test_of_equal_pairs_the_first_stays() -> None:
    c = ordered_designs(0)
    names = ("pue", "pue_peak", "wue_l_per_kwh", "withdrawal_l_per_kwh", "fuel_kwh_per_kwh",
             "generated_kwh_per_kwh", "block_mw", "fixed_carbon_t_per_mw",
             "fixed_cost_usd_per_mw", "om_usd_per_mw", "spare_share")  # fmt: skip
    first = np.flatnonzero(c.pair_design == 0)
    same = {}
    for name in names:
        values = getattr(c, name).copy()
        values[first + 1] = values[first]
        values[first + 2] = values[first]
        same[name] = values
    kept = undominated_pairs([replace(c, **same)], tuple(METRICS))
    assert kept.tolist() == (c.pair_design == 0).tolist()


def test_a_pair_that_is_better_in_what_counts_stays() -> None:
    c = ordered_designs(1)
    dry = np.flatnonzero(c.pair_design == 1)
    wue = c.wue_l_per_kwh.copy()
    wue[dry] = 0.0
    c = replace(c, wue_l_per_kwh=wue)
    assert undominated_pairs([c], ("water_m3",))[dry].all()
    assert not undominated_pairs([c], ("energy_mwh",))[dry].any()
