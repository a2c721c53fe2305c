"""The built-in stations as representative days, and their hours moved to other means."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.catalogue.morphing import dew_point_of_vapour, vapour_pressure
from siting.catalogue.representative_days import REPRESENTATIVE_STEPS, monthly_means
from siting.physics.arrays import FloatArray

__all__ = ["Stations"]

IntArray = npt.NDArray[np.int64]

#: Rounds in which hours below saturation make up for those that reach it.
_ROUNDS = 3


@dataclass(frozen=True)
class Stations:
    """Typical years of stations.

    Parameters
    ----------
    table : DataFrame
        Rows of ``stations.csv``.
    dry, dew : ndarray, shape (S, 1442)
        Steps of :func:`siting.catalogue.representative_days.step_frame` on local standard
        time. [°C]
    design_month : ndarray, shape (S, 2)
        Month in which either design step was met.
    """

    table: pd.DataFrame
    dry: FloatArray
    dew: FloatArray
    design_month: IntArray

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read the stations of a catalogue's folder.

        Parameters
        ----------
        folder : pathlib.Path
            Folder of the tables.
        """
        table = pd.read_csv(folder / "stations.csv")
        with np.load(folder / "stations.npz") as packed:
            dry, dew = packed["dry_c_x20"] / 20.0, packed["dew_c_x20"] / 20.0
            return cls(table, dry, dew, packed["design_month"].astype(np.int64))

    def column(self, name: str) -> FloatArray:
        """Numbers of one column of the table, shape (S,)."""
        return self.table[name].to_numpy(dtype=np.float64)

    @cached_property
    def names(self) -> pd.Series:
        """Name and data set of each station."""
        return self.table["name"] + " (" + self.table["dataset"] + ")"

    @cached_property
    def means(self) -> FloatArray:
        """Mean dry bulb of each station and month, shape (S, 12) [°C]."""
        return monthly_means(self.dry)

    @cached_property
    def vapour(self) -> FloatArray:
        """Mean vapour pressure of each station and month, shape (S, 12) [hPa]."""
        return monthly_means(vapour_pressure(self.dew))

    @cached_property
    def excess(self) -> FloatArray:
        """99th percentile above the warmest month, 1st below the coldest, shape (S, 2) [K]."""
        hot = self.column("hot_1_percent_c") - self.means.max(axis=1)
        cold = self.means.min(axis=1) - self.column("cold_1_percent_c")
        return np.column_stack([hot, cold])

    def by_step(self, donor: IntArray, monthly: FloatArray) -> FloatArray:
        """Value of the month of each step of some stations.

        Parameters
        ----------
        donor : ndarray, shape (n,)
            Stations, whose design steps fall in months of their own.
        monthly : ndarray, shape (n, 12)
            A value a month.

        Returns
        -------
        ndarray, shape (n, 1442)
        """
        steps = np.repeat(monthly, REPRESENTATIVE_STEPS // 12, axis=1)
        at_design = np.take_along_axis(monthly, self.design_month[donor] - 1, axis=1)
        return np.hstack([steps, at_design])

    def moved(
        self, donor: IntArray, means: FloatArray, vapour: FloatArray, factor: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Hours of stations moved to other monthly means, their deviations stretched.

        Parameters
        ----------
        donor : ndarray, shape (n,)
            Stations that give the hours.
        means, vapour : ndarray, shape (n, 12)
            Dry bulb and vapour pressure that each month is to have. [°C], [hPa]
        factor : ndarray, shape (n, 12)
            On the deviations of the dry bulb from the mean of its month. [-]

        Returns
        -------
        tuple of ndarray, shape (n, 1442)
            Dry bulb and dew point. [°C]
        """
        deviation = self.dry[donor] - self.by_step(donor, self.means[donor])
        dry = self.by_step(donor, means) + self.by_step(donor, factor) * deviation
        return dry, self._dew_points(donor, dry, vapour)

    def _dew_points(self, donor: IntArray, dry: FloatArray, vapour: FloatArray) -> FloatArray:
        """Dew points of the hours of stations whose vapour has other monthly means.

        The vapour of a month is multiplied by one factor, which moves its dew points alike; hours
        that this would saturate stay at saturation, and the others make up for them.
        """
        saturated, hours = vapour_pressure(dry), vapour_pressure(self.dew[donor])
        factor = vapour / self.vapour[donor]
        for _ in range(_ROUNDS):
            held = np.minimum(hours * self.by_step(donor, factor), saturated)
            factor = factor * vapour / monthly_means(held)
        held = np.minimum(hours * self.by_step(donor, factor), saturated)
        return np.minimum(dew_point_of_vapour(held), dry)
