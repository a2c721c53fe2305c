"""Random data for each structural family, and their rows written a second time for SciPy."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from siting.coefficients import Coefficients
from siting.coefficients.structure import (
    Basins,
    Cap,
    Ceiling,
    Failover,
    Heat,
    SharedContracts,
    Structure,
)
from tests.helpers.independent import Independent, _add

CAPPED = ("carbon_t_co2e", "energy_mwh", "water_m3", "cost_usd")


def failover(c: Coefficients, rng: np.random.Generator) -> Structure:
    """Every site may be lost alone, or those of a zone together; one workload is critical."""
    sites = len(c.sites)
    eligible = c.eligible | (rng.random(c.eligible.shape) < 0.7)
    eligible[0][:, [0, -1]] = True
    eligible[1:] = False
    losses = [(f"site_{s}", (s,)) for s in range(sites)]
    if sites > 2 and rng.random() < 0.5:
        losses = [("zone_a", (0, 1)), *losses[2:]]
    return Structure(failover=Failover(eligible=eligible, losses=tuple(losses)))


def designs(c: Coefficients, rng: np.random.Generator) -> Structure:
    """Two designs may stand side by side."""
    return Structure(designs_per_site=2)


def basins(c: Coefficients, rng: np.random.Generator) -> Structure:
    """The first two sites lie in one basin."""
    site_basin = np.maximum(np.arange(len(c.sites)) - 1, 0)
    litres = (c.wue_l_per_kwh @ c.hours).mean() * c.total_demand_mw
    drawn = (c.withdrawal_l_per_kwh @ c.hours).mean() * c.total_demand_mw
    return Structure(
        basins=Basins(
            names=tuple(f"basin_{b}" for b in range(int(site_basin.max()) + 1)),
            site_basin=site_basin,
            water_m3=float(rng.uniform(0.5, 0.9) * litres),
            withdrawal_m3=float(rng.uniform(0.6, 1.0) * drawn),
        )
    )


def lake_heat(c: Coefficients, rng: np.random.Generator) -> Structure:
    """The first two sites lie on one lake; half of the pairs reject heat into it."""
    pairs = len(c.pair_site)
    rejected = np.where(rng.random(pairs) < 0.6, rng.uniform(1.0, 1.2, pairs), 0.0)
    return Structure(
        heat=Heat(
            names=("lake",),
            site_body=np.where(np.arange(len(c.sites)) < 2, 0, -1),
            limit_mw=np.array([rng.uniform(0.4, 1.2) * c.total_demand_mw]),
            rejected=rejected,
        )
    )


def caps(c: Coefficients, rng: np.random.Generator) -> Structure:
    """An amount for one site and an intensity for all."""
    some, every = np.arange(len(c.sites)) == 0, np.ones(len(c.sites), dtype=bool)
    it_mwh = c.total_demand_mw * c.hours.sum()
    metric = CAPPED[int(rng.integers(len(CAPPED)))]
    return Structure(
        caps=(
            Cap("caps[0]", "carbon_t_co2e", float(rng.uniform(0.1, 0.5) * it_mwh), False, some),
            Cap("caps[1]", "energy_mwh", float(rng.uniform(1.15, 1.4)), True, every),
            Cap("caps[2]", metric, 1e12, False, every),
        )
    )


def ceilings(c: Coefficients, rng: np.random.Generator) -> Structure:
    """A PUE law at one site, a WUE law at all."""
    some, every = np.arange(len(c.sites)) == 0, np.ones(len(c.sites), dtype=bool)
    return Structure(
        ceilings=(
            Ceiling("law_a", "pue", float(rng.uniform(1.15, 1.35)), some),
            Ceiling("law_b", "wue_l_per_kwh", float(rng.uniform(0.7, 1.3)), every),
        )
    )


def contracts(c: Coefficients, rng: np.random.Generator) -> Structure:
    """The first contracts of all sites are with one plant, too small for all of them."""
    first = [int(np.flatnonzero(c.offer_site == s)[0]) for s in np.unique(c.offer_site)]
    plant = np.full(len(c.offer_site), -1)
    plant[first] = 0
    most = float(rng.uniform(0.1, 0.5) * c.total_demand_mw)
    return Structure(contracts=SharedContracts(("plant",), plant, np.array([most])))


FAMILIES: dict[str, Callable[[Coefficients, np.random.Generator], Structure]] = {
    "failover": failover,
    "designs": designs,
    "basins": basins,
    "lake_heat": lake_heat,
    "caps": caps,
    "ceilings": ceilings,
    "contracts": contracts,
}


def with_structure(c: Coefficients, name: str, seed: int) -> Coefficients:
    """The same problem with one family on."""
    return replace(c, structure=FAMILIES[name](c, np.random.default_rng(seed)))


class Structured(Independent):
    """The second formulation with the structural families, each from its definition."""

    def __init__(self, c: Coefficients) -> None:
        super().__init__(c)
        self._losses()
        self._shared()
        self._jurisdictions()

    def _halls(self, sites: Iterator[int] | list[int]) -> list[tuple[float, dict]]:
        return [(self.c.block_mw[p], self.var("halls", p)) for s in sites for p in self._pairs(s)]

    def _losses(self) -> None:
        """Hall: the sites left in reach of any set of demands hold what the set needs."""
        c, f = self.c, self.c.structure.failover
        if f is None:
            return
        wanted = [
            (w, d)
            for w, d in np.ndindex(c.demand_mw.shape)
            if f.eligible[w, d].any() and c.demand_mw[w, d] > 0
        ]
        for size in range(1, len(wanted) + 1):
            for chosen in itertools.combinations(wanted, size):
                need = sum(c.demand_mw[w, d] * c.capacity_per_load[w] for w, d in chosen)
                reach = np.any([f.eligible[w, d] for w, d in chosen], axis=0)
                for _, lost in f.losses:
                    left = [int(s) for s in np.flatnonzero(reach) if s not in lost]
                    self.row(_add((0.0, self.var("halls", 0)), *self._halls(left)), low=need)

    def _shared(self) -> None:
        c, water, heat = self.c, self.c.structure.basins, self.c.structure.heat
        for b in range(len(water.names)) if water else ():
            inside = [int(s) for s in np.flatnonzero(water.site_basin == b)]
            for litres, most in (
                (c.wue_l_per_kwh, water.water_m3),
                (c.withdrawal_l_per_kwh, water.withdrawal_m3),
            ):
                drunk = [
                    (c.hours[t] * litres[p, t], self.load[p, t])
                    for s in inside
                    for p in self._pairs(s)
                    for t in self.slices
                ]
                self.row(_add(*drunk), high=most)
        if heat is not None:
            warm = [
                (heat.rejected[p] * c.block_mw[p], self.var("halls", p))
                for s in np.flatnonzero(heat.site_body == 0)
                for p in self._pairs(int(s))
            ]
            self.row(_add(*warm), high=float(heat.limit_mw[0]))
        plants = c.structure.contracts
        for g in range(len(plants.names) if plants else 0):
            drawn = [(1.0, self.var("contract", int(o))) for o in range(len(c.offer_site))
                     if plants.offer_plant[o] == g]  # fmt: skip
            self.row(_add(*drawn), high=float(plants.limit_mw[g]))

    def _jurisdictions(self) -> None:
        c = self.c
        for cap in c.structure.caps:
            sites = [int(s) for s in np.flatnonzero(cap.sites)]
            used = self._metric_of(cap.metric, sites)
            energy = [
                (-cap.at_most * c.hours[t], self.load[p, t])
                for s in sites
                for p in self._pairs(s)
                for t in self.slices
            ]
            if cap.per_it_mwh:
                self.row(_add((1.0, used), *energy), high=0.0)
            else:
                self.row(used, high=cap.at_most)
        for law in c.structure.ceilings:
            value = {"pue": c.pue, "wue_l_per_kwh": c.wue_l_per_kwh}[law.metric]
            for p in range(len(c.pair_site)):
                mean = float(np.sum(value[p] * c.hours) / c.hours.sum())
                if law.sites[c.pair_site[p]] and mean > law.most:
                    self.row(self.var("open", p), high=0.0)

    def _metric_of(self, metric: str, sites: list[int]) -> dict:
        """The metric with every other site's factors at zero."""
        c = self.c
        outside = ~np.isin(np.arange(len(c.sites)), sites)
        pair, offer = outside[c.pair_site], outside[c.offer_site]
        zeroed = {}
        for name, gone in (
            *((n, pair) for n in ("pue", "wue_l_per_kwh", "fuel_kwh_per_kwh", "spare_share",
                                  "fixed_carbon_t_per_mw", "fixed_cost_usd_per_mw",
                                  "om_usd_per_mw")),
            *((n, outside) for n in ("grid_carbon_t_per_mwh", "grid_price_usd_per_mwh",
                                     "grid_water_l_per_kwh", "open_cost_usd",
                                     "open_carbon_t_co2e")),
            *((n, offer) for n in ("offer_carbon_t_per_mwh", "offer_water_l_per_kwh",
                                   "offer_price_usd_per_mwh")),
        ):  # fmt: skip
            values = np.array(getattr(c, name), dtype=float)
            values[gone] = 0.0
            zeroed[name] = values
        flows, whole = self.flows, self.c
        self.c = replace(c, **zeroed)
        self.flows = [f for f in flows if f[2] in sites]
        try:
            return self.metric(metric)
        finally:
            self.c, self.flows = whole, flows
