"""A year of every design at many sites, next to psychrolib's time for the wet bulb alone."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import psychrolib
from numpy.typing import NDArray

from benchmarks.process import peak_memory_mb
from siting.arrays import site_blocks
from siting.physics import DESIGNS, facility_blocks
from siting.physics.psychrometrics import wet_bulb

__all__ = ["PhysicsResult", "run_physics"]

HOURS = 8760
PRESSURE_PA = 101_325.0
PSYCHROLIB_CALLS = 2_000
SEED = 0


@dataclass(frozen=True)
class PhysicsResult:
    """Cost of a year of physics.

    Parameters
    ----------
    sites, hours, designs : int
        Size.
    seconds : float
        ``facility_blocks`` over everything, each block reduced to its annual mean PUE. [s]
    cpu_seconds : float
        The processor's part of it, which other work on the machine does not lengthen. [s]
    wet_bulb_seconds : float
        ``wet_bulb`` alone over the same hours. [s]
    psychrolib_seconds : float
        psychrolib's wet bulb for as many, extrapolated from ``psychrolib_calls``. [s]
    psychrolib_calls : int
        Calls that were measured.
    memory_mb, memory_before_mb : float
        Peak resident memory of the process, after ``facility_blocks`` and before it, with the
        packages and the weather loaded. [MB]
    """

    sites: int
    hours: int
    designs: int
    seconds: float
    cpu_seconds: float
    wet_bulb_seconds: float
    psychrolib_seconds: float
    psychrolib_calls: int
    memory_mb: float
    memory_before_mb: float


def run_physics(sites: int) -> PhysicsResult:
    """Run every design at some sites over a year; meant for a process of its own."""
    dry, dew = made_up_weather(sites)
    memory_before_mb = peak_memory_mb()
    seconds, cpu_seconds = _time_facility(dry, dew)
    memory_mb = peak_memory_mb()  # before psychrolib, which is no part of it
    return PhysicsResult(
        sites=sites,
        hours=HOURS,
        designs=len(DESIGNS),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        wet_bulb_seconds=_time_wet_bulb(dry, dew),
        psychrolib_seconds=_time_psychrolib_call(dry, dew) * dry.size,
        psychrolib_calls=PSYCHROLIB_CALLS,
        memory_mb=memory_mb,
        memory_before_mb=memory_before_mb,
    )


def made_up_weather(sites: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Dry bulb and dew point from the tropics to the Arctic, shape (sites, hours). [°C]

    A yearly and a daily wave with noise: every branch of the designs is met, and no file is read.
    """
    rng = np.random.default_rng(SEED)
    hour = np.arange(HOURS)
    year, day = np.cos(2 * np.pi * hour / HOURS), np.cos(2 * np.pi * hour / 24)
    dry, dew = np.empty((sites, HOURS)), np.empty((sites, HOURS))
    # Site by site: temporaries of all sites at once would be the peak of memory.
    for site, north in enumerate(np.linspace(0.0, 1.0, sites)):
        mean, swing = 28.0 - 40.0 * north, 3.0 + 17.0 * north
        dry[site] = mean - swing * year - 5.0 * day + rng.normal(0.0, 2.0, HOURS)
        dew[site] = dry[site] - rng.gamma(2.0, 3.0, HOURS)
    return dry, dew


def _time_facility(dry: NDArray[np.float64], dew: NDArray[np.float64]) -> tuple[float, float]:
    """Wall time and processor time. [s]"""
    water = 12.0 - 8.0 * np.cos(2 * np.pi * np.arange(HOURS) / HOURS)[None, :]
    start, cpu = time.perf_counter(), time.process_time()
    blocks = facility_blocks(
        DESIGNS,
        temp_dry_bulb_c=dry,
        temp_dew_point_c=dew,
        pressure_pa=PRESSURE_PA,
        temp_water_c=water,
    )
    for _, designs in blocks:
        for result in designs.values():
            np.mean(result.pue, axis=1)
    return time.perf_counter() - start, time.process_time() - cpu


def _time_wet_bulb(dry: NDArray[np.float64], dew: NDArray[np.float64]) -> float:
    start = time.perf_counter()
    for block in site_blocks(*dry.shape):
        wet_bulb(dry[block], dew[block], PRESSURE_PA)
    return time.perf_counter() - start


def _time_psychrolib_call(dry: NDArray[np.float64], dew: NDArray[np.float64]) -> float:
    """Mean over hours spread evenly over all sites. [s]"""
    psychrolib.SetUnitSystem(psychrolib.SI)
    every = np.linspace(0, dry.size - 1, PSYCHROLIB_CALLS).astype(int)
    pairs = list(zip(dry.ravel()[every].tolist(), dew.ravel()[every].tolist(), strict=True))
    start = time.perf_counter()
    for temp_dry_bulb_c, temp_dew_point_c in pairs:
        psychrolib.GetTWetBulbFromTDewPoint(temp_dry_bulb_c, temp_dew_point_c, PRESSURE_PA)
    return (time.perf_counter() - start) / len(pairs)
