"""Errors of morphed weather at stations held back, by the distance of the nearest that is not.

Part of ``python -m tools.validate_climate``. A station held back is asked for as if it were any
place: stations nearer than a distance give neither hours nor departures, and design temperatures
within 10 km of it are unknown. Stations that set no weight are thinned to four in every 5° cell, so
that no country outweighs the rest.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from siting.arrays import FloatArray, IntArray
from siting.catalogue.stations import DesignTemperatures, monthly_means, step_frame
from siting.catalogue.weather import Similarity, WeatherLibrary
from siting.geo import sphere_km
from siting.physics import DESIGNS, facility
from siting.physics.psychrometrics import wet_bulb

__all__ = ["REACH_KM", "HeldOut", "Truth", "blind", "held_back", "quantiles", "rms", "tune"]


#: Stations nearer than these are passed over in turn. [km]
REACH_KM = (25.0, 150.0, 400.0, 1000.0, 2000.0)
QUANTILES = np.array([0.01, 0.05, 0.25, 0.50, 0.75, 0.95, 0.99])
_PER_CELL, _CELL_DEG = 4, 5.0
_BLIND_KM = 10.0
_COOL_C = 18.0
_AIR_OR_TOWER = tuple(name for name, design in DESIGNS.items() if not design.needs)


def rms(values: npt.ArrayLike) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(values))))


def quantiles(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Weighted quantiles :data:`QUANTILES` of each row."""
    order = np.argsort(values, axis=1)
    ranked = np.take_along_axis(values, order, axis=1)
    below = np.cumsum(weight[order], axis=1) - weight[order] / 2.0
    share = below / weight.sum()
    return np.array([np.interp(QUANTILES, s, r) for s, r in zip(share, ranked, strict=True)])


def held_back(library: WeatherLibrary, *, tuning: bool) -> IntArray:
    """Observed stations of the half on which the weights were set, or of the other, thinned.

    Parameters
    ----------
    library : WeatherLibrary
        Whose stations are meant.
    tuning : bool
        Of the half that set the weights.

    Returns
    -------
    ndarray
        Rows of the station table.
    """
    table = library.stations.table
    even = np.array([zlib.crc32(str(name).encode()) % 2 == 0 for name in table["station"]])
    rows = np.flatnonzero((table["kind"] == "station").to_numpy() & (even == tuning))
    rows = np.random.default_rng(7).permutation(rows)
    lat, lon = (np.floor(library.stations.column(k) / _CELL_DEG) for k in ("lat", "lon"))
    taken: dict[tuple[float, float], int] = {}
    kept = []
    for row in rows:
        cell = (float(lat[row]), float(lon[row]))
        taken[cell] = taken.get(cell, 0) + 1
        if taken[cell] <= _PER_CELL:
            kept.append(row)
    return np.sort(np.array(kept))


def blind(library: WeatherLibrary, rows: IntArray) -> WeatherLibrary:
    """Forget the design temperatures within 10 km of some stations."""
    lat, lon = (library.stations.column(k)[rows] for k in ("lat", "lon"))
    design = library.design
    km = np.asarray(sphere_km(design.lon[:, None], design.lat[:, None], lon, lat))
    kept = ~(km < _BLIND_KM).any(axis=1)
    fields = (getattr(design, name)[kept] for name in DesignTemperatures.__dataclass_fields__)
    return replace(library, design=DesignTemperatures(*fields))


@dataclass(frozen=True)
class Truth:
    """Steps of the stations held back.

    Parameters
    ----------
    dry, dew : ndarray, shape (n, 1442)
        [°C]
    pressure_pa : ndarray, shape (n, 1)
        [Pa]
    """

    dry: FloatArray
    dew: FloatArray
    pressure_pa: FloatArray

    @classmethod
    def of(cls, library: WeatherLibrary, rows: IntArray, *, today: bool) -> Truth:
        """Stations as they are, or with their dry bulb moved to the years of the normals.

        Parameters
        ----------
        library : WeatherLibrary
            With the stations.
        rows : ndarray
            Of the station table.
        today : bool
            Move the dry bulb by the age of the data set; the vapour stays as measured.
        """
        stations = library.stations
        dry = stations.dry[rows]
        if today:
            dry = dry - stations.by_step(rows, library.ages[rows])
        dew = np.minimum(stations.dew[rows], dry)
        return cls(dry, dew, stations.column("pressure_pa")[rows][:, None])

    @cached_property
    def wet(self) -> FloatArray:
        """Wet bulb, shape (n, 1442) [°C]."""
        return np.asarray(wet_bulb(self.dry, self.dew, self.pressure_pa))

    @cached_property
    def years(self) -> Mapping[str, tuple[FloatArray, FloatArray]]:
        """Annual PUE and WUE of each design that needs no water body, each shape (n,)."""
        share = step_frame()[0] / 8760.0
        found = {}
        for name in _AIR_OR_TOWER:
            result = facility(
                DESIGNS[name],
                temp_dry_bulb_c=self.dry,
                temp_dew_point_c=self.dew,
                pressure_pa=np.broadcast_to(self.pressure_pa, self.dry.shape),
            )
            pue, wue = (
                np.broadcast_to(np.asarray(x, np.float64), self.dry.shape) @ share
                for x in (result.pue, result.wue_l_per_kwh)
            )
            found[name] = (pue, wue)
        return found


