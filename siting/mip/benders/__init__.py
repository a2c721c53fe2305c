"""Benders decomposition: the slices are left to the sites, whose dispatch gives cuts.

Here stands which studies are solved so, and how precisely. `master` is the program of all sites,
`cuts` adds what it lacks, `dispatch` works out sites in closed form, `site_program` and
`power_program` those that need a program of their own, and `point` what a placement really costs.
"""

from __future__ import annotations

from siting.coefficients.instance import Instance
from siting.errors import DataError, Fault
from siting.mip.benders.sites import moves_between_sites
from siting.mip.control import SolverOptions

__all__ = ["PRECISION", "is_decomposable", "is_decomposed", "precision"]

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
