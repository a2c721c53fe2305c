"""Waste heat that is sold to a district network through heat pumps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from siting.arrays import BoolArray, FloatArray
from siting.coefficients import Coefficients
from siting.mip.components import LEAST_MW, SLACK, Component, Group, Load, by_site
from siting.mip.model import Rows, by_slice, it_load, total

if TYPE_CHECKING:
    from siting.mip.model import Variables
    from siting.mip.model.build import ModelState
    from siting.mip.model.demand_classes import DemandClasses
    from siting.mip.solution import Decisions

__all__ = ["HeatSale", "add_heat_share", "add_heat_sold"]


def add_heat_sold(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Heat is sold as far as the servers give it and the place takes it. Local to a site.

    (1 − 1/COP) · heat_mw[h,t]  ≤  recoverable[h] · (load_mw[p] + move_mw[p,t])    ∀ h of pair p, t
    Σ_k heat_mw[s,k,t]  ≤  heat_demand[s,t]                                        ∀ s, t
    """
    heat = c.operation.heat
    if heat is None:
        return
    sold = v.own["heat_mw"]
    for i, p in enumerate(heat.pair):
        for t in range(len(c.hours)):
            load = it_load(v, int(p), t, -float(heat.recoverable[i]))
            row = total([(sold[i][t], 1.0 - heat.electricity), *load])
            rows.add(row <= 0.0, f"heat_source_{i}_{t}")
    site = c.pair_site[heat.pair]
    for s in np.unique(site):
        for t in range(len(c.hours)):
            row = total([(sold[i][t], 1.0) for i in np.flatnonzero(site == s)])
            rows.add(row <= float(heat.demand_mw[s, t]), f"heat_demand_{s}_{t}")


def add_heat_share(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Least share of energy reused at a site with a buyer. Local to a site.

    Σ_k Σ_t h_t · heat_mw[s,k,t]  ≥  min_share · Σ_k Σ_t h_t · pue · (load_mw + move_mw)
        ∀ s with a heat demand
    """
    heat = c.operation.heat
    if heat is None or heat.min_share <= 0:
        return
    energy, site = by_slice(c, c.pue, "pue"), c.pair_site[heat.pair]
    slices = range(len(c.hours))
    for s in np.flatnonzero(heat.demand_mw.any(axis=1)):
        pairs = c.pairs_of_site[s]
        terms = [(v.load_mw[p], -heat.min_share * float(energy["load_mw"][p])) for p in pairs]
        for group, variables in (("move_mw", v.move_mw), ("idle_mw", v.idle_mw)):
            of_site = pairs if group == "move_mw" else _idle_at(c, int(s))
            if variables:
                used = -heat.min_share * energy[group]
                terms += [(variables[i][t], float(used[i, t])) for i in of_site for t in slices]
        own = [v.own["heat_mw"][i] for i in np.flatnonzero(site == s)]
        sold = [(row[t], float(c.hours[t])) for row in own for t in slices]
        if len(pairs):
            rows.add(total(sold + terms) >= 0.0, f"heat_share_{s}")


def _idle_at(c: Coefficients, s: int) -> list[int]:
    if c.operation.idle is None:
        return []
    return [int(q) for q in np.flatnonzero(c.pair_site[c.operation.idle.pair] == s)]


class HeatSale(Component):
    """Heat of the pairs that have a buyer; ``heat_mw`` [MW of heat], shape (H, T)."""

    name = "heat"
    rows = (add_heat_sold, add_heat_share)

    def groups(self, c: Coefficients) -> tuple[Group, ...]:
        """Return the heat that is sold, for which heat pumps take power."""
        heat = self.data(c)
        credit = {
            "carbon_t_co2e": -heat.credit_t_per_mwh,
            "carbon_operational_t_co2e": -heat.credit_t_per_mwh,
        }
        per_mwh = {"energy_mwh": heat.electricity, "cost_usd": -heat.price_usd_per_mwh}
        site, pump = c.pair_site[heat.pair], heat.electricity
        return (
            Group(
                "heat_mw",
                site,
                gives=-pump,
                uses=pump,
                per_mwh=per_mwh | (credit if heat.credit_counts else {}),
                most=heat.demand_mw[site],
            ),
        )

    def sites(self, c: Coefficients) -> BoolArray:
        """Sites with a buyer, too: a least share may hold where no pair can sell."""
        buyers: BoolArray = self.data(c).demand_mw.any(axis=1)
        return super().sites(c) | buyers

    def columns(self, c: Coefficients, x: Decisions) -> dict[str, FloatArray]:
        """Heat sold in the year, with its electricity, credit and income."""
        heat = self.data(c)
        sold = np.bincount(c.pair_site[heat.pair], x["heat_mw"] @ c.hours, len(c.sites))
        return {
            "heat_sold_mwh": sold,
            "heat_pump_mwh": sold * heat.electricity,
            "heat_credit_t_co2e": sold * heat.credit_t_per_mwh,
            "heat_income_usd": sold * heat.price_usd_per_mwh,
        }

    def binding(self, c: Coefficients, x: Decisions, load: Load) -> dict[str, BoolArray]:
        """Return where the place takes no more, and where the least share holds."""
        heat = self.data(c)
        sold = by_site(c, c.pair_site[heat.pair], x["heat_mw"])
        full = (sold >= heat.demand_mw * (1 - SLACK)) & (heat.demand_mw > 0)
        found = {"heat_reuse.demand_mw": full.any(axis=1)}
        if heat.min_share > 0:
            least = heat.min_share * load.facility_mwh
            wanted = heat.demand_mw.any(axis=1) & (least > 0)
            found["heat_reuse.min_share"] = wanted & (sold @ c.hours <= least * (1 + SLACK))
        return found

    def series(self, state: ModelState, x: Decisions) -> Iterator[tuple[int, str, str, FloatArray]]:
        """Return the heat of each pair that sells any."""
        c = state.coefficients
        for i, p in enumerate(self.data(c).pair):
            if (x["heat_mw"][i] > LEAST_MW).any():
                yield int(c.pair_site[p]), "heat_mw", c.designs[c.pair_design[p]], x["heat_mw"][i]
