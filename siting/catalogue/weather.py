"""The built-in stations, and weather at any place on land.

A place takes the hours of the station that is most alike: near, of the same seasonal swing, the
same level of temperature and the same height. Unless that station stands beside it, each month is
moved to the temperature normal of the place ("morphed", [1]_), its relative humidity to that of
the six most alike stations, and its spread towards that of the place.

References
----------
.. [1] Belcher, Hacker and Powell (2005). Building Serv. Eng. Res. Technol. 26, 49-61.
   doi:10.1191/0143624405bt112oa
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.catalogue.donors import Similarity, bilinear, nearest_donors, stretch, unlikeness
from siting.catalogue.morphing import (
    log_humidity,
    shift_keeping_humidity,
    standard_pressure,
)
from siting.catalogue.representative_days import (
    REPRESENTATIVE_STEPS,
    monthly_means,
    step_frame,
    to_utc,
)
from siting.catalogue.weather_steps import Weather
from siting.errors import DataError, Fault
from siting.paths import geodata_dir
from siting.physics.arrays import FloatArray
from siting.physics.latency import great_circle_km

__all__ = ["AS_IS_KM", "AS_IS_M", "LAPSE_K_PER_KM", "Similarity", "Weather", "WeatherLibrary"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: A station this near, in distance and in height, stands for the place as it is.
AS_IS_KM, AS_IS_M = 25.0, 100.0
#: Fall of temperature with height between a grid cell and a place or station in it [K/km]:
#: the value with the least scatter of the stations about their cells (docs/validation/climate.md).
LAPSE_K_PER_KM = 5.0
_SOUTH = -60.0
_BLOCK = 250


@dataclass(frozen=True)
class _Choice:
    """Stations of a block of places.

    Parameters
    ----------
    station : ndarray, shape (n, k)
        Most alike first.
    weight : ndarray, shape (n, k)
        Share of each in the humidity.
    as_is : ndarray, shape (n,)
        The first stands for the place unchanged.
    km : ndarray, shape (n,)
        Distance to the first. [km]
    """

    station: IntArray
    weight: FloatArray
    as_is: BoolArray
    km: FloatArray


@dataclass(frozen=True)
class WeatherLibrary:
    """Stations as representative days, and the normals, spread and relief of the world.

    Parameters
    ----------
    stations : DataFrame
        Rows of ``stations.csv``.
    dry, dew : ndarray, shape (S, 1442)
        Steps of :func:`siting.catalogue.representative_days.step_frame` on local standard
        time. [°C]
    design_month : ndarray, shape (S, 2)
        Month in which either design step was met.
    normals : ndarray, shape (12, rows, columns)
        ERA5 normals on 0.25°, from 90° N and 0° E. [0.1 °C]
    height : ndarray, shape (rows, columns)
        Relief on the same grid. [m]
    spread : ndarray, shape (2, rows, columns)
        99th percentile above the warmest month and 1st below the coldest, on 0.5°. [0.1 K]
    similarity : Similarity
        Units of the choice.
    """

    stations: pd.DataFrame
    dry: FloatArray
    dew: FloatArray
    design_month: IntArray
    normals: npt.NDArray[np.int16]
    height: npt.NDArray[np.int16]
    spread: npt.NDArray[np.int16]
    similarity: Similarity = field(default_factory=Similarity)

    @classmethod
    def open(cls, folder: Path | None = None) -> Self:
        """Read the built-in library.

        Parameters
        ----------
        folder : pathlib.Path, optional
            Folder of the tables; by default the one that comes with the package.
        """
        root = folder or geodata_dir()
        with np.load(root / "stations.npz") as packed:
            dry, dew = packed["dry_c_x20"] / 20.0, packed["dew_c_x20"] / 20.0
            design_month = packed["design_month"].astype(np.int64)
        with np.load(root / "era5_normals.npz") as packed:
            normals = packed["temp_c_x10"]
        with np.load(root / "relief.npz") as packed:
            height = packed["height_m"]
        with np.load(root / "spread.npz") as packed:
            spread = packed["excess_k_x10"]
        stations = pd.read_csv(root / "stations.csv")
        return cls(stations, dry, dew, design_month, normals, height, spread)

    def places(
        self,
        ids: Sequence[str],
        lat: npt.ArrayLike,
        lon: npt.ArrayLike,
        elevation_m: npt.ArrayLike | None = None,
    ) -> Weather:
        """Weather of any places on land.

        Parameters
        ----------
        ids : sequence of str, n
            Names of the places.
        lat, lon : array_like, shape (n,)
            Coordinates; longitudes may run from -180 or from 0. [°]
        elevation_m : array_like, shape (n,), optional
            Heights; NaN where unknown, which then is the relief at 0.25° and no bar to taking a
            station as it is. [m]

        Returns
        -------
        Weather
            1,442 steps a place.

        Raises
        ------
        DataError
            A coordinate is missing, out of range or south of 60° S.
        """
        y, x = (np.asarray(values, dtype=np.float64).reshape(-1) for values in (lat, lon))
        _check(ids, y, x)
        given = np.full(len(ids), np.nan) if elevation_m is None else elevation_m
        heights = np.asarray(given, dtype=np.float64).reshape(-1)
        hours, month, hour, group = step_frame()
        dry, dew = (np.empty((len(ids), len(hours))) for _ in range(2))
        pressure, km = np.empty((len(ids), 1)), np.empty(len(ids))
        sources: list[str] = []
        as_is: list[bool] = []
        for start in range(0, len(ids), _BLOCK):
            b = slice(start, start + _BLOCK)
            choice, dry[b], dew[b], pressure[b, 0] = self._block(y[b], x[b], heights[b])
            km[b] = choice.km
            as_is += choice.as_is.tolist()
            sources += self._names.iloc[choice.station[:, 0]].tolist()
        labels = tuple("measured" if unchanged else "modelled" for unchanged in as_is)
        return Weather(
            tuple(ids), dry, dew, pressure, hours, month, hour, group, tuple(sources), labels, km
        )

    def normals_at(
        self, lat: FloatArray, lon: FloatArray, elevation_m: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Monthly temperature normals of places, bilinear and corrected for height.

        Parameters
        ----------
        lat, lon, elevation_m : ndarray, shape (n,)
            Coordinates and heights, NaN for the height of the relief. [°], [m]

        Returns
        -------
        normals : ndarray, shape (n, 12)
            [°C]
        elevation_m : ndarray, shape (n,)
            The height given, or of the relief. [m]
        """
        relief = bilinear(self.height, lat, lon)
        height = np.where(np.isnan(elevation_m), relief, elevation_m)
        level = bilinear(self.normals, lat, lon).T / 10.0
        return level + LAPSE_K_PER_KM / 1000.0 * (relief - height)[:, None], height

    def _block(
        self, lat: FloatArray, lon: FloatArray, given_m: FloatArray
    ) -> tuple[_Choice, FloatArray, FloatArray, FloatArray]:
        """Choice, dry bulb, dew point and pressure of some places."""
        normals, height = self.normals_at(lat, lon, given_m)
        choice = self._choose(lat, lon, height, np.isnan(given_m), normals)
        donor, changed = choice.station[:, 0], ~choice.as_is
        dry, dew = self.dry[donor], self.dew[donor]
        excess = bilinear(self.spread, lat, lon).T / 10.0
        factor = stretch(normals, excess, self._excess[donor], choice.km)[changed]
        blend = np.einsum("nk,nkm->nm", choice.weight, self._humidity[choice.station])
        moved = donor[changed]
        dry[changed], dew[changed] = self._morphed(
            moved, normals[changed], factor, (blend - self._humidity[donor])[changed]
        )
        clock = self._column("utc_offset_h")[donor]
        turn = (lon - self._column("lon")[donor] + 180.0) % 360.0 - 180.0
        clock = np.where(choice.as_is, clock, clock + turn / 15.0)
        pressure = np.where(
            choice.as_is, self._column("pressure_pa")[donor], standard_pressure(height)
        )
        return choice, to_utc(dry, clock), to_utc(dew, clock), pressure

    def _morphed(
        self, donor: IntArray, normals: FloatArray, factor: FloatArray, humidity: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Hours of stations, moved month by month: level, then humidity, then spread."""

        def by_step(monthly: FloatArray) -> FloatArray:
            steps = np.repeat(monthly, REPRESENTATIVE_STEPS // 12, axis=1)
            at_design = np.take_along_axis(monthly, self.design_month[donor] - 1, axis=1)
            return np.hstack([steps, at_design])

        dry, dew = shift_keeping_humidity(
            self.dry[donor],
            self.dew[donor],
            by_step(normals - self._means[donor]),
            by_step(humidity),
        )
        middle = by_step(normals)
        dry = middle + by_step(factor) * (dry - middle)
        return dry, np.minimum(dew, dry)

    def _choose(
        self,
        lat: FloatArray,
        lon: FloatArray,
        height: FloatArray,
        height_unknown: BoolArray,
        normals: FloatArray,
    ) -> _Choice:
        places = lat[:, None], lon[:, None]
        km = np.asarray(great_circle_km(*places, self._column("lat"), self._column("lon")))
        climb = np.abs(height[:, None] - self._column("elevation_m"))
        score = unlikeness(self.similarity, normals, self._normals, km, climb)
        beside = (self._column("stands_as_is") == 1.0) & (km <= AS_IS_KM) & np.isfinite(score)
        beside &= (climb <= AS_IS_M) | height_unknown[:, None]
        as_is = beside.any(axis=1)
        score = np.where(beside | ~as_is[:, None], score, np.inf)
        station, weight = nearest_donors(score)
        return _Choice(station, weight, as_is, km[np.arange(len(lat)), station[:, 0]])

    def _column(self, name: str) -> FloatArray:
        return self.stations[name].to_numpy(dtype=np.float64)

    @cached_property
    def _names(self) -> pd.Series:
        return self.stations["name"] + " (" + self.stations["dataset"] + ")"

    @cached_property
    def _normals(self) -> FloatArray:
        return self.normals_at(*(self._column(k) for k in ("lat", "lon", "elevation_m")))[0]

    @cached_property
    def _means(self) -> FloatArray:
        """Mean dry bulb of each station and month, shape (S, 12) [°C]."""
        return monthly_means(self.dry)

    @cached_property
    def _humidity(self) -> FloatArray:
        """Mean logarithm of the relative humidity of each station and month, shape (S, 12)."""
        return monthly_means(log_humidity(self.dry, self.dew))

    @cached_property
    def _excess(self) -> FloatArray:
        """99th percentile above the warmest month, 1st below the coldest, shape (S, 2) [K]."""
        hot = self._column("hot_1_percent_c") - self._means.max(axis=1)
        return np.column_stack([hot, self._means.min(axis=1) - self._column("cold_1_percent_c")])


def _check(ids: Sequence[str], lat: FloatArray, lon: FloatArray) -> None:
    remedy = "Latitude -60 to 90, longitude -180 to 360."
    faults = [
        Fault("places", None, str(name), f"no weather at latitude {y:g}, longitude {x:g}", remedy)
        for name, y, x in zip(ids, lat, lon, strict=True)
        if not (_SOUTH <= y <= 90.0 and -180.0 <= x <= 360.0)
    ]
    if faults:
        raise DataError(faults)
