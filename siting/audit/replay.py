"""The planned use of each contract, replayed hour by hour.

The optimizer sees a time slice as one mean hour. Within the slice the sun rises and the wind
drops, so what was planned may not fit: the replay gives every step its own output and its own
facility power, and lets the grid carry the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Replay", "Steps", "replay_site", "slice_of_step"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_MONTHS, _DAY_GROUPS, _HOURS = 12, 5, 24


def slice_of_step(slices: int, month: IntArray, hour: IntArray, day_group: IntArray) -> IntArray:
    """Time slice that each weather step falls into.

    A year of ``slices`` is cut into 12 months × g day groups × b blocks of UTC hours, with
    g = 5 where ``slices`` divides by 60 and g = 1 otherwise; slices are numbered by month, then
    group, then block.

    Parameters
    ----------
    slices : int
        Number of slices of the year.
    month, hour, day_group : ndarray of int, shape (N,)
        Month 1 to 12 (0 for a design hour), UTC hour 0 to 23, day group 0 to 4.

    Returns
    -------
    ndarray of int, shape (N,)
        Slice of each step, -1 for a design hour.
    """
    groups = _DAY_GROUPS if slices % (_MONTHS * _DAY_GROUPS) == 0 else 1
    blocks = slices // (_MONTHS * groups)
    if blocks * groups * _MONTHS != slices or _HOURS % blocks:
        raise ValueError(f"a year cannot be cut into {slices} slices of the same clock")
    group = day_group if groups > 1 else np.zeros_like(day_group)
    number = ((month - 1) * groups + group) * blocks + hour // (_HOURS // blocks)
    return np.where(month > 0, number, -1).astype(np.int64)


@dataclass(frozen=True)
class Steps:
    """Hours of the weather steps and the time slice that each falls into.

    Parameters
    ----------
    hours : ndarray, shape (N,)
        Hours of a year that each step stands for. [h]
    of_step : ndarray of int, shape (N,)
        Slice of each step, -1 for a design hour.
    slices : int
        Number of slices, T.
    """

    hours: FloatArray
    of_step: IntArray
    slices: int

    @property
    def year_h(self) -> float:
        """Hours of all steps. [h]."""
        return float(self.hours.sum())

    def total(self, values: FloatArray) -> float:
        """Sum over the year of a quantity per hour, shape (N,)."""
        return float(values @ self.hours)

    def mean(self, values: FloatArray) -> FloatArray:
        """Mean of a step quantity, shape (N,), in each slice, weighted by hours.

        Returns
        -------
        ndarray, shape (T,)
            Zero where no step falls into a slice.
        """
        real = self.of_step >= 0
        number, hours = self.of_step[real], self.hours[real]
        total = np.bincount(number, values[real] * hours, self.slices)
        weight = np.bincount(number, hours, self.slices)
        return np.divide(total, weight, out=np.zeros(self.slices), where=weight > 0)


@dataclass(frozen=True)
class Replay:
    """One site over all steps.

    Parameters
    ----------
    facility_mw, grid_mw : ndarray, shape (N,)
        Power of the facility and from the grid. [MW]
    used_mw : mapping of str to ndarray, shape (N,)
        Contracted power that is used, by source. [MW]
    curtailed_mwh : mapping of str to float
        Energy of the plan that did not fit under the facility power, by source. [MWh]
    """

    facility_mw: FloatArray
    grid_mw: FloatArray
    used_mw: Mapping[str, FloatArray]
    curtailed_mwh: Mapping[str, float]


def replay_site(
    facility_mw: FloatArray,
    *,
    steps: Steps,
    planned_mw: Mapping[str, FloatArray],
    capacity_factor: Mapping[str, FloatArray],
    contract_mw: Mapping[str, float],
) -> Replay:
    """Run the plan of one site through every step.

    In slice t a source is used at the fraction
    ``planned_mw[t] / (mean capacity factor of t · contract_mw)`` of what it generates. Where the
    sources together exceed the facility they are cut in proportion, so that no order matters.

    Parameters
    ----------
    facility_mw : ndarray, shape (N,)
        Power of the facility. [MW]
    steps : Steps
        Hours and slice of each step; in design hours the grid alone is counted on.
    planned_mw : mapping of str to ndarray, shape (T,)
        Planned use of each source in each slice. [MW]
    capacity_factor : mapping of str to ndarray, shape (N,)
        Output per contracted MW of each source. [-]
    contract_mw : mapping of str to float
        Contracted power of each source. [MW]

    Returns
    -------
    Replay
    """
    wanted = {
        source: _wanted(plan, capacity_factor[source] * contract_mw[source], steps)
        for source, plan in planned_mw.items()
    }
    asked = np.sum([*wanted.values(), np.zeros_like(facility_mw)], axis=0)
    fits = np.divide(facility_mw, asked, out=np.ones_like(asked), where=asked > facility_mw)
    used = {source: mw * fits for source, mw in wanted.items()}
    return Replay(
        facility_mw=facility_mw,
        grid_mw=facility_mw - np.minimum(asked, facility_mw),
        used_mw=used,
        curtailed_mwh={s: steps.total(wanted[s] - used[s]) for s in wanted},
    )


def _wanted(plan: FloatArray, output_mw: FloatArray, steps: Steps) -> FloatArray:
    """Power that the plan takes from a contract in each step; never more than it generates."""
    mean = steps.mean(output_mw)
    fraction = np.divide(plan, mean, out=np.zeros_like(mean), where=mean > 0)
    real = steps.of_step >= 0
    return np.where(real, np.clip(fraction, 0.0, 1.0)[steps.of_step] * output_mw, 0.0)
