"""Built-in stations: representative days, 12 months x 5 day groups x 24 hours; design temperatures.

Days of a month are ranked by their mean dry bulb and split into five groups as equal as possible;
each group becomes one mean day. Dry bulb is averaged as it is, humidity as vapour pressure, so the
month keeps its mean temperature and its mean water content exactly. What a mean day cannot keep
is the extremes; those go into two *design steps* of no duration: the hottest hour with its own
dew point, and the hour of the highest wet bulb.

Each station tells by how much its hottest percent of hours lies above its warmest month, and
its coldest below the coldest month. A place takes the mean of the stations around it, near ones
and ones of its height counting most, on top of its own normals.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.arrays import FloatArray, IntArray
from siting.catalogue.climate import dew_point_of_vapour, mean_dew_point, vapour_pressure
from siting.files import read_folder_table
from siting.geo import point_tree, unit_vectors
from siting.physics.psychrometrics import enthalpy, humidity_ratio, wet_bulb

if TYPE_CHECKING:
    from scipy.spatial import KDTree

__all__ = [
    "DAYS_IN_MONTH",
    "DESIGN_STEPS",
    "GROUPS",
    "HOTTEST_ABOVE_K",
    "HOTTEST_BOUND_K",
    "REPRESENTATIVE_STEPS",
    "STEPS",
    "DesignTemperatures",
    "Stations",
    "design_steps",
    "group_days",
    "monthly_means",
    "representative_days",
    "step_frame",
    "to_utc",
]


DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
GROUPS = 5
DESIGN_STEPS = 2
REPRESENTATIVE_STEPS = 12 * GROUPS * 24
STEPS = REPRESENTATIVE_STEPS + DESIGN_STEPS
_MUGGY_HOURS = 50


def group_days(month: int) -> IntArray:
    """Days of a common year that each group of a month stands for.

    Shape (5,). Coldest group first; the remainder goes to the first groups. [d]
    """
    share, rest = divmod(DAYS_IN_MONTH[month - 1], GROUPS)
    return np.array([share + (group < rest) for group in range(GROUPS)], dtype=np.int64)


def step_frame() -> tuple[FloatArray, IntArray, IntArray, IntArray]:
    """Weights and labels of the built-in steps.

    Returns
    -------
    hours : ndarray, shape (1442,)
        Hours of a year each step stands for; 8,760 in all, 0 for design steps. [h]
    month, hour, day_group : ndarray, shape (1442,)
        Month 1 to 12 (0 for design steps), hour of the day and day group.
    """
    month, group, hour = np.meshgrid(
        np.arange(1, 13), np.arange(GROUPS), np.arange(24), indexing="ij"
    )
    hours = np.repeat(np.concatenate([group_days(m) for m in range(1, 13)]), 24)
    pad = (0, DESIGN_STEPS)
    return (
        np.pad(hours.astype(np.float64), pad),
        np.pad(month.ravel().astype(np.int64), pad),
        np.pad(hour.ravel().astype(np.int64), pad),
        np.pad(group.ravel().astype(np.int64), pad),
    )


def representative_days(
    day_month: npt.ArrayLike, dry_bulb: npt.ArrayLike, dew_point: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Mean day of each month and day group: dry bulb and dew point, shape (12, 5, 24). [°C].

    Parameters
    ----------
    day_month : array_like, shape (D,)
        Month of each day, 1 to 12. Several years may be pooled: the groups keep the shares of
        :func:`group_days`.
    dry_bulb, dew_point : array_like, shape (D, 24)
        Hourly values of whole days. [°C]
    """
    months = np.asarray(day_month)
    dry, dew = np.asarray(dry_bulb, np.float64), np.asarray(dew_point, np.float64)
    out_dry = np.empty((12, GROUPS, 24))
    out_dew = np.empty((12, GROUPS, 24))
    for month in range(1, 13):
        days = np.flatnonzero(months == month)
        ranked = days[np.argsort(dry[days].mean(axis=1), kind="stable")]
        ends = np.cumsum(group_days(month)) / DAYS_IN_MONTH[month - 1] * len(ranked)
        for group, members in enumerate(np.split(ranked, np.round(ends[:-1]).astype(int))):
            out_dry[month - 1, group] = dry[members].mean(axis=0)
            out_dew[month - 1, group] = mean_dew_point(dew[members])
    return out_dry, np.minimum(out_dew, out_dry)


