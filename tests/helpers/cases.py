"""Small cases opened for many solves, and their placements by enumeration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from siting.coefficients import Coefficients
from siting.config import load_study
from siting.decisions import case as opened
from siting.decisions.case import Case
from siting.mip import Session, SolverOptions, build_model
from tests.helpers.brute_force import Dispatch, counts
from tests.helpers.instances import random_instance, with_limits

CONFIGS = Path(__file__).parents[2] / "configs"
OBJECTIVES = ("energy", "carbon", "water")
OF = {"energy": "energy_mwh", "carbon": "carbon_t_co2e", "water": "water_m3", "cost": "cost_usd"}

#: A few candidates, users and designs of each case, so that a solve takes a fraction of a second.
FEW: dict[str, dict[str, Any]] = {
    "arctic": {
        "candidates.sites": ["lulea", "falun", "dublin", "frankfurt", "helsinki", "gavle"],
        "demand.regions": ["stockholm", "paris", "london"],
        "designs": ["air_economizer", "adiabatic_liquid"],
    },
    "subsea": {
        "candidates.sites": ["kitakyushu", "lingshui", "busan", "auckland", "singapore"],
        "demand.regions": ["osaka", "hong_kong", "singapore"],
        "designs": ["subsea_pod", "air_economizer"],
    },
    "lake_cooled": {
        "candidates.sites": ["harbin", "qiandao_lake", "zhangbei", "fredericia", "viborg"],
        "demand.regions": ["shanghai", "beijing", "copenhagen"],
        "designs": ["lake_water", "adiabatic_liquid"],
        "limits.max_share_per_site": 0.6,
    },
    "southwest_hydro": {
        "candidates.sites": ["xining", "guiyang", "guian", "zhengzhou", "kangding"],
        "demand.regions": ["chengdu", "zhengzhou", "guangzhou"],
        "designs": ["adiabatic_liquid"],
        "demand.workloads[0].max_rtt_ms": 40,
    },
    "global": {
        "candidates.sites": ["xining", "lulea", "falun", "seattle", "montevideo"],
        "demand.regions": ["beijing", "berlin", "san_francisco", "sao_paulo"],
        "designs": ["air_economizer", "adiabatic_liquid"],
        "demand.workloads[0].max_rtt_ms": 180,
        "demand.workloads[1].max_rtt_ms": 200,
    },
}
for _few in FEW.values():
    _few |= {
        "candidates.kinds": [],
        "candidates.region": [],
        "time.slices": 12,
        "demand.factor": 0.1,
        "solver.gap": 1e-6,
        "limits.min_mw_per_site": None,
    }


def case_of(c: Coefficients, gap: float = 1e-7) -> Case:
    """A case without words, for what reads coefficients only."""
    model, options = build_model(c), SolverOptions(gap=gap)
    study = load_study(CONFIGS / "arctic.yaml")
    return opened.case_of(study, cast(Any, None), Session(model, options), cast(Any, None))


def one_hall(seed: int, sites: int = 8) -> Coefficients:
    """One hall for everything: as many placements as pairs, each a single point."""
    c = random_instance(seed, sites=sites, designs=2, regions=2, slices=2, sources=1)
    pairs = len(c.pair_site)
    return with_limits(
        replace(
            c,
            eligible=np.ones_like(c.eligible),
            max_modules=np.ones(pairs, dtype=np.intp),
            block_mw=np.full(pairs, 2 * c.total_demand_mw),
            connection_mw=np.full(sites, 10 * c.total_demand_mw),
            offer_limit_mw=np.zeros(len(c.offer_site)),
        ),
        max_sites=1,
    )


def few_halls(seed: int) -> Coefficients:
    """Up to two halls at each of five sites, with contracts to be dispatched."""
    c = random_instance(seed, sites=5, designs=1, regions=2, slices=2, sources=1)
    block = c.block_mw * max(1.0, 2.2 * c.total_demand_mw / (2 * c.block_mw[:2].sum()))
    return replace(
        c,
        max_modules=np.full(len(c.pair_site), 2),
        block_mw=block,
        connection_mw=np.full(len(c.sites), 10 * c.total_demand_mw),
    )


def all_points(c: Coefficients, metrics: tuple[str, ...]) -> np.ndarray:
    """Metrics of every placement of `one_hall`, by definition."""
    points = []
    for modules in counts(c):
        if np.count_nonzero(modules) != 1:
            continue
        lp = Dispatch(c, modules)
        x = np.zeros(lp.n)
        x[: lp.first_used] = [c.demand_mw[w, d] for w, d, _ in lp.serve]
        points.append([row @ x + constant for row, constant in map(lp.metric, metrics)])
    return np.array(points)
