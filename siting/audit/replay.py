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

__all__ = ["Replay", "Steps", "planned_use", "replay_site", "slice_of_step"]

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
    drawn_mw, grid_mw : ndarray, shape (N,)
        Power that the facility draws from outside, and the part of it from the grid. [MW]
    used_mw : mapping of str to ndarray, shape (N,)
        Contracted power that is used, by source. [MW]
    curtailed_mwh : mapping of str to float
        Energy of the plan that did not fit under what the facility draws, by source. [MWh]
    """

    drawn_mw: FloatArray
    grid_mw: FloatArray
    used_mw: Mapping[str, FloatArray]
    curtailed_mwh: Mapping[str, float]


def planned_use(plan_mw: FloatArray, output_mw: FloatArray, steps: Steps) -> FloatArray:
    """Power that a plan takes from a contract in each step, before it meets the facility.

    In slice t the contract is used at the fraction ``plan_mw[t] / mean(output_mw of t)`` of what
    it generates, never more than all of it. In design hours the grid alone is counted on.

    Parameters
    ----------
    plan_mw : ndarray, shape (T,)
        Planned use in each slice. [MW]
    output_mw : ndarray, shape (N,)
        What the contract generates in each step. [MW]
    steps : Steps
        Hours and slice of each step.

    Returns
    -------
    ndarray, shape (N,)
        [MW]
    """
    mean = steps.mean(output_mw)
    fraction = np.divide(plan_mw, mean, out=np.zeros_like(mean), where=mean > 0)
    real = steps.of_step >= 0
    return np.where(real, np.clip(fraction, 0.0, 1.0)[steps.of_step] * output_mw, 0.0)


def replay_site(drawn_mw: FloatArray, wanted_mw: Mapping[str, FloatArray], steps: Steps) -> Replay:
    """Serve one site in every step: contracts as far as they fit, the grid for the rest.

    Where the contracts together exceed the facility they are cut in proportion, so that no order
    of the sources matters.

    Parameters
    ----------
    drawn_mw : ndarray, shape (N,)
        Power that the facility draws from outside. [MW]
    wanted_mw : mapping of str to ndarray, shape (N,)
        Power that the plan takes from each contract. [MW]
    steps : Steps
        Hours of each step.

    Returns
    -------
    Replay
    """
    asked = np.sum([*wanted_mw.values(), np.zeros_like(drawn_mw)], axis=0)
    fits = np.divide(drawn_mw, asked, out=np.ones_like(asked), where=asked > drawn_mw)
    used = {source: mw * fits for source, mw in wanted_mw.items()}
    return Replay(
        drawn_mw=drawn_mw,
        grid_mw=drawn_mw - np.minimum(asked, drawn_mw),
        used_mw=used,
        curtailed_mwh={s: steps.total(wanted_mw[s] - used[s]) for s in used},
    )
