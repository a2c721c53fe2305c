"""Benders decomposition: the slices are left to the sites, whose dispatch gives cuts.

`master` is the program of all sites, `cuts` adds what it lacks, `dispatch` works out sites in
closed form, `site_program` and `power_program` those that need a program of their own, and `point`
what a placement really costs. Here stands which studies are solved so, how precisely, and which
sites have a program of their own: those whose slices a dispatch option couples. At the others the
slices depend on each other through load and contracts only, so that the closed form holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from pulp import LpAffineExpression

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients import Coefficients
from siting.coefficients.dispatch_options import Operation
from siting.coefficients.instance import Instance
from siting.errors import DataError, Fault
from siting.mip.components import active, groups
from siting.mip.control import SolverOptions
from siting.mip.model.demand_classes import DemandClasses, flexible_flows, varying_flows
from siting.mip.model.rows import Rows
from siting.mip.model.variables import Variables

__all__ = [
    "PRECISION",
    "MasterRows",
    "at_mean_load",
    "blank_groups",
    "group_rows",
    "is_decomposable",
    "is_decomposed",
    "local_sites",
    "moves_between_sites",
    "precision",
    "varying_sites",
]

#: Slices, and sites times slices, from which the decomposition pays (docs/benchmarks.md).
LEAST_SLICES, LEAST_SIZE = 48, 4_000
#: The same where opening a site counts, so that many nodes of a tree are searched.
LEAST_SEARCHED = 12
#: Share of the gap asked for that rounds of cuts may leave open.
PRECISION = 0.05


def is_decomposable(instance: Instance) -> bool:
    """Return whether no load moves between sites, which would join their slices."""
    return not any(moves_between_sites(state.coefficients) for state in instance.states)


def is_decomposed(instance: Instance, options: SolverOptions) -> bool:
    """Return whether a study is solved with its slices left to the sites.

    Parameters
    ----------
    instance : Instance
        The study.
    options : SolverOptions
        Its ``method``; ``auto`` decomposes where it can and where it pays: with many slices, or
        with fewer at many sites or where opening a site counts, as long as no dispatch option
        asks for a program of each site. Other solvers than HiGHS get the whole model.

    Raises
    ------
    siting.errors.DataError
        If the study asks for the decomposition where it cannot be.
    """
    able, highs = is_decomposable(instance), options.name == "HiGHS"
    if options.method == "decomposed" and not (able and highs):
        reason = "the solver" if able else "load that moves between sites"
        problem = f"is decomposed, which {reason} does not allow"
        remedy = "Use auto or monolithic" + (
            ", or solver.name HiGHS" if able else ", or leave out between_sites"
        )
        raise DataError([Fault("study", None, "solver.method", problem, remedy)])
    if options.method == "auto":
        c = instance.states[0].coefficients
        slices = len(c.hours)
        size = 0 if c.operation.in_use else len(c.sites) * slices
        searched = c.opening_is_limited and not c.operation.in_use and slices >= LEAST_SEARCHED
        pays = slices >= LEAST_SLICES or size >= LEAST_SIZE or searched
        return able and highs and pays
    return options.method == "decomposed"


def precision(options: SolverOptions) -> float:
    """Share of the objective by which rounds of cuts may end short, unless less is asked. [-]."""
    return max(PRECISION * options.gap, 1e-7)


def moves_between_sites(c: Coefficients) -> bool:
    """Test whether sites take load from each other in a slice, which couples all sites."""
    flexible = c.operation.flexible
    return flexible is not None and bool((flexible.between_sites & (flexible.share > 0)).any())


def varying_sites(c: Coefficients, demand: DemandClasses) -> BoolArray:
    """Sites, shape (S,), where what a pair uses in a slice does not follow from its mean load."""
    found = np.zeros(len(c.sites), dtype=bool)
    found[demand.flow_site[flexible_flows(c, demand)]] = True
    found[demand.flow_site[varying_flows(c, demand)]] = True
    if c.operation.idle is not None:
        found[c.pair_site[c.operation.idle.pair]] = True
    power = c.operation.power
    if power is not None and power.uses_water:
        found[power.site[power.generators]] = True
    return found


def local_sites(c: Coefficients, demand: DemandClasses) -> BoolArray:
    """Sites, shape (S,), whose dispatch is a linear program of its own."""
    o, found = c.operation, varying_sites(c, demand)
    for rule in o.clean:
        if rule.local:
            found |= rule.sites
    for component in active(c):
        found |= component.sites(c)
    if o.power is not None:
        found[o.power.site[o.power.dispatched]] = True
    return found & np.isin(np.arange(len(c.sites)), c.pair_site)


def group_rows(c: Coefficients, demand: DemandClasses, s: int) -> dict[str, IndexArray]:
    """Rows of a site in each group of `Variables` that dispatch options add to its slices."""
    o, one = c.operation, np.array([s])
    found: dict[str, IndexArray] = {}
    if o.flexible is not None:
        flows = np.flatnonzero(demand.flow_site[flexible_flows(c, demand)] == s)
        found |= dict.fromkeys(("later_mw", "sooner_mw", "away_mwh"), flows)
        found |= {"move_mw": np.flatnonzero(c.pair_site == s), "extra_mw": one}
    if o.idle is not None:
        found["idle_mw"] = np.flatnonzero(c.pair_site[o.idle.pair] == s)
    found |= {group.name: np.flatnonzero(group.site == s) for group in groups(c)}
    if o.power is not None:
        found["generate_mw"] = o.power.generators_at(s)
    return found


def blank_groups(c: Coefficients, demand: DemandClasses) -> dict[str, FloatArray]:
    """Those groups with nothing in them, for all sites."""
    o, slices = c.operation, len(c.hours)
    days = 0 if o.calendar is None else o.calendar.days
    sizes = {"extra_mw": (len(c.sites),), "away_mwh": (len(flexible_flows(c, demand)), days)}
    rows = {
        name: sum(len(group_rows(c, demand, s)[name]) for s in range(len(c.sites)))
        for name in group_rows(c, demand, 0)
    }
    return {name: np.zeros(sizes.get(name, (count, slices))) for name, count in rows.items()}


def at_mean_load(c: Coefficients) -> Coefficients:
    """Return the same problem with every pair at its mean load and its engine running."""
    return replace(c, operation=Operation())


@dataclass
class MasterRows(Rows):
    """Rows without those of sites whose own program has them.

    Parameters
    ----------
    left_out : frozenset of int
        Variables whose rows are left out.
    """

    left_out: frozenset[int] = field(default_factory=frozenset)

    @classmethod
    def of(cls, rows: Rows, v: Variables, c: Coefficients, sites: BoolArray) -> MasterRows:
        """Rows at the family and state of ``rows``, without those of some sites, shape (S,)."""
        pairs = np.flatnonzero(sites[c.pair_site])
        gone = {variable.id for group in (v.load_mw, v.is_open) for variable in _at(group, pairs)}
        return cls(rows.problem, rows.state, rows.family, rows.register, frozenset(gone))

    def add(self, row: LpAffineExpression, name: str) -> None:
        """Add a row unless it speaks of a site that is left out."""
        if not any(variable.id in self.left_out for variable, _ in row.items()):
            super().add(row, name)


def _at[T](values: list[T], index: Iterable[int]) -> Iterable[T]:
    return (values[int(i)] for i in index)