@dataclass(frozen=True)
class HeldOut:
    """Morphed weather at the stations held back, beside the truth.

    Parameters
    ----------
    ours, truth : Truth
        The same places and steps.
    km : ndarray, shape (n,)
        To the station that gave the hours. [km]
    """

    ours: Truth
    truth: Truth
    km: FloatArray

    @classmethod
    def at(
        cls, library: WeatherLibrary, rows: IntArray, reach_km: float, *, today: bool
    ) -> HeldOut:
        """Ask a library for its own stations, with those nearer than a distance passed over.

        Parameters
        ----------
        library : WeatherLibrary
            Tested; already blind to their design temperatures.
        rows : ndarray
            Stations asked for.
        reach_km : float
            Nearer ones are passed over. [km]
        today : bool
            See :meth:`Truth.of`.
        """
        near = replace(library, similarity=replace(library.similarity, not_within_km=reach_km))
        where = (library.stations.column(name)[rows] for name in ("lat", "lon", "elevation_m"))
        place = near.places([str(row) for row in rows], *where)
        truth = Truth.of(library, rows, today=today)
        ours = Truth(place.temp_dry_bulb_c, place.temp_dew_point_c, truth.pressure_pa)
        return cls(ours, truth, place.distance_km)

    def monthly(self, name: str) -> FloatArray:
        """Errors of the monthly means of ``dry``, ``dew`` or ``wet``, shape (n, 12) [K]."""
        return monthly_means(getattr(self.ours, name)) - monthly_means(getattr(self.truth, name))

    def quantiles(self, name: str) -> FloatArray:
        """Errors of the quantiles, shape (n, 7) [K]."""
        hours = step_frame()[0][:1440]
        ours, truth = (getattr(x, name)[:, :1440] for x in (self.ours, self.truth))
        return quantiles(ours, hours) - quantiles(truth, hours)

    @property
    def cool_hours(self) -> FloatArray:
        """Error of the hours with a wet bulb under 18 °C, shape (n,) [h]."""
        hours = step_frame()[0]
        ours, truth = (((x.wet < _COOL_C) * hours).sum(axis=1) for x in (self.ours, self.truth))
        return np.asarray(ours - truth, dtype=np.float64)

    def highest(self, name: str) -> FloatArray:
        """Error of the highest hour of ``dry`` or ``wet``, shape (n,) [K]."""
        ours, truth = (getattr(x, name).max(axis=1) for x in (self.ours, self.truth))
        return np.asarray(ours - truth, dtype=np.float64)

    def means(self) -> dict[str, float]:
        """Columns of the table of means."""
        dry, dew = self.monthly("dry"), self.monthly("dew")
        return {
            "median km": float(np.median(self.km)),
            "dry bulb": float(dry.mean()),
            "annual": rms(dry.mean(axis=1)),
            "monthly": rms(dry),
            "quantiles": rms(self.quantiles("dry")),
            "dew point": float(dew.mean()),
            "dew annual": rms(dew.mean(axis=1)),
            "dew monthly": rms(dew),
            "dew quantiles": rms(self.quantiles("dew")),
            "wet quantiles": rms(self.quantiles("wet")),
            "hours under 18 °C wet [h]": rms(self.cool_hours),
        }

    def extremes(self) -> dict[str, float]:
        """Columns of the table of extremes."""
        row: dict[str, float] = {}
        for name, title in (("dry", "dry bulb"), ("wet", "wet bulb")):
            upper, highest = self.quantiles(name)[:, -1], self.highest(name)
            row |= {
                f"{title} 99th, mean": float(upper.mean()),
                f"{title} 99th, rms": rms(upper),
                f"highest {title}, mean": float(highest.mean()),
                f"highest {title}, rms": rms(highest),
                f"highest {title}, largest": float(np.abs(highest).max()),
            }
        return row

    def designs(self, column: int) -> Iterator[tuple[str, float, float]]:
        """Rms and largest error of each design: column 0 is PUE, 1 WUE."""
        for name in _AIR_OR_TOWER:
            error = self.ours.years[name][column] - self.truth.years[name][column]
            yield name, rms(error), float(np.abs(error).max())


def tune(library: WeatherLibrary, draws: int) -> None:
    """Search the units of the choice on the tuning half and print the best."""
    rows = held_back(library, tuning=True)
    seeing = blind(library, rows)
    rng = np.random.default_rng(11)
    trials = [Similarity()]
    trials += [
        Similarity(
            distance_km=10.0 ** rng.uniform(1.8, 3.0),
            season_k=10.0 ** rng.uniform(-0.7, 0.8),
            level_k=10.0 ** rng.uniform(0.0, 1.3),
            dryness_k=10.0 ** rng.uniform(-0.3, 1.3),
            height_m=10.0 ** rng.uniform(2.0, 3.5),
        )
        for _ in range(draws)
    ]
    results = []
    for trial in trials:
        tried = replace(seeing, similarity=trial)
        runs = [HeldOut.at(tried, rows, km, today=True).means() for km in REACH_KM[:4]]
        results.append(
            (sum(r["quantiles"] + r["dew quantiles"] + r["wet quantiles"] for r in runs), trial)
        )
    print(f"as shipped: {results[0][0]:.3f}")
    for score, trial in sorted(results, key=lambda result: result[0])[:8]:
        print(f"{score:.3f}  {trial}")
