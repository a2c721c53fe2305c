"""The global study with steps of the connection and own generators offered at every site."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import siting
from benchmarks.process import peak_memory_mb
from siting.files import configs_dir

__all__ = ["FEW", "POWERED", "WORLD_SIZES", "WorldResult", "run_world", "world_line"]

#: Keys beside those of `configs/global.yaml`. Steps, their prices and the largest numbers of units
#: are assumed.
POWERED: tuple[str, ...] = (
    "connections={ordered: 2027, steps: [{share: 0.4, cost_usd_per_mw: 100000},"
    " {year: 2029, share: 0.3, cost_usd_per_mw: 150000},"
    " {year: 2032, share: 0.3, cost_usd_per_mw: 250000, curtailable_hours: 88}]}",
    "generation={units: [{name: turbine, kind: gas_turbine, max_units: 6},"
    " {name: smr, kind: small_reactor, max_units: 3}, {name: pv, kind: solar, max_units: 10}]}",
)
PERIODS = (
    "periods=[{year: 2027, years: 2, set: {demand.factor: 0.4}},"
    " {year: 2029, years: 3, set: {demand.factor: 0.7}},"
    " {year: 2032, years: 4, set: {demand.factor: 1.0}}]"
)
#: Six sites and users of three cities, to see that it runs.
FEW: tuple[str, ...] = (
    "candidates={sites: [lulea, dublin, montevideo, ashburn, dallas, falun]}",
    "demand.regions=[stockholm, london, washington]",
    "demand.factor=0.1",
    "designs=[air_economizer]",
    "demand.workloads[0].max_rtt_ms=200",
    "demand.workloads[1].max_rtt_ms=200",
)
#: Periods and slices.
WORLD_SIZES: tuple[tuple[int, int], ...] = ((1, 24), (1, 96), (3, 96))


@dataclass(frozen=True)
class WorldResult:
    """Proof of one size.

    Parameters
    ----------
    periods, slices, sites : int
        Size; sites that the placement opens.
    status : str
        As in ``summary.json``.
    gap : float
        Proven gap. [-]
    audit_passed : bool
        Whether the audit found no fault.
    seconds : mapping of str to float
        Wall time of each phase. [s]
    cpu_s : float
        Processor time of all of it. [s]
    memory_mb : float
        Peak resident memory. [MB]
    load_average : float
        Of the machine in the minute before the end.
    """

    periods: int
    slices: int
    sites: int
    status: str
    gap: float
    audit_passed: bool
    seconds: dict[str, float]
    cpu_s: float
    memory_mb: float
    load_average: float


def run_world(periods: int, slices: int, limit_s: float, more: tuple[str, ...] = ()) -> WorldResult:
    """Solve the study in one period of 2032, or in three.

    Parameters
    ----------
    periods, slices : int
        Size.
    limit_s : float
        Time limit of the solve. [s]
    more : tuple of str, optional
        Keys that make it smaller.
    """
    when = PERIODS if periods > 1 else "supply.year=2032"
    keys = [*POWERED, when, f"time.slices={slices}", f"solver.time_limit_s={limit_s}", *more]
    found = siting.solve(siting.load(configs_dir() / "global.yaml", keys))
    audit = found.audit or {}
    return WorldResult(
        periods, slices, len(found.sites), str(found.status), float(found.gap),
        bool(audit.get("passed")), dict(found.seconds), time.process_time(), peak_memory_mb(),
        os.getloadavg()[0],
    )  # fmt: skip


def world_line(r: WorldResult) -> str:
    """One line about it."""
    audit = "passed" if r.audit_passed else "not passed"
    return (
        f"power everywhere, {r.periods} period(s) × {r.slices} slices: {r.status}, gap "
        f"{100 * r.gap:.3f} %, {r.sites} sites, audit {audit}, {sum(r.seconds.values()):.0f} s "
        f"({r.cpu_s:.0f} s of processor), {r.memory_mb:.0f} MB, load {r.load_average:.1f}"
    )
