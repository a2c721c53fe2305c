"""Feasible (site, design) pairs: energy and water, those dominated, and a first guess of halls."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.catalogue.figures import given_by_design
from siting.catalogue.layers import water_temperature
from siting.coefficients import AXES, Coefficients
from siting.coefficients.power import Power
from siting.coefficients.sets import Setting
from siting.nomenclature import SCOPES
from siting.physics import DESIGNS, Facility, facility_all
from siting.physics.designs import permitted

__all__ = [
    "Pairs",
    "drop_dominated_pairs",
    "evaluate_pairs",
    "least_units",
    "limited_figures",
    "of_pairs",
    "powered_modules",
    "undominated_pairs",
    "with_given",
]


#: Sites whose weather is evaluated at once; keeps memory flat with the number of candidates.
CHUNK = 100
#: Fields of `Pairs`.
COLUMNS = 10


@dataclass(frozen=True)
class Pairs:
    """Feasible pairs (P) and their physics.

    Parameters
    ----------
    site, design : ndarray of int, shape (P,)
        Index into the sites and the designs asked for.
    pue, wue_l_per_kwh, withdrawal_l_per_kwh : ndarray, shape (P, T)
        Means of the time slices. [-], [L/kWh]
    pue_peak : ndarray, shape (P,)
        Largest PUE over all steps, design hours included. [-]
    free_cooling_hours : ndarray, shape (P,)
        Hours of the year without mechanical cooling. [h]
    heat_to_water : ndarray, shape (P,)
        Largest heat rejected into a lake or the sea per IT power. [kW/kW]
    generated_kwh_per_kwh, fuel_kwh_per_kwh : ndarray, shape (P, T)
        Electricity made on site and gas burnt for it. [kWh/kWh]
    """

    site: IndexArray
    design: IndexArray
    pue: FloatArray
    wue_l_per_kwh: FloatArray
    withdrawal_l_per_kwh: FloatArray
    pue_peak: FloatArray
    free_cooling_hours: FloatArray
    heat_to_water: FloatArray
    generated_kwh_per_kwh: FloatArray
    fuel_kwh_per_kwh: FloatArray

    def select(self, kept: NDArray[np.bool_]) -> Pairs:
        """Some of the pairs."""
        return Pairs(**{f.name: getattr(self, f.name)[kept] for f in fields(self)})


def evaluate_pairs(at: Setting, load: FloatArray | None = None) -> Pairs:
    """Evaluate every design at every site that can have it.

    ``load`` is the IT power over the rating of the halls in each step; that of the halls otherwise.
    """
    chunks = (slice(start, start + CHUNK) for start in range(0, len(at.sites), CHUNK))
    parts = [_chunk(at, rows, load) for rows in chunks]
    columns = [np.concatenate([part[i] for part in parts]) for i in range(COLUMNS)]
    order = np.lexsort((columns[1], columns[0]))
    site, design, *rest = (column[order] for column in columns)
    return Pairs(site.astype(np.intp), design.astype(np.intp), *rest)


def _chunk(at: Setting, rows: slice, load: FloatArray | None) -> tuple[FloatArray, ...]:
    """All designs at some sites, reduced to slices."""
    weather, mean, halls = at.weather, at.slices.mean, at.study.halls
    ids = [str(site) for site in at.sites.index[rows]]
    bodies = at.catalogue.water_bodies
    water_c = water_temperature(bodies, ids, weather.month)
    intake_km = bodies["intake_distance_km"].reindex(ids).to_numpy(dtype=float)
    kinds = bodies["kind"].reindex(ids).fillna("").astype(str)
    variants = {
        name: permitted(DESIGNS[name], halls.discharge_limit_c) for name in at.study.designs
    }
    results: dict[str, Facility] = facility_all(
        variants.values(),
        temp_dry_bulb_c=weather.temp_dry_bulb_c[rows],
        temp_dew_point_c=weather.temp_dew_point_c[rows],
        pressure_pa=weather.pressure_pa[rows],
        temp_water_c=water_c,
        intake_distance_km=np.nan_to_num(intake_km, nan=1.0)[:, None],
        **halls.inputs | ({} if load is None else {"load": load}),
    )
    steps = weather.temp_dry_bulb_c[rows].shape
    out: list[list[FloatArray]] = [[] for _ in range(COLUMNS)]
    for k, name in enumerate(variants):
        needs = variants[name].needs
        here = np.array([not needs or kind in needs for kind in kinds], dtype=bool)
        here &= np.isfinite(water_c).all(axis=1) | (not needs)
        here &= variants[name].keeps_discharge(water_c).all(axis=1)
        sites = np.flatnonzero(here)
        full = {f: np.broadcast_to(getattr(results[name], f), steps)[sites] for f in _FIELDS}
        columns = (
            sites + rows.start,
            np.full(len(sites), k),
            mean(full["pue"]),
            mean(full["wue_l_per_kwh"]),
            mean(full["withdrawal_l_per_kwh"]),
            full["pue"].max(axis=1, initial=0.0),
            (full["mechanical_share"] < 1e-9) @ weather.hours,
            full["heat_rejected_to_water"].max(axis=1, initial=0.0),
            mean(full["generated_kwh_per_kwh"]),
            mean(full["fuel_kwh_per_kwh"]),
        )
        for column, values in zip(out, columns, strict=True):
            column.append(values)
    return tuple(np.concatenate(column) for column in out)


_FIELDS = (
    "pue", "wue_l_per_kwh", "withdrawal_l_per_kwh", "mechanical_share", "heat_rejected_to_water",
    "generated_kwh_per_kwh", "fuel_kwh_per_kwh",
)  # fmt: skip


def of_pairs(at: Setting, pairs: Pairs, name: str) -> FloatArray:
    """A figure of each pair, in its unit: that of its design or of all designs at the site.

    NaN where the planner gave none.
    """
    by_design = np.stack([given_by_design(at.sites, name, k) for k in at.study.designs])
    return np.asarray(by_design[pairs.design, pairs.site])


def with_given(at: Setting, pairs: Pairs) -> Pairs:
    """The pairs with the efficiencies that the planner gives, the same in every slice.

    A PUE that is given is also the peak, unless the planner gives that too. Water that is consumed
    has been withdrawn.
    """
    pue, peak, wue = (of_pairs(at, pairs, name) for name in ("pue", "pue_peak", "wue_l_per_kwh"))
    fixed = ~np.isnan(pue)
    return replace(
        pairs,
        pue=np.where(fixed[:, None], pue[:, None], pairs.pue),
        pue_peak=np.where(fixed, np.fmax(pue, peak), pairs.pue_peak),
        wue_l_per_kwh=np.where(np.isnan(wue)[:, None], pairs.wue_l_per_kwh, wue[:, None]),
        withdrawal_l_per_kwh=np.fmax(pairs.withdrawal_l_per_kwh, wue[:, None]),
    )


_WATER = {"water_m3", "water_scarcity_m3"}
_PER_PAIR = tuple(name for name, axes in AXES.items() if axes.startswith("p"))


def undominated_pairs(states: Sequence[Coefficients], metrics: Collection[str]) -> BoolArray:
    """Pairs that may be part of an optimum, shape (P,).

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

    Caps and ceilings of laws count as metrics and limits do; room in an outage depends on modules
    of the same size; shared water and heat add a column each. Where designs may stand side by side
    a placement may hold a and b at once, and a alone might take too few modules: such a study
    keeps all its pairs.

    Parameters
    ----------
    states : sequence of Coefficients
        The problem in every state.
    metrics : collection of str
        Metrics that the objective reads; budgets and limits are read from ``states``.
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
    drawn, most = c.pue - c.generated_kwh_per_kwh, c.max_modules[:, None].astype(float)
    return [drawn, c.pue_peak[:, None], -most, *limited_figures(c, counted)]


