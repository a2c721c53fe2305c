"""Presolve without a solver: dominated pairs left out, and a first guess of units of halls."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients.model import Coefficients
from siting.coefficients.power import Power
from siting.nomenclature import SCOPES

__all__ = ["drop_dominated_pairs", "least_units", "undominated_pairs"]


_WATER = {"water_m3", "water_scarcity_m3"}
_PER_PAIR = (
    "pair_site", "pair_design", "pue", "pue_peak", "wue_l_per_kwh", "withdrawal_l_per_kwh",
    "generated_kwh_per_kwh", "fuel_kwh_per_kwh", "block_mw", "max_modules",
    "fixed_carbon_t_per_mw", "spare_share", "fixed_cost_usd_per_mw", "om_usd_per_mw",
)  # fmt: skip


def undominated_pairs(states: Sequence[Coefficients], metrics: Collection[str]) -> BoolArray:
    """Pairs that may be part of an optimum.

    Pair a dominates pair b of the same site, with modules of the same size, if it takes at least
    as many of them, may be as small, and is nowhere worse in what the study counts: power drawn in
    every slice, peak, and, where a metric, limit or ceiling reads them, energy, fuel, water, carbon
    and cost of what is built and of keeping it. What opening the site costs is the same for both.
    Take any placement with b and put a in its place, with the same modules, load and contracts, and
    of each contract in each slice only what a still draws: every row still holds, since the limit
    on contracts depends on the IT load alone, and no metric grows, since no factor is negative. So
    b can go. Of equal pairs the first stays. Where there are periods and scenarios, a must be
    nowhere worse in any of them.

    Where halls differ by the period in which they are built, a must be nowhere worse in any state
    for halls of any period up to that state, and may be built whenever b may: a then takes the
    place of b in all periods, its modules added when those of b were, and what stands costs and
    embodies no more for each of them.

    Storage, flexible load, clean supply, engines that may stand still, heat that is sold and
    backup break that argument, since drawing less in one slice can cost elsewhere: a study with
    any of them keeps all its pairs.

    Caps and ceilings of laws count as metrics and limits do; room in an outage hangs on modules
    of the same size; shared water and heat add a column each. Where designs may stand side by side
    a placement may hold a and b at once, and a alone might take too few modules: such a study
    keeps all its pairs.

    Parameters
    ----------
    states : sequence of Coefficients
        The problem in every state.
    metrics : collection of str
        Metrics that the objective reads; budgets and limits are read from ``states``.

    Returns
    -------
    ndarray of bool, shape (P,)
    """
    c = states[0]
    if any(state.operation.in_use or state.structure.designs_per_site > 1 for state in states):
        return np.ones(len(c.pair_site), dtype=bool)
    columns = np.column_stack([column for state in states for column in _columns(state, metrics)])
    kept = np.ones(len(c.pair_site), dtype=bool)
    for s in range(len(c.sites)):
        pairs = c.pairs_of_site[s]
        rows = columns[pairs]
        no_worse = (rows[:, None, :] <= rows[None, :, :] + 1e-12).all(axis=2)
        no_worse &= c.block_mw[pairs][:, None] == c.block_mw[pairs][None, :]
        better = no_worse & ~no_worse.T
        first = no_worse & no_worse.T & np.tri(len(pairs), k=-1, dtype=bool).T
        kept[pairs] = ~(better | first).any(axis=0)
    return kept


def _columns(c: Coefficients, counted: Collection[str]) -> list[FloatArray]:
    """Figures that must not be larger for a pair to dominate, one row a pair."""
    limits, shared = c.limits, c.structure
    metrics = set(counted) | {name for name, _ in limits.budgets}
    metrics |= {cap.metric for cap in shared.caps}
    laws = {ceiling.metric for ceiling in shared.ceilings}
    basin_m3 = basin_out_m3 = None
    if shared.basins is not None:
        basin_m3, basin_out_m3 = shared.basins.water_m3, shared.basins.withdrawal_m3
    cost = "cost_usd" in metrics
    carbon = bool({"carbon_t_co2e", *SCOPES} & metrics) or (cost and c.carbon_price_usd_per_t > 0)
    water = bool(_WATER & metrics) or (cost and c.water_price_usd_per_m3.any())
    water |= limits.site_water_m3 is not None or limits.wue_max_l_per_kwh is not None
    water |= basin_m3 is not None or "wue_l_per_kwh" in laws
    drawn = c.pue - c.generated_kwh_per_kwh
    columns = [drawn, c.pue_peak[:, None], -c.max_modules[:, None].astype(float)]
    columns.append(c.min_modules[:, None].astype(float))
    if shared.accepts is not None:
        columns += [-row[c.pair_design][:, None].astype(float) for row in shared.accepts]
    if "energy_mwh" in metrics or limits.pue_max is not None or "pue" in laws:
        columns.append(c.pue_annual[:, None])
    if water:
        columns.append(c.wue_annual_l_per_kwh[:, None])
    withdrawal = "water_withdrawal_m3" in metrics or limits.site_withdrawal_m3 is not None
    if withdrawal or basin_out_m3 is not None:
        columns.append((c.withdrawal_l_per_kwh @ c.hours)[:, None])
    if shared.heat is not None:
        columns.append(shared.heat.rejected[:, None])
    if carbon or cost:
        columns.append((c.fuel_kwh_per_kwh @ c.hours)[:, None])
    if carbon:
        columns += [*_by_vintage(c, "carbon"), c.spare_share[:, None]]
    if cost:
        columns += [*_by_vintage(c, "cost"), c.om_usd_per_mw[:, None]]
    if c.vintages is not None:
        columns += [-row[:, None].astype(float) for row in c.vintages.available]
    return columns


def _by_vintage(c: Coefficients, what: str) -> list[FloatArray]:
    """Carbon or cost a year of an installed MW, one column a period in which it may be built."""
    fixed = c.fixed_carbon_t_per_mw if what == "carbon" else c.fixed_cost_usd_per_mw
    if c.vintages is None:
        return [fixed[:, None]]
    base = c.vintages.embodied_t_per_mw if what == "carbon" else fixed
    return [(fixed + base * (factor - 1.0))[:, None] for factor in getattr(c.vintages, what)]


def drop_dominated_pairs(
    states: Sequence[Coefficients], metrics: Collection[str]
) -> tuple[list[Coefficients], BoolArray]:
    """The problem without its dominated pairs, and which were kept, shape (P,)."""
    kept = undominated_pairs(states, metrics)
    without = [
        replace(
            c,
            **{name: getattr(c, name)[kept] for name in _PER_PAIR},
            structure=c.structure.of_pairs(kept),
            vintages=None if c.vintages is None else c.vintages.of_pairs(kept),
        )
        for c in states
    ]
    return without, kept


def least_units(c: Coefficients, modules: FloatArray, standing: FloatArray) -> FloatArray:
    """Steps of connections and generators that carry the peak of some halls, cheapest MW first.

    Parameters
    ----------
    c : Coefficients
        The problem.
    modules : ndarray, shape (P,)
        Halls that stand.
    standing : ndarray, shape (J,)
        Units that stand already.

    Returns
    -------
    ndarray, shape (J,)
        Units, none fewer than stand already; too few where all that there are do not suffice.
    """
    power = c.operation.power
    if power is None:
        return np.zeros(0)
    units, sites = np.maximum(standing, 0.0), len(c.sites)
    peak = np.bincount(c.pair_site, c.pue_peak * c.block_mw * modules, sites)
    price = power.cost_usd / power.unit_mw + float(c.hours.sum()) * power.price_usd_per_mwh
    # What may be curtailed helps least, whatever it costs.
    rank = np.lexsort((price, ~power.connects, (power.output < 1.0).any(axis=1))).argsort()
    each = power.firm * power.unit_mw
    for s in np.flatnonzero(peak > c.connection_mw):
        own = power.at(int(s))
        own = own[np.argsort(rank[own])]
        for j in own[each[own] > 0]:
            while units[j] < power.most[j]:
                short = peak[s] - c.connection_mw[s] - _firm_mw(power, own, units)
                if short <= 1e-9:
                    break
                more = max(1.0, np.ceil(short / each[j] - 1e-9))
                units[j] = min(power.most[j], units[j] + more)
    return units


def _firm_mw(power: Power, own: IndexArray, units: FloatArray) -> float:
    """Firm power of the units of one site, one out where the study asks for it. [MW]."""
    each = power.firm * power.unit_mw
    built = own[(units[own] > 0.5) & ~power.connects[own]]
    lost = float(each[built].max(initial=0.0)) if power.one_out else 0.0
    return float(each[own] @ units[own]) - lost
