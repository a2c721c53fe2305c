"""Sites that power themselves, in arrays: the dispatch of their rows, and cuts that hold."""

from __future__ import annotations

import numpy as np
import pytest

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.coefficients.instance import units_of_site
from siting.mip.benders.dispatch import Dispatch
from siting.mip.benders.power_program import (
    PowerProgram,
    needs_of_slices,
    plainly_powered_sites,
    power_slopes,
)
from siting.mip.benders.site_program import SiteProgram
from siting.mip.families.metric_limits import shared_metric_terms
from siting.mip.model.demand_classes import merge_demand
from tests.helpers.families import powered

SITE = 1


def points(c: Coefficients, rng: np.random.Generator) -> list[FloatArray]:
    """Loads, contracts, modules and units of a site; no flow counts there."""
    own, power, flows = units_of_site(c, SITE), c.operation.power, merge_demand(c)
    found = []
    for _ in range(12):
        modules = rng.integers(0, 3, len(c.pairs_of_site[SITE])).astype(float)
        load = modules * c.block_mw[c.pairs_of_site[SITE]] * rng.uniform(0.2, 1.0)
        contract = c.offer_limit_mw[c.offers_of_site[SITE]] * rng.uniform(0.0, 0.5)
        units = rng.uniform(0.0, 1.0, len(own)) * power.most[own]
        served = np.zeros(len(flows.flows_of_site[SITE]))
        found.append(np.concatenate([load, contract, modules, units, served]))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_arrays_give_the_dispatch_of_the_rows_and_cuts_that_hold(seed: int) -> None:
    c, rng = powered(seed, "generation" if seed % 2 else "steps"), np.random.default_rng(seed)
    demand = merge_demand(c)
    assert plainly_powered_sites(c, demand)[SITE]
    closed = Dispatch(c, shared_metric_terms(c, demand))
    arrays = PowerProgram(c, closed, SITE, len(demand.flows_of_site[SITE]))
    rows = SiteProgram(c, demand, closed, SITE)
    factors = rng.uniform(0.0, 1.0, len(closed.metrics))
    tried = points(c, rng)
    found = [arrays.solve(factors, point) for point in tried]
    values = np.array([x.value for x in found])
    cuts = [x.slopes for x in found if not x.missed]
    cost, most = rng.uniform(0.0, 0.1, len(tried[0])), np.full(len(tried[0]), 5.0)
    cuts += [cut for point in tried if (cut := arrays.chosen(factors, point, cost, most))]
    cuts += [cut for point in tried if (cut := rows.chosen(factors, point, cost, most))]
    for point, x in zip(tried, found, strict=True):
        other = rows.solve(factors, point)
        assert (x.missed > 0) == (other.missed > 0)
        if x.missed:
            assert x.slopes.value(point) == pytest.approx(x.missed)
            continue
        assert x.value == pytest.approx(other.value, rel=1e-7, abs=1e-9)
        assert x.slopes.value(point) == pytest.approx(x.value, rel=1e-7, abs=1e-9)
        assert arrays.use(x) @ factors == pytest.approx(x.value, rel=1e-7, abs=1e-9)
    for cut in cuts:
        reached = np.array([cut.value(point) for point in tried])
        assert (reached <= values + 1e-7 * np.maximum(np.abs(reached), 1.0)).all()
    for cut in (x.slopes for x in found if x.missed):
        assert all(cut.value(p) <= 1e-9 for p, x in zip(tried, found, strict=True) if not x.missed)
    known = list(power_slopes(c, closed, SITE, factors))
    needs = list(needs_of_slices(c, closed, SITE))
    for point, x in zip(tried, found, strict=True):
        if x.missed:
            continue
        parts = np.split(point, np.cumsum([len(g) for g in _groups(c)]))
        load, contract, units = parts[0], parts[1], parts[3]
        assert all(a @ load + b @ contract + u @ units <= x.value + 1e-7 for a, b, u in known)
        assert all(a @ load + u @ units <= room + 1e-6 for a, u, room in needs)


def _groups(c: Coefficients) -> tuple[FloatArray, ...]:
    pairs, offers = c.pairs_of_site[SITE], c.offers_of_site[SITE]
    return pairs, offers, pairs, units_of_site(c, SITE)
