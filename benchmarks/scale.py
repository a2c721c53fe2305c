"""Monolithic against decomposed, and against the same program in PyPSA, by slices and sites."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from benchmarks.made_up import made_up_problem
from benchmarks.process import MeasurementError, in_limited_process, peak_memory_mb
from siting.errors import NoAnswerError
from siting.mip import Objective, SolverOptions, build_model, optimize

__all__ = [
    "AIM_RATIO",
    "AIM_SIZE",
    "FAILED",
    "FULL",
    "METHODS",
    "SHORT",
    "SMALLEST",
    "ScaleResult",
    "Size",
    "growth",
    "run_aim",
    "run_scale",
    "run_sizes",
]

type Size = tuple[int, int]

METHODS = ("monolithic", "decomposed", "pypsa")
#: Sites and slices; the smallest has slices of 182.5 hours, no whole number of them.
SMALLEST: tuple[Size, ...] = ((4, 48),)
SHORT: tuple[Size, ...] = ((50, 24), (50, 288), (100, 24), (100, 288))
FULL: tuple[Size, ...] = ((10, 24), *product((50, 100, 200, 400), (24, 96, 288, 1440)))
#: Where the decomposed program should be this many times faster than the monolithic one.
AIM_SIZE: Size = (200, 288)
AIM_RATIO = 20.0
GAP = 1e-3
#: Ends after which a method is not asked for a size that is not smaller.
GIVEN_UP = ("time limit", "killed", "not asked")
#: Time that a process may take beyond the solver's limit, to start, to build and to end. [s]
GRACE_S = 120.0
#: How the end of a case begins that an error ended.
FAILED = "failed: "


@dataclass(frozen=True)
class ScaleResult:
    """Cost of one way to solve one size.

    Parameters
    ----------
    method : str
        One of ``METHODS``.
    sites, slices : int
        Size.
    build_s, solve_s : float
        Wall time; not a number where the case did not end. [s]
    cpu_s : float
        Processor time of both together. [s]
    memory_mb : float
        Peak resident memory of the process. [MB]
    objective_usd, gap : float
        Value of the answer and the gap proven for it; not a number without an answer. [USD], [-]
    ended : str
        ``proven``, ``time limit``, ``killed`` (``GRACE_S`` after it), ``not installed``, ``not
        asked`` (the same method had not proven a size that is not larger in either), or ``failed:
        `` and the error: a fault of the method or of what measures it, which tells no speed.
    load_average : float
        Of the machine in the minute before the end: other work lengthens wall times.
    limit_s : float
        The solver's time limit. [s]
    """

    method: str
    sites: int
    slices: int
    build_s: float
    solve_s: float
    cpu_s: float
    memory_mb: float
    objective_usd: float
    gap: float
    ended: str
    load_average: float
    limit_s: float = float("nan")

    @property
    def proven(self) -> bool:
        """Return whether the asked gap was proven."""
        return self.ended == "proven"

    @property
    def failed(self) -> bool:
        """Return whether an error ended it, so that nothing was measured."""
        return self.ended.startswith(FAILED)

    @property
    def whole_s(self) -> float:
        """Build and solve together. [s]"""
        return self.build_s + self.solve_s


def run_sizes(
    sizes: Sequence[Size],
    limit_s: float,
    say: Callable[[str], None],
    methods: Sequence[str] = METHODS,
) -> list[ScaleResult]:
    """Every method at every size; a method is not asked for more than it failed to prove.

    Parameters
    ----------
    sizes : sequence of (sites, slices)
        In rising order.
    limit_s : float
        Time limit of each solve. [s]
    say : callable
        Told what is about to run.
    methods : sequence of str
        Of ``METHODS``.
    """
    results: list[ScaleResult] = []
    for size, method in product(sizes, methods):
        if _is_hopeless(results, method, size):
            results.append(_without_answer(method, size, "not asked", limit_s=limit_s))
            continue
        say(f"{size[0]} sites × {size[1]} slices, {method} ...")
        results.append(run_scale(method, size, limit_s))
    return results


def _is_hopeless(results: Iterable[ScaleResult], method: str, size: Size) -> bool:
    """Return whether the method failed at a size that is not larger in sites or in slices."""
    of_method = (r for r in results if r.method == method)
    given_up = (r for r in of_method if r.failed or r.ended in GIVEN_UP)
    return any(r.sites <= size[0] and r.slices <= size[1] for r in given_up)


def run_aim(results: Sequence[ScaleResult], say: Callable[[str], None]) -> list[ScaleResult]:
    """The monolithic program at the size of the aim, for as long as the aim's ratio needs.

    Only where the decomposed one was proven there and the monolithic one was not; its limit then is
    ``AIM_RATIO`` times what the decomposed one took, so that even no proof is a lower bound.
    """
    at = {r.method: r for r in results if (r.sites, r.slices) == AIM_SIZE}
    if not {"monolithic", "decomposed"} <= set(at) or not at["decomposed"].proven:
        return list(results)
    if at["monolithic"].proven or at["monolithic"].failed:
        return list(results)
    limit_s = 1.1 * AIM_RATIO * at["decomposed"].whole_s
    say(f"{AIM_SIZE[0]} sites × {AIM_SIZE[1]} slices, monolithic, {limit_s:.0f} s ...")
    longer = run_scale("monolithic", AIM_SIZE, limit_s)
    return [longer if r is at["monolithic"] else r for r in results]


def run_scale(
    method: str, size: Size, limit_s: float, *, regions: int | None = None
) -> ScaleResult:
    """Solve one size in a process of its own, which is ended where it takes too long."""
    if method == "pypsa" and importlib.util.find_spec("pypsa") is None:
        return _without_answer(method, size, "not installed")
    measure: Callable[..., ScaleResult] = _pypsa if method == "pypsa" else _siting
    extra = {} if regions is None else {"regions": regions}
    try:
        found = in_limited_process(measure, limit_s + GRACE_S, method, size, limit_s, **extra)
    except MeasurementError as error:
        return _without_answer(method, size, f"{FAILED}{error}", limit_s=limit_s)
    return replace(found or _without_answer(method, size, "killed"), limit_s=limit_s)


def _without_answer(
    method: str,
    size: Size,
    ended: str,
    *,
    build_s: float = np.nan,
    cpu_s: float = np.nan,
    memory_mb: float = np.nan,
    limit_s: float = np.nan,
) -> ScaleResult:
    nan, load = float("nan"), os.getloadavg()[0]
    return ScaleResult(
        method, *size, build_s, nan, cpu_s, memory_mb, nan, nan, ended, load, limit_s
    )


def _siting(method: str, size: Size, limit_s: float, **extra: int) -> ScaleResult:
    start, cpu = time.perf_counter(), time.process_time()
    model = build_model(made_up_problem(*size, **extra), decomposed=method == "decomposed")
    built = time.perf_counter()
    options = SolverOptions(gap=GAP, time_limit_s=limit_s)
    try:
        found = optimize(model, Objective("weighted", {"cost_usd": 1.0}), options)
    except NoAnswerError:
        return _without_answer(
            method,
            size,
            "time limit",
            build_s=built - start,
            cpu_s=time.process_time() - cpu,
            memory_mb=peak_memory_mb(),
        )
    return ScaleResult(
        method,
        *size,
        build_s=built - start,
        solve_s=time.perf_counter() - built,
        cpu_s=time.process_time() - cpu,
        memory_mb=peak_memory_mb(),
        objective_usd=found.objective,
        gap=found.gap,
        ended="proven" if found.gap <= GAP else "time limit",
        load_average=os.getloadavg()[0],
    )


def _pypsa(method: str, size: Size, limit_s: float, **extra: int) -> ScaleResult:
    from benchmarks.peer import solve_with_pypsa

    start, cpu = time.perf_counter(), time.process_time()
    found = solve_with_pypsa(made_up_problem(*size, **extra), gap=GAP, limit_s=limit_s)
    whole = time.perf_counter() - start
    return ScaleResult(
        method,
        *size,
        build_s=whole - found.solve_s,
        solve_s=found.solve_s,
        cpu_s=time.process_time() - cpu,
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
            seconds = np.log([r.whole_s for r in same])
            found[value] = float(np.polyfit(size, seconds, 1)[0])
    return found
