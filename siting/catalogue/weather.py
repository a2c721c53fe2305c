"""Weather at any place on land, from the built-in stations and grids.

A place takes the hours of the station that is most alike: near, of the same seasonal swing, the
same level of temperature, as dry, and as high. Unless that station stands beside it, each month is
moved to the mean dry bulb and vapour pressure of the place ("morphed", [1]_), and its spread
towards that of the place. Those means are the normals of the grids and what the stations around
depart from them. The hottest hour is held by the design temperature.

A candidate has the weather of the library, or a typical year of its own.

References
----------
.. [1] Belcher, Hacker and Powell (2005). Building Serv. Eng. Res. Technol. 26, 49-61.
   doi:10.1191/0143624405bt112oa
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.arrays import BoolArray, FloatArray, IntArray
from siting.catalogue import Catalogue
from siting.catalogue.climate import (
    NORMALS,
    Climates,
    Normals,
    Similarity,
    carried,
    standard_pressure,
    unlikeness,
)
from siting.catalogue.figures import texts
from siting.catalogue.repairs import SOUTH
from siting.catalogue.stations import (
    HOTTEST_ABOVE_K,
    HOTTEST_BOUND_K,
    DesignTemperatures,
    Stations,
    step_frame,
    to_utc,
)
from siting.catalogue.weather_files import read_weather_file
from siting.catalogue.weather_steps import Weather, join
from siting.errors import DataError, Fault
from siting.files import geodata_dir
from siting.geo import distance_km, sphere_km, wrap_lon

__all__ = [
    "AS_IS_KM",
    "AS_IS_M",
    "Similarity",
    "Weather",
    "WeatherLibrary",
    "stretch",
    "weather_of_sites",
]


#: A station this near, in distance and in height, stands for the place as it is.
AS_IS_KM, AS_IS_M = 25.0, 100.0
_BLOCK = 250
#: Typical years of a data set with fewer stations tell nothing of the age of the data set.
_DATASET_STATIONS = 4


#: Distance at which half of a difference in spread is believed to lie in the place [km].
_HALF_KM = 300.0
_NARROWEST, _WIDEST = 0.6, 1.6


def stretch(
    normals: FloatArray, excess: FloatArray, donor_excess: FloatArray, km: FloatArray
) -> FloatArray:
    """Factor on the deviations from each month's mean, (n, 12), 1 where nothing is known. [-].

    A place where the hottest percent of the hours lies farther above the warmest month than at the
    station has wider weather, and likewise in the cold. The warmest month takes the factor of the
    heat, the coldest that of the cold, the others lie between; the farther the station, the more of
    the difference is believed.

    Parameters
    ----------
    normals : ndarray, shape (n, 12)
        Normals of the places. [°C]
    excess, donor_excess : ndarray, shape (n, 2)
        99th percentile above the warmest month, and 1st percentile below the coldest, of the
        place and of its station; both positive. [K]
    km : ndarray, shape (n,)
        Distance to the station. [km]
    """
    ratio = excess / np.maximum(donor_excess, 1.0)
    ratio = np.clip(np.where(np.isfinite(ratio), ratio, 1.0), _NARROWEST, _WIDEST)
    low, high = normals.min(axis=1), normals.max(axis=1)
    warmth = (normals - low[:, None]) / np.maximum(high - low, 1e-6)[:, None]
    factor = warmth * ratio[:, :1] + (1.0 - warmth) * ratio[:, 1:]
    belief = km / (km + _HALF_KM)
    blended: FloatArray = 1.0 + belief[:, None] * (factor - 1.0)
    return blended


@dataclass(frozen=True)
class _Places:
    """Some places, and how far each station is from each.

    Parameters
    ----------
    lat, lon, height_m : ndarray, shape (n,)
        [°], [m]
    height_known : ndarray, shape (n,)
        The height was given and is not that of the relief.
    climate : Climates
        Normals of the grids.
    km, climb_m : ndarray, shape (n, S)
        Distance and absolute difference of height. [km], [m]
    """

    lat: FloatArray
    lon: FloatArray
    height_m: FloatArray
    height_known: BoolArray
    climate: Climates
    km: FloatArray
    climb_m: FloatArray


@dataclass(frozen=True)
class WeatherLibrary:
    """Stations, grids and design temperatures of the world.

    Parameters
    ----------
    stations : Stations
        Typical years as representative days.
    normals : Normals
        Monthly means anywhere.
    design : DesignTemperatures
        Hottest and coldest percent of the hours anywhere.
    similarity : Similarity
        Units of the choice.
    """

    stations: Stations
    normals: Normals
    design: DesignTemperatures
    similarity: Similarity = field(default_factory=Similarity)

    @staticmethod
    def open(folder: Path | None = None) -> WeatherLibrary:
        """Return the built-in library, or that of another folder of tables, for reading only.

        It is read once by a process, and anew where one of its files has changed.
        """
        root = folder or geodata_dir()
        files = [root / name for name in _FILES]
        stamps = (path.stat() for path in files if path.is_file())
        return _library(root, tuple((s.st_mtime_ns, s.st_size) for s in stamps))

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
        labels: list[str] = []
        for start in range(0, len(ids), _BLOCK):
            b = slice(start, start + _BLOCK)
            block = self._seen(y[b], x[b], heights[b])
            donor, as_is = self._chosen(block)
            dry[b], dew[b] = self._hours(block, donor, as_is)
            pressure[b, 0] = np.where(
                as_is, self._column("pressure_pa")[donor], standard_pressure(block.height_m)
            )
            station = (self._column("lon")[donor], self._column("lat")[donor])
            km[b] = distance_km(block.lon, block.lat, *station)
            labels += np.where(as_is, "measured", "modelled").tolist()
            sources += self.stations.names.iloc[donor].tolist()
        return Weather(
            tuple(ids), dry, dew, pressure, hours, month, hour, group,
            tuple(sources), tuple(labels), km,
        )  # fmt: skip

    def _seen(self, lat: FloatArray, lon: FloatArray, given_m: FloatArray) -> _Places:
        height = self.normals.heights(lat, lon, given_m)
        km = sphere_km(lon[:, None], lat[:, None], self._column("lon"), self._column("lat"))
        return _Places(
            lat=lat,
            lon=lon,
            height_m=height,
            height_known=~np.isnan(given_m),
            climate=self._climates(lat, lon, height),
            km=np.asarray(km),
            climb_m=np.abs(height[:, None] - self._column("elevation_m")),
        )

    def _climates(self, lat: FloatArray, lon: FloatArray, height_m: FloatArray) -> Climates:
        temperature = self.normals.temperature(lat, lon, height_m)
        return Climates(temperature, self.normals.vapour(lat, lon, height_m, temperature))

    def _chosen(self, places: _Places) -> tuple[IntArray, BoolArray]:
        """Station of each place, and whether it stands beside it and is taken as it is."""
        score = unlikeness(
            self.similarity, places.climate, self._station_climates, places.km, places.climb_m
        )
        beside = (self._column("stands_as_is") == 1.0) & (places.km <= AS_IS_KM)
        beside &= np.isfinite(score)
        beside &= (places.climb_m <= AS_IS_M) | ~places.height_known[:, None]
        as_is = beside.any(axis=1)
        score = np.where(beside | ~as_is[:, None], score, np.inf)
        return score.argmin(axis=1), as_is

    def _hours(
        self, places: _Places, donor: IntArray, as_is: BoolArray
    ) -> tuple[FloatArray, FloatArray]:
        """Dry bulb and dew point of some places, on UTC."""
        extremes = self._extremes(places)
        dry, dew = self.stations.dry[donor], self.stations.dew[donor]
        changed = ~as_is
        if changed.any():
            dry[changed], dew[changed] = self._morphed(places, donor, extremes, changed)
        hottest = self._hottest(places, extremes[:, 0], as_is)
        dry = np.minimum(dry, hottest[:, None])
        dew = np.minimum(dew, dry)
        clock = self._column("utc_offset_h")[donor]
        turn = wrap_lon(places.lon, self._column("lon")[donor])
        clock = np.where(as_is, clock, clock + turn / 15.0)
        return to_utc(dry, clock), to_utc(dew, clock)

    def _morphed(
        self, places: _Places, donor: IntArray, extremes: FloatArray, changed: BoolArray
    ) -> tuple[FloatArray, FloatArray]:
        """Dry bulb and dew point of those places that no station stands for as it is."""
        means, vapour = self._means(places)
        excess = np.column_stack(
            [extremes[:, 0] - means.max(axis=1), means.min(axis=1) - extremes[:, 1]]
        )
        km = places.km[np.arange(len(donor)), donor]
        factor = stretch(means, excess, self.stations.excess[donor], km)
        return self.stations.moved(donor[changed], means[changed], vapour[changed], factor[changed])

    def _extremes(self, places: _Places) -> FloatArray:
        """Temperatures that 1 % of the hours exceed and that 1 % fall below, shape (n, 2) [°C]."""
        excess = self.design.excess(places.lat, places.lon, places.height_m)
        normals = places.climate.temperature
        return np.column_stack(
            [normals.max(axis=1) + excess[:, 0], normals.min(axis=1) - excess[:, 1]]
        )

    def _hottest(self, places: _Places, hot: FloatArray, as_is: BoolArray) -> FloatArray:
        """Bound of the hottest hour, shape (n,) [°C]: no station beside it is passed by 6 K."""
        beside = self.design.hot_beside(places.lat, places.lon, places.height_m)
        usual = hot + np.where(as_is, HOTTEST_BOUND_K, HOTTEST_ABOVE_K)
        return np.minimum(usual, beside + HOTTEST_BOUND_K)

    def _means(self, places: _Places) -> tuple[FloatArray, FloatArray]:
        """Monthly means of the dry bulb [°C] and of the vapour pressure [hPa], shape (n, 12).

        They are normals of the grids, and departures of the stations.
        """
        km = np.where(places.km < self.similarity.not_within_km, np.inf, places.km)
        where = self._column("lat"), self._column("lon"), self._column("elevation_m")
        apart = carried(self._departures, where, km, places.climb_m)
        climate = places.climate
        return climate.temperature + apart[:, :12], climate.vapour * np.exp(apart[:, 12:])

    def _column(self, name: str) -> FloatArray:
        return self.stations.column(name)

    @cached_property
    def _station_climates(self) -> Climates:
        return self._climates(*(self._column(k) for k in ("lat", "lon", "elevation_m")))

    @cached_property
    def ages(self) -> FloatArray:
        """Mean departure of the data set of each station from the normals, shape (S, 12) [K].

        Typical years of other decades than those of the normals differ as a whole.
        """
        offset = self.stations.means - self._station_climates.temperature
        out = np.zeros_like(offset)
        for rows in self.stations.table.groupby("dataset").indices.values():
            if len(rows) >= _DATASET_STATIONS:
                out[rows] = offset[rows].mean(axis=0)
        return out

    @cached_property
    def _departures(self) -> FloatArray:
        """Departures of the stations from the grids: dry bulb [K], logarithm of vapour pressure.

        Shape (S, 24). Those of the dry bulb are about the mean of the data set.
        """
        climate = self._station_climates
        dry = self.stations.means - climate.temperature - self.ages
        return np.hstack([dry, np.log(self.stations.vapour / climate.vapour)])


#: Files of the library in a folder of tables.
_FILES = ("stations.csv", "stations.npz", *NORMALS, "design_temperatures.npz")


@lru_cache(maxsize=1)  # 60 MB
def _library(root: Path, stamps: tuple[tuple[int, int], ...]) -> WeatherLibrary:
    """Library of a folder whose files have some times of change and sizes."""
    return WeatherLibrary(Stations.open(root), Normals.open(root), DesignTemperatures.open(root))


def _check(ids: Sequence[str], lat: FloatArray, lon: FloatArray) -> None:
    remedy = "Latitude -60 to 90, longitude -180 to 360."
    faults = [
        Fault("places", None, str(name), f"no weather at latitude {y:g}, longitude {x:g}", remedy)
        for name, y, x in zip(ids, lat, lon, strict=True)
        if not (SOUTH <= y <= 90.0 and -180.0 <= x <= 360.0)
    ]
    if faults:
        raise DataError(faults)


def weather_of_sites(catalogue: Catalogue, sites: pd.DataFrame) -> Weather:
    """Weather of some candidates in a typical year of today, 1,442 steps a place.

    That of ``weather_file`` where the planner gave one.
    """
    ids, files = [str(site) for site in sites.index], texts(sites, "weather_file")
    parts = []
    built_in = [not path for path in files]
    if any(built_in):
        rows = sites[built_in]
        parts.append(
            WeatherLibrary.open(catalogue.folder).places(
                [str(site) for site in rows.index], rows["lat"], rows["lon"], rows["elevation_m"]
            )
        )
    parts += _own(ids, files)
    return parts[0] if len(parts) == 1 else join(parts).select(ids)


def _own(ids: list[str], files: list[str]) -> Iterator[Weather]:
    read: dict[str, Weather] = {}
    for site, path in zip(ids, files, strict=True):
        if path:
            if path not in read:
                read[path] = read_weather_file(path).reduced()
            yield replace(read[path], place=(site,))