def limited_figures(c: Coefficients, counted: Collection[str] = ()) -> list[FloatArray]:
    """Figures that limits and metrics read besides power drawn and the number of modules.

    Each has one row a pair; a larger figure is never better. ``counted`` are metrics that count
    besides those of its limits.
    """
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
    columns = [c.min_modules[:, None].astype(float)]
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

    None fewer than stand already, shape (J,); too few where all that there are do not suffice.
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


def powered_modules(c: Coefficients) -> IndexArray:
    """Most modules whose peak all steps and generators of the site can carry, shape (P,)."""
    power = c.operation.power
    if power is None:
        return c.max_modules
    most_units = power.most.astype(float)
    firm = [_firm_mw(power, power.at(s), most_units) for s in range(len(c.sites))]
    peak = np.maximum(c.pue_peak * c.block_mw, 1e-12)
    most = np.floor((c.connection_mw + np.array(firm))[c.pair_site] / peak + 1e-9)
    found: IndexArray = np.minimum(c.max_modules, most.astype(np.intp))
    return found


def _firm_mw(power: Power, own: IndexArray, units: FloatArray) -> float:
    """Firm power of the units of one site, one out where the study asks for it. [MW]."""
    each = power.firm * power.unit_mw
    built = own[(units[own] > 0.5) & ~power.connects[own]]
    lost = float(each[built].max(initial=0.0)) if power.one_out else 0.0
    return float(each[own] @ units[own]) - lost
