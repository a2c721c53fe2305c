"""The built-in stations, and weather at any place on land.

A place takes the station that is most alike: near, of the same seasonal swing, the same level of
temperature and the same height. Unless that station stands next to it, each month of the station
is moved to the temperature normal of the place ("morphed", [1]_) with its relative humidity kept.

References
----------
.. [1] Belcher, Hacker and Powell (2005). Building Serv. Eng. Res. Technol. 26, 49-61.
   doi:10.1191/0143624405bt112oa
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.catalogue.morphing import distance_km, shift_keeping_humidity, standard_pressure
from siting.catalogue.representative_days import REPRESENTATIVE_STEPS, step_frame
from siting.catalogue.weather_steps import Weather
from siting.errors import DataError, Fault
from siting.paths import geodata_dir
from siting.physics.arrays import FloatArray

__all__ = ["AS_IS_KM", "AS_IS_M", "LAPSE_K_PER_KM", "Similarity", "Weather", "WeatherLibrary"]

IntArray = npt.NDArray[np.int64]

#: A station this near, in distance and in height, stands for the place as it is.
AS_IS_KM, AS_IS_M = 25.0, 100.0
#: Fall of temperature with height between a grid cell and a place or station in it [K/km]:
#: the value with the least scatter of the stations about their cells (docs/validation/climate.md).
LAPSE_K_PER_KM = 5.0
_SOUTH = -60.0
_BLOCK = 500


@dataclass(frozen=True)
class Similarity:
    """What one unit of unlikeness is, for each of four differences; the least sum wins.

    Parameters
    ----------
    distance_km : float
        Great-circle distance. [km]
    season_k : float
        Root mean square difference of the monthly normals about their own means. [K]
    level_k : float
        Difference of the annual means of the normals. [K]
    height_m : float
        Difference of height. [m]
    """

    distance_km: float = 190.0
    season_k: float = 0.5
    level_k: float = 5.5
    height_m: float = 500.0


@dataclass(frozen=True)
class WeatherLibrary:
    """Stations as representative days, and the normals and relief of the world.

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
    similarity : Similarity
        Weights of the choice.
    """

    stations: pd.DataFrame
    dry: FloatArray
    dew: FloatArray
    design_month: IntArray
    normals: npt.NDArray[np.int16]
    height: npt.NDArray[np.int16]
    similarity: Similarity = Similarity()

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
        stations = pd.read_csv(root / "stations.csv")
        return cls(stations, dry, dew, design_month, normals, height)

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
        lat_deg, lon_deg = (np.asarray(x, dtype=np.float64).reshape(-1) for x in (lat, lon))
        _check(ids, lat_deg, lon_deg)
        given = (
            np.full(len(ids), np.nan)
            if elevation_m is None
            else (np.asarray(elevation_m, dtype=np.float64).reshape(-1))
        )
        blocks = [slice(i, i + _BLOCK) for i in range(0, len(ids), _BLOCK)]
        parts = [self._block(lat_deg[b], lon_deg[b], given[b]) for b in blocks]
        hours, month, hour, group = step_frame()
        dry, dew, pressure, donor, as_is, km = (
            np.concatenate([part[k] for part in parts]) for k in range(6)
        )
        names = self.stations["name"] + " (" + self.stations["dataset"] + ")"
        return Weather(
            place=tuple(ids),
            temp_dry_bulb_c=dry,
            temp_dew_point_c=dew,
            pressure_pa=pressure[:, None],
            hours=hours,
            month=month,
            hour=hour,
            day_group=group,
            source=tuple(names.iloc[donor]),
            label=tuple(np.where(as_is, "measured", "modelled").tolist()),
            distance_km=km,
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
        relief = _bilinear(self.height, lat, lon)
        height = np.where(np.isnan(elevation_m), relief, elevation_m)
        level = _bilinear(self.normals, lat, lon).T / 10.0
        return level + LAPSE_K_PER_KM / 1000.0 * (relief - height)[:, None], height

    def _block(
        self, lat: FloatArray, lon: FloatArray, given_m: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, IntArray, npt.NDArray[np.bool_], FloatArray]:
        normals, height = self.normals_at(lat, lon, given_m)
        donor, as_is, km = self._donors(lat, lon, height, np.isnan(given_m), normals)
        delta = np.where(as_is[:, None], 0.0, normals - self._monthly_means()[donor])
        by_step = np.hstack(
            [
                np.repeat(delta, REPRESENTATIVE_STEPS // 12, axis=1),
                np.take_along_axis(delta, self.design_month[donor] - 1, axis=1),
            ]
        )
        local = shift_keeping_humidity(self.dry[donor], self.dew[donor], by_step)
        offset = self.stations["utc_offset_h"].to_numpy()[donor]
        turn = (lon - self.stations["lon"].to_numpy()[donor] + 180.0) % 360.0 - 180.0
        offset = np.where(as_is, offset, offset + turn / 15.0)
        dry, dew = (_to_utc(values, offset) for values in local)
        station = self.stations["pressure_pa"].to_numpy(np.float64)[donor]
        pressure = np.where(as_is, station, standard_pressure(height))
        return dry, dew, pressure, donor, as_is, km

    def _monthly_means(self) -> FloatArray:
        """Mean dry bulb of each station and month, shape (S, 12) [°C]."""
        hours = step_frame()[0][:REPRESENTATIVE_STEPS].reshape(12, -1)
        steps = self.dry[:, :REPRESENTATIVE_STEPS].reshape(len(self.dry), 12, -1)
        means: FloatArray = (steps * hours).sum(axis=2) / hours.sum(axis=1)
        return means

    def _donors(
        self,
        lat: FloatArray,
        lon: FloatArray,
        height: FloatArray,
        height_unknown: npt.NDArray[np.bool_],
        normals: FloatArray,
    ) -> tuple[IntArray, npt.NDArray[np.bool_], FloatArray]:
        """Station of each place, whether it stands as it is, and its distance."""
        table = self.stations
        s_lat, s_lon, s_height = (
            table[k].to_numpy(np.float64) for k in ("lat", "lon", "elevation_m")
        )
        km = distance_km(lat[:, None], lon[:, None], s_lat, s_lon)
        climb = np.abs(height[:, None] - s_height)
        score = self.unlikeness(normals, km, climb)
        same_height = (climb <= AS_IS_M) | height_unknown[:, None]
        beside = (table["stands_as_is"].to_numpy() == 1) & (km <= AS_IS_KM) & same_height
        as_is = beside.any(axis=1)
        donor = np.where(beside | ~as_is[:, None], score, np.inf).argmin(axis=1)
        return donor, as_is, km[np.arange(len(lat)), donor]

    def unlikeness(self, normals: FloatArray, km: FloatArray, climb_m: FloatArray) -> FloatArray:
        """How unlike each station is to each place.

        Parameters
        ----------
        normals : ndarray, shape (n, 12)
            Normals of the places. [°C]
        km, climb_m : ndarray, shape (n, S)
            Distance and absolute difference of height. [km], [m]

        Returns
        -------
        ndarray, shape (n, S)
            Sum of the four differences in units of :class:`Similarity`. [-]
        """
        table = self.stations
        stations, _ = self.normals_at(
            *(table[k].to_numpy(np.float64) for k in ("lat", "lon", "elevation_m"))
        )
        level, station_level = normals.mean(axis=1), stations.mean(axis=1)
        swing, station_swing = normals - level[:, None], stations - station_level[:, None]
        square = (
            (swing**2).sum(axis=1)[:, None]
            + (station_swing**2).sum(axis=1)
            - 2.0 * swing @ station_swing.T
        )
        unit = self.similarity
        total: FloatArray = (
            km / unit.distance_km
            + np.sqrt(np.maximum(square, 0.0) / 12.0) / unit.season_k
            + np.abs(level[:, None] - station_level) / unit.level_k
            + climb_m / unit.height_m
        )
        return total


def _bilinear(grid: npt.NDArray[np.int16], lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Values of a 0.25° grid that starts at 90° N, 0° E and closes round the globe."""
    y, x = (90.0 - lat) * 4.0, (lon % 360.0) * 4.0
    row = np.clip(np.floor(y).astype(int), 0, grid.shape[-2] - 2)
    west = np.floor(x).astype(int) % grid.shape[-1]
    east = (west + 1) % grid.shape[-1]
    down, right = y - row, x - np.floor(x)
    upper = grid[..., row, west] * (1.0 - right) + grid[..., row, east] * right
    lower = grid[..., row + 1, west] * (1.0 - right) + grid[..., row + 1, east] * right
    values: FloatArray = upper * (1.0 - down) + lower * down
    return values


def _to_utc(local: FloatArray, offset_h: FloatArray) -> FloatArray:
    """Roll the hours of each representative day from the clock of a place to UTC.

    A morphed place keeps the sun: the offset then is that of the station plus the difference of
    longitude at 15° an hour.
    """
    turn = np.floor(offset_h + 0.5).astype(int)
    clock = (np.arange(24) + turn[:, None]) % 24
    days = local[:, :REPRESENTATIVE_STEPS].reshape(len(local), -1, 24)
    rolled = np.take_along_axis(days, clock[:, None, :], axis=2)
    return np.hstack([rolled.reshape(len(local), -1), local[:, REPRESENTATIVE_STEPS:]])


def _check(ids: Sequence[str], lat: FloatArray, lon: FloatArray) -> None:
    faults = [
        Fault("places", None, str(name), f"no weather at latitude {y:g}, longitude {x:g}",
              "Latitude -60 to 90, longitude -180 to 360.")
        for name, y, x in zip(ids, lat, lon, strict=True)
        if not (_SOUTH <= y <= 90.0 and -180.0 <= x <= 360.0)
    ]  # fmt: skip
    if faults:
        raise DataError(faults)
