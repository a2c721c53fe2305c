"""Power made on site: steps of connections, own generators, and engines that may stand still."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.arrays import BoolArray, FloatArray
from siting.coefficients import Coefficients
from siting.mip.components import LEAST_MW, SLACK, Component, Load
from siting.mip.model import Rows, it_load, total

if TYPE_CHECKING:
    from siting.mip.model import Variables
    from siting.mip.model.build import ModelState
    from siting.mip.model.demand_classes import DemandClasses
    from siting.mip.solution import Decisions

__all__ = [
    "Generation",
    "IdleEngines",
    "add_generation",
    "add_idle_engine",
    "add_unit_any",
    "add_unit_sites",
]


def add_unit_sites(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Units stand only at a site that is open. Local to a site.

    units[j]  ≤  most[j] · Σ_k is_open[s,k]        ∀ j at s
    """
    power = c.operation.power
    if power is None:
        return
    for j, (s, most) in enumerate(zip(power.site, power.most, strict=True)):
        opening = [v.site_open[s]] if v.site_open else [v.is_open[p] for p in c.pairs_of_site[s]]
        terms = [(v.units[j], 1.0)] + [(x, -float(most)) for x in opening if most > 0]
        rows.add(total(terms) <= 0.0, f"unit_site_{j}")


def add_unit_any(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A generator of which one unit may be out is there once it has any unit.

    units[j]  ≤  most[j] · unit_any[j]        ∀ firm generators j
    """
    power = c.operation.power
    if power is None:
        return
    for i, j in enumerate(power.spared):
        row = total([(v.units[j], 1.0), (v.unit_any[i], -float(power.most[j]))])
        rows.add(row <= 0.0, f"unit_any_{i}")


def add_generation(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A generator gives no more than its units can, and no less than they must. Local to a site.

    least[j] · output[j,t] · unit_mw[j] · units[j]
        ≤  generate_mw[j,t]  ≤  output[j,t] · unit_mw[j] · units[j]        ∀ generators j, t

    Where the heat rate depends on the load, the same holds of each segment g of j with its share of
    the output on the right; what cannot be turned off is the first segment.
    """
    power = c.operation.power
    if power is None:
        return
    for g, (j, segment) in enumerate(zip(power.generators, power.segments, strict=True)):
        mw = power.output[j] * power.unit_mw[j]
        for t in range(len(c.hours)):
            made, units = (v.generate_mw[g][t], 1.0), v.units[j]
            most = float(segment.share * mw[t])
            rows.add(total([made, (units, -most)]) <= 0.0, f"generate_max_{g}_{t}")
            least = float(power.floors[g] * mw[t])
            if least > 0:
                rows.add(total([made, (units, -least)]) >= 0.0, f"generate_min_{g}_{t}")


class Generation(Component):
    """Connection steps and generators: ``units``, ``unit_any``, ``generate_mw``."""

    name = "power"
    build_rows = (add_unit_sites, add_unit_any)
    rows = (add_generation,)

    def terms(self, c: Coefficients, metric: str) -> dict[str, FloatArray]:
        """Cost and carbon of units, and fuel, emissions and water of each MWh that they make.

        Water has no more: what is drawn more or less shows in grid and contracts.
        """
        power = self.data(c)
        each, g = {"units": np.zeros(len(power.name))}, power.generators
        if metric == "cost_usd":
            each["units"] = np.array(power.cost_usd)
        if metric in ("carbon_t_co2e", "carbon_embodied_t_co2e"):
            each["units"] = np.array(power.carbon_t_co2e)
        site = power.site[g]
        water = c.water_price_usd_per_m3[site] * power.water_l_per_kwh[g]
        running = {
            "cost_usd": power.made_usd_per_mwh + water,
            "carbon_t_co2e": power.made_t_per_mwh,
            "carbon_operational_t_co2e": power.made_t_per_mwh,
            "water_m3": power.water_l_per_kwh[g],
            "water_withdrawal_m3": power.withdrawal_l_per_kwh[g],
            "water_scarcity_m3": power.water_l_per_kwh[g] * c.scarcity_site[site],
            "basin_water": power.water_l_per_kwh[g],
            "basin_withdrawal": power.withdrawal_l_per_kwh[g],
        }.get(metric, np.zeros(len(g)))
        return each | {"generate_mw": np.outer(running, c.hours)}

    def columns(self, c: Coefficients, x: Decisions) -> dict[str, Any]:
        """Connection, its steps, and units of each generator at a site, with their cost."""
        power = self.data(c)
        sites, connects, units = len(c.sites), power.connects, x.units
        yearly, made = power.cost_usd * units, np.zeros(len(power.name))
        np.add.at(made, power.generators, x.generate_mw @ c.hours * power.made_usd_per_mwh)
        found: dict[str, Any] = {}
        if connects.any():
            taken = power.unit_mw * units * connects
            found["connection_mw"] = c.connection_mw + np.bincount(power.site, taken, sites)
            firm = taken * (power.output >= 1.0).all(axis=1)
            found["firm_connection_mw"] = c.connection_mw + np.bincount(power.site, firm, sites)
            names: list[list[str]] = [[] for _ in range(sites)]
            for j in np.flatnonzero(connects & (units > 0.5)):
                names[power.site[j]].append(power.name[j])
            found["connection_steps_usd"] = np.bincount(power.site, yearly * connects, sites)
            found["connection_steps"] = np.array([" + ".join(own) for own in names], dtype=object)
        for name in dict.fromkeys(power.name[j] for j in power.generators):
            own = np.array([n == name for n in power.name]) & ~connects
            found[f"{name}_units"] = np.bincount(power.site[own], units[own], sites)
            built = (power.unit_mw * units)[own]
            found[f"{name}_generator_mw"] = np.bincount(power.site[own], built, sites)
            found[f"{name}_generator_usd"] = np.bincount(
                power.site[own], (yearly + made)[own], sites
            )
        return found

    def binding(self, c: Coefficients, x: Decisions, load: Load) -> dict[str, BoolArray]:
        """Return where as many units stand as may."""
        power, found = self.data(c), {}
        for name in dict.fromkeys(power.name[j] for j in power.generators):
            own = np.array([n == name for n in power.name]) & ~power.connects
            full = own & (x.units >= power.most - SLACK) & (power.most > 0)
            found[f"generation.{name}.max_units"] = np.bincount(power.site, full, len(c.sites)) > 0
        return found

    def supply(self, c: Coefficients, x: Decisions) -> Iterator[tuple[int, str, FloatArray]]:
        """Return what each generator makes."""
        power = self.data(c)
        for j in np.unique(power.generators):
            made = x.generate_mw[power.generators == j].sum(axis=0)
            if (made > LEAST_MW).any():
                yield int(power.site[j]), power.name[j], made


def add_idle_engine(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """An engine stands still for no more load than there is. Local to a site.

    idle_mw[q,t]  ≤  load_mw[p] + move_mw[p,t]        ∀ q of pair p, t
    """
    if c.operation.idle is None:
        return
    for q, p in enumerate(c.operation.idle.pair):
        for t in range(len(c.hours)):
            row = total([(v.idle_mw[q][t], 1.0), *it_load(v, int(p), t, -1.0)])
            rows.add(row <= 0.0, f"idle_{q}_{t}")


class IdleEngines(Component):
    """Load that is cooled while the engine of its plant stands still, ``idle_mw``."""

    name = "idle"
    rows = (add_idle_engine,)

    def series(self, state: ModelState, x: Decisions) -> Iterator[tuple[int, str, str, FloatArray]]:
        """Return that load, by design."""
        c = state.coefficients
        for i, p in enumerate(self.data(c).pair):
            if x.is_open[p] > 0.5 and (x.idle_mw[i] > LEAST_MW).any():
                yield int(c.pair_site[p]), "idle_mw", c.designs[c.pair_design[p]], x.idle_mw[i]
