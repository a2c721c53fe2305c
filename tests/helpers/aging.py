"""Plans whose halls cost and embody what they did in the period in which they were built."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siting.coefficients.halls import Vintages
from siting.coefficients.instance import Instance, State
from tests.helpers.instances import random_instance, with_limits


def with_vintages(
    states: list[State], cost: np.ndarray, carbon: np.ndarray, available: np.ndarray
) -> tuple[State, ...]:
    """The states with factors by period and pair, shape (Y, P) each."""
    found = []
    for k in states:
        c, so_far = k.coefficients, k.period + 1
        vintages = Vintages(
            cost[:so_far].copy(), carbon[:so_far].copy(), available[:so_far].copy(),
            0.8 * c.fixed_carbon_t_per_mw,
        )  # fmt: skip
        room = np.where(vintages.ever_available, c.max_modules, 0)
        found.append(replace(k, coefficients=replace(c, max_modules=room, vintages=vintages)))
    return tuple(found)


def small_plan(seed: int) -> Instance:
    """Two periods of three sites, or three of two with two designs; factors fall, rise, return."""
    rng = np.random.default_rng(100 + seed)
    periods = 2 + seed % 2
    sites, designs = ((3, 1), (2, 2))[seed % 2]
    c = random_instance(seed, sites=sites, designs=designs, regions=2, slices=2)
    block = c.block_mw * max(1.0, 1.8 * c.total_demand_mw / (2 * c.block_mw[:2].sum()))
    c = replace(
        c,
        max_modules=np.full(len(c.pair_site), 2),
        block_mw=block,
        open_cost_usd=np.zeros(sites),
        open_carbon_t_co2e=np.zeros(sites),
        connection_mw=np.full(sites, 10 * c.total_demand_mw),
    )
    if seed % 3 == 0:
        c = with_limits(c, max_share_per_site=0.8)
    cases = (1.0,) if seed % 5 else (0.6, 0.4)
    worth = rng.uniform(0.5, 1.0, periods)
    states = [
        State(
            replace(
                c,
                demand_mw=c.demand_mw * (0.5 + 0.5 * y) * (1.0 + 0.1 * w),
                grid_carbon_t_per_mwh=c.grid_carbon_t_per_mwh * rng.uniform(0.3, 1.0),
                fixed_cost_usd_per_mw=c.fixed_cost_usd_per_mw * rng.uniform(0.9, 1.1),
                carbon_price_usd_per_t=float(rng.choice([0.0, 80.0])),
            ),
            y, w, chance, share=1.0 / periods, cost_share=float(worth[y] / worth.sum()),
        )
        for y in range(periods)
        for w, chance in enumerate(cases)
    ]  # fmt: skip
    shape = (periods, len(c.pair_site))
    cost, carbon = rng.choice([0.2, 0.5, 1.0, 1.6], shape), rng.choice([0.1, 1.0, 2.0], shape)
    available = rng.random(shape) < 0.85
    available[0, :2] = True
    names = ("a", "b")[: len(cases)]
    return Instance(with_vintages(states, cost, carbon, available), tuple(range(periods)), names)