def design_steps(
    dry_bulb: npt.ArrayLike, dew_point: npt.ArrayLike, pressure_pa: float
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Find the hottest hour, and the hour that is hardest for evaporative cooling.

    At one pressure, lines of equal wet bulb are nearly lines of equal enthalpy, so the highest wet
    bulb is looked for among the hours of highest enthalpy only.

    Parameters
    ----------
    dry_bulb, dew_point : array_like, shape (D, 24)
        Hourly values of whole days. [°C]
    pressure_pa : float
        Pressure of the station. [Pa]

    Returns
    -------
    dry, dew : ndarray, shape (2,)
        State of the hour of highest dry bulb and of the hour of highest wet bulb. [°C]
    day : ndarray, shape (2,)
        Day of either hour, index into the first axis.
    """
    dry = np.asarray(dry_bulb, np.float64).ravel()
    dew = np.asarray(dew_point, np.float64).ravel()
    heat = np.asarray(enthalpy(dry, humidity_ratio(dew, pressure_pa)))
    muggy = np.argsort(heat)[-_MUGGY_HOURS:]
    wet = np.asarray(wet_bulb(dry[muggy], dew[muggy], pressure_pa))
    picks = np.array([dry.argmax(), muggy[wet.argmax()]])
    return dry[picks], dew[picks], (picks // 24).astype(np.int64)


def monthly_means(values: FloatArray) -> FloatArray:
    """Mean of each month of steps of :func:`step_frame`, shape (n, 12), in their unit.

    Design steps have no part in it.
    """
    hours = step_frame()[0][:REPRESENTATIVE_STEPS].reshape(12, -1)
    steps = values[:, :REPRESENTATIVE_STEPS].reshape(len(values), 12, -1)
    means: FloatArray = np.einsum("smt,mt->sm", steps, hours) / hours.sum(axis=1)
    return means


def to_utc(local: FloatArray, offset_h: FloatArray) -> FloatArray:
    """Roll the hours of each representative day from a clock to UTC; a mean day closes on itself.

    ``local`` are steps of :func:`step_frame` on the clock of each place, ``offset_h`` that clock
    minus UTC, rounded to whole hours. [h]
    """
    turn = np.floor(offset_h + 0.5).astype(int)
    clock = (np.arange(24) + turn[:, None]) % 24
    days = local[:, :REPRESENTATIVE_STEPS].reshape(len(local), -1, 24)
    rolled = np.take_along_axis(days, clock[:, None, :], axis=2)
    return np.hstack([rolled.reshape(len(local), -1), local[:, REPRESENTATIVE_STEPS:]])


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
        Steps of :func:`siting.catalogue.stations.step_frame` on local standard
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
        """Read the stations of a catalogue's folder."""
        table = read_folder_table(folder / "stations.csv")
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
        """Value of the month of each step of some stations, shape (n, 1442).

        ``donor`` are the stations, whose design steps fall in months of their own, ``monthly``
        their values a month, shape (n, 12).
        """
        steps = np.repeat(monthly, REPRESENTATIVE_STEPS // 12, axis=1)
        at_design = np.take_along_axis(monthly, self.design_month[donor] - 1, axis=1)
        return np.hstack([steps, at_design])

    def moved(
        self, donor: IntArray, means: FloatArray, vapour: FloatArray, factor: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Dry bulb and dew point of stations moved to other monthly means, shape (n, 1442). [°C].

        Parameters
        ----------
        donor : ndarray, shape (n,)
            Stations that give the hours.
        means, vapour : ndarray, shape (n, 12)
            Dry bulb and vapour pressure that each month is to have. [°C], [hPa]
        factor : ndarray, shape (n, 12)
            On the deviations of the dry bulb from the mean of its month. [-]
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


#: The hottest hour of a typical year lies this far above what is exceeded 1 % of the hours; the
#: mean of 1,110 station years is 4.2 K, their scatter 2.3 K (docs/validation/climate.md). [K]
HOTTEST_ABOVE_K = 4.0
#: Farther above than this, an hour of a measured year is no measure of the place. [K]
HOTTEST_BOUND_K = 6.0
#: A station this near in distance and in height has the place's own heat. [km], [m]
_BESIDE_KM, _BESIDE_M = 50.0, 100.0
_EARTH_KM = 6371.0
_STATIONS = 8
#: A station this much higher or lower counts like one 10 km farther off. [m]
_M_LIKE_10_KM = 200.0
_SMOOTH_KM = 10.0


@dataclass(frozen=True)
class DesignTemperatures:
    """Design temperatures as excess over the normals of their stations.

    Parameters
    ----------
    lat, lon, height_m : ndarray, shape (D,)
        Stations. [°], [m]
    hot_c : ndarray, shape (D,)
        What 1 % of the hours exceed. [°C]
    excess_k : ndarray, shape (D, 2)
        What 1 % of the hours exceed, above the warmest normal; what 1 % fall below, below the
        coldest. [K]
    """

    lat: FloatArray
    lon: FloatArray
    height_m: FloatArray
    hot_c: FloatArray
    excess_k: FloatArray

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read the table of a catalogue's folder."""
        with np.load(folder / "design_temperatures.npz") as packed:
            return cls(
                packed["lat_x1000"] / 1000.0,
                packed["lon_x1000"] / 1000.0,
                packed["height_m"].astype(np.float64),
                packed["hot_c_x10"] / 10.0,
                packed["excess_k_x10"] / 10.0,
            )

    @cached_property
    def _tree(self) -> KDTree:
        return point_tree(self.lon, self.lat)

    def excess(self, lat: FloatArray, lon: FloatArray, height_m: FloatArray) -> FloatArray:
        """Excess over the normals of the hottest and the coldest percent at places, (n, 2). [K]."""
        index, km, climb = self._around(lat, lon, height_m)
        weight = 1.0 / (km + 10.0 * climb / _M_LIKE_10_KM + _SMOOTH_KM) ** 2
        weight /= weight.sum(axis=1, keepdims=True)
        mean: FloatArray = np.einsum("nk,nkc->nc", weight, self.excess_k[index])
        return mean

    def hot_beside(self, lat: FloatArray, lon: FloatArray, height_m: FloatArray) -> FloatArray:
        """Temperature that 1 % of the hours exceed at the nearest station of the same height. [°C].

        Infinite where no station is within 50 km and 100 m of height.
        """
        index, km, climb = self._around(lat, lon, height_m)
        beside = (km <= _BESIDE_KM) & (climb <= _BESIDE_M)
        first = np.where(beside, km, np.inf).argmin(axis=1)
        rows = np.arange(len(index))
        return np.where(beside.any(axis=1), self.hot_c[index[rows, first]], np.inf)

    def _around(
        self, lat: FloatArray, lon: FloatArray, height_m: FloatArray
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """Nearest stations, their distances [km] and differences of height [m], shape (n, k)."""
        count = min(_STATIONS, len(self.lat))
        chord, index = self._tree.query(unit_vectors(lon, lat), k=count)
        index = np.asarray(index, dtype=np.int64).reshape(-1, count)
        km = 2.0 * _EARTH_KM * np.arcsin(np.minimum(chord.reshape(-1, count) / 2.0, 1.0))
        return index, km, np.abs(self.height_m[index] - height_m[:, None])
