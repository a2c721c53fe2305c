"""A sweep against one `siting solve` command for each of its cases."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import benchmark_study

__all__ = ["CASES", "SweepBenchmark", "run_sweep", "sweep_line"]

CASES = 200
WORKERS = 2


@dataclass(frozen=True)
class SweepBenchmark:
    """Cost of a sweep over weights, and of its cases one by one.

    Parameters
    ----------
    sites, slices : int
        Size of the study.
    cases, commands : int
        Cases that the sweep solved, and how many of them were also solved by a command each.
    sweep_s, sweep_cpu_s : float
        Wall time of the whole sweep, and time of all its processes. [s]
    command_s, command_cpu_s : float
        Means of a command. [s]
    load_average : float
        Processes that wanted a core, this one's among them.
    """

    sites: int
    slices: int
    cases: int
    commands: int
    sweep_s: float
    sweep_cpu_s: float
    command_s: float
    command_cpu_s: float
    load_average: float


def run_sweep(sites: int, slices: int, *, cases: int, commands: int) -> SweepBenchmark:
    """Time a sweep of two processes over the weight of carbon, and some of its cases as commands.

    Parameters
    ----------
    sites, slices : int
        Size of the study.
    cases : int
        Cases of the sweep.
    commands : int
        Cases solved by a command each; the rest is taken to be like them.
    """
    weights = [round(0.1 + 4.9 * i / (cases - 1), 4) for i in range(cases)]
    with tempfile.TemporaryDirectory() as scratch:
        study = Path(scratch) / "study.yaml"
        study.write_text(benchmark_study(sites, slices).to_yaml(), encoding="utf-8")
        values = ",".join(map(str, weights))
        sweep = _time("sweep", str(study), f"--over=objective.weights.carbon={values}",
                      f"--workers={WORKERS}", f"--out={scratch}/sweep")  # fmt: skip
        chosen = weights[:: max(1, cases // commands)][:commands]
        alone = [
            _time("solve", str(study), f"--set=objective.weights.carbon={weight}",
                  f"--out={scratch}/run")
            for weight in chosen
        ]  # fmt: skip
    return SweepBenchmark(
        sites=sites, slices=slices, cases=cases + 1, commands=len(alone),
        sweep_s=sweep[0], sweep_cpu_s=sweep[1],
        command_s=sum(wall for wall, _ in alone) / len(alone),
        command_cpu_s=sum(cpu for _, cpu in alone) / len(alone),
        load_average=os.getloadavg()[0],
    )  # fmt: skip


def _time(*arguments: str) -> tuple[float, float]:
    """Wall and processor seconds of a command and of the processes that it starts."""
    start, before = time.perf_counter(), _children()
    command = [sys.executable, "-m", "siting", *arguments]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start, _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def sweep_line(result: SweepBenchmark) -> str:
    """The sweep in a few sentences."""
    alone = result.cases * result.command_s
    alone_cpu = result.cases * result.command_cpu_s
    return (
        f"Sweep: {result.cases} weightings of {result.sites} sites × {result.slices} slices with "
        f"{WORKERS} workers in {result.sweep_s:.0f} s ({result.sweep_cpu_s:.0f} s of processor). "
        f"One `siting solve` each takes {result.command_s:.1f} s ({result.command_cpu_s:.1f} s of "
        f"processor), so {alone:,.0f} s ({alone_cpu:,.0f} s) for all, extrapolated from "
        f"{result.commands}: {alone / result.sweep_s:.1f} times as long "
        f"({alone_cpu / result.sweep_cpu_s:.1f} times the processor), at a load average of "
        f"{result.load_average:.1f}."
    )
