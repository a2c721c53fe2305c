"""Monolithic against decomposed, and against the same program in PyPSA, by slices and sites."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np

from benchmarks.made_up import made_up_problem
from benchmarks.process import in_limited_process, peak_memory_mb
from siting.errors import NoAnswerError
from siting.mip import Objective, SolverOptions, build_model, optimize

__all__ = ["FULL", "METHODS", "SHORT", "SMALLEST", "ScaleResult", "Size", "growth", "run_scale"]

type Size = tuple[int, int]

METHODS = ("monolithic", "decomposed", "pypsa")
#: Sites and slices.
SMALLEST: tuple[Size, ...] = ((10, 24),)
SHORT: tuple[Size, ...] = ((50, 24), (50, 288), (100, 24), (100, 288))
FULL: tuple[Size, ...] = tuple(product((50, 100, 200, 400), (24, 96, 288, 1440)))
GAP = 1e-3
#: Time that a process may take beyond the solver's limit, to start, to build and to end. [s]
GRACE_S = 120.0


@dataclass(frozen=True)
class ScaleResult:
    """What one way to solve one size took.

    Parameters
    ----------
    method : str
        One of ``METHODS``.
    sites, slices : int
        Size.
    build_s, solve_s : float
        Wall time; not a number where the case did not end. [s]
    memory_mb : float
        Peak resident memory of the process. [MB]
    objective_usd, gap : float
        Value of the answer and the gap proven for it; not a number without an answer. [USD], [-]
    ended : str
        ``proven``, ``time limit``, ``killed`` (time or memory) or ``not installed``.
    load_average : float
        Of the machine in the minute before the end: other work lengthens wall times.
    """

    method: str
    sites: int
    slices: int
    build_s: float
    solve_s: float
    memory_mb: float
    objective_usd: float
    gap: float
    ended: str
    load_average: float

    @property
    def proven(self) -> bool:
        """Whether the asked gap was proven."""
        return self.ended == "proven"


def run_scale(
    method: str, size: Size, limit_s: float, *, regions: int | None = None
) -> ScaleResult:
    """Solve one size in a process of its own, which is ended where it takes too long."""
    if method == "pypsa" and importlib.util.find_spec("pypsa") is None:
        return _without_answer(method, size, "not installed")
    measure: Callable[..., ScaleResult] = _pypsa if method == "pypsa" else _siting
    extra = {} if regions is None else {"regions": regions}
    found = in_limited_process(measure, limit_s + GRACE_S, method, size, limit_s, **extra)
    return found or _without_answer(method, size, "killed")


def _without_answer(
    method: str, size: Size, ended: str, build_s: float = np.nan, memory_mb: float = np.nan
) -> ScaleResult:
    nan, (sites, slices) = float("nan"), size
    load = os.getloadavg()[0]
    return ScaleResult(method, sites, slices, build_s, nan, memory_mb, nan, nan, ended, load)


def _siting(method: str, size: Size, limit_s: float, **extra: int) -> ScaleResult:
    start = time.perf_counter()
    model = build_model(made_up_problem(*size, **extra), decomposed=method == "decomposed")
    built = time.perf_counter()
    options = SolverOptions(gap=GAP, time_limit_s=limit_s)
    try:
        found = optimize(model, Objective("weighted", {"cost_usd": 1.0}), options)
    except NoAnswerError:
        return _without_answer(method, size, "time limit", built - start, peak_memory_mb())
    return ScaleResult(
        method,
        *size,
        build_s=built - start,
        solve_s=time.perf_counter() - built,
        memory_mb=peak_memory_mb(),
        objective_usd=found.objective,
        gap=found.gap,
        ended="proven" if found.gap <= GAP else "time limit",
        load_average=os.getloadavg()[0],
    )


def _pypsa(method: str, size: Size, limit_s: float, **extra: int) -> ScaleResult:
    from benchmarks.peer import solve_with_pypsa

    start = time.perf_counter()
    found = solve_with_pypsa(made_up_problem(*size, **extra), gap=GAP, limit_s=limit_s)
    whole = time.perf_counter() - start
    return ScaleResult(
        method,
        *size,
        build_s=whole - found.solve_s,
        solve_s=found.solve_s,
        memory_mb=peak_memory_mb(),
        objective_usd=found.objective_usd,
        gap=found.gap,
        ended="proven" if found.gap <= GAP else "time limit",
        load_average=os.getloadavg()[0],
    )


def growth(results: Iterable[ScaleResult], method: str, by: str) -> dict[int, float]:
    """Exponent of build and solve time in the slices or in the sites, where sizes were proven.

    Parameters
    ----------
    results : iterable of ScaleResult
        Measured cases.
    method : str
        The way to solve them.
    by : {"slices", "sites"}
        What grows; the other one is held.

    Returns
    -------
    dict of int to float
        The least-squares slope of log time over log size, by the size that is held.
    """
    held = "sites" if by == "slices" else "slices"
    proven = [r for r in results if r.method == method and r.proven]
    found = {}
    for value in sorted({getattr(r, held) for r in proven}):
        same = [r for r in proven if getattr(r, held) == value]
        if len(same) > 1:
            size = np.log([getattr(r, by) for r in same])
            seconds = np.log([r.build_s + r.solve_s for r in same])
            found[value] = float(np.polyfit(size, seconds, 1)[0])
    return found
