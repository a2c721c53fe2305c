"""One study of a given size, timed phase by phase."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks.process import peak_memory_mb
from siting import Study
from siting.catalogue import load_catalogue
from siting.config import study_from_mapping
from siting.run import solve_study, write_run

__all__ = ["CASES", "PHASES", "SMALLEST", "CaseResult", "benchmark_study", "run_case"]

PHASES = (
    "catalogue", "weather", "physics", "coefficients", "build", "solve", "audit", "report",
)  # fmt: skip
CASES = tuple(product((50, 100, 200), (24, 96)))
SMALLEST = (30, 12)
SEED = 0
TIME_LIMIT_S = 120.0


@dataclass(frozen=True)
class CaseResult:
    """Cost of one case.

    Parameters
    ----------
    sites, slices : int
        Candidates that competed and time slices.
    seconds : mapping of str to float
        Wall time of each of ``PHASES``. [s]
    memory_mb : float
        Peak resident memory of the process. [MB]
    columns, rows : int
        Size of the mixed-integer program.
    status : str
        How the solve ended.
    gap : float
        Proven relative gap. [-]
    audit_passed : bool
        The independent re-evaluation holds.
    """

    sites: int
    slices: int
    seconds: Mapping[str, float]
    memory_mb: float
    columns: int
    rows: int
    status: str
    gap: float
    audit_passed: bool


def benchmark_sites(count: int) -> list[str]:
    """The first ``count`` of all built-in candidates in a fixed random order.

    A smaller choice is part of every larger one, so sizes differ by what is added only.
    """
    known = load_catalogue().candidates.index
    if count > len(known):
        raise ValueError(f"{count} sites asked for, the catalogue has {len(known)}")
    order = np.random.default_rng(SEED).permutation(len(known))
    return [str(known[i]) for i in order[:count]]


def benchmark_study(sites: int, slices: int) -> Study:
    """The workloads of ``configs/global.yaml`` within limits wide enough for few sites."""
    return study_from_mapping(
        {
            "name": f"benchmark-{sites}-{slices}",
            "candidates": {"sites": benchmark_sites(sites)},
            "designs": "all",
            "demand": {
                "regions": "world",
                "workloads": [
                    {"name": "inference", "it_mw": 900, "max_rtt_ms": 150},
                    {"name": "chat", "it_mw": 493, "max_rtt_ms": 250},
                    {"name": "training", "it_mw": 134, "max_rtt_ms": None},
                ],
            },
            "time": {"slices": slices},
            "supply": {"contracts": ["hydro", "wind", "solar"]},
            "objective": {"weights": {"energy": 1, "carbon": 1, "water": 1}},
            "limits": {"max_share_per_site": 0.25},
            "solver": {"gap": 0.001, "time_limit_s": TIME_LIMIT_S},
        }
    )


def run_case(sites: int, slices: int) -> CaseResult:
    """Solve, audit and report a study of a size; meant for a process of its own."""
    placement = solve_study(benchmark_study(sites, slices))
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        write_run(placement, Path(folder) / "run")
    placement = placement.with_seconds(report=time.perf_counter() - start)
    return CaseResult(
        sites=placement.screened["candidates"],
        slices=placement.screened["slices"],
        seconds={phase: placement.seconds[phase] for phase in PHASES},
        memory_mb=peak_memory_mb(),
        columns=placement.screened["columns"],
        rows=placement.screened["rows"],
        status=str(placement.status),
        gap=placement.gap,
        audit_passed=bool(placement.audit and placement.audit["passed"]),
    )
